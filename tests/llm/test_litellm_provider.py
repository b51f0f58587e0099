import asyncio
import contextlib
import gzip
import json
import os
import signal
import socket
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from codex_core.llm.litellm_provider import LiteLLMProvider
from codex_core.llm.provider import CallStarted, ModelEvent, ModelRequest, ReasoningChunk, ReplyEnded, TextChunk
from codex_core.llm.watchdog import Limits
from codex_core.protocol import Effort, ProviderError, ToolSpec
from tests.support.model_server import (
    Call,
    Cut,
    HttpError,
    Malformed,
    ModelServer,
    Reply,
    SeenRequest,
    Stall,
    Step,
    Tokens,
)

pytestmark = pytest.mark.asyncio(loop_scope="module")

OPENAI = "openai/gpt-4o"
ANTHROPIC = "anthropic/claude-sonnet-4-5"
BOTH = pytest.mark.parametrize("model", [OPENAI, ANTHROPIC])
KEY = "sk-proj-0123456789abcdefghijklmnop"
USER = {"role": "user", "content": "Hi"}
LOOK = ToolSpec(
    name="look",
    description="Looks.",
    parameters={"type": "object", "properties": {"path": {"type": "string"}}, "required": ["path"]},
)


@dataclass
class Stage:
    provider: LiteLLMProvider
    server: ModelServer
    steps: list[Step] = field(default_factory=list)

    async def play(
        self, *steps: Step, model: str = OPENAI, messages: tuple[Any, ...] = (USER,), effort: Effort | None = None
    ) -> list[ModelEvent]:
        self.steps[:] = steps
        async with contextlib.aclosing(self.provider.stream(request(model, messages, effort))) as events:
            return [event async for event in events]

    async def fail(self, *steps: Step, model: str = OPENAI) -> ProviderError:
        with pytest.raises(ProviderError) as caught:
            await self.play(*steps, model=model)
        assert KEY not in str(caught.value)
        return caught.value


def request(model: str, messages: tuple[Any, ...] = (USER,), effort: Effort | None = None) -> ModelRequest:
    return ModelRequest(model=model, messages=messages, tools=(LOOK,), session_id="session", effort=effort)


def text_of(events: list[ModelEvent]) -> str:
    return "".join(event.text for event in events if isinstance(event, TextChunk))


def reasoning_of(events: list[ModelEvent]) -> str:
    return "".join(event.text for event in events if isinstance(event, ReasoningChunk))


def end_of(events: list[ModelEvent]) -> ReplyEnded:
    ends = [event for event in events if isinstance(event, ReplyEnded)]
    assert ends == events[-1:]
    return ends[0]


@pytest.fixture(scope="module")
def closed_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as sock:
        return sock.getsockname()[1]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shared(tmp_path_factory: pytest.TempPathFactory, closed_port: int) -> AsyncIterator[Stage]:
    folder = tmp_path_factory.mktemp("state")
    host_folder = folder / "model-host"
    host_folder.mkdir()
    (host_folder / ".env").write_text("OPENAI_ORGANIZATION=evil\nANTHROPIC_API_BASE=http://127.0.0.1:1\n")
    steps: list[Step] = []
    async with ModelServer(lambda seen: steps.pop(0)) as server:
        environ = {
            "PATH": os.environ["PATH"],
            **server.environment(KEY),
            "LM_STUDIO_API_BASE": f"http://127.0.0.1:{closed_port}/v1",
            "HOSTED_VLLM_API_BASE": f"{server.url}/v1",
            "OLLAMA_API_BASE": server.url,
            "DEEPSEEK_API_KEY": KEY,
            "DEEPSEEK_API_BASE": f"{server.url}/v1",
            "HTTP_PROXY": f"http://127.0.0.1:{closed_port}",
        }
        provider = LiteLLMProvider(state_folder=folder, environ=environ)
        await provider.warm_up()
        yield Stage(provider, server, steps)
        await provider.close()
    assert (folder / "logs/model-host.log").read_text() == ""


@pytest.fixture
def stage(shared: Stage) -> Stage:
    shared.provider.limits = Limits()
    shared.server.disconnects.clear()
    return shared


