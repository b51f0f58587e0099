"""The clipboard beside OSC 52, which not every terminal takes: the programs of the desktop and of tmux, if there are.

A program that is missing, fails or hangs costs nothing: it is ended after two seconds.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import signal
from collections.abc import Mapping, Sequence
from pathlib import Path

from codex_tui.sanitize import sanitize

TIMEOUT_S = 2.0
_TOLD = (
    *("PATH", "HOME", "LANG", "LC_ALL", "LC_CTYPE", "DISPLAY", "XAUTHORITY"),
    *("WAYLAND_DISPLAY", "XDG_RUNTIME_DIR", "TMUX", "TMUX_TMPDIR"),
)
"""What these programs need of the environment; there are keys in the rest."""
_FOR_ALL_TERMINALS = "-w"
"""To tmux: not only into its own buffer, into the clipboards of the terminals that show it as well."""


def copied(text: str) -> str:
    """`text` as it may lie in a clipboard: tabs are kept, what would steer the terminal it is pasted into is not."""
    return "\n".join("\t".join(sanitize(part) for part in line.split("\t")) for line in text.split("\n"))


def clipboard_commands(environ: Mapping[str, str]) -> list[tuple[str, ...]]:
    """The programs that take a text on their standard input, for this desktop and this tmux."""
    wanted: list[tuple[str, ...]] = []
    if environ.get("WAYLAND_DISPLAY"):
        wanted.append(("wl-copy",))
    if environ.get("DISPLAY"):
        wanted.append(("xclip", "-selection", "clipboard", "-in"))
    if environ.get("TMUX"):
        wanted.append(("tmux", "load-buffer", _FOR_ALL_TERMINALS, "-"))
    wanted.append(("pbcopy",))
    # A relative folder in PATH may be the project's: what lies there is not ours to run.
    folders = [folder for folder in environ.get("PATH", "").split(os.pathsep) if Path(folder).is_absolute()]
    found = ((shutil.which(name, path=os.pathsep.join(folders)), rest) for name, *rest in wanted)
    return [(path, *rest) for path, rest in found if path is not None]


async def copy_locally(text: str, environ: Mapping[str, str]) -> None:
    """Give `text` to every program that there is, all at once; never raises for what they do."""
    payload = text.encode("utf-8", errors="replace")
    await asyncio.gather(*(_feed(command, payload, environ) for command in clipboard_commands(environ)))


async def _feed(command: Sequence[str], payload: bytes, environ: Mapping[str, str]) -> None:
    try:
        process = await asyncio.create_subprocess_exec(
            *command,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
            env={name: environ[name] for name in _TOLD if name in environ},
            start_new_session=True,
        )
    except OSError:
        return
    try:
        async with asyncio.timeout(TIMEOUT_S):
            await process.communicate(payload)
        if process.returncode and _FOR_ALL_TERMINALS in command:  # a tmux older than 3.2
            await _feed([word for word in command if word != _FOR_ALL_TERMINALS], payload, environ)
    except TimeoutError:
        pass
    finally:
        if process.returncode is None:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(process.pid, signal.SIGKILL)
            await process.wait()
