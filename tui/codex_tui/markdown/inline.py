"""Emphasis, code, links: the inside of a paragraph as pieces of plain text with flags.

CommonMark's rules where they matter to readers. Linear in the length of the text, whatever the text. An unfinished text
(`open_ended`) is read as if its markers were closed at its end, so that no marker is shown that is about to vanish.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import NamedTuple

from codex_tui.markdown.references import References

STRONG, EMPHASIS, CODE, STRUCK, LINK, ADDRESS = 1, 2, 4, 8, 16, 32


class Piece(NamedTuple):
    text: str
    """May hold `\\n`: a line break that the author wanted."""
    flags: int = 0
    url: str = ""
    """Where a link leads, as written. Not checked."""


_SPECIAL = re.compile(r"[\\`*_~\[\]!<&\n]|https?://")
_PUNCTUATION = frozenset("!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~")
_TARGET = re.compile(r"\(\s*(<[^<>\n]*>|[^\s()<>]*(?:\([^\s()]*\)[^\s()]*)*)(?:\s+(?:\"[^\"]*\"|'[^']*'))?\s*\)")
_OPEN_TARGET = re.compile(r"\([^()\s]*(?:\([^()\s]*\)?[^()\s]*)*(?:\s+[\"'][^\"']*[\"']?)?\s*")
_AUTOLINK = re.compile(r"<(https?://[^\s<>]{1,2000}|[\w.+-]{1,64}@[\w.-]{1,255})>")
_LABEL = re.compile(r"\[((?:[^\[\]\\]|\\.){0,999})\]")
_LABEL_LIMIT = 999
_BREAK = re.compile(r"<br\s*/?>", re.IGNORECASE)
_URL = re.compile(r"https?://[^\s<>\"`]+")
_ENTITIES = {
    "&amp;": "&",
    "&lt;": "<",
    "&gt;": ">",
    "&quot;": '"',
    "&#39;": "'",
    "&nbsp;": " ",
    "&mdash;": "—",
    "&ndash;": "–",
    "&hellip;": "…",
}
_ENTITY = re.compile("|".join(map(re.escape, _ENTITIES)))
_BRACKETS = 8
"""Open brackets that are remembered; more are nobody's links."""
_PENDING = re.compile(r"[*_~`\[!<\\]+$")


@dataclass(slots=True)
class _Run:
    """A run of emphasis markers that may open, close, or be text."""

    at: int
    marker: str
    count: int
    can_open: bool
    can_close: bool


