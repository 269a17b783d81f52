"""The dashboard of workspaces with few and many calls: it reads rollups, so it should not matter how many there are."""

import json
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta, timezone

import wrk
from figures import Figure, middle
from processes import BenchError
from session import Session
from switchboard import CountWatch, Workspace

FILL_BATCH, FILL_CONNECTIONS, DAYS = 1000, 4, 60


class Dashboards:
    def __init__(self, session: Session):
        self.session = session
        self.sizes = (1_000, 5_000, 20_000) if session.quick else (10_000, 100_000, 1_000_000)
        self.workspaces: dict[int, Workspace] = {}
        self.results: dict[int, list[dict]] = {}
        self.fill_rates: list[float] = []
        self.level_after: list[float] = []

    def run(self) -> None:
        for size in self.sizes:
            self.workspaces[size] = Workspace(self.session.stack.url, f"dashboard-{size}")
            self.fill(self.workspaces[size], size)
        self.session.stack.checkpoint()
        for number in range(self.session.rounds):
            self.session.wait_for_quiet()
            turn = number % len(self.sizes)
            for size in self.sizes[turn:] + self.sizes[:turn]:
                self.measure(size)
        self.session.raw["dashboard"] = {name(size): results for size, results in self.results.items()}

    def fill(self, workspace: Workspace, size: int) -> None:
        """Through the product, so that the rollups are real: calls of the last sixty days, in batches."""
        began = time.monotonic()
        starts = range(0, size, FILL_BATCH)
        with ThreadPoolExecutor(FILL_CONNECTIONS) as pool:
            created = sum(pool.map(lambda worker: self.post_all(workspace, size, starts[worker::FILL_CONNECTIONS]),
                                   range(FILL_CONNECTIONS)))
        rate = created / (time.monotonic() - began)
        stored = self.session.stack.stored(workspace)
        self.session.check_stored(f"fill of {name(size)}", created, stored)
        if stored != size:
            raise BenchError(f"of {size} calls {stored} are stored")
        with CountWatch(workspace, 0) as watch:
            watch.wait_for(size, self.session.patience + size / 10_000)
        later = watch.seen[size]
        self.session.say(f"  filled {size:>9,} calls  {rate:>9,.0f}/s, statistics level {later:.1f} s later")

    def post_all(self, workspace: Workspace, size: int, starts: range) -> int:
        connection, created = workspace.connect(), 0
        for start in starts:
            body = calls(workspace.client_id, range(start, min(start + FILL_BATCH, size)))
            created += connection.ask("POST", "/api/calls/batch", body)["created"]
        connection.close()
        return created

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


def name(size: int) -> str:
    return f"{size // 1_000_000} M" if size >= 1_000_000 else f"{size // 1000} k"


def calls(client_id: str, numbers: range) -> bytes:
    """A batch of calls, spread over the days up to yesterday."""
    now = datetime.now(timezone.utc).replace(microsecond=0)
    days = [(now - timedelta(days=day + 1)).isoformat().replace("+00:00", "Z") for day in range(DAYS)]
    sentiments = ("POSITIVE", "NEUTRAL", "NEGATIVE")
    transcript = json.dumps("Customer: Hello, I would like to schedule an appointment. Agent: Tuesday at nine? " * 3)
    return ("[" + ",".join(
        f'{{"id":"{uuid.uuid4()}","client_id":"{client_id}","caller_phone":"+1-555-{number % 9000 + 1000}",'
        f'"caller_name":"John Smith","duration_seconds":{20 + number % 400}.5,"stt_latency_ms":{100 + number * 7 % 800},'
        f'"llm_latency_ms":{100 + number * 11 % 800},"tts_latency_ms":{100 + number * 13 % 800},'
        f'"sentiment":"{sentiments[number % 3]}","success":{"false" if number % 10 == 0 else "true"},'
        f'"created_at":"{days[number % DAYS]}","transcript":{transcript}}}'
        for number in numbers) + "]").encode()
