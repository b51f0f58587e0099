"""LiteLLM as a `Provider`. Runs in the model host, and in tests."""

from __future__ import annotations

import asyncio
import contextlib
import importlib
import math
import os
from collections.abc import AsyncGenerator, Iterator, Mapping, Sequence
from typing import Any, Literal, cast

from codex_core.llm.accumulator import CallAccumulator, ThinkingAccumulator
from codex_core.llm.effort import effort_arguments, takes_thoughts, without_thoughts
from codex_core.llm.endpoints import (
    endpoint_of,
    is_local,
    key_variable,
    missing_variable,
    prefix_of,
    provider_variables,
)
from codex_core.llm.errors import KeyMasker, out_of_reach, to_provider_error, truncated
from codex_core.llm.offered_models import offered_models
from codex_core.llm.outgoing import messages_for, reasoning_to_keep, tools_for
from codex_core.llm.provider import (
    CallStarted,
    ModelEvent,
    ModelInfo,
    ModelRequest,
    ReasoningChunk,
    ReplyEnded,
    TextChunk,
)
from codex_core.llm.providers import obstacle_to
from codex_core.llm.tamed_litellm import known_of, load_litellm, transport_class
from codex_core.llm.watchdog import Limits, Watchdog
from codex_core.protocol import JsonObject, ProviderError, Usage

_CLOSE_S = 2.0
_KEPT_CHUNKS = 128


class LiteLLMBackend:
    """Any model that LiteLLM knows. The keys are those of the environment."""

    def __init__(self, environ: Mapping[str, str] | None = None, *, limits: Limits | None = None) -> None:
        """LiteLLM itself also looks into `os.environ`, for providers with more than a key and an address."""
        self._environ = os.environ if environ is None else environ
        self._limits = limits or Limits()
        self._masker = KeyMasker(self._environ[name] for name in provider_variables(self._environ))

    @property
    def name(self) -> str:
        return "litellm"

    async def stream(self, request: ModelRequest, *, limits: Limits | None = None) -> AsyncGenerator[ModelEvent, None]:
        if (obstacle := obstacle_to(request.model, self._environ)) is not None:
            raise out_of_reach(obstacle)
        limits = limits or self._limits
        watchdog = Watchdog(limits, request.model)
        reply = _Reply(request)
        try:
            stream = await watchdog.wait(load_litellm().acompletion(**self._arguments(request, limits)))
            try:
                while (chunk := await watchdog.wait(anext(stream, None))) is not None:
                    for event in reply.take(chunk):
                        yield event
                    if reply.took_content:
                        watchdog.progress()
                    _forget_what_was_taken(stream)
                yield reply.end(stream)
            finally:
                await _close(stream)
        except ProviderError:
            raise
        except Exception as error:
            raise to_provider_error(
                error,
                model=request.model,
                has_begun=watchdog.has_begun,
                masker=self._masker,
                environ=self._environ,
            ) from error

    async def info(self, model: str) -> ModelInfo:
        known = known_of(model)
        window = known.get("max_input_tokens") or known.get("max_tokens")
        return ModelInfo(
            model=model,
            context_window=window if isinstance(window, int) else None,
            vision=bool(known.get("supports_vision")),
        )

    async def models(self) -> tuple[str, ...]:
        """Return the chat models of the providers that there is a key for, sorted.

        They are those that LiteLLM knows; of a provider that has another address here, those that are offered there.
        """
        litellm = load_litellm()
        offered = await offered_models(self._environ)
        providers = {str(getattr(provider, "value", provider)) for provider in litellm.provider_list} - offered.keys()
        found = {name for names in offered.values() for name in names}
        for name, known in cast(Mapping[str, Mapping[str, Any]], litellm.model_cost).items():
            provider = known.get("litellm_provider")
            if provider not in providers or known.get("mode") not in ("chat", "responses"):
                continue
            model = name if name.startswith(f"{provider}/") else f"{provider}/{name}"
            if key_variable(model) is not None and missing_variable(model, self._environ) is None:
                found.add(model)
        return tuple(sorted(found))

    async def warm_up(self) -> None:
        """Do what LiteLLM leaves to its first call."""
        litellm = load_litellm()
        warm_up: Any = importlib.import_module("codex_core.llm.warm_up")  # deferred: it needs httpx
        with contextlib.suppress(Exception):  # being warm is a kindness, not a duty
            await warm_up.make_first_call(litellm, transport_class())
            _cost_usd(Usage(input_tokens=1), 0, "openai/none", reported=None)

    async def close(self) -> None:
        """Nothing to do: connections end with the process."""

    def _arguments(self, request: ModelRequest, limits: Limits) -> dict[str, Any]:
        httpx: Any = importlib.import_module("httpx")  # deferred: litellm has loaded it by now
        messages = messages_for(request.model, request.messages)
        endpoint = endpoint_of(request.model, self._environ)
        known = known_of(request.model)
        effort: JsonObject = {}
        if request.effort is not None:
            effort = effort_arguments(request.model, request.effort, messages, known)
        arguments: dict[str, Any] = {
            "model": request.model,
            "messages": messages if takes_thoughts(request.model, effort, known) else without_thoughts(messages),
            "stream": True,
            "stream_options": {"include_usage": True},
            "num_retries": 0,
            "max_retries": 0,
            # The watchdog comes first; this is for a read that asyncio cannot interrupt.
            "timeout": httpx.Timeout(limits.first_token_s + 30.0, connect=limits.connect_s),
            "drop_params": True,
            **effort,
        }
        if request.effort is not None and endpoint.api_base is not None and known.get("mode") != "responses":
            # One's own server may not have the newer of OpenAI's two APIs, which LiteLLM would turn to.
            arguments["_skip_responses_api_bridge"] = True
        if request.tools:
            arguments["tools"] = tools_for(request.tools)
            arguments["_skip_mcp_handler"] = True  # our tools are our own: saves the first call 0.4 s of imports
        if endpoint.api_base is not None:
            arguments["api_base"] = endpoint.api_base
        elif prefix_of(request.model) == "openai":
            arguments["prompt_cache_key"] = request.session_id  # other servers may refuse what they do not know
        if endpoint.api_key is not None:
            arguments["api_key"] = endpoint.api_key
        return arguments


