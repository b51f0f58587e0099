"""Puts the pieces of a streamed reply together. Pure: knows no provider, no litellm, no clock.

Providers differ in how they cut tool calls into fragments; the rules here are the union of what was seen. LiteLLM's
own `stream_chunk_builder` merges calls that share an index and drops those without an id.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import cast

from codex_core.llm.provider import ModelCall
from codex_core.protocol import Json, JsonObject


@dataclass(slots=True)
class _Brackets:
    """Follows JSON that comes in pieces. Each character is looked at once, however many pieces there are."""

    has_closed: bool = False
    """A bracket has closed what the first one opened."""
    _depth: int = 0
    _is_in_text: bool = False
    _is_escaped: bool = False

    def follow(self, piece: str) -> None:
        for character in piece:
            if self._is_escaped:
                self._is_escaped = False
            elif self._is_in_text:
                self._is_escaped = character == "\\"
                self._is_in_text = character != '"'
            elif character == '"':
                self._is_in_text = True
            elif character in "{[":
                self._depth += 1
            elif character in "}]":
                self._depth -= 1
                self.has_closed = self.has_closed or self._depth == 0


@dataclass(slots=True)
class _OpenCall:
    call_id: str = ""
    name: str = ""
    fragments: list[str] = field(default_factory=list[str])
    _brackets: _Brackets = field(default_factory=_Brackets)
    _followed: int = 0
    """Fragments that the brackets know."""
    _is_complete: bool | None = None
    """Settled when the brackets have closed: nothing that follows makes it JSON again."""

    @property
    def arguments(self) -> str:
        return "".join(self.fragments)

    def is_other_than(self, call_id: str, name: str) -> bool:
        """Does a fragment with this id and name begin another call at the same index?"""
        if call_id and self.call_id:
            return call_id != self.call_id
        return bool(name and self.name) and self._has_all_arguments()

    def _has_all_arguments(self) -> bool:
        """Some providers repeat the name with each of many thousand fragments: the whole is parsed once."""
        if self._is_complete is None:
            for fragment in self.fragments[self._followed :]:
                self._brackets.follow(fragment)
            self._followed = len(self.fragments)
            if self._brackets.has_closed:
                self._is_complete = _is_json(self.arguments)
        return bool(self._is_complete)


class CallAccumulator:
    """Collects the fragments of tool calls."""

    def __init__(self) -> None:
        self._calls: list[_OpenCall] = []
        self._by_index: dict[int | None, _OpenCall] = {}
        self._by_id: dict[str, _OpenCall] = {}

    def add(self, *, index: int | None, call_id: str, name: str, arguments: str) -> str | None:
        """Take a fragment; what it does not carry is empty. Return the name of the call if it begins one."""
        call = self._by_index.get(index)
        begins = False
        if call is None or call.is_other_than(call_id, name):
            call = self._continued(call_id, name)
            begins = call is None
            if call is None:
                call = _OpenCall()
                self._calls.append(call)
            self._by_index[index] = call
        begins = begins or (bool(name) and not call.name)
        call.call_id = call.call_id or call_id
        self._by_id.setdefault(call.call_id, call)
        call.name = call.name or name
        call.fragments.append(arguments)
        return call.name if begins and call.name else None

    def calls(self) -> tuple[ModelCall, ...]:
        """Return the calls in the order in which they began, each with an id of its own."""
        finished: list[ModelCall] = []
        taken: set[str] = set()
        for call in self._calls:
            call_id = call.call_id if call.call_id and call.call_id not in taken else f"call_{uuid.uuid4().hex[:24]}"
            taken.add(call_id)
            finished.append(ModelCall(call_id=call_id, name=call.name, arguments=call.arguments.strip() or "{}"))
        return tuple(finished)

    def _continued(self, call_id: str, name: str) -> _OpenCall | None:
        """The call that a nameless fragment at a new index goes on with: that of its id, else the last one."""
        if name or not self._calls:
            return None
        if not call_id:
            return self._calls[-1]
        return self._by_id.get(call_id)


class ThinkingAccumulator:
    """Collects thinking blocks in the shape in which the provider wants them back."""

    def __init__(self) -> None:
        self._blocks: list[JsonObject] = []
        self._texts: list[str] = []

    def add(self, block: Mapping[str, Json]) -> None:
        """Take a piece of a block. The signature comes with the last piece and covers all of its text."""
        if block.get("type") == "redacted_thinking":
            self._blocks.append({"type": "redacted_thinking", "data": block.get("data")})
            return
        self._texts.append(str(block.get("thinking") or ""))
        if signature := block.get("signature"):
            self._blocks.append({"type": "thinking", "thinking": "".join(self._texts), "signature": signature})
            self._texts = []

    def blocks(self) -> tuple[JsonObject, ...]:
        """Return the finished blocks; one that never got its signature would be refused and is left out."""
        return tuple(self._blocks)


def _is_json(text: str) -> bool:
    try:
        cast(object, json.loads(text))
    except (ValueError, RecursionError):
        return False
    return True
