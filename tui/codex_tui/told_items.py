"""Items as they are told, live or stored, and what each changes on the screen: entries, rows, details."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from codex_core.protocol import (
    ApprovalItem,
    AssistantItem,
    Item,
    PauseItem,
    ReasoningItem,
    RetryItem,
    StepItem,
    ToolCallItem,
    ToolResultItem,
    TurnEndItem,
    Unknown,
)
from codex_tui import present
from codex_tui.activity import Text
from codex_tui.calls import Call
from codex_tui.changes import (
    BarsChanged,
    Change,
    DetailChanged,
    EntryShown,
    EntrySuperseded,
    HistoryForgotten,
    HistoryShown,
    RowShown,
    TextFinished,
    TextStreamed,
)
from codex_tui.history_page import history_page
from codex_tui.ledger import Ledger
from codex_tui.transcript import Answer, Reasoning
from codex_tui.waits import wait_row


class ToldItems:
    """What comes before the end of the replay is stored history, and shown at once when that is told."""

    def __init__(self, ledger: Ledger, clock: Callable[[], float]) -> None:
        """`clock` gives seconds since 1970, as events do."""
        self._ledger = ledger
        self._clock = clock
        self._streaming: dict[str, bool] = {}
        """Texts that are coming, by item id: whether they are thoughts."""
        self._replay: list[Item] | None = []
        """Stored items that have come, until all have; None from then on."""
        self.oldest_id: str | None = None
        """The oldest item that has come: what is earlier is before it."""
        self._prompts_are_known = False
        """The composer was told of them: who goes back finds all of them there."""

    @property
    def has_history(self) -> bool:
        """What is stored of the session has come."""
        return self._replay is None

    @property
    def last_turn_s(self) -> float | None:
        """How long the last turn took that has come of the replay."""
        return next((item.duration_s for item in reversed(self._replay or []) if isinstance(item, TurnEndItem)), None)

    @property
    def text(self) -> Text:
        """What the text is that is coming."""
        if not self._streaming:
            return ""
        return "thinking" if next(reversed(self._streaming.values())) else "writing"

    # Live.

    def start(self, item: Item, agent: tuple[str, ...], at: float) -> Iterable[Change]:
        match item:
            case ToolCallItem():
                yield from self.show_call(self._ledger.run(item, agent, at))
                yield BarsChanged()
            case AssistantItem() | ReasoningItem() if not agent:
                yield from self._begin_text(item.id, is_thought=isinstance(item, ReasoningItem))
            case _:
                pass

    def stream(self, item_id: str, text: str, *, is_thought: bool) -> Iterable[Change]:
        if item_id not in self._streaming:
            yield from self._begin_text(item_id, is_thought=is_thought)
        yield TextStreamed(item_id, text)

    def add_output(self, call_id: str, text: str) -> Iterable[Change]:
        """A tool has printed more."""
        if (call := self._ledger.call(call_id)) is not None:
            call.add_output(text)
            if call.is_users:
                yield EntryShown(present.call_entry(call))
            yield DetailChanged(call_id)

    def complete(self, item: Item, agent: tuple[str, ...]) -> Iterable[Change]:
        if self._replay is not None:
            self._replay.append(item)
            return
        match item:
            case ToolCallItem():
                yield from self.show_call(self._ledger.know(item, agent))
            case ToolResultItem():
                yield from self.show_call(self._ledger.finish(item))
                yield BarsChanged()
            case StepItem():
                yield RowShown(present.step_row(self._ledger.settle_step(item, agent)))
            case ApprovalItem() | PauseItem() | RetryItem():
                yield RowShown(wait_row(self._ledger.settle_wait(item)))
            case TurnEndItem() if not agent:
                pass  # shown with `TurnEnded`: who reads that it is done may at once do what needs an idle session
            case AssistantItem() | ReasoningItem() if self._streaming.pop(item.id, None) is not None:
                if isinstance(item, ReasoningItem):
                    yield EntryShown(Reasoning(item.id, item.text, item.duration_s))
                yield TextFinished(item.id, item.text)
                yield BarsChanged()
            case _:
                if not agent and (entry := present.entry(item, self._clock())) is not None:
                    yield EntryShown(entry)

    def supersede(self, item_id: str) -> Iterable[Change]:
        self._streaming.pop(item_id, None)
        if self._replay is not None:
            self._replay = [item for item in self._replay if isinstance(item, Unknown) or item.id != item_id]
            return
        yield EntrySuperseded(self._ledger.entry_id(item_id))

    def show_call(self, call: Call | None) -> Iterable[Change]:
        """Show how a call stands now, if it is known."""
        if call is None:
            return
        if not call.agent:
            yield EntryShown(present.call_entry(call))
        yield RowShown(present.call_row(call))
        yield DetailChanged(call.id)

    def stop(self) -> None:
        """The turn has ended: nothing comes or runs any more."""
        self._streaming.clear()
        self._ledger.stop_all()

    def _begin_text(self, item_id: str, *, is_thought: bool) -> Iterable[Change]:
        self._streaming[item_id] = is_thought
        yield EntryShown(Reasoning(item_id) if is_thought else Answer(item_id))
        yield BarsChanged()

    # Stored.

    def show_history(self, *, has_earlier: bool) -> Iterable[Change]:
        """The replay has ended."""
        items, self._replay = self._replay or [], None
        page = self.add_stored(items, has_earlier=has_earlier, at_front=False)
        yield page._replace(prompts=()) if self._prompts_are_known else page
        if (call := self._ledger.newest_call) is not None:
            yield DetailChanged(call.id)
        yield BarsChanged()

    def add_stored(self, items: Sequence[Item], *, has_earlier: bool, at_front: bool) -> HistoryShown:
        """Take stored items, oldest first; `at_front` if they are earlier than all that came."""
        if ids := [item.id for item in items if not isinstance(item, Unknown)]:
            self.oldest_id = ids[0]
        stored = self._ledger.take_stored(items, at_front=at_front)
        return history_page(stored, self._clock(), has_earlier=has_earlier)

    def forget(self) -> Iterable[Change]:
        """The items that count follow, as they do when a session is opened."""
        self._replay, self.oldest_id, self._prompts_are_known = [], None, True
        self._streaming.clear()
        self._ledger.clear()
        yield HistoryForgotten()
