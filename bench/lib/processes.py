"""Starting programs that end with us, and ending them by their id."""

import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass, field


class BenchError(Exception):
    """Something that stops a measurement, as a sentence for the person who runs it."""


def bound(command: list[str]) -> list[str]:
    """The command, ended by the kernel when this process ends. Each has a session of its own: Ctrl-C reaches us alone."""
    return ["setpriv", "--pdeathsig", "TERM", *command]


@dataclass
class Finished:
    output: str
    # Processor seconds of the program and its children.
    cpu_seconds: float


def run(command: list[str], timeout: float, env: dict[str, str] | None = None, text: str | None = None) -> Finished:
    """Runs a program to its end; an error when it fails or takes longer than `timeout` seconds."""
    process = subprocess.Popen(
        bound(command), env=env, stdin=subprocess.PIPE if text is not None else subprocess.DEVNULL,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True)
    before = os.times()
    try:
        output, _ = process.communicate(text, timeout=timeout)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()
        raise BenchError(f"{command[0]} did not end within {timeout:.0f} s")
    except BaseException:
        process.kill()
        process.communicate()
        raise
    after = os.times()
    if process.returncode != 0:
        raise BenchError(f"{os.path.basename(command[0])} ended with {process.returncode}: {output.strip()[-600:]}")
    spent = after.children_user + after.children_system - before.children_user - before.children_system
    return Finished(output, spent)


@dataclass
class Service:
    """A program that runs until it is stopped; its output goes into a file."""

    command: list[str]
    log_path: str
    env: dict[str, str] = field(default_factory=dict)
    cwd: str | None = None
    process: subprocess.Popen | None = None
    # Where in the file the output of this start begins.
    offset: int = 0

    def start(self) -> None:
        with open(self.log_path, "ab") as log:
            self.offset = log.tell()
            self.process = subprocess.Popen(
                bound(self.command), env={**os.environ, **self.env}, cwd=self.cwd, stdin=subprocess.DEVNULL,
                stdout=log, stderr=log, start_new_session=True)

    @property
    def pid(self) -> int:
        assert self.process
        return self.process.pid

    @property
    def output(self) -> str:
        with open(self.log_path, "rb") as log:
            log.seek(self.offset)
            return log.read().decode(errors="replace")

    def wait_for_line(self, wanted: str, timeout: float) -> str:
        """Waits until the program has written a whole line that contains `wanted`."""
        def found() -> str | None:
            lines = self.output.splitlines(keepends=True)
            return next((line.strip() for line in lines if wanted in line and line.endswith("\n")), None)

        return self.wait_until(found, f"says nothing of '{wanted}'", timeout)

    def wait_for_port(self, port: int, timeout: float = 30) -> None:
        def listens() -> bool | None:
            try:
                socket.create_connection(("127.0.0.1", port), timeout=1).close()
                return True
            except OSError:
                return None

        self.wait_until(listens, f"does not listen on port {port}", timeout)

    def wait_until(self, condition: Callable, complaint: str, timeout: float):
        assert self.process
        deadline = time.monotonic() + timeout
        while True:
            if (result := condition()) is not None:
                return result
            if self.process.poll() is not None:
                raise BenchError(f"{self.name} ended with {self.process.returncode}: {self.output.strip()[-600:]}")
            if time.monotonic() > deadline:
                raise BenchError(f"{self.name} {complaint} within {timeout:.0f} s: {self.output.strip()[-600:]}")
            time.sleep(0.005)

    @property
    def name(self) -> str:
        return os.path.basename(self.log_path).removesuffix(".log")

    def stop(self, timeout: float = 30) -> int | None:
        """Ends it and answers its status; kills it when it does not end in time."""
        if self.process is None:
            return None
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(timeout)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        status, self.process = self.process.returncode, None
        return status