class _Reader:
    """One pass over one text."""

    def __init__(self, text: str, open_ended: bool, references: References | None) -> None:
        self.text = text
        self.open_ended = open_ended
        self.pieces: list[Piece] = []
        self.changes: dict[int, list[int]] = {}  # piece number -> flags that begin (+) or end (-) before it
        self.runs: list[_Run] = []
        self.references = references
        # Piece number, number of runs so far, is an image, where its text begins.
        self.brackets: list[tuple[int, int, bool, int]] = []
        self.unclosed: set[int] = set()  # lengths of backtick runs that have no partner further on

    def read(self) -> list[Piece]:
        text, position = self.text, 0
        while match := _SPECIAL.search(text, position):
            start = match.start()
            if start > position:
                self.pieces.append(Piece(text[position:start]))
            position = self.special(match.group(), start)
        if position < len(text):
            self.pieces.append(Piece(text[position:]))
        self.pair_runs(0)
        return self.flagged()

    def special(self, found: str, at: int) -> int:
        """Read what begins at `at`; returns where to go on."""
        match found:
            case "\\":
                return self.escape(at)
            case "`":
                return self.code(at)
            case "*" | "_" | "~":
                return self.run(found, at)
            case "[":
                return self.bracket(at, 1, is_image=False)
            case "!" if self.text.startswith("[", at + 1):
                return self.bracket(at, 2, is_image=True)
            case "]":
                return self.close_bracket(at)
            case "<":
                return self.angle(at)
            case "&" if entity := _ENTITY.match(self.text, at):
                return self.add(_ENTITIES[entity.group()], entity.end())
            case "\n":
                return self.line_break(at)
            case "http://" | "https://":
                return self.bare_url(at)
            case _:
                return self.add(found, at + len(found))

    def add(self, text: str, position: int, flags: int = 0, url: str = "") -> int:
        self.pieces.append(Piece(text, flags, url))
        return position

    def escape(self, at: int) -> int:
        following = self.text[at + 1 : at + 2]
        if following == "\n":
            return self.add("\n", at + 2)
        if following in _PUNCTUATION and following:
            return self.add(following, at + 2)
        return self.add("\\", at + 1)

    def line_break(self, at: int) -> int:
        if self.text.endswith("  ", 0, at) and self.pieces:
            last = self.pieces[-1]
            self.pieces[-1] = last._replace(text=last.text.rstrip(" "))
            return self.add("\n", at + 1)
        return self.add(" ", at + 1)

    def code(self, at: int) -> int:
        text, stop = self.text, at
        while text.startswith("`", stop):
            stop += 1
        size = stop - at
        if size not in self.unclosed:
            fence = text[at:stop]
            close = text.find(fence, stop)
            while close >= 0:
                end = close + size
                while text.startswith("`", end):
                    end += 1
                if end - close == size:
                    return self.add(_code_text(text[stop:close]), end, CODE)
                close = text.find(fence, end)
            self.unclosed.add(size)
        if self.open_ended:
            return self.add(_code_text(text[stop:]).rstrip("`"), len(text), CODE)
        return self.add(text[at:stop], stop)

    def run(self, marker: str, at: int) -> int:
        text, stop = self.text, at
        while text.startswith(marker, stop):
            stop += 1
        before, after = text[at - 1 : at] or " ", text[stop : stop + 1] or " "
        leans_left = not after.isspace() and (after not in _PUNCTUATION or before.isspace() or before in _PUNCTUATION)
        leans_right = not before.isspace() and (before not in _PUNCTUATION or after.isspace() or after in _PUNCTUATION)
        can_open, can_close = leans_left, leans_right
        if marker == "_":
            can_open = leans_left and (not leans_right or before in _PUNCTUATION)
            can_close = leans_right and (not leans_left or after in _PUNCTUATION)
        elif marker == "~" and stop - at != 2:
            can_open = can_close = False
        self.runs.append(_Run(len(self.pieces), marker, stop - at, can_open, can_close))
        return self.add(text[at:stop], stop)

    def bracket(self, at: int, size: int, *, is_image: bool) -> int:
        self.brackets.append((len(self.pieces), len(self.runs), is_image, at + size))
        if len(self.brackets) > _BRACKETS:
            del self.brackets[0]
        return self.add(self.text[at : at + size], at + size)

    def close_bracket(self, at: int) -> int:
        if not self.brackets:
            return self.add("]", at + 1)
        piece, runs, is_image, begins = self.brackets.pop()
        if target := _TARGET.match(self.text, at + 1):
            self.link(piece, runs, target.group(1).strip("<>"), is_image=is_image)
            return target.end()
        if self.open_ended and (target := _OPEN_TARGET.fullmatch(self.text, at + 1)):
            self.link(piece, runs, "", is_image=is_image)
            return target.end()
        if (referred := self.reference(begins, at)) is not None:
            url, end = referred
            self.link(piece, runs, url, is_image=is_image)
            return end
        return self.add("]", at + 1)

    def reference(self, begins: int, at: int) -> tuple[str, int] | None:
        """Where `[text][label]`, `[label][]` or `[label]` leads, and where it ends; None if that is not known."""
        if self.references is None:
            return None
        following = _LABEL.match(self.text, at + 1)
        label = following.group(1) if following is not None else ""
        if not label.strip():
            label = self.text[begins:at] if at - begins <= _LABEL_LIMIT else ""
        url = self.references.address(label)
        return None if url is None else (url, at + 1 if following is None else following.end())

    def link(self, piece: int, runs: int, url: str, *, is_image: bool) -> None:
        self.pair_runs(runs)
        self.pieces[piece] = Piece("▣ " if is_image else "")
        for number in range(piece, len(self.pieces)):
            self.pieces[number] = self.pieces[number]._replace(url=url)
        self.change(piece, len(self.pieces), LINK)
        label = "".join([part.text for part in self.pieces[piece:]])
        if url and url.removeprefix("mailto:") != label.strip():
            self.pieces.append(Piece(f" ({url})" if label else url, ADDRESS, url))
        # A link holds no links: brackets before it are text.
        self.brackets = [bracket for bracket in self.brackets if bracket[2]]

    def angle(self, at: int) -> int:
        if match := _BREAK.match(self.text, at):
            return self.add("\n", match.end())
        if match := _AUTOLINK.match(self.text, at):
            return self.add(match.group(1), match.end(), LINK, match.group(1))
        return self.add("<", at + 1)

    def bare_url(self, at: int) -> int:
        match = _URL.match(self.text, at)
        if match is None:
            return self.add(self.text[at : at + 4], at + 4)
        url = match.group()
        if self.brackets:
            url = url.partition("]")[0]
        url = url.rstrip(".,;:!?'*_~")
        for opening, closing in ("()", "[]"):
            while url.endswith(closing) and url.count(closing) > url.count(opening):
                url = url[:-1].rstrip(".,;:!?'*_~")
        return self.add(url, at + len(url), LINK, url)

    def change(self, start: int, end: int, flag: int) -> None:
        self.changes.setdefault(start, []).append(flag)
        self.changes.setdefault(end, []).append(-flag)

    def pair_runs(self, bottom: int) -> None:
        """Pair openers and closers among the runs from `bottom` on, and let go of them."""
        openers: dict[str, list[_Run]] = {"*": [], "_": [], "~": []}
        order: list[_Run] = []
        for run in self.runs[bottom:]:
            if run.can_close:
                self.close_run(run, openers, order)
            if run.count and run.can_open:
                openers[run.marker].append(run)
                order.append(run)
        if self.open_ended and not bottom:
            for run in order:
                if run.count and run.at < len(self.pieces) - 1:
                    self.change(run.at + 1, len(self.pieces), _flag(run.marker, min(run.count, 2)))
                    self.shorten(run, run.count)
        del self.runs[bottom:]

    def close_run(self, closer: _Run, openers: dict[str, list[_Run]], order: list[_Run]) -> None:
        stack = openers[closer.marker]
        while closer.count and stack:
            opener = stack[-1]
            both_ways = opener.can_close or closer.can_open
            if both_ways and (opener.count + closer.count) % 3 == 0 and (opener.count % 3 or closer.count % 3):
                return
            used = 2 if min(opener.count, closer.count) >= 2 else 1
            if closer.marker == "~" and used == 1:
                return
            self.change(opener.at + 1, closer.at, _flag(closer.marker, used))
            while order and order[-1] is not opener:  # what opened in between can no longer close
                lost = order.pop()
                openers[lost.marker].pop()
            self.shorten(opener, used)
            self.shorten(closer, used)
            if not opener.count:
                stack.pop()
                order.pop()

    def shorten(self, run: _Run, used: int) -> None:
        run.count -= used
        self.pieces[run.at] = Piece(run.marker * run.count)

    def flagged(self) -> list[Piece]:
        flags: dict[int, int] = dict.fromkeys((STRONG, EMPHASIS, STRUCK, LINK), 0)
        result: list[Piece] = []
        for number, piece in enumerate(self.pieces):
            for flag in self.changes.get(number, ()):
                flags[abs(flag)] += 1 if flag > 0 else -1
            if not piece.text:
                continue
            both = piece.flags | sum([flag for flag, depth in flags.items() if depth > 0])
            if piece.flags & ADDRESS:
                both &= ~LINK
            if result and result[-1].flags == both and result[-1].url == piece.url:
                result[-1] = Piece(result[-1].text + piece.text, both, piece.url)
            else:
                result.append(Piece(piece.text, both, piece.url))
        return result


def parse_inline(text: str, *, open_ended: bool = False, references: References | None = None) -> list[Piece]:
    """Read the text of a paragraph, a heading or a table cell; lines are separated by `\\n`."""
    if open_ended:
        text = _PENDING.sub("", text)
    if _SPECIAL.search(text) is None:
        return [Piece(text)] if text else []
    return _Reader(text, open_ended, references).read()


def _flag(marker: str, count: int) -> int:
    if marker == "~":
        return STRUCK
    return STRONG if count == 2 else EMPHASIS


def _code_text(text: str) -> str:
    text = text.replace("\n", " ")
    if text.startswith(" ") and text.endswith(" ") and text.strip():
        return text[1:-1]
    return text
