"""Git's wildcard patterns as regular expressions over bytes that match in linear time, whatever the pattern.

A pattern like `*a*a*a*a*b` makes a naive translation backtrack for ever, and patterns come from repositories. Here each
star but the last is an atomic group: the leftmost match of what follows it is always good enough.
"""

from __future__ import annotations

import functools
import itertools
import re
from dataclasses import dataclass
from typing import Literal, TypeAlias

_POSIX: dict[bytes, bytes] = {
    b"alnum": b"0-9A-Za-z",
    b"alpha": b"A-Za-z",
    b"blank": b" \\t",
    b"cntrl": b"\\x00-\\x1f\\x7f",
    b"digit": b"0-9",
    b"graph": b"!-~",
    b"lower": b"a-z",
    b"print": b" -~",
    b"punct": b"!-/:-@\\[-`{-~",
    b"space": b" \\t\\n\\r\\f\\v",
    b"upper": b"A-Z",
    b"xdigit": b"0-9A-Fa-f",
}
_NOTHING = b"(?!)"


@dataclass(frozen=True, slots=True)
class _One:
    """Exactly one byte, as a regular expression."""

    regex: bytes


_Token: TypeAlias = _One | Literal["*", "/"]  # one byte, a star, the border of a component


class _InvalidError(Exception):
    """The pattern is malformed: it matches nothing."""


@functools.lru_cache(maxsize=512)
def compile_wildmatch(pattern: bytes) -> re.Pattern[bytes]:
    """A matcher (`fullmatch`) of paths: `*`, `?` and classes never match `/`, `**` as a whole component does.

    A malformed pattern matches nothing.
    """
    try:
        return _compiled(pattern)
    except _InvalidError:
        return re.compile(_NOTHING)


def compile_well_formed(pattern: bytes) -> re.Pattern[bytes]:
    """The same for a pattern whose author wants to know.

    Raises:
        ValueError: it is malformed.
    """
    try:
        return _compiled(pattern)
    except _InvalidError:
        shown = pattern.decode("utf-8", "backslashreplace")
        raise ValueError(f"{shown} has a `[` without its `]`, an unknown class or a backslash at the end") from None


def _compiled(pattern: bytes) -> re.Pattern[bytes]:
    return re.compile(_path_regex(_components(_tokens(pattern))), re.DOTALL)


def expand_braces(pattern: str, limit: int = 256) -> list[str]:
    """`*.{js,ts}` as `*.js` and `*.ts`. Braces without a comma or a partner stand for themselves.

    Raises:
        ValueError: more than `limit` patterns come of it.
    """
    done: list[str] = []
    todo = [pattern]
    while todo:
        if len(done) + len(todo) > limit:
            raise ValueError(f"the braces stand for more than {limit} patterns")
        current = todo.pop()
        found = _first_braces(current)
        if found is None:
            done.append(current)
            continue
        start, end, choices = found
        todo.extend(f"{current[:start]}{choice}{current[end:]}" for choice in reversed(choices))
    return done


def _first_braces(text: str) -> tuple[int, int, list[str]] | None:
    """Start, end and choices of the first group with a comma."""
    open_at: list[tuple[int, list[int]]] = []
    index = 0
    while index < len(text):
        match text[index]:
            case "\\":
                index += 1
            case "{":
                open_at.append((index, []))
            case "," if open_at:
                open_at[-1][1].append(index)
            case "}" if open_at:
                start, commas = open_at.pop()
                if commas:
                    edges = [start, *commas, index]
                    return start, index + 1, [text[a + 1 : b] for a, b in itertools.pairwise(edges)]
            case _:
                pass
        index += 1
    return None


def _tokens(pattern: bytes) -> list[_Token]:
    tokens: list[_Token] = []
    at = 0
    while at < len(pattern):
        byte = pattern[at : at + 1]
        at += 1
        match byte:
            case b"*":
                tokens.append("*")
            case b"/":
                tokens.append("/")
            case b"?":
                tokens.append(_One(b"[^/]"))
            case b"[":
                regex, at = _class(pattern, at)
                tokens.append(_One(regex))
            case b"\\":
                escaped = pattern[at : at + 1]
                if not escaped:
                    raise _InvalidError
                at += 1
                tokens.append("/" if escaped == b"/" else _One(re.escape(escaped)))
            case _:
                tokens.append(_One(re.escape(byte)))
    return tokens


