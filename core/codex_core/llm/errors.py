"""What went wrong with a model call: any exception of litellm, openai, httpx, aiohttp becomes a `ProviderError`.

Imports none of them: it looks at names, statuses and the chain of causes. LiteLLM's own status and class are often
invented (a refused connection is an `InternalServerError` 500, Anthropic's 529 becomes 500, its 413 becomes 400), so
the HTTP response deep in the chain is asked first.
"""

from __future__ import annotations

import json
import os
import re
import time
from collections.abc import Iterable, Iterator, Mapping
from typing import cast

from codex_core.llm.endpoints import prefix_of
from codex_core.llm.providers import SEE_MODELS, Obstacle
from codex_core.llm.remedies import remedy_for
from codex_core.protocol import ProviderError, ProviderErrorKind

MASK = "[key]"
_DETAIL_CHARS = 400

_RETRYABLE: frozenset[ProviderErrorKind] = frozenset(
    ("rate", "overloaded", "server", "connect", "timeout", "truncated", "crashed")
)

_TIMEOUTS = frozenset(("TimeoutException", "APITimeoutError", "TimeoutError", "Timeout"))
_REFUSALS = frozenset(("ConnectError", "ConnectTimeout", "ConnectionRefusedError", "gaierror", "ClientConnectorError"))
_BREAKS = frozenset(
    ("NetworkError", "RemoteProtocolError", "ClientPayloadError", "ServerDisconnectedError", "ConnectionError")
)
"""Classes of httpx, openai, aiohttp and Python, by name: subclasses count."""

_CONTEXT = re.compile(
    # OpenAI and vLLM; Anthropic; llama.cpp; Gemini; Mistral and others
    r"maximum context length|context_length_exceeded|context window|prompt is too long|exceed_context_size"
    r"|exceeds the available context size|input token count .{0,40}exceeds|too many tokens|context length",
    re.IGNORECASE,
)
_QUOTA = re.compile(
    r"insufficient_quota|exceeded your current quota|billing|credit balance|insufficient balance|payment required",
    re.IGNORECASE,
)
_OVERLOADED = re.compile(r"overloaded|over capacity|at capacity", re.IGNORECASE)
_POLICY = re.compile(
    r"content_policy|content_filter|content management policy|safety system|usage policy", re.IGNORECASE
)

_UNKNOWN_MODEL = "LLM Provider NOT provided"
"""LiteLLM 1.106, get_llm_provider_logic.py: the name has no provider's prefix and is not in its list."""

_PLAIN_ERRORS = frozenset(
    cls.__name__
    for cls in (OSError, ConnectionRefusedError, ConnectionResetError, ConnectionAbortedError, TimeoutError)
)
"""Python's own, whose `errno` is the system's: that of a certificate or of a host's name means something else."""

_SHAPES = re.compile(r"\b(?:sk|pk|rk|gsk|xai|key)-[A-Za-z0-9_-]{8,}|\bBearer\s+\S+|(?<=://)[^/@\s]+@|AIza[\w-]{30,}")


