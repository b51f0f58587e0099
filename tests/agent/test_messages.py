from __future__ import annotations

import json
from typing import TypedDict

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codex_core.agent.messages import NO_RESULT, to_messages
from codex_core.protocol import (
    AnswerItem,
    AssistantItem,
    CompactionItem,
    Completed,
    ImagePart,
    Item,
    NoticeItem,
    Question,
    QuestionAnswer,
    ReasoningItem,
    StepItem,
    TextPart,
    ToolCallItem,
    ToolResultItem,
    TurnEndItem,
    Unknown,
    UserItem,
)
from tests.support.model_server.history import violations
from tests.support.model_server.request import SeenRequest


class Me(TypedDict):
    provider: str
    model: str


ME: Me = {"provider": "p", "model": "m"}


def user(text: str) -> UserItem:
    return UserItem(id="u", at=0, parts=(TextPart(text=text),))


def says(text: str, *, truncated: bool = False) -> AssistantItem:
    return AssistantItem(id="a", at=0, text=text, truncated=truncated, **ME)


def thinks(opaque: str, model: str = "m") -> ReasoningItem:
    return ReasoningItem(id="r", at=0, text="hm", provider="p", model=model, opaque=opaque)


def calls(call_id: str, arguments: str = "{}") -> ToolCallItem:
    return ToolCallItem(id=f"c{call_id}", at=0, call_id=call_id, name="t", arguments=arguments)


def result(call_id: str, output: str = "out") -> ToolResultItem:
    return ToolResultItem(id=f"r{call_id}", at=0, call_id=call_id, name="t", status="ok", output=output)


def messages(*items: Item) -> list[dict[str, object]]:
    return [dict(message) for message in to_messages("be good", items, **ME)]


def test_results_come_in_the_order_of_their_calls_whatever_the_order_they_ended_in() -> None:
    made = messages(user("go"), says("x"), calls("1"), calls("2"), result("2"), result("1"))
    assert [message.get("tool_call_id") for message in made[3:]] == ["1", "2"]


def test_a_call_without_a_result_gets_one_that_says_so() -> None:
    made = messages(user("go"), calls("1"), user("hello?"))
    assert made[3] == {"role": "tool", "tool_call_id": "1", "content": NO_RESULT}


def test_two_replies_in_a_row_stay_two_messages() -> None:
    made = messages(user("go"), calls("1"), result("1"), says("next"), calls("2"), result("2"))
    assert [message["role"] for message in made] == ["system", "user", "assistant", "tool", "assistant", "tool"]


def test_an_output_of_nothing_but_spaces_is_said_to_be_none() -> None:
    assert messages(user("go"), calls("1"), result("1", " \n"))[3]["content"] == "(no output)"


def test_arguments_that_are_no_json_object_are_sent_as_an_empty_one() -> None:
    for wrong in ("{", "[1]", "null", "", "[" * 5000, '{"a": NaN}', '{"a": -Infinity}'):
        (call,) = messages(calls("1", wrong))[1]["tool_calls"]  # type: ignore[misc]
        assert call["function"]["arguments"] == "{}"


def test_opaque_parts_go_back_only_to_the_model_that_made_them() -> None:
    assert messages(thinks("sig"), says("x"))[1]["reasoning_opaque"] == "sig"
    assert "reasoning_opaque" not in messages(thinks("sig", model="other"), says("x"))[1]


def test_what_was_compacted_is_replaced_by_its_summary() -> None:
    summary = CompactionItem(id="k", at=0, summary="we fixed it")
    made = messages(user("old"), says("old"), summary, user("new"))
    assert "old" not in str(made)
    assert "we fixed it" in str(made[1]["content"])


def test_images_are_sent_as_they_were_when_attached() -> None:
    image = ImagePart(path="a.png", mime="image/png", data=b"\x89PNG")
    (_, message) = messages(UserItem(id="u", at=0, parts=(TextPart(text="see"), image)))
    assert [part["type"] for part in message["content"]] == ["text", "image_url"]  # type: ignore[attr-defined,index]


def test_lone_surrogates_can_be_sent() -> None:
    json.dumps(messages(user("\ud800"), says("\udfff"), calls("1", '{"a": "\ud800"}'), result("1", "\ud800"))).encode()
    str(messages(user("\ud800"), says("\udfff"))).encode()


@pytest.mark.parametrize("output", ["", "\r", " \n\t"])
def test_an_output_of_blanks_is_sent_as_words(output: str) -> None:
    assert messages(user("go"), calls("1"), result("1", output))[-1]["content"] == "(no output)"


texts = st.text(max_size=8)
ids = st.sampled_from(["1", "2", "3", "4"])
some_item: st.SearchStrategy[Item] = st.one_of(
    texts.map(user),
    texts.map(says),
    texts.map(thinks),
    st.builds(calls, ids, st.one_of(texts, st.just('{"a": 1}'))),
    st.builds(result, ids, texts),
    texts.map(lambda text: NoticeItem(id="n", at=0, level="info", text=text)),
    texts.map(lambda text: CompactionItem(id="k", at=0, summary=text)),
    st.just(Unknown(tag="future")),
    st.just(StepItem(id="s", at=0, model="m", duration_s=1.0, error="cut")),
    st.just(AnswerItem(id="w", at=0, request=Question(text="which?"), answer=QuestionAnswer(text="this"))),
    st.just(TurnEndItem(id="e", at=0, outcome=Completed(), duration_s=1.0)),
)


def _one_call_for_each_id(items: list[Item]) -> list[Item]:
    """As the journal holds them: an id belongs to one call."""
    taken: set[str] = set()
    kept: list[Item] = []
    for item in items:
        if isinstance(item, ToolCallItem):
            if item.call_id in taken:
                continue
            taken.add(item.call_id)
        kept.append(item)
    return kept


@given(st.lists(some_item, max_size=20).map(_one_call_for_each_id))
def test_any_list_of_items_makes_a_history_that_a_strict_provider_accepts(items: list[Item]) -> None:
    made = messages(user("begin"), *items, user("go on"))
    body = {"model": "m", "messages": made}
    request = SeenRequest(number=0, format="openai", path="/v1/chat/completions", headers={}, body=body)
    assert violations(request) == []
    str(made).encode()
