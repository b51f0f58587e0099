"""What a terminal does with the bytes a program writes: the screen, the modes it set, the answers it expects.

pyte draws. What pyte does not know is handled here before it sees the bytes: the alternate screen, private modes,
queries and their answers, the kitty keyboard protocol, titles and the clipboard. Anything else is dropped, so that no
sequence ever shows up as text unless the program really wrote text.
"""

from __future__ import annotations

import base64
import codecs
import re
from collections.abc import Callable
from dataclasses import dataclass

import pyte

from tests.support.cells import Cells, CellScreen

_TOKEN = re.compile(
    r"\x1b\[(?P<mark>[<=>?]?)(?P<params>[0-9;:]*)(?P<between>[ -/]*)(?P<final>[@-~])"
    r"|\x1b\](?P<osc>[^\x07\x1b]*)(?:\x07|\x1b\\)"
    r"|\x1b[P_^X][^\x1b]*\x1b\\"
    r"|\x1b[ -/]*[0-OQ-WYZ`-~\\]"
    r"|\x1b(?P<abandoned>\[[0-?]*[ -/]*|[\]P_^X][^\x1b]*)?(?=\x1b[^\\]|\x1b\x1b)"
    r"|[^\x1b]+",
    re.DOTALL,
)
_ALTERNATE_SCREEN = 1049
_WRAP = 7
_KNOWN_MODES = frozenset({7, 25, 1000, 1002, 1003, 1004, 1006, 1049, 2004, 2026})


@dataclass(frozen=True, slots=True, kw_only=True)
class Screen:
    """The picture at one moment."""

    lines: tuple[str, ...]
    """One string per row, trailing blanks removed."""
    cursor: tuple[int, int]
    """Column and row, from 0."""

    @property
    def text(self) -> str:
        return "\n".join(self.lines)

    def __contains__(self, text: str) -> bool:
        return text in self.text

    def __str__(self) -> str:
        width = max(map(len, self.lines), default=0)
        return "\n".join(["─" * width, *self.lines, "─" * width])


class Emulator:
    """A terminal without a window. `reply` is called with what it answers to queries."""

    def __init__(self, columns: int, rows: int, reply: Callable[[bytes], None], *, has_kitty_keyboard: bool) -> None:
        self._main = CellScreen(columns, rows)
        self._alternate: CellScreen | None = None
        self._stream = pyte.Stream(self._main)
        self._reply = reply
        self._has_kitty_keyboard = has_kitty_keyboard
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._unfinished = ""
        self.modes: set[int] = {7, 25}
        """Private modes that are set: 25 cursor shown, 1000 and up mouse, 2004 bracketed paste, …"""
        self.keyboard_flags: list[int] = []
        """The stack of the kitty keyboard protocol."""
        self.title = ""
        self.clipboard = ""

    @property
    def screen(self) -> Screen:
        shown = self._alternate or self._main
        lines = tuple(line.rstrip() for line in shown.display)
        return Screen(lines=lines, cursor=(shown.cursor.x, shown.cursor.y))

    @property
    def cells(self) -> Cells:
        return (self._alternate or self._main).cells

    @property
    def overruns(self) -> int:
        """How often something was written past the right edge of this screen."""
        return (self._alternate or self._main).overruns

    @property
    def is_alternate(self) -> bool:
        return self._alternate is not None

    @property
    def speaks_kitty(self) -> bool:
        return self._has_kitty_keyboard and bool(self.keyboard_flags) and self.keyboard_flags[-1] != 0

    def resize(self, columns: int, rows: int) -> None:
        for screen in filter(None, (self._main, self._alternate)):
            screen.resize(rows, columns)

    def feed(self, data: bytes) -> None:
        text = self._unfinished + self._decoder.decode(data)
        end = 0
        while (token := _TOKEN.match(text, end)) is not None:
            end = token.end()
            self._take(token)
        self._unfinished = text[end:]

    def _take(self, token: re.Match[str]) -> None:
        if (osc := token["osc"]) is not None:
            self._operate(osc)
        elif token["final"] is None:
            if token[0] == "\x1b" or token["abandoned"] is not None:
                return  # cut short by the next sequence, as when a program is ended while it writes
            if not token[0].startswith(("\x1bP", "\x1b_", "\x1b^", "\x1bX")):
                self._stream.feed(token[0])
        elif not self._answer(token[0]) and not self._set_mode(token):
            is_plain = not (token["mark"] or token["between"] or ":" in token["params"])
            if is_plain:
                self._stream.feed(token[0])

    def _set_mode(self, token: re.Match[str]) -> bool:
        match token["mark"], token["final"]:
            case "?", "h" | "l" as final:
                for mode in map(int, filter(None, token["params"].split(";"))):
                    (self.modes.add if final == "h" else self.modes.discard)(mode)
                    if mode == _ALTERNATE_SCREEN:
                        self._switch_screen(to_alternate=final == "h")
                    elif mode == _WRAP:
                        self._stream.feed(f"\x1b[?7{final}")
            case ">", "u":
                self.keyboard_flags.append(int(token["params"] or 0))
            case "<", "u":
                del self.keyboard_flags[-int(token["params"] or 1) :]
            case _:
                return False
        return True

    def _switch_screen(self, *, to_alternate: bool) -> None:
        if to_alternate == self.is_alternate:
            return
        self._alternate = CellScreen(self._main.columns, self._main.lines) if to_alternate else None
        self._stream = pyte.Stream(self._alternate or self._main)

    def _answer(self, sequence: str) -> bool:
        shown = self._alternate or self._main
        flags = self.keyboard_flags[-1] if self.keyboard_flags else 0
        match sequence[2:]:
            case "c" | "0c":  # what are you?
                answer = "\x1b[?62;22c"
            case ">c" | ">0c":
                answer = "\x1b[>1;1;0c"
            case ">q" | ">0q":
                answer = "\x1bP>|emulator 1\x1b\\"
            case "5n":
                answer = "\x1b[0n"
            case "6n":
                answer = f"\x1b[{shown.cursor.y + 1};{shown.cursor.x + 1}R"
            case "14t":
                answer = f"\x1b[4;{shown.lines * 20};{shown.columns * 10}t"
            case "18t":
                answer = f"\x1b[8;{shown.lines};{shown.columns}t"
            case "?u":
                answer = f"\x1b[?{flags}u" if self._has_kitty_keyboard else ""
            case query if query.startswith("?") and query.endswith("$p"):
                mode = int(query[1:-2])
                state = 0 if mode not in _KNOWN_MODES else 1 if mode in self.modes else 2
                answer = f"\x1b[?{mode};{state}$y"
            case _:
                return False
        if answer:
            self._reply(answer.encode())
        return True

    def _operate(self, osc: str) -> None:
        match osc.split(";", 2):
            case ["0" | "2", *words]:
                self.title = ";".join(words)
            case ["10", "?"]:
                self._reply(b"\x1b]10;rgb:d0d0/d0d0/d0d0\x1b\\")
            case ["11", "?"]:
                self._reply(b"\x1b]11;rgb:1010/1010/1010\x1b\\")
            case ["52", _, data]:
                self.clipboard = base64.b64decode(data).decode(errors="replace")
            case _:
                pass