def last_request(stage: Stage) -> SeenRequest:
    return stage.server.requests[-1]


@BOTH
async def test_text_comes_whole_with_usage_and_cost(stage: Stage, model: str) -> None:
    tokens = Tokens(input=1000, output=200, cached=400)
    events = await stage.play(Reply(text="Hello there. ¿Qué tal? 👋", usage=tokens), model=model)
    assert text_of(events) == "Hello there. ¿Qué tal? 👋"
    end = end_of(events)
    assert end.finish == "stop"
    assert end.calls == ()
    assert end.usage is not None
    assert (end.usage.input_tokens, end.usage.cached_input_tokens, end.usage.output_tokens) == (1000, 400, 200)
    assert end.usage.cost_usd is not None
    assert 0.001 < end.usage.cost_usd < 0.01
    assert not end.usage.is_estimate


@BOTH
async def test_fragmented_parallel_calls_are_put_together(stage: Stage, model: str) -> None:
    calls = (Call("look", {"path": "a b/ü.py", "n": 1.5}), Call("look", {"path": 'c"d\\'}), Call("look", {}))
    events = await stage.play(Reply(text="Looking.", calls=calls), model=model)
    assert [event.name for event in events if isinstance(event, CallStarted)] == ["look"] * 3
    end = end_of(events)
    assert [call.arguments for call in end.calls] == [call.arguments_json() for call in calls]
    assert len({call.call_id for call in end.calls}) == 3


@BOTH
async def test_reasoning_is_told_apart_from_the_text(stage: Stage, model: str) -> None:
    events = await stage.play(Reply(text="Forty-two.", reasoning="Six times seven."), model=model)
    assert reasoning_of(events) == "Six times seven."
    assert text_of(events) == "Forty-two."


def amid_calls(reply: ReplyEnded) -> tuple[Any, ...]:
    """The messages with which the model goes on when its calls have their results."""
    said: dict[str, Any] = {
        "role": "assistant",
        "content": "Let me look.",
        "tool_calls": [
            {"id": call.call_id, "type": "function", "function": {"name": call.name, "arguments": call.arguments}}
            for call in reply.calls
        ],
        "reasoning_opaque": reply.reasoning_opaque,
    }
    results = [{"role": "tool", "tool_call_id": call.call_id, "content": "found"} for call in reply.calls]
    return {"role": "system", "content": "Be good."}, USER, said, *results


TWO_LOOKS = Reply(text="Let me look.", reasoning="Where?", calls=(Call("look", {"path": "a"}), Call("look", {})))


def thoughts_sent(stage: Stage) -> list[Any]:
    return [b for m in last_request(stage).messages for b in m["content"] or () if "thinking" in b]


@BOTH
async def test_history_with_calls_results_and_thinking_is_accepted(stage: Stage, model: str) -> None:
    first = end_of(await stage.play(TWO_LOOKS, model=model, effort="high"))
    events = await stage.play(Reply(text="Found."), model=model, messages=amid_calls(first), effort="high")
    assert text_of(events) == "Found."
    assert set(last_request(stage).tool_results().values()) == {"found"}
    assert bool(thoughts_sent(stage)) == (model == ANTHROPIC)


@pytest.mark.parametrize("effort", [None, "none"])
@pytest.mark.parametrize("model", [ANTHROPIC, "anthropic/claude-opus-4-6"])
async def test_effort_that_is_turned_off_amid_calls_leaves_the_thoughts_out(
    stage: Stage, model: str, effort: Effort | None
) -> None:
    first = end_of(await stage.play(TWO_LOOKS, model=model, effort="high"))
    events = await stage.play(Reply(text="Found."), model=model, messages=amid_calls(first), effort=effort)
    assert text_of(events) == "Found."
    assert set(last_request(stage).tool_results().values()) == {"found"}
    assert not thoughts_sent(stage)


async def test_a_claude_that_thinks_by_itself_gets_its_thoughts_back(stage: Stage) -> None:
    model = "anthropic/claude-sonnet-5"
    first = end_of(await stage.play(TWO_LOOKS, model=model))
    await stage.play(Reply(text="Found."), model=model, messages=amid_calls(first))
    assert thoughts_sent(stage)


