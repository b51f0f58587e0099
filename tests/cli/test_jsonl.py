from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from codex_cli.jsonl import TurnLines, as_text, failure, thread_started
from codex_core.protocol import (
    AssistantItem,
    CommandBlock,
    Completed,
    DiffBlock,
    Event,
    Failed,
    FileDiff,
    ItemCompleted,
    ItemStarted,
    LimitReached,
    NoticeItem,
    PlanBlock,
    PlanStep,
    ReasoningItem,
    RetryScheduled,
    Stopped,
    ToolCallItem,
    TurnEnded,
    TurnStarted,
    Usage,
    UsageUpdated,
)
from tests.support.scripted_session import answer, call, result


def lines(*events: Event) -> list[dict[str, Any]]:
    turn = TurnLines()
    return [json.loads(as_text(line)) for event in events for line in turn.of(event)]


def ran(tool: ToolCallItem, *, started: bool = True, **fields: Any) -> Sequence[Event]:
    begin = [ItemStarted(item=tool)] if started else []
    return [ItemCompleted(item=tool), *begin, ItemCompleted(item=result(tool, **fields))]


def item_of(line: dict[str, Any]) -> dict[str, Any]:
    return line["item"]


def test_a_thread_and_an_error_outside_of_a_turn() -> None:
    assert thread_started("ses_1") == {"type": "thread.started", "thread_id": "ses_1"}
    assert failure("no") == {"type": "error", "message": "no"}


def test_a_turn_ends_with_the_sum_of_what_its_model_calls_used() -> None:
    step = Usage(input_tokens=10, cached_input_tokens=4, output_tokens=3, reasoning_tokens=1)
    told = lines(
        TurnStarted(turn_id="t"),
        UsageUpdated(step=step, session=step),
        UsageUpdated(step=step, session=step + step),
        ItemCompleted(item=answer("Done.", "text_1")),
        TurnEnded(turn_id="t", outcome=Completed(), duration_s=1.0),
    )
    assert told == [
        {"type": "turn.started"},
        {"type": "item.completed", "item": {"id": "text_1", "type": "agent_message", "text": "Done."}},
        {
            "type": "turn.completed",
            "usage": {
                "input_tokens": 20,
                "cached_input_tokens": 8,
                "output_tokens": 6,
                "reasoning_output_tokens": 2,
            },
        },
    ]


def test_a_turn_that_failed_says_why() -> None:
    for outcome, message in (
        (Failed(error="the key is wrong"), "the key is wrong"),
        (LimitReached(which="3 model calls"), "limit reached: 3 model calls"),
        (Stopped(), "interrupted"),
    ):
        (line,) = lines(TurnEnded(turn_id="t", outcome=outcome, duration_s=1.0))
        assert (line["type"], line["error"]) == ("turn.failed", {"message": message})


def test_a_command_starts_and_ends_under_one_id() -> None:
    shell = call("shell", '{"command": "pytest -q"}', "c1")
    block = CommandBlock(command="pytest -q", output="1 failed\n", exit_code=1)
    started, completed = lines(*ran(shell, output="exit code 1\n1 failed", display=(block,)))
    assert started == {
        "type": "item.started",
        "item": {
            "id": "tool_c1",
            "type": "command_execution",
            "command": "pytest -q",
            "aggregated_output": "",
            "status": "in_progress",
        },
    }
    assert completed == {
        "type": "item.completed",
        "item": {
            "id": "tool_c1",
            "type": "command_execution",
            "command": "pytest -q",
            "aggregated_output": "1 failed\n",
            "exit_code": 1,
            "status": "failed",
        },
    }


def test_a_command_that_was_denied_never_started() -> None:
    shell = call("shell", '{"command": "rm -rf /"}', "c1")
    (line,) = lines(*ran(shell, started=False, output="no", status="denied"))
    assert item_of(line)["status"] == "declined"
    assert "exit_code" not in item_of(line)


def test_a_command_that_was_ended_failed() -> None:
    for status in ("interrupted", "timeout", "error"):
        (_, line) = lines(*ran(call("shell", "{}", "c"), status=status))
        assert item_of(line)["status"] == "failed"


