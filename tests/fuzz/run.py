"""Plays random moves to the real program in a real terminal, and looks whether all is well.

Whenever output has gone quiet, what the terminal shows must be what a full redraw shows; modes must be as they were at
the beginning. However the program ends, the terminal is as it was found and no traceback is told or kept.
"""

from __future__ import annotations

import os
import random
import signal
import time
from collections import deque
from collections.abc import Sequence
from pathlib import Path

from tests.fuzz.moves import Hand, Move
from tests.fuzz.picture import differences, was_said
from tests.fuzz.replies import script
from tests.support.cells import Cells
from tests.support.model_server import ThreadedModelServer
from tests.support.program import COMMAND, environment
from tests.support.terminal import Terminal
from tests.support.workspace import git_repository

START_S = 60.0
STUCK_S = 20.0
QUIET_S = 0.15
LONGEST_WAIT_FOR_QUIET_S = 2.0
CHECK_CHANCE = 0.1
IDLE_CPU_S = 0.3
"""Of one second, at most, while nothing is typed: a turn may go on, and its time is shown."""
_PIECE = 1024
_FOCUSED = b"\x1b[I"
_PASSING = ("▌", "●", "○", "TIMELINE", "looking…", "looking for files", "◇ thinking")
"""Marks of what goes on by itself while one looks: of toasts, of what the agent and git are at, and of the time that
takes."""
_THUMB = ("▐",)
"""Of a scrollbar, which stands for what comes below too."""
_CLEARED = b"\x1b[2J"
_SHOWN = b"\x1b[?2026l"
_TICKS_PER_S = os.sysconf("SC_CLK_TCK")
_EDITOR = "#!/bin/sh\nprintf 'edited 編集\\n' >> \"$1\"\n"


