"""Paused: continue, redirect or stop. Leaving it open loses nothing."""

from __future__ import annotations

from codex_core.protocol import Op, Redirect, Resume, Stop
from codex_tui.panels.view import Answer, Choice, PanelView, Words


def pause_panel() -> PanelView:
    def redirect(words: str) -> Op:
        return Redirect(text=words.strip())

    words = Words(placeholder="what to do instead, Enter sends it", make=redirect)
    return PanelView(
        id="pause",
        title="Paused",
        why="everything is saved; you may also quit and resume later",
        choices=(
            Choice(key="c", label="continue", does=Answer(op=Resume())),
            Choice(key="r", label="redirect…", does=words),
            Choice(key="s", label="stop the turn", does=Answer(op=Stop())),
        ),
        tone="pause",
    )