async def test_redacted_thinking_comes_back_to_anthropic(stage: Stage) -> None:
    reply = Reply(reasoning="Hm.", redacted="c2VjcmV0", calls=(Call("look", {"path": "a"}),))
    end = end_of(await stage.play(reply, model=ANTHROPIC))
    assert end.reasoning_opaque is not None
    assert "c2VjcmV0" in str(end.reasoning_opaque)


async def test_anthropic_is_told_what_to_cache(stage: Stage) -> None:
    await stage.play(Reply(text="x"), model=ANTHROPIC, messages=({"role": "system", "content": "Be good."}, USER))
    body = last_request(stage).body
    assert "cache_control" in body["system"][-1]
    assert "cache_control" in body["messages"][-1]["content"][-1]
    assert [tool["name"] for tool in body["tools"]] == ["look"]


@pytest.mark.parametrize(
    ("model", "effort", "sent"),
    [
        ("openai/o3", None, {}),
        ("openai/o3", "low", {"reasoning_effort": "low"}),
        ("openai/o3", "xhigh", {"reasoning_effort": "high"}),
        ("openai/gpt-5", "high", {"reasoning_effort": "high"}),
        ("openai/gpt-5.1", None, {}),
        ("openai/gpt-5.5", "high", {"reasoning_effort": "high"}),
        ("openai/gpt-4o", "high", {}),
        ("openai/scripted", "xhigh", {"reasoning_effort": "xhigh"}),
        ("hosted_vllm/llama", "low", {"reasoning_effort": "low"}),
        (ANTHROPIC, None, {"max_tokens": 64000}),
        (ANTHROPIC, "none", {"max_tokens": 64000}),
        (ANTHROPIC, "high", {"max_tokens": 64000, "thinking": {"type": "enabled", "budget_tokens": 4096}}),
        (
            "anthropic/claude-opus-4-6",
            "xhigh",
            {
                "max_tokens": 128000,
                "thinking": {"type": "adaptive", "display": "summarized"},
                "output_config": {"effort": "high"},
            },
        ),
        ("anthropic/claude-3-haiku-20240307", "high", {"max_tokens": 4096}),
    ],
)
async def test_the_effort_is_told_in_the_providers_own_words_or_not_at_all(
    stage: Stage, model: str, effort: Effort | None, sent: dict[str, Any]
) -> None:
    await stage.play(Reply(text="x"), model=model, effort=effort)
    body = last_request(stage).body
    spoken = ("reasoning_effort", "max_tokens", "thinking", "output_config")
    assert {name: body[name] for name in spoken if name in body} == sent


async def test_deepseek_gets_its_reasoning_back(stage: Stage) -> None:
    model = "deepseek/deepseek-reasoner"
    end = end_of(await stage.play(Reply(reasoning="Where?", calls=(Call("look", {"path": "a"}),)), model=model))
    call = end.calls[0]
    function = {"name": call.name, "arguments": call.arguments}
    said: dict[str, Any] = {
        "role": "assistant",
        "content": None,
        "tool_calls": [{"id": call.call_id, "type": "function", "function": function}],
        "reasoning_opaque": end.reasoning_opaque,
    }
    result = {"role": "tool", "tool_call_id": call.call_id, "content": "x"}
    await stage.play(Reply(text="y"), model=model, messages=(USER, said, result))
    assert last_request(stage).messages[1]["reasoning_content"] == "Where?"


async def test_reply_cut_at_the_token_limit_has_no_calls(stage: Stage) -> None:
    end = end_of(await stage.play(Reply(text="x", calls=(Call("look", '{"pa'),), finish="length")))
    assert end.finish == "length"
    assert end.calls == ()


async def test_withheld_reply_says_so(stage: Stage) -> None:
    assert end_of(await stage.play(Reply(text="x", finish="content_filter"))).finish == "filter"


async def test_local_server_needs_no_key_and_costs_nothing(stage: Stage) -> None:
    end = end_of(await stage.play(Reply(text="x"), model="hosted_vllm/llama"))
    assert end.usage is not None
    assert end.usage.cost_usd == 0.0


