"""What one turn works with."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field

from codex_core.agent.collaborators import Emit, FileRecorder, NoFileRecorder
from codex_core.agent.control import Control
from codex_core.agent.desk import Desk
from codex_core.agent.gate import Gate
from codex_core.agent.limits import TurnLimits
from codex_core.agent.messages import to_messages
from codex_core.agent.retry import RetryPolicy
from codex_core.agent.room import Room
from codex_core.agent.secrets import Masker
from codex_core.llm.provider import Provider
from codex_core.protocol import Effort, Item, JsonObject, PlanAccepted, Sandbox, ToolBox, Usage


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelChoice:
    provider: Provider
    model: str
    effort: Effort | None = None


@dataclass(slots=True, kw_only=True)
class Turn:
    """The collaborators of the loop, chosen when the turn begins."""

    session_id: str
    choice: Callable[[], ModelChoice]
    """Asked before each model call: the user may have switched."""
    instructions: Callable[[], str]
    """Asked before each model call: the mode may have changed."""
    toolbox: Callable[[], ToolBox]
    """Asked before each model call: servers come and go."""
    sandbox: Sandbox
    environment: Mapping[str, str]
    gate: Gate
    desk: Desk
    control: Control
    emit: Emit
    masker: Masker
    is_planning: Callable[[], bool]
    """Whether the mode is `plan` now: the turn shall come to a plan."""
    on_plan_accepted: Callable[[PlanAccepted], Awaitable[None]]
    """Switches the mode; the turn goes on."""
    files: FileRecorder = field(default_factory=NoFileRecorder)
    retry: RetryPolicy = field(default_factory=RetryPolicy)
    limits: TurnLimits = field(default_factory=TurnLimits)
    room: Room = field(default_factory=lambda: Room(size=lambda: None))
    skip_wait: asyncio.Event = field(default_factory=asyncio.Event)
    usage: Usage = field(default_factory=Usage)
    """Of the whole session so far."""

    @property
    def tools(self) -> ToolBox:
        return self.toolbox()

    def messages(self, items: Sequence[Item], choice: ModelChoice) -> tuple[JsonObject, ...]:
        return to_messages(self.instructions(), items, provider=choice.provider.name, model=choice.model)

    def count_usage(self, usage: Usage) -> None:
        self.usage = self.usage + usage
