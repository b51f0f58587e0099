"""`mcp__SERVER__TOOL`: what models call a server's tool."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Sequence

MAX_LENGTH = 64
"""OpenAI and Anthropic take `[a-zA-Z0-9_-]{1,64}`; one name that they refuse fails every request."""

_OUTSIDE = re.compile(r"[^a-zA-Z0-9_-]")


def model_names(server: str, tools: Sequence[str]) -> dict[str, str]:
    """Return the model's name of each tool by the server's own name for it.

    A name that providers take is kept. Others have their odd characters replaced, and carry a digest where that
    alone would be ambiguous or too long. The result does not depend on the order of `tools`.
    """
    prefix = f"mcp__{server}__"
    room = MAX_LENGTH - len(prefix)
    plain = {tool: _OUTSIDE.sub("_", tool) for tool in tools}
    uses = Counter(plain.values())

    def fit(tool: str, name: str) -> str:
        is_plain = 0 < len(name) <= room and (name == tool or uses[name] == 1)
        return name if is_plain else _marked(tool, name, room)

    return {tool: prefix + fit(tool, name) for tool, name in plain.items()}


def _marked(tool: str, name: str, room: int) -> str:
    digest = hashlib.sha256(tool.encode("utf-8", "surrogatepass")).hexdigest()[:8]
    return f"{name[: room - 9]}_{digest}"