def _class(pattern: bytes, at: int) -> tuple[bytes, int]:
    """The bracket expression whose `[` is before `at`, as the set of bytes that it matches, and where it ends."""
    members: set[int] = set()
    is_negated = pattern[at : at + 1] in {b"!", b"^"}
    at += is_negated
    is_first = True
    previous: int | None = None  # a byte that may begin a range
    while True:
        byte = pattern[at : at + 1]
        if not byte:
            raise _InvalidError
        at += 1
        if byte == b"]" and not is_first:
            break
        is_first = False
        if byte == b"[" and pattern[at : at + 1] == b":":
            named, end = _named_class(pattern, at)
            if named is not None:
                members |= named
                previous, at = None, end
                continue
        if byte == b"-" and previous is not None and pattern[at : at + 1] not in {b"", b"]"}:
            high, at = _class_byte(pattern, at)
            members |= set(range(previous, high + 1))
            previous = None
            continue
        at -= 1
        previous, at = _class_byte(pattern, at)
        members.add(previous)
    return _set_regex(members, is_negated), at


def _class_byte(pattern: bytes, at: int) -> tuple[int, int]:
    if pattern[at : at + 1] == b"\\":
        at += 1
    if at >= len(pattern):
        raise _InvalidError
    return pattern[at], at + 1


def _named_class(pattern: bytes, at: int) -> tuple[set[int] | None, int]:
    """`[:alpha:]`, with `at` on the first colon; None if it is no such thing and `[` stands for itself."""
    end = pattern.find(b"]", at)
    if end < 0:
        raise _InvalidError
    if end - at < 2 or pattern[end - 1 : end] != b":":
        return None, at
    members = _POSIX.get(pattern[at + 1 : end - 1])
    if members is None:
        raise _InvalidError
    return set(_posix_members(members)), end + 1


@functools.cache
def _posix_members(members: bytes) -> frozenset[int]:
    regex = re.compile(b"[" + members + b"]")
    return frozenset(byte for byte in range(256) if regex.match(bytes([byte])))


def _set_regex(members: set[int], is_negated: bool) -> bytes:
    """About as long as what it stands for: a negated set of one byte must not become one of 255."""
    if is_negated:
        return b"[^" + _ranges(members | {ord("/")}) + b"]"
    matched = members - {ord("/")}
    return b"[" + _ranges(matched) + b"]" if matched else _NOTHING


def _ranges(members: set[int]) -> bytes:
    ordered = sorted(members)
    # Neighbours have the same distance to their place in the order.
    runs = itertools.groupby(enumerate(ordered), key=lambda pair: pair[1] - pair[0])
    bounds = [[byte for _, byte in run] for _, run in runs]
    return b"".join(b"\\x%02x-\\x%02x" % (run[0], run[-1]) for run in bounds)


def _components(tokens: list[_Token]) -> list[list[_Token]]:
    components: list[list[_Token]] = [[]]
    for part in tokens:
        if part == "/":
            components.append([])
        else:
            components[-1].append(part)
    return components


def _path_regex(components: list[list[_Token]]) -> bytes:
    """Components between two `**` form a group of fixed length, found leftmost, once and for all."""
    groups: list[list[bytes]] = [[]]
    for component in components:
        if len(component) > 1 and all(part == "*" for part in component):
            groups.append([])
        else:
            groups[-1].append(_component_regex(component))
    if len(groups) == 1:
        return b"/".join(groups[0])
    first, *middle, last = groups
    regex = b"".join(part + b"/" for part in first)
    for group in middle:
        if group:
            regex += b"(?>(?:[^/]+/)*?" + b"".join(part + b"/" for part in group) + b")"
    return regex + (b"(?:[^/]+/)*" + b"/".join(last) if last else b".+")


def _component_regex(component: list[_Token]) -> bytes:
    pieces: list[bytes] = [b""]
    for token in component:
        if isinstance(token, _One):
            pieces[-1] += token.regex
        elif pieces[-1] or len(pieces) == 1:
            pieces.append(b"")
    if len(pieces) == 1:
        return pieces[0]
    head, *middle, tail = pieces
    return head + b"".join(b"(?>[^/]*?" + piece + b")" for piece in middle) + b"[^/]*" + tail