class KeyMasker:
    """Takes keys out of texts of providers: some repeat the key that they refuse."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        known = sorted({secret for secret in secrets if len(secret) >= 6}, key=len, reverse=True)
        self._known = re.compile("|".join(map(re.escape, known))) if known else None

    def mask(self, text: str) -> str:
        if self._known is not None:
            text = self._known.sub(MASK, text)
        return _SHAPES.sub(MASK, text)


def out_of_reach(obstacle: Obstacle) -> ProviderError:
    return ProviderError(f"{obstacle.sentence[:1].upper()}{obstacle.sentence[1:]}.", kind=obstacle.kind)


def truncated(model: str) -> ProviderError:
    return ProviderError(f"The reply of {model} ended in the middle.", kind="truncated", retryable=True)


def too_late(model: str, waited_s: float, *, what: str) -> ProviderError:
    return ProviderError(f"{model} {what} within {waited_s:g} s.", kind="timeout", retryable=True)


def to_provider_error(
    error: BaseException, *, model: str, has_begun: bool, masker: KeyMasker, environ: Mapping[str, str]
) -> ProviderError:
    """Say what an exception of a model call means, and what to do. `has_begun`: some of the reply had come."""
    chain = list(_chain(error))
    if _UNKNOWN_MODEL in str(error):
        return ProviderError(masker.mask(_unknown_model(model)), kind="bad_request")
    for each in chain:
        if type(each).__name__ == "ReplyOutOfBounds":  # of our own transport, which imports httpx
            return ProviderError(
                masker.mask(f"The server of {model} misbehaves: {_one_line(str(each))}."), kind="unknown"
            )
    status = _status(chain)
    detail = _detail(chain)
    kind = _kind(status, detail, chain, has_begun=has_begun)
    if kind == "connect":
        detail = _words_of_the_system(chain)  # those above say only "Connection error"
    message, remedy = _message(kind, status, detail, model), remedy_for(kind, status, model, environ)
    return ProviderError(
        masker.mask(f"{message.rstrip('.')}. {remedy}" if remedy else message),
        kind=kind,
        status=status,
        retryable=kind in _RETRYABLE,
        retry_after_s=_retry_after_s(chain) if kind in _RETRYABLE else None,
    )


def _kind(status: int | None, detail: str, chain: list[BaseException], *, has_begun: bool) -> ProviderErrorKind:
    if status is not None and status >= 400:
        return _kind_by_status(status, detail)
    names = {cls.__name__ for error in chain for cls in type(error).__mro__}
    if names & _REFUSALS:
        return "connect"
    if names & _TIMEOUTS:
        return "timeout"
    if names & _BREAKS:
        return "truncated" if has_begun else "connect"
    if any(type(error).__name__ == "APIConnectionError" and type(error).__module__ == "openai" for error in chain):
        return "connect"  # LiteLLM's class of that name stands for anything; OpenAI's own for what it says
    if _CONTEXT.search(detail):
        return "context"
    if _OVERLOADED.search(detail):
        return "overloaded"
    invented = _invented_status(chain)
    return _kind_by_status(invented, detail) if invented is not None else "unknown"


def _kind_by_status(status: int, detail: str) -> ProviderErrorKind:
    match status:
        case 401 | 403:
            return "policy" if _POLICY.search(detail) else "auth"
        case 402:
            return "quota"
        case 408 | 504:
            return "timeout"
        case 429:
            return "quota" if _QUOTA.search(detail) else "rate"
        case 503 | 529:
            return "overloaded"
        case _ if status >= 500 or status == 409:
            return "overloaded" if _OVERLOADED.search(detail) else "server"
        case _ if _CONTEXT.search(detail):
            return "context"
        case _ if _POLICY.search(detail):
            return "policy"
        case _ if _QUOTA.search(detail):
            return "quota"  # Anthropic says 400 to an empty account
        case _:
            return "bad_request"


def _message(kind: ProviderErrorKind, status: int | None, detail: str, model: str) -> str:
    provider = prefix_of(model) or "The provider"
    said = f"{f' ({status})' if status else ''}{f': {detail}' if detail else ''}"
    match kind:
        case "auth":
            return f"{provider} refused the key{said}"
        case "quota":
            return f"The account at {provider} has no quota left{said}"
        case "rate":
            return f"{provider} allows no more requests for now{said}"
        case "context":
            return f"The conversation does not fit into the context window of {model}{said}"
        case "policy":
            return f"{provider} refused the content{said}"
        case "bad_request" if status == 404:
            return f"{model} was not found{said}"
        case "bad_request":
            return f"{model} did not accept the request{said}"
        case "overloaded":
            return f"{provider} is overloaded{said}"
        case "connect":
            return f"No connection to {provider}{said}"
        case "timeout":
            return f"{model} took too long{said}"
        case "truncated":  # the exception's words are those of a library, and say no more than this
            return f"The connection to {provider} broke in the middle of the reply."
        case _:
            return f"{model} failed{said}"


def _unknown_model(model: str) -> str:
    full = f"{prefix_of(model) or 'PROVIDER'}/{model.rpartition('/')[2]}"
    return f"LiteLLM knows no model {model}. Name its provider too, as in {full}; {SEE_MODELS}."


def _words_of_the_system(chain: list[BaseException]) -> str:
    """Why there is no connection: `Connection refused` rather than `[Errno 111] Connect call failed (…)`."""
    for error in reversed(chain):
        if isinstance(error, OSError) and error.errno and type(error).__name__ in _PLAIN_ERRORS:
            return os.strerror(error.errno)
    return _one_line(re.sub(r"^\[Errno -?\d+\] ", "", str(chain[-1])))


def _chain(error: BaseException) -> Iterator[BaseException]:
    """The error, and everything that it came from, nearest first."""
    waiting: list[object] = [error]
    seen: set[int] = set()
    while waiting:
        current = waiting.pop(0)
        if not isinstance(current, BaseException) or id(current) in seen:
            continue
        seen.add(id(current))
        yield current
        waiting += [current.__cause__, current.__context__, getattr(current, "original_exception", None)]


def _status(chain: list[BaseException]) -> int | None:
    """The status that the provider really sent."""
    for error in chain:
        if any(cls.__name__ in ("HTTPStatusError", "APIStatusError") for cls in type(error).__mro__) and not (
            type(error).__module__.startswith("litellm.exceptions")
        ):
            status = cast(object, getattr(getattr(error, "response", None), "status_code", None))
            if isinstance(status, int):
                return status
    return None


def _invented_status(chain: list[BaseException]) -> int | None:
    statuses = (cast(object, getattr(error, "status_code", None)) for error in chain)
    return next((status for status in statuses if isinstance(status, int)), None)


def _retry_after_s(chain: list[BaseException]) -> float | None:
    for error in chain:
        for holder in (error, cast(object, getattr(error, "response", None))):
            for attribute in ("litellm_response_headers", "headers"):
                headers = cast(object, getattr(holder, attribute, None))
                if isinstance(headers, Mapping):
                    seconds = _seconds(
                        {str(k).lower(): str(v) for k, v in cast(Mapping[object, object], headers).items()}
                    )
                    if seconds is not None:
                        return seconds
    return None


def _seconds(headers: Mapping[str, str]) -> float | None:
    """Retry-After is a number of seconds or a date; OpenAI and Azure also send milliseconds."""
    try:
        if (milliseconds := headers.get("retry-after-ms")) is not None:
            return max(0.0, float(milliseconds) / 1000)
        if (value := headers.get("retry-after")) is None:
            return None
        if re.fullmatch(r"\s*\d+(\.\d+)?\s*", value):
            return float(value)
        from email.utils import parsedate_to_datetime  # deferred: few servers say it as a date

        return max(0.0, parsedate_to_datetime(value).timestamp() - time.time())
    except (ValueError, TypeError, OverflowError):
        return None


def _detail(chain: list[BaseException]) -> str:
    """The provider's own words in one line, without what LiteLLM puts around them."""
    for error in chain:
        body = cast(object, getattr(error, "body", None))
        if isinstance(body, Mapping) and (said := _said(cast(Mapping[str, object], body))):
            return _one_line(said)
    text = str(chain[0])
    if (start := text.find("{")) >= 0 and (end := text.rfind("}")) > start:
        try:
            parsed = cast(object, json.loads(text[start : end + 1]))
        except (ValueError, RecursionError):
            parsed = None
        if isinstance(parsed, Mapping) and (said := _said(cast(Mapping[str, object], parsed))):
            return _one_line(said)
    text = text.partition(" Original exception: ")[0].partition(" Handle with `litellm")[0]
    return _one_line(re.sub(r"^(?:(?:litellm\.)?\w*(?:Error|Timeout)\s*:\s*|\w+(?:Exception|Error)\s*-\s*)+", "", text))


def _said(body: Mapping[str, object]) -> str:
    match body:
        case {"error": {"message": str(message)}} | {"message": str(message)}:
            code = _code(body)
            return f"{message} ({code})" if code and code not in message else message
        case {"error": str(message)}:
            return message
        case _:
            return ""


def _code(body: Mapping[str, object]) -> str:
    """Codes that decide what kind of error it is, and that the words may leave out."""
    inner = body.get("error")
    holder = cast(Mapping[str, object], inner) if isinstance(inner, Mapping) else body
    known = ("insufficient_quota", "context_length_exceeded", "overloaded_error", "content_policy_violation")
    return next((str(value) for value in (holder.get("code"), holder.get("type")) if value in known), "")


def _one_line(text: str) -> str:
    """Plain words: error pages are HTML, and what a server sends may hold control characters."""
    text = re.sub(r"<[^>]*>", " ", text)
    text = " ".join("".join(char if char.isprintable() else " " for char in text).split())
    return text if len(text) <= _DETAIL_CHARS else text[: _DETAIL_CHARS - 1] + "…"
