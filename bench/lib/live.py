"""Live connections: how many one gateway holds and what each costs it, and how soon all of them hear of a call."""

import base64
import os
import resource
import selectors
import socket
import statistics
import time
import urllib.parse

from figures import Figure
from processes import BenchError
from session import Session
from switchboard import Workspace

# Handshakes that wait for their answer at a time.
AT_ONCE = 200
PAUSE_S = 0.5
HEADER_END = b"\r\n\r\n"


class Live:
    def __init__(self, session: Session):
        self.session = session
        self.count = 500 if session.quick else 5_000
        self.sockets: list[socket.socket] = []
        self.selector = selectors.EpollSelector()
        # Seconds from before the POST until the first and the last connection had both its frames.
        self.first: list[float] = []
        self.last: list[float] = []
        self.bytes_each = 0.0
        self.opened_in = 0.0

    def run(self) -> None:
        allow_descriptors(self.count + 500)
        workspace = Workspace(self.session.stack.url, "live")
        pid = self.session.stack.pids()["gateway"]
        # What a gateway makes for its first connection is not counted.
        self.open(workspace, 10)
        before = resident_bytes(pid)
        began = time.monotonic()
        self.open(workspace, self.count)
        self.opened_in = time.monotonic() - began
        time.sleep(2)
        self.drain()
        self.bytes_each = (resident_bytes(pid) - before) / (self.count - 10)
        connection = workspace.connect()
        try:
            for _ in range(3 if self.session.quick else 10):
                self.tell(connection, workspace)
                # The figures follow within seconds; they are not part of the next call.
                time.sleep(3)
                self.drain()
        finally:
            connection.close()
            for held in self.sockets:
                held.close()
        self.session.raw["live"] = {
            "sockets": self.count, "bytes_each": self.bytes_each, "opened_s": self.opened_in, "first_s": self.first,
            "last_s": self.last}

    def open(self, workspace: Workspace, wanted: int) -> None:
        """Opens connections until there are so many, each of which has got its first frame."""
        while len(self.sockets) < wanted:
            batch = [self.connect(workspace) for _ in range(min(AT_ONCE, wanted - len(self.sockets)))]
            for opened in batch:
                self.greet(opened)
                opened.setblocking(False)
                self.selector.register(opened, selectors.EVENT_READ)
            self.sockets += batch

    @staticmethod
    def connect(workspace: Workspace) -> socket.socket:
        address = urllib.parse.urlparse(workspace.url)
        opened = socket.create_connection((address.hostname, address.port), timeout=30)
        key = base64.b64encode(os.urandom(16)).decode()
        opened.sendall(
            f"GET /ws HTTP/1.1\r\nHost: {address.netloc}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\nX-API-Key: {workspace.api_key}\r\n\r\n".encode())
        return opened

    @staticmethod
    def greet(opened: socket.socket) -> None:
        received = b""
        while b'"seq":' not in received:
            part = opened.recv(65_536)
            if not part:
                raise BenchError(f"a live connection was refused: {received[:300].decode(errors='replace')}")
            received += part
        head = received.partition(HEADER_END)[0]
        if not head.startswith(b"HTTP/1.1 101 ") or b'"type":"metrics"' not in received:
            raise BenchError(f"no live connection: {received[:300].decode(errors='replace')}")

    def drain(self) -> None:
        while ready := self.selector.select(0):
            for key, _ in ready:
                if not key.fileobj.recv(1 << 20):
                    raise BenchError("a live connection was closed")

    def tell(self, connection, workspace: Workspace) -> None:
        """Logs one call and waits until every connection has heard of it."""
        waiting = {held: b"" for held in self.sockets}
        began = time.monotonic()
        connection.ask("POST", "/api/calls", {"client_id": workspace.client_id, "caller_name": "Live"}, 201)
        first = None
        while waiting:
            ready = self.selector.select(10)
            if not ready:
                raise BenchError(f"{len(waiting)} of {self.count} live connections heard nothing of a call for 10 s")
            for key, _ in ready:
                part = key.fileobj.recv(65_536)
                if not part:
                    raise BenchError("a live connection was closed")
                if key.fileobj not in waiting:
                    continue
                waiting[key.fileobj] += part
                if b'"call_ended"' in waiting[key.fileobj]:
                    del waiting[key.fileobj]
                    first = first or time.monotonic() - began
        self.first.append(first or 0.0)
        self.last.append(time.monotonic() - began)
        time.sleep(PAUSE_S)

    def figures(self) -> list[Figure]:
        count = f"{self.count:,}"
        rows = [
            Figure("Live", f"one call to {count} connections of one gateway, the last", "ms", better="lower"),
            Figure("Live", f"memory of the gateway for each of {count} connections", "KB", better="lower"),
        ]
        if self.last:
            rows[0].values = [seconds * 1000 for seconds in self.last]
            rows[0].ours = f"the first {statistics.median(self.first) * 1000:.0f} ms, POST included"
            rows[1].values = [self.bytes_each / 1000]
            rows[1].ours = f"opened in {self.opened_in:.1f} s"
        return rows


def allow_descriptors(wanted: int) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < wanted:
        raise BenchError(f"a process may open {hard} files here, and {wanted} are needed (ulimit -n)")
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def resident_bytes(pid: int) -> int:
    with open(f"/proc/{pid}/statm") as file:
        return int(file.read().split()[1]) * resource.getpagesize()
