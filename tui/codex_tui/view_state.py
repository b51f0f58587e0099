"""What the screen shows, out of what happened. Pure: no terminal, no Textual widgets, no session.

`apply` takes one event and says what changes; everything else is read from here when it is drawn. What items become is
in `told_items`, what goes on in `activity`, what is asked in `open_questions`. Decisions about keys are in `intents`,
the words for items in `present`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Literal, assert_never

from codex_core.protocol import (
    ApprovalRequest,
    ApprovalRequested,
    ApprovalResolved,
    ChangesDescribed,
    Completed,
    ContextDescribed,
    Envelope,
    HistoryCut,
    HistoryReplayed,
    InputRequest,
    InputRequested,
    InputResolved,
    Item,
    ItemCompleted,
    ItemStarted,
    ItemSuperseded,
    Mode,
    ModelsListed,
    Outcome,
    Paused,
    PauseRequested,
    QueueChanged,
    QueuedPrompt,
    ReasoningDelta,
    Resumed,
    RetryScheduled,
    RewindPreviewed,
    RewindRefused,
    Rewound,
    RulesListed,
    SessionState,
    StateChanged,
    StepEnded,
    StepStarted,
    TextDelta,
    ToolOutputDelta,
    TurnEnded,
    TurnsListed,
    TurnStarted,
    UsageUpdated,
)
from codex_tui import present, spoken
from codex_tui.activity import Activity
from codex_tui.calls import Call, Step
from codex_tui.changes import (
    BarsChanged,
    Change,
    ChangesTold,
    ContextShown,
    Ended,
    EntryShown,
    HistoryShown,
    ModelsTold,
    PanelChanged,
    RewindTold,
    RowShown,
    RulesTold,
    WordsReturned,
)
from codex_tui.intents import Phase
from codex_tui.ledger import Ledger
from codex_tui.open_questions import OpenQuestions
from codex_tui.panels.pause import pause_panel
from codex_tui.panels.view import PanelView
from codex_tui.told_items import ToldItems
from codex_tui.waits import wait_row


class ViewState:
    """One for each session on the screen."""

    def __init__(self, clock: Callable[[], float]) -> None:
        """`clock` gives seconds since 1970, as events do."""
        self.state: SessionState | None = None
        self.queue: tuple[QueuedPrompt, ...] = ()
        self.wants_pause = False
        """The user asked for a pause that the session has not told of yet: the next Ctrl+C means the second."""
        self.was_cancelled = False
        """The user ended the running tool in this pause already."""
        self.ledger = Ledger()
        self._items = ToldItems(self.ledger, clock)
        self._activity = Activity(self.ledger, clock)
        self._questions = OpenQuestions()
        self._usage: UsageUpdated | None = None

    # What is shown.

    @property
    def phase(self) -> Phase:
        if self.state is None:
            return "connecting"
        return "pausing" if self.wants_pause and self.state.status == "running" else self.state.status

    @property
    def has_history(self) -> bool:
        """What is stored of the session has come."""
        return self._items.has_history

    @property
    def oldest_id(self) -> str | None:
        """The oldest item that has come: what is earlier is before it."""
        return self._items.oldest_id

    @property
    def mode(self) -> Mode | None:
        return self.state.settings.mode if self.state is not None else None

    @property
    def panel(self) -> PanelView | None:
        """The question that is open, if one is. A pause comes before what it interrupted."""
        if not self._activity.is_paused:
            return self._questions.panel
        return pause_panel(was_cut_short=self._activity.was_cut_short)

    @property
    def activity(self) -> str:
        """What is going on, in words; empty when nothing is."""
        return self._activity.words(self.phase, is_asked=bool(self._questions), text=self._items.text)

    @property
    def elapsed_s(self) -> float | None:
        """How long the open question waits, else of the turn that runs, else of the last one."""
        return self._activity.elapsed_s(asked_at=self._questions.since)

    @property
    def context(self) -> float | None:
        """How full the context is, 0 to 1."""
        window = self.state.context_window if self.state is not None else None
        if not window or self._usage is None:
            return None
        return (self._usage.step.input_tokens + self._usage.step.output_tokens) / window

    @property
    def usage_words(self) -> str:
        return "" if self._usage is None else spoken.usage_words(self._usage.session)

    # What happened.

    def apply(self, envelope: Envelope) -> Sequence[Change]:
        """Take one event, in order; say what changes on the screen."""
        return list(self._apply(envelope))

    def add_stored(self, items: Sequence[Item], *, has_earlier: bool, at_front: bool) -> HistoryShown:
        """Take stored items, oldest first; `at_front` if they are earlier than all that came."""
        return self._items.add_stored(items, has_earlier=has_earlier, at_front=at_front)

    def _apply(self, envelope: Envelope) -> Iterable[Change]:
        event, agent, at = envelope.event, envelope.agent, envelope.at
        is_root = not agent  # what a sub-agent says is its own; its steps are in the timeline
        match event:
            case StateChanged(state=state):
                yield from self._take_state(state)
            case TurnStarted():
                yield from self._begin_turn(at, is_root=is_root)
            case TurnEnded(turn_id=turn_id, outcome=outcome, duration_s=duration_s):
                if is_root:
                    yield from self._end_waits(at)
                    yield from self._end_turn(turn_id, outcome, duration_s)
            case StepStarted(step_id=step_id, model=model, purpose=purpose):
                yield from self._begin_step(Step(id=step_id, model=model, purpose=purpose, at=at, agent=agent))
            case StepEnded():
                yield from self._end_step(event)
            case ItemStarted(item=item):
                yield from self._items.start(item, agent, at)
            case TextDelta(item_id=item_id, text=text):
                if is_root:
                    yield from self._items.stream(item_id, text, is_thought=False)
            case ReasoningDelta(item_id=item_id, text=text):
                if is_root:
                    yield from self._items.stream(item_id, text, is_thought=True)
            case ToolOutputDelta(call_id=call_id, text=text):
                yield from self._items.add_output(call_id, text)
            case ItemCompleted(item=item):
                yield from self._items.complete(item, agent)
            case ItemSuperseded(item_id=item_id):
                yield from self._items.supersede(item_id)
            case HistoryReplayed(total=total, replayed=replayed):
                yield from self._show_history(has_earlier=total > replayed)
            case HistoryCut():
                yield from self._items.forget()
            case ApprovalRequested(request=request):
                yield from self._ask(request.request_id, request, at, self.ledger.ask(request, at))
            case ApprovalResolved(request_id=request_id, call_id=call_id):
                yield from self._settle(request_id, self.ledger.answered(call_id))
            case InputRequested(request_id=request_id, request=request):
                yield from self._ask(request_id, request, at)
            case InputResolved(request_id=request_id):
                yield from self._settle(request_id)
            case QueueChanged(prompts=prompts):
                self.queue = prompts
                yield BarsChanged()
            case PauseRequested(waiting_for=waiting_for):
                yield from self._request_pause(waiting_for, at)
            case Paused():
                yield from self._pause(at, event)
            case Resumed():
                yield from self._resume(at)
            case RetryScheduled():
                yield from self._schedule_retry(event, at)
            case UsageUpdated():
                self._usage = event
                yield BarsChanged()
            case ContextDescribed(use=use):
                yield ContextShown(use)
            case ChangesDescribed(changes=changes):
                self.ledger.measure(changes)
                yield ChangesTold(changes)
                yield BarsChanged()
            case RulesListed():
                yield RulesTold(event)
            case ModelsListed(models=models):
                yield ModelsTold(models)
            case TurnsListed() | RewindPreviewed() | Rewound() | RewindRefused():
                yield RewindTold(event)
            case _:
                assert_never(event)

    def _take_state(self, state: SessionState) -> Iterable[Change]:
        self.state = state
        if self._activity.is_paused and state.status in ("idle", "closed"):
            self._activity.is_paused = False
            yield PanelChanged()
        yield BarsChanged()
        if state.status == "closed":
            yield Ended()

    def _show_history(self, *, has_earlier: bool) -> Iterable[Change]:
        if (last_turn_s := self._items.last_turn_s) is not None:
            self._activity.recall_turn(last_turn_s)
        yield from self._items.show_history(has_earlier=has_earlier)

    # Turns and their model calls.

    def _begin_turn(self, at: float, *, is_root: bool) -> Iterable[Change]:
        if is_root:
            self._activity.begin_turn(at)
            self.wants_pause = self.was_cancelled = False
        yield BarsChanged()

    def _end_turn(self, turn_id: str, outcome: Outcome, duration_s: float) -> Iterable[Change]:
        self._activity.end_turn(duration_s)
        if self._activity.is_paused:
            self._activity.is_paused = False
            yield PanelChanged()
        self._items.stop()
        yield EntryShown(present.ending(turn_id, outcome, duration_s))
        if self.queue and not isinstance(outcome, Completed):
            yield WordsReturned(self.queue)
        yield BarsChanged()

    def _begin_step(self, step: Step) -> Iterable[Change]:
        self.ledger.begin_step(step)
        self._activity.begin_step(step)
        yield from self._end_wait("retry", step.at)
        yield RowShown(present.step_row(step))
        yield BarsChanged()

    def _end_step(self, event: StepEnded) -> Iterable[Change]:
        self._activity.end_step()
        if (step := self.ledger.end_step(event)) is not None:
            yield RowShown(present.step_row(step))
        yield BarsChanged()

    # Questions.

    def _ask(
        self, request_id: str, request: ApprovalRequest | InputRequest, at: float, call: Call | None = None
    ) -> Iterable[Change]:
        """`call`: the one that an approval is about."""
        self._questions.open(request_id, request, at)
        yield from self._items.show_call(call)
        yield PanelChanged()
        yield BarsChanged()

    def _settle(self, request_id: str, call: Call | None = None) -> Iterable[Change]:
        self._questions.close(request_id)
        yield from self._items.show_call(call)
        yield PanelChanged()
        yield BarsChanged()

    # Pauses, and the time before a model call is made again: both are rows while they go on.

    def _request_pause(self, waiting_for: str, at: float) -> Iterable[Change]:
        self._activity.request_pause(waiting_for)
        # A second Ctrl+C that came before this was told is not forgotten.
        self.wants_pause, self.was_cancelled = False, self.wants_pause and self.was_cancelled
        yield from self._end_wait("retry", at)
        yield BarsChanged()

    def _pause(self, at: float, paused: Paused) -> Iterable[Change]:
        self._activity.pause(was_cut_short=paused.was_cut_short)
        yield self._begin_wait("pause", at, self._activity.waiting_for, paused.pause_id)
        yield PanelChanged()
        yield BarsChanged()

    def _resume(self, at: float) -> Iterable[Change]:
        self._activity.resume()
        yield from self._end_wait("pause", at)
        self.wants_pause = self.was_cancelled = False
        yield PanelChanged()
        yield BarsChanged()

    def _schedule_retry(self, retry: RetryScheduled, at: float) -> Iterable[Change]:
        self._activity.schedule_retry(retry, at)
        yield self._begin_wait("retry", at, f"attempt {retry.attempt} · {retry.error}", retry.retry_id)
        yield BarsChanged()

    def _begin_wait(self, kind: Literal["pause", "retry"], at: float, why: str, item_id: str) -> Change:
        return RowShown(wait_row(self.ledger.begin_wait(kind, at, why, item_id)))

    def _end_wait(self, kind: Literal["pause", "retry"], at: float) -> Iterable[Change]:
        if (wait := self.ledger.end_wait(kind, at)) is not None:
            yield RowShown(wait_row(wait))

    def _end_waits(self, at: float) -> Iterable[Change]:
        yield from self._end_wait("retry", at)
        yield from self._end_wait("pause", at)
