"""Tells what fills the model's window. Pure."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from typing import TypeAlias

from codex_core.agent.instructions import InstructionFile
from codex_core.agent.room import Room
from codex_core.agent.window import estimated_tokens, in_window, tokens_of, told_tokens
from codex_core.protocol import (
    AssistantItem,
    CompactionItem,
    ContextKind,
    ContextPart,
    ContextUse,
    Item,
    ReasoningItem,
    ToolCallItem,
    ToolResultItem,
    ToolSpec,
    UserItem,
)

_Where: TypeAlias = tuple[ContextKind, str]
_ORDER: tuple[ContextKind, ...] = ("fixed", "summary", "user", "model", "output")


def context_use(
    items: Sequence[Item],
    *,
    instructions: str,
    files: Sequence[InstructionFile],
    tools: Sequence[ToolSpec],
    room: Room,
) -> ContextUse:
    """`instructions` is the whole system message, of which `files` are a part."""
    window = in_window(items)
    estimated = _parts(window) + _fixed(instructions, files, tools)
    total = sum(estimated.values())
    told = told_tokens(items)
    used = told.tokens if told is not None else total
    parts = [
        ContextPart(kind=kind, name=name, tokens=round(tokens * used / total) if total else 0)
        for (kind, name), tokens in estimated.items()
        if tokens
    ]
    parts.sort(key=lambda part: (_ORDER.index(part.kind), -part.tokens))
    return ContextUse(
        used_tokens=used,
        is_measured=told is not None and told.is_measured,
        window_tokens=room.size(),
        limit_tokens=room.limit(),
        parts=tuple(parts),
        summary=next((item.summary for item in window if isinstance(item, CompactionItem)), ""),
    )


def _fixed(instructions: str, files: Sequence[InstructionFile], tools: Sequence[ToolSpec]) -> Counter[_Where]:
    parts: Counter[_Where] = Counter()
    for file in files:
        parts["fixed", str(file.path)] += estimated_tokens(file.text)
    parts["fixed", "instructions"] += max(0, estimated_tokens(instructions) - parts.total())
    for spec in tools:
        name = f"tools of {spec.server}" if spec.server is not None else "tools"
        parts["fixed", name] += estimated_tokens(f"{spec.description}{json.dumps(spec.parameters)}")
    return parts


def _parts(window: Sequence[Item]) -> Counter[_Where]:
    parts: Counter[_Where] = Counter()
    for item in window:
        if (where := _where(item)) is not None:
            parts[where] += tokens_of(item)
    return parts


def _where(item: Item) -> _Where | None:
    match item:
        case CompactionItem():
            return "summary", "summary of what came before"
        case UserItem() | ToolCallItem(by="user"):
            return "user", "what you said"
        case AssistantItem():
            return "model", "answers"
        case ReasoningItem():
            return "model", "thoughts"
        case ToolCallItem():
            return "model", "tool calls"
        case ToolResultItem(name=name):
            return "output", f"output of {name}"
        case _:
            return None
