"""Where gateway, calls and PostgreSQL spend their time during single POSTs, by perf."""

import os
import re
import shutil
import subprocess

import wrk
from ingest import Ingest
from machine import children_of
from processes import BenchError, Service, run
from session import Session

TOP = 30
# Frames that say nothing of what is done.
GLUE = re.compile(r"closure #|thunk|partial apply|protocol witness|start_thread|clone3?$|setupThread|<deduplicated")
PROFILED = ("gateway", "calls")


def profile(session: Session, ingest: Ingest) -> str:
    """Markdown with the top symbols, or why there are none."""
    if not shutil.which("perf"):
        return "perf is not available (Debian's package linux-perf)."
    os.makedirs(session.out, exist_ok=True)
    data = os.path.join(session.out, "perf.data")
    pids, seconds = session.stack.pids(), 2 if session.quick else 8
    members = {name: [pids[name]] for name in PROFILED}
    recorder = Service(
        ["perf", "record", "-a", "-F", "997", "-g", "-o", data, "--", "sleep", str(seconds)],
        os.path.join(session.folder, "perf.log"))
    recorder.start()
    result = wrk.post(ingest.target, 64, seconds + 1, {})
    members["postgres"] = children_of().get(pids["postgres"], [])
    if not recorder.process or recorder.process.wait(60) != 0:
        return f"perf is not available: {recorder.output.strip()[-300:]}"
    parts = [f"During {result['per_second']:,.0f} single POSTs a second at 64 connections. The whole recording: {data}"]
    for name, group in members.items():
        for title, option in (("by their own time", "--no-children"), ("with what they call", "--children")):
            parts.append(f"### {name}, {title}\n\n```\n{top_symbols(data, group, option)}\n```")
    return "\n\n".join(parts)


def top_symbols(data: str, pids: list[int], option: str) -> str:
    try:
        output = run(
            ["perf", "report", "-i", data, "--stdio", "-q", option, "-g", "none", "--pid",
             ",".join(map(str, pids)), "--sort", "symbol", "--percentage", "relative", "--percent-limit", "0.4"],
            240).output
    except BenchError as error:
        return str(error)
    lines = demangled("\n".join(line.strip() for line in output.splitlines() if "%" in line)).splitlines()
    return "\n".join([line[:140].rstrip() for line in lines if not GLUE.search(line)][:TOP])


def demangled(text: str) -> str:
    if not shutil.which("swift"):
        return text
    result = subprocess.run(
        ["swift", "demangle", "--simplified"], input=text, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
        timeout=60)
    return result.stdout or text
