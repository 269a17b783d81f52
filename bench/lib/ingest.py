"""Single and batch POSTs against pgbench, FastAPI and gin: in every round each of them once, in turn."""

import statistics
from collections.abc import Callable

import wrk
from contenders import POOLS, Endpoint, Pgbench
from filling import wait_for_search
from figures import Figure, middle
from processes import BenchError
from session import Session
from switchboard import SERVICES, CountWatch, Workspace

BATCH_CONNECTIONS, BATCH_SIZE = 8, 500
PGBENCH_CHOICES = [(clients, threads) for clients in (8, 16, 32, 64) for threads in (1, 2)]


class Ingest:
    def __init__(self, session: Session):
        self.session, self.stack = session, session.stack
        self.workspace = Workspace(self.stack.url, "ingest")
        self.target = wrk.Target(self.stack.url, self.workspace.client_id, self.workspace.api_key)
        self.stack.psql(open(session.path("contenders", "schema.sql")).read(), "bench")
        self.pgbench = Pgbench(self.stack)
        self.endpoints: dict[str, Endpoint] = {}
        self.missing: dict[str, str] = {}
        # By cell, one result a round; pgbench has two a round.
        self.results: dict[str, list[dict]] = {}

    def run(self) -> None:
        try:
            self.start_endpoints()
            cells = self.cells()
            self.warm_up(cells)
            if not self.session.quick:
                self.choose_pools()
            self.choose_clients()
            for number in range(self.session.rounds):
                self.run_round(number, cells)
        finally:
            for endpoint in self.endpoints.values():
                endpoint.stop()
        self.session.raw["ingest"] = self.results

    def start_endpoints(self) -> None:
        for name in ("fastapi", "gin"):
            try:
                endpoint = Endpoint(name, self.stack, self.session.tools, self.session.folder)
                self.endpoints[name] = endpoint
                endpoint.start()
            except BenchError as error:
                self.endpoints.pop(name, None)
                self.missing[name] = str(error)
                self.session.complain(str(error))

    def cells(self) -> dict[str, Callable[[float], dict]]:
        """What is measured in each round beside pgbench, by name: each takes its seconds."""
        cells: dict[str, Callable[[float], dict]] = {
            "post-64": lambda seconds: self.post_ours(64, seconds),
            "post-256": lambda seconds: self.post_ours(256, seconds),
            "batch": self.post_batches,
        }
        for name, endpoint in self.endpoints.items():
            for connections in (64, 256):
                cells[f"{name}-{connections}"] = (
                    lambda seconds, e=endpoint, c=connections: self.post_theirs(e, c, seconds))
        return cells

    def warm_up(self, cells: dict[str, Callable[[float], dict]]) -> None:
        self.session.say("  warming up")
        self.measure_pgbench(self.session.warm_up_seconds)
        for name, cell in cells.items():
            self.checked(name, cell, self.session.warm_up_seconds)

    def choose_pools(self) -> None:
        """The number of connections to PostgreSQL that each service is fastest with on this machine."""
        for name, endpoint in self.endpoints.items():
            rates: dict[int, float] = {}
            for pool in POOLS[name]:
                self.restart(endpoint, pool)
                rates[pool] = self.post_theirs(endpoint, 64, self.session.sweep_seconds)["per_second"]
            self.restart(endpoint, max(rates, key=lambda pool: rates[pool]))
            self.session.raw[f"{name} pools"] = rates
            self.session.say(f"  {name} is fastest with a pool of {endpoint.pool} here")

    def restart(self, endpoint: Endpoint, pool: int) -> None:
        self.session.wait_for_quiet()
        endpoint.stop()
        endpoint.pool = pool
        endpoint.start()
        self.post_theirs(endpoint, 64, 1)

    def choose_clients(self) -> None:
        """pgbench's best numbers of clients and threads on this machine."""
        rates: dict[tuple[int, int], list[float]] = {}
        for _ in range(1 if self.session.quick else 2):
            self.session.wait_for_quiet()
            for choice in PGBENCH_CHOICES if not self.session.quick else [(16, 2), (32, 2)]:
                self.pgbench.clients, self.pgbench.threads = choice
                rates.setdefault(choice, []).append(self.measure_pgbench(self.session.sweep_seconds)["per_second"])
        best = max(rates, key=lambda choice: statistics.median(rates[choice]))
        self.pgbench.clients, self.pgbench.threads = best
        self.session.raw["pgbench choices"] = {f"-c{c} -j{j}": values for (c, j), values in rates.items()}
        self.session.say(f"  pgbench is fastest with {best[0]} clients and {best[1]} threads here")

    def run_round(self, number: int, cells: dict[str, Callable[[float], dict]]) -> None:
        """Another order in each round, pgbench first and in the middle."""
        names = list(cells)
        turn = number * 2 % len(names)
        names = names[turn:] + names[:turn]
        for position, name in enumerate(names):
            if position in (0, len(names) // 2):
                self.keep(number, "pgbench", self.checked("pgbench", self.measure_pgbench, self.session.seconds))
            self.keep(number, name, self.checked(name, cells[name], self.session.seconds))

    def keep(self, number: int, name: str, result: dict | None) -> None:
        if result is None:
            return
        self.results.setdefault(name, []).append({"round": number, **result})
        latency = ""
        if "p50_us" in result:
            latency = f"  p50 {result['p50_us'] / 1000:.1f} ms, p99 {result['p99_us'] / 1000:.1f} ms"
        self.session.say(f"  round {number + 1}  {name:12} {result['per_second']:>9,.0f}/s{latency}")

    def checked(self, name: str, cell: Callable[[float], dict], seconds: float) -> dict | None:
        """The cell's result when what it stored is what it acknowledged; else a failure that is told."""
        self.session.wait_for_quiet()
        try:
            result = cell(seconds)
        except BenchError as error:
            self.session.fail(f"{name}: {error}")
            return None
        if problems := wrk.faults(result):
            self.session.fail(f"{name}: {', '.join(problems)}")
        self.session.check_stored(name, result["acknowledged"], result["stored"])
        return result

    # The cells.

    def measure_pgbench(self, seconds: float) -> dict:
        self.stack.checkpoint()
        before = self.pgbench.stored()
        result = self.pgbench.measure(seconds)
        return {**result, "stored": self.pgbench.stored() - before}

    def post_theirs(self, endpoint: Endpoint, connections: int, seconds: float) -> dict:
        self.stack.checkpoint()
        before = endpoint.stored()
        result = wrk.post(endpoint.target, connections, seconds, endpoint.groups())
        return {**result, "stored": endpoint.stored() - before}

    def post_ours(self, connections: int, seconds: float) -> dict:
        return self.measure_ours(seconds, lambda groups: wrk.post(self.target, connections, seconds, groups))

    def post_batches(self, seconds: float) -> dict:
        return self.measure_ours(
            seconds, lambda groups: wrk.batch(self.target, BATCH_CONNECTIONS, seconds, BATCH_SIZE, groups))

    def measure_ours(self, seconds: float, load: Callable[[dict[str, int]], dict]) -> dict:
        """Afterwards statistics and search must have taken in every call, so that no work is left for the next cell."""
        self.stack.checkpoint()
        pids = self.stack.pids()
        before = self.stack.stored(self.workspace)
        with CountWatch(self.workspace, seconds) as watch:
            result = load({name: pids[name] for name in (*SERVICES, "postgres")})
            stored = self.stack.stored(self.workspace)
            level_after = watch.wait_for(stored, self.session.patience)
        wait_for_search(self.session)
        return {**result, "stored": stored - before, "level_after_s": level_after}

    # The rows.

    def figures(self) -> list[Figure]:
        rows = [
            self.ratio("POST /api/calls, 64 connections ÷ pgbench", "post-64", "pgbench", 0.45, 0.7),
            self.ratio("POST /api/calls, 256 connections ÷ pgbench", "post-256", "pgbench", 0.45, 0.7),
            self.ratio("POST /api/calls/batch ÷ pgbench", "batch", "pgbench", 1.5, 3),
        ]
        for name, title, goal, stretch in (
            ("fastapi", "FastAPI + asyncpg", 3, 4), ("gin", "gin + pgx", 0.6, 1),
        ):
            for c in (64, 256):
                rows.append(self.ratio(
                    f"POST /api/calls, {c} connections ÷ {title}", f"post-{c}", f"{name}-{c}", goal, stretch,
                    self.missing.get(name, "")))
        rows += [self.level_after(name, title) for name, title in (
            ("post-64", "after full load of single POSTs"), ("batch", "after full load of batches"))]
        return rows

    def level_after(self, name: str, title: str) -> Figure:
        values = [result["level_after_s"] for result in self.results.get(name, [])]
        return Figure("Statistics", f"level with the calls, {title}", "s", values, better="lower")

    def ratio(self, name: str, ours: str, theirs: str, goal: float, stretch: float, missing: str = "") -> Figure:
        figure = Figure("Durable calls", name, "×", goal=goal, stretch=stretch, missing=missing)
        our, their = self.rates(ours), self.rates(theirs)
        figure.values = [our[number] / their[number] for number in our if number in their]
        figure.ours, figure.theirs = middle(list(our.values()), "/s"), middle(list(their.values()), "/s")
        return figure

    def rates(self, name: str) -> dict[int, float]:
        """By round; where a round has two results, their mean."""
        found: dict[int, list[float]] = {}
        for result in self.results.get(name, []):
            found.setdefault(result["round"], []).append(result["per_second"])
        return {number: statistics.mean(values) for number, values in found.items()}
