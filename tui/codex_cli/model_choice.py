"""Which model a start takes here, and whether it can be called."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from codex_core.llm.default_model import DEMO_MODEL, default_model
from codex_core.llm.local_servers import find_local_servers
from codex_core.llm.providers import obstacle_to

NO_MODEL = (
    "no model: set a provider's key (ANTHROPIC_API_KEY, OPENAI_API_KEY, GEMINI_API_KEY, …), start a local server "
    "(Ollama, LM Studio), name one with -m, or see the offline demo with --demo"
)

DEMO_NOTICE = "offline, plays a script"
NO_MODEL_NOTICE = "no model: offline demo"
"""Both stand behind the model's name, which is `demo`, and are whole on 80 columns."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelChoice:
    model: str
    """Empty: there is none; the app shows the demo then."""
    source: str = ""
    """Where it comes from, in words."""
    notice: str = ""
    """A standing remark about it for the screen."""
    problem: str = ""
    """Why it cannot be called, with the remedy."""


async def choose_model(configured: str, environ: Mapping[str, str]) -> ModelChoice:
    """Settle on a model: the configured one, else one that there is a key for, else one of a local server."""
    if configured == DEMO_MODEL:
        return ModelChoice(model=DEMO_MODEL, source="built in", notice=DEMO_NOTICE)
    if configured:
        if (obstacle := obstacle_to(configured, environ)) is None:
            return ModelChoice(model=configured, source="configured")
        return ModelChoice(model=configured, source="configured", notice=obstacle.short, problem=obstacle.sentence)
    if (model := default_model(environ)) is not None:
        return ModelChoice(model=model, source="key in the environment")
    for server in await find_local_servers():
        where = f"{server.name} at {server.address}"
        return ModelChoice(model=server.models[0], source=where, notice=f"no key found: using {where}")
    return ModelChoice(model="", notice=NO_MODEL_NOTICE, problem=NO_MODEL)
