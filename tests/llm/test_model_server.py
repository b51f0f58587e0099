import asyncio
import contextlib
import json
import sys
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.support.model_server import (
    Call,
    Cut,
    HttpError,
    Malformed,
    ModelServer,
    Reply,
    Stall,
    ThreadedModelServer,
    Tokens,
)

USER = {"role": "user", "content": "Hi"}


def openai_body(*messages: Mapping[str, Any], stream: bool = True, **more: Any) -> dict[str, Any]:
    options = {"stream_options": {"include_usage": True}} if stream else {}
    return {"model": "m", "messages": messages or [USER], "stream": stream, **options, **more}


def anthropic_body(*messages: Mapping[str, Any], stream: bool = True, **more: Any) -> dict[str, Any]:
    return {"model": "m", "max_tokens": 100, "messages": messages or [USER], "stream": stream, **more}


def asked(call_id: str, name: str = "look", arguments: str = "{}") -> dict[str, Any]:
    return {"id": call_id, "type": "function", "function": {"name": name, "arguments": arguments}}


@contextlib.asynccontextmanager
async def open_client(server: ModelServer) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=server.url, trust_env=False, timeout=10) as client:
        yield client


async def read_events(client: httpx.AsyncClient, path: str, body: dict[str, Any]) -> list[Any]:
    async with client.stream("POST", path, json=body) as response:
        assert response.status_code == 200
        assert response.headers["content-type"] == "text/event-stream"
        lines = [line.removeprefix("data: ") async for line in response.aiter_lines() if line.startswith("data: ")]
    return [line if line == "[DONE]" else json.loads(line) for line in lines]


async def refused_status(path: str, body: dict[str, Any]) -> int:
    server = ModelServer([Reply(text="x")])
    with pytest.raises(AssertionError, match="request 0"):
        async with server, open_client(server) as client:
            response = await client.post(path, json=body)
    return response.status_code


async def test_openai_text_streams_in_pieces_with_usage_at_the_end() -> None:
    reply = Reply(text="Hello there, world", reasoning="Hm.", chunk_chars=6, usage=Tokens(input=10, output=4, cached=3))
    async with ModelServer([reply]) as server, open_client(server) as client:
        *chunks, usage, done = await read_events(client, "/v1/chat/completions", openai_body())
    deltas = [chunk["choices"][0]["delta"] for chunk in chunks]
    assert [delta["content"] for delta in deltas if delta.get("content")] == ["Hello ", "there,", " world"]
    assert [delta["reasoning_content"] for delta in deltas if "reasoning_content" in delta] == ["Hm."]
    assert chunks[-1]["choices"][0]["finish_reason"] == "stop"
    assert usage["choices"] == []
    assert usage["usage"]["prompt_tokens_details"] == {"cached_tokens": 3}
    assert done == "[DONE]"


async def test_openai_parallel_calls_come_in_fragments_in_turns() -> None:
    calls = (Call("look", {"path": "a long path.py"}), Call("look", {"path": "b"}, id="mine"))
    async with ModelServer([Reply(calls=calls)]) as server, open_client(server) as client:
        chunks = await read_events(client, "/v1/chat/completions", openai_body())
    fragments = [
        part for chunk in chunks[:-1] for choice in chunk["choices"] for part in choice["delta"].get("tool_calls", ())
    ]
    assert [(part["index"], part["id"]) for part in fragments[:2]] == [(0, "call_0001"), (1, "mine")]
    assert [part["index"] for part in fragments[2:6]] == [0, 1, 0, 1]
    assert "".join(part["function"]["arguments"] for part in fragments if part["index"] == 0) == json.dumps(
        {"path": "a long path.py"}
    )


async def test_anthropic_reply_has_thinking_with_signature_text_and_tool_use() -> None:
    reply = Reply(text="Let me look.", reasoning="Where is it?", redacted="xyz", calls=(Call("look", {"path": "a"}),))
    async with ModelServer([reply]) as server, open_client(server) as client:
        events = await read_events(client, "/some/prefix/v1/messages", anthropic_body())
    starts = [event["content_block"]["type"] for event in events if event["type"] == "content_block_start"]
    assert starts == ["thinking", "redacted_thinking", "text", "tool_use"]
    deltas = [event["delta"] for event in events if event["type"] == "content_block_delta"]
    assert [delta["type"] for delta in deltas].count("signature_delta") == 1
    arguments = "".join(delta["partial_json"] for delta in deltas if delta["type"] == "input_json_delta")
    assert json.loads(arguments) == {"path": "a"}
    assert events[-2]["delta"]["stop_reason"] == "tool_use"
    assert events[-1]["type"] == "message_stop"


@pytest.mark.parametrize(
    ("path", "body", "text"),
    [
        ("/v1/chat/completions", openai_body(stream=False), lambda data: data["choices"][0]["message"]["content"]),
        ("/v1/messages", anthropic_body(stream=False), lambda data: data["content"][0]["text"]),
    ],
)
async def test_replies_also_come_whole(path: str, body: dict[str, Any], text: Any) -> None:
    async with ModelServer([Reply(text="All of it")]) as server, open_client(server) as client:
        response = await client.post(path, json=body)
    assert text(response.json()) == "All of it"


