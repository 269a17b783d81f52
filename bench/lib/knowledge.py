"""What agents know: documents read a second, and questions answered out of many passages."""

import random
import secrets
import time

from figures import Figure, middle
from processes import BenchError
from search import centile, word
from session import Session
from switchboard import Connection, Workspace

FILES_AT_ONCE, FILE_BYTES = 10, 20_000
PASSAGES_OF_DOCUMENT, WORDS_OF_PASSAGE = 1000, 60
# Places in the vocabulary, the most frequent word first.
VOCABULARY, COMMON, RARE = 30_000, range(0, 10), range(5_000, 30_000)


class Knowledge:
    def __init__(self, session: Session):
        self.session, self.stack = session, session.stack
        self.passages = 5_000 if session.quick else 100_000
        self.files = 20 if session.quick else 200
        self.questions = 10 if session.quick else 40
        self.workspace = Workspace(self.stack.url, "knowledge")
        self.connection = Connection(self.stack.url, token=self.workspace.token)
        self.agent_id = ""
        self.draw = random.Random(7)
        # By round, of each size of what the agent knows.
        self.documents: list[float] = []
        self.read_passages: list[float] = []
        self.few: list[list[float]] = []
        self.many: list[list[float]] = []

    def run(self) -> None:
        self.agent_id = self.deploy()
        self.tell_fact("few")
        self.few = [self.ask_round("few", []) for _ in range(self.session.rounds)]
        for number in range(self.session.rounds):
            self.session.wait_for_quiet()
            self.read_files(number)
        self.fill()
        # The gateway has closed the one that was silent for so long.
        self.connection.close()
        self.connection = Connection(self.stack.url, token=self.workspace.token)
        self.tell_fact("many")
        for number in range(self.session.rounds):
            self.session.wait_for_quiet()
            times = self.ask_round("many", [self.words(COMMON), self.words(RARE)])
            self.many.append(times)
            self.session.say(f"  round {number + 1}  {len(times)} questions  p50 {centile(times, 50):.1f} ms, "
                             f"p95 {centile(times, 95):.1f} ms")
        self.connection.close()
        self.session.raw["knowledge"] = {
            "documents_per_second": self.documents, "passages_per_second": self.read_passages, "few_s": self.few,
            "many_s": self.many}

    def ask(self, method: str, path: str, body: object = None) -> dict:
        return self.connection.ask(method, f"/voiceflow{path}", body)

    def deploy(self) -> str:
        """An agent that answers chats."""
        self.ask("POST", "/onboarding/company", {"company_name": "Bench", "industry": "Tests", "use_case": "Answers"})
        agent_id = self.ask("POST", "/onboarding/agent", {
            "name": "Reader", "role": "Support", "description": "Answers", "channels": ["chat"]})["agent_id"]
        self.ask("POST", "/onboarding/voice", {
            "agent_id": agent_id, "voice": "af_sarah", "tone": "friendly", "personality": "Brief", "language": "en"})
        self.ask("POST", "/onboarding/channels", {
            "agent_id": agent_id, "chat_widget": {
                "enabled": True, "website_url": "https://bench.example", "widget_color": "#1f6feb"}})
        self.ask("POST", "/onboarding/deploy", {"agent_id": agent_id})
        return agent_id

    def tell_fact(self, name: str) -> None:
        """One document whose answer is known, so that what is measured is an answer that was found."""
        self.upload([(f"{name}.txt", f"The warranty of the {name} zeppelin lasts seventeen years.\n".encode())])
        self.wait_until_read()

    def upload(self, files: list[tuple[str, bytes]]) -> None:
        boundary = secrets.token_hex(16)
        parts = [f'--{boundary}\r\nContent-Disposition: form-data; name="agent_id"\r\n\r\n{self.agent_id}\r\n'.encode()]
        for name, content in files:
            parts.append(
                f'--{boundary}\r\nContent-Disposition: form-data; name="files"; filename="{name}"\r\n'
                f"Content-Type: text/plain\r\n\r\n".encode() + content + b"\r\n")
        body = b"".join(parts) + f"--{boundary}--\r\n".encode()
        http = self.connection.http
        http.request("POST", "/voiceflow/onboarding/knowledge", body, {
            "Authorization": f"Bearer {self.workspace.token}", "Content-Type": f"multipart/form-data; boundary={boundary}"})
        answer = http.getresponse()
        content = answer.read()
        if answer.status != 200:
            raise BenchError(f"documents were refused with {answer.status}: {content[:300].decode(errors='replace')}")

    def wait_until_read(self) -> None:
        """Looks at the table itself, so that looking costs nothing."""
        deadline = time.monotonic() + 300
        while waiting := self.count("agents.documents", "AND status <> 'ready'"):
            if self.count("agents.documents", "AND status = 'failed'") or time.monotonic() > deadline:
                raise BenchError(f"{waiting} documents are not read")
            time.sleep(0.02)

    def count(self, table: str, condition: str = "") -> int:
        return int(self.stack.psql(
            f"SELECT count(*) FROM {table} WHERE workspace_id = '{self.workspace.id}' {condition}"))

    def read_files(self, number: int) -> None:
        files = [(f"r{number}-{place}.txt", self.text()) for place in range(self.files)]
        before, began = self.count("agents.passages"), time.monotonic()
        for start in range(0, len(files), FILES_AT_ONCE):
            self.upload(files[start:start + FILES_AT_ONCE])
        self.wait_until_read()
        seconds = time.monotonic() - began
        made = self.count("agents.passages") - before
        self.documents.append(len(files) / seconds)
        self.read_passages.append(made / seconds)
        self.session.say(f"  round {number + 1}  {len(files)} documents, {made} passages in {seconds:.1f} s")

    def text(self) -> bytes:
        lines, size = [], 0
        while size < FILE_BYTES:
            line = " ".join(word(int(VOCABULARY * self.draw.random() ** 3)) for _ in range(12)) + ".\n"
            lines.append(line)
            size += len(line)
        return "".join(lines).encode()

    def words(self, places: range) -> str:
        return f"What is {word(self.draw.choice(places))} {word(self.draw.choice(places))}?"

    def fill(self) -> None:
        """Passages as `agents` stores them, put into the tables at once."""
        documents = self.passages // PASSAGES_OF_DOCUMENT
        workspace, agent = f"'{self.workspace.id}'", f"'{self.agent_id}'"
        words = "'{" + ",".join(word(number) for number in range(VOCABULARY)) + "}'::text[]"
        self.stack.psql(f"""
            SET statement_timeout = 0;
            INSERT INTO agents.documents (workspace_id, id, agent_id, kind, name, format, blob_key, size_bytes, sha256,
                status, passages, created_at, updated_at)
            SELECT {workspace}, md5(d::text)::uuid, {agent}, 'file', 'd' || d, 'txt', 'bench' || d, 1,
                decode(repeat('00', 32), 'hex'), 'ready', {PASSAGES_OF_DOCUMENT}, now(), now()
            FROM generate_series(1, {documents}) AS d;
            CREATE TEMP TABLE vocabulary AS SELECT w, place FROM unnest({words}) WITH ORDINALITY AS v (w, place);
            CREATE UNIQUE INDEX ON vocabulary (place);
            WITH drawn AS MATERIALIZED (
                SELECT d, n, 1 + floor({VOCABULARY} * power(random(), 3))::bigint AS place
                FROM generate_series(1, {documents}) AS d, generate_series(1, {PASSAGES_OF_DOCUMENT}) AS n,
                    generate_series(1, {WORDS_OF_PASSAGE})
            ), made AS (
                SELECT d, n, string_agg(w, ' ') AS body FROM drawn JOIN vocabulary USING (place) GROUP BY d, n
            )
            INSERT INTO agents.passages (workspace_id, document_id, number, body, body_offset, words)
            SELECT {workspace}, md5(d::text)::uuid, n, body, 0,
                array_to_tsvector(ARRAY['w' || {workspace}]) || to_tsvector('english', body) FROM made;
            VACUUM (ANALYZE) agents.passages;
            """)
        stored = self.count("agents.passages")
        self.session.say(f"  {stored:,} passages are stored")
        if stored < self.passages:
            raise BenchError(f"{stored} passages are stored, {self.passages} were to be")

    def ask_round(self, name: str, others: list[str]) -> list[float]:
        """Seconds from a message to its answer; every other one asks for the known fact."""
        chat, times = f"{name}-{secrets.token_hex(6)}", []
        for number in range(self.questions):
            fact = not others or number % 2 == 0
            question = f"How long does the warranty of the {name} zeppelin last?" if fact else self.draw.choice(
                [self.words(COMMON), self.words(RARE)])
            began = time.perf_counter()
            answer = self.ask("POST", f"/conversations/{chat}-{number}/message", {
                "message": question, "agent_id": self.agent_id})
            times.append(time.perf_counter() - began)
            if fact and "seventeen years" not in str(answer):
                self.session.fail(f"knowledge: the answer about {name} is not the known one: {str(answer)[:200]}")
        return times

    def figures(self) -> list[Figure]:
        def answered(title: str, rounds: list[list[float]]) -> Figure:
            return Figure(
                "Knowledge", title, "ms", [centile(times, 95) for times in rounds], better="lower",
                ours=f"p50 {middle([centile(times, 50) for times in rounds], 'ms')}" if rounds else "")
        return [
            Figure("Knowledge", f"documents of {FILE_BYTES // 1000} kB read a second", "/s", self.documents,
                   ours=f"{middle(self.read_passages, '/s')} passages" if self.documents else ""),
            answered("p95 of a message and its answer, one passage", self.few),
            answered(f"p95 of a message and its answer, {self.passages:,} passages", self.many),
        ]
