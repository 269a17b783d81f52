"""Campaigns dialled through a voice server that answers at once: how many calls are placed and settled a second."""

import os
import time
from contextlib import ExitStack

from figures import Figure, middle
from machine import Meter
from processes import BenchError
from session import Session
from switchboard import SERVICES, Connection, Stack, Workspace
from voice_server import CALL_S, VoiceServer

CAP = 10_000


class Dialling:
    """On a stack of its own, which places its calls through the voice server."""

    def __init__(self, session: Session):
        self.session = session
        self.numbers = 1000 if session.quick else 20_000
        self.results: list[dict] = []

    def run(self) -> None:
        folder = os.path.join(self.session.folder, "dialling")
        os.makedirs(folder)
        stack, voice_server = Stack(folder), VoiceServer()
        stack.env |= {"SWITCHBOARD_BIN_DIR": self.session.stack.own_bin_dir,
                      "VOICE_SERVER_URL": f"http://127.0.0.1:{voice_server.port}"}
        with ExitStack() as ending:
            ending.callback(voice_server.stop)
            ending.callback(stack.stop)
            stack.start(timeout=120)
            stack.prepare_database()
            workspace = Workspace(stack.url, "dialling")
            voice_server.begin(workspace)
            connection = Connection(stack.url, token=workspace.token)
            agent = connection.ask("POST", "/agents", {"name": "Caller"}, 201)["id"]
            for number in range(self.session.rounds):
                self.session.wait_for_quiet()
                self.run_round(number, stack, voice_server, connection, agent)
            connection.close()
            summary = stack.verify()
            self.session.say(f"  {summary}")
            if ", 0 differences" not in summary:
                raise BenchError(f"verify says: {summary}")
        self.session.raw["dialling"] = self.results

    def run_round(
        self, number: int, stack: Stack, voice_server: VoiceServer, connection: Connection, agent: str
    ) -> None:
        voice_server.forget()
        stack.checkpoint()
        campaign = connection.ask("POST", "/campaigns", {
            "name": f"Round {number + 1}", "agent_id": agent, "end_time": "2099-06-30T23:59:59Z",
            "max_concurrent_calls": CAP,
            "phone_numbers": [f"+1555{1_000_000 + place}" for place in range(self.numbers)],
            "retry_config": {"max_retries": 0, "retry_delay": 0}}, 201)["id"]
        pids = stack.pids()
        meter = Meter({name: pids[name] for name in (*SERVICES, "postgres")})
        began = time.monotonic()
        connection.ask("POST", f"/campaigns/{campaign}/launch")
        deadline = began + self.session.patience + self.numbers / 20
        while (shown := connection.ask("GET", f"/campaigns/{campaign}"))["pending"] + shown["in_progress"] > 0:
            if time.monotonic() > deadline:
                raise BenchError(f"of {self.numbers} numbers {shown['pending']} are pending and "
                                 f"{shown['in_progress']} in progress, {voice_server.told} ends were told")
            time.sleep(0.05)
        seconds = time.monotonic() - began
        result = {
            "placed": len(voice_server.placed), "orders": sum(voice_server.placed.values()),
            "completed": shown["completed"], "failed": shown["failed"],
            "placed_per_second": self.numbers / (voice_server.last_at - began),
            "settled_per_second": self.numbers / seconds, "refusals": dict(voice_server.refusals), **meter.end(0)}
        self.check(result, stack, campaign)
        self.results.append(result)
        self.session.say(f"  round {number + 1}  placed {result['placed_per_second']:>7,.0f}/s, settled "
                         f"{result['settled_per_second']:>7,.0f}/s")

    def check(self, result: dict, stack: Stack, campaign: str) -> None:
        """Nobody was called twice, nobody was forgotten, and what is stored is what the voice server saw."""
        attempts = int(stack.psql(f"SELECT count(*) FROM agents.attempts WHERE campaign_id = '{campaign}'"))
        calls = int(stack.psql(f"SELECT count(*) FROM calls.calls WHERE campaign_id = '{campaign}'"))
        self.session.check_stored("dialling, attempts", result["placed"], attempts)
        self.session.check_stored("dialling, calls", result["placed"], calls)
        if (result["orders"], result["completed"]) != (self.numbers, self.numbers) or result["refusals"]:
            self.session.fail(
                f"dialling: of {self.numbers} numbers {result['completed']} completed and {result['failed']} failed, "
                f"{result['orders']} orders for {result['placed']} calls, refused ends {result['refusals']}")

    def figures(self) -> list[Figure]:
        return [
            self.figure("calls placed", "placed_per_second", ("agents",)),
            self.figure("numbers settled", "settled_per_second", (*SERVICES, "postgres")),
        ]

    def figure(self, title: str, key: str, spenders: tuple[str, ...]) -> Figure:
        """With the processor time that a number takes in all of some processes."""
        spent = [sum(result["cpu_seconds"][name] for name in spenders) for result in self.results]
        time_each = middle([seconds / self.numbers * 1e6 for seconds in spent], "µs")
        whose = spenders[0] if len(spenders) == 1 else "all"
        return Figure(
            "Dialling", f"{title}, campaign of {self.numbers:,} numbers", "/s",
            [result[key] for result in self.results],
            ours=f"{time_each} of processor time each, {whose}" if spent else "",
            theirs=f"calls of {CALL_S:g} s" if spent else "")
