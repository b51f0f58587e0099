"""Tool calls and model calls as the screen remembers them, from the first sign to the result."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from codex_core.protocol import (
    ApprovalRequest,
    Block,
    CommandBlock,
    DiffBlock,
    StepItem,
    StepPurpose,
    TextBlock,
    ToolCallItem,
    ToolResultItem,
    Usage,
)
from codex_tui.detail.blocks import arguments_block, arguments_facts, words_of
from codex_tui.labels import subject_of, verb_of
from codex_tui.quoted import unquoted
from codex_tui.raw import raw_json

CallState: TypeAlias = Literal["waiting", "asked", "running", "ok", "error", "denied", "interrupted", "timeout"]
OUTPUT_LIMIT = 64_000
"""Characters of live output that are kept for the detail pane; the newest count."""


@dataclass(slots=True, kw_only=True)
class Call:
    """One tool call."""

    item: ToolCallItem
    agent: tuple[str, ...] = ()
    state: CallState = "waiting"
    started: float | None = None
    """Seconds since 1970; None while it does not run."""
    asked_at: float | None = None
    """When somebody was asked about it, in the same seconds."""
    request: ApprovalRequest | None = None
    """The newest one that asked about it; stays when it is answered, because it knows the summary."""
    result: ToolResultItem | None = None
    _output: list[str] = field(default_factory=list[str])
    _output_size: int = 0

    @property
    def id(self) -> str:
        return self.item.call_id

    @property
    def verb(self) -> str:
        return "!" if self.is_users else verb_of(self.item.name)

    @property
    def is_users(self) -> bool:
        """The user typed it; no model asked for it."""
        return self.item.by == "user"

    @property
    def subject(self) -> str:
        return subject_of(self.item.arguments)

    @property
    def is_open(self) -> bool:
        return self.result is None

    def add_output(self, text: str) -> None:
        self._output.append(text)
        self._output_size += len(text)
        if self._output_size > 2 * OUTPUT_LIMIT:
            kept = "".join(self._output)[-OUTPUT_LIMIT:]
            self._output, self._output_size = [kept], len(kept)

    def output_end(self, characters: int) -> str:
        """The newest of what it has printed. Costs no more than what it returns."""
        chunks: list[str] = []
        for chunk in reversed(self._output):
            chunks.append(chunk[-characters:])
            characters -= len(chunk)
            if characters <= 0:
                break
        return "".join(reversed(chunks))

    @property
    def output(self) -> str:
        """What it has printed so far, at least the newest part."""
        if len(self._output) > 1:
            self._output = ["".join(self._output)]
        return self._output[0] if self._output else ""

    def blocks(self) -> tuple[Block, ...]:
        """What there is to see of it now."""
        if self.result is not None:
            decided = (TextBlock(text="\n".join(map(unquoted, self.result.decided))),) if self.result.decided else ()
            if self.result.display:
                return (*self.result.display, *decided)
            if not self.result.output:
                return (self._arguments(), *decided)
            return (TextBlock(text=self.result.output), arguments_facts(self.item.arguments), *decided)
        if self._output:
            return (CommandBlock(command=self.subject, output=self.output, exit_code=None),)
        if self.request is not None and self.request.display:
            return self.request.display
        return (self._arguments(),)

    @property
    def pages(self) -> tuple[str, ...]:
        """The sides from which it can be seen; `blocks` is the first one."""
        blocks = self.result.display if self.result is not None else self.request.display if self.request else ()
        if any(isinstance(block, DiffBlock) for block in blocks):
            return ("diff", *(("output",) if self.result is not None else ()), "arguments", "raw")
        has_output = bool(blocks or self._output or (self.result is not None and self.result.output))
        return ("output", "arguments", "raw") if has_output else ("arguments", "raw")

    def page(self, name: str) -> tuple[Block, ...]:
        """What is seen from one of these sides."""
        if name == self.pages[0]:
            return self.blocks()
        match name:
            case "output":
                return (TextBlock(text=self.result.output if self.result is not None else self.output),)
            case "arguments":
                return (self._arguments(),)
            case _:
                return (TextBlock(text=raw_json(self.item, self.result, self.request), language="json"),)

    def words(self) -> str:
        """All text of its blocks, to be searched; more than is seen does no harm."""
        if self.result is not None:
            shown = [words_of(block) for block in self.result.display]
            return "\n".join((self.item.arguments, self.result.output, *self.result.decided, *shown))
        asked = [words_of(block) for block in self.request.display] if self.request is not None else []
        return "\n".join((self.item.arguments, self.output, *asked))

    def _arguments(self) -> Block:
        return arguments_block(self.item.arguments)


@dataclass(slots=True, kw_only=True)
class Step:
    """One model call."""

    id: str
    model: str
    at: float
    purpose: StepPurpose = "reply"
    agent: tuple[str, ...] = ()
    usage: Usage | None = None
    duration_s: float | None = None
    error: str = ""
    item: StepItem | None = None
    """As it is stored; None until it has ended."""
