"""Where the hunks of one file go, and the file that comes of it. Pure functions over bytes.

A line of the file that a hunk only names as context is copied as it is, so it keeps its line end, its trailing spaces
and its encoding, even where it was matched loosely.
"""

from __future__ import annotations

import bisect
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from codex_tools.near_miss import TYPOGRAPHIC, describe_near_miss
from codex_tools.patch_model import Hunk, PatchError, PatchLine

_Key: TypeAlias = Callable[[bytes], bytes]


@dataclass(frozen=True, slots=True)
class _Placed:
    hunk: Hunk
    start: int
    """The index of its first line in the file."""
    lines: tuple[PatchLine, ...]
    is_exact: bool
    """Matched to the byte: what it adds is taken to the byte, too."""

    @property
    def end(self) -> int:
        return self.start + sum(line.mark != "+" for line in self.lines)


def apply_hunks(data: bytes, hunks: Sequence[Hunk], dialect: Literal["codex", "unified"], path: str) -> bytes:
    """The file after the hunks, which come in the order of the file.

    Raises:
        PatchError: a hunk fits nowhere.
    """
    lines = _split(data)
    placer = _Placer(lines, hunks, dialect, path)
    pieces: list[bytes] = []
    at = 0
    for placed in placer.place():
        pieces += lines[at : placed.start]
        pieces += _replacement(placed, lines, placer.line_end)
        at = placed.end
    pieces += lines[at:]
    return _joined(pieces, placer.line_end)


class _Placer:
    def __init__(self, lines: list[bytes], hunks: Sequence[Hunk], dialect: Literal["codex", "unified"], path: str):
        self._lines = lines
        self._hunks = hunks
        self._path = path
        self._is_codex = dialect == "codex"
        self._indexes: dict[_Key, dict[bytes, list[int]]] = {}
        self._next = 0
        self._drift = 0
        crlf = sum(line.endswith(b"\r\n") for line in lines)
        newlines = sum(line.endswith(b"\n") for line in lines)
        self.line_end = b"\r\n" if 2 * crlf > newlines else b"\n"
        is_all_crlf = 0 < crlf == newlines
        has_cr = any(line.body.endswith(b"\r") for hunk in hunks for line in hunk.lines)
        # To match to the byte is right for what a program made; what was written by hand knows nothing of CRLF.
        exact: list[_Key] = [] if self._is_codex or (is_all_crlf and not has_cr) else [_as_is]
        loose: list[_Key] = [_without_trailing_space, _plain] if self._is_codex else []
        self._keys = [*exact, _without_line_end, *loose]

    def place(self) -> Iterator[_Placed]:
        for hunk in self._hunks:
            placed = self._place(hunk)
            if hunk.old_start is not None and not self._is_codex:
                self._drift = placed.start - self._expected(hunk, 0)
            self._next = placed.end
            yield placed

    def _place(self, hunk: Hunk) -> _Placed:
        start = self._after_headers(hunk)
        if all(line.mark == "+" for line in hunk.lines):
            is_exact = self._keys[0] is _as_is
            return _Placed(hunk, self._insertion(hunk, start), hunk.lines, is_exact)
        for lines in self._variants(hunk):
            old = [line for line in lines if line.mark != "+"]
            for key in self._keys:
                at = self._find(old, key, start, hunk)
                if at is not None:
                    return _Placed(hunk, at, lines, key is _as_is)
        raise self._error(self._why_not(hunk), hunk)

    def _variants(self, hunk: Hunk) -> Iterator[tuple[PatchLine, ...]]:
        """The hunk as it is, then without blank lines at its ends that may belong to the patch alone."""
        yield hunk.lines
        if not self._is_codex:
            return
        first, last = 0, len(hunk.lines)
        while last > first and hunk.lines[last - 1].is_implied:
            last -= 1
        if last < len(hunk.lines):
            yield hunk.lines[:last]
        while first < last and hunk.lines[first].is_implied:
            first += 1
        if first:
            yield hunk.lines[first:last]

    def _after_headers(self, hunk: Hunk) -> int:
        """Where to look for the hunk: behind its `@@` lines."""
        at = self._next
        for header in hunk.headers:
            found = self._find_header(header, at)
            if found is None:
                shown = header.decode("utf-8", "replace")
                raise self._error(f"no line from line {at + 1} on reads like its header `@@ {shown}`", hunk)
            at = found + 1
        return at

    def _find_header(self, header: bytes, start: int) -> int | None:
        places = self._index(bytes.strip).get(header, [])
        first = bisect.bisect_left(places, start)
        if first < len(places):
            return places[first]
        beginning = [at for at in range(start, len(self._lines)) if self._lines[at].strip().startswith(header)]
        return beginning[0] if len(beginning) == 1 else None

    def _insertion(self, hunk: Hunk, start: int) -> int:
        """Where a hunk goes that has no old lines: nothing but its position tells."""
        if not self._is_codex:
            at = self._expected(hunk, self._drift)
            if not self._next <= at <= len(self._lines):
                raise self._error(f"the file has {len(self._lines)} lines; it cannot be inserted there", hunk)
            return at
        if hunk.headers and not hunk.is_at_end:
            return start
        if hunk.old_start is not None and not hunk.is_at_end and self._next <= hunk.old_start <= len(self._lines):
            return hunk.old_start
        return len(self._lines)

    def _expected(self, hunk: Hunk, drift: int) -> int:
        """The index where the patch says that the hunk is."""
        start = hunk.old_start or 0
        is_insertion = all(line.mark == "+" for line in hunk.lines)
        return max(0, start if is_insertion else start - 1) + drift

    def _find(self, old: Sequence[PatchLine], key: _Key, start: int, hunk: Hunk) -> int | None:
        wanted = [key(line.full) for line in old]
        at = self._choose((at for at in self._places(wanted, key) if at >= start), len(wanted), hunk)
        if at is None and hunk.headers:  # models repeat the header as the first line of context
            repeated = (at for at in self._places(wanted, key) if at == start - 1 >= self._next)
            at = self._choose(repeated, len(wanted), hunk)
        return at

    def _choose(self, places: Iterator[int], size: int, hunk: Hunk) -> int | None:
        """The first place, or the nearest to where the patch says the hunk is."""
        if hunk.is_at_end:
            places = (at for at in places if at + size == len(self._lines))
        if hunk.old_start is None:
            return next(places, None)
        expected = self._expected(hunk, self._drift)
        return min(places, key=lambda at: (abs(at - expected), at), default=None)

    def _places(self, wanted: Sequence[bytes], key: _Key) -> Iterator[int]:
        """Where all wanted lines stand one after the other."""
        index = self._index(key)
        rarest = min(range(len(wanted)), key=lambda offset: len(index.get(wanted[offset], ())))
        for found in index.get(wanted[rarest], ()):
            at = found - rarest
            if at < 0 or at + len(wanted) > len(self._lines):
                continue
            if all(key(line) == want for line, want in zip(self._lines[at : at + len(wanted)], wanted, strict=True)):
                yield at

    def _index(self, key: _Key) -> dict[bytes, list[int]]:
        if key not in self._indexes:
            index: dict[bytes, list[int]] = {}
            for at, line in enumerate(self._lines):
                index.setdefault(key(line), []).append(at)
            self._indexes[key] = index
        return self._indexes[key]

    def _why_not(self, hunk: Hunk) -> str:
        old = [line for line in hunk.lines if line.mark != "+"]
        wanted = [_without_line_end(line.full) for line in old]
        elsewhere = next(self._places(wanted, _without_line_end), None)
        if elsewhere is not None and hunk.is_at_end:
            return f"its lines are at line {elsewhere + 1}, not at the end of the file as `*** End of File` says"
        if elsewhere is not None:
            return f"its lines are at line {elsewhere + 1}, above what comes before it in the patch; mind the order"
        text = b"".join(_without_line_end(line) + b"\n" for line in self._lines).decode("utf-8", "replace")
        sought = b"".join(line + b"\n" for line in wanted).decode("utf-8", "replace")
        return f"its context and old lines are not in the file.\n{describe_near_miss(text, sought)}"

    def _error(self, message: str, hunk: Hunk) -> PatchError:
        return PatchError(message, path=self._path, hunk=hunk.number)


