"""The lines of `exec --json`: events of a session in the schema of `codex exec --json`.

`thread.started`, `turn.started|completed|failed`, `item.started|updated|completed`, `error`; what an item looks like
was taken from the type definitions of `@openai/codex-sdk` 0.163. Tools that Codex has no item type for come as the
extra type `tool_call`; more that we say is in extra fields. An item is called completed only after it is committed,
because the session says so only then.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Literal, TypeAlias, cast

from codex_core.protocol import (
    AssistantItem,
    CommandBlock,
    Completed,
    DiffBlock,
    Event,
    Failed,
    Item,
    ItemCompleted,
    ItemStarted,
    Json,
    JsonObject,
    LimitReached,
    NoticeItem,
    PlanBlock,
    ReasoningItem,
    RetryScheduled,
    Stopped,
    ToolCallItem,
    ToolResultItem,
    TurnEnded,
    TurnStarted,
    Usage,
    UsageUpdated,
    new_id,
)

Line: TypeAlias = dict[str, Json]
Status: TypeAlias = Literal["in_progress", "completed", "failed", "declined"]

_FILE_TOOLS = ("apply_patch", "edit_file", "write_file")
_PLAN_TOOL = "update_plan"


def thread_started(session_id: str) -> Line:
    return {"type": "thread.started", "thread_id": session_id}


def failure(message: str) -> Line:
    """An error outside of any turn."""
    return {"type": "error", "message": message}


def as_text(line: Line) -> str:
    """One line of ASCII, whatever the text in it is."""
    return json.dumps(line, separators=(",", ":"))


class TurnLines:
    """Turns the events of one turn into lines."""

    def __init__(self) -> None:
        self._calls: dict[str, ToolCallItem] = {}
        self._usage = Usage()
        self._plan: Line | None = None

    def of(self, event: Event) -> Iterator[Line]:
        match event:
            case TurnStarted():
                yield {"type": "turn.started"}
            case ItemStarted(item=ToolCallItem() as call):
                if call.name not in (*_FILE_TOOLS, _PLAN_TOOL):  # Codex tells of those when they are done
                    yield {"type": "item.started", "item": _call_item(call, None)}
            case ItemCompleted(item=item):
                yield from self._completed(item)
            case UsageUpdated(step=step):
                self._usage += step
            case RetryScheduled(attempt=attempt, error=error, delay_s=delay_s):
                message = f"{error} (attempt {attempt} in {delay_s:.0f} s)"
                yield _item_line("completed", {"id": new_id("retry"), "type": "error", "message": message})
            case TurnEnded():
                if self._plan is not None:
                    yield _item_line("completed", self._plan)
                yield self._end(event)
            case _:
                pass

    def _completed(self, item: Item) -> Iterator[Line]:
        match item:
            case AssistantItem(text=text) if text.strip():
                line: Line = {"id": item.id, "type": "agent_message", "text": text}
                yield _item_line("completed", line | {"truncated": True} if item.truncated else line)
            case ReasoningItem(text=text) if text.strip():
                yield _item_line("completed", {"id": item.id, "type": "reasoning", "text": text})
            case ToolCallItem():
                self._calls[item.call_id] = item
            case ToolResultItem():
                yield from self._result(item)
            case NoticeItem(level="warning" | "error", text=text):
                yield _item_line("completed", {"id": item.id, "type": "error", "message": text})
            case _:
                pass

    def _result(self, result: ToolResultItem) -> Iterator[Line]:
        call = self._calls.get(result.call_id)
        if call is None:  # it was called in an earlier turn, and settled now
            call = ToolCallItem(id=result.id, at=result.at, call_id=result.call_id, name=result.name, arguments="{}")
        plan = next((block for block in result.display if isinstance(block, PlanBlock)), None)
        if plan is None or result.status != "ok":
            yield _item_line("completed", _call_item(call, result))
            return
        steps = [{"text": step.text, "completed": step.status == "completed"} for step in plan.steps]
        is_first = self._plan is None
        item_id = call.id if self._plan is None else self._plan["id"]
        self._plan = {"id": item_id, "type": "todo_list", "items": steps}
        yield _item_line("started" if is_first else "updated", self._plan)

    def _end(self, end: TurnEnded) -> Line:
        match end.outcome:
            case Completed():
                return {"type": "turn.completed", "usage": _usage(self._usage)}
            case Failed(error=error):
                message = error
            case LimitReached(which=which):
                message = f"limit reached: {which}"
            case Stopped():
                message = "interrupted"
        return {"type": "turn.failed", "error": {"message": message}, "usage": _usage(self._usage)}


def _item_line(what: Literal["started", "updated", "completed"], item: Line) -> Line:
    return {"type": f"item.{what}", "item": item}


def _usage(usage: Usage) -> Line:
    line: Line = {
        "input_tokens": usage.input_tokens,
        "cached_input_tokens": usage.cached_input_tokens,
        "output_tokens": usage.output_tokens,
        "reasoning_output_tokens": usage.reasoning_tokens,
    }
    return line if usage.cost_usd is None else line | {"cost_usd": usage.cost_usd}


def _call_item(call: ToolCallItem, result: ToolResultItem | None) -> Line:
    """The item of a tool call; `result` is None while it runs."""
    if call.name == "shell":
        return _command(call, result)
    if call.name.startswith("mcp__"):
        return _mcp_call(call, result)
    if call.name in _FILE_TOOLS and result is not None:
        return _file_change(call, result)
    line: Line = {"id": call.id, "type": "tool_call", "name": call.name, "arguments": _arguments(call)}
    if result is not None:
        line["output"] = result.output
    return line | {"status": _status(result)}


def _command(call: ToolCallItem, result: ToolResultItem | None) -> Line:
    arguments = _arguments(call)
    command = arguments.get("command") if isinstance(arguments, dict) else None
    line: Line = {
        "id": call.id,
        "type": "command_execution",
        "command": command if isinstance(command, str) else call.arguments,
        "aggregated_output": "",
    }
    status = _status(result)
    if result is not None:
        shown = next((block for block in result.display if isinstance(block, CommandBlock)), None)
        line["aggregated_output"] = result.output if shown is None else shown.output
        if shown is not None and shown.exit_code is not None:
            line["exit_code"] = shown.exit_code
            status = "failed" if status == "completed" and shown.exit_code != 0 else status
    return line | {"status": status}


def _file_change(call: ToolCallItem, result: ToolResultItem) -> Line:
    changes: list[Line] = []
    for block in result.display:
        if isinstance(block, DiffBlock):
            for file in block.files:
                if file.old_path is not None:
                    changes.append({"path": file.old_path, "kind": "delete"})
                changes.append({"path": file.path, "kind": "add" if file.old_path is not None else file.kind})
    is_done = result.status == "ok"
    line: Line = {
        "id": call.id,
        "type": "file_change",
        "changes": changes,
        "status": "completed" if is_done else "failed",  # the schema has no `declined` here
    }
    return line if is_done else line | {"error": {"message": result.output}}


def _mcp_call(call: ToolCallItem, result: ToolResultItem | None) -> Line:
    server, _, tool = call.name.removeprefix("mcp__").partition("__")
    line: Line = {
        "id": call.id,
        "type": "mcp_tool_call",
        "server": server,
        "tool": tool,
        "arguments": _arguments(call),
    }
    if result is not None and result.status == "ok":
        line["result"] = {"content": [{"type": "text", "text": result.output}], "structured_content": None}
    elif result is not None:
        line["error"] = {"message": result.output}
    status = _status(result)
    return line | {"status": "failed" if status == "declined" else status}


def _arguments(call: ToolCallItem) -> Json:
    """What the model wrote, decoded; its text where it is no JSON."""
    try:
        return cast(Json, json.loads(call.arguments or "{}"))
    except (ValueError, RecursionError):
        return call.arguments


def _status(result: ToolResultItem | None) -> Status:
    match result:
        case None:
            return "in_progress"
        case ToolResultItem(status="ok"):
            return "completed"
        case ToolResultItem(status="denied"):
            return "declined"
        case _:
            return "failed"


def arguments_of(call: ToolCallItem) -> JsonObject:
    """The decoded arguments; empty where they are no object."""
    arguments = _arguments(call)
    return cast(JsonObject, arguments) if isinstance(arguments, dict) else {}
