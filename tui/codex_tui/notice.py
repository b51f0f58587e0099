"""What tells a user who looks elsewhere: a notification of the terminal's, and its title. Pure: makes the sequences.

Text from models and programs goes into them, so none of it may hold a character that could end them. Not every
terminal passes over what it does not know: a sequence is sent only where it is known or was asked for.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, TypeAlias

from codex_tui.sanitize import sanitize_line

Means: TypeAlias = Literal["auto", "osc9", "osc777", "bell", "off"]

BELL = "\x07"
NAME = "codex-py"
_TEXT_CHARACTERS = 200
_TITLE_CHARACTERS = 80
_KNOW_OSC_9 = frozenset({"iTerm.app", "WezTerm", "ghostty"})
"""TERM_PROGRAM: https://iterm2.com/documentation-escape-codes.html and those that follow it."""
_KNOW_OSC_9_TERMS = ("xterm-kitty", "xterm-ghostty", "foot", "wezterm")


def notification(text: str, means: Means, environ: Mapping[str, str]) -> str:
    """What to write so that the user is told `text`; empty if they are not to be told."""
    # Never its beginning: `OSC 9 ; 4 ; …` is progress for some terminals.
    words = f"{NAME}: {_harmless(text, _TEXT_CHARACTERS)}"
    in_tmux = bool(environ.get("TMUX"))
    match means:
        case "off":
            return ""
        case "bell":
            return BELL
        case "osc9":
            return _through(_osc_9(words), environ)
        case "osc777":
            return _through(_osc_777(words), environ)
        case "auto" if in_tmux:  # which terminal is outside is not known: tmux shows the bell by itself
            return _through(_osc_9(words), environ) + BELL
        case "auto" if _knows_osc_9(environ):
            return _osc_9(words)
        case "auto" if environ.get("TERM", "").startswith("rxvt"):
            return _osc_777(words)
        case "auto":
            return BELL


def title(text: str) -> str:
    """What to write so that the window is called `text`."""
    return f"\x1b]2;{_harmless(text, _TITLE_CHARACTERS)}\x07"


def has_title(environ: Mapping[str, str]) -> bool:
    """Whether the terminal has one at all: consoles print what they do not know."""
    return environ.get("TERM", "dumb") not in ("dumb", "linux", "")


def _osc_9(words: str) -> str:
    return f"\x1b]9;{words}\x07"


def _osc_777(words: str) -> str:
    return f"\x1b]777;notify;{NAME};{words.replace(';', ',')}\x07"


def _knows_osc_9(environ: Mapping[str, str]) -> bool:
    if environ.get("STY"):  # screen swallows or shows it
        return False
    return environ.get("TERM_PROGRAM") in _KNOW_OSC_9 or environ.get("TERM", "").startswith(_KNOW_OSC_9_TERMS)


def _through(sequence: str, environ: Mapping[str, str]) -> str:
    """Past tmux to the terminal outside. Where tmux does not allow that, it drops it."""
    if not environ.get("TMUX"):
        return sequence
    return f"\x1bPtmux;{sequence.replace(chr(27), chr(27) * 2)}\x1b\\"


def _harmless(text: str, most: int) -> str:
    line = "".join(c for c in sanitize_line(text[: most * 4]) if c.isprintable())
    line = " ".join(line.split())
    return line if len(line) <= most else f"{line[: most - 1]}…"
