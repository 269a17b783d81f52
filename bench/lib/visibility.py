"""From the answer to a POST until the statistics show the call, while other calls keep coming in."""

import random
import statistics
import time
from concurrent.futures import ThreadPoolExecutor

import wrk
from figures import Figure
from session import Session
from switchboard import Workspace

PROBES, POLL_S, CONNECTIONS = 4, 0.01, 32


class Visibility:
    def __init__(self, session: Session, calls_per_second: float):
        """`calls_per_second`: the load meanwhile, as a rule a quarter of what the machine can take."""
        self.session, self.rate = session, calls_per_second
        self.seconds = 8 if session.quick else 60
        # Seconds, one for each probed call.
        self.samples: list[float] = []
        self.load: dict = {}

    def run(self) -> None:
        """The probes' calls lie in the workspace that the load goes to, each probe's with a client of its own."""
        workspace = Workspace(self.session.stack.url, "visibility")
        clients = [workspace.add_client(f"Probe {n}", f"+1-555-02{n:02}") for n in range(PROBES)]
        target = wrk.Target(workspace.url, workspace.client_id, workspace.api_key)
        pause = max(1, round(CONNECTIONS / self.rate * 1000) - 2)
        with ThreadPoolExecutor(PROBES) as pool:
            end = time.monotonic() + self.seconds - 0.5
            probing = [pool.submit(self.probe, workspace, client, end) for client in clients]
            self.load = wrk.post(target, CONNECTIONS, self.seconds, {}, pause_ms=pause)
            for future in probing:
                self.samples += future.result()
        probed, stored = len(self.samples), self.session.stack.stored(workspace)
        self.session.check_stored("visibility", self.load["acknowledged"] + probed, stored)
        if problems := wrk.faults(self.load):
            self.session.fail(f"visibility: {', '.join(problems)}")
        self.session.raw["visibility"] = {"load": self.load, "samples_s": [round(value, 4) for value in self.samples]}

    def probe(self, workspace: Workspace, client: str, end: float) -> list[float]:
        connection, samples = workspace.connect(), []
        while time.monotonic() < end:
            time.sleep(random.uniform(0, 0.1))
            body = {"client_id": client, "duration_seconds": 10, "stt_latency_ms": 120}
            connection.ask("POST", "/api/calls", body, 201)
            answered = time.monotonic()
            while connection.ask("GET", f"/api/analytics/client/{client}/stats")["total_calls"] != len(samples) + 1:
                if time.monotonic() - answered > 30:
                    raise TimeoutError("an answered call is not in the statistics after 30 s")
                time.sleep(POLL_S)
            samples.append(time.monotonic() - answered)
        connection.close()
        return samples

    def figures(self) -> list[Figure]:
        figure = Figure("Statistics", "answered → visible, p99", "s", goal=0.5, better="lower")
        if len(self.samples) < 2:
            return [figure]
        centiles = statistics.quantiles(self.samples, n=100, method="inclusive")
        figure.name += f" of {len(self.samples)} calls"
        figure.values = [centiles[98]]
        figure.ours = f"p50 {centiles[49]:.3f} s, highest {max(self.samples):.3f} s"
        figure.theirs = f"under {self.load['per_second']:,.0f} calls/s"
        return [figure]
