"""How hard a model shall think, in the words of LiteLLM: a level that the model has, with room for its answer.

LiteLLM drops what it knows a model not to have, which would be silent, or refuses it (`xhigh` for Gemini), or turns
thinking off (`xhigh` for Ollama). So a level is first brought to the nearest one that there is. Pure; the rules are
those of LiteLLM 1.106.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from codex_core.llm.endpoints import prefix_of
from codex_core.protocol import Effort, JsonObject

_NEAREST: Mapping[Effort, Effort] = {"none": "minimal", "minimal": "low", "low": "medium", "xhigh": "high"}
_WITH_BUDGETS = ("anthropic", "bedrock", "vertex_ai")
"""Where Claude is not told a level but how many tokens it may think, and gets its thoughts back."""
_THINKS_IF_TOLD = re.compile(r"claude-[a-z]+-4-")
"""Newer ones think by themselves: https://platform.claude.com/docs/en/build-with-claude/adaptive-thinking"""


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


def takes_thoughts(model: str, told: JsonObject, known: Mapping[str, object]) -> bool:
    """Whether the model may be sent back what it thought. `told` is what `effort_arguments` returned, or nothing.

    A Claude that shall not think is not shown its thoughts: amid calls the API refuses them then ("When thinking is
    disabled, an `assistant` message in the final position cannot contain `thinking`"), elsewhere it leaves them out
    itself. To send none of them is always right: those that need not be told to think do not need them either.
    """
    if "claude" not in model or prefix_of(model) not in _WITH_BUDGETS:
        return True
    if "reasoning_effort" in told:
        return told["reasoning_effort"] != "none"
    return not (_has_budget(model, known) or _THINKS_IF_TOLD.search(model))


def without_thoughts(messages: Sequence[JsonObject]) -> list[JsonObject]:
    """The same messages, without what the model thought in them."""
    return [{name: value for name, value in message.items() if name != "thinking_blocks"} for message in messages]


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