async def test_unknown_model_has_no_price_and_no_window(stage: Stage) -> None:
    end = end_of(await stage.play(Reply(text="x"), model="openai/my-own"))
    assert end.usage is not None
    assert end.usage.cost_usd is None
    assert (await stage.provider.info("openai/my-own")).context_window is None
    assert (await stage.provider.info(OPENAI)).context_window == 128_000


def peak_megabytes(pid: int | None) -> float:
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) / 1000


async def test_a_reply_in_very_many_pieces_takes_the_host_no_memory_for_each_of_them(stage: Stage) -> None:
    await stage.play(Reply(text="Hello"))
    before = peak_megabytes(stage.provider.host_pid)
    text, arguments = "abcd " * 8_000, {"path": "efgh " * 8_000}
    reply = Reply(text=text, chunk_chars=5, calls=(Call("look", arguments),), usage=Tokens(input=7, output=9))
    events = await stage.play(reply)
    assert text_of(events) == text
    end = end_of(events)
    assert [json.loads(call.arguments) for call in end.calls] == [arguments]
    assert end.usage is not None
    assert (end.usage.input_tokens, end.usage.output_tokens, end.usage.is_estimate) == (7, 9, False)
    assert peak_megabytes(stage.provider.host_pid) - before < 40


async def test_what_a_server_does_not_count_is_estimated_of_the_whole_of_a_long_reply(stage: Stage) -> None:
    choices = [{"delta": {"content": "word "}}] * 3000 + [{"delta": {}, "finish_reason": "stop"}]
    chunks = [{"id": "1", "object": "chat.completion.chunk", "model": "m", "choices": [choice]} for choice in choices]
    body = "".join(f"data: {line}\n\n" for line in (*map(json.dumps, chunks), "[DONE]"))
    end = end_of(await stage.play(HttpError(status=200, body=body, headers={"Content-Type": "text/event-stream"})))
    assert end.usage is not None
    assert end.usage.is_estimate
    assert 2900 < end.usage.output_tokens < 3100


async def test_usage_that_the_server_did_not_send_is_called_an_estimate(stage: Stage) -> None:
    choices = [{"delta": {"content": "Hello"}}, {"delta": {}, "finish_reason": "stop"}]
    chunks = [{"id": "1", "object": "chat.completion.chunk", "model": "m", "choices": [choice]} for choice in choices]
    body = "".join(f"data: {line}\n\n" for line in (*map(json.dumps, chunks), "[DONE]"))
    end = end_of(await stage.play(HttpError(status=200, body=body, headers={"Content-Type": "text/event-stream"})))
    assert end.usage is not None
    assert end.usage.is_estimate


async def test_ollama_speaks_its_own_format(stage: Stage) -> None:
    call = {"function": {"name": "look", "arguments": {"path": "a"}}}
    messages = [
        {"content": "", "thinking": "Where?"},
        {"content": "Loo"},
        {"content": "king."},
        {"content": "", "tool_calls": [call, call]},
    ]
    lines = [{"model": "q", "message": {"role": "assistant", **message}, "done": False} for message in messages]
    last = {"done": True, "done_reason": "stop", "prompt_eval_count": 7, "eval_count": 3}
    lines.append({"model": "q", "message": {"role": "assistant", "content": ""}, **last})
    body = "".join(json.dumps(line) + "\n" for line in lines)
    for _ in range(2):  # LiteLLM's books would ask the server about the model after the first call
        events = await stage.play(HttpError(status=200, body=body), model="ollama_chat/q")
        assert (reasoning_of(events), text_of(events)) == ("Where?", "Looking.")
        assert [call.arguments for call in end_of(events).calls] == ['{"path": "a"}'] * 2
    assert (await stage.provider.info("ollama_chat/q")).context_window is None
    assert last_request(stage).path == "/api/chat"


