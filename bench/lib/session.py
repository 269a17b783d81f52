"""One run of the bench: its options, its folder, what it measured, and what went wrong."""

import os
import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from figures import Figure
from machine import machine_seconds
from processes import BenchError
from switchboard import Stack

# Below this share of the machine in use nobody is at work: the idle stack itself takes some.
QUIET_SHARE = 0.08
BENCH = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


@dataclass
class Session:
    tools: str
    folder: str
    # Where the results are written.
    out: str
    rounds: int
    seconds: float
    quick: bool
    stack: Stack = field(init=False)
    figures: list[Figure] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    # What was measured, cell by cell, for the JSON file.
    raw: dict = field(default_factory=dict)
    # How often stored was compared with acknowledged, and how often they differed.
    checks: int = 0
    mismatches: int = 0
    # Seconds that may still be spent on waiting for other programs.
    waiting_left: float = 0
    began: float = field(default_factory=time.time)

    def __post_init__(self) -> None:
        self.stack = Stack(self.folder)

    @property
    def warm_up_seconds(self) -> float:
        return 0.5 if self.quick else 2

    @property
    def sweep_seconds(self) -> float:
        return 1 if self.quick else 2

    @property
    def patience(self) -> float:
        """Seconds that the statistics may take to catch up after a cell."""
        return 60

    def path(self, *parts: str) -> str:
        return os.path.join(BENCH, *parts)

    def say(self, text: str) -> None:
        print(text, flush=True)

    def complain(self, text: str) -> None:
        print(f"! {text}", file=sys.stderr, flush=True)

    def wait_for_quiet(self) -> None:
        """Before a cell: waits until others leave the machine alone for a second, as long as waiting is allowed."""
        while self.waiting_left > 0:
            began, before = time.monotonic(), machine_seconds()["busy"]
            time.sleep(1)
            seconds = time.monotonic() - began
            share = (machine_seconds()["busy"] - before) / seconds / (os.cpu_count() or 1)
            self.waiting_left -= seconds
            if share < QUIET_SHARE:
                return

    @property
    def disturbance(self) -> float:
        """The share of the machine that others had during the cells of load, the median."""
        shares = [cell["others_share"] for cells in self.raw.get("ingest", {}).values() for cell in cells]
        return statistics.median(shares) if shares else 0

    def measure(self, name: str, cell: Callable[[], dict]) -> dict | None:
        """A cell's result when others leave the machine alone; nothing and a failure that is told when it breaks."""
        self.wait_for_quiet()
        try:
            return cell()
        except BenchError as error:
            self.fail(f"{name}: {error}")
            return None

    def check_stored(self, name: str, acknowledged: int, stored: int) -> None:
        self.checks += 1
        if stored != acknowledged:
            self.mismatches += 1
            self.fail(f"{name}: {acknowledged:,} acknowledged, {stored:,} stored")

    def fail(self, text: str) -> None:
        self.failures.append(text)
        print(f"x {text}", file=sys.stderr, flush=True)
