"""Those who work for every session that comes to the screen. Imported after the first paint."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple, cast

from textual.app import App
from textual.screen import Screen

from codex_tui.screens.announcing import Announcer
from codex_tui.screens.branch_label import BranchLabel
from codex_tui.screens.drafting import Drafting
from codex_tui.screens.questions import Questions

if TYPE_CHECKING:
    from codex_tui.options import ScreenOptions


class Crew(NamedTuple):
    """One for the main screen."""

    questions: Questions
    drafting: Drafting
    announcer: Announcer
    branch: BranchLabel


def crew_of(
    screen: Screen[None],
    options: ScreenOptions,
    *,
    timer: Callable[[], float],
    write: Callable[[str], None],
    branch: str,
) -> Crew:
    """`timer` measures the user's pauses, `write` writes to the terminal; `branch` is that of the workspace."""
    return Crew(
        questions=Questions(screen, timer),
        drafting=Drafting(screen, options.home),
        announcer=Announcer(cast("App[None]", screen.app), options.notifications, write),
        branch=BranchLabel(screen, str(options.workspace), branch),
    )