def test_edits_are_told_when_they_are_done() -> None:
    files = (
        FileDiff(path="a.py", kind="update", added=1, removed=1, unified=""),
        FileDiff(path="new.py", kind="update", old_path="old.py", added=0, removed=0, unified=""),
        FileDiff(path="c.py", kind="delete", added=0, removed=3, unified=""),
    )
    (line,) = lines(*ran(call("apply_patch", "{}", "c1"), display=(DiffBlock(files=files),)))
    assert line == {
        "type": "item.completed",
        "item": {
            "id": "tool_c1",
            "type": "file_change",
            "changes": [
                {"path": "a.py", "kind": "update"},
                {"path": "old.py", "kind": "delete"},
                {"path": "new.py", "kind": "add"},
                {"path": "c.py", "kind": "delete"},
            ],
            "status": "completed",
        },
    }
    (denied,) = lines(*ran(call("edit_file", "{}", "c2"), status="denied", output="no"))
    assert (item_of(denied)["status"], item_of(denied)["changes"]) == ("failed", [])


def test_a_call_of_a_server_names_server_and_tool() -> None:
    tool = call("mcp__git__log__all", '{"n": 3}', "c1")
    started, completed = lines(*ran(tool, output="abc"))
    shared = {
        "id": "tool_c1",
        "type": "mcp_tool_call",
        "server": "git",
        "tool": "log__all",
        "arguments": {"n": 3},
    }
    assert item_of(started) == {**shared, "status": "in_progress"}
    content = [{"type": "text", "text": "abc"}]
    assert item_of(completed) == {
        **shared,
        "result": {"content": content, "structured_content": None},
        "status": "completed",
    }
    (_, failed) = lines(*ran(tool, output="gone", status="error"))
    assert item_of(failed) == {**shared, "error": {"message": "gone"}, "status": "failed"}


def test_the_plan_is_one_item_that_ends_with_the_turn() -> None:
    def planned(call_id: str, status: Any) -> Sequence[Event]:
        block = PlanBlock(steps=(PlanStep(text="look", status="completed"), PlanStep(text="fix", status=status)))
        return ran(call("update_plan", "{}", call_id), display=(block,))

    told = lines(
        *planned("c1", "in_progress"),
        *planned("c2", "completed"),
        TurnEnded(turn_id="t", outcome=Completed(), duration_s=1.0),
    )
    assert [line["type"] for line in told] == ["item.started", "item.updated", "item.completed", "turn.completed"]
    assert {item_of(line)["id"] for line in told[:3]} == {"tool_c1"}
    assert item_of(told[0])["items"] == [{"text": "look", "completed": True}, {"text": "fix", "completed": False}]
    assert item_of(told[2])["items"][1] == {"text": "fix", "completed": True}


def test_tools_that_codex_does_not_have_are_an_item_type_of_their_own() -> None:
    started, completed = lines(*ran(call("grep", '{"pattern": "x"}', "c1"), output="a.py:1"))
    assert item_of(started) == {
        "id": "tool_c1",
        "type": "tool_call",
        "name": "grep",
        "arguments": {"pattern": "x"},
        "status": "in_progress",
    }
    assert item_of(completed)["status"] == "completed"
    assert item_of(completed)["output"] == "a.py:1"


def test_arguments_that_are_no_json_are_told_as_text() -> None:
    for text in ('{"command": ', "[" * 100_000):
        (_, line) = lines(*ran(call("shell", text, "c1"), status="error"))
        assert item_of(line)["command"] == text


def test_thoughts_notices_and_retries_are_told_and_empty_texts_are_not() -> None:
    told = lines(
        ItemCompleted(item=ReasoningItem(id="r", at=0.0, text="hm", provider="p", model="m")),
        ItemCompleted(item=ReasoningItem(id="r2", at=0.0, text="", provider="p", model="m", opaque="x")),
        ItemCompleted(item=answer(" \n", "t")),
        ItemCompleted(item=NoticeItem(id="n", at=0.0, level="warning", text="careful")),
        ItemCompleted(item=NoticeItem(id="n2", at=0.0, level="info", text="by the way")),
        RetryScheduled(attempt=2, delay_s=1.2, error="500"),
    )
    assert [item_of(line)["type"] for line in told] == ["reasoning", "error", "error"]
    assert item_of(told[2])["message"] == "500 (attempt 2 in 1 s)"


def test_a_message_that_was_cut_says_so() -> None:
    cut = AssistantItem(id="t", at=0.0, text="half", provider="p", model="m", truncated=True)
    (line,) = lines(ItemCompleted(item=cut))
    assert item_of(line) == {"id": "t", "type": "agent_message", "text": "half", "truncated": True}


def test_any_text_is_one_line_of_ascii() -> None:
    (line,) = TurnLines().of(ItemCompleted(item=answer("a\nb\u2028\x1b[2J\ud83dü", "t")))
    assert as_text(line).isascii()
    assert as_text(line).isprintable()
