"""How fast a diff of 10,000 changed lines is in view: when it is to be approved, and when git is asked."""

from __future__ import annotations

import time
from collections.abc import Iterator

from benchmarks.budget import Measurement, median
from benchmarks.places import PROJECT, model_server, place
from benchmarks.processes import cpu_s

LINES = 10_000
REPEATS = 3
_ONLY_ON_THE_FULL_SCREEN = b"kept_11"
"""A line that the small preview beside the question is too short for."""


def measure() -> Iterator[Measurement]:
    yield from _to_be_approved()
    yield from _against_git()


def _against_git() -> Iterator[Measurement]:
    count, lines = 100, LINES // 200
    texts = {
        f"part_{number:03}.py": "".join(f"kept_{line} = 0\nvalue_{line} = {number}\n" for line in range(lines))
        for number in range(count)
    }
    times_s: list[float] = []
    cpu_costs_s: list[float] = []
    with place(texts) as here, model_server([]) as env:
        for name, text in texts.items():
            (here.project / name).write_text(text.replace("value_", "other_"))
        for _ in range(REPEATS):
            with here.start("-m", "openai/scripted", env=env) as terminal:
                terminal.wait_for(PROJECT)
                terminal.type("/diff git").watch(1)
                start, cpu_before_s, pressed_at = len(terminal.raw), cpu_s(terminal.pid), time.perf_counter()
                terminal.press("enter")
                terminal.wait_for_bytes(f" {count} files".encode(), start=start)
                times_s.append(time.perf_counter() - pressed_at)
                cpu_costs_s.append(cpu_s(terminal.pid) - cpu_before_s)
    yield Measurement(
        name=f"/diff git: {LINES:,} changed lines in {count} files, looked for and shown, wall",
        value=median(times_s) * 1000,
        unit="ms",
        limit=1500,
        note=f"of it {median(cpu_costs_s) * 1000:.0f} ms CPU of ours",
    )


def _to_be_approved() -> Iterator[Measurement]:
    old = "".join(f"kept_{line} = 0\nvalue_{line} = {line}  # the old one\n" for line in range(LINES // 2))
    new = "".join(f"kept_{line} = 0\nvalue_{line} = {line + 1}  # the new one\n" for line in range(LINES // 2))
    call = {"name": "write_file", "arguments": {"path": "values.py", "content": new}}
    step = {"calls": [call], "fragment_arguments": False}
    times_s: list[float] = []
    cpu_costs_s: list[float] = []
    with place({"values.py": old}) as here, model_server([step] * REPEATS) as env:
        for _ in range(REPEATS):
            with here.start("-m", "openai/scripted", "--mode", "ask", env=env) as terminal:
                terminal.wait_for(PROJECT)
                terminal.type("write the values anew").press("enter")
                terminal.wait_for("full diff", 60)
                terminal.watch(0.5).press("alt+a")
                start, cpu_before_s, pressed_at = len(terminal.raw), cpu_s(terminal.pid), time.perf_counter()
                terminal.press("d")
                terminal.wait_for_bytes(_ONLY_ON_THE_FULL_SCREEN, start=start)
                times_s.append(time.perf_counter() - pressed_at)
                cpu_costs_s.append(cpu_s(terminal.pid) - cpu_before_s)
    yield Measurement(
        name=f"diff of {LINES:,} lines opened: first screen, wall",
        value=median(times_s) * 1000,
        unit="ms",
        limit=300,
        note=f"of it {median(cpu_costs_s) * 1000:.0f} ms CPU",
    )