async def test_models_that_only_speak_the_responses_format_are_understood(stage: Stage) -> None:
    item = {"id": "fc_1", "type": "function_call", "call_id": "call_9", "name": "look"}
    usage = {"input_tokens": 10, "output_tokens": 5, "total_tokens": 15}
    response = {"id": "r", "object": "response", "created_at": 1, "model": "m", "output": [], "tools": []}
    events = [
        {"type": "response.created", "response": {**response, "status": "in_progress"}},
        {"type": "response.output_text.delta", "item_id": "m", "output_index": 0, "content_index": 0, "delta": "Hello"},
        {"type": "response.output_item.added", "output_index": 1, "item": {**item, "arguments": ""}},
        {
            "type": "response.function_call_arguments.delta",
            "item_id": "fc_1",
            "output_index": 1,
            "delta": '{"path":"a"}',
        },
        {"type": "response.output_item.done", "output_index": 1, "item": {**item, "arguments": '{"path":"a"}'}},
        {"type": "response.completed", "response": {**response, "status": "completed", "usage": usage}},
    ]
    body = "".join(f"event: {event['type']}\ndata: {json.dumps(event)}\n\n" for event in events)
    step = HttpError(status=200, body=body, headers={"Content-Type": "text/event-stream"})
    got = await stage.play(step, model="openai/gpt-5-codex")
    assert text_of(got) == "Hello"
    assert [call.arguments for call in end_of(got).calls] == ['{"path":"a"}']
    assert last_request(stage).path == "/v1/responses"


@BOTH
async def test_many_small_chunks_reach_the_front_end_in_few_messages(stage: Stage, model: str) -> None:
    text = "word " * 400
    events = await stage.play(Reply(text=text, chunk_chars=5, chunks_per_s=400), model=model)
    assert text_of(events) == text
    assert len(events) < 150


@BOTH
@pytest.mark.parametrize(
    ("step", "kind", "status", "retryable"),
    [
        (HttpError(status=401), "auth", 401, False),
        (HttpError(status=403), "auth", 403, False),
        (HttpError(status=402), "quota", 402, False),
        (HttpError(status=404), "bad_request", 404, False),
        (HttpError(status=413), "bad_request", 413, False),
        (HttpError(status=429), "rate", 429, True),
        (HttpError(status=500), "server", 500, True),
        (HttpError(status=502, body="<html><h1>Bad gateway</h1></html>"), "server", 502, True),
        (HttpError(status=503), "overloaded", 503, True),
        (HttpError(status=529), "overloaded", 529, True),
        (HttpError(status=400, body={"error": {"message": "prompt is too long: 9 > 8"}}), "context", 400, False),
        (
            HttpError(status=400, body={"error": {"message": "x", "code": "context_length_exceeded"}}),
            "context",
            400,
            False,
        ),
        (HttpError(status=429, body={"error": {"message": "x", "code": "insufficient_quota"}}), "quota", 429, False),
    ],
)
async def test_http_errors_have_their_kind(
    stage: Stage, model: str, step: Step, kind: str, status: int, retryable: bool
) -> None:
    error = await stage.fail(step, model=model)
    assert (error.kind, error.status, error.retryable) == (kind, status, retryable)
    assert "litellm" not in str(error).lower()
    assert "<h1>" not in str(error)


@BOTH
async def test_request_is_made_once_and_not_repeated_here(stage: Stage, model: str) -> None:
    before = len(stage.server.requests)
    await stage.fail(HttpError(status=500), Reply(text="never sent"), model=model)
    assert len(stage.server.requests) == before + 1


@BOTH
@pytest.mark.parametrize(
    ("headers", "seconds"), [({"Retry-After": "7"}, 7.0), ({"Retry-After-Ms": "1500"}, 1.5), ({}, None)]
)
async def test_wished_delay_is_passed_on(
    stage: Stage, model: str, headers: dict[str, str], seconds: float | None
) -> None:
    error = await stage.fail(HttpError(status=429, headers=headers), model=model)
    assert error.retry_after_s == seconds


@BOTH
@pytest.mark.parametrize("how", ["reset", "close", "end"])
async def test_stream_that_breaks_off_is_truncated_and_has_no_end(stage: Stage, model: str, how: Any) -> None:
    stage.steps[:] = [Cut(after_chunks=6, how=how)]
    events: list[ModelEvent] = []
    with pytest.raises(ProviderError) as caught:  # noqa: PT012
        async for event in stage.provider.stream(request(model)):
            events.append(event)
    assert (caught.value.kind, caught.value.retryable) == ("truncated", True)
    assert text_of(events).startswith("The quick")
    assert not any(isinstance(event, ReplyEnded) for event in events)


