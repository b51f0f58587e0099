"""From pieces of a shell word to `Word`s: quotes removed, home and known variables filled in, braces expanded."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from itertools import product

from codex_core.policy.words import Script, Word

Variables = Mapping[str, Sequence[Word]]
"""What the line itself may have assigned to a name."""

OPEN, CLOSE, COMMA = "\ue000", "\ue001", "\ue002"
"""Unquoted braces and commas until they are expanded; private characters are not let into a line."""

_MARKED = str.maketrans({"{": OPEN, "}": CLOSE, ",": COMMA})
_UNMARKED = str.maketrans({OPEN: "{", CLOSE: "}", COMMA: ","})
_BRACES = re.compile(f"{OPEN}([^{OPEN}{CLOSE}]*){CLOSE}")
_RANGE = re.compile(r"(-?\d{1,9}|[A-Za-z])\.\.(-?\d{1,9}|[A-Za-z])(?:\.\.-?\d{1,9})?")
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
_GLOB = re.compile(r"(?<!\\)[*?\[]")
MOST_TEXTS = 64


class WordBuilder:
    """Takes the pieces of one word from left to right."""

    def __init__(self, home: str) -> None:
        self._home = home
        self._shown: list[str] = []
        self._texts: list[str] | None = [""]
        self._guesses: list[str] = [""]
        self._globs = False
        self._splits = False
        self._has_braces = False
        self._scripts: list[Script] = []

    def add_plain(self, source: str, *, is_first: bool) -> None:
        """Add unquoted text as it was written."""
        text = source
        if is_first and (source == "~" or source.startswith("~/")):
            text = self._home + source[1:]
        self._globs = self._globs or _GLOB.search(source) is not None
        marked = text
        if "{" in text:
            self._has_braces = True
        if "\\" in text:
            pieces = re.split(r"(\\.)", text, flags=re.DOTALL)
            marked = "".join(p[1:] if p.startswith("\\") else p.translate(_MARKED) for p in pieces)
            source = _ESCAPED.sub(r"\1", source)
        elif self._has_braces:
            marked = text.translate(_MARKED)
        self._append(marked, source)

    def add_quoted(self, text: str) -> None:
        self._append(text, text)

    def add_variable(self, shown: str, values: Sequence[Word] | None, *, quoted: bool, guess: str = "") -> None:
        self._shown.append(shown)
        known = [text for word in values or () for text in word.texts]
        if values is not None:
            self._scripts.extend(script for word in values for script in word.scripts)
            self._globs = self._globs or any(word.globs for word in values)
        if not values or any(not word.texts for word in values):
            self._texts = None
            self._splits = self._splits or not quoted
        if not quoted and any(re.search(r"[\s*?\[]|^$", text) for text in known):
            self._splits = True
        if self._texts is not None:
            self._multiply(known)
        self._guess(known or [guess])

    def add_output(self, shown: str, script: Script, *, quoted: bool, guess: str = "") -> None:
        self._shown.append(shown)
        self._scripts.append(script)
        self._texts = None
        self._splits = self._splits or not quoted
        self._guess([guess])

    def add_pipe(self, shown: str, script: Script) -> None:
        """Add what names the output, or the input, of a script."""
        self._scripts.append(script)
        self._append("/dev/fd/63", shown)

    def add_unknown(self, shown: str, *, quoted: bool) -> None:
        self._shown.append(shown)
        self._texts = None
        self._splits = self._splits or not quoted

    def words(self) -> list[Word]:
        """Return the word, or the words that its braces make of it."""
        shown = "".join(self._shown)
        scripts = tuple(self._scripts)
        if self._has_braces and self._texts is not None:
            expanded = [word for text in self._texts for word in _expand(text)]
            if len(self._texts) == 1 or len(expanded) == len(self._texts):
                if len(expanded) > 1 and len(self._texts) == 1:
                    return [
                        Word(shown=text, texts=(text,), globs=self._globs, splits=self._splits, scripts=scripts)
                        for text in expanded
                    ]
                self._texts = expanded
            else:
                self._texts = None
                self._splits = True
        texts = _distinct(self._texts or ())
        guesses = () if texts else _distinct(self._guesses)
        return [
            Word(
                shown=shown,
                texts=texts,
                globs=self._globs,
                splits=self._splits,
                scripts=scripts,
                guesses=tuple(filter(None, guesses)),
            )
        ]

    def _append(self, text: str, shown: str) -> None:
        self._shown.append(shown)
        if self._texts is not None:
            self._texts = [before + text for before in self._texts]
        self._guesses = [before + text for before in self._guesses]

    def _multiply(self, known: Sequence[str]) -> None:
        texts = [before + text for before, text in product(self._texts or (), known)]
        self._texts = texts if len(texts) <= MOST_TEXTS else None

    def _guess(self, texts: Sequence[str]) -> None:
        self._guesses = [before + text for before, text in product(self._guesses, texts)][:MOST_TEXTS]


def _distinct(texts: Sequence[str]) -> tuple[str, ...]:
    if len(texts) == 1 and OPEN not in texts[0] and CLOSE not in texts[0] and COMMA not in texts[0]:
        return (texts[0],)
    return tuple(dict.fromkeys(text.translate(_UNMARKED) for text in texts))


def _expand(text: str) -> list[str]:
    """Expand marked braces, the innermost first; few enough, or cut off."""
    done: list[str] = []
    waiting = [text]
    while waiting and len(done) + len(waiting) <= MOST_TEXTS:
        piece = waiting.pop()
        found = _BRACES.search(piece)
        if found is None:
            done.append(piece.translate(_UNMARKED))
            continue
        before, inside, after = piece[: found.start()], found[1], piece[found.end() :]
        if COMMA in inside:
            waiting.extend(before + choice + after for choice in reversed(inside.split(COMMA)))
        elif ends := _RANGE.fullmatch(inside):
            waiting.extend((before + ends[2] + after, before + ends[1] + after))
        else:
            waiting.append(f"{before}{{{inside}}}{after}")
    return done + [piece.translate(_UNMARKED) for piece in waiting]


_ANSI = {"n": "\n", "t": "\t", "\\": "\\", "'": "'", '"': '"', "?": "?"}
_ANSI_ESCAPE = re.compile(r"\\(x[0-9A-Fa-f]{1,2}|[0-7]{1,3}|u[0-9A-Fa-f]{1,4}|U[0-9A-Fa-f]{1,8}|.)", re.DOTALL)


def ansi_c_text(inside: str) -> str | None:
    """Return what `$'…'` stands for; None if a control character would be in it, or it is not known."""
    is_plain = True

    def decoded(match: re.Match[str]) -> str:
        nonlocal is_plain
        escape = match[1]
        if escape in _ANSI:
            return _ANSI[escape]
        digits = escape[1:] if escape[0] in "xuU" else escape
        try:
            character = chr(int(digits, 16 if escape[0] in "xuU" else 8))
        except (ValueError, OverflowError):
            character = ""
        is_plain = is_plain and character.isprintable() and character.isascii() and character != ""
        return character

    text = _ANSI_ESCAPE.sub(decoded, inside)
    return text if is_plain else None
