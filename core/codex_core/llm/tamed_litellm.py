"""LiteLLM, tamed: what it does for others than us is turned off, and what a chat does not need is put off.

The only module that imports litellm; of the model host, and of tests.
"""

from __future__ import annotations

import gc
import importlib
import logging
import os
from collections.abc import Mapping
from functools import cache
from typing import Any, cast

from codex_core.llm.lazy_packages import import_lazily
from codex_core.llm.not_for_chat import NOT_FOR_CHAT
from codex_core.llm.put_off import put_off


@cache
def load_litellm() -> Any:
    """Import litellm, tamed. Takes seconds and blocks.

    In its default mode it would load a `.env` of the current folder (which can redirect a key to another address),
    fetch a price list, print to stdout and log to stderr.
    """
    os.environ["LITELLM_MODE"] = "PRODUCTION"
    os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"
    os.environ.setdefault("HF_HUB_OFFLINE", "1")  # else counting the tokens of a Llama asks the network, for 24 s
    import_lazily("openai")
    put_off(NOT_FOR_CHAT)
    gc.disable()  # a quarter of the import would be collections that find nothing
    try:
        litellm: Any = importlib.import_module("litellm")  # deferred: the environment above comes first
    finally:
        gc.enable()
    gc.freeze()
    litellm.suppress_debug_info = True
    litellm.drop_params = True
    litellm.modify_params = False
    litellm.aiohttp_trust_env = True  # HTTPS_PROXY and NO_PROXY count
    litellm.REPEATED_STREAMING_CHUNK_LIMIT = 1 << 40  # a table's ruler is no endless loop
    for name in ("LiteLLM", "LiteLLM Router", "LiteLLM Proxy"):
        logger = logging.getLogger(name)
        logger.handlers.clear()
        logger.propagate = False
        logger.setLevel(logging.CRITICAL + 1)
    _keep_no_books()
    bounds: Any = importlib.import_module("codex_core.llm.bounded_reply")  # deferred: it needs httpx
    bounds.bound_replies(transport_class())
    return litellm


def transport_class() -> Any:
    """The class of the httpx transports that LiteLLM makes."""
    return importlib.import_module("litellm.llms.custom_httpx.aiohttp_transport").LiteLLMAiohttpTransport


def _keep_no_books() -> None:
    """Turn off what LiteLLM does after each call for its callbacks, of which we have none.

    It costs CPU, leaves tasks behind, and asks an Ollama server about its model by a blocking request without a
    timeout: a server that hangs would hang every other call with it.
    """

    async def do_nothing(*_: object, **__: object) -> None: ...

    def know_nothing(*_: object, **__: object) -> None: ...

    books: Any = importlib.import_module("litellm.litellm_core_utils.litellm_logging")
    books.Logging.dispatch_success_handlers = do_nothing
    books.Logging.dispatch_failure_handlers = do_nothing
    books.Logging.response_cost_calculator = know_nothing  # loads a tokenizer of 100,000 words; we count by ourselves
    ollama: Any = importlib.import_module("litellm.llms.ollama.common_utils")
    ollama.OllamaModelInfo.get_model_info = know_nothing
    streams: Any = importlib.import_module("litellm.litellm_core_utils.streaming_handler")
    streams.asyncify = _at_once_if_reported(streams.asyncify)


def _at_once_if_reported(asyncify: Any) -> Any:
    """For the whole reply that LiteLLM puts together at the end of a stream, twice, to tell us its usage.

    Where the provider has told it, that is all that it is put together from: it would hold the end back by 15 ms. Else
    LiteLLM counts by itself, and loads a tokenizer for that: in a thread, as it always does.
    """

    def made_async(build: Any) -> Any:
        async def build_soon(**stream: Any) -> Any:
            chunks: list[Any] = stream["chunks"]
            told = [chunk for chunk in chunks if getattr(chunk, "usage", None) is not None]
            if any(chunk.usage.prompt_tokens for chunk in told) and any(
                chunk.usage.completion_tokens for chunk in told
            ):
                return build(**{**stream, "chunks": [chunks[0], *told]})
            return await asyncify(build)(**stream)

        return build_soon

    return made_async


def known_of(model: str) -> Mapping[str, Any]:
    """What LiteLLM's list says of a model; empty if nothing."""
    try:
        return cast(Mapping[str, Any] | None, load_litellm().get_model_info(model)) or {}
    except Exception:  # it raises bare Exceptions for models that it does not know
        return {}
