"""The picker of stored sessions, before the first one opens."""

from __future__ import annotations

from textual.app import App

from codex_tui.options import Picker
from codex_tui.screens.picker import Choice, PickerScreen


async def choose_session(app: App[None], picker: Picker) -> str | None:
    """Let the user choose; None: a new session. Must be awaited inside a worker.

    Raises: whatever reading the sessions raises.
    """
    rows = await picker.rows()
    choices = [
        Choice(
            row.id,
            row.title or "(nothing said)",
            f"{row.items} items  {row.workspace}" if row.items else row.workspace,
            row.when,
        )
        for row in rows
    ]
    return await app.push_screen_wait(PickerScreen("Resume a session", choices, empty="no stored sessions yet"))
