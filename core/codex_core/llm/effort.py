"""How hard a model shall think, in the words of LiteLLM: a level that the model has, with room for its answer.

LiteLLM drops what it knows a model not to have, which would be silent, or refuses it (`xhigh` for Gemini), or turns
thinking off (`xhigh` for Ollama). So a level is first brought to the nearest one that there is. Pure; the rules are
those of LiteLLM 1.106.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from codex_core.llm.endpoints import prefix_of
from codex_core.protocol import Effort, JsonObject

_NEAREST: Mapping[Effort, Effort] = {"none": "minimal", "minimal": "low", "low": "medium", "xhigh": "high"}
_WITH_BUDGETS = ("anthropic", "bedrock", "vertex_ai")
"""Where Claude is not told a level but how many tokens it may think."""


def effort_arguments(
    model: str, effort: Effort, messages: Sequence[JsonObject], known: Mapping[str, object]
) -> JsonObject:
    """Return what LiteLLM's `acompletion` is to be told.

    `messages` are those of `messages_for`, `known` is what LiteLLM's list says of the model, empty if nothing.
    """
    if not _has_budget(model, known):
        return {"reasoning_effort": _nearest(model, effort, known)}
    if effort != "none" and _goes_on_without_thinking(messages):
        return {}  # Anthropic refuses a turn that did not begin with a thought
    most = known.get("max_output_tokens")
    if not isinstance(most, int):
        return {"reasoning_effort": effort}
    # What LiteLLM asks for without an effort; with one it would leave 4096 tokens for the answer.
    return {"reasoning_effort": effort, "max_tokens": most}


def _has_budget(model: str, known: Mapping[str, object]) -> bool:
    return "claude" in model and prefix_of(model) in _WITH_BUDGETS and not known.get("supports_adaptive_thinking")


def _nearest(model: str, effort: Effort, known: Mapping[str, object]) -> Effort:
    while _lacks(model, effort, known):
        effort = _NEAREST[effort]
    return effort


def _lacks(model: str, effort: Effort, known: Mapping[str, object]) -> bool:
    """The list says of each level but the highest that it is not there, and of the highest that it is."""
    said = known.get(f"supports_{effort}_reasoning_effort")
    if effort == "xhigh":
        return said is not True and (
            bool(known) or prefix_of(model) in ("gemini", "vertex_ai", "ollama", "ollama_chat")
        )
    return said is False and effort in _NEAREST


def _goes_on_without_thinking(messages: Sequence[JsonObject]) -> bool:
    """Whether the model is amid its calls, and began them without a thought: effort was set, or the model changed."""
    roles = [message.get("role") for message in messages]
    begins = next((at for at in range(len(roles) - 1, 0, -1) if roles[at] == "user" and roles[at - 1] != "tool"), 0)
    replies = [message for message in messages[begins:] if message.get("role") == "assistant"]
    return bool(replies) and not any(message.get("thinking_blocks") for message in replies)
