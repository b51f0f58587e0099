"""Which models a provider's own list says, where the user has it at another address: a gateway, a proxy, a test.

What LiteLLM knows of the provider says nothing about what is offered there.
"""

from __future__ import annotations

import asyncio
import importlib
from collections.abc import Mapping
from typing import Any

from codex_core.llm.endpoints import endpoint_of
from codex_core.llm.model_listing import chat_models_in

_ANSWER_S = 3.0
_MAX_ANSWER_BYTES = 1 << 20


async def offered_models(environ: Mapping[str, str]) -> Mapping[str, tuple[str, ...]]:
    """Return the chat models, as LiteLLM names them, by provider: those at an address of the user's own that told."""
    openai, anthropic = endpoint_of("openai/", environ), endpoint_of("anthropic/", environ)
    asked: dict[str, tuple[str, dict[str, str]]] = {}
    if openai.api_base:
        asked["openai"] = (f"{openai.api_base.rstrip('/')}/models", {"Authorization": f"Bearer {openai.api_key}"})
    if anthropic.api_base:
        headers = {"x-api-key": anthropic.api_key or "", "anthropic-version": "2023-06-01"}
        asked["anthropic"] = (f"{anthropic.api_base}/v1/models", headers)
    answers = await asyncio.gather(*(_ask(address, headers) for address, headers in asked.values()))
    return {
        provider: tuple(f"{provider}/{name}" for name in names)
        for provider, names in zip(asked, answers, strict=True)
        if names
    }


async def _ask(address: str, headers: Mapping[str, str]) -> tuple[str, ...]:
    """The names there; none if it does not answer, or takes its time."""
    httpx: Any = importlib.import_module("httpx")  # deferred: only the model host has it
    body = bytearray()
    try:
        async with (
            asyncio.timeout(_ANSWER_S),
            httpx.AsyncClient(timeout=_ANSWER_S) as client,
            client.stream("GET", address, headers=headers) as answer,
        ):
            if answer.status_code != 200:
                return ()
            async for piece in answer.aiter_bytes(1 << 16):
                body += piece
                if len(body) > _MAX_ANSWER_BYTES:
                    return ()
    except (TimeoutError, httpx.HTTPError, httpx.InvalidURL, ValueError):
        return ()
    return chat_models_in(bytes(body))
