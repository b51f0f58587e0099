"""What a resumed session shows is what was shown live: played with a real session over a real database, twice."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, TypeAlias

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from codex_core.protocol import (
    AnswerApproval,
    AnswerInput,
    ApprovalRequested,
    Approve,
    Arguments,
    Block,
    Deny,
    Envelope,
    Event,
    HistoryReplayed,
    InputRequested,
    ModelFailedAnswer,
    ModelFailedQuestion,
    Pause,
    Paused,
    ProviderError,
    Question,
    QuestionAnswer,
    Redirect,
    Resume,
    SessionHandle,
    StateChanged,
    Stop,
    SubmitPrompt,
    TextBlock,
    TextDelta,
    TextPart,
    ToolContext,
    ToolError,
    ToolResult,
    TurnEnded,
)
from codex_core.session.replay import REPLAYED_ITEMS
from codex_tui.changes import Change, EntryShown, EntrySuperseded, HistoryShown, RowShown, TextFinished, TextStreamed
from codex_tui.timeline import TimelineRow
from codex_tui.transcript import Answer, Entry, Notice, Reasoning, Separator, UserTurn
from codex_tui.view_state import ViewState
from tests.support.scripted_provider import Breaks, Says, ScriptedProvider, call
from tests.support.scripted_tools import ScriptedTool
from tests.support.sessions import ASK, Watcher, running_session

Hand: TypeAlias = Literal["continue", "redirect", "stop"]


class Screen:
    """The entries and rows that the widgets would hold, and what the bars say."""

    def __init__(self, envelopes: Iterable[Envelope]) -> None:
        self.view = ViewState(lambda: 0.0)
        self.entries: dict[str, Entry] = {}
        self.rows: dict[str, TimelineRow] = {}
        self.superseded: list[str] = []
        for envelope in envelopes:
            for change in self.view.apply(envelope):
                self._perform(change)

    def _perform(self, change: Change) -> None:
        match change:
            case EntryShown(entry):
                self.entries[entry.id] = entry
            case TextStreamed(entry_id, text):
                entry = self.entries[entry_id]
                assert isinstance(entry, Answer | Reasoning)
                self.entries[entry_id] = entry._replace(text=entry.text + text)
            case TextFinished(entry_id, text):
                entry = self.entries[entry_id]
                assert isinstance(entry, Answer | Reasoning)
                self.entries[entry_id] = entry._replace(text=text)
            case EntrySuperseded(entry_id):
                self._supersede(entry_id)
            case RowShown(row):
                self.rows[row.id] = row
            case HistoryShown():
                self.entries |= {entry.id: entry for entry in change.entries}
                self.rows |= {row.id: row for row in change.rows}
                for entry_id in change.superseded:
                    self._supersede(entry_id)
            case _:
                pass

    def _supersede(self, entry_id: str) -> None:
        """What was said becomes a line that can be opened; of thoughts, nothing stays."""
        entry = self.entries[entry_id]
        if isinstance(entry, Answer) and entry.text.strip():
            self.superseded.append(entry_id)
        else:
            del self.entries[entry_id]

    def blocks(self, row_id: str) -> tuple[Block, ...]:
        detail = self.view.ledger.detail(row_id)
        return detail[1] if detail is not None else ()

    def shown(self) -> dict[str, object]:
        """All that stays on the screen when nothing goes on, and the detail of each step."""
        view = self.view
        return {
            "entries": list(self.entries.values()),
            "superseded": self.superseded,
            "rows": list(self.rows.values()),
            "details": {row.id: view.ledger.detail(row.id) for row in self.rows.values()},
            "changes": view.ledger.changes(),
            "tokens and cost": view.usage_words,
            "context": view.context,
            "time": view.elapsed_s,
            "activity": view.activity,
        }


class Asks(ScriptedTool):
    """As `ask_user` does."""

    async def run(self, args: Arguments, ctx: ToolContext) -> ToolResult:
        answer = await ctx.ask(Question(text="Which one?", options=("red", "violet")))
        return ToolResult(output=f"The user answered: {answer.text}")


TOOLS = (
    ScriptedTool("look"),
    ScriptedTool("write", kind="write", output="written"),
    ScriptedTool("fail", error=ToolError("no such file")),
    Asks("ask_user"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Played:
    """A turn: what the model does, and what the user does when a reply is held in the middle."""

    replies: tuple[Says | Breaks, ...]
    hands: tuple[Hand, ...] = ()
    retries: bool = False


@dataclass(slots=True)
class User:
    """Answers whatever is asked, in a way that depends on how much was asked before."""

    session: SessionHandle
    turn: Played
    hands: list[Hand] = field(default_factory=list[Hand])
    asked: int = 0

    async def take(self, event: Event) -> None:
        match event:
            case ApprovalRequested(request=request):
                self.asked += 1
                answer = Approve() if self.asked % 2 else Deny(words="rather not")
                await self.session.submit(AnswerApproval(request_id=request.request_id, answer=answer))
            case InputRequested(request_id=request_id, request=Question()):
                await self.session.submit(AnswerInput(request_id=request_id, answer=QuestionAnswer(text="violet")))
            case InputRequested(request_id=request_id, request=ModelFailedQuestion()):
                choice = "retry" if self.turn.retries else "stop"
                await self.session.submit(AnswerInput(request_id=request_id, answer=ModelFailedAnswer(choice=choice)))
            case TextDelta(text=text) if text.endswith("…"):
                await self.session.submit(Pause())
            case Paused():
                match self.hands.pop(0):
                    case "continue":
                        await self.session.submit(Resume())
                    case "redirect":
                        await self.session.submit(Redirect(text="rather so"))
                    case "stop":
                        await self.session.submit(Stop())
            case _:
                pass


async def play(turn: Played, number: int, session: SessionHandle, watcher: Watcher) -> None:
    user = User(session, turn, list(turn.hands))
    await session.submit(SubmitPrompt(parts=(TextPart(text=f"prompt {number}"),)))
    while True:
        event = await watcher.next(object)
        await user.take(event)  # pyright: ignore[reportArgumentType] all that a watcher sees are events
        if isinstance(event, TurnEnded):
            return


async def live_and_resumed(folder: Path, turns: Iterable[Played], *, max_steps: int | None = None) -> list[Screen]:
    """Play the turns, close, open again; return both screens."""
    provider = ScriptedProvider([])
    async with running_session(folder, provider, TOOLS, mode=ASK, max_steps=max_steps) as (session, watcher):
        await _settled(watcher)
        for number, turn in enumerate(turns):
            provider.script = [*turn.replies, *(Says(text=f"spare {index}") for index in range(4))]
            await play(turn, number, session, watcher)
        live, session_id = Screen(watcher.envelopes), session.session_id
    async with running_session(folder, provider, TOOLS, mode=ASK, resume=session_id) as (_, watcher):
        await _settled(watcher)
        return [live, Screen(watcher.envelopes)]


async def _settled(watcher: Watcher) -> None:
    """All that is stored has come, and the size of the context is known."""
    await watcher.next(HistoryReplayed)
    if not any(_knows_context(event) for event in watcher.seen):
        await watcher.next(StateChanged, _knows_context)


def _knows_context(event: object) -> bool:
    return isinstance(event, StateChanged) and event.state.context_window is not None


def compare(turns: Iterable[Played], *, max_steps: int | None = None) -> Screen:
    """Play them both ways; fail where the two differ. Returns the resumed one."""
    with tempfile.TemporaryDirectory() as folder:
        live, resumed = asyncio.run(live_and_resumed(Path(folder), turns, max_steps=max_steps))
    assert resumed.shown() == live.shown()
    return resumed


LATER = ProviderError("overloaded", kind="overloaded", status=529, retryable=True, retry_after_s=0.001)
NEVER = ProviderError("the key is wrong", kind="auth", status=401)

words = st.sampled_from(["", "Hm.", "I look at *this* and at that."])
some_calls = st.lists(
    st.sampled_from([call(name) for name in ("look", "write", "fail", "ask_user", "nobody")]), min_size=1, max_size=3
)
works = st.builds(Says, thought=words, text=words, later_thought=words, calls=some_calls.map(tuple))
breaks = st.builds(Breaks, error=st.sampled_from([LATER, LATER, NEVER]), after=words)
ends = st.builds(
    Says, thought=words, text=words, later_thought=words, finish=st.sampled_from(["stop", "stop", "length", "filter"])
)
hands: st.SearchStrategy[Hand] = st.sampled_from(["continue", "redirect", "stop"])


@st.composite
def turns(draw: st.DrawFn) -> Played:
    replies: list[Says | Breaks] = draw(st.lists(works | breaks, max_size=4))
    hand = draw(st.none() | hands)
    if hand is not None:
        cut = Says(thought="Well", text="half a word…", hold=asyncio.Event())
        replies.insert(draw(st.integers(0, len(replies))), cut)
    replies.append(draw(ends))
    return Played(replies=tuple(replies), hands=() if hand is None else (hand,), retries=draw(st.booleans()))


@settings(max_examples=60, deadline=None, derandomize=True)
@given(st.lists(turns(), min_size=1, max_size=3))
def test_a_resumed_session_shows_what_was_shown_live(turns: list[Played]) -> None:
    compare(turns)


def test_model_calls_come_back_with_their_tokens_and_turns_with_their_ends() -> None:
    done = Played(replies=(Breaks(error=LATER, after="half"), Says(calls=(call("look"),)), Says(text="Done.")))
    failed = Played(replies=(Breaks(error=NEVER),))
    resumed = compare([done, failed])
    rows = [(row.label, row.status, row.subject) for row in resumed.rows.values()]
    assert rows == [
        ("model", "error", "model · overloaded"),
        ("retry", "retry", "attempt 2 · overloaded"),
        ("model", "model", "model · 5 tok"),
        ("look", "ok", ""),
        ("model", "model", "model · 5 tok"),
        ("model", "error", "model · the key is wrong"),
    ]
    ends = [entry for entry in resumed.entries.values() if isinstance(entry, Separator)]
    assert [end.outcome for end in ends] == ["completed", "failed"]
    assert ends[1].text.endswith("the key is wrong")
    assert resumed.view.usage_words == "30 tok"
    assert resumed.view.context == 0.00015


def test_what_was_asked_stands_in_the_timeline_with_its_answer() -> None:
    calls = Says(calls=(call("write"), call("write")))
    resumed = compare([Played(replies=(calls, Says(text="Done.")))])
    asked = [row for row in resumed.rows.values() if row.kind == "approval"]
    assert [(row.status, row.subject) for row in asked] == [
        ("allowed", "yes · write"),
        ("refused", "no: rather not · write"),
    ]
    assert all(row.is_question and row.duration_s is not None for row in asked)
    (shown,) = [block for block in resumed.blocks(asked[1].id) if isinstance(block, TextBlock)]
    assert "answer\tyou said no: rather not" in shown.text
    assert "because\t" in shown.text


@pytest.mark.parametrize(
    ("hand", "words"), [("continue", "you continued"), ("redirect", "you redirected"), ("stop", "you stopped")]
)
def test_a_pause_stands_in_the_timeline_with_its_end(hand: Hand, words: str) -> None:
    cut = Says(text="half a word…", hold=asyncio.Event())
    resumed = compare([Played(replies=(cut, Says(text="Done.")), hands=(hand,))])
    (pause,) = [row for row in resumed.rows.values() if row.kind == "pause"]
    assert pause.subject == words
    assert pause.duration_s is not None


def test_what_a_pause_or_a_failure_cut_off_is_told_of_again() -> None:
    paused = Played(
        replies=(Says(thought="Well", text="half a word…", hold=asyncio.Event()), Says(text="Done.")),
        hands=("continue",),
    )
    broken = Played(replies=(Breaks(error=LATER, after="half a reply"), Says(text="Done.")))
    resumed = compare([paused, broken])
    texts = [
        (entry.text, entry.id in resumed.superseded) for entry in resumed.entries.values() if isinstance(entry, Answer)
    ]
    assert texts == [("half a word…", True), ("Done.", False), ("half a reply", True), ("Done.", False)]
    assert not any(isinstance(entry, Reasoning) for entry in resumed.entries.values())


def test_a_limit_is_told_again() -> None:
    resumed = compare([Played(replies=(Says(calls=(call("look"),)),))], max_steps=1)
    (end,) = [entry for entry in resumed.entries.values() if isinstance(entry, Separator)]
    assert end.outcome == "limit"


def test_what_the_user_answered_stands_in_the_transcript() -> None:
    resumed = compare(
        [Played(replies=(Says(calls=(call("ask_user"),)), Breaks(error=NEVER), Says(text="ok")), retries=True)]
    )
    entries = list(resumed.entries.values())
    assert [entry.text for entry in entries if isinstance(entry, UserTurn)] == ["prompt 0", "violet"]
    assert [entry.text for entry in entries if isinstance(entry, Notice)] == [
        "the model call failed · you said: try again"
    ]


def test_how_long_it_thought_is_known_again() -> None:
    resumed = compare([Played(replies=(Says(thought="Hm, well.", text="Done."),))])
    (thought,) = [entry for entry in resumed.entries.values() if isinstance(entry, Reasoning)]
    assert thought.duration_s is not None


def test_no_model_is_sent_what_is_only_for_people(tmp_path: Path) -> None:
    async def run() -> None:
        script: list[Says | Breaks] = [Says(calls=(call("ask_user"),)), Says(text="one"), Says(text="two")]
        provider = ScriptedProvider(script)
        async with running_session(tmp_path, provider, TOOLS) as (session, watcher):
            for number in range(2):
                await play(Played(replies=()), number, session, watcher)
        roles = [message["role"] for message in provider.requests[-1].messages]
        assert roles == ["system", "user", "assistant", "tool", "assistant", "user"]

    asyncio.run(run())


def test_the_sums_of_a_long_session_are_whole_though_only_its_end_is_loaded() -> None:
    count = REPLAYED_ITEMS // 3
    turns = [Played(replies=(Says(text=f"answer {number}"),)) for number in range(count)]
    with tempfile.TemporaryDirectory() as folder:
        live, resumed = asyncio.run(live_and_resumed(Path(folder), turns))
    assert len(resumed.rows) == REPLAYED_ITEMS // 4
    assert list(resumed.entries.values()) == list(live.entries.values())[-len(resumed.entries) :]
    assert resumed.view.usage_words == live.view.usage_words == "990 tok"
    assert resumed.view.elapsed_s == live.view.elapsed_s