@BOTH
async def test_calls_of_a_stream_that_breaks_off_are_lost(stage: Stage, model: str) -> None:
    reply = Reply(calls=(Call("look", {"path": "a long enough path"}),))
    assert (await stage.fail(Cut(after_chunks=5, reply=reply), model=model)).kind == "truncated"


@BOTH
async def test_garbage_in_the_stream_is_an_error_and_no_reply(stage: Stage, model: str) -> None:
    error = await stage.fail(Malformed(after_chunks=5), model=model)
    assert error.kind in ("truncated", "server")
    assert error.retryable


@BOTH
async def test_error_in_the_stream_is_told(stage: Stage, model: str) -> None:
    data = '{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}'
    error = await stage.fail(Malformed(after_chunks=5, data=data), model=model)
    assert (error.kind, error.retryable) == ("overloaded", True)


@BOTH
async def test_line_without_end_is_refused_and_not_tried_again(stage: Stage, model: str) -> None:
    error = await stage.fail(Malformed(after_chunks=3, data="x" * (9 << 20)), model=model)
    assert "a line of more than 8 MB" in str(error)
    assert not error.retryable


@BOTH
async def test_small_packet_that_unpacks_to_a_huge_stream_is_refused(stage: Stage, model: str) -> None:
    headers = {"Content-Type": "text/event-stream", "Content-Encoding": "gzip"}
    error = await stage.fail(HttpError(status=200, body=gzip.compress(bytes(64 << 20)), headers=headers), model=model)
    assert "a line of more than 8 MB" in str(error)


@BOTH
@pytest.mark.parametrize("is_packed", [True, False])
async def test_endless_body_of_an_error_is_cut(stage: Stage, model: str, is_packed: bool) -> None:
    body = b'{"error": {"message": "no ' + b"o" * (16 << 20) + b'"}}'
    headers = {"Content-Encoding": "gzip"} if is_packed else {}
    step = HttpError(status=400, body=gzip.compress(body) if is_packed else body, headers=headers)
    async with asyncio.timeout(10):
        error = await stage.fail(step, model=model)
    assert (error.kind, error.status) == ("bad_request", 400)


@BOTH
async def test_packed_reply_is_unpacked(stage: Stage, model: str) -> None:
    body = gzip.compress(b'{"error": {"message": "no such thing"}}')
    error = await stage.fail(HttpError(status=400, body=body, headers={"Content-Encoding": "gzip"}), model=model)
    assert "no such thing" in str(error)


@BOTH
@pytest.mark.parametrize("status", [302, 307])
async def test_conversation_does_not_follow_a_redirect_to_another_server(stage: Stage, model: str, status: int) -> None:
    async with ModelServer([]) as other:
        error = await stage.fail(HttpError(status=status, headers={"Location": f"{other.url}/v1/x"}), model=model)
        assert other.requests == []
    assert "redirects to http://127.0.0.1" in str(error)
    assert not error.retryable


@BOTH
async def test_server_that_does_not_answer_is_given_up(stage: Stage, model: str) -> None:
    stage.provider.limits = Limits(first_token_s=0.3)
    error = await stage.fail(Stall(after_chunks=0), model=model)
    assert (error.kind, error.retryable) == ("timeout", True)
    assert "did not begin to answer within 0.3 s" in str(error)
    await stage.server.wait_for_disconnect()


@BOTH
@pytest.mark.parametrize("keep_alives", [False, True])
async def test_stream_that_falls_silent_is_given_up_whatever_keeps_it_alive(
    stage: Stage, model: str, keep_alives: bool
) -> None:
    stage.provider.limits = Limits(idle_s=0.3)
    error = await stage.fail(Stall(after_chunks=6, keep_alives=keep_alives), model=model)
    assert error.kind == "timeout"
    assert "fell silent" in str(error)
    await stage.server.wait_for_disconnect()


async def test_reply_without_end_is_given_up(stage: Stage) -> None:
    stage.provider.limits = Limits(total_s=0.5)
    error = await stage.fail(Reply(text="la " * 10_000, chunks_per_s=100))
    assert error.kind == "timeout"
    assert "did not end" in str(error)


