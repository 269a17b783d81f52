"""Runs wrk with one of the scripts under bench/load and reads what it counted."""

import json
import os
from dataclasses import dataclass

from machine import Meter
from processes import BenchError, run

LOAD = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "load")
# wrk runs on after the last request was sent, so that every answer is counted.
DRAIN_S = 2


@dataclass
class Target:
    """Where calls are posted."""

    url: str
    client_id: str
    api_key: str = ""


def post(target: Target, connections: int, seconds: float, groups: dict[str, int], pause_ms: int = 0,
         drain: int = DRAIN_S) -> dict:
    """Single POSTs, closed loop: each connection sends the next one when it has its answer (and paused)."""
    return measure("post.lua", target, connections, seconds, groups, drain, BENCH_PAUSE_MS=str(pause_ms))


def batch(target: Target, connections: int, seconds: float, size: int, groups: dict[str, int]) -> dict:
    return measure("batch.lua", target, connections, seconds, groups, DRAIN_S, BENCH_BATCH=str(size))


def measure(script: str, target: Target, connections: int, seconds: float, groups: dict[str, int], drain: int,
            **variables: str) -> dict:
    meter = Meter(groups)
    env = {**os.environ, "BENCH_LOAD": LOAD, "BENCH_SECONDS": str(seconds), "BENCH_CLIENT_ID": target.client_id,
           "BENCH_API_KEY": target.api_key, **variables}
    threads = min(2, connections)
    whole = int(seconds + 0.999) + drain
    finished = run(
        ["wrk", f"-t{threads}", f"-c{connections}", f"-d{whole}s", "--timeout", "10s", "-s", f"{LOAD}/{script}",
         target.url],
        timeout=whole + 30, env=env)
    result = read_report(finished.output)
    if result["requests"] == 0:
        raise BenchError(f"no request was answered at {target.url}: {finished.output.strip()[-300:]}")
    # The last answer comes about one latency after the last request.
    result["seconds"] = seconds + result["mean_us"] / 1e6
    result["per_second"] = result["acknowledged"] / result["seconds"]
    return {**result, **meter.end(finished.cpu_seconds)}


def get(url: str, path: str, api_key: str, seconds: float, connections: int = 1, ids: str = "") -> dict:
    """Each connection asks again when it has its answer. `ids`: a file whose lines stand for `{id}` at random."""
    env = {**os.environ, "BENCH_LOAD": LOAD, "BENCH_PATH": path, "BENCH_API_KEY": api_key, "BENCH_IDS": ids}
    whole = max(1, round(seconds))
    finished = run(
        ["wrk", f"-t{min(2, connections)}", f"-c{connections}", f"-d{whole}s", "--timeout", "10s", "-s",
         f"{LOAD}/get.lua", url],
        timeout=whole + 30, env=env)
    result = read_report(finished.output)
    return {**result, "per_second": result["acknowledged"] / result["duration_us"] * 1e6}


def read_report(output: str) -> dict:
    for line in output.splitlines():
        if line.startswith("BENCH "):
            return json.loads(line[6:])
    raise BenchError(f"wrk reported nothing: {output.strip()[-600:]}")


def faults(result: dict) -> list[str]:
    """What went wrong beside the count: refusals, broken connections, answers that are none."""
    names = {
        "status_errors": "refused", "socket_errors": "connection errors", "timeouts": "timeouts", "odd": "odd answers"}
    return [f"{result[key]} {name}" for key, name in names.items() if result.get(key)]
