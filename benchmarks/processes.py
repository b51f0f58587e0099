"""What processes cost: CPU time to the nanosecond, also of processes that still run, and memory."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

_CPU_CLOCK_OF_PROCESS = 2
"""CPUCLOCK_SCHED; a clock id is made of it and the pid, see clock_getcpuclockid(3)."""


def cpu_s(pid: int) -> float:
    """CPU time of a running process with all its threads, without its children."""
    return time.clock_gettime((~pid << 3) | _CPU_CLOCK_OF_PROCESS)


def cpu_of_command_s(argv: Sequence[str | Path], *, env: Mapping[str, str], cwd: Path) -> float:
    """Run a command to its end; return its CPU time, its children's included."""
    process = subprocess.Popen(
        [str(word) for word in argv], env=dict(env), cwd=cwd, stdout=subprocess.DEVNULL, stdin=subprocess.DEVNULL
    )
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0, f"{argv} ended with {process.returncode}"
    return usage.ru_utime + usage.ru_stime


def pss_mb(pid: int) -> float:
    """Memory of a process: private pages, and its share of those it shares with others."""
    rollup = Path(f"/proc/{pid}/smaps_rollup").read_text()
    found = re.search(r"^Pss:\s+(\d+) kB", rollup, re.MULTILINE)
    assert found is not None
    return int(found[1]) / 1024


def describe_machine() -> str:
    """What to read the absolute numbers by: a machine that shares its cores with others can take thrice the time."""
    before_s = time.process_time()
    total = 0
    for number in range(1_000_000):
        total += number
    loop_ms = (time.process_time() - before_s) * 1000
    return (
        f"Python {sys.version.split()[0]}, {os.cpu_count()} processors, load {os.getloadavg()[0]:.1f}; "
        f"a million additions take {loop_ms:.0f} ms of CPU here (40 on an idle machine of 2024)"
    )
