"""Conducts turns, one after the other: from the prompt to the last event, with what waits in between."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from typing import Literal, TypeAlias

from codex_core.agent.compaction_turn import run_compaction
from codex_core.agent.control import Interrupted
from codex_core.agent.history import user_item
from codex_core.agent.loop import run_turn
from codex_core.agent.runner import run_calls
from codex_core.agent.unbroken import unbroken
from codex_core.agent.user_command import user_call, waited_call
from codex_core.protocol import (
    CodexError,
    Compact,
    Completed,
    Failed,
    FileDecision,
    Outcome,
    Part,
    Rewind,
    Rewound,
    Stopped,
    TextPart,
    TurnEnded,
    TurnEndItem,
    TurnStarted,
    Usage,
    UserItem,
    new_id,
)
from codex_core.session.crash import RUN_AGAIN, Crash
from codex_core.session.crashed_calls import CrashedCalls
from codex_core.session.equipment import Equipment
from codex_core.session.locks import Locks
from codex_core.session.project import Project
from codex_core.session.rewinding import Rewinding
from codex_core.session.title import Title
from codex_core.session.unfinished import LEFT, Unfinished
from codex_core.session.user_commands import UserCommands

log = logging.getLogger(__name__)

_Beginning: TypeAlias = UserItem | Compact | Crash | None
"""What a turn begins with; None when an unfinished one goes on, a `Crash` when its calls are run first."""


class Conductor:
    """One for a session. It owns the task of the turn that runs; `close` ends it."""

    def __init__(
        self,
        equipment: Equipment,
        *,
        is_greeted: asyncio.Event,
        on_named: Callable[[], None],
        on_rewound: Callable[[Rewound], Awaitable[None]],
    ) -> None:
        """`is_greeted`: no turn works before the user has said whether the folder's own settings count.

        `on_named` is called when the session has got its title, `on_rewound` when a rewind is done and before the next
        turn begins to work.
        """
        journal, place = equipment.journal, equipment.place
        self._equipment = equipment
        self._journal = journal
        self._place = place
        self._history = equipment.history
        self._is_greeted = is_greeted
        self._on_rewound = on_rewound
        self._locks = Locks()
        self._rewinding: tuple[Project, Rewinding] | None = None
        self._was_told_of_none = False
        self._turn: asyncio.Task[None] | None = None
        self._is_closed = False
        self.control = equipment.new_control()
        self.title = Title(journal, place, on_named)
        self.unfinished = Unfinished(journal, place)
        self._crashed = CrashedCalls(journal, equipment.history, self.unfinished)
        self._commands = UserCommands(
            equipment,
            self.unfinished,
            self._crashed,
            self.title,
            self._locks,
            is_greeted=is_greeted,
            is_turn_at_work=lambda: self.is_at_work,
        )
        self.warnings: tuple[str, ...] = ()
        """What front ends are told of the opening."""

    @property
    def is_at_work(self) -> bool:
        return self._turn is not None

    @property
    def crash(self) -> Crash:
        """Calls that a kill cut short, until it is decided what becomes of them."""
        return self._crashed.crash

    async def start(self) -> None:
        """Tell what was used before; settle what a crash left open; go on where the user left a paused turn."""
        await self._equipment.load()
        await self.title.load()
        if waiting := await self._equipment.told_of_waiting():
            self.warnings = (waiting,)
        left = await self.unfinished.left()
        if left is not None:  # else the last turn settled all; to look would cost the whole session
            await self._crashed.load()
        if left == "running" and self.crash.cut_any_short and self._equipment.desk.is_interactive:
            self.unfinished.now = "running"  # until it is decided: whoever opens it after a kill is asked again
            return
        goes_on = left in ("running", "paused") and self._equipment.desk.is_interactive
        if self.crash.cut_any_short:
            self.warnings = (*self.warnings, self.crash.told())
        if not goes_on or self.crash.cut_any_short or not self.crash.can_run:
            await self._crashed.tell()  # else none of them had begun: each is asked about when the user goes on
        if goes_on or left == "paused":
            self.control.pause(was_cut_short=left == "running")
            self._begin(self._crashed.take() if self.crash.calls else None)
        elif left == "running":
            await self._equipment.warn(LEFT)
            await self.unfinished.keep()

    async def decide_crash(self, choice: Literal["run_again", "tell", "drop"]) -> bool:
        """Do what the user wants done with the calls of a crash. True: they are dropped, what counts is another."""
        if self._turn is not None or not self.crash.calls:
            return False  # the user has said something meanwhile, and the model was told
        if choice == "drop":
            await unbroken(self._crashed.drop())
            return True
        self._begin(self.crash if choice == "run_again" else None)
        return False

    async def take(self, parts: tuple[Part, ...], when: Literal["now", "steer", "queue"]) -> None:
        if self._turn is None:
            self._begin(user_item(parts))
        elif when == "now" and self.control.is_cut_short:
            await self.control.redirect(parts)  # nobody has paused it: to say something is to go on
        else:
            await self._equipment.inbox.put(parts, "queue" if when == "queue" else "steer")

    async def run_command(self, command: str) -> None:
        """Run it in the shell now; behind what is at work, as soon as that can be."""
        if self._turn is None and not self._commands.is_running:
            self._commands.begin(user_call(command))
        else:
            await self._equipment.inbox.put((TextPart(text=command),), "command")

    async def redirect(self, text: str) -> None:
        if self._turn is None:
            self._begin(user_item(text))
        else:
            await self.control.redirect((TextPart(text=text),))

    def go_on(self) -> None:
        """Continue what is paused; if nothing is, with what was left waiting."""
        if self._turn is not None:
            self.control.go_on()
        elif not self.crash.calls:
            self._go_on_with_what_waits()

    def _go_on_with_what_waits(self) -> None:
        inbox = self._equipment.inbox
        if not self._commands.is_running and (command := inbox.take_command()) is not None:
            self._commands.begin(waited_call(command))
        if (prompt := inbox.take_next()) is not None:
            self._begin(prompt)

    def compact(self, wish: Compact) -> None:
        if self._turn is None:
            self._begin(wish)
        else:
            self._equipment.room.wanted = wish.focus

    @property
    def rewinding(self) -> Rewinding:
        project = self._place.project
        if self._rewinding is None or self._rewinding[0] is not project:
            made = Rewinding(self._journal, project.checkpoints, project.no_checkpoints)
            self._rewinding = (project, made)
        return self._rewinding[1]

    async def rewind(self, wish: Rewind) -> None:
        """Raises:
        CodexError: nothing was changed.
        """
        if self._turn is not None and self.control.paused is not None:
            self.control.stop()
            await asyncio.wait({self._turn})
        async with self._locks.at_work, self._locks.writing:
            if self._turn is not None or self._is_closed:
                raise CodexError("A turn is at work: pause or stop it first.")
            await self._equipment.files.settle()
            await self._crashed.tell()
            await unbroken(self._rewind(wish))

    async def _rewind(self, wish: Rewind) -> None:
        decisions: dict[str, FileDecision] = dict.fromkeys(wish.restore, "restore")
        decisions |= dict.fromkeys(wish.keep, "keep")
        done = await self.rewinding.carry_out(wish.to, wish.what, decisions)
        self._history.forget()
        await self._equipment.tell_usage()
        await self._on_rewound(done)

    async def name(self) -> None:
        """Have the model name the session after its first turn. Nothing waits for it; that it fails changes nothing."""
        if (items := self._history.known) is None or (named := await self.title.by_model(items)) is None:
            return
        title, step = named
        await self._history.append(step)
        self._equipment.usage += step.usage or Usage()
        await self.title.rename(title)

    def pause(self) -> None:
        if self._turn is not None:
            self.control.pause()

    def cancel_current(self) -> None:
        self.control.cancel_current()
        self._commands.cancel_current()

    def stop(self) -> None:
        if self._turn is not None:
            self.control.stop()

    async def mark(self, how_far: Literal["running", "paused"]) -> None:
        """The turn that runs has been paused, or goes on: a later opening must know, whatever ends this one."""
        if self._turn is not None and self.unfinished.now is not None:
            await self.unfinished.mark(how_far)

    async def close(self) -> None:
        """End the turn in good order, and write down how far it came."""
        self._is_closed = True
        try:
            await self._commands.close()
            await self._end_turn_that_runs()
        finally:
            await self._equipment.files.close()

    async def _end_turn_that_runs(self) -> None:
        if (turn := self._turn) is None:
            return
        left = "paused" if self.control.paused is not None else "running"
        await asyncio.sleep(0)  # a turn that was accepted just now begins, so that its prompt is written down
        turn.cancel()
        await asyncio.wait({turn})
        if turn.cancelled() and self.unfinished.now is not None:
            await self.unfinished.mark(left)

    # One turn.

    def _begin(self, with_what: _Beginning) -> None:
        if not self._is_closed:
            self._turn = asyncio.create_task(self._conduct(with_what), name="turn")

    async def _conduct(self, with_what: _Beginning) -> None:
        """One turn from its first event to its last."""
        turn_id, started = new_id("turn"), time.monotonic()
        outcome: Outcome | None = None
        self._equipment.emit(TurnStarted(turn_id=turn_id))
        try:
            outcome = await self._outcome(with_what)
        finally:
            # Also on the way out of a cancellation: after it the history must be valid.
            outcome = await unbroken(self._end(turn_id, outcome, time.monotonic() - started))
        # After a stop or a failure what waits goes on waiting: it would be more of what the user did not want.
        if isinstance(outcome, Completed):
            self._go_on_with_what_waits()

    async def _outcome(self, with_what: _Beginning) -> Outcome:
        try:
            return await self._work(with_what)
        except CodexError as error:
            return Failed(error=self._equipment.masked(str(error)))
        except Exception as error:  # the border of the turn's task: a bug ends the turn, not the session
            log.exception("turn failed")
            return Failed(error=self._equipment.masked(f"codex-py failed inside: {type(error).__name__}: {error}"))

    async def _work(self, with_what: _Beginning) -> Outcome:
        prompt = with_what if isinstance(with_what, UserItem) else None
        crash = with_what if isinstance(with_what, Crash) else None
        async with self._locks.writing:  # at once: a kill does not wait for a command to end
            await unbroken(self._write_prompt(prompt, settles=crash is None))
        async with self._locks.at_work:
            pass
        if crash is not None:
            self._crashed.take()
        history = await self._history.read(crash or Crash())
        await self._until_greeted()
        await self._record_files(prompt)
        self._equipment.gate.unanswered = None
        turn = self._equipment.turn(self.control)
        try:
            if isinstance(with_what, Compact):
                return await run_compaction(with_what.focus, history, turn)
            if crash is not None:
                await run_calls(crash.calls, history, turn)
                if crash.cut_any_short:
                    await history.append(user_item(RUN_AGAIN, "context"))
            return await run_turn(history, turn)
        finally:
            self._equipment.usage = turn.usage

    async def _write_prompt(self, prompt: UserItem | None, *, settles: bool) -> None:
        """First of all, so that nothing the user said can be lost. `settles`: calls of a crash do not run again."""
        try:
            await self.unfinished.mark("running")
            await self._settle()  # what could not be written when the last turn ended
            if settles and self.crash.calls:
                await self._crashed.tell()
            if prompt is not None:
                await self._history.append(prompt)
        except CodexError:
            if prompt is not None:
                self._equipment.inbox.put_back(prompt)
            raise
        if prompt is not None:
            await self.title.take_prompt(prompt)

    async def _record_files(self, prompt: UserItem | None) -> None:
        if self._place.settings.sandbox_mode == "read-only":
            return  # nothing will be changed; else the first call that may change something is recorded
        self._equipment.files.begin_turn(prompt.id if prompt is not None else "")
        why = self._place.project.no_checkpoints
        if why and not self._was_told_of_none:
            self._was_told_of_none = True
            await self._equipment.warn(f"No checkpoints of files are taken, so /rewind cannot restore them: {why}")

    async def _until_greeted(self) -> None:
        while not self._is_greeted.is_set() and not self.control.is_stopped:
            try:
                await self.control.until_wanted(self._is_greeted.wait())
            except Interrupted:
                await self.control.safe_point()

    async def _end(self, turn_id: str, outcome: Outcome | None, duration_s: float) -> Outcome:
        """`outcome` is None if the user leaves in the middle: that end is not written down, a later opening goes on."""
        told = outcome or Stopped()
        try:
            if outcome is not None:  # else the user leaves, and waits for as little as can be: see `close`
                await self._equipment.files.settle_calls()
            await self._settle(is_left=outcome is None)
            if outcome is not None:
                await self.unfinished.mark(None)
                await self._history.append(
                    TurnEndItem(id=turn_id, at=time.time(), outcome=outcome, duration_s=duration_s)
                )
        except Exception as error:  # the turn ends whatever happens; what was not settled is before the next one
            log.exception("the end of a turn was not written down")
            if not isinstance(told, Failed):
                told = Failed(error=self._equipment.masked(str(error)))
        self.control = self._equipment.new_control()
        self._turn = None
        self._equipment.emit(TurnEnded(turn_id=turn_id, outcome=told, duration_s=duration_s))
        return told

    async def _settle(self, *, is_left: bool = False) -> None:
        if not self._commands.is_running:  # the result of one that runs is still to come
            await self._history.settle(is_left=is_left)