class _Reply:
    """What has come of one reply, read from litellm's chunks."""

    def __init__(self, request: ModelRequest) -> None:
        self._request = request
        self._calls = CallAccumulator()
        self._thinking = ThinkingAccumulator()
        self._reasoning: list[str] = []
        self._has_text = False
        self._finish: str | None = None
        self._usage: Any = None
        self.took_content = False
        """The last chunk brought something; many have only a role, or nothing."""

    def take(self, chunk: Any) -> Iterator[ModelEvent]:
        self.took_content = False
        self._usage = getattr(chunk, "usage", None) or self._usage
        if not chunk.choices:
            return
        choice = chunk.choices[0]
        self._finish = choice.finish_reason or self._finish
        delta = choice.delta
        for block in cast(Sequence[Any], getattr(delta, "thinking_blocks", None) or ()):
            self.took_content = True
            self._thinking.add(block)
        if reasoning := getattr(delta, "reasoning_content", None):
            self.took_content = True
            self._reasoning.append(reasoning)
            yield ReasoningChunk(text=reasoning)
        if text := delta.content:
            self.took_content = self._has_text = True
            yield TextChunk(text=text)
        for fragment in delta.tool_calls or ():
            self.took_content = True
            function = fragment.function
            name = self._calls.add(
                index=fragment.index,
                call_id=fragment.id or "",
                name=(function and function.name) or "",
                arguments=(function and function.arguments) or "",
            )
            if name is not None:
                yield CallStarted(name=name)

    def end(self, stream: Any) -> ReplyEnded:
        """Return the end of a reply whose stream has ended.

        Raises:
            ProviderError: the stream ended, the reply had not. LiteLLM makes up a finish reason then.
        """
        model = self._request.model
        if stream.received_finish_reason is None:
            raise truncated(model)
        is_reported = any(getattr(chunk, "usage", None) is not None for chunk in stream.chunks)
        finish = _finish_of(self._finish)
        calls = self._calls.calls() if finish == "stop" else ()
        if not (self._has_text or self._reasoning or calls or is_reported or finish != "stop"):
            raise truncated(model)
        return ReplyEnded(
            finish=finish,
            calls=calls,
            usage=_usage_of(self._usage, model, is_estimate=not is_reported) if self._usage is not None else None,
            reasoning_opaque=reasoning_to_keep(model, "".join(self._reasoning), self._thinking.blocks()),
        )


