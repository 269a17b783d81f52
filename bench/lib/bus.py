"""A round trip on the bus between two processes, against a C loop on libzmq that does nothing else."""

import json
import os

from figures import Figure, middle
from processes import BenchError, Service, run
from session import Session

PAYLOAD_BYTES, IN_FLIGHT = 300, 64


class BusLoops:
    def __init__(self, session: Session):
        self.session = session
        self.programs = {"bus": os.environ.get("BENCH_BUS", ""), "libzmq": os.path.join(session.tools, "zmq-loop")}
        self.results: dict[str, list[dict]] = {}

    def run(self) -> None:
        servers = []
        try:
            for name, program in self.programs.items():
                if not os.access(program, os.X_OK):
                    raise BenchError(f"the program for {name} ({program or 'no path'}) is not built")
                log = os.path.join(self.session.folder, f"{name}.log")
                server = Service([program, "serve", self.endpoint(name)], log)
                servers.append(server)
                server.start()
                server.wait_for_line("ready", 10)
            for number in range(self.session.rounds):
                self.run_round(number)
        finally:
            for server in servers:
                server.stop()
        self.session.raw["bus"] = self.results

    def endpoint(self, name: str) -> str:
        return f"ipc://{self.session.folder}/{name}.sock"

    def run_round(self, number: int) -> None:
        self.session.wait_for_quiet()
        # Who goes first changes with the round.
        names = list(self.programs) if number % 2 == 0 else list(reversed(self.programs))
        seconds = 0.5 if self.session.quick else 2
        for kind, words in (("latency", []), ("throughput", [str(IN_FLIGHT)])):
            for name in names:
                command = [self.programs[name], "ask", self.endpoint(name), kind, str(seconds), str(PAYLOAD_BYTES)]
                result = json.loads(run([*command, *words], seconds + 20).output.strip().splitlines()[-1])
                self.results.setdefault(f"{name} {kind}", []).append(result)

    def figures(self) -> list[Figure]:
        return [
            self.ratio("1 in flight, p50", "latency", "p50_us", "µs", 2.1, 1.8, "lower"),
            self.ratio(f"{IN_FLIGHT} in flight, round trips", "throughput", "per_second", "/s", 0.38, 0.45, "higher"),
        ]

    def ratio(self, name: str, kind: str, key: str, unit: str, goal: float, stretch: float, better: str) -> Figure:
        ours = [result[key] for result in self.results.get(f"bus {kind}", [])]
        theirs = [result[key] for result in self.results.get(f"libzmq {kind}", [])]
        return Figure(
            "Bus", f"{name} ÷ C loop on libzmq", "×", [a / b for a, b in zip(ours, theirs)], goal, stretch, better,
            middle(ours, unit), middle(theirs, unit))
