import asyncio
import contextlib
import json
import socket
import time
from collections.abc import AsyncIterator

import pytest

from codex_core.llm.local_servers import LocalServer, Probe, find_local_servers
from tests.support.model_server import ModelServer


def ollama(port: int) -> Probe:
    return Probe(name="Ollama", port=port, path="/api/tags", prefix="ollama_chat")


def lm_studio(port: int) -> Probe:
    return Probe(name="LM Studio", port=port, path="/v1/models", prefix="lm_studio")


@contextlib.asynccontextmanager
async def answering(data: bytes, *, hang: bool = False) -> AsyncIterator[int]:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError):
            await reader.readuntil(b"\r\n\r\n")
            writer.write(data)
            if hang:
                await reader.read()
            writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1]


@pytest.fixture
def closed_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as sock:
        return sock.getsockname()[1]


async def test_models_are_named_as_litellm_names_them(closed_port: int) -> None:
    async with ModelServer([], models=("qwen3:8b", "nomic-embed-text")) as server:
        port = int(server.url.rpartition(":")[2])
        found = await find_local_servers([lm_studio(closed_port), ollama(port), lm_studio(port)])
    assert found == (
        LocalServer(name="Ollama", address=f"127.0.0.1:{port}", models=("ollama_chat/qwen3:8b",)),
        LocalServer(name="LM Studio", address=f"127.0.0.1:{port}", models=("lm_studio/qwen3:8b",)),
    )


async def test_chunked_answer_is_read() -> None:
    body = json.dumps({"object": "list", "data": [{"id": "llama"}]}).encode()
    pieces = b"".join(b"%x\r\n%s\r\n" % (len(body[at : at + 7]), body[at : at + 7]) for at in range(0, len(body), 7))
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    async with answering(head + pieces + b"0\r\n\r\n") as port:
        assert (await find_local_servers([lm_studio(port)]))[0].models == ("lm_studio/llama",)


async def test_answer_with_a_length_is_enough_where_the_connection_stays_open() -> None:
    body = json.dumps({"models": [{"name": "llama"}]}).encode()
    async with answering(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body), hang=True) as port:
        assert (await find_local_servers([ollama(port)]))[0].models == ("ollama_chat/llama",)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"SSH-2.0-OpenSSH_9.6\r\n\r\n",
        b"HTTP/1.1 404 Not Found\r\n\r\n{}",
        b"HTTP/1.1 200 OK\r\n\r\n<html>",
        b"HTTP/1.1 200 OK\r\n\r\n[1]",
        b'HTTP/1.1 200 OK\r\n\r\n{"data": [1, {"id": 2}, {"id": "\\u001b[31mred"}]}',
        b"HTTP/1.1 200 OK\r\n\r\n" + b"[" * 100_000,
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    ],
)
async def test_whatever_else_listens_there_is_no_model_server(data: bytes) -> None:
    async with answering(data) as port:
        assert await find_local_servers([ollama(port), lm_studio(port)]) == ()


async def test_server_that_never_answers_is_not_waited_for() -> None:
    async with answering(b"HTTP/1.1 200 OK\r\n", hang=True) as port:
        started = time.monotonic()
        assert await find_local_servers([ollama(port)]) == ()
    assert time.monotonic() - started < 5


async def test_a_megabyte_in_chunks_of_a_byte_does_not_stop_everything_else() -> None:
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    started = time.process_time()
    async with answering(head + b"1\r\n[\r\n" * 170_000) as port:
        assert await find_local_servers([lm_studio(port)]) == ()
    assert time.process_time() - started < 2.0
