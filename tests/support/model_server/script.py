"""What a scripted model says: a list of steps, one per request, or a function from the request to its step.

    [Reply(calls=(Call("read_file", {"path": "a.py"}),)), Stall(after_chunks=3), Reply(text="Done.")]

Knows nothing of HTTP or of a provider's format.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

if TYPE_CHECKING:
    from tests.support.model_server.request import SeenRequest


@dataclass(frozen=True, slots=True)
class Call:
    """A tool call of the model."""

    name: str
    arguments: Mapping[str, Any] | str = field(default_factory=dict)
    """A string is sent as it is, valid JSON or not."""
    id: str | None = None
    """None: one that is unique in the server."""

    def arguments_json(self) -> str:
        return self.arguments if isinstance(self.arguments, str) else json.dumps(self.arguments)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tokens:
    """What the reply says it cost."""

    input: int
    output: int
    cached: int = 0
    reasoning: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """A whole answer: reasoning, then text, then calls."""

    text: str = ""
    reasoning: str = ""
    redacted: str = ""
    """Anthropic only: the data of a redacted thinking block."""
    calls: tuple[Call, ...] = ()
    chunk_chars: int = 12
    fragment_arguments: bool = True
    """Send arguments in pieces of a few characters, those of parallel calls in turns."""
    delay_s: float = 0.0
    """Wait before the first byte of the answer."""
    chunks_per_s: float | None = None
    """None: as fast as the client reads."""
    finish: str | None = None
    """In the format's own words (`length`, `max_tokens`); None: what fits."""
    usage: Tokens | None = None
    """None: estimated from the lengths."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpError:
    """An answer written out: mostly one that is no answer, but any status will do."""

    status: int
    body: Mapping[str, Any] | str | bytes = ""
    """Empty: an error object of the usual shape."""
    headers: Mapping[str, str] = field(default_factory=dict)


_LONG = Reply(text="The quick brown fox jumps over the lazy dog and goes on to say a lot more than that.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Stall:
    """Fall silent in the middle of a reply, until `server.release()` or until the client goes."""

    after_chunks: int = 3
    """0: before the headers."""
    reply: Reply = _LONG
    keep_alives: bool = False
    """Send SSE comments meanwhile, as proxies do. They are no progress."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cut:
    """Break off in the middle of a reply."""

    after_chunks: int = 3
    reply: Reply = _LONG
    how: Literal["reset", "close", "end"] = "reset"
    """TCP reset; close without the end of the HTTP body; a proper end of HTTP, but not of the reply."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Malformed:
    """Send something that is no JSON in the middle of a reply, then go on."""

    after_chunks: int = 3
    reply: Reply = _LONG
    data: str = '{"choices": [{"delta": {"conte'


Step: TypeAlias = Reply | HttpError | Stall | Cut | Malformed
Script: TypeAlias = Sequence[Step] | Callable[["SeenRequest"], Step | Awaitable[Step]]


def step_from_json(data: Mapping[str, Any]) -> Step:
    """Read a step: a `Reply`'s fields, or those of another step beside `"step": "stall"` and the like."""
    fields = dict(data)
    kind = fields.pop("step", "reply")
    if kind == "http_error":
        return HttpError(**fields)
    if kind == "reply":
        return _reply_from_json(fields)
    if "reply" in fields:
        fields["reply"] = _reply_from_json(fields["reply"])
    return {"stall": Stall, "cut": Cut, "malformed": Malformed}[kind](**fields)


def _reply_from_json(data: Mapping[str, Any]) -> Reply:
    fields = dict(data)
    fields["calls"] = tuple(Call(**call) for call in fields.get("calls", ()))
    if fields.get("usage") is not None:
        fields["usage"] = Tokens(**fields["usage"])
    return Reply(**fields)
