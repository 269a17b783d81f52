"""./switchboard bench, after bench/run has prepared the tools."""

import argparse
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable
from http.client import HTTPException

import machine
import report
from analyses import Analyses
from bus import BusLoops
from dashboards import Dashboards
from dialling import Dialling
from footprint import Footprint
from ingest import Ingest
from knowledge import Knowledge
from live import Live
from processes import BenchError
from profiling import profile
from reads import Reads
from recordings import Recordings
from search import Search
from session import Session
from switchboard import ROOT
from visibility import Visibility

PARTS = ("ingest", "bus", "visibility", "dashboard", "reads", "search", "recordings", "dialling", "knowledge",
         "analyses", "live", "footprint")
DURABLE = {"fsync": "on", "synchronous_commit": "on", "full_page_writes": "on"}


def main() -> int:
    options = parse()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    signal.signal(signal.SIGHUP, lambda *_: sys.exit(129))
    # Nothing here takes hours: a run that hangs ends.
    signal.signal(signal.SIGALRM, lambda *_: sys.exit("The bench was stopped: it took longer than two hours."))
    signal.alarm(7200)
    folder = tempfile.mkdtemp(prefix="sb-bench.", dir=options.scratch)
    # PostgreSQL runs as another user when root runs this.
    os.chmod(folder, 0o711)
    session = Session(options.tools, folder, options.out, options.rounds, options.seconds, options.quick)
    session.waiting_left = options.wait * 60
    try:
        return measure(session, options)
    finally:
        clear(session)


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="./switchboard bench", description="Measures Switchboard against its goals.")
    parser.add_argument("--rounds", type=int, default=0, help="how often each cell is measured, in turn (default 5)")
    parser.add_argument("--seconds", type=float, default=0, help="how long a cell of load lasts (default 5)")
    parser.add_argument("--quick", action="store_true", help="one short round: shows that everything works, not how fast")
    parser.add_argument("--only", default=",".join(PARTS), help=f"parts to run, of {','.join(PARTS)}")
    parser.add_argument("--profile", action="store_true", help="also run perf on gateway and calls")
    parser.add_argument("--wait", type=float, default=0, metavar="MINUTES",
                        help="wait so long in all, before cells, for other programs to be quiet (default 0)")
    parser.add_argument("--out", default=os.path.join(ROOT, "bench", "results"), help="where the results are written")
    parser.add_argument("--scratch", default=None, help="folder for the data; it must be on a real disk")
    parser.add_argument("--tools", required=True, help=argparse.SUPPRESS)
    options = parser.parse_args()
    options.only = [part.strip() for part in options.only.split(",") if part.strip()]
    if unknown := set(options.only) - set(PARTS):
        parser.error(f"--only knows {', '.join(PARTS)}, not {', '.join(sorted(unknown))}")
    options.rounds = options.rounds or (1 if options.quick else 5)
    options.seconds = options.seconds or (1 if options.quick else 5)
    if options.rounds < 1 or not 0.5 <= options.seconds <= 120:
        parser.error("--rounds is 1 or more, --seconds from 0.5 to 120")
    return options


def measure(session: Session, options: argparse.Namespace) -> int:
    facts = machine.describe()
    warn_of_load(session)
    session.say("Starting the stack")
    session.stack.start(timeout=1800)
    session.stack.keep_executables()
    session.stack.prepare_database()
    facts |= describe_software(session)
    for name, value in facts.items():
        session.say(f"  {name}: {value}")
    check_durability(session)
    text = run_parts(session, options)
    session.say("\n" + report.table(session.figures))
    session.say("\n" + report.summary(session))
    paths = report.write(session, facts, text)
    session.say("\nWritten: " + ", ".join(os.path.relpath(path) for path in paths))
    return 1 if session.failures else 0


