"""A voice server that takes every order at once and says a moment later that the call has ended."""

import asyncio
import json
import re
import threading
import time
import urllib.parse
from collections import Counter

from processes import BenchError
from switchboard import Workspace

CALL_S = 0.2
# Connections on which ends are told.
TELLERS = 16
TAKEN = (b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 20\r\nConnection: close\r\n\r\n"
         b'{"status":"success"}')
LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.I)


class VoiceServer:
    """Listens on a port of its own, on a thread of its own; counts what it is asked to place."""

    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        self.thread = threading.Thread(target=self.loop.run_forever, daemon=True)
        self.workspace: Workspace | None = None
        # How often each call was ordered, and when the last order came.
        self.placed: Counter[str] = Counter()
        self.last_at = 0.0
        self.told = 0
        # Answers to a told end that are not 200, by status; 0 is a broken connection.
        self.refusals: Counter[int] = Counter()
        self.ended: asyncio.Queue[str] = asyncio.Queue()
        self.tellers: list[asyncio.Task] = []
        self.thread.start()
        self.listener = self.do(self.loop.create_server(lambda: Order(self), "127.0.0.1", 0, backlog=1024))
        self.port = self.listener.sockets[0].getsockname()[1]

    def do(self, work):
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(30)

    def begin(self, workspace: Workspace) -> None:
        """From now on ends are told to this workspace."""
        self.workspace = workspace
        self.do(self.start_tellers())

    async def start_tellers(self) -> None:
        self.tellers = [asyncio.create_task(self.tell()) for _ in range(TELLERS)]

    def forget(self) -> None:
        """Before the next campaign: nothing is under way."""
        self.placed, self.told, self.refusals = Counter(), 0, Counter()

    def stop(self) -> None:
        self.do(self.end())
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join(30)
        self.loop.close()

    async def end(self) -> None:
        self.listener.close()
        for teller in self.tellers:
            teller.cancel()
        await asyncio.gather(*self.tellers, return_exceptions=True)

    def take(self, call_id: str) -> None:
        self.last_at = time.monotonic()
        self.placed[call_id] += 1
        self.loop.call_later(CALL_S, self.ended.put_nowait, call_id)

    async def tell(self) -> None:
        """Until it is heard, on a connection that is kept."""
        assert self.workspace
        address = urllib.parse.urlparse(self.workspace.url)
        body = '{"status":"completed","duration_seconds":1}'
        streams = None
        while True:
            call_id = await self.ended.get()
            request = (f"PATCH /call-logs/{call_id} HTTP/1.1\r\nHost: {address.netloc}\r\n"
                       f"X-API-Key: {self.workspace.api_key}\r\nContent-Type: application/json\r\n"
                       f"Content-Length: {len(body)}\r\n\r\n{body}").encode()
            while True:
                try:
                    streams = streams or await asyncio.open_connection(address.hostname, address.port)
                    status = await ask(streams, request)
                except (OSError, EOFError):
                    status, streams = 0, None
                if status == 200:
                    self.told += 1
                    break
                self.refusals[status] += 1
                await asyncio.sleep(0.1)


class Order(asyncio.Protocol):
    """One connection, which brings one order."""

    def __init__(self, server: VoiceServer):
        self.server, self.received = server, b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        self.received += data
        head, _, body = self.received.partition(b"\r\n\r\n")
        length = LENGTH.search(head)
        if not length or len(body) < int(length.group(1)):
            return
        self.server.take(json.loads(body)["custom_field"])
        self.transport.write(TAKEN)
        self.transport.close()


async def ask(streams: tuple[asyncio.StreamReader, asyncio.StreamWriter], request: bytes) -> int:
    reader, writer = streams
    writer.write(request)
    head = await reader.readuntil(b"\r\n\r\n")
    length = LENGTH.search(head)
    if not length:
        raise BenchError(f"an answer without a length: {head[:200]}")
    await reader.readexactly(int(length.group(1)))
    return int(head[9:12])
