"""What Switchboard is measured against, each fed by the same load and with a table in the same PostgreSQL."""

import os
import re
import socket

from machine import Meter
from processes import BenchError, Service, run
from switchboard import Stack
from wrk import Target

HERE = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "contenders")
PGBENCH = os.path.join(os.environ.get("SWITCHBOARD_PG_BIN", "/usr/lib/postgresql/15/bin"), "pgbench")
CLIENT_ID = "11111111-2222-4333-8444-555555555555"
FASTAPI_WORKERS = 2
# Connections to PostgreSQL that each is tried with (FastAPI: for each worker), the usual choice first.
POOLS = {"fastapi": (8, 4, 16), "gin": (32, 16, 64)}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Endpoint:
    """An HTTP service with POST /api/calls that does one durable insert a request."""

    def __init__(self, name: str, stack: Stack, tools: str, folder: str):
        self.name, self.stack, self.port = name, stack, free_port()
        log = os.path.join(folder, f"{name}.log")
        if name == "fastapi":
            python = os.path.join(tools, "venv", "bin", "python")
            command = [python, "-m", "uvicorn", "app:app", "--workers", str(FASTAPI_WORKERS), "--port", str(self.port),
                       "--loop", "uvloop", "--http", "httptools", "--no-access-log", "--log-level", "warning"]
        else:
            command = [os.path.join(tools, "gin-call")]
        if not os.path.exists(command[0]):
            raise BenchError(f"{name} is not installed")
        self.service = Service(command, log, cwd=os.path.join(HERE, name))
        self.pool = POOLS[name][0]

    def start(self) -> None:
        url = self.stack.database_url()
        if self.name == "gin":
            url += f"&pool_max_conns={self.pool}"
        self.service.env = {"BENCH_DATABASE_URL": url, "BENCH_POOL": str(self.pool), "BENCH_PORT": str(self.port)}
        self.service.start()
        self.service.wait_for_port(self.port)

    def stop(self) -> None:
        self.service.stop()

    @property
    def target(self) -> Target:
        return Target(f"http://127.0.0.1:{self.port}", CLIENT_ID)

    def groups(self) -> dict[str, int]:
        return {self.name: self.service.pid, "postgres": self.stack.pids()["postgres"]}

    def stored(self) -> int:
        return int(self.stack.psql(f"SELECT count(*) FROM call_{self.name}", "bench"))


class Pgbench:
    """PostgreSQL alone: pgbench inserting the same row singly over the socket."""

    def __init__(self, stack: Stack):
        self.stack, self.clients, self.threads = stack, 32, 2

    def measure(self, seconds: float) -> dict:
        return run_pgbench(self.stack, "insert.sql", self.clients, self.threads, seconds)

    def stored(self) -> int:
        return int(self.stack.psql("SELECT count(*) FROM call_pgbench", "bench"))


def run_pgbench(
    stack: Stack, script: str, clients: int, threads: int, seconds: float, database: str = "bench",
    variables: dict[str, str] | None = None, role: str = "bench",
) -> dict:
    """A script of ours with its variables, as a role that the login takes on."""
    meter = Meter({"postgres": stack.pids()["postgres"]})
    whole = max(1, round(seconds))
    given = [word for name, value in (variables or {}).items() for word in ("-D", f"{name}={value}")]
    finished = run(
        [PGBENCH, "-n", "-M", "prepared", "-c", str(clients), "-j", str(threads), "-T", str(whole), "-f",
         os.path.join(HERE, "pgbench", script), *given, "-h", stack.socket_dir, "-U", "bench", database],
        timeout=whole + 30, env={**os.environ, "PGPASSWORD": stack.password, "PGOPTIONS": f"-c role={role}"})
    processed = int(find(r"actually processed: (\d+)", finished.output))
    if processed == 0:
        raise BenchError(f"{script}: no transaction was done within {whole} s")
    result = {
        "acknowledged": processed,
        "status_errors": int(find(r"failed transactions: (\d+)", finished.output)),
        "per_second": float(find(r"tps = ([\d.]+) \(without", finished.output)),
        "mean_us": float(find(r"latency average = ([\d.]+) ms", finished.output)) * 1000,
    }
    return {**result, **meter.end(finished.cpu_seconds)}


def find(pattern: str, text: str) -> str:
    match = re.search(pattern, text)
    if not match:
        raise BenchError(f"pgbench's report has no '{pattern}': {text.strip()[-600:]}")
    return match.group(1)
