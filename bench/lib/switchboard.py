"""The stack under test: the product's release build, started by ./switchboard up in a DATA_DIR of its own."""

import base64
import http.client
import json
import os
import re
import secrets
import shutil
import threading
import time
import urllib.parse

from processes import BenchError, Service, run

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
SCRIPT = os.path.join(ROOT, "switchboard")
DATABASE = "switchboard"
KEPT_VARIABLES = ("PATH", "HOME", "USER", "LANG", "LC_ALL", "TMPDIR", "SWITCHBOARD_BIN_DIR", "SWITCHBOARD_PG_BIN")
SETTINGS = {
    "API_PORT": "0", "ENV_FILE": "/dev/null", "BCRYPT_COST": "4", "RATE_LIMIT_PER_MINUTE": "0",
    "API_MAX_CONNECTIONS": "8192", "WS_MAX_SOCKETS": "6000", "WS_MAX_SOCKETS_PER_WORKSPACE": "6000",
    "RATE_LIMIT_AUTH_PER_MINUTE": "0", "RATE_LIMIT_API_KEY_PER_MINUTE": "0", "RATE_LIMIT_UPLOAD_BYTES_PER_MINUTE": "0",
    # It would go on beside whatever is measured next, contenders too; `analyses` measures it.
    "ANALYZE_LOGGED_CALLS": "false",
}
SERVICES = ("gateway", "auth", "agents", "calls", "analytics")


class Workspace:
    """Somebody who registered, with an API key as a voice server would have, and one client."""

    def __init__(self, url: str, name: str):
        self.url = url
        connection = Connection(url)
        account = connection.ask("POST", "/api/auth/register", {
            "email": f"{name}-{secrets.token_hex(4)}@bench.example", "password": secrets.token_hex(12)}, 201)
        self.token = account["token"]
        claims = self.token.split(".")[1]
        self.id = json.loads(base64.urlsafe_b64decode(claims + "=" * (-len(claims) % 4)))["workspace_id"]
        connection.token = self.token
        made = connection.ask("POST", "/api/settings/api-keys", {
            "name": "bench", "scopes": ["read:agents", "write:agents", "read:calls", "write:calls"]}, 201)
        self.api_key = made["key"]
        self.client_id = self.add_client("Bench", "+1-555-0100")
        connection.close()

    def connect(self) -> "Connection":
        return Connection(self.url, api_key=self.api_key)

    def add_client(self, name: str, phone: str) -> str:
        connection = Connection(self.url, token=self.token)
        made = connection.ask("POST", "/api/clients", {"name": name, "phone_number": phone}, 201)
        connection.close()
        return made["client"]["id"]

    def counted(self) -> int:
        """The calls that the dashboard counts."""
        connection = self.connect()
        try:
            return connection.ask("GET", "/api/analytics/dashboard")["total_calls"]
        finally:
            connection.close()


class CountWatch:
    """Notes what the dashboard counts from the end of a load on, beside whatever else goes on."""

    def __init__(self, workspace: Workspace, after_seconds: float):
        self.workspace = workspace
        self.began = time.monotonic() + after_seconds
        # When each number was first seen, in seconds after the end of the load.
        self.seen: dict[int, float] = {}
        self.error = ""
        self.over = threading.Event()
        self.thread = threading.Thread(target=self.watch, daemon=True)

    def __enter__(self) -> "CountWatch":
        self.thread.start()
        return self

    def __exit__(self, *_) -> None:
        self.over.set()
        self.thread.join(30)

    def watch(self) -> None:
        if self.over.wait(max(0.0, self.began - time.monotonic())):
            return
        connection = self.workspace.connect()
        try:
            while not self.over.wait(0.02):
                counted = connection.ask("GET", "/api/analytics/dashboard")["total_calls"]
                self.seen.setdefault(counted, time.monotonic() - self.began)
        except (BenchError, OSError, http.client.HTTPException, ValueError) as error:
            self.error = str(error)
        finally:
            connection.close()

    def wait_for(self, wanted: int, timeout: float) -> float:
        """Seconds from the end of the load until the dashboard counted so many calls; an error when it does not."""
        deadline = time.monotonic() + timeout
        while wanted not in self.seen:
            most = max(self.seen, default=0)
            if self.error:
                raise BenchError(f"the dashboard does not answer: {self.error}")
            if most > wanted:
                raise BenchError(f"the dashboard counts {most} calls and {wanted} are stored")
            if time.monotonic() > deadline:
                raise BenchError(f"the dashboard counts {most} of {wanted} calls after {timeout:.0f} s")
            time.sleep(0.01)
        return self.seen[wanted]


class Connection:
    """One connection that is kept, with a credential."""

    def __init__(self, url: str, token: str = "", api_key: str = ""):
        address = urllib.parse.urlparse(url)
        self.http = http.client.HTTPConnection(address.hostname, address.port, timeout=30)
        self.token, self.api_key = token, api_key

    def ask(self, method: str, path: str, body: object = None, wanted: int = 200) -> dict:
        text = body if isinstance(body, (bytes, str)) or body is None else json.dumps(body)
        headers = {"Content-Type": "application/json"} if text is not None else {}
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        if self.api_key:
            headers["X-API-Key"] = self.api_key
        self.http.request(method, path, text, headers)
        answer = self.http.getresponse()
        content = answer.read()
        if answer.status != wanted:
            raise BenchError(f"{method} {path} answered {answer.status}: {content[:300].decode(errors='replace')}")
        return json.loads(content)

    def close(self) -> None:
        self.http.close()


