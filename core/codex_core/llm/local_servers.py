"""Finds model servers that run on this machine: Ollama, LM Studio, vLLM, llama.cpp.

Asks the ports that they use by default, on loopback only, briefly, and believes nothing that does not look right:
anybody may listen there.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
from collections.abc import Sequence
from dataclasses import dataclass

from codex_core.llm.model_listing import chat_models_in

_CONNECT_S = 0.15
_ANSWER_S = 0.5
_MAX_ANSWER_BYTES = 1 << 20
_LONGEST_SIZE_LINE = 256


@dataclass(frozen=True, slots=True, kw_only=True)
class Probe:
    """Where to ask for what."""

    name: str
    port: int
    path: str
    prefix: str
    """LiteLLM's prefix of the models found there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalServer:
    name: str
    address: str
    """`127.0.0.1:11434`"""
    models: tuple[str, ...]
    """As LiteLLM names them: `ollama_chat/qwen3:8b`. Never empty."""


PROBES = (
    Probe(name="Ollama", port=11434, path="/api/tags", prefix="ollama_chat"),
    Probe(name="LM Studio", port=1234, path="/v1/models", prefix="lm_studio"),
    Probe(name="vLLM", port=8000, path="/v1/models", prefix="hosted_vllm"),
    Probe(name="llama.cpp", port=8080, path="/v1/models", prefix="llamafile"),
)


async def find_local_servers(probes: Sequence[Probe] = PROBES) -> tuple[LocalServer, ...]:
    """Return the servers that answered with at least one chat model, in the order of the probes."""
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(_ask(probe)) for probe in probes]
    return tuple(server for task in tasks if (server := task.result()) is not None)


async def _ask(probe: Probe) -> LocalServer | None:
    try:
        async with asyncio.timeout(_CONNECT_S):
            reader, writer = await asyncio.open_connection("127.0.0.1", probe.port, limit=_MAX_ANSWER_BYTES)
    except (OSError, TimeoutError):
        return None
    try:
        async with asyncio.timeout(_ANSWER_S):
            host = f"127.0.0.1:{probe.port}"
            # HTTP/1.0: the answer comes in one piece and ends with the connection.
            writer.write(f"GET {probe.path} HTTP/1.0\r\nHost: {host}\r\nAccept: application/json\r\n\r\n".encode())
            answer = await _read_all(reader)
    except (OSError, TimeoutError):
        return None
    finally:
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()
    models = tuple(f"{probe.prefix}/{name}" for name in _chat_models(answer))
    return LocalServer(name=probe.name, address=host, models=models) if models else None


async def _read_all(reader: asyncio.StreamReader) -> bytes:
    """Read to the end of the body, which a server may mark by its length only. Cut at the limit."""
    answer = b""
    while len(answer) < _MAX_ANSWER_BYTES and (piece := await reader.read(1 << 16)):
        answer += piece
        head, separator, body = answer.partition(b"\r\n\r\n")
        length = re.search(rb"(?im)^content-length:\s*(\d{1,9})\s*$", head)
        if separator and length and len(body) >= int(length[1]):
            break
    return answer


def _chat_models(answer: bytes) -> tuple[str, ...]:
    head, _, body = answer.partition(b"\r\n\r\n")
    if not re.match(rb"HTTP/1\.[01] 200\b", head):
        return ()
    if re.search(rb"(?im)^transfer-encoding:\s*chunked", head):
        body = _unchunked(body)
    return chat_models_in(body)


def _unchunked(body: bytes) -> bytes:
    """The content of a chunked body; what is damaged ends it."""
    content = bytearray()
    at = 0  # never cut off what was read: a megabyte in chunks of a byte would be copied once for each
    while (end := body.find(b"\r\n", at, at + _LONGEST_SIZE_LINE)) >= 0:
        size_text = body[at:end].partition(b";")[0].strip()
        if not re.fullmatch(rb"[0-9a-fA-F]{1,8}", size_text) or (size := int(size_text, 16)) == 0:
            break
        begin = end + 2
        content += body[begin : begin + size]
        at = begin + size + 2
    return bytes(content)
