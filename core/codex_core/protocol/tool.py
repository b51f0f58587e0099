"""Tools as the loop sees them.

A tool itself says what it intends (`preview` returns an `Action`); policy decides on the Action, the screen shows
it, `run` does it and nothing else. Nobody guesses from a tool's name.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, Protocol, TypeAlias, runtime_checkable

from codex_core.protocol.display import Block
from codex_core.protocol.items import ResultStatus
from codex_core.protocol.json import Json
from codex_core.protocol.requests import Question, QuestionAnswer
from codex_core.protocol.revisions import Editable, EditHunk, Revision
from codex_core.protocol.sandbox import Denial, Sandbox, SandboxPolicy
from codex_core.protocol.tool_spec import ToolSpec

ActionKind: TypeAlias = Literal["read", "write", "exec", "network", "other"]


@dataclass(frozen=True, slots=True, kw_only=True)
class FileChange:
    """One file as it was seen and as it will be. `run` writes exactly these bytes, or nothing."""

    path: Path
    """Absolute and resolved."""
    before: bytes | None
    """The content that the change was made from; None if there was no file."""
    after: bytes | None
    """The content to write; None to delete."""
    mode: int | None = None
    """Permission bits to give; None keeps the file's own, or the umask's default for a new file."""
    moved_from: Path | None = None
    """Set on the new path of a move. The old path is deleted by the same action, its content is `before`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """What one tool call is about to do."""

    kind: ActionKind
    summary: str
    """One line: `Edit src/clock.py`, `Run pytest -q`."""
    argv: tuple[str, ...] = ()
    """For `exec`: what will be executed, `("bash", "-c", LINE)` for a shell line."""
    paths: tuple[Path, ...] = ()
    """Absolute and resolved: files read or written."""
    urls: tuple[str, ...] = ()
    display: tuple[Block, ...] = ()
    """What the user sees when asked: a diff, a command."""
    changes: tuple[FileChange, ...] = ()
    """For `write`: exactly what will be written."""
    hunks: tuple[EditHunk, ...] = ()
    """What the user may take or leave by itself; empty if there are fewer than two such things."""
    editable: Editable | None = None
    """What the user may change before it is done."""
    revised: str = ""
    """What the user has changed of it, for the model: words and a diff."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolResult:
    """What a tool returns; the runner makes the `ToolResultItem` of it."""

    output: str
    """For the model."""
    status: ResultStatus = "ok"
    display: tuple[Block, ...] = ()
    denial: Denial | None = None
    """What the sandbox has very likely refused: the user may be asked to allow it, and the call run again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolContext:
    """What a running tool may use."""

    call_id: str
    action: Action
    """What `preview` said and policy or the user allowed."""
    policy: SandboxPolicy
    """Also binds tools that work in this process."""
    sandbox: Sandbox
    environment: Mapping[str, str]
    """For children: the user's, without provider keys and other secrets."""
    emit_output: Callable[[str], None]
    """Shows output while the tool runs. May be called from the event loop only."""
    ask: Callable[[Question], Awaitable[QuestionAnswer]]
    """Asks the user and waits. Raises ToolError where there is nobody to ask."""


Arguments: TypeAlias = Mapping[str, Json]
"""The decoded arguments: an object, but its fields are still whatever the model wrote."""


class Tool(Protocol):
    @property
    def spec(self) -> ToolSpec: ...

    async def preview(self, args: Arguments) -> Action:
        """Say what `run` would do, without doing it.

        Raises:
            ToolError: the arguments are wrong, or it cannot work; the text tells the model what to fix.
        """
        ...

    async def run(self, args: Arguments, ctx: ToolContext) -> ToolResult:
        """Do what `ctx.action` says.

        Raises:
            ToolError: it failed; the text tells the model what to do about it.
            CancelledError: cleaned up, and what had started has ended.
        """
        ...


@runtime_checkable
class RevisableTool(Tool, Protocol):
    """A tool whose action the user may change: its actions have `hunks` or something `editable`."""

    async def revise(self, action: Action, revision: Revision) -> Action:
        """Return the action as the user wants it; what was changed is in its `revised`. `run` does it as any other.

        Raises:
            ToolError: it cannot be done so, and why, in words for the user.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolBox:
    """The tools of a session by name, in the order in which the model is told of them."""

    tools: Mapping[str, Tool] = field(default_factory=dict[str, Tool])

    def specs(self) -> tuple[ToolSpec, ...]:
        return tuple(tool.spec for tool in self.tools.values())
