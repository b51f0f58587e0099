"""What the screen shows, out of what happened. Pure: no terminal, no Textual widgets, no session.

`apply` takes one event and says what changes; everything else is read from here when it is drawn. Decisions about keys
are in `intents`, the words for items in `present`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Literal, assert_never

from codex_core.protocol import (
    MODES,
    ApprovalItem,
    ApprovalRequest,
    ApprovalRequested,
    ApprovalResolved,
    AssistantItem,
    ChangesDescribed,
    ChangeSettings,
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
    Op,
    Outcome,
    Paused,
    PauseItem,
    PauseRequested,
    QueueChanged,
    QueuedPrompt,
    ReasoningDelta,
    ReasoningItem,
    Resumed,
    RetryItem,
    RetryScheduled,
    RewindPreviewed,
    RewindRefused,
    Rewound,
    RulesListed,
    SessionState,
    StateChanged,
    StepEnded,
    StepItem,
    StepStarted,
    TextDelta,
    ToolCallItem,
    ToolOutputDelta,
    ToolResultItem,
    TurnEnded,
    TurnEndItem,
    TurnsListed,
    TurnStarted,
    Unknown,
    UsageUpdated,
    UserItem,
)
from codex_tui import present, spoken, wording
from codex_tui.calls import Call, Step
from codex_tui.changes import (
    BarsChanged,
    Change,
    ChangesTold,
    ContextShown,
    DetailChanged,
    Ended,
    EntryShown,
    EntrySuperseded,
    HistoryForgotten,
    HistoryShown,
    PanelChanged,
    RewindTold,
    RowShown,
    RulesTold,
    TextFinished,
    TextStreamed,
)
from codex_tui.intents import Phase
from codex_tui.labels import command_of
from codex_tui.ledger import Ledger
from codex_tui.panels.approval import approval_panel
from codex_tui.panels.input import input_panel
from codex_tui.panels.pause import pause_panel
from codex_tui.panels.view import PanelView
from codex_tui.timeline import TimelineRow
from codex_tui.transcript import Answer, Entry, Reasoning
from codex_tui.waits import Wait, wait_row

CYCLED_MODES: tuple[Mode, ...] = ("plan", "ask", "auto")


class ViewState:
    """One for each session on the screen."""

    def __init__(self, clock: Callable[[], float]) -> None:
        """`clock` gives seconds since 1970, as events do."""
        self._clock = clock
        self.state: SessionState | None = None
        self.queue: tuple[QueuedPrompt, ...] = ()
        self.wants_pause = False
        """The user asked for a pause that the session has not told of yet: the next Ctrl+C means the second."""
        self.was_cancelled = False
        """The user ended the running tool in this pause already."""
        self.ledger = Ledger()
        self._streaming: dict[str, bool] = {}
        """Texts that are coming, by item id: whether they are thoughts."""
        self._requests: dict[str, ApprovalRequest | InputRequest] = {}
        """Open questions, the oldest first."""
        self._answered = 0
        """How many were answered since none was open."""
        self._is_paused = False
        self._waiting_for = ""
        self._retry: tuple[RetryScheduled, float] | None = None
        self._turn_started: float | None = None
        self._turn_s: float | None = None
        self._running_step: Step | None = None
        self._usage: UsageUpdated | None = None
        self._oldest_id: str | None = None
        self._prompts_are_known = False
        """The composer was told of them: who goes back finds all of them there."""
        self._replay: list[Item] | None = []
        """Stored items that have come, until all have; None from then on."""

    # What is shown.

    @property
    def phase(self) -> Phase:
        if self.state is None:
            return "connecting"
        return "pausing" if self.wants_pause and self.state.status == "running" else self.state.status

    @property
    def has_history(self) -> bool:
        """What is stored of the session has come."""
        return self._replay is None

    @property
    def mode(self) -> Mode | None:
        return self.state.settings.mode if self.state is not None else None

    @property
    def panel(self) -> PanelView | None:
        """The question that is open, if one is. A pause comes before what it interrupted."""
        if self._is_paused:
            return pause_panel()
        for request_id, request in self._requests.items():
            if isinstance(request, ApprovalRequest):
                return replace(approval_panel(request), count=self._count)
            view = input_panel(request_id, request)
            return replace(view, count=self._count or view.count)
        return None

    @property
    def _count(self) -> str:
        """Which question of a row of them is open; empty if it is the only one."""
        total = self._answered + len(self._requests)
        return f"{self._answered + 1} of {total}" if total > 1 else ""

    def _close_request(self, request_id: str) -> None:
        if self._requests.pop(request_id, None) is not None:
            self._answered = self._answered + 1 if self._requests else 0

    @property
    def activity(self) -> str:
        """What is going on, in words; empty when nothing is."""
        if self._is_paused:
            return "paused"
        if self.phase == "pausing":
            return f"pausing after {self._waiting_for}" if self._waiting_for else "pausing"
        if self._requests:
            return "waits for your answer"
        if self.phase == "idle":
            return self.ledger.running_words  # a command of the user's own
        if self.phase != "running":
            return ""
        if self._retry is not None:
            event, at = self._retry
            left = max(0.0, at + event.delay_s - self._clock())
            return f"attempt {event.attempt} in {wording.elapsed(left + 0.5)}: {event.error}"
        if running := self.ledger.running_words:
            return running
        if self._streaming:
            return "thinking" if next(reversed(self._streaming.values())) else "writing"
        if self._running_step is None:
            return "working"
        return "waiting for the model" if self._running_step.purpose == "reply" else "summarising what is older"

    @property
    def elapsed_s(self) -> float | None:
        """Of the turn that runs, else of the last one."""
        if self._turn_started is not None:
            return max(0.0, self._clock() - self._turn_started)
        if (since := self.ledger.running_since) is not None:
            return max(0.0, self._clock() - since)
        return self._turn_s

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

    @property
    def oldest_id(self) -> str | None:
        """The oldest item that has come: what is earlier is before it."""
        return self._oldest_id

    def next_mode(self) -> Op | None:
        """What Shift+Tab wishes; None before there is a session."""
        if (mode := self.mode) is None:
            return None
        at = CYCLED_MODES.index(mode) + 1 if mode in CYCLED_MODES else 1
        return mode_op(CYCLED_MODES[at % len(CYCLED_MODES)])

    # What happened.

    def apply(self, envelope: Envelope) -> Sequence[Change]:
        """Take one event, in order; say what changes on the screen."""
        return list(self._apply(envelope))

    def _apply(self, envelope: Envelope) -> Iterable[Change]:
        event, agent, at = envelope.event, envelope.agent, envelope.at
        match event:
            case StateChanged(state=state):
                yield from self._take_state(state)
            case TurnStarted():
                if not agent:
                    self._turn_started, self._turn_s = at, None
                    self.wants_pause = self.was_cancelled = False
                yield BarsChanged()
            case TurnEnded(turn_id=turn_id, outcome=outcome, duration_s=duration_s):
                if not agent:
                    yield from self._end_wait("retry", at)
                    yield from self._end_wait("pause", at)
                    yield from self._end_turn(turn_id, outcome, duration_s)
            case StepStarted(step_id=step_id, model=model, purpose=purpose):
                step = Step(id=step_id, model=model, purpose=purpose, at=at, agent=agent)
                self.ledger.begin_step(step)
                self._running_step, self._retry = step, None
                yield from self._end_wait("retry", at)
                yield RowShown(present.step_row(step))
                yield BarsChanged()
            case StepEnded():
                yield from self._end_step(event)
            case ItemStarted(item=item):
                yield from self._start_item(item, agent, at)
            case TextDelta(item_id=item_id, text=text):
                if not agent:  # what a sub-agent says is its own; its steps are in the timeline
                    yield from self._stream(item_id, text, is_thought=False)
            case ReasoningDelta(item_id=item_id, text=text):
                if not agent:
                    yield from self._stream(item_id, text, is_thought=True)
            case ToolOutputDelta(call_id=call_id, text=text):
                if (call := self.ledger.call(call_id)) is not None:
                    call.add_output(text)
                    if call.is_users:
                        yield EntryShown(present.call_entry(call))
                    yield DetailChanged(call_id)
            case ItemCompleted(item=item):
                if self._replay is not None:
                    self._replay.append(item)
                else:
                    yield from self._complete(item, agent)
            case ItemSuperseded(item_id=item_id):
                yield from self._supersede(item_id)
            case HistoryReplayed(total=total, replayed=replayed):
                yield from self._show_history(has_earlier=total > replayed)
            case ApprovalRequested(request=request):
                self._requests[request.request_id] = request
                yield from self._show_call(self.ledger.ask(request, at))
                yield PanelChanged()
                yield BarsChanged()
            case ApprovalResolved(request_id=request_id, call_id=call_id):
                self._close_request(request_id)
                yield from self._show_call(self.ledger.answered(call_id))
                yield PanelChanged()
                yield BarsChanged()
            case InputRequested(request_id=request_id, request=request):
                self._requests[request_id] = request
                yield PanelChanged()
                yield BarsChanged()
            case InputResolved(request_id=request_id):
                self._close_request(request_id)
                yield PanelChanged()
                yield BarsChanged()
            case QueueChanged(prompts=prompts):
                self.queue = prompts
                yield BarsChanged()
            case PauseRequested(waiting_for=waiting_for):
                self._waiting_for, self._retry = waiting_for, None
                # A second Ctrl+C that came before this was told is not forgotten.
                self.wants_pause, self.was_cancelled = False, self.wants_pause and self.was_cancelled
                yield from self._end_wait("retry", at)
                yield BarsChanged()
            case Paused(pause_id=pause_id):
                self._is_paused = True
                yield RowShown(wait_row(self.ledger.begin_wait("pause", at, self._waiting_for, pause_id)))
                yield PanelChanged()
                yield BarsChanged()
            case Resumed():
                self._is_paused, self._waiting_for = False, ""
                yield from self._end_wait("pause", at)
                self.wants_pause = self.was_cancelled = False
                yield PanelChanged()
                yield BarsChanged()
            case UsageUpdated():
                self._usage = event
                yield BarsChanged()
            case ContextDescribed(use=use):
                yield ContextShown(use)
            case ChangesDescribed(changes=changes):
                yield ChangesTold(changes)
            case RetryScheduled():
                self._retry = (event, at)
                words = f"attempt {event.attempt} · {event.error}"
                yield RowShown(wait_row(self.ledger.begin_wait("retry", at, words, event.retry_id)))
                yield BarsChanged()
            case RulesListed():
                yield RulesTold(event)
            case HistoryCut():
                yield from self._forget()
            case TurnsListed() | RewindPreviewed() | Rewound() | RewindRefused():
                yield RewindTold(event)
            case _:
                assert_never(event)

    def _take_state(self, state: SessionState) -> Iterable[Change]:
        self.state = state
        if state.status != "paused" and self._is_paused and state.status in ("idle", "closed"):
            self._is_paused = False
            yield PanelChanged()
        yield BarsChanged()
        if state.status == "closed":
            yield Ended()

    def _end_turn(self, turn_id: str, outcome: Outcome, duration_s: float) -> Iterable[Change]:
        self._turn_started, self._turn_s, self._retry = None, duration_s, None
        self._running_step = None
        if self._is_paused:
            self._is_paused = False
            yield PanelChanged()
        self._streaming.clear()
        self.ledger.stop_all()
        # Its item has shown the same already, unless it could not be stored.
        yield EntryShown(present.ending(turn_id, outcome, duration_s))
        yield BarsChanged()

    def _end_wait(self, kind: Literal["pause", "retry"], at: float) -> Iterable[Change]:
        if (wait := self.ledger.end_wait(kind, at)) is not None:
            yield RowShown(wait_row(wait))

    def _end_step(self, event: StepEnded) -> Iterable[Change]:
        self._running_step = None
        if (step := self.ledger.end_step(event)) is not None:
            yield RowShown(present.step_row(step))
        yield BarsChanged()

    def _start_item(self, item: Item, agent: tuple[str, ...], at: float) -> Iterable[Change]:
        match item:
            case ToolCallItem():
                yield from self._show_call(self.ledger.run(item, agent, at))
                yield BarsChanged()
            case AssistantItem() | ReasoningItem() if not agent:
                yield from self._begin_text(item.id, is_thought=isinstance(item, ReasoningItem))
            case _:
                pass

    def _begin_text(self, item_id: str, *, is_thought: bool) -> Iterable[Change]:
        self._streaming[item_id] = is_thought
        yield EntryShown(Reasoning(item_id) if is_thought else Answer(item_id))
        yield BarsChanged()

    def _stream(self, item_id: str, text: str, *, is_thought: bool) -> Iterable[Change]:
        if item_id not in self._streaming:
            yield from self._begin_text(item_id, is_thought=is_thought)
        yield TextStreamed(item_id, text)

    def _complete(self, item: Item, agent: tuple[str, ...]) -> Iterable[Change]:
        match item:
            case ToolCallItem():
                yield from self._show_call(self.ledger.know(item, agent))
            case ToolResultItem():
                yield from self._show_call(self.ledger.finish(item))
                yield BarsChanged()
            case StepItem():
                yield RowShown(present.step_row(self.ledger.settle_step(item, agent)))
            case ApprovalItem() | PauseItem() | RetryItem():
                yield RowShown(wait_row(self.ledger.settle_wait(item)))
            case AssistantItem() | ReasoningItem() if self._streaming.pop(item.id, None) is not None:
                if isinstance(item, ReasoningItem):
                    yield EntryShown(Reasoning(item.id, item.text, item.duration_s))
                yield TextFinished(item.id, item.text)
                yield BarsChanged()
            case _:
                if not agent and (entry := present.entry(item, self._clock())) is not None:
                    yield EntryShown(entry)

    def _show_call(self, call: Call | None) -> Iterable[Change]:
        if call is None:
            return
        if not call.agent:
            yield EntryShown(present.call_entry(call))
        yield RowShown(present.call_row(call))
        yield DetailChanged(call.id)

    def _supersede(self, item_id: str) -> Iterable[Change]:
        self._streaming.pop(item_id, None)
        if self._replay is not None:
            self._replay = [item for item in self._replay if isinstance(item, Unknown) or item.id != item_id]
            return
        yield EntrySuperseded(self.ledger.entry_id(item_id))

    def _forget(self) -> Iterable[Change]:
        """The items that count follow, as they do when a session is opened."""
        self._replay, self._oldest_id, self._prompts_are_known = [], None, True
        self._streaming.clear()
        self.ledger.clear()
        yield HistoryForgotten()

    def _show_history(self, *, has_earlier: bool) -> Iterable[Change]:
        items, self._replay = self._replay or [], None
        ends = [item for item in items if isinstance(item, TurnEndItem)]
        if ends:
            self._turn_s = ends[-1].duration_s
        shown = self.add_stored(items, has_earlier=has_earlier, at_front=False)
        yield shown._replace(prompts=()) if self._prompts_are_known else shown
        if (call := self.ledger.newest_call) is not None:
            yield DetailChanged(call.id)
        yield BarsChanged()

    def add_stored(self, items: Sequence[Item], *, has_earlier: bool, at_front: bool) -> HistoryShown:
        """Take stored items, oldest first; `at_front` if they are earlier than all that came."""
        if ids := [item.id for item in items if not isinstance(item, Unknown)]:
            self._oldest_id = ids[0]
        shown = self.ledger.take_stored(items, at_front=at_front)
        now = self._clock()
        entries: list[Entry] = []
        rows: list[TimelineRow] = []
        anchors: dict[str, str] = {}
        unanchored: list[str] = []
        for thing in shown:
            if (row := _row(thing)) is not None:
                rows.append(row)
                if row.kind not in ("tool", "approval"):  # an approval belongs to the call before it
                    unanchored.append(row.id)
            if (entry := _entry(thing, now)) is not None:
                entries.append(entry)
                anchors |= dict.fromkeys(unanchored, entry.id)
                unanchored.clear()
        return HistoryShown(
            entries=tuple(entries),
            rows=tuple(rows),
            anchors=tuple(anchors.items()),
            prompts=tuple(words for thing in shown if (words := _said(thing))),
            has_earlier=has_earlier,
        )


def _entry(thing: Call | Step | Wait | Item, now: float) -> Entry | None:
    match thing:
        case Call():
            return present.call_entry(thing)
        case Step() | Wait():
            return None
        case _:
            return present.entry(thing, now)


def _said(thing: Call | Step | Wait | Item) -> str:
    """What the user had typed; empty if it is nothing of theirs."""
    match thing:
        case UserItem(origin=origin) if origin != "context":
            return present.user_text(thing)
        case Call() if thing.is_users:
            return f"!{command_of(thing.item.arguments)}"
        case _:
            return ""


def _row(thing: Call | Step | Wait | Item) -> TimelineRow | None:
    match thing:
        case Call():
            return present.call_row(thing)
        case Step():
            return present.step_row(thing)
        case Wait():
            return wait_row(thing)
        case _:
            return None


def mode_op(mode: Mode) -> Op:
    """The wish to work in `mode`."""
    sandbox_mode, approval_policy = MODES[mode]
    return ChangeSettings(sandbox_mode=sandbox_mode, approval_policy=approval_policy)
