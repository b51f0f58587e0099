"""The user's own editor, in the same terminal, for a text of ours."""

from __future__ import annotations

import asyncio
import os
import shlex
import tempfile
from collections.abc import Mapping
from pathlib import Path

from textual.actions import SkipAction
from textual.app import App

from codex_tui.harmless_area import HarmlessArea

_PLUS = frozenset(["vi", "vim", "nvim", "view", "gvim", "nano", "emacs", "emacsclient", "micro", "kak", "joe", "ne"])
_COLON = {"code": ("-g",), "codium": ("-g",), "cursor": ("-g",), "windsurf": ("-g",), "hx": (), "subl": (), "zed": ()}


def editor_command(environ: Mapping[str, str]) -> list[str]:
    """What `$VISUAL` or `$EDITOR` says; empty if neither says anything that can be run."""
    try:
        return shlex.split(environ.get("VISUAL") or environ.get("EDITOR") or "")
    except ValueError:
        return []


def edit_focused(app: App[None]) -> None:
    """What is being written goes to the user's own editor and comes back changed.

    Raises:
        SkipAction: nothing of ours is; the screen may have something to edit.
    """
    if not isinstance(area := app.focused, HarmlessArea):
        raise SkipAction
    app.run_worker(_edit(app, area), group="editor", exclusive=True)


async def _edit(app: App[None], area: HarmlessArea) -> None:
    if not (command := editor_command(os.environ)):
        app.notify("Neither VISUAL nor EDITOR names an editor.", markup=False, timeout=4)
        return
    try:
        text = await edit_outside(app, command, area.text_outside)
    except OSError as error:
        app.notify(f"{command[0]} cannot be started: {error.strerror}", markup=False, timeout=4)
        return
    if text is not None and area.is_attached:
        area.put_outside(text)


async def edit_outside(app: App[None], command: list[str], text: str) -> str | None:
    """Let the user change `text` in the editor; None if it failed or said no. What happens meanwhile goes on.

    Raises:
        OSError: it cannot be started.
    """
    with tempfile.TemporaryDirectory(prefix="codex-py-") as folder:
        path = Path(folder) / "text.txt"
        await asyncio.to_thread(path.write_text, text, encoding="utf-8", newline="")
        with app.suspend(), app.batch_update():  # nothing is painted over it
            process = await asyncio.create_subprocess_exec(*command, path)
            if await process.wait() != 0:
                return None
        edited = await asyncio.to_thread(path.read_bytes)
    changed = edited.decode("utf-8", errors="replace")
    # Editors end the last line; what had no such end is to have none.
    return changed if text.endswith("\n") else changed.removesuffix("\n")


def at_line(command: list[str], path: Path, line: int) -> list[str]:
    """The command that opens a file at a line, as far as it is known how that editor wants it told."""
    name = Path(command[0]).name
    if name in _PLUS:
        return [*command, f"+{line}", str(path)]
    if name in _COLON:
        return [*command, *_COLON[name], f"{path}:{line}"]
    return [*command, str(path)]


async def open_outside(app: App[None], command: list[str]) -> None:
    """Let the user work in another program, in the same terminal, until it ends. What happens meanwhile goes on.

    Raises:
        OSError: it cannot be started.
    """
    with app.suspend(), app.batch_update():  # nothing is painted over it
        process = await asyncio.create_subprocess_exec(*command)
        await process.wait()
