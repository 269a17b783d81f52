"""How many calls are understood a second when nothing else is done."""

import os
import time
from contextlib import ExitStack

from figures import Figure
from filling import Calls
from processes import BenchError
from session import Session
from switchboard import Stack, Workspace

PATIENCE_S = 300


class Analyses:
    """On a stack of its own: on the others calls that are logged whole are left as they are, so that none of this goes on
    beside what is measured there."""

    def __init__(self, session: Session):
        self.session = session
        self.calls = Calls(1_000 if session.quick else 20_000)
        self.rates: list[float] = []

    def run(self) -> None:
        folder = os.path.join(self.session.folder, "analyses")
        os.makedirs(folder)
        stack = Stack(folder)
        stack.env |= {"SWITCHBOARD_BIN_DIR": self.session.stack.own_bin_dir, "ANALYZE_LOGGED_CALLS": "true"}
        with ExitStack() as ending:
            ending.callback(stack.stop)
            stack.start(timeout=120)
            stack.prepare_database()
            self.session.wait_for_quiet()
            self.measure(stack)
            summary = stack.verify()
            self.session.say(f"  {summary}")
            if ", 0 differences" not in summary:
                raise BenchError(f"verify says: {summary}")
        self.session.raw["analyses"] = {"per_second": self.rates}

    def measure(self, stack: Stack) -> None:
        workspace = Workspace(stack.url, "analyses")
        connection = workspace.connect()
        for start in range(0, self.calls.size, 500):
            connection.ask("POST", "/api/calls/batch", self.calls.batch(
                workspace.client_id, range(start, min(start + 500, self.calls.size))))
        connection.close()
        began, before = time.monotonic(), self.understood(stack, workspace)
        while (done := self.understood(stack, workspace)) < self.calls.size:
            if time.monotonic() - began > PATIENCE_S:
                raise BenchError(f"{done} of {self.calls.size} calls are understood after {PATIENCE_S} s")
            time.sleep(0.5)
        self.rates.append((self.calls.size - before) / (time.monotonic() - began))
        self.session.say(f"  {self.calls.size:,} calls  {self.rates[-1]:,.0f}/s")

    @staticmethod
    def understood(stack: Stack, workspace: Workspace) -> int:
        return int(stack.psql(
            f"SELECT count(*) FROM calls.call_details WHERE workspace_id = '{workspace.id}' AND analysis IS NOT NULL"))

    def figures(self) -> list[Figure]:
        return [Figure("Analyses", "calls understood a second, by the local method, half of the time", "/s", self.rates)]
