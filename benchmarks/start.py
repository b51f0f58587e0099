"""How much a start costs, against what Python and Textual cost by themselves."""

from __future__ import annotations

import sys
from collections.abc import Iterator

from benchmarks.budget import Measurement, median
from benchmarks.places import CHROME, Place, place
from benchmarks.processes import cpu_of_command_s, cpu_s
from tests.support.program import COMMAND

REPEATS = 9

_PASS = [sys.executable, "-c", "pass"]
_TEXTUAL = [sys.executable, "-c", "import textual.app"]


def measure() -> Iterator[Measurement]:
    with place() as here:
        _kept_frame(here)  # byte code is there from now on
        commands = {"pass": _PASS, "textual": _TEXTUAL, "version": [COMMAND, "--version"], "help": [COMMAND, "--help"]}
        cpu: dict[str, list[float]] = {name: [] for name in (*commands, "paint")}
        frames: list[tuple[float, float]] = []
        for _ in range(REPEATS):
            for name, argv in commands.items():
                cpu[name].append(cpu_of_command_s(argv, env=here.env, cwd=here.project))
            cpu["paint"].append(_first_paint_s(here))
            _kept_frame(here)
            frames.append(_kept_frame(here))

    cost = {name: median(values) for name, values in cpu.items()}
    yield _ratio("codex-py --version, CPU / python -c pass", cost["version"], cost["pass"], 2)
    yield _ratio("codex-py --help, CPU / python -c pass", cost["help"], cost["pass"], 4)
    yield _ratio("first paint, CPU / import textual.app", cost["paint"], cost["textual"], 1.4)
    wall_s, cpu_of_frame_s = (median(values) for values in zip(*frames, strict=True))
    note = f"of it {cpu_of_frame_s * 1000:.0f} ms CPU"
    yield Measurement(name="kept first frame on screen, wall", value=wall_s * 1000, unit="ms", limit=40, note=note)


def _ratio(name: str, cost_s: float, base_s: float, limit: float) -> Measurement:
    note = f"{cost_s * 1000:.0f} / {base_s * 1000:.0f} ms"
    return Measurement(name=name, value=cost_s / base_s, unit="x", limit=limit, note=note)


def _kept_frame(here: Place) -> tuple[float, float]:
    """Wall and CPU time from exec to the frame that an earlier start kept; this start keeps one as well."""
    with here.start() as terminal:
        times = (terminal.wait_for_first_byte(), cpu_s(terminal.pid))
        terminal.wait_for(lambda _: any(here.home.rglob("frame-*.frame")))
        return times


def _first_paint_s(here: Place) -> float:
    """CPU time of the process from exec to the chat screen that Textual drew; no kept frame is there to mislead us."""
    for frame in here.home.rglob("frame-*.frame"):
        frame.unlink()
    with here.start() as terminal:
        terminal.wait_for_bytes(CHROME)
        return cpu_s(terminal.pid)