def _forget_what_was_taken(stream: Any) -> None:
    """Keep LiteLLM's own copies of a reply small.

    It adds each text to all that came before it, for rules that we do not have, which costs the square of the reply's
    length; and it keeps every chunk, some 5 kB each, to count the tokens where the provider does not.
    """
    stream.response_uptil_now = ""
    chunks: list[Any] = stream.chunks
    if len(chunks) < _KEPT_CHUNKS:
        return
    merged = [chunk for chunk in chunks[:-2] if chunk.choices and getattr(chunk, "usage", None) is None]
    if not merged:
        return
    text = "".join(_text_of(chunk.choices[0].delta) for chunk in merged)
    carrier = merged[0].model_copy()
    carrier.choices = [merged[0].choices[0].model_copy()]
    carrier.choices[0].delta = type(merged[0].choices[0].delta)(role="assistant", content=text)
    # The last two stay as they are: the next chunk is compared with them.
    others = [chunk for chunk in chunks[:-2] if not chunk.choices or getattr(chunk, "usage", None) is not None]
    chunks[:-2] = [carrier, *others]


def _text_of(delta: Any) -> str:
    """All that counts as output, in one text."""
    fragments = [fragment.function for fragment in delta.tool_calls or () if fragment.function]
    called = [part for function in fragments for part in (function.name, function.arguments) if part]
    return "".join([getattr(delta, "reasoning_content", None) or "", delta.content or "", *called])


def _finish_of(reason: str | None) -> Literal["stop", "length", "filter"]:
    match reason:
        case "length":
            return "length"
        case "content_filter":
            return "filter"
        case _:
            return "stop"


def _usage_of(usage: Any, model: str, *, is_estimate: bool) -> Usage:
    details = getattr(usage, "prompt_tokens_details", None)
    cached = getattr(usage, "cache_read_input_tokens", None) or getattr(details, "cached_tokens", None) or 0
    written = getattr(usage, "cache_creation_input_tokens", None) or 0
    reasoning = getattr(getattr(usage, "completion_tokens_details", None), "reasoning_tokens", None) or 0
    counted = Usage(
        input_tokens=usage.prompt_tokens or 0,
        cached_input_tokens=cached,
        output_tokens=usage.completion_tokens or 0,
        reasoning_tokens=reasoning,
        is_estimate=is_estimate,
    )
    return Usage(
        input_tokens=counted.input_tokens,
        cached_input_tokens=cached,
        output_tokens=counted.output_tokens,
        reasoning_tokens=reasoning,
        cost_usd=_cost_usd(counted, written, model, reported=getattr(usage, "cost", None)),
        is_estimate=is_estimate,
    )


def _cost_usd(usage: Usage, cache_written: int, model: str, *, reported: object) -> float | None:
    """What the provider says that it cost, else LiteLLM's price list; None if the price is not known."""
    if is_local(model):
        return 0.0
    if isinstance(reported, int | float) and 0 < reported < math.inf:
        return float(reported)
    try:
        of_input, of_output = cast(
            tuple[float, float],
            load_litellm().cost_per_token(
                model=model,
                prompt_tokens=usage.input_tokens,
                completion_tokens=usage.output_tokens,
                cache_read_input_tokens=usage.cached_input_tokens,
                cache_creation_input_tokens=cache_written,
            ),
        )
    except Exception:  # no price is known: LiteLLM has many ways to say so
        return None
    # OpenRouter's models are in the list with an input price of 0, which is no price.
    return of_input + of_output if of_input > 0 or usage.input_tokens == 0 else None


async def _close(stream: Any) -> None:
    """Close the connection now: left to the garbage collector it would stay open, and the provider go on."""
    with contextlib.suppress(Exception):
        async with asyncio.timeout(_CLOSE_S):
            await stream.aclose()
