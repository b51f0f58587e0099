"""Those who work for every session that comes to the screen. Imported after the first paint."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

from codex_tui.screens.announcing import Announcer
from codex_tui.screens.branch_label import BranchLabel
from codex_tui.screens.drafting import Drafting
from codex_tui.screens.questions import Questions

if TYPE_CHECKING:
    from codex_tui.options import ScreenOptions
    from codex_tui.screens.main import MainScreen


class Crew(NamedTuple):
    """One for the main screen."""

    questions: Questions
    drafting: Drafting
    announcer: Announcer
    branch: BranchLabel


def crew_of(screen: MainScreen, options: ScreenOptions, timer: Callable[[], float], branch: str) -> Crew:
    """`timer` measures the user's pauses; `branch` is that of the folder in which the app was started."""
    app = screen.codex_app
    return Crew(
        questions=Questions(screen, timer),
        drafting=Drafting(screen, options.home),
        announcer=Announcer(app, options.notifications, app.write_sequence),
        branch=BranchLabel(screen, str(options.workspace), branch),
    )
