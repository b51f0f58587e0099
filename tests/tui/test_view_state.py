from __future__ import annotations

from collections.abc import Callable

import pytest

from codex_core.protocol import (
    ApprovalResolved,
    Approve,
    Completed,
    Envelope,
    Event,
    Failed,
    HistoryReplayed,
    InputRequested,
    InputResolved,
    ItemCompleted,
    ItemStarted,
    ItemSuperseded,
    ModelFailedQuestion,
    Paused,
    PauseRequested,
    Question,
    ReasoningDelta,
    ReasoningItem,
    Resumed,
    RetryScheduled,
    StateChanged,
    StepStarted,
    TextDelta,
    ToolOutputDelta,
    TurnEnded,
    TurnStarted,
    Usage,
    UsageUpdated,
)
from codex_tui.changes import (
    Change,
    Ended,
    EntryShown,
    EntrySuperseded,
    HistoryShown,
    RowShown,
    TextFinished,
    TextStreamed,
)
from codex_tui.transcript import Answer, Reasoning, Separator, ToolCall, UserTurn
from codex_tui.view_state import ViewState
from tests.support.scripted_session import NOON, ScriptedSession, answer, approval, call, result, user


class Story:
    """A view state and the changes that its events made."""

    def __init__(self) -> None:
        self.now = NOON
        self.view = ViewState(lambda: self.now)
        self.session = ScriptedSession()
        self.changes: list[Change] = []
        self._seq = 0

    def tell(self, *events: Event, agent: tuple[str, ...] = ()) -> list[Change]:
        told: list[Change] = []
        for event in events:
            self._seq += 1
            told += self.view.apply(Envelope(seq=self._seq, agent=agent, at=self.now, event=event))
        self.changes += told
        return told

    def become(self, status: str) -> list[Change]:
        self.session.become(status)  # pyright: ignore[reportArgumentType]
        return self.tell(StateChanged(state=self.session.state))


@pytest.fixture
def story() -> Story:
    story = Story()
    story.become("idle")
    story.tell(HistoryReplayed(total=0, replayed=0))
    return story


def entries(changes: list[Change]) -> list[object]:
    return [change.entry for change in changes if isinstance(change, EntryShown)]


def of(changes: list[Change], kind: type[Change]) -> list[Change]:
    return [change for change in changes if isinstance(change, kind)]


def test_before_the_first_state_it_connects() -> None:
    assert ViewState(lambda: 0.0).phase == "connecting"


def test_stored_items_come_all_at_once_in_their_order() -> None:
    story = Story()
    story.become("idle")
    read = call("read_file", '{"path": "a.py"}', "c1")
    stored = (user("hello"), read, result(read), answer("done", "t1"))
    assert not of(story.tell(*(ItemCompleted(item=item) for item in stored)), EntryShown)
    (shown,) = of(story.tell(HistoryReplayed(total=10, replayed=4)), HistoryShown)
    assert isinstance(shown, HistoryShown)
    assert [type(entry) for entry in shown.entries] == [UserTurn, ToolCall, Answer]
    assert shown.entries[1] == ToolCall("c1", "read", "a.py", "ok")
    assert [row.id for row in shown.rows] == ["c1"]
    assert shown.prompts == ("hello",)
    assert shown.has_earlier
    assert story.view.oldest_id == stored[0].id


def test_a_result_whose_call_lies_earlier_finds_it_when_that_page_comes() -> None:
    story = Story()
    story.become("idle")
    read = call("read_file", '{"path": "a.py"}', "c1")
    story.tell(ItemCompleted(item=result(read, status="error")), HistoryReplayed(total=2, replayed=1))
    page = story.view.add_stored([read], has_earlier=False, at_front=True)
    assert page.entries == (ToolCall("c1", "read", "a.py", "error"),)


