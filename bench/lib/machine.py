"""What the machine does and is: processor time of groups of processes, memory, versions."""

import os
import platform
import re
import shutil
import subprocess
import threading
import time

TICKS = os.sysconf("SC_CLK_TCK")


def children_of() -> dict[int, list[int]]:
    tree: dict[int, list[int]] = {}
    for name in os.listdir("/proc"):
        if name.isdigit() and (fields := stat_fields(int(name))):
            tree.setdefault(int(fields[1]), []).append(int(name))
    return tree


def stat_fields(pid: int) -> list[str] | None:
    """The fields of /proc/<pid>/stat behind the name: state first, parent second."""
    try:
        with open(f"/proc/{pid}/stat") as file:
            return file.read().rsplit(")", 1)[1].split()
    except (OSError, IndexError):
        return None


def cpu_seconds(pid: int, tree: dict[int, list[int]]) -> float:
    """Processor time of a process, its live descendants and those that it has waited for."""
    fields = stat_fields(pid)
    own = sum(int(value) for value in fields[11:15]) / TICKS if fields else 0.0
    return own + sum(cpu_seconds(child, tree) for child in tree.get(pid, []))


class Meter:
    """Processor seconds of groups of processes and of the whole machine between two moments."""

    def __init__(self, groups: dict[str, int]):
        self.groups = groups
        self.began = time.monotonic()
        self.before = self.read()
        self.machine = machine_seconds()
        self.own = time.process_time()

    def read(self) -> dict[str, float]:
        tree = children_of()
        return {name: cpu_seconds(pid, tree) for name, pid in self.groups.items()}

    def end(self, load_seconds: float) -> dict:
        """`load_seconds`: what the load generator used, which has ended by now."""
        seconds = time.monotonic() - self.began
        after, machine = self.read(), machine_seconds()
        groups = {name: after[name] - self.before[name] for name in self.groups}
        groups["load generator"] = load_seconds
        groups["bench driver"] = time.process_time() - self.own
        busy = machine["busy"] - self.machine["busy"]
        capacity = seconds * (os.cpu_count() or 1)
        return {
            "cpu_seconds": groups,
            "busy_share": busy / capacity,
            "others_share": max(0.0, busy - sum(groups.values())) / capacity,
            "steal_share": (machine["steal"] - self.machine["steal"]) / capacity,
        }


def machine_seconds() -> dict[str, float]:
    with open("/proc/stat") as file:
        user, nice, system, idle, iowait, irq, softirq, steal = (int(v) / TICKS for v in file.readline().split()[1:9])
    return {"busy": user + nice + system + irq + softirq, "steal": steal}


def memory_kb(pid: int) -> dict[str, int]:
    """Resident memory of a process now and at its highest, and the part of it that is its own, in kB."""
    with open(f"/proc/{pid}/status") as file:
        found = dict(re.findall(r"^(VmRSS|VmHWM|RssAnon):\s+(\d+)", file.read(), re.M))
    return {name: int(found.get(name, 0)) for name in ("VmRSS", "VmHWM", "RssAnon")}


class MemoryWatch:
    """The most resident memory that a process has while something goes on, looked at every few milliseconds."""

    def __init__(self, pid: int):
        self.pid, self.over = pid, threading.Event()
        self.before_kb, self.highest_before_kb, self.peak_kb = 0, 0, 0
        self.thread = threading.Thread(target=self.watch, daemon=True)

    def __enter__(self) -> "MemoryWatch":
        before = memory_kb(self.pid)
        self.before_kb, self.highest_before_kb, self.peak_kb = before["VmRSS"], before["VmHWM"], before["VmRSS"]
        self.thread.start()
        return self

    def __exit__(self, *_) -> None:
        self.over.set()
        self.thread.join(30)
        # The kernel's own mark misses nothing, but says something only where it has risen.
        highest = memory_kb(self.pid)["VmHWM"]
        if highest > self.highest_before_kb:
            self.peak_kb = max(self.peak_kb, highest)

    def watch(self) -> None:
        while not self.over.wait(0.005):
            self.peak_kb = max(self.peak_kb, memory_kb(self.pid)["VmRSS"])


def sync_microseconds(folder: str, count: int = 200) -> float:
    """The median time of writing 8 kB and fdatasync in a folder: the floor under every durable answer."""
    path, times = os.path.join(folder, "sync-probe"), []
    file = os.open(path, os.O_WRONLY | os.O_CREAT)
    try:
        for i in range(count):
            began = time.perf_counter()
            os.pwrite(file, b"\0" * 8192, i * 8192)
            os.fdatasync(file)
            times.append(time.perf_counter() - began)
    finally:
        os.close(file)
        os.unlink(path)
    return sorted(times)[count // 2] * 1e6


def first_line(command: list[str]) -> str:
    if not shutil.which(command[0]):
        return "not installed"
    result = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=30)
    return next((line.strip() for line in result.stdout.splitlines() if line.strip()), "")


def package_version(name: str) -> str:
    result = subprocess.run(
        ["dpkg-query", "-W", "-f", "${Version}", name], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    return result.stdout.strip() or "not installed"


def describe() -> dict[str, str]:
    with open("/proc/cpuinfo") as file:
        model = re.search(r"^model name\s*:\s*(.*)$", file.read(), re.M)
    with open("/proc/meminfo") as file:
        memory = int(re.search(r"MemTotal:\s+(\d+)", file.read()).group(1)) // 1024
    return {
        "processor": f"{model.group(1) if model else platform.machine()}, {os.cpu_count()} cores",
        "memory": f"{memory} MB",
        "kernel": platform.release(),
        "load before": " ".join(f"{value:.2f}" for value in os.getloadavg()),
    }