async def test_steps_are_consumed_in_order_and_requests_remembered() -> None:
    script = [HttpError(status=429, headers={"Retry-After": "7"}), Reply(text="now")]
    async with ModelServer(script) as server, open_client(server) as client:
        first = await client.post("/v1/chat/completions", json=openai_body(stream=False))
        second = await client.post("/v1/chat/completions", json=openai_body(stream=False))
    assert (first.status_code, first.headers["retry-after"]) == (429, "7")
    assert second.status_code == 200
    assert [request.last_text for request in server.requests] == ["Hi", "Hi"]


async def test_function_as_script_sees_the_request() -> None:
    async with (
        ModelServer(lambda request: Reply(text=request.last_text.upper())) as server,
        open_client(server) as client,
    ):
        response = await client.post("/v1/chat/completions", json=openai_body(stream=False))
    assert response.json()["choices"][0]["message"]["content"] == "HI"


@pytest.mark.parametrize("how", ["reset", "close"])
async def test_cut_breaks_the_connection(how: Any) -> None:
    async with ModelServer([Cut(after_chunks=2, how=how)]) as server, open_client(server) as client:
        with pytest.raises(httpx.TransportError):
            await read_events(client, "/v1/chat/completions", openai_body())
    assert server.disconnects == []


async def test_cut_may_end_http_properly_without_a_finish_reason() -> None:
    async with ModelServer([Cut(after_chunks=2, how="end")]) as server, open_client(server) as client:
        chunks = await read_events(client, "/v1/chat/completions", openai_body())
    assert len(chunks) == 2


async def test_malformed_data_comes_in_the_middle() -> None:
    async with ModelServer([Malformed(after_chunks=1)]) as server, open_client(server) as client:
        with pytest.raises(json.JSONDecodeError):
            await read_events(client, "/v1/chat/completions", openai_body())


async def test_stalled_reply_goes_on_when_released() -> None:
    async with (
        ModelServer([Stall(after_chunks=2, keep_alives=True)]) as server,
        open_client(server) as client,
        client.stream("POST", "/v1/chat/completions", json=openai_body()) as response,
    ):
        lines = response.aiter_lines()
        while not (await anext(lines)).startswith(":"):
            pass
        server.release()
        assert "data: [DONE]" in [line async for line in lines]


async def test_client_that_goes_early_is_noted() -> None:
    async with ModelServer([Stall(after_chunks=2)]) as server, open_client(server) as client:
        async with client.stream("POST", "/v1/chat/completions", json=openai_body()) as response:
            await anext(response.aiter_lines())
        async with asyncio.timeout(5):
            await server.wait_for_disconnect()
    assert server.disconnects == [0]


async def test_key_is_wanted_where_one_is_set() -> None:
    async with ModelServer([Reply(), Reply(text="x")], key="sk-right") as server, open_client(server) as client:
        wrong = await client.post("/v1/chat/completions", json=openai_body(), headers={"Authorization": "Bearer no"})
        right = await client.post("/v1/messages", json=anthropic_body(), headers={"x-api-key": "sk-right"})
    assert (wrong.status_code, right.status_code) == (401, 200)


OPENAI_HISTORIES = {
    "a call without a result": [USER, {"role": "assistant", "tool_calls": [asked("a")]}, USER],
    "a call whose result comes too late": [
        USER,
        {"role": "assistant", "tool_calls": [asked("a")]},
        USER,
        {"role": "tool", "tool_call_id": "a", "content": "x"},
    ],
    "one of two results": [
        USER,
        {"role": "assistant", "tool_calls": [asked("a"), asked("b")]},
        {"role": "tool", "tool_call_id": "a", "content": "x"},
    ],
    "two results for a call": [
        USER,
        {"role": "assistant", "tool_calls": [asked("a")]},
        {"role": "tool", "tool_call_id": "a", "content": "x"},
        {"role": "tool", "tool_call_id": "a", "content": "x"},
    ],
    "a result without a call": [USER, {"role": "tool", "tool_call_id": "a", "content": "x"}],
    "an empty assistant message": [USER, {"role": "assistant", "content": ""}, USER],
    "an id used twice": [
        USER,
        {"role": "assistant", "tool_calls": [asked("a")]},
        {"role": "tool", "tool_call_id": "a", "content": "x"},
        {"role": "assistant", "tool_calls": [asked("a")]},
        {"role": "tool", "tool_call_id": "a", "content": "x"},
    ],
    "arguments that are no JSON": [
        USER,
        {"role": "assistant", "tool_calls": [asked("a", arguments='{"pa')]},
        {"role": "tool", "tool_call_id": "a", "content": "x"},
    ],
    "a bad tool name": [
        USER,
        {"role": "assistant", "tool_calls": [asked("a", name="rm -rf")]},
        {"role": "tool", "tool_call_id": "a", "content": "x"},
    ],
    "a late system message": [USER, {"role": "system", "content": "x"}, USER],
    "an unknown role": [{"role": "robot", "content": "x"}, USER],
    "an assistant's last word": [USER, {"role": "assistant", "content": "x"}],
    "nothing": [],
}


