"""The user's own editor, in the same terminal, for a text of ours."""

from __future__ import annotations

import asyncio
import shlex
import tempfile
from collections.abc import Mapping
from pathlib import Path

from textual.app import App


def editor_command(environ: Mapping[str, str]) -> list[str]:
    """What `$VISUAL` or `$EDITOR` says; empty if neither says anything that can be run."""
    try:
        return shlex.split(environ.get("VISUAL") or environ.get("EDITOR") or "")
    except ValueError:
        return []


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
