"""What is going on, in words, and for how long: what stands in the frame of the composer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, TypeAlias

from codex_core.protocol import RetryScheduled
from codex_tui import wording
from codex_tui.calls import Step
from codex_tui.intents import Phase
from codex_tui.ledger import Ledger

Text: TypeAlias = Literal["", "thinking", "writing"]
"""What the text is that is coming from the model; empty while none is."""


class Activity:
    """Of the turn that runs, or of the last one. Tool calls are read from the ledger."""

    def __init__(self, ledger: Ledger, clock: Callable[[], float]) -> None:
        """`clock` gives seconds since 1970, as events do."""
        self._ledger = ledger
        self._clock = clock
        self.is_paused = False
        self.was_cut_short = False
        """It is paused because the program had ended in the middle of the turn."""
        self.waiting_for = ""
        """What has to come to its end before the pause that was asked for begins."""
        self._retry: tuple[RetryScheduled, float] | None = None
        self._step: Step | None = None
        """The model call that runs."""
        self._turn_began: float | None = None
        self._turn_s: float | None = None

    # What happened.

    def begin_turn(self, at: float) -> None:
        self._turn_began, self._turn_s = at, None

    def end_turn(self, duration_s: float) -> None:
        self._turn_began = self._step = self._retry = None
        self._turn_s = duration_s

    def recall_turn(self, duration_s: float) -> None:
        """The last turn, as it is stored."""
        self._turn_s = duration_s

    def begin_step(self, step: Step) -> None:
        self._step, self._retry = step, None

    def end_step(self) -> None:
        self._step = None

    def schedule_retry(self, retry: RetryScheduled, at: float) -> None:
        self._retry = (retry, at)

    def request_pause(self, waiting_for: str) -> None:
        self.waiting_for, self._retry = waiting_for, None

    def pause(self, *, was_cut_short: bool) -> None:
        self.is_paused, self.was_cut_short = True, was_cut_short

    def resume(self) -> None:
        self.is_paused, self.waiting_for = False, ""

    # What is told of it.

    def words(self, phase: Phase, *, is_asked: bool, text: Text) -> str:
        """Empty when nothing goes on. `is_asked`: a question is open."""
        if self.is_paused:
            return "interrupted" if self.was_cut_short else "paused"
        if phase == "pausing":
            return f"pausing after {self.waiting_for}" if self.waiting_for else "pausing"
        if is_asked:
            return "waits for your answer"
        if phase == "idle":
            return self._ledger.running_words  # a command of the user's own
        if phase != "running":
            return ""
        return self._retry_words or self._ledger.running_words or text or self._step_words

    def elapsed_s(self, *, asked_at: float | None) -> float | None:
        """Of the open question, else of the turn that runs, of a command of the user's own, of the last turn."""
        for since in (None if self.is_paused else asked_at, self._turn_began, self._ledger.running_since):
            if since is not None:
                return max(0.0, self._clock() - since)
        return self._turn_s

    @property
    def _retry_words(self) -> str:
        if self._retry is None:
            return ""
        retry, at = self._retry
        left_s = max(0.0, at + retry.delay_s - self._clock())
        return f"attempt {retry.attempt} in {wording.elapsed(left_s + 0.5)}: {retry.error}"

    @property
    def _step_words(self) -> str:
        if self._step is None:
            return "working"
        return "waiting for the model" if self._step.purpose == "reply" else "summarising what is older"