@pytest.mark.parametrize("messages", OPENAI_HISTORIES.values(), ids=OPENAI_HISTORIES.keys())
async def test_bad_openai_history_is_refused_and_reported(messages: list[dict[str, Any]]) -> None:
    assert await refused_status("/v1/chat/completions", {"model": "m", "messages": messages}) == 400


def tool_use(call_id: str) -> dict[str, Any]:
    return {"type": "tool_use", "id": call_id, "name": "look", "input": {}}


def tool_result(call_id: str) -> dict[str, Any]:
    return {"type": "tool_result", "tool_use_id": call_id, "content": "x"}


THOUGHT = {"type": "thinking", "thinking": "Hm", "signature": "forged"}
ANTHROPIC_HISTORIES = {
    "no alternation": [USER, USER],
    "an assistant first": [{"role": "assistant", "content": "x"}, USER],
    "an empty text block": [{"role": "user", "content": [{"type": "text", "text": " "}]}],
    "a use without a result": [USER, {"role": "assistant", "content": [tool_use("a")]}, USER],
    "a result without a use": [{"role": "user", "content": [tool_result("a")]}],
    "one of two results": [
        USER,
        {"role": "assistant", "content": [tool_use("a"), tool_use("b")]},
        {"role": "user", "content": [tool_result("b")]},
    ],
    "text before a result": [
        USER,
        {"role": "assistant", "content": [tool_use("a")]},
        {"role": "user", "content": [{"type": "text", "text": "x"}, tool_result("a")]},
    ],
    "an altered thought": [USER, {"role": "assistant", "content": [THOUGHT, {"type": "text", "text": "x"}]}, USER],
}


@pytest.mark.parametrize("messages", ANTHROPIC_HISTORIES.values(), ids=ANTHROPIC_HISTORIES.keys())
async def test_bad_anthropic_history_is_refused_and_reported(messages: list[dict[str, Any]]) -> None:
    assert await refused_status("/v1/messages", {"model": "m", "max_tokens": 9, "messages": messages}) == 400


async def test_good_histories_with_parallel_calls_pass() -> None:
    openai = openai_body(
        {"role": "system", "content": "Be good."},
        USER,
        {"role": "assistant", "content": "Looking.", "tool_calls": [asked("a"), asked("b")]},
        {"role": "tool", "tool_call_id": "b", "content": "x"},
        {"role": "tool", "tool_call_id": "a", "content": "x"},
    )
    anthropic = anthropic_body(
        USER,
        {"role": "assistant", "content": [{"type": "text", "text": "Looking."}, tool_use("a"), tool_use("b")]},
        {"role": "user", "content": [tool_result("a"), tool_result("b"), {"type": "text", "text": "Go on"}]},
    )
    async with ModelServer([Reply(text="x"), Reply(text="x")]) as server, open_client(server) as client:
        await read_events(client, "/v1/chat/completions", openai)
        await read_events(client, "/v1/messages", anthropic)
    assert server.requests[0].tool_results() == {"a": "x", "b": "x"}
    assert server.requests[1].tool_results() == {"a": "x", "b": "x"}


async def test_request_beyond_the_script_is_reported() -> None:
    with pytest.raises(AssertionError, match="only 0 steps"):
        async with ModelServer([]) as server, open_client(server) as client:
            await client.post("/v1/chat/completions", json=openai_body())


async def test_models_are_listed() -> None:
    async with ModelServer([], models=("one", "two")) as server, open_client(server) as client:
        listed = (await client.get("/v1/models")).json()
    assert [model["id"] for model in listed["data"]] == ["one", "two"]


def test_server_in_a_thread_serves_a_plain_client() -> None:
    with ThreadedModelServer([Reply(text="from a thread")]) as server:
        response = httpx.post(f"{server.url}/v1/chat/completions", json=openai_body(stream=False), trust_env=False)
    assert response.json()["choices"][0]["message"]["content"] == "from a thread"
    assert len(server.requests) == 1


def test_server_in_a_thread_reports_violations_too() -> None:
    with pytest.raises(AssertionError, match="no messages"), ThreadedModelServer([Reply(text="x")]) as server:
        httpx.post(f"{server.url}/v1/chat/completions", json={"model": "m", "messages": []}, trust_env=False)


async def test_server_as_a_process_plays_a_script_from_a_file(tmp_path: Path) -> None:
    script = tmp_path / "script.json"
    script.write_text(json.dumps([{"text": "from a process", "calls": [{"name": "look", "arguments": {"path": "a"}}]}]))
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.support.model_server", str(script)),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    url = (await process.stdout.readline()).decode().strip()
    async with httpx.AsyncClient(trust_env=False) as client:
        response = await client.post(f"{url}/v1/chat/completions", json=openai_body(stream=False))
    await process.communicate(b"")
    assert response.json()["choices"][0]["message"]["content"] == "from a process"
    assert process.returncode == 0