def _replacement(placed: _Placed, lines: Sequence[bytes], line_end: bytes) -> Iterator[bytes]:
    at = placed.start
    ends = (line[len(_without_line_end(line)) :] for line in lines[placed.start : placed.end])
    own_end = next((end for end in ends if end), line_end)
    for line in placed.lines:
        match line.mark:
            case " ":
                yield lines[at]
                at += 1
            case "-":
                at += 1
            case "+" if placed.is_exact:
                yield line.full
            case "+":
                yield _with_end(line, own_end)


def _with_end(line: PatchLine, line_end: bytes) -> bytes:
    if not line.has_newline:
        return line.body
    body = line.body.removesuffix(b"\r") if line_end == b"\r\n" else line.body
    return body + line_end


def _joined(lines: list[bytes], line_end: bytes) -> bytes:
    """A line that was the last and had no newline needs one where another has come behind it."""
    for index, line in enumerate(lines[:-1]):
        if not line.endswith(b"\n"):
            lines[index] = line + line_end
    return b"".join(lines)


def _split(data: bytes) -> list[bytes]:
    lines = [line + b"\n" for line in data.split(b"\n")]
    last = lines.pop()[:-1]
    return [*lines, last] if last else lines


def _as_is(line: bytes) -> bytes:
    return line


def _without_line_end(line: bytes) -> bytes:
    return line.removesuffix(b"\n").removesuffix(b"\r")


def _without_trailing_space(line: bytes) -> bytes:
    return line.rstrip()


def _plain(line: bytes) -> bytes:
    """With quotes, dashes and spaces as a keyboard has them: models tend to write those."""
    return line.decode("utf-8", "surrogateescape").translate(TYPOGRAPHIC).encode("utf-8", "surrogateescape").rstrip()