class Stack:
    """The five executables and their PostgreSQL."""

    def __init__(self, folder: str):
        self.data_dir = os.path.join(folder, "data")
        self.env = {name: os.environ[name] for name in KEPT_VARIABLES if name in os.environ}
        self.env |= {**SETTINGS, "DATA_DIR": self.data_dir}
        self.own_bin_dir = os.path.join(folder, "bin")
        self.log_path = os.path.join(folder, "up.log")
        self.service: Service | None = None
        self.url = ""
        self.password = secrets.token_hex(16)
        self.socket_dir = ""

    def start(self, timeout: float) -> dict[str, float]:
        """Starts it; seconds from the first process to ready as `up` says, and of the whole command."""
        # Nothing but these variables: settings of the person's own stack must not leak into this one.
        command = ["env", "-i", *(f"{name}={value}" for name, value in self.env.items()), SCRIPT, "up"]
        self.service = Service(command, log_path=self.log_path)
        began = time.monotonic()
        self.service.start()
        line = self.service.wait_for_line("Ready", timeout)
        whole = time.monotonic() - began
        found = re.search(r"(http://\S+?)\x1b?(?:\[0m)?\s+\(([\d.]+) s after", line)
        if not found:
            raise BenchError(f"up's line cannot be read: {line}")
        self.url = found.group(1)
        Connection(self.url).ask("GET", "/api/health")
        return {"ready": float(found.group(2)), "whole": whole}

    def keep_executables(self) -> None:
        """From now on the stack is started from the executables that run now, even if somebody builds others."""
        os.makedirs(self.own_bin_dir, exist_ok=True)
        for name, pid in self.pids().items():
            if name == "postgres":
                continue
            self.keep(f"/proc/{pid}/exe", name.partition("-")[0])
            if name == "agents":
                # Which starts it when there is something to read.
                self.keep(os.path.join(os.path.dirname(os.readlink(f"/proc/{pid}/exe")), "extractor"), "extractor")
        self.env["SWITCHBOARD_BIN_DIR"] = self.own_bin_dir

    def keep(self, executable: str, name: str) -> None:
        own = os.path.join(self.own_bin_dir, name)
        try:
            os.link(executable, own, follow_symlinks=True)
        except FileExistsError:
            return
        except OSError:
            shutil.copy(executable, own)

    def stop(self) -> float:
        """Seconds that stopping took; an error when it fails or leaves a process."""
        if self.service is None:
            return 0.0
        pids, began = self.pids() if self.url else {}, time.monotonic()
        status, self.service = self.service.stop(), None
        seconds = time.monotonic() - began
        left = [name for name, pid in pids.items() if os.path.exists(f"/proc/{pid}")]
        if status != 0 or left:
            raise BenchError(f"up ended with {status}, left behind: {left or 'nothing'}")
        return seconds

    def pids(self) -> dict[str, int]:
        """The processes by name, from the list that `up` keeps."""
        with open(os.path.join(self.data_dir, "run", "stack")) as file:
            lines = [line.split() for line in file]
        return {words[0]: int(words[1]) for words in lines}

    def prepare_database(self) -> None:
        """A role and a database of the bench's own on the product's server."""
        self.script_psql(f"CREATE ROLE bench LOGIN SUPERUSER PASSWORD '{self.password}'")
        self.script_psql("CREATE DATABASE bench OWNER bench")
        self.socket_dir = self.script_psql("SELECT current_setting('unix_socket_directories')").strip()

    def script_psql(self, statement: str) -> str:
        return run([SCRIPT, "psql", "-XqAt", "-v", "ON_ERROR_STOP=1", "-c", statement], 60, self.env).output

    def psql(self, statement: str, database: str = DATABASE) -> str:
        env = {**os.environ, "PGPASSWORD": self.password}
        command = ["psql", "-XqAt", "-v", "ON_ERROR_STOP=1", "-h", self.socket_dir, "-U", "bench", "-d", database]
        return run([*command, "-f", "-"], 120, env, statement).output.strip()

    def database_url(self) -> str:
        return f"postgresql://bench:{self.password}@/bench?host={urllib.parse.quote(self.socket_dir, safe='')}"

    def stored(self, workspace: Workspace) -> int:
        return int(self.psql(f"SELECT count(*) FROM calls.calls WHERE workspace_id = '{workspace.id}'"))

    def checkpoint(self) -> None:
        """Every cell starts from the same point: nothing dirty, the next change of a page logged in full."""
        self.psql("CHECKPOINT")

    def verify(self) -> str:
        """What ./switchboard verify says in the end of every statistic against a recount."""
        lines = run([SCRIPT, "verify"], 300, self.env).output.strip().splitlines()
        return next((line for line in lines if line.startswith("verify:")), lines[-1] if lines else "")
