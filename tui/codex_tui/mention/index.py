"""Paths to choose from, ranked by how well they match what was typed. Pure; a search is for a thread."""

from __future__ import annotations

import heapq
import re
from collections.abc import Callable, Sequence
from typing import NamedTuple

_CHECKED_EVERY = 1_000
_WORD_STARTS = re.compile(r"[A-Z]|(?<![A-Za-z0-9])[a-z0-9]")
_MOST_LETTERS = 100


class Match(NamedTuple):
    path: str
    letters: tuple[int, ...] = ()
    """Which characters of the path were matched."""


class _Entry(NamedTuple):
    path: str
    folded: str
    name_at: int
    """Where the last part begins."""


class PathIndex:
    """Made once for a listing. Small letters match both cases; a capital letter only itself."""

    def __init__(self, paths: Sequence[str], recent: Sequence[str] = ()) -> None:
        self._entries = [_entry(path) for path in paths]
        self._recent: dict[str, int] = {}
        self.prefer(recent)
        self._narrowed: tuple[str, list[_Entry]] = ("", self._entries)
        """The last query and what matched it: who types on can only get fewer."""

    def prefer(self, recent: Sequence[str]) -> None:
        """These come first among equals, the first one before the others."""
        self._recent = {path: rank for rank, path in reversed(list(enumerate(recent)))}

    def __len__(self) -> int:
        return len(self._entries)

    def search(self, query: str, limit: int, *, is_stale: Callable[[], bool] = lambda: False) -> list[Match]:
        """The best matches, the best one first. Given up, with nothing, as soon as it `is_stale`."""
        query = query.removeprefix("./")[:_MOST_LETTERS]
        if not query:
            return [Match(entry.path) for entry in heapq.nsmallest(limit, self._entries, self._unasked)]
        finds = _subsequence(query).match
        is_cased = query != query.casefold()
        before, among = self._narrowed
        if not query.startswith(before) or (before and (before != before.casefold()) != is_cased):
            among = self._entries
        hits: list[_Entry] = []
        best: list[tuple[tuple[int, int, int, int, str], str]] = []
        rank = self._ranker(query)
        for start in range(0, len(among), _CHECKED_EVERY):
            if is_stale():
                return []
            found = [e for e in among[start : start + _CHECKED_EVERY] if finds(e.path if is_cased else e.folded)]
            hits += found
            if query.endswith("/"):  # what is in the folder, not the folder
                found = [entry for entry in found if entry.folded != query.casefold()]
            best = heapq.nsmallest(limit, [*best, *((rank(entry), entry.path) for entry in found)])
        self._narrowed = (query, hits)
        return [Match(path, letters_of(query, path)) for _, path in best]

    def _unasked(self, entry: _Entry) -> tuple[int, int, str]:
        """Nothing was typed yet: what was changed last, then what lies on top."""
        return self._recent.get(entry.path, len(self._recent)), entry.path.rstrip("/").count("/"), entry.folded

    def _ranker(self, query: str) -> Callable[[_Entry], tuple[int, int, int, int, str]]:
        folded = query.casefold()
        recent = self._recent
        in_name = "/" not in query

        def rank(entry: _Entry) -> tuple[int, int, int, int, str]:
            path = entry.folded
            tier = _tier_of_name(folded, entry) if in_name else _tier_of_path(folded, path)
            size = len(path) - entry.name_at if in_name else path.rstrip("/").count("/")
            newness = recent.get(entry.path)
            if newness is not None:
                tier -= 1
            return tier, size, 0 if newness is None else newness - len(recent), len(path), path

        return rank


def _entry(path: str) -> _Entry:
    folded = path.casefold()
    if len(folded) != len(path):  # a letter that folds to two: positions would not fit
        folded = path.lower() if len(path.lower()) == len(path) else path
    return _Entry(path, path if folded == path else folded, path.rstrip("/").rfind("/") + 1)


def _tier_of_name(query: str, entry: _Entry) -> int:
    """How well the last part of the path matches, 0 is best; 8 and more: only the whole path does."""
    path, start = entry.folded, entry.name_at
    at = path.find(query, start)
    if at == start:
        end = start + len(query)
        return 0 if end == len(path) or path[end] in "./" else 1
    if at > start:
        return 2 if not path[at - 1].isalnum() else 4
    name = entry.path[start:]
    if len(query) > 1 and "".join(_WORD_STARTS.findall(name)).casefold().startswith(query):
        return 3
    if _subsequence(query).match(path, start):
        return 6
    at = path.find(query)
    if at >= 0:
        return 8 if at == 0 or not path[at - 1].isalnum() else 9
    return 10


def _tier_of_path(query: str, path: str) -> int:
    at = path.find(query)
    if at < 0:
        return 10
    if at == 0:
        return 0
    return 2 if path[at - 1] == "/" else 4


_patterns: dict[str, re.Pattern[str]] = {}


def _subsequence(query: str) -> re.Pattern[str]:
    """Matches what has these characters in this order. Each part can match in one way only: no name makes it slow."""
    if (pattern := _patterns.get(query)) is None:
        if len(_patterns) > 200:
            _patterns.clear()
        parts = (re.escape(character) for character in query)
        pattern = _patterns[query] = re.compile("".join(f"[^{part}]*{part}" for part in parts), re.DOTALL)
    return pattern


def letters_of(query: str, path: str) -> tuple[int, ...]:
    """Which characters of `path` make `query`: together where they can be, else in the name, else anywhere."""
    entry = _entry(path)
    text = path if query != query.casefold() else entry.folded
    for start in (entry.name_at, 0):
        if (at := text.find(query, start)) >= 0:
            return tuple(range(at, at + len(query)))
    for start in (entry.name_at, 0):
        if letters := _in_order(query, text, start):
            return letters
    return ()


def _in_order(query: str, text: str, at: int) -> tuple[int, ...]:
    """The characters one after the other, at the beginning of a word where there is one."""
    letters: list[int] = []
    for index, character in enumerate(query):
        found = text.find(character, at)
        if found < 0:
            return ()
        start = found
        while start >= 0 and start > 0 and text[start - 1].isalnum():
            start = text.find(character, start + 1)
        rest = query[index + 1 :]
        if start > found and (not rest or _subsequence(rest).match(text, start + 1)):
            found = start
        letters.append(found)
        at = found + 1
    return tuple(letters)
