"""Call logs over HTTP, pages and single ones, against the same statements on PostgreSQL alone; and what depth costs."""

import hashlib
import os
import uuid

import wrk
from contenders import run_pgbench
from figures import Figure, middle, ratios, show
from filling import CallsInOrder, fill, tidy_up, wait_for_search
from processes import BenchError
from session import Session
from switchboard import Workspace

CONNECTIONS, PAGE, DEEP_PAGE = 16, 50, 1000
PATHS = {"list": f"/call-logs?limit={PAGE}", "get": "/call-logs/{id}"}
PGBENCH_CLIENTS, PGBENCH_THREADS = (4, 8, 16, 32), 2


class KnownCalls(CallsInOrder):
    """Calls whose ids follow from their numbers, as `get.sql` makes them too."""

    def id(self, number: int) -> str:
        return str(uuid.UUID(hashlib.md5(str(number).encode()).hexdigest()))


class Reads:
    def __init__(self, session: Session):
        self.session, self.stack = session, session.stack
        self.calls = KnownCalls(10_000 if session.quick else 100_000)
        # The last whole page that there is.
        self.depth = min(DEEP_PAGE, self.calls.size // PAGE)
        self.workspace = Workspace(self.stack.url, "reads")
        self.clients: dict[str, int] = {}
        self.deep_path = ""
        # By cell, one result a round.
        self.results: dict[str, list[dict]] = {}

    def run(self) -> None:
        fill(self.session, self.workspace, self.calls)
        self.session.say(f"  search level {wait_for_search(self.session):.1f} s later")
        tidy_up(self.session, "calls.calls", "calls.call_counts", "calls.client_copies", "calls.call_details")
        self.write_ids()
        self.deep_path = f"{PATHS['list']}&cursor={self.walk()}"
        for kind in PATHS:
            self.choose_clients(kind)
        for number in range(self.session.rounds):
            self.run_round(number)
        self.session.raw["reads"] = self.results

    def write_ids(self) -> None:
        """For wrk; pgbench makes them itself."""
        with open(self.ids_path, "w") as file:
            file.writelines(f"{self.calls.id(number)}\n" for number in range(self.calls.size))
        known = int(self.stack.psql(
            f"SELECT count(*) FROM generate_series(0, {self.calls.size - 1}) AS number JOIN calls.calls AS call "
            f"ON call.workspace_id = '{self.workspace.id}' AND call.id = md5(number::text)::uuid"))
        if known != self.calls.size:
            raise BenchError(f"pgbench would find {known} of {self.calls.size} calls")

    @property
    def ids_path(self) -> str:
        return os.path.join(self.session.folder, "call-ids")

    def walk(self) -> str:
        """Goes to the deep page by cursors, seeing each call once; answers the cursor that leads to it."""
        connection, seen, cursor = self.workspace.connect(), set(), ""
        for number in range(1, self.depth):
            page = connection.ask("GET", PATHS["list"] + (f"&cursor={cursor}" if cursor else ""))
            seen.update(call["id"] for call in page["items"])
            if len(seen) != number * PAGE or page["total"] != self.calls.size:
                raise BenchError(f"after {number} pages of {PAGE} there are {len(seen)} calls, of {page['total']}")
            cursor = page["next_cursor"]
        connection.close()
        return cursor

    def choose_clients(self, kind: str) -> None:
        """pgbench's best number of clients on this machine."""
        rates: dict[int, float] = {}
        for clients in PGBENCH_CLIENTS if not self.session.quick else (8, 16):
            self.session.wait_for_quiet()
            self.clients[kind] = clients
            rates[clients] = self.ask_postgres(kind, self.session.sweep_seconds)["per_second"]
        self.clients[kind] = max(rates, key=lambda clients: rates[clients])
        self.session.raw[f"pgbench {kind} choices"] = rates
        self.session.say(f"  pgbench's {kind} is fastest with {self.clients[kind]} clients here")

    def run_round(self, number: int) -> None:
        """Another order in each round."""
        names = ["list", "pgbench list", "get", "pgbench get", "page 1", f"page {self.depth}"]
        turn = number % len(names)
        for name in names[turn:] + names[:turn]:
            result = self.session.measure(name, lambda: self.measure(name))
            if result is None:
                continue
            if problems := wrk.faults(result):
                self.session.fail(f"{name}: {', '.join(problems)}")
            self.results.setdefault(name, []).append({"round": number, **result})
            self.session.say(f"  round {number + 1}  {name:12} {result['per_second']:>9,.0f}/s{latency(result)}")

    def measure(self, name: str) -> dict:
        if name.startswith("pgbench "):
            return self.ask_postgres(name.removeprefix("pgbench "), self.session.seconds)
        if name in PATHS:
            return wrk.get(self.stack.url, PATHS[name], self.workspace.api_key, self.session.seconds, CONNECTIONS,
                           self.ids_path)
        path = PATHS["list"] if name == "page 1" else self.deep_path
        return wrk.get(self.stack.url, path, self.workspace.api_key, 1 if self.session.quick else 2)

    def ask_postgres(self, kind: str, seconds: float) -> dict:
        """As the service's own role, so that row-level security holds for both."""
        variables = {
            "workspaces": self.workspace.id.upper(), "read_only": "on", "workspace": self.workspace.id}
        if kind == "list":
            variables |= {
                "first": "0001-01-01 00:00:00+00", "last": "10000-01-01 00:00:00+00", "first_day": "0001-01-01",
                "last_day": "9999-12-31", "highest": "ffffffff-ffff-ffff-ffff-ffffffffffff", "limit": str(PAGE + 1),
                "offset": "0", "client": "none"}
        else:
            variables["size"] = str(self.calls.size)
        return run_pgbench(self.stack, f"{kind}.sql", self.clients[kind], PGBENCH_THREADS, seconds, "switchboard",
                           variables, "calls")

    def figures(self) -> list[Figure]:
        rows = [self.ratio(f"GET /call-logs?limit={PAGE}, {CONNECTIONS} connections ÷ pgbench", "list"),
                self.ratio(f"GET /call-logs/{{id}}, {CONNECTIONS} connections ÷ pgbench", "get")]
        first, deep = self.results.get("page 1", []), self.results.get(f"page {self.depth}", [])
        rows.append(Figure(
            "Reads", f"page {self.depth:,} by cursor ÷ page 1, p50 (flat)", "×",
            ratios(deep, first, "p50_us"), 1.2, better="lower", ours=self.centile(deep, "p50_us"),
            theirs=self.centile(first, "p50_us")))
        return rows

    def ratio(self, name: str, kind: str) -> Figure:
        ours, theirs = self.results.get(kind, []), self.results.get(f"pgbench {kind}", [])
        our, their = (middle([result["per_second"] for result in results], "/s") for results in (ours, theirs))
        return Figure(
            "Reads", name, "×", ratios(ours, theirs, "per_second"),
            ours=f"{our}, p50 {self.centile(ours, 'p50_us')}, p99 {self.centile(ours, 'p99_us')}", theirs=their)

    def centile(self, results: list[dict], key: str) -> str:
        return middle([result[key] / 1000 for result in results], "ms")


def latency(result: dict) -> str:
    if "p50_us" not in result:
        return f"  mean {show(result['mean_us'] / 1000, 'ms')}"
    return f"  p50 {show(result['p50_us'] / 1000, 'ms')}, p99 {show(result['p99_us'] / 1000, 'ms')}"
