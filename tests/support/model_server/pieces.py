"""Cutting texts and arguments into the pieces in which they are streamed."""

from __future__ import annotations

from collections.abc import Iterator

from tests.support.model_server.request import SeenRequest
from tests.support.model_server.script import Reply, Tokens

_ARGUMENT_CHARS = 5
"""Small enough to cut keys, escapes and numbers in two."""


def cut(text: str, chars: int) -> list[str]:
    return [text[start : start + chars] for start in range(0, len(text), max(chars, 1))]


def argument_pieces(reply: Reply, at: int) -> list[str]:
    arguments = reply.calls[at].arguments_json()
    return cut(arguments, _ARGUMENT_CHARS) if reply.fragment_arguments else [arguments]


def in_turns(columns: list[list[str]]) -> Iterator[tuple[int, str]]:
    """Yield (column, piece): the first piece of each column, then the second of each, and so on."""
    for row in range(max(map(len, columns), default=0)):
        for at, column in enumerate(columns):
            if row < len(column):
                yield at, column[row]


def tokens_of(reply: Reply, request: SeenRequest) -> Tokens:
    """Return the reply's usage, estimated at 4 characters a token if it names none."""
    if reply.usage is not None:
        return reply.usage
    said = len(reply.text) + len(reply.reasoning) + sum(len(call.arguments_json()) for call in reply.calls)
    return Tokens(
        input=max(1, len(str(request.messages)) // 4), output=max(1, said // 4), reasoning=len(reply.reasoning) // 4
    )
