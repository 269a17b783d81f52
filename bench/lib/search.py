"""Searching the words of a workspace's calls: common ones, rare ones, ones that nobody said, and two at a time."""

import random
import statistics
import time
import urllib.parse
from itertools import accumulate

from figures import Figure, middle, show
from filling import CallsInOrder, fill, name, tidy_up, wait_for_search
from session import Session
from switchboard import Connection, Workspace

SYLLABLES = [consonant + vowel for consonant in "bcdfghjklmnprstvwxyz" for vowel in "aeiou"]
VOCABULARY, WORDS_OF_CALL, CALLS_OF_CASE = 50_000, 40, 5
# Words in the order in which they are said; each call says a stretch of them.
DRAWN = 1 << 20
# Places in the vocabulary, the most frequent word first.
COMMON, MIDDLING, RARE = range(0, 20), range(200, 2000), range(10_000, VOCABULARY)
KINDS = {
    "common": "common words (in a seventh of the calls or more)",
    "middling": "middling words (in 2 to 18 of a thousand)",
    "rare": "rare words (in 4 of ten thousand or fewer)", "case": f"words of {CALLS_OF_CASE} calls each",
    "absent": "words of no call", "two": "two words of any kind"}
# The newest so many calls that fit are ranked and counted (CallSearch).
CANDIDATES, LIMIT = 1000, 20


def word(number: int) -> str:
    """Six letters, so that none is the beginning of another one, since a search finds longer words too."""
    number = number * 617_371 % 1_000_000
    return SYLLABLES[number // 10_000] + SYLLABLES[number // 100 % 100] + SYLLABLES[number % 100]


class WordyCalls(CallsInOrder):
    """Calls whose words occur as those of a language do, and with one that they share with a few others only."""

    def __init__(self, size: int):
        super().__init__(size)
        weights = list(accumulate(1 / (place + 1) for place in range(VOCABULARY)))
        self.drawn = random.Random(1).choices(
            [word(number) for number in range(VOCABULARY)], cum_weights=weights, k=DRAWN + WORDS_OF_CALL)

    def transcript(self, number: int) -> str:
        # An odd step comes to each place once before it comes to one again.
        start = number * 40_503 % DRAWN
        return f"{' '.join(self.drawn[start:start + WORDS_OF_CALL])} {self.case(number)}"

    def case(self, number: int) -> str:
        return word(VOCABULARY + number // CALLS_OF_CASE)


class Search:
    def __init__(self, session: Session):
        self.session, self.stack = session, session.stack
        self.calls = WordyCalls(20_000 if session.quick else 1_000_000)
        self.words_of_kind = 10 if session.quick else 40
        self.workspace = Workspace(self.stack.url, "search")
        self.level_after = 0.0
        # By round and kind, the seconds of each search.
        self.rounds: list[dict[str, list[float]]] = []

    def run(self) -> None:
        fill(self.session, self.workspace, self.calls)
        self.level_after = wait_for_search(self.session)
        self.session.say(f"  search level {self.level_after:.1f} s later")
        documents = int(self.stack.psql(
            f"SELECT count(*) FROM calls.call_search WHERE workspace_id = '{self.workspace.id}'"))
        self.session.check_stored("search", self.calls.size, documents)
        tidy_up(self.session, "calls.call_search", "calls.calls")
        for number in range(self.session.rounds):
            self.session.wait_for_quiet()
            self.run_round(number)
        self.session.raw["search"] = {"level_after_s": self.level_after, "rounds_s": self.rounds}

    def run_round(self, number: int) -> None:
        """A search of each kind in turn, with other words in each round."""
        draw, connection = random.Random(f"round {number}"), self.workspace.connect()
        times: dict[str, list[float]] = {kind: [] for kind in KINDS}
        for _ in range(self.words_of_kind):
            for kind in KINDS:
                times[kind].append(self.ask(connection, kind, self.words(kind, draw)))
        connection.close()
        self.rounds.append(times)
        everything = sum(times.values(), [])
        self.session.say(f"  round {number + 1}  {len(everything)} searches  p50 {centile(everything, 50):.1f} ms, "
                         f"p95 {centile(everything, 95):.1f} ms, highest {max(everything) * 1000:.1f} ms")

    def words(self, kind: str, draw: random.Random) -> str:
        match kind:
            case "common":
                return word(draw.choice(COMMON))
            case "middling":
                return word(draw.choice(MIDDLING))
            case "rare":
                return word(draw.choice(RARE))
            case "case":
                return self.calls.case(draw.randrange(self.calls.size))
            case "absent":
                return word(draw.randrange(VOCABULARY + self.calls.size // CALLS_OF_CASE, 1_000_000))
        kinds = draw.choices(["common", "middling", "rare"], k=2)
        return " ".join(self.words(kind, draw) for kind in kinds)

    def ask(self, connection: Connection, kind: str, words: str) -> float:
        """The seconds until the answer was read; a failure is told when it cannot be right."""
        path = f"/call-logs?search={urllib.parse.quote(words)}&limit={LIMIT}"
        began = time.perf_counter()
        answer = connection.ask("GET", path)
        seconds = time.perf_counter() - began
        total, wanted = answer["total"], {"common": CANDIDATES, "case": CALLS_OF_CASE, "absent": 0}.get(kind)
        if len(answer["items"]) != min(total, LIMIT) or (wanted is not None and total != wanted):
            self.session.fail(f"search: '{words}' ({kind}) has {len(answer['items'])} of {total} calls")
        return seconds

    def figures(self) -> list[Figure]:
        rows = [self.figure(f"p95 over {name(self.calls.size)} calls, all searches", list(KINDS), 50)]
        return rows + [self.figure(f"p95, {title}", [kind]) for kind, title in KINDS.items()]

    def figure(self, title: str, kinds: list[str], goal: float | None = None) -> Figure:
        rounds = [sum((times[kind] for kind in kinds), []) for times in self.rounds]
        slowest = max((max(times) for times in rounds), default=0)
        return Figure(
            "Search", title, "ms", [centile(times, 95) for times in rounds], goal, better="lower",
            ours=f"p50 {middle([centile(times, 50) for times in rounds], 'ms')}, highest {show(slowest * 1000, 'ms')}"
            if rounds else "")


def centile(seconds: list[float], percent: int) -> float:
    """In milliseconds."""
    return statistics.quantiles(seconds, n=100, method="inclusive")[percent - 1] * 1000
