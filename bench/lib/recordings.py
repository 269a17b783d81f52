"""Recordings through the gateway to the local disk and back, in MB/s, and what memory the gateway takes for them."""

import hashlib
import json
import os
import struct
import time

from figures import Figure, middle, ratios
from machine import MemoryWatch, memory_kb
from processes import BenchError, run
from session import Session
from switchboard import Connection, Workspace

BLOCK = 1 << 20
SOUND_BYTES_PER_SECOND = 32_000


class Recordings:
    def __init__(self, session: Session):
        self.session, self.stack = session, session.stack
        self.size = 20_000_000 if session.quick else 200_000_000
        self.workspace = Workspace(self.stack.url, "recordings")
        self.path = os.path.join(session.folder, "sound.wav")
        self.folder = os.path.join(self.stack.data_dir, "blobs", "recordings")
        self.call_id, self.digest = "", ""
        self.received = bytearray(self.size)
        self.gateway = self.stack.pids()["gateway"]
        # Of the gateway, before the first upload: what one leaves behind counts in the next one too.
        self.before_kb = 0
        # By cell, one result a round.
        self.results: dict[str, list[dict]] = {}

    def run(self) -> None:
        self.write_sound()
        connection = self.workspace.connect()
        self.call_id = connection.ask("POST", "/call-logs", {"phone_number": "+15550100"}, 201)["id"]
        connection.close()
        self.before_kb = memory_kb(self.gateway)["VmRSS"]
        cells = [("upload", self.upload), ("dd", self.copy), ("download", self.download)]
        for number in range(self.session.rounds):
            for name, cell in cells if number % 2 == 0 else [cells[1], cells[0], cells[2]]:
                self.stack.checkpoint()
                result = self.session.measure(name, cell)
                if result is None:
                    continue
                self.results.setdefault(name, []).append({"round": number, **result})
                self.session.say(f"  round {number + 1}  {name:9} {result['mb_per_second']:>9,.0f} MB/s")
        os.unlink(self.path)
        self.session.raw["recordings"] = self.results

    def write_sound(self) -> None:
        """A WAV of noise: PCM, mono, 16 bits, 16,000 samples a second."""
        head = struct.pack(
            "<4sI4s4sIHHIIHH4sI", b"RIFF", self.size - 8, b"WAVE", b"fmt ", 16, 1, 1, 16_000, SOUND_BYTES_PER_SECOND,
            2, 16, b"data", self.size - 44)
        digest = hashlib.sha256()
        with open(self.path, "wb") as file:
            for start in range(0, self.size, BLOCK):
                part = (head if start == 0 else b"") + os.urandom(BLOCK)
                part = part[:min(BLOCK, self.size - start)]
                digest.update(part)
                file.write(part)
        self.digest = digest.hexdigest()

    # The cells.

    def upload(self) -> dict:
        """From the connection to the answer, which comes when the bytes are durable."""
        with MemoryWatch(self.gateway) as watch:
            began, connection = time.monotonic(), self.workspace.connect()
            self.begin(connection, "PUT", "", {"Content-Type": "audio/wav", "Content-Length": str(self.size)})
            with open(self.path, "rb") as file:
                connection.http.sock.sendfile(file)
            answer = connection.http.getresponse()
            content = answer.read()
            seconds = time.monotonic() - began
            connection.close()
        if answer.status != 200:
            raise BenchError(f"the upload was answered {answer.status}: {content[:300].decode(errors='replace')}")
        recording = json.loads(content)
        key = self.stack.psql(f"SELECT blob_key FROM calls.recordings WHERE call_id = '{self.call_id}'")
        self.session.check_stored(
            "recording, bytes", recording["size_bytes"], os.path.getsize(os.path.join(self.folder, key)))
        if recording["sha256"] != self.digest:
            self.session.fail(f"recording: sent {self.digest}, stored {recording['sha256']}")
        return {**self.rate(seconds), "memory_growth_kb": max(0, watch.peak_kb - self.before_kb)}

    def copy(self) -> dict:
        """The same bytes into the same folder by dd, durable as well."""
        path = os.path.join(self.folder, "copy")
        began = time.monotonic()
        run(["dd", f"if={self.path}", f"of={path}", "bs=1M", "conv=fsync", "status=none"], 300)
        seconds = time.monotonic() - began
        os.unlink(path)
        return self.rate(seconds)

    def download(self) -> dict:
        began, connection = time.monotonic(), self.workspace.connect()
        self.begin(connection, "GET", "/download", {})
        answer = connection.http.getresponse()
        buffer, received = memoryview(self.received), 0
        while count := answer.readinto(buffer[received:]):
            received += count
        seconds = time.monotonic() - began
        connection.close()
        if received != self.size or hashlib.sha256(self.received).hexdigest() != self.digest:
            self.session.fail(f"recording: the download has {received:,} bytes, which are not those that were sent")
        return self.rate(seconds)

    def begin(self, connection: Connection, method: str, path: str, headers: dict[str, str]) -> None:
        connection.http.putrequest(method, f"/call-recordings/{self.call_id}{path}")
        for name, value in {"X-API-Key": connection.api_key, **headers}.items():
            connection.http.putheader(name, value)
        connection.http.endheaders()

    def rate(self, seconds: float) -> dict:
        return {"seconds": seconds, "mb_per_second": self.size / 1e6 / seconds}

    # The rows.

    def figures(self) -> list[Figure]:
        upload, copy, download = (self.results.get(name, []) for name in ("upload", "dd", "download"))
        size = self.size // 1_000_000
        return [
            Figure("Recordings", f"PUT of {size} MB", "MB/s", rates(upload)),
            Figure("Recordings", f"PUT of {size} MB ÷ dd with fsync", "×", ratios(upload, copy, "mb_per_second"),
                   ours=middle(rates(upload), "MB/s"), theirs=middle(rates(copy), "MB/s")),
            Figure("Recordings", "gateway during a PUT, RSS above what it was before the first", "MB",
                   [result["memory_growth_kb"] / 1024 for result in upload], 32, better="lower",
                   ours=f"{self.before_kb / 1024:.1f} MB before" if upload else ""),
            Figure("Recordings", f"GET of {size} MB", "MB/s", rates(download)),
        ]


def rates(results: list[dict]) -> list[float]:
    return [result["mb_per_second"] for result in results]
