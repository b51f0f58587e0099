"""One conversation with the agent, as front ends see it: `submit(op)`, `events()`, `earlier()`.

It knows neither screens nor SQL. Turns are conducted by `conductor`, first questions asked by `greeting`.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from typing import Any, Literal, assert_never

from codex_core.agent.desk import Desk
from codex_core.agent.history import notice_item
from codex_core.agent.unbroken import unbroken
from codex_core.llm.default_model import DEMO_MODEL
from codex_core.protocol import (
    MODES,
    AddRule,
    AnswerApproval,
    AnswerInput,
    CancelCurrent,
    ChangeSettings,
    CodexError,
    Compact,
    Completed,
    CrashAnswer,
    CrashQuestion,
    DescribeChanges,
    DescribeContext,
    EditQueued,
    Envelope,
    Event,
    FullAccessAnswer,
    FullAccessGiven,
    FullAccessQuestion,
    HistoryCut,
    Item,
    ItemCompleted,
    ListRules,
    ListTurns,
    Op,
    Pause,
    Paused,
    PauseRequested,
    PlanAccepted,
    PlanQuestion,
    PreviewRewind,
    Redirect,
    RemoveQueued,
    RemoveRule,
    Resume,
    Resumed,
    Rewind,
    RewindRefused,
    Rewound,
    RunUserShell,
    SessionState,
    Settings,
    Shutdown,
    SkipWait,
    StateChanged,
    Status,
    Stop,
    SubmitPrompt,
    TextPart,
    TurnEnded,
    TurnStarted,
)
from codex_core.session.asides import Asides
from codex_core.session.bus import Bus
from codex_core.session.conductor import Conductor
from codex_core.session.equipment import Equipment
from codex_core.session.greeting import Greeting
from codex_core.session.journal import SessionJournal
from codex_core.session.place import Place
from codex_core.session.project import Project
from codex_core.session.replay import REPLAYED_ITEMS, Replay
from codex_core.session.rewinding import RewindIncomplete
from codex_core.session.services import Services

log = logging.getLogger(__name__)


class Session:
    """Use within one event loop: `start`, then the `SessionHandle` methods, at last `close`."""

    def __init__(
        self,
        *,
        journal: SessionJournal,
        project: Project,
        services: Services,
        settings: Settings,
        is_interactive: bool,
        tour: Literal["offer", "play"] = "offer",
        notice: str = "",
        warnings: tuple[str, ...] = (),
    ) -> None:
        """`notice` stands in the status line; `warnings` are shown once to each reader.

        `tour` is that of the demo, in a session whose model that is.
        """
        self._journal = journal
        self._tour = tour if is_interactive else "offer"
        self._notice = notice
        self._warnings = warnings
        self._bus = Bus()
        self._replay = Replay()
        self._place = Place(project, settings, services)
        self._desk = Desk(self._emit, interactive=is_interactive)
        self._greeting = Greeting(self._place, self._desk, self._bus.publish, on_moved=self._moved)
        self._equipment = Equipment(
            journal,
            self._place,
            self._desk,
            self._emit,
            window_tokens=lambda: self._context_window,
            on_remembered=lambda: self._own(self._asides.list_rules()),
            on_plan_accepted=self._plan_accepted,
        )
        self._conductor = Conductor(
            self._equipment,
            is_greeted=self._greeting.is_over,
            on_named=self._tell_state,
            on_rewound=self._rewound,
        )
        self._asides = Asides(self._equipment, self._conductor, self._bus.publish)
        self._is_confirming = False
        """The user is being asked whether nothing shall be confined."""
        self._warmed_up = ""
        """The model that was got ready last."""
        self._context_window: int | None = None
        self._status: Status = "idle"
        self._tasks: set[asyncio.Task[None]] = set()
        """Owned here; cancelled and awaited by `close`."""
        self._closing: asyncio.Task[None] | None = None

    @property
    def session_id(self) -> str:
        return self._journal.session_id

    async def start(self) -> None:
        """Load what is stored, settle what a crash left open, get the model ready in the background."""
        self._replay.load(await self._journal.items(limit=REPLAYED_ITEMS), await self._journal.item_count())
        await self._conductor.start()
        if self._conductor.warning:
            self._warnings = (*self._warnings, self._conductor.warning)
        if self._conductor.crash.calls:
            self._own(self._ask_about_crash())
        self._own(self._greet())
        self._get_model_ready()

    # The handle.

    async def submit(self, op: Op) -> None:
        if self._closing is not None and not isinstance(op, Shutdown):
            return
        match op:
            case SubmitPrompt(parts=parts, when=when):
                self._greeting.user_spoke()
                self._conductor.take(parts, when)
                self._desk.withdraw(PlanQuestion)  # words of the user are an answer to it
                self._desk.withdraw(CrashQuestion)
            case EditQueued(queued_id=queued_id, text=text):
                self._equipment.inbox.edit(queued_id, text)
            case RemoveQueued(queued_id=queued_id):
                self._equipment.inbox.remove(queued_id)
            case Pause():
                self._conductor.pause()
            case CancelCurrent():
                self._conductor.cancel_current()
            case Resume():
                self._conductor.control.go_on()
            case Redirect(text=text):
                self._desk.withdraw(CrashQuestion)
                self._conductor.redirect(text)
            case Stop():
                self._conductor.stop()
            case SkipWait():
                self._equipment.skip_wait.set()
            case AnswerApproval(request_id=request_id, answer=answer):
                self._desk.answer_approval(request_id, answer)
            case AnswerInput(request_id=request_id, answer=answer):
                self._desk.answer_input(request_id, answer)
            case RunUserShell(command=command):
                self._greeting.user_spoke()
                self._conductor.run_command(command)
                self._desk.withdraw(CrashQuestion)
            case Compact():
                self._desk.withdraw(CrashQuestion)
                self._conductor.compact(op)
            case DescribeContext():
                self._own(self._asides.describe_context())
            case DescribeChanges():
                self._own(self._asides.describe_changes(op))
            case ListTurns():
                self._own(self._asides.list_turns())
            case PreviewRewind():
                self._own(self._asides.preview_rewind(op))
            case Rewind():
                self._desk.withdraw(CrashQuestion)
                self._own(self._rewind(op))
            case ChangeSettings() if self._place.opens_everything(op):
                if not self._is_confirming:
                    self._is_confirming = True
                    self._own(self._confirm_full_access(op))
            case ChangeSettings():
                await self._change(op)
            case ListRules():
                await self._asides.list_rules()
            case AddRule():
                await self._asides.add_rule(op)
            case RemoveRule():
                await self._asides.remove_rule(op)
            case Shutdown():
                await self.close()
            case _:
                assert_never(op)

    def events(self) -> AsyncIterator[Envelope]:
        return self._bus.reader([StateChanged(state=self._state()), *self._replay.events(), *self._standing()])

    async def earlier(self, before_id: str | None, limit: int) -> tuple[Item, ...]:
        return await self._journal.items(before_id=before_id, limit=limit)

    async def close(self) -> None:
        """End what runs, write down how far it came, and end the readers. May be called twice, and cancelled.

        Never fails for what cannot be written: that is logged, and everything is closed all the same.
        """
        if self._closing is None:
            self._closing = asyncio.create_task(self._close(), name="closing")
        await asyncio.shield(self._closing)

    async def _close(self) -> None:
        async with contextlib.AsyncExitStack() as stack:
            # Backwards: what is pushed last is closed first.
            for close in (
                self._place.services.close,
                self._journal.close,
                lambda: self._place.project.close(),
                self._end_events,
                self._end_tasks,
                self._conductor.close,
            ):
                stack.push_async_callback(_logged, close)

    async def _end_tasks(self) -> None:
        for task in list(self._tasks):
            task.cancel()
        if self._tasks:
            await asyncio.wait(list(self._tasks))

    async def _end_events(self) -> None:
        self._set_status("closed")
        self._bus.close()

    # Events.

    def _emit(self, event: Event) -> None:
        self._replay.take(event)
        if isinstance(event, TurnEnded):
            self._set_status("idle")  # before it: it is the last of its turn
        self._bus.publish(event)
        match event:
            case TurnStarted() if self._status == "idle":
                self._set_status("running")
            case PauseRequested():
                self._set_status("pausing")
            case Paused():
                self._set_status("paused")
                self._own(self._conductor.mark("paused"))
            case TurnEnded(outcome=Completed()) if self._names_by_model():
                self._own(self._conductor.name())
            case Resumed():
                self._set_status("running")
                self._own(self._conductor.mark("running"))
            case _:
                pass

    def _standing(self) -> list[Event]:
        """What is open now, for a reader that has just come."""
        warnings = (*self._warnings, *self._place.project.warnings)
        standing: list[Event] = [ItemCompleted(item=notice_item("warning", text)) for text in warnings]
        standing += self._desk.open_requests()
        if (queue := self._equipment.inbox.told()).prompts:
            standing.append(queue)
        if (paused := self._conductor.control.paused) is not None:
            standing.append(paused)
        return standing

    def _set_status(self, status: Status) -> None:
        if status != self._status:
            self._status = status
            self._tell_state()

    def _tell_state(self) -> None:
        self._bus.publish(StateChanged(state=self._state()))

    def _state(self) -> SessionState:
        return SessionState(
            session_id=self.session_id,
            title=self._conductor.title.text,
            workspace=str(self._place.project.workspace),
            status=self._status,
            settings=self._place.settings,
            sandbox=self._place.services.sandbox.status,
            trusted=self._place.project.is_trusted,
            context_window=self._context_window,
            notice=self._notice,
        )

    # Settings.

    async def _change(self, wish: ChangeSettings) -> None:
        self._place.change(wish)
        self._tell_state()
        self._get_model_ready()
        await unbroken(_logged(self._conductor.unfinished.keep))

    async def _plan_accepted(self, answer: PlanAccepted) -> None:
        sandbox_mode, approval_policy = MODES[answer.mode]
        await self._change(ChangeSettings(sandbox_mode=sandbox_mode, approval_policy=approval_policy))

    async def _confirm_full_access(self, wish: ChangeSettings) -> None:
        """Asked here and not by a front end, so that none can leave it out."""
        try:
            for number in ("first", "second"):
                answer = await self._desk.ask(FullAccessQuestion(number=number))
                if not isinstance(answer, FullAccessAnswer) or not answer.confirmed:
                    return
            await self._equipment.audit.record(FullAccessGiven())
            await self._change(wish)
        finally:
            self._is_confirming = False

    # Beside the turns.

    async def _greet(self) -> None:
        if self._tour == "play" and await self._play_tour():
            return  # away from the folder that trust would have been asked for
        await self._greeting.ask_for_trust()
        if (
            self._tour == "play"
            or self._place.settings.model != DEMO_MODEL
            or self._replay.total
            or self._conductor.is_at_work
        ):
            return
        if (prompt := await self._greeting.offer_demo()) is not None:
            self._conductor.take((TextPart(text=prompt),), "now")

    async def _play_tour(self) -> bool:
        if (prompt := await self._greeting.go_to_demo()) is None:
            return False
        if not self._conductor.is_at_work:  # the user may have been faster
            self._conductor.take((TextPart(text=prompt),), "now")
        return True

    async def _ask_about_crash(self) -> None:
        await self._greeting.is_over.wait()  # one question after the other: the tools may change with the first
        if not self._conductor.crash.calls:
            return  # the user has said something already
        answer = await self._desk.ask(self._conductor.crash.question)
        if isinstance(answer, CrashAnswer) and await self._conductor.decide_crash(answer.choice):
            await self._show_anew()

    def _names_by_model(self) -> bool:
        return self._place.services.auto_title and self._place.settings.model != DEMO_MODEL

    # Going back.

    async def _rewind(self, wish: Rewind) -> None:
        try:
            await self._conductor.rewind(wish)
        except CodexError as error:
            restored = error.restored if isinstance(error, RewindIncomplete) else ()
            self._bus.publish(RewindRefused(reason=str(error), restored=restored))

    async def _rewound(self, done: Rewound) -> None:
        await self._show_anew()
        self._bus.publish(done)

    async def _show_anew(self) -> None:
        """What counts now comes the way it comes when a session is opened."""
        self._replay.load(await self._journal.items(limit=REPLAYED_ITEMS), await self._journal.item_count())
        events: list[Event] = [HistoryCut(), *self._replay.events()]
        for event in events:
            self._bus.publish(event)

    def _moved(self) -> None:
        self._tell_state()
        self._own(self._conductor.unfinished.keep())
        self._get_model_ready()

    def _get_model_ready(self) -> None:
        model = self._place.settings.model
        if model != self._warmed_up:
            self._warmed_up, self._context_window = model, None
            self._own(self._warm_up(model))

    async def _warm_up(self, model: str) -> None:
        provider = self._place.services.provider_for(model)
        await provider.warm_up()
        window = self._place.services.window_tokens or (await provider.info(model)).context_window
        if model == self._place.settings.model:  # the user may have switched meanwhile
            self._context_window = window
            self._tell_state()

    def _own(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(_logged(lambda: work))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


async def _logged(work: Callable[[], Awaitable[None]]) -> None:
    """Do `work`; that it fails is no reason for anything else to fail."""
    try:
        await work()
    except CodexError as error:
        log.warning("%s", error)
    except Exception:  # the border of the tasks beside the turns, and of closing
        log.exception("failed beside a turn")
