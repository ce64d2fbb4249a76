"""Measuring: what an action cost this process and its children, in CPU, wall time and memory."""

import os
import re
import resource
import sys
import time
from pathlib import Path

from bench.section import Action

CLIENT, SERVER = 0, 1  # the CPUs that what is measured, and the loopback server, are pinned to


def pin(cpu: int) -> None:
    """Keeps this process on one CPU, where the system can do that and has so many."""
    if sys.platform == "linux" and cpu in os.sched_getaffinity(0):
        os.sched_setaffinity(0, {cpu})


def measure(action: Action, number: int) -> dict[str, float]:
    """The figures of an action that does `number` pieces: cpu and wall in microseconds a piece, rate, rss in MB."""
    cpu, start = _cpu_seconds(), time.perf_counter()
    own = action()
    wall, used = time.perf_counter() - start, _cpu_seconds() - cpu
    figures = {"cpu": used / number * 1e6, "wall": wall / number * 1e6, "rate": number / wall, "rss": _peak_rss()}
    return figures | dict(own)


def _cpu_seconds() -> float:
    usages = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(usage.ru_utime + usage.ru_stime for usage in usages)


def _peak_rss() -> float:
    """Of this process alone: Linux hands ru_maxrss of the process that started it on, so it is asked elsewhere."""
    status = Path("/proc/self/status")
    if status.exists() and (found := re.search(r"^VmHWM:\s+(\d+) kB", status.read_text(), re.MULTILINE)):
        return int(found[1]) / 1000
    unit = 1e6 if sys.platform == "darwin" else 1e3
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit
