"""The way back, from the list of turns over the preview to the end: opens what is needed, and wishes for the next step.

The session tells each step by an event; what was chosen on a screen becomes an op.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import assert_never

from textual.app import App

from codex_core.protocol import (
    FileDecision,
    Op,
    PreviewRewind,
    Rewind,
    RewindPreview,
    RewindPreviewed,
    RewindRefused,
    RewindWhat,
    Rewound,
    TurnsListed,
)
from codex_tui import spoken
from codex_tui.diff.layout import DiffLayout

# The screens are imported when they are first opened.


class Rewinds:
    """One for the main screen."""

    def __init__(
        self,
        app: App[None],
        submit: Callable[[Op], None],
        clock: Callable[[], float],
        *,
        say_again: Callable[[str], None],
        layout: DiffLayout,
    ) -> None:
        """`say_again` puts the prompt of the turn into the composer."""
        self._app = app
        self._submit = submit
        self._clock = clock
        self._say_again = say_again
        self._layout = layout

    def take(self, event: TurnsListed | RewindPreviewed | Rewound | RewindRefused) -> None:
        match event:
            case TurnsListed():
                self._list(event)
            case RewindPreviewed(preview=preview):
                self._preview(preview)
            case Rewound():
                self._end(event)
            case RewindRefused(reason=reason, restored=restored):
                what = "The conversation was not rewound" if restored else "Nothing was rewound"
                self._app.notify(f"{what}: {reason}", severity="warning", markup=False, timeout=8)
            case _:
                assert_never(event)

    def _list(self, listed: TurnsListed) -> None:
        from codex_tui.screens.rewind import RewindScreen

        def chosen(choice: tuple[str, RewindWhat] | None) -> None:
            if choice is not None:
                to, what = choice
                self._submit(PreviewRewind(to=to, what=what))

        if not any(isinstance(screen, RewindScreen) for screen in self._app.screen_stack):
            self._app.push_screen(RewindScreen(listed, clock=self._clock), chosen)

    def _preview(self, preview: RewindPreview) -> None:
        from codex_tui.screens.rewind_preview import RewindPreviewScreen

        def confirmed(decisions: dict[str, FileDecision] | None) -> None:
            if decisions is not None:
                what = "conversation" if preview.problem else preview.what
                restore = tuple(path for path, decision in decisions.items() if decision == "restore")
                keep = tuple(path for path, decision in decisions.items() if decision == "keep")
                self._submit(Rewind(to=preview.to, what=what, restore=restore, keep=keep))

        self._app.push_screen(RewindPreviewScreen(preview, self._layout), confirmed)

    def _end(self, done: Rewound) -> None:
        if done.prompt:
            self._say_again(done.prompt)
        words = spoken.rewind_words(done.item)
        if done.failed:
            first = done.failed[0]
            self._app.notify(f"{words}; {first.path}: {first.why}", severity="warning", markup=False, timeout=10)
        else:
            back = "" if done.item.undoes else "; /rewind takes it back"
            self._app.notify(f"{words[:1].upper()}{words[1:]}{back}.", markup=False, timeout=6)