class Run:
    """One seed's life: as many sessions as its moves end."""

    def __init__(self, seed: int, folder: Path) -> None:
        self.seed = seed
        self.moves = self.checks = self.unsure = self.lives = 0
        self._chance = random.Random(seed)
        self._hand = Hand(random.Random(f"{seed}/hand"))
        self._folder = folder
        self._last: deque[str] = deque(maxlen=40)
        self._modes: set[int] = set()

    def play(self, count: int) -> None:
        """Make so many moves.

        Raises:
            AssertionError: something is wrong; says what, the seed, the last moves and the screen.
        """
        repository = git_repository(self._folder / "calc")
        if self._chance.random() < 0.5:
            (repository / "AGENTS.md").write_text("Be brief.\n")
        editor = self._folder / "editor"
        editor.write_text(_EDITOR)
        editor.chmod(0o755)
        with ThreadedModelServer(script(self.seed)) as server:
            while self.moves < count:
                with self._start(repository, server) as terminal:
                    self._live(terminal, count)
                self._look_for_crashes()

    def _start(self, repository: Path, server: ThreadedModelServer) -> Terminal:
        chance = self._chance
        self.lives += 1
        columns, rows = self._hand.new_size()
        looks = chance.choice(({"COLORTERM": "truecolor"}, {"COLORTERM": "truecolor"}, {}, {"NO_COLOR": "1"}))
        words = chance.choice(([], [], ["--mode", "auto"], ["--mode", "plan"], ["do it"]))
        if self.lives > 1 and chance.random() < 0.5:
            words = ["resume", "--last"] if chance.random() < 0.5 else ["resume"]
        more = {"CODEX_PY_MODEL": "openai/scripted", "VISUAL": str(self._folder / "editor"), **looks}
        self._last.append(f"start {words} {columns}x{rows} {looks}")
        return Terminal(
            [COMMAND, *words],
            env=environment(self._folder, server.environment(), more),
            cwd=repository,
            columns=columns,
            rows=rows,
            has_kitty_keyboard=chance.random() < 0.5,
        )

    def _live(self, terminal: Terminal, count: int) -> None:
        terminal.wait_for_bytes(b"\x1b[?1004h", START_S)
        if self._chance.random() < 0.8:
            self._until_quiet(terminal, longest_s=3.0)
        self._modes = set()
        while self.moves < count:
            move = self._hand.move(kitty=terminal.emulator.speaks_kitty)
            self.moves += 1
            self._last.append(str(move))
            is_over = self._make(terminal, move)
            if is_over or terminal.has_ended:
                self._check_end(terminal, move)
                return
            if self._chance.random() < CHECK_CHANCE:
                terminal.send(_FOCUSED)  # any key would say so too, and change the picture
                if self._until_quiet(terminal):
                    self._check_picture(terminal)
                if terminal.has_ended:
                    self._check_end(terminal, move)
                    return
        self._check_idle(terminal)
        if not terminal.has_ended:
            terminal.press("ctrl+q")
        self._check_end(terminal, Move(what="leave"))

    # Moves.

    def _make(self, terminal: Terminal, move: Move) -> bool:
        """Returns whether it surely ends the program."""
        match move.what:
            case "send":
                for piece in move.data:
                    for start in range(0, len(piece), _PIECE):
                        terminal.send(piece[start : start + _PIECE])
                        terminal.read(timeout_s=0)
                    terminal.watch(move.pause_s)
            case "resize":
                terminal.resize(*move.size)
            case "pause":
                terminal.watch(move.pause_s)
            case "suspend":
                terminal.press("ctrl+z")
                terminal.watch(0.3)
            case "leave":
                terminal.press("ctrl+q")
                return True
            case "signal":
                terminal.signal(move.signal)
                return move.signal != signal.SIGINT
        terminal.watch(self._chance.choice((0.0, 0.0, 0.01, 0.03)))
        self._wake(terminal)
        return False

    def _wake(self, terminal: Terminal) -> None:
        """As `fg` does, if it was suspended."""
        if not terminal.has_ended and _states(terminal.pid) == {"T"}:
            terminal.signal(signal.SIGCONT)

    def _until_quiet(self, terminal: Terminal, longest_s: float = LONGEST_WAIT_FOR_QUIET_S) -> bool:
        """Wait until nothing is written and nothing computed for a while; False if that does not come."""
        deadline = time.monotonic() + longest_s
        while time.monotonic() < deadline and not terminal.has_ended:
            before = _cpu_ticks(terminal.pid)
            self._wake(terminal)
            if (
                not terminal.read(timeout_s=QUIET_S)
                and _cpu_ticks(terminal.pid) == before
                and _states(terminal.pid) == {"S"}
            ):
                return True
        return False

    # Is all well?

    def _check_picture(self, terminal: Terminal) -> None:
        self.checks += 1
        start = len(terminal.raw)
        terminal.press("ctrl+l")
        deadline = time.monotonic() + STUCK_S
        while _SHOWN not in terminal.raw[max(start, terminal.raw.find(_CLEARED, start)) :] or (
            _CLEARED not in terminal.raw[start:]
        ):
            if terminal.has_ended:
                return
            if time.monotonic() > deadline:
                self._fail(terminal, "no redraw: it is stuck")
            self._wake(terminal)
            terminal.read(timeout_s=0.05)
        cleared_at = terminal.raw.find(_CLEARED, start)
        before = terminal.draw_until(cleared_at).cells
        overruns = terminal.emulator.overruns
        emulator = terminal.draw_until(terminal.raw.find(_SHOWN, cleared_at) + len(_SHOWN))
        redrawn = emulator.cells
        self._compare(terminal, "what was shown is not what a redraw shows", before, redrawn)
        if emulator.overruns != overruns:
            self._fail(terminal, "a line is longer than the screen is wide")
        if self._until_quiet(terminal):
            anew = terminal.draw_until(len(terminal.raw)).cells
            self._compare(terminal, "what was kept is not what is made anew", redrawn, anew, _PASSING + _THUMB)
            if not self._modes:
                self._modes = set(emulator.modes)
            if emulator.modes != self._modes:
                self._fail(terminal, f"modes {sorted(emulator.modes)}, at first {sorted(self._modes)}")

    def _compare(
        self, terminal: Terminal, what: str, before: Cells, after: Cells, passing: Sequence[str] = _PASSING
    ) -> None:
        if found := differences(before, after):
            if any(was_said(row, passing) for row in found):
                self.unsure += 1
                return
            self._fail(terminal, what + "\n" + "\n".join(found))

    def _check_idle(self, terminal: Terminal) -> None:
        self._until_quiet(terminal, longest_s=5.0)
        if terminal.has_ended:
            return
        before = _cpu_ticks(terminal.pid)
        terminal.watch(1.0)
        if (spent_s := (_cpu_ticks(terminal.pid) - before) / _TICKS_PER_S) > IDLE_CPU_S:
            self._fail(terminal, f"busy while nothing is typed: {spent_s:.2f} s of CPU in a second")

    def _check_end(self, terminal: Terminal, move: Move) -> None:
        try:
            deadline = time.monotonic() + STUCK_S
            while not terminal.has_ended and time.monotonic() < deadline:
                self._wake(terminal)
                terminal.read(timeout_s=0.05)
            status = terminal.wait_exit(0)
        except AssertionError as error:
            self._fail(terminal, str(error))
            raise
        signalled = 128 + move.signal if move.what == "signal" else 0
        if status not in (0, signalled):
            self._fail(terminal, f"ended with {status}")
        if move.what not in ("leave", "signal") and not self._was_asked_to_end():
            self._fail(terminal, "ended by itself")
        if left := terminal.leftovers():
            self._fail(terminal, f"left behind: {left}")
        if "Traceback" in terminal.screen:
            self._fail(terminal, "a traceback")

    def _was_asked_to_end(self) -> bool:
        """In the last moves: by a key, a signal, or a choice in a list of commands."""
        return any(
            word in "\n".join(self._last) for word in (r"\x03", "[99;5u", "[113;5u", "signal", r"\x10", "[112;5u")
        )

    def _look_for_crashes(self) -> None:
        for path in (self._folder / "codex-py" / "logs").glob("crash-*.log"):
            raise AssertionError(f"{self._story()}\n{path.read_text()}")

    def _fail(self, terminal: Terminal, what: str) -> None:
        self._look_for_crashes()
        raise AssertionError(f"{what}\n{terminal.screen}\n{self._story()}")

    def _story(self) -> str:
        moves = "\n".join(f"  {move}" for move in self._last)
        return f"FUZZ_SEED={self.seed} FUZZ_EVENTS={self.moves}; the last moves:\n{moves}"


def _cpu_ticks(pid: int) -> int:
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0
    return int(fields[11]) + int(fields[12])


def _states(pid: int) -> set[str]:
    """Of its threads: S for asleep, T for stopped, R for running."""
    try:
        return {path.read_text().rpartition(")")[2].split()[0] for path in Path(f"/proc/{pid}/task").glob("*/stat")}
    except OSError:
        return set()
