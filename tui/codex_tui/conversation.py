"""A session on the screen: its view state, and the user's wishes as ops.

Imported after the first paint, together with the vocabulary.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Literal

from codex_core.protocol import (
    EFFORTS,
    MODES,
    CancelCurrent,
    ChangeSettings,
    Compact,
    DescribeContext,
    EditQueued,
    Effort,
    Envelope,
    Item,
    ListTurns,
    Mode,
    Op,
    Pause,
    Redirect,
    RemoveQueued,
    Resume,
    RunUserShell,
    SkipWait,
    Stop,
    SubmitPrompt,
    TextPart,
)
from codex_tui.changes import Change, HistoryShown
from codex_tui.modes import mode_after, mode_op
from codex_tui.view_state import ViewState


class Conversation:
    def __init__(self, submit: Callable[[Op], None], clock: Callable[[], float]) -> None:
        self.view = ViewState(clock)
        self._submit = submit

    def receive(self, envelope: Envelope) -> Sequence[Change]:
        return self.view.apply(envelope)

    def add_earlier(self, items: Sequence[Item], *, limit: int) -> HistoryShown:
        """Take a page of stored items before all that came; it was the last page if it is not full."""
        return self.view.add_stored(items, has_earlier=len(items) >= limit, at_front=True)

    def prompt(self, text: str, when: Literal["now", "steer", "queue"]) -> None:
        self._submit(SubmitPrompt(parts=(TextPart(text=text),), when=when))

    def run_shell(self, command: str) -> None:
        self._submit(RunUserShell(command=command))

    def redirect(self, text: str) -> None:
        self._submit(Redirect(text=text))

    def edit_queued(self, queued_id: str, text: str) -> None:
        self._submit(EditQueued(queued_id=queued_id, text=text))

    def remove_queued(self, queued_id: str) -> None:
        self._submit(RemoveQueued(queued_id=queued_id))

    def pause(self) -> None:
        self.view.wants_pause = self.view.phase == "running"
        self._submit(Pause())

    def resume(self) -> None:
        self._submit(Resume())

    def stop(self) -> None:
        self._submit(Stop())

    def cancel(self) -> None:
        self.view.was_cancelled = True
        self._submit(CancelCurrent())

    def compact(self, focus: str) -> None:
        self._submit(Compact(focus=focus))

    def describe_context(self) -> None:
        self._submit(DescribeContext())

    def list_turns(self) -> None:
        self._submit(ListTurns())

    def skip_wait(self) -> None:
        self._submit(SkipWait())

    def answer(self, op: Op) -> None:
        self._submit(op)

    def cycle_mode(self) -> None:
        if (mode := self.view.mode) is not None:
            self._submit(mode_op(mode_after(mode)))

    def change_mode(self, name: str) -> bool:
        """Wish for the mode `name`; False if there is none. Full access counts when the session has asked twice."""
        modes: dict[str, Mode] = {mode: mode for mode in MODES}
        if (mode := modes.get(name)) is None:
            return False
        self._submit(mode_op(mode))
        return True

    def change_effort(self, name: str) -> bool:
        """Wish for the effort `name`, or `default`; False if there is none."""
        efforts: dict[str, Effort | Literal["default"]] = {"default": "default", **{one: one for one in EFFORTS}}
        if (effort := efforts.get(name)) is None:
            return False
        self._submit(ChangeSettings(effort=effort))
        return True

    def change_model(self, name: str) -> None:
        self._submit(ChangeSettings(model=name))
