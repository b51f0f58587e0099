"""A tool call on its way to being allowed."""

from __future__ import annotations

from dataclasses import dataclass

from codex_core.agent.control import Control
from codex_core.protocol import Action, Arguments, Tool, ToolCallItem


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    call: ToolCallItem
    tool: Tool
    args: Arguments
    control: Control

    async def preview(self) -> Action:
        """What it would do now; files may have changed since the last time.

        Raises:
            ToolError: nothing, and what the model should fix.
        """
        return await self.control.run_tool(self.call.name, self.tool.preview(self.args))
