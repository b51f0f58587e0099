"""Conducts turns, one after the other: from the prompt to the last event, with what waits in between."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from typing import Literal, TypeAlias

from codex_core.agent.audit import Audit
from codex_core.agent.collaborators import Emit
from codex_core.agent.compaction_turn import run_compaction
from codex_core.agent.context_use import context_use
from codex_core.agent.control import Control, Interrupted
from codex_core.agent.desk import Desk
from codex_core.agent.gate import Gate
from codex_core.agent.history import History, notice_item, user_item
from codex_core.agent.inbox import Inbox
from codex_core.agent.limits import TurnLimits
from codex_core.agent.loop import run_turn
from codex_core.agent.room import Room
from codex_core.agent.rulebook import RuleBook
from codex_core.agent.runner import run_call, run_calls
from codex_core.agent.turn import Turn
from codex_core.agent.unbroken import unbroken
from codex_core.agent.user_command import user_call
from codex_core.protocol import (
    CodexError,
    Compact,
    Completed,
    ContextUse,
    Failed,
    FileDecision,
    ItemCompleted,
    Outcome,
    Part,
    PauseItem,
    PlanAccepted,
    Rewind,
    Rewound,
    Stopped,
    TextPart,
    TurnEnded,
    TurnEndItem,
    TurnStarted,
    Unknown,
    Usage,
    UsageUpdated,
    UserItem,
    new_id,
)
from codex_core.session.commit import commit_of
from codex_core.session.crash import RUN_AGAIN, Crash, left_open
from codex_core.session.file_history import FileHistory
from codex_core.session.journal import SessionJournal
from codex_core.session.lazy_history import LazyHistory
from codex_core.session.place import Place
from codex_core.session.project import Project
from codex_core.session.rewinding import Rewinding
from codex_core.session.title import Title

log = logging.getLogger(__name__)

_Beginning: TypeAlias = UserItem | Compact | Crash | None
"""What a turn begins with; None when an unfinished one goes on, a `Crash` when its calls are run again first."""

LEFT = "The last turn was interrupted before it had ended. Say “continue” to go on."


class Conductor:
    """One for a session. It owns the task of the turn that runs; `close` ends it."""

    def __init__(
        self,
        journal: SessionJournal,
        place: Place,
        desk: Desk,
        emit: Emit,
        *,
        window_tokens: Callable[[], int | None],
        is_greeted: asyncio.Event,
        on_named: Callable[[], None],
        on_remembered: Callable[[], None],
        on_plan_accepted: Callable[[PlanAccepted], Awaitable[None]],
        on_rewound: Callable[[Rewound], Awaitable[None]],
    ) -> None:
        """`is_greeted`: no turn works before the user has said whether the folder's own settings count.

        `on_named` is called when the session has got its title, `on_remembered` when a yes has become a rule,
        `on_plan_accepted` before a turn goes on by the plan that it has come to in `plan` mode, `on_rewound` when a
        rewind is done and before the next turn begins to work.
        """
        self._journal = journal
        self._place = place
        self._desk = desk
        self._emit = emit
        self._is_greeted = is_greeted
        self._room = Room(size=window_tokens, limit_tokens=place.services.compact_at_tokens)
        self._on_plan_accepted = on_plan_accepted
        self._history = LazyHistory(journal, emit)
        self.rules = RuleBook(
            place.services.rules,
            journal,
            workspace=lambda: place.project.workspace,
            project_rules=lambda: place.project.rules,
        )
        self.audit = Audit(journal=journal, masker=place.services.masker)
        self._gate = Gate(
            desk=desk,
            audit=self.audit,
            settings=lambda: place.settings,
            policy=place.policy,
            rules=self.rules,
            sandbox=lambda: place.services.sandbox.status,
            append=self._history.append,
            on_remembered=on_remembered,
        )
        self._on_rewound = on_rewound
        self._at_work = asyncio.Lock()
        """Held by a rewind and by a command of the user's own; a turn waits for it before it works."""
        self._writing = asyncio.Lock()
        """Held by a rewind, and while a prompt or a command is written down: neither falls into the other."""
        self._rewinding: tuple[Project, Rewinding] | None = None
        self.files = FileHistory(journal, lambda: place.project.checkpoints, self._warn)
        self._was_told_of_none = False
        self._usage = Usage()
        self._turn: asyncio.Task[None] | None = None
        self._unfinished: Literal["running", "paused", "command"] | None = None
        """How far the turn is, as the journal has it: what a later opening should do about it."""
        self._command: asyncio.Task[None] | None = None
        """Runs the user's own commands while no turn works; a turn that begins waits for the one that runs."""
        self._is_closed = False
        self.inbox = Inbox(emit)
        self.control = self._new_control()
        self._command_control = self._new_control()
        self.skip_wait = asyncio.Event()
        self.title = Title(journal, place, on_named)
        self.crash = Crash()
        """Calls that a kill cut short, until it is decided what becomes of them."""
        self.warning = ""
        """What front ends are told of the opening; mostly nothing."""

    @property
    def is_at_work(self) -> bool:
        return self._turn is not None

    async def start(self) -> None:
        """Tell what was used before; settle what a crash left open; go on where the user left a paused turn."""
        self._usage = await self._journal.total_usage()
        await self._tell_usage()
        await self.title.load()
        self.rules.load(await self._journal.session_rules())
        left = (await self._journal.settings()).get("unfinished")
        if left is not None:  # else the last turn settled all; to look would cost the whole session
            self.crash = await left_open(self._journal)
        if left == "running" and self.crash.cut_any_short and self._desk.is_interactive:
            self._unfinished = "running"  # until it is decided: whoever opens the session after a kill is asked again
            return
        if self.crash.cut_any_short:
            self.warning = self.crash.told()
        await self._tell_of_crash()
        if left == "paused":
            # The user left at the question; they come back to it.
            self.control.pause()
            self._begin(None)
        elif left == "running":
            await self._history.append(notice_item("warning", LEFT))
            await self.keep()

    async def decide_crash(self, choice: Literal["run_again", "tell", "drop"]) -> bool:
        """Do what the user wants done with the calls of a crash. True: they are dropped, what counts is another."""
        if self._turn is not None or not self.crash.calls:
            return False  # the user has said something meanwhile, and the model was told
        if choice == "drop":
            await unbroken(self._drop_crash())
            return True
        self._begin(self.crash if choice == "run_again" else None)
        return False

    async def _drop_crash(self) -> None:
        crash, self.crash = self.crash, Crash()
        results = await self._journal.append(*crash.drops())
        dropped = [item.id for item in (*crash.calls, *results) if not isinstance(item, Unknown)]
        await self._journal.record_superseded(*dropped)
        self._unfinished = None
        text = f"Dropped: {crash.words()}. The model does not know of it. {LEFT}"
        await self._journal.append(notice_item("info", text))
        await self.keep()

    async def _tell_of_crash(self) -> None:
        crash, self.crash = self.crash, Crash()
        await self._history.append(*crash.results())

    def take(self, parts: tuple[Part, ...], when: Literal["now", "steer", "queue"]) -> None:
        if self._turn is None:
            self._begin(user_item(parts))
        else:
            self.inbox.put(parts, "queue" if when == "queue" else "steer")

    def run_command(self, command: str) -> None:
        """Run it in the shell now; behind what is at work, as soon as that can be."""
        if self._turn is None and self._command is None:
            self._begin_command(command)
        else:
            self.inbox.put((TextPart(text=command),), "command")

    def redirect(self, text: str) -> None:
        if self._turn is None:
            self._begin(user_item(text))
        else:
            self.control.redirect(text)

    def compact(self, wish: Compact) -> None:
        if self._turn is None:
            self._begin(wish)
        else:
            self._room.wanted = wish.focus

    async def context_use(self) -> ContextUse:
        place = self._place
        return context_use(
            await self._history.items(),
            instructions=place.instructions(),
            files=place.project.instruction_files,
            tools=place.toolbox().specs(),
            room=self._room,
        )

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
        async with self._at_work, self._writing:
            if self._turn is not None or self._is_closed:
                raise CodexError("A turn is at work: pause or stop it first.")
            await self.files.settle()
            await self._tell_of_crash()
            await unbroken(self._rewind(wish))

    async def _rewind(self, wish: Rewind) -> None:
        decisions: dict[str, FileDecision] = dict.fromkeys(wish.restore, "restore")
        decisions |= dict.fromkeys(wish.keep, "keep")
        done = await self.rewinding.carry_out(wish.to, wish.what, decisions)
        self._history.forget()
        await self._tell_usage()
        await self._on_rewound(done)

    async def _tell_usage(self) -> None:
        last = await self._journal.last_usage()
        if last is not None or self._usage != Usage():
            self._emit(UsageUpdated(step=last or Usage(), session=self._usage))

    async def name(self) -> None:
        """Have the model name the session after its first turn. Nothing waits for it; that it fails changes nothing."""
        if (items := self._history.known) is None or (named := await self.title.by_model(items)) is None:
            return
        title, step = named
        await self._history.append(step)
        self._usage += step.usage or Usage()
        await self.title.rename(title)

    def pause(self) -> None:
        if self._turn is not None:
            self.control.pause()

    def cancel_current(self) -> None:
        self.control.cancel_current()
        self._command_control.cancel_current()

    def stop(self) -> None:
        if self._turn is not None:
            self.control.stop()

    async def keep(self) -> None:
        """Write down the settings, how far the turn is, and at which commit the folder is."""
        commit = await asyncio.to_thread(commit_of, self._place.project.workspace)
        await self._journal.set_settings({**self._place.stored(), "unfinished": self._unfinished, "commit": commit})

    async def mark(self, unfinished: Literal["running", "paused"]) -> None:
        """The turn that runs has been paused, or goes on: a later opening must know, whatever ends this one."""
        if self._turn is not None and self._unfinished is not None:
            self._unfinished = unfinished
            await self.keep()

    async def close(self) -> None:
        """End the turn in good order, and write down how far it came."""
        self._is_closed = True
        try:
            if (command := self._command) is not None:
                command.cancel()
                await asyncio.wait({command})
            await self._end_turn_that_runs()
        finally:
            await self.files.close()

    async def _end_turn_that_runs(self) -> None:
        if (turn := self._turn) is None:
            return
        left = "paused" if self.control.paused is not None else "running"
        await asyncio.sleep(0)  # a turn that was accepted just now begins, so that its prompt is written down
        turn.cancel()
        await asyncio.wait({turn})
        if turn.cancelled() and self._unfinished is not None:
            self._unfinished = left
            await self.keep()

    # One turn.

    def _begin(self, with_what: _Beginning) -> None:
        if not self._is_closed:
            self._turn = asyncio.create_task(self._conduct(with_what), name="turn")

    async def _conduct(self, with_what: _Beginning) -> None:
        """One turn from its first event to its last."""
        turn_id, started = new_id("turn"), time.monotonic()
        outcome: Outcome | None = None
        self._emit(TurnStarted(turn_id=turn_id))
        try:
            outcome = await self._outcome(with_what)
        finally:
            # Also on the way out of a cancellation: after it the history must be valid.
            outcome = await unbroken(self._end(turn_id, outcome, time.monotonic() - started))
        # After a stop or a failure what waits goes on waiting: it would be more of what the user did not want.
        if isinstance(outcome, Completed):
            if (command := self.inbox.take_command()) is not None:
                self._begin_command(command)
            if (parts := self.inbox.take_next()) is not None:
                self._begin(user_item(parts))

    async def _outcome(self, with_what: _Beginning) -> Outcome:
        try:
            return await self._work(with_what)
        except CodexError as error:
            return Failed(error=self._masked(str(error)))
        except Exception as error:  # the border of the turn's task: a bug ends the turn, not the session
            log.exception("turn failed")
            return Failed(error=self._masked(f"codex-py failed inside: {type(error).__name__}: {error}"))

    async def _work(self, with_what: _Beginning) -> Outcome:
        prompt = with_what if isinstance(with_what, UserItem) else None
        crash = with_what if isinstance(with_what, Crash) else None
        async with self._writing:  # at once: a kill does not wait for a command to end
            await unbroken(self._write_prompt(prompt, settles=crash is None))
        async with self._at_work:
            pass
        history = await self._loaded_history(crash or Crash())
        await self._until_greeted()
        await self._record_files(prompt)
        self._gate.unanswered = None
        turn = self._collaborators(self.control)
        try:
            if isinstance(with_what, Compact):
                return await run_compaction(with_what.focus, history, turn)
            if crash is not None:
                await run_calls(crash.calls, history, turn)
                await history.append(user_item(RUN_AGAIN, "context"))
            return await run_turn(history, turn)
        finally:
            self._usage = turn.usage

    def _collaborators(self, control: Control) -> Turn:
        services = self._place.services
        return Turn(
            session_id=self._journal.session_id,
            choice=self._place.choice,
            instructions=self._place.instructions,
            toolbox=self._place.toolbox,
            sandbox=services.sandbox,
            environment=services.environment,
            gate=self._gate,
            desk=self._desk,
            control=control,
            emit=self._emit,
            masker=services.masker,
            limits=TurnLimits(max_steps=services.max_steps),
            room=self._room,
            skip_wait=self.skip_wait,
            files=self.files,
            is_planning=lambda: self._place.settings.mode == "plan",
            on_plan_accepted=self._on_plan_accepted,
            usage=self._usage,
        )

    # The user's own commands.

    def _begin_command(self, command: str) -> None:
        if not self._is_closed:
            self._command_control = self._new_control()
            self._command = asyncio.create_task(self._run_commands(command), name="command")

    async def _run_commands(self, first: str) -> None:
        command: str | None = first
        try:
            while command is not None:
                async with self._at_work:
                    await self._run_command(command)
                # What a turn has begun to wait for is behind its own first safe point.
                command = self.inbox.take_command() if self._turn is None else None
        except CodexError as error:
            self._emit(ItemCompleted(item=notice_item("error", self._masked(str(error)))))
        except Exception:  # the border of the command's task: a bug ends the command, not the session
            log.exception("a command of the user's failed")
        finally:
            self._command = None

    async def _run_command(self, command: str) -> None:
        call = user_call(command)
        async with self._writing:  # what the user says behind it comes behind it
            if self.crash.calls:  # the user has gone on: they are not run again
                await self._tell_of_crash()
            await self._keep_unfinished("command")
            history = await self._loaded_history(Crash())
            await history.append(call)
        try:
            await self._is_greeted.wait()
            await run_call(call, history, self._collaborators(self._command_control))
        finally:
            await unbroken(self._settle_command(history, command))

    async def _settle_command(self, history: History, command: str) -> None:
        await history.settle()
        await self._keep_unfinished(None)
        await self.title.take_command(command)

    async def _keep_unfinished(self, unfinished: Literal["command"] | None) -> None:
        """Write down how far a command is, unless a turn waits for its end: that is what would be cut short."""
        if self._turn is None:
            self._unfinished = unfinished
        await self.keep()

    async def _write_prompt(self, prompt: UserItem | None, *, settles: bool) -> None:
        """First of all, so that nothing the user said can be lost. `settles`: calls of a crash do not run again."""
        self._unfinished = "running"
        try:
            await self.keep()
            await self._settle()  # what could not be written when the last turn ended
            if settles and self.crash.calls:
                await self._tell_of_crash()
            if prompt is not None:
                await self._history.append(prompt)
        except CodexError:
            if prompt is not None:
                self.inbox.put(prompt.parts, "queue")
            raise
        if prompt is not None:
            await self.title.take_prompt(prompt)

    async def _record_files(self, prompt: UserItem | None) -> None:
        if self._place.settings.sandbox_mode == "read-only":
            return  # nothing will be changed; else the first call that may change something is recorded
        self.files.begin_turn(prompt.id if prompt is not None else "")
        why = self._place.project.no_checkpoints
        if why and not self._was_told_of_none:
            self._was_told_of_none = True
            await self._warn(f"No checkpoints of files are taken, so /rewind cannot restore them: {why}")

    async def _warn(self, text: str) -> None:
        await self._history.append(notice_item("warning", text))

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
                await self.files.settle_calls()
            await self._settle()
            if outcome is not None:
                self._unfinished = None
                await self.keep()
                await self._history.append(
                    TurnEndItem(id=turn_id, at=time.time(), outcome=outcome, duration_s=duration_s)
                )
        except Exception as error:  # the turn ends whatever happens; what was not settled is before the next one
            log.exception("the end of a turn was not written down")
            if not isinstance(told, Failed):
                told = Failed(error=self._masked(str(error)))
        self.control = self._new_control()
        self._turn = None
        self._emit(TurnEnded(turn_id=turn_id, outcome=told, duration_s=duration_s))
        return told

    async def _settle(self) -> None:
        if self._command is None:  # the result of one that runs is still to come
            await self._history.settle()

    def _new_control(self) -> Control:
        return Control(self._emit, self.inbox, self._keep_pause)

    async def _keep_pause(self, pause: PauseItem) -> None:
        try:
            await self._history.append(pause)
        except CodexError as error:  # what the user wants now comes first; what cannot be written fails by itself
            log.warning("a pause was not written down: %s", error)

    async def _loaded_history(self, crash: Crash) -> History:
        """`crash`: its calls are about to run again."""
        self.crash = Crash()
        return await self._history.read(crash)

    def _masked(self, text: str) -> str:
        return self._place.services.masker.mask(text)
