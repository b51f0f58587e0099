"""What an agent that was killed together with its helpers has left: processes, and files that were to be put back."""

from __future__ import annotations

import contextlib
import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from codex_tools.sandbox.guarded.journal import settle

_KILL_FOR_S: Final = 2.0
_LOOK_EVERY_S: Final = 0.01
_ENVIRONMENT_LIMIT_BYTES: Final = 1 << 20


def clear(run_folder: Path, journals: Path, *, aside: Path) -> list[str]:
    """End what still runs with a private temp in `run_folder`, then put back what it may have changed.

    With namespaces nothing outlives its supervisor. Without, what has changed its environment is not found; it goes on
    confined, as it was.
    """
    if not any(journals.glob("*")):
        return []
    until = time.monotonic() + _KILL_FOR_S
    while (pids := list(_running_in(run_folder))) and time.monotonic() < until:
        for pid in pids:
            with contextlib.suppress(OSError):
                os.kill(pid, signal.SIGKILL)
        time.sleep(_LOOK_EVERY_S)
    return settle(str(journals), aside=str(aside))


def _running_in(run_folder: Path) -> Iterator[int]:
    mark = os.fsencode(f"\0TMPDIR={run_folder}/")
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal() and int(entry.name) != os.getpid():
            with contextlib.suppress(OSError), (entry / "environ").open("rb") as file:
                if mark in b"\0" + file.read(_ENVIRONMENT_LIMIT_BYTES):
                    yield int(entry.name)
