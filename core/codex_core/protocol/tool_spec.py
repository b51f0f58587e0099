"""What a model is told of a tool, apart from the tool itself: a model host knows only this."""

from __future__ import annotations

from dataclasses import dataclass

from codex_core.protocol.json import JsonObject


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolSpec:
    """What the model is told of a tool."""

    name: str
    description: str
    parameters: JsonObject
    """A JSON schema of type object."""
    read_only: bool = False
    """Changes nothing, ever: such calls of one step run side by side."""
    server: str | None = None
    """The MCP server that offers it; None for our own."""
