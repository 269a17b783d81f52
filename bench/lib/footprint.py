"""What the stack takes: memory of each service idle and at its peak, and the time of a start on existing data."""

import time

from figures import Figure
from machine import memory_kb
from processes import BenchError
from session import Session
from switchboard import SERVICES


class Footprint:
    def __init__(self, session: Session):
        self.session = session
        self.idle: dict[str, dict[str, int]] = {}
        self.peak: dict[str, dict[str, int]] = {}
        self.starts: list[dict[str, float]] = []

    def read_idle(self) -> None:
        """Some seconds after the start, before any load."""
        time.sleep(2 if self.session.quick else 5)
        self.idle = self.read()

    def read_peak(self) -> None:
        """The highest that each process ever had, so after everything else."""
        self.peak = self.read()
        self.session.raw["memory"] = {"idle_kb": self.idle, "end_kb": self.peak}

    def read(self) -> dict[str, dict[str, int]]:
        pids = self.session.stack.pids()
        return {name: memory_kb(pids[name]) for name in SERVICES}

    def restart(self) -> None:
        for _ in range(1 if self.session.quick else self.session.rounds):
            self.session.wait_for_quiet()
            stopped = self.session.stack.stop()
            started = self.session.stack.start(timeout=120)
            self.starts.append({**started, "stop": stopped})
        self.session.raw["starts_s"] = self.starts
        summary = self.session.stack.verify()
        self.session.raw["verify"] = summary
        self.session.say(f"  {summary}")
        if ", 0 differences" not in summary:
            raise BenchError(f"verify says: {summary}")

    def figures(self) -> list[Figure]:
        rows = []
        for name in SERVICES:
            idle, peak = self.idle.get(name), self.peak.get(name)
            rows.append(Figure(
                "Memory", f"{name} idle, RSS", "MB", [idle["VmRSS"] / 1024] if idle else [], 32, better="lower",
                ours=f"of it its own {idle['RssAnon'] / 1024:.1f} MB" if idle else ""))
            rows.append(Figure(
                "Memory", f"{name} at the peak, RSS", "MB", [peak["VmHWM"] / 1024] if peak else [], 64, better="lower"))
        rows.append(Figure(
            "Start", "first process → ready, existing data", "s", [start["ready"] for start in self.starts], 3,
            better="lower"))
        rows.append(Figure(
            "Start", "the whole of `up` on executables that are built", "s", [start["whole"] for start in self.starts],
            better="lower"))
        rows.append(Figure(
            "Start", "SIGTERM → all ended", "s", [start["stop"] for start in self.starts], better="lower"))
        return rows
