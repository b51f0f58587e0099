"""What goes over the wire, and what comes of it, is the same with all of LiteLLM as with what a chat needs of it."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

MODELS = [
    "openai/gpt-5",
    "openai/gpt-5.1",
    "openai/gpt-5.5",
    "openai/gpt-5-codex",
    "openai/gpt-4o",
    "openai/o3",
    "anthropic/claude-sonnet-4-5",
    "gemini/gemini-2.5-pro",
    "mistral/mistral-large-latest",
    "groq/llama-3.3-70b-versatile",
    "xai/grok-4",
    "deepseek/deepseek-reasoner",
    "openrouter/openai/gpt-5",
    "together_ai/meta-llama/Llama-3",
    "cohere_chat/command-a",
    "azure/gpt-5",
    "azure_ai/mistral",
    "bedrock/converse/amazon.nova-pro-v1:0",
    "perplexity/sonar",
    "databricks/dbrx",
    "watsonx/ibm/granite",
    "moonshot/kimi-k2",
    "dashscope/qwen-max",
    "zai/glm-4.6",
    "lm_studio/qwen",
    "ollama_chat/qwen3",
    "hosted_vllm/qwen",
    "github/gpt-4o",
]

_CALL_ALL = r"""
import asyncio, json, os, re, sys
from codex_core.llm import tamed_litellm

if sys.argv[1] == "all of it":
    tamed_litellm.NOT_FOR_CHAT = frozenset()

TOOL = {"type": "function", "function": {"name": "look", "parameters": {"type": "object", "properties": {}}}}
DELTAS = ({"role": "assistant", "content": "Hi"}, None), ({}, "stop")
EVENTS = [
    {"id": "x", "object": "chat.completion.chunk", "created": 1, "model": "m",
     "choices": [{"index": 0, "delta": delta, "finish_reason": finish}]}
    for delta, finish in DELTAS
]
BODY = b"".join(b"data: " + json.dumps(event).encode() + b"\n\n" for event in EVENTS) + b"data: [DONE]\n\n"
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\nContent-Length: %d\r\n\r\n"

async def main():
    litellm = tamed_litellm.load_litellm()
    asked = []

    async def answer(reader, writer):
        head = await reader.readuntil(b"\r\n\r\n")
        length = re.search(rb"content-length: (\d+)", head, re.I)
        body = await reader.readexactly(int(length[1])) if length else b""
        asked.append([head.partition(b"\r\n")[0].decode(), body.decode()])
        writer.write(HEAD % len(BODY) + BODY)
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    base = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1"
    for model in sys.argv[2].split():
        for effort in ({}, {"reasoning_effort": "high"}):
            asked.clear()
            came = []
            try:
                async with asyncio.timeout(20):
                    stream = await litellm.acompletion(
                        model=model, messages=[{"role": "user", "content": "Hi"}], tools=[TOOL], stream=True,
                        stream_options={"include_usage": True}, num_retries=0, max_retries=0, drop_params=True,
                        api_base=base, api_key="none", _skip_mcp_handler=True, **effort,
                    )
                    async for chunk in stream:
                        came += [choice.delta.content for choice in chunk.choices]
            except Exception as error:
                came.append(type(error).__name__)
            print(json.dumps([model, effort, asked, came]).replace(base, "BASE"))

asyncio.run(main())
"""

_KEYS = {
    **dict.fromkeys(("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "WATSONX_TOKEN", "WATSONX_PROJECT_ID"), "none"),
    "AWS_REGION_NAME": "us-east-1",
    "AZURE_API_VERSION": "2024-10-21",
}


def call_all(of_litellm: str) -> list[Any]:
    code = [sys.executable, "-I", "-W", "ignore", "-c", _CALL_ALL, of_litellm, " ".join(MODELS)]
    ran = subprocess.run(code, env=_KEYS, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    return [json.loads(line) for line in ran.stdout.splitlines()]


def test_every_family_of_models_is_asked_and_heard_alike() -> None:
    calls = call_all("what a chat needs")
    assert calls == call_all("all of it")
    assert len(calls) == 2 * len(MODELS)
    assert sum("Hi" in came for _, _, _, came in calls) > len(MODELS)