def test_text_streams_into_an_entry_and_its_completion_is_the_last_word(story: Story) -> None:
    story.tell(
        ItemStarted(item=answer("", "t1")), TextDelta(item_id="t1", text="Hel"), TextDelta(item_id="t1", text="lo")
    )
    story.tell(ItemCompleted(item=answer("Hello!", "t1")))
    assert entries(story.changes) == [Answer("t1")]
    assert of(story.changes, TextStreamed) == [TextStreamed("t1", "Hel"), TextStreamed("t1", "lo")]
    assert of(story.changes, TextFinished) == [TextFinished("t1", "Hello!")]


def test_a_delta_without_a_beginning_begins_its_entry(story: Story) -> None:
    assert entries(story.tell(TextDelta(item_id="t9", text="x"))) == [Answer("t9")]


def test_thinking_is_told_with_its_time(story: Story) -> None:
    thought = ReasoningItem(id="r1", at=NOON, text="", provider="p", model="m")
    story.tell(ItemStarted(item=thought), ReasoningDelta(item_id="r1", text="hm"))
    whole = ReasoningItem(id="r1", at=NOON, text="hm.", provider="p", model="m", duration_s=3.0)
    told = story.tell(ItemCompleted(item=whole))
    assert entries(told) == [Reasoning("r1", "hm.", 3.0)]


def test_a_call_goes_from_wish_to_result_in_one_entry_and_one_row(story: Story) -> None:
    shell = call("shell", '{"command": "pytest -q"}', "c1")
    story.tell(ItemCompleted(item=shell), ItemStarted(item=shell), ToolOutputDelta(call_id="c1", text="...F"))
    title, blocks = story.view.ledger.detail("c1") or ("", ())
    assert title == "shell pytest -q"
    assert "...F" in str(blocks)
    story.tell(ItemCompleted(item=result(shell, output="boom\nE  assert", status="error", took_s=2.1)))
    assert {entry.id for entry in entries(story.changes) if isinstance(entry, ToolCall)} == {"c1"}
    last = entries(story.changes)[-1]
    assert last == ToolCall("c1", "shell", "pytest -q", "error", "2.1s", ("boom", "E  assert"))
    rows = [change.row for change in story.changes if isinstance(change, RowShown)]
    assert rows[1].since_s == NOON
    assert (rows[-1].status, rows[-1].duration_s, rows[-1].since_s) == ("error", 2.1, None)


def test_an_approval_puts_its_call_in_waiting_and_takes_it_out_again(story: Story) -> None:
    edit = call("edit_file", '{"path": "a.py"}', "c1")
    story.tell(ItemCompleted(item=edit))
    story.session.ask(approval("c1", "Edit a.py"))
    from codex_core.protocol import ApprovalRequested

    told = story.tell(ApprovalRequested(request=approval("c1", "Edit a.py")))
    assert entries(told) == [ToolCall("c1", "edit", "a.py", "waiting", "+5 −2")]
    assert story.view.panel is not None
    assert story.view.activity == "" or story.view.activity == "waits for your answer"
    story.tell(ApprovalResolved(request_id="approval_1", call_id="c1", answer=Approve()))
    assert story.view.panel is None


def test_questions_wait_in_line_and_say_how_many(story: Story) -> None:
    story.tell(InputRequested(request_id="q1", request=Question(text="which?")))
    story.tell(InputRequested(request_id="q2", request=ModelFailedQuestion(error="503")))
    assert story.view.panel is not None
    assert (story.view.panel.id, story.view.panel.count) == ("q1", "1 of 2")
    story.tell(InputResolved(request_id="q1", answer=None))
    assert (story.view.panel.id, story.view.panel.count) == ("q2", "2 of 2")
    story.tell(InputResolved(request_id="q2", answer=None), InputRequested(request_id="q3", request=Question(text="?")))
    assert story.view.panel.count == ""


def test_a_pause_comes_before_the_question_it_interrupted_and_gives_it_back(story: Story) -> None:
    story.tell(InputRequested(request_id="q1", request=Question(text="which?")), Paused())
    assert story.view.panel is not None
    assert story.view.panel.title == "Paused"
    story.tell(Resumed(how="continue"))
    assert story.view.panel.id == "q1"


