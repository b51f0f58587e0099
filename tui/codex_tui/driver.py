"""Textual's Linux driver, told about the terminal that was taken over before it started."""

from __future__ import annotations

import codecs
import os
import selectors
import signal
import string
from collections.abc import Iterable
from typing import NamedTuple, cast

from textual._ansi_sequences import ANSI_SEQUENCES_KEYS
from textual.app import App
from textual.drivers.linux_driver import LinuxDriver
from textual.message import Message

from codex_tui import early_keys, terminal
from codex_tui.notice import has_title
from codex_tui.terminal_input import PasteParser

_TICK_S = 0.1
"""How long a key waits, at most, for what may belong to it."""
_READ_BYTES = 4096


class _Key(NamedTuple):
    """What Textual's table of sequences holds, of which it reads the value."""

    value: str


def _teach_alt_keys() -> None:
    """Let Textual know the keys that a terminal without the kitty protocol sends as Escape and a character.

    It knows most of them only after a pause: read together with the next key they are taken apart, and Alt+Enter
    becomes Enter.
    """
    known = cast("dict[str, tuple[_Key, ...]]", ANSI_SEQUENCES_KEYS)
    known.setdefault("\x1b\r", (_Key("alt+enter"),))
    for letter in string.ascii_lowercase:
        known.setdefault(f"\x1b{letter}", (_Key(f"alt+{letter}"),))


_teach_alt_keys()


class GuardedDriver(LinuxDriver):
    """Keeps the first frame on the screen until the first paint, and knows the real attributes to go back to."""

    _early_keys = b""

    def start_application_mode(self) -> None:
        self._early_keys = early_keys.end()
        super().start_application_mode()
        if (taken := terminal.current()) is None:
            return
        taken.is_full_screen = True
        if has_title(os.environ):
            taken.has_put_title_by = True
            self.write(terminal.TITLE_BY)
        # What it has just read as "before" is our raw mode.
        self.attrs_before = taken.found

    def stop_application_mode(self) -> None:
        if (taken := terminal.current()) is not None and taken.has_put_title_by:
            taken.has_put_title_by = False
            self.write(terminal.TITLE_BACK)
        super().stop_application_mode()
        if (taken := terminal.current()) is not None:
            taken.is_full_screen = False

    def run_input_thread(self) -> None:
        """Textual's own, with another parser, and with a decoder that no byte can end."""
        parser = PasteParser()
        decode = codecs.getincrementaldecoder("utf-8")("replace").decode
        if early := decode(self._early_keys):
            self._process(parser.feed(early))
        with selectors.DefaultSelector() as selector:
            selector.register(self.fileno, selectors.EVENT_READ)
            while not self.exit_event.is_set():
                if selector.select(_TICK_S):
                    if not (data := self._read()):
                        return
                    if text := decode(data):
                        self._process(parser.feed(text))
                self._process(parser.tick())

    def _read(self) -> bytes:
        """Nothing if the terminal is gone; that ends the app, as it would if nobody had shielded it from the signal."""
        try:
            data = os.read(self.fileno, _READ_BYTES)
        except OSError:
            data = b""
        if not data:
            os.kill(os.getpid(), signal.SIGHUP)
        return data

    def _process(self, messages: Iterable[Message]) -> None:
        for message in messages:
            self.process_message(message)

    def write(self, data: str) -> None:
        taken = terminal.current()
        if data == "\x1b[?1049h" and taken is not None and taken.is_full_screen:
            return  # entering it again would clear the first frame some 50 ms before there is another picture
        super().write(data)


def write_sequence(app: App[None], sequence: str) -> None:
    """Write what the terminal does something with and shows nothing of. Nothing where there is none."""
    driver = app._driver  # pyright: ignore[reportPrivateUsage] no public way
    if driver is not None and not app.is_headless:
        driver.write(sequence)
        driver.flush()
