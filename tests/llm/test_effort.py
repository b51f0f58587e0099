from __future__ import annotations

from collections.abc import Mapping, Sequence

import pytest

from codex_core.llm.effort import effort_arguments
from codex_core.protocol import EFFORTS, Effort, JsonObject

SONNET = "anthropic/claude-sonnet-4-5"
ROOM = {"max_output_tokens": 64000}
GPT_5 = {"supports_none_reasoning_effort": False, "supports_xhigh_reasoning_effort": False}
USER: JsonObject = {"role": "user", "content": "Hi"}
CALL: JsonObject = {"role": "assistant", "content": None, "tool_calls": [{"id": "a"}]}
THOUGHT: JsonObject = {**CALL, "thinking_blocks": [{"type": "thinking", "thinking": "Hm."}]}
RESULT: JsonObject = {"role": "tool", "tool_call_id": "a", "content": "x"}


@pytest.mark.parametrize(
    ("model", "known", "wanted", "told"),
    [
        ("openai/gpt-5", GPT_5, "xhigh", "high"),
        ("openai/gpt-5", GPT_5, "none", "minimal"),
        ("openai/gpt-5", GPT_5, "high", "high"),
        ("openai/gpt-5.2", {"supports_xhigh_reasoning_effort": True}, "xhigh", "xhigh"),
        (
            "openai/gpt-5.5-pro",
            {f"supports_{low}_reasoning_effort": False for low in ("none", "minimal", "low")},
            "none",
            "medium",
        ),
        ("openai/o3", {"supports_reasoning": True}, "xhigh", "high"),
        ("gemini/gemini-9", {}, "xhigh", "high"),
        ("ollama_chat/qwen3", {}, "xhigh", "high"),
        ("hosted_vllm/anything", {}, "xhigh", "xhigh"),
        ("openai/my-own", {}, "none", "none"),
        ("anthropic/claude-opus-4-6", {"supports_adaptive_thinking": True}, "xhigh", "high"),
    ],
)
def test_a_level_that_a_model_lacks_is_the_nearest_that_it_has(
    model: str, known: Mapping[str, object], wanted: Effort, told: str
) -> None:
    assert effort_arguments(model, wanted, [USER], known) == {"reasoning_effort": told}


@pytest.mark.parametrize("effort", EFFORTS)
def test_a_budget_for_thoughts_leaves_the_answer_its_room(effort: Effort) -> None:
    told = effort_arguments(SONNET, effort, [USER], ROOM)
    assert told == {"reasoning_effort": effort, "max_tokens": 64000}
    assert effort_arguments(SONNET, effort, [USER], {}) == {"reasoning_effort": effort}


@pytest.mark.parametrize(
    ("messages", "is_told"),
    [
        ([USER], True),
        ([USER, CALL, RESULT], False),
        ([USER, CALL, RESULT, USER], False),
        ([USER, CALL, RESULT, CALL, RESULT], False),
        ([USER, THOUGHT, RESULT], True),
        ([USER, THOUGHT, RESULT, CALL, RESULT], True),
        ([USER, CALL, RESULT, {"role": "assistant", "content": "Done."}, USER], True),
        ([USER, THOUGHT, RESULT, {"role": "assistant", "content": "Done."}, USER, CALL, RESULT], False),
    ],
)
def test_claude_is_not_told_to_think_amid_calls_that_it_began_without_a_thought(
    messages: Sequence[JsonObject], is_told: bool
) -> None:
    assert bool(effort_arguments(SONNET, "high", messages, ROOM)) is is_told
    assert effort_arguments(SONNET, "none", messages, ROOM)
    assert effort_arguments("anthropic/claude-opus-4-6", "high", messages, {"supports_adaptive_thinking": True})
