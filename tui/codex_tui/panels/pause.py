"""Paused, or cut short by the end of the program: continue, redirect or stop. Leaving it open loses nothing."""

from __future__ import annotations

from codex_core.protocol import Op, Redirect, Resume, Stop
from codex_tui.panels.view import Answer, Choice, PanelView, Words

_LEFT = "codex-py ended in the middle of this turn; a question that was open is asked again"
_SAVED = "everything is saved; you may also quit and resume later"


def pause_panel(*, was_cut_short: bool) -> PanelView:
    """`was_cut_short`: nobody wanted the pause."""

    def redirect(words: str) -> Op:
        return Redirect(text=words.strip())

    words = Words(placeholder="what to do instead, Enter sends it", make=redirect)
    return PanelView(
        id="pause",
        title="Interrupted" if was_cut_short else "Paused",
        why=_LEFT if was_cut_short else _SAVED,
        choices=(
            Choice(key="c", label="continue", does=Answer(op=Resume())),
            Choice(key="r", label="redirect…", does=words),
            Choice(key="s", label="stop the turn", does=Answer(op=Stop())),
        ),
        tone="pause",
        is_wished=True,
    )
