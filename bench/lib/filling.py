"""Fills workspaces with calls through the product, so that rollups, counts and the search are real."""

import json
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta, timezone

from processes import BenchError
from session import Session
from switchboard import CountWatch, Workspace

BATCH, CONNECTIONS, DAYS = 1000, 4, 60
SENTIMENTS = ("POSITIVE", "NEUTRAL", "NEGATIVE")
TRANSCRIPT = "Customer: Hello, I would like to schedule an appointment. Agent: Tuesday at nine? " * 3


class Calls:
    """What a workspace is filled with: calls by their number, spread over the sixty days up to yesterday."""

    def __init__(self, size: int):
        self.size = size
        self.newest = datetime.now(timezone.utc).replace(microsecond=0, tzinfo=None) - timedelta(days=1)

    def id(self, number: int) -> str:
        return str(uuid.uuid4())

    def moment(self, number: int) -> datetime:
        return self.newest - timedelta(days=number % DAYS)

    def transcript(self, number: int) -> str:
        return TRANSCRIPT

    def batch(self, client_id: str, numbers: range) -> bytes:
        return ("[" + ",".join(
            f'{{"id":"{self.id(number)}","client_id":"{client_id}","caller_phone":"+1-555-{number % 9000 + 1000}",'
            f'"caller_name":"John Smith","duration_seconds":{20 + number % 400}.5,'
            f'"stt_latency_ms":{100 + number * 7 % 800},"llm_latency_ms":{100 + number * 11 % 800},'
            f'"tts_latency_ms":{100 + number * 13 % 800},"sentiment":"{SENTIMENTS[number % 3]}",'
            f'"success":{"false" if number % 10 == 0 else "true"},"created_at":"{self.moment(number).isoformat()}Z",'
            f'"transcript":{json.dumps(self.transcript(number))}}}'
            for number in numbers) + "]").encode()


class CallsInOrder(Calls):
    """Calls that are logged in the order of their moments, as a voice server logs them."""

    def moment(self, number: int) -> datetime:
        return self.newest - timedelta(days=DAYS) * ((self.size - number) / self.size)


def fill(session: Session, workspace: Workspace, calls: Calls) -> None:
    """In batches; afterwards every call is stored and counted."""
    began, size = time.monotonic(), calls.size
    starts = range(0, size, BATCH)
    with ThreadPoolExecutor(CONNECTIONS) as pool:
        created = sum(pool.map(lambda worker: post_all(workspace, calls, starts[worker::CONNECTIONS]),
                               range(CONNECTIONS)))
    rate = created / (time.monotonic() - began)
    stored = session.stack.stored(workspace)
    session.check_stored(f"fill of {name(size)}", created, stored)
    if stored != size:
        raise BenchError(f"of {size} calls {stored} are stored")
    with CountWatch(workspace, 0) as watch:
        watch.wait_for(size, session.patience + size / 10_000)
    later = watch.seen[size]
    session.say(f"  filled {size:>9,} calls  {rate:>9,.0f}/s, statistics level {later:.1f} s later")


def post_all(workspace: Workspace, calls: Calls, starts: range) -> int:
    connection, created = workspace.connect(), 0
    for start in starts:
        body = calls.batch(workspace.client_id, range(start, min(start + BATCH, calls.size)))
        created += connection.ask("POST", "/api/calls/batch", body)["created"]
    connection.close()
    return created


def wait_for_search(session: Session) -> float:
    """Waits until the search has followed the log of calls to its end; answers how many seconds that took."""
    began, left = time.monotonic(), unindexed(session)
    deadline = began + session.patience + left / 500
    while left > 0:
        if time.monotonic() > deadline:
            raise BenchError(f"the search is {left} events behind the calls after {time.monotonic() - began:.0f} s")
        time.sleep(0.1)
        left = unindexed(session)
    return time.monotonic() - began


def unindexed(session: Session) -> int:
    return int(session.stack.psql(
        "SELECT sum(head.number - coalesce(position.number, 0)) FROM calls.event_head AS head "
        "LEFT JOIN calls.event_positions AS position ON position.owner = 'calls' "
        "AND position.partition = head.partition"))


def tidy_up(session: Session, *tables: str) -> None:
    """What autovacuum does within a minute or two after so many new rows, at once."""
    session.stack.psql(f"VACUUM (ANALYZE) {', '.join(tables)}")
    session.stack.checkpoint()


def name(size: int) -> str:
    return f"{size // 1_000_000} M" if size >= 1_000_000 else f"{size // 1000} k"
