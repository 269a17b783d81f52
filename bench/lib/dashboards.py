"""The dashboard of workspaces with few and many calls: it reads rollups, so it should not matter how many there are."""

import wrk
from figures import Figure, middle
from filling import Calls, fill, name
from processes import BenchError
from session import Session
from switchboard import Workspace


class Dashboards:
    def __init__(self, session: Session):
        self.session = session
        self.sizes = (1_000, 5_000, 20_000) if session.quick else (10_000, 100_000, 1_000_000)
        self.workspaces: dict[int, Workspace] = {}
        self.results: dict[int, list[dict]] = {}

    def run(self) -> None:
        for size in self.sizes:
            self.workspaces[size] = Workspace(self.session.stack.url, f"dashboard-{size}")
            fill(self.session, self.workspaces[size], Calls(size))
        self.session.stack.checkpoint()
        for number in range(self.session.rounds):
            self.session.wait_for_quiet()
            turn = number % len(self.sizes)
            for size in self.sizes[turn:] + self.sizes[:turn]:
                self.measure(size)
        self.session.raw["dashboard"] = {name(size): results for size, results in self.results.items()}

    def measure(self, size: int) -> None:
        seconds = 1 if self.session.quick else 2
        workspace = self.workspaces[size]
        result = wrk.get(workspace.url, "/api/analytics/dashboard", workspace.api_key, seconds)
        if problems := wrk.faults(result):
            raise BenchError(f"the dashboard of {size} calls: {', '.join(problems)}")
        counted = workspace.counted()
        if counted != size:
            raise BenchError(f"the dashboard counts {counted} of {size} calls")
        self.results.setdefault(size, []).append(result)

    def figures(self) -> list[Figure]:
        rows = []
        for size in self.sizes:
            results = self.results.get(size, [])
            p99 = middle([result["p99_us"] / 1000 for result in results], "ms")
            rows.append(Figure(
                "Dashboard", f"p50 at {name(size)} calls", "ms", [result["p50_us"] / 1000 for result in results], 2,
                better="lower", ours=f"p99 {p99}" if results else ""))
        few, many = (self.results.get(size, []) for size in (self.sizes[0], self.sizes[-1]))
        rows.append(Figure(
            "Dashboard", f"p50 at {name(self.sizes[-1])} ÷ at {name(self.sizes[0])} calls (flat)", "×",
            [b["p50_us"] / a["p50_us"] for a, b in zip(few, many)], 1.2, better="lower"))
        return rows