def run_parts(session: Session, options: argparse.Namespace) -> str:
    """Runs what is asked for, collects its figures, and answers the profile."""
    footprint, text, rate = Footprint(session), "", 1000.0
    footprint.read_idle()
    if "ingest" in options.only or options.profile:
        ingest = Ingest(session)
        if "ingest" in options.only:
            part(session, "Durable calls", ingest.run)
            session.figures += ingest.figures()
            rates = [result["per_second"] for result in ingest.results.get("post-64", [])]
            rate = sorted(rates)[len(rates) // 2] / 4 if rates else rate
        if options.profile:
            session.say("Profile")
            text = profile(session, ingest)
            session.say(text)
    for name, title, make in (
        ("visibility", "Answered → visible", lambda: Visibility(session, rate)),
        ("bus", "Bus", lambda: BusLoops(session)),
        ("dashboard", "Dashboard", lambda: Dashboards(session)),
        ("reads", "Reads", lambda: Reads(session)),
        ("search", "Search", lambda: Search(session)),
        ("recordings", "Recordings", lambda: Recordings(session)),
        ("dialling", "Dialling", lambda: Dialling(session)),
        ("knowledge", "Knowledge", lambda: Knowledge(session)),
        ("analyses", "Analyses", lambda: Analyses(session)),
        ("live", "Live connections", lambda: Live(session)),
    ):
        if name in options.only:
            measured = make()
            part(session, title, measured.run)
            session.figures += measured.figures()
    if "footprint" in options.only:
        footprint.read_peak()
        part(session, "Memory and start", footprint.restart)
        session.figures += footprint.figures()
    return text


def part(session: Session, title: str, run: Callable[[], None]) -> None:
    """A part that fails is told and leaves its rows unmeasured; the others go on."""
    session.say(title)
    try:
        run()
    except (BenchError, OSError, HTTPException, ValueError, KeyError) as error:
        session.fail(f"{title}: {error}")


def warn_of_load(session: Session) -> None:
    load = os.getloadavg()[0]
    if load > 1:
        session.complain(f"The machine is busy (load {load:.1f}): figures will be low and uneven.")


def describe_software(session: Session) -> dict[str, str]:
    stack, python = session.stack, os.path.join(session.tools, "venv", "bin", "python")
    settings = stack.psql(
        "SELECT string_agg(name || '=' || current_setting(name), ', ' ORDER BY name) FROM pg_settings WHERE name IN "
        "('fsync', 'synchronous_commit', 'full_page_writes', 'wal_compression', 'shared_buffers', 'max_wal_size', "
        "'data_checksums')")
    commit = machine.first_line(["git", "-C", ROOT, "describe", "--always", "--dirty"])
    return {
        "Switchboard": f"{commit}, {os.environ.get('SWITCHBOARD_BIN_DIR') or 'release build'}",
        "PostgreSQL": f"{stack.psql('SHOW server_version')}, the same server for all ({settings})",
        "fdatasync of 8 kB": f"{machine.sync_microseconds(session.folder):.0f} µs (median)",
        "Swift": machine.first_line(["swift", "--version"]),
        "libzmq": machine.package_version("libzmq5"),
        "wrk": machine.package_version("wrk"),
        "Go": f"{machine.package_version('golang-go')}, "
              f"gin {machine.package_version('golang-github-gin-gonic-gin-dev')}, "
              f"pgx {machine.package_version('golang-github-jackc-pgx-v4-dev')}",
        "Python": f"{machine.first_line([python, '--version'])}, {python_packages(python)}",
    }


def python_packages(python: str) -> str:
    names = "('fastapi', 'uvicorn', 'asyncpg', 'pydantic', 'uvloop', 'httptools')"
    code = f"import importlib.metadata as m; print(', '.join(n + ' ' + m.version(n) for n in {names}))"
    return machine.first_line([python, "-c", code])


def check_durability(session: Session) -> None:
    for name, wanted in DURABLE.items():
        value = session.stack.psql(f"SHOW {name}")
        if value != wanted:
            raise BenchError(f"{name} is {value}; figures would say nothing about durable calls")
    kind = subprocess.run(["stat", "-f", "-c", "%T", session.folder], stdout=subprocess.PIPE, text=True).stdout.strip()
    if kind in ("tmpfs", "ramfs"):
        raise BenchError(f"{session.folder} is in memory ({kind}); name a folder on a disk with --scratch")


def clear(session: Session) -> None:
    """Ends the stack and removes its data; the logs are told of when something failed."""
    signal.alarm(0)
    try:
        session.stack.stop()
    except BenchError as error:
        session.fail(str(error))
    if session.failures:
        session.complain(f"Data and logs are kept in {session.folder}")
    else:
        shutil.rmtree(session.folder, ignore_errors=True)


if __name__ == "__main__":
    try:
        sys.exit(main())
    except BenchError as failure:
        sys.exit(f"x {failure}")
    except KeyboardInterrupt:
        sys.exit(130)
