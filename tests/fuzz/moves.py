"""What a hand (or a cat) at the terminal may do next: bytes of keys, pastes and the mouse, sizes, signals, pauses."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from codex_tui.commands import COMMANDS
from tests.support.keys import encode

THEMES = (
    *("abyss", "clear-dark", "clear-light", "contrast-dark", "contrast-light", "day", "dusk", "ember", "fern"),
    *("fjord", "graphite", "mist", "night", "parchment", "terminal-dark", "terminal-light", "no-such-theme"),
)
WORDS = (
    "fix",
    "the",
    "test",
    "漢字",
    "e\u0301",
    "naïve",
    "👍",
    "[red]",
    "a\u0336b",
    "한국어",
    "ｗｉｄｅ",
    "\u200b",
    "why?",
)
CHARACTERS = "abcdefghijklmnopqrstuvwxyz    ABC019.,:;?!@#[]()*_-+='\"`~漢字あ한👍éñ\u0301\u0336ß"
MOVES_KEYS = ("up", "down", "left", "right", "home", "end", "pageup", "pagedown", "tab", "shift+tab", "backspace")
MORE_KEYS = ("enter", "enter", "esc", "delete", "space", "shift+up", "shift+down", "ctrl+left", "ctrl+shift+right")
JUMPS = ("ctrl+end", "ctrl+home", "shift+enter", "alt+enter", "alt+a", "f1", "f2", "f3", "f4", "f5", "f12", "insert")
CONTROLS = "abdefghjklnoprstuvwxy"
"""Without i, m (Tab and Enter), c, q and z, which have moves of their own."""
CUT = (
    *(encode(key) for key in ("up", "f2", "shift+tab", "pageup", "alt+a")),
    *(b"\x1b[<0;5;5M\x1b[<0;5;5m", b"\x1b[<65;9;3M", b"\x1b[I"),
    *("漢".encode(), b"\x1b[200~cut \xe6\xbc\xa2\x1b[201~", b"\xff\xc3", b"\x1b\xfe"),
)
"""Sequences and characters, and bytes that are neither."""
ANSWERS = "yyyaanehd?123 "
SLASHES = tuple(c.slash for c in COMMANDS if c.slash and c.slash not in ("quit", "theme"))
ARGUMENTS = ("", "", "", " plan", " ask", " auto", " full", " 漢字", " what to keep")


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    what: Literal["send", "resize", "pause", "suspend", "leave", "signal"]
    data: tuple[bytes, ...] = ()
    """What is sent, in pieces between which there is a pause."""
    size: tuple[int, int] = (0, 0)
    pause_s: float = 0.0
    signal: int = 0

    def __str__(self) -> str:
        told = {"send": self.data, "resize": self.size, "pause": self.pause_s, "signal": self.signal}
        return f"{self.what} {told.get(self.what, '')}"


class Hand:
    """Moves by chance; what comes next depends on the seed alone, if `kitty` is told the same."""

    def __init__(self, chance: random.Random) -> None:
        self._chance = chance
        self.size = (120, 40)

    def move(self, *, kitty: bool) -> Move:
        kinds = {
            self._typing: 20,
            self._moving: 18,
            self._other_key: 12,
            self._jump: 9,
            self._control: 5,
            self._alt: 3,
            self._answer: 8,
            self._prompt: 6,
            self._slash: 5,
            self._theme: 3,
            self._paste: 2,
            self._mouse: 12,
            self._focus: 3,
            self._resize: 6,
            self._cut: 4,
            self._pause: 4,
            self._ctrl_c: 1,
            self._suspend: 0.4,
            self._leave: 0.3,
            self._signal: 0.15,
        }
        kind = self._chance.choices(list(kinds), list(kinds.values()))[0]
        return kind(kitty)

    def new_size(self) -> tuple[int, int]:
        likely = ((80, 24), (120, 40), (20, 5), (300, 100), (110, 30), (109, 22), (40, 12))
        chance = self._chance
        if chance.random() < 0.03:
            self.size = (chance.randint(1, 20), chance.randint(1, 5))
        elif chance.random() < 0.5:
            self.size = chance.choice(likely)
        else:
            self.size = (chance.randint(20, 300 if chance.random() < 0.3 else 140), chance.randint(5, 60))
        return self.size

    # Keys.

    def _keys(self, keys: Sequence[str], *, kitty: bool) -> Move:
        return Move(what="send", data=(b"".join(encode(key, kitty=kitty) for key in keys),))

    def _typing(self, kitty: bool) -> Move:
        typed = "".join(self._chance.choices(CHARACTERS, k=self._chance.randint(1, 6)))
        if kitty and self._chance.random() < 0.5:
            return Move(what="send", data=("".join(f"\x1b[{ord(c)};;{ord(c)}u" for c in typed).encode(),))
        return Move(what="send", data=(typed.encode(),))

    def _moving(self, kitty: bool) -> Move:
        return self._keys([self._chance.choice(MOVES_KEYS)] * self._chance.choice((1, 1, 2, 5)), kitty=kitty)

    def _other_key(self, kitty: bool) -> Move:
        return self._keys([self._chance.choice(MORE_KEYS)], kitty=kitty)

    def _jump(self, kitty: bool) -> Move:
        return self._keys([self._chance.choice(JUMPS)], kitty=kitty)

    def _control(self, kitty: bool) -> Move:
        return self._keys([f"ctrl+{self._chance.choice(CONTROLS)}"], kitty=kitty)

    def _alt(self, kitty: bool) -> Move:
        return self._keys([f"alt+{self._chance.choice('abcdefghijklmnopqrstuvwxyz')}"], kitty=kitty)

    def _answer(self, kitty: bool) -> Move:
        return Move(what="send", data=(self._chance.choice(ANSWERS).encode(),))

    def _prompt(self, kitty: bool) -> Move:
        words = " ".join(self._chance.choices(WORDS, k=self._chance.randint(1, 5)))
        return Move(what="send", data=(words.encode(), encode("enter", kitty=kitty)))

    def _slash(self, kitty: bool) -> Move:
        line = f"/{self._chance.choice(SLASHES)}{self._chance.choice(ARGUMENTS)}"
        return Move(what="send", data=(b"\x15", line.encode(), encode("enter", kitty=kitty)))

    def _theme(self, kitty: bool) -> Move:
        return Move(
            what="send", data=(b"\x15", f"/theme {self._chance.choice(THEMES)}".encode(), encode("enter", kitty=kitty))
        )

    def _cut(self, kitty: bool) -> Move:
        """A sequence, or a character, that comes in two pieces."""
        whole = self._chance.choice(CUT)
        at = self._chance.randint(1, len(whole) - 1)
        return Move(what="send", data=(whole[:at], whole[at:]), pause_s=self._chance.choice((0.0, 0.01, 0.06, 0.2)))

    # Other things that are sent.

    def _paste(self, kitty: bool) -> Move:
        pasted = self._chance.choice(
            (
                "one line",
                "two\rlines 漢字",
                "\x1b]0;title\x07 \x1b[31mred\x1b[0m \x9b1m",
                "long " * 300,
                "\r".join(f"line {number}" for number in range(60)),
            )
        )
        return Move(what="send", data=(b"\x1b[200~" + pasted.encode() + b"\x1b[201~",))

    def _mouse(self, kitty: bool) -> Move:
        x, y = self._place()
        to_x, to_y = self._place()
        press, drop = f"\x1b[<0;{x};{y}M", f"\x1b[<0;{x};{y}m"
        told = self._chance.choice(
            (
                f"\x1b[<35;{x};{y}M",
                press + drop,
                press + drop,
                (press + drop) * 2,
                f"{press}\x1b[<32;{to_x};{to_y}M\x1b[<0;{to_x};{to_y}m",
                press,
                f"\x1b[<2;{x};{y}M\x1b[<2;{x};{y}m",
                f"\x1b[<64;{x};{y}M" * 3,
                f"\x1b[<65;{x};{y}M" * 3,
                f"\x1b[<68;{x};{y}M\x1b[<66;{x};{y}M",
            )
        )
        return Move(what="send", data=(told.encode(),))

    def _place(self) -> tuple[int, int]:
        return self._chance.randint(1, self.size[0]), self._chance.randint(1, self.size[1])

    def _focus(self, kitty: bool) -> Move:
        return Move(what="send", data=(self._chance.choice((b"\x1b[I", b"\x1b[O")),))

    # Not keys.

    def _resize(self, kitty: bool) -> Move:
        return Move(what="resize", size=self.new_size())

    def _pause(self, kitty: bool) -> Move:
        return Move(what="pause", pause_s=self._chance.choice((0.02, 0.1, 0.3, 0.6)))

    # What may end it.

    def _ctrl_c(self, kitty: bool) -> Move:
        return self._keys(["ctrl+c"], kitty=kitty)

    def _suspend(self, kitty: bool) -> Move:
        return Move(what="suspend")

    def _leave(self, kitty: bool) -> Move:
        return Move(what="leave")

    def _signal(self, kitty: bool) -> Move:
        return Move(what="signal", signal=self._chance.choice((1, 2, 15)))