def test_pausing_says_what_is_waited_for(story: Story) -> None:
    story.tell(TurnStarted(turn_id="t"), PauseRequested(waiting_for="shell pytest -q"))
    story.become("pausing")
    assert story.view.activity == "pausing after shell pytest -q"


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: [StepStarted(step_id="s1", model="m")], "waiting for the model"),
        (lambda: [TextDelta(item_id="t1", text="x")], "writing"),
        (lambda: [ReasoningDelta(item_id="r1", text="x")], "thinking"),
        (lambda: [ItemStarted(item=call("grep", '{"pattern": "now"}', "c1"))], "grep now"),
        (lambda: [RetryScheduled(attempt=2, delay_s=4.0, error="503")], "attempt 2 in 4 s: 503"),
    ],
)
def test_what_goes_on_is_said_in_words(story: Story, make: Callable[[], list[Event]], words: str) -> None:
    story.tell(TurnStarted(turn_id="t"))
    story.become("running")
    story.tell(*make())
    assert story.view.activity == words


def test_a_superseded_call_is_told_by_the_id_of_its_entry(story: Story) -> None:
    wish = call("grep", "{}", "c1")
    story.tell(ItemCompleted(item=wish))
    assert of(story.tell(ItemSuperseded(item_id=wish.id)), EntrySuperseded) == [EntrySuperseded("c1")]


def test_the_end_of_a_turn_is_one_line(story: Story) -> None:
    assert entries(story.tell(TurnEnded(turn_id="t", outcome=Completed(), duration_s=14.2))) == [
        Separator("t", "done · 14 s", "completed")
    ]
    (line,) = entries(story.tell(TurnEnded(turn_id="u", outcome=Failed(error="no key"), duration_s=0.3)))
    assert line == Separator("u", "failed · 0.3 s · no key", "failed")


def test_context_and_cost_are_of_the_last_call_and_the_whole_session(story: Story) -> None:
    step = Usage(input_tokens=60_000, output_tokens=8_000)
    story.tell(UsageUpdated(step=step, session=Usage(input_tokens=90_000, output_tokens=9_000, cost_usd=0.123)))
    assert story.view.context == pytest.approx(0.34)
    assert story.view.usage_words == "99.0k tok · $0.12"


def test_what_a_sub_agent_says_stays_out_of_the_conversation(story: Story) -> None:
    told = story.tell(TextDelta(item_id="t1", text="x"), ItemCompleted(item=answer("x", "t1")), agent=("scout",))
    assert entries(told) == []
    told = story.tell(ItemCompleted(item=call("grep", '{"pattern": "x"}', "c1")), agent=("scout",))
    assert entries(told) == []
    assert [change.row.label for change in told if isinstance(change, RowShown)] == ["scout/grep"]


def test_invalid_arguments_and_hostile_names_are_shown_and_do_not_raise(story: Story) -> None:
    story.tell(ItemCompleted(item=call("[bold]x\x1b[2J", "{not json", "c1")))
    story.tell(ItemCompleted(item=call("edit_file", '["a", 1]', "c2")))
    story.tell(ItemCompleted(item=call("edit_file", "[" * 100_000, "c3")))
    assert len(entries(story.changes)) == 3


def test_a_result_nobody_asked_for_changes_nothing(story: Story) -> None:
    assert entries(story.tell(ItemCompleted(item=result(call("x", "{}", "c404"))))) == []


def test_the_closed_session_ends_the_screen(story: Story) -> None:
    assert of(story.become("closed"), Ended) == [Ended()]


def test_live_output_is_kept_within_bounds(story: Story) -> None:
    shell = call("shell", "{}", "c1")
    story.tell(ItemStarted(item=shell))
    for number in range(3000):
        story.tell(ToolOutputDelta(call_id="c1", text=f"{number:05} " + "x" * 94))
    kept = story.view.ledger.call("c1")
    assert kept is not None
    assert len(kept.output) <= 2 * 64_000
    assert "02999 " in kept.output