@BOTH
async def test_closing_the_stream_closes_the_connection(stage: Stage, model: str) -> None:
    stage.steps[:] = [Stall(after_chunks=6)]
    async with contextlib.aclosing(stage.provider.stream(request(model))) as events:
        await anext(events)
    async with asyncio.timeout(5):
        await stage.server.wait_for_disconnect()
    assert text_of(await stage.play(Reply(text="Still there."), model=model)) == "Still there."


async def test_two_requests_run_side_by_side(stage: Stage) -> None:
    stage.steps[:] = [Reply(text="a" * 300, chunks_per_s=100), Reply(text="b" * 300, chunks_per_s=100)]

    async def play() -> str:
        return text_of([event async for event in stage.provider.stream(request(OPENAI))])

    assert sorted(await asyncio.gather(play(), play())) == ["a" * 300, "b" * 300]


async def test_nothing_listens_there(stage: Stage) -> None:
    error = await stage.fail(model="lm_studio/qwen")
    assert (error.kind, error.retryable) == ("connect", True)
    assert str(error).startswith("No connection to lm_studio: ")


async def test_missing_key_is_named_before_anything_is_sent(stage: Stage) -> None:
    error = await stage.fail(model="mistral/mistral-large-latest")
    assert (error.kind, error.retryable) == ("auth", False)
    assert "MISTRAL_API_KEY" in str(error)


async def test_unknown_provider_is_an_error_in_words(stage: Stage) -> None:
    error = await stage.fail(model="nosuchprovider/x")
    assert error.kind == "bad_request"
    assert not error.retryable


@BOTH
@pytest.mark.parametrize("status", [401, 500])
async def test_key_that_a_server_repeats_is_masked(stage: Stage, model: str, status: int) -> None:
    error = await stage.fail(HttpError(status=status, body={"error": {"message": f"wrong: {KEY}!"}}), model=model)
    assert "wrong: " in str(error)  # and no KEY: `fail` sees to that


async def test_key_that_a_stream_repeats_is_masked(stage: Stage) -> None:
    error = await stage.fail(Malformed(data=json.dumps({"error": {"message": f"bad {KEY}"}})))
    assert "bad [key]" in str(error)


async def test_settings_of_the_current_folder_are_not_honoured(stage: Stage) -> None:
    await stage.play(Reply(text="x"))
    assert "openai-organization" not in last_request(stage).headers
    assert last_request(stage).headers["authorization"] == f"Bearer {KEY}"


@BOTH
async def test_empty_replies_and_odd_ids_of_other_models_are_made_acceptable(stage: Stage, model: str) -> None:
    odd = "call_1__thought__" + "A+/=" * 30
    messages = (
        USER,
        {"role": "assistant", "content": "  "},
        USER,
        {
            "role": "assistant",
            "content": None,
            "tool_calls": [{"id": odd, "type": "function", "function": {"name": "rm -rf", "arguments": "{}"}}],
        },
        {"role": "tool", "tool_call_id": odd, "content": "There is no tool 'rm -rf'."},
    )
    await stage.play(Reply(text="Sorry."), model=model, messages=messages)
    assert list(last_request(stage).tool_results().values()) == ["There is no tool 'rm -rf'."]


async def test_host_that_dies_in_a_reply_is_replaced(stage: Stage) -> None:
    stage.steps[:] = [Stall(after_chunks=6)]
    with pytest.raises(ProviderError) as caught:  # noqa: PT012
        async for _ in stage.provider.stream(request(OPENAI)):
            assert stage.provider.host_pid is not None
            os.kill(stage.provider.host_pid, signal.SIGKILL)
    assert (caught.value.kind, caught.value.retryable) == ("crashed", True)
    assert text_of(await stage.play(Reply(text="Here again."))) == "Here again."


async def test_host_that_cannot_be_started_is_told(tmp_path: Path) -> None:
    (tmp_path / "model-host").write_text("in the way")
    provider = LiteLLMProvider(state_folder=tmp_path, environ={})
    await provider.warm_up()
    with pytest.raises(ProviderError, match="model host"):
        await anext(provider.stream(request(OPENAI)))
    await provider.close()
