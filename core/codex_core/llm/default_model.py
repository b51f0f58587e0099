"""Which model is used when the user named none: the first provider there is a key for."""

from __future__ import annotations

from collections.abc import Mapping

from codex_core.llm.endpoints import missing_variable

DEMO_MODEL = "demo"
"""The built-in one: offline, plays a script."""

_CANDIDATES = (
    # Each provider's model for coding, as LiteLLM 1.106 names it.
    "anthropic/claude-sonnet-5-5",
    "openai/gpt-5.5",
    "gemini/gemini-pro-latest",
    "mistral/mistral-code-agent-latest",
    "deepseek/deepseek-chat",
    "xai/grok-code-fast",
    "groq/openai/gpt-oss-120b",
)


def default_model(environ: Mapping[str, str]) -> str | None:
    """Return the model to use; None: there is no key for any provider that we know a good one of."""
    return next((model for model in _CANDIDATES if missing_variable(model, environ) is None), None)
