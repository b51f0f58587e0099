from typing import Any

from codex_core.llm.outgoing import messages_for, reasoning_to_keep, tools_for
from codex_core.protocol import JsonObject, ToolSpec

BLOCKS: list[JsonObject] = [{"type": "thinking", "thinking": "Hm", "signature": "s"}]


def call(call_id: str, name: str = "look") -> dict[str, Any]:
    return {"id": call_id, "type": "function", "function": {"name": name, "arguments": "{}"}}


def exchange(call_id: str, name: str = "look") -> list[JsonObject]:
    return [
        {"role": "user", "content": "Hi"},
        {"role": "assistant", "content": None, "tool_calls": [call(call_id, name)]},
        {"role": "tool", "tool_call_id": call_id, "content": "x"},
    ]


def ids(messages: list[JsonObject]) -> tuple[str, str]:
    said: Any = messages[1]
    answered: Any = messages[2]
    return said["tool_calls"][0]["id"], answered["tool_call_id"]


def test_tools_are_functions() -> None:
    spec = ToolSpec(name="look", description="Looks.", parameters={"type": "object"}, read_only=True)
    function = {"name": "look", "description": "Looks.", "parameters": {"type": "object"}}
    assert tools_for([spec]) == [{"type": "function", "function": function}]


def test_thinking_blocks_are_sent_under_their_own_name() -> None:
    kept = reasoning_to_keep("anthropic/claude", "Hm", BLOCKS)
    messages = messages_for("anthropic/claude", [{"role": "assistant", "content": "x", "reasoning_opaque": kept}])
    assert messages[0]["thinking_blocks"] == BLOCKS
    assert "reasoning_opaque" not in messages[0]


def test_plain_reasoning_is_kept_only_for_those_who_want_it() -> None:
    assert reasoning_to_keep("openai/gpt-5", "Hm", ()) is None
    assert reasoning_to_keep("deepseek/deepseek-reasoner", "Hm", ()) == {"reasoning_content": "Hm"}


def test_empty_replies_are_left_out() -> None:
    empty: list[JsonObject] = [
        {"role": "assistant", "content": ""},
        {"role": "assistant", "content": None},
        {"role": "assistant", "content": []},
    ]
    assert messages_for("openai/gpt-5", empty) == []


def test_ids_that_a_provider_takes_stay() -> None:
    assert ids(messages_for("openai/gpt-5", exchange("call_abc"))) == ("call_abc", "call_abc")
    signed = "call_1__thought__" + "A+/=" * 50
    assert ids(messages_for("gemini/gemini-3", exchange(signed))) == (signed, signed)


def test_other_ids_are_replaced_in_call_and_result_alike() -> None:
    for model, length in (("openai/gpt-5", 24), ("mistral/large", 9)):
        first, second = ids(messages_for(model, exchange("call_1__thought__" + "A+/=" * 50)))
        assert first == second
        assert len(first) == length
        assert first.isalnum()


def test_names_that_no_provider_takes_are_replaced() -> None:
    for name, sent in (("rm -rf", "rm_-rf"), ("", "unnamed"), ("x" * 100, "x" * 64)):
        said: Any = messages_for("openai/gpt-5", exchange("a", name))[1]
        assert said["tool_calls"][0]["function"]["name"] == sent


def test_messages_that_were_given_are_not_changed() -> None:
    given = exchange("bad id", "bad name")
    messages_for("anthropic/claude", given)
    assert given == exchange("bad id", "bad name")


def test_cache_marks_are_on_the_instructions_and_the_last_message() -> None:
    image = {"type": "image_url", "image_url": {"url": "data:"}}
    messages: list[JsonObject] = [
        {"role": "system", "content": "Be good."},
        {"role": "user", "content": "Hi"},
        {"role": "assistant", "content": "Hello"},
        {"role": "user", "content": [{"type": "text", "text": "See"}, image]},
    ]
    marked: Any = messages_for("anthropic/claude", messages)
    assert ["cache_control" in str(message) for message in marked] == [True, False, False, True]
    assert "cache_control" in marked[3]["content"][1]
    assert marked[3]["content"][0] == {"type": "text", "text": "See"}
    assert messages_for("openai/gpt-5", messages) == messages


def test_cache_mark_of_a_tool_result_is_on_the_message() -> None:
    assert "cache_control" in messages_for("anthropic/claude", exchange("a"))[-1]
