"""One conversation with the agent, as front ends see it: `submit(op)`, `events()`, `earlier()`.

It knows neither screens nor SQL. Turns are conducted by `conductor`, first questions asked by `greeting`.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Literal, assert_never

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
    HistoryCut,
    Item,
    ItemCompleted,
    ListModels,
    ListRules,
    ListTurns,
    Op,
    Pause,
    Paused,
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
    Settings,
    Shutdown,
    SkipWait,
    StateChanged,
    Stop,
    SubmitPrompt,
    TextPart,
    TurnEnded,
)
from codex_core.session.asides import Asides
from codex_core.session.bus import Bus
from codex_core.session.conductor import Conductor
from codex_core.session.equipment import Equipment
from codex_core.session.errands import Errands, logged
from codex_core.session.full_access import FullAccess
from codex_core.session.greeting import Greeting
from codex_core.session.journal import SessionJournal
from codex_core.session.live_state import LiveState
from codex_core.session.place import Place
from codex_core.session.project import Project
from codex_core.session.ready_model import ReadyModel
from codex_core.session.replay import REPLAYED_ITEMS, Replay
from codex_core.session.rewinding import RewindIncomplete
from codex_core.session.services import Services


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
        self._warnings = warnings
        self._bus = Bus()
        self._replay = Replay()
        self._errands = Errands()
        self._place = Place(project, settings, services)
        self._desk = Desk(self._emit, interactive=is_interactive)
        self._greeting = Greeting(self._place, self._desk, self._bus.publish, on_moved=self._moved)
        self._model = ReadyModel(self._place, self._errands, on_known=lambda: self._state.tell())
        self._equipment = Equipment(
            journal,
            self._place,
            self._desk,
            self._emit,
            window_tokens=lambda: self._model.window_tokens,
            on_remembered=lambda: self._errands.run(self._asides.list_rules()),
            on_plan_accepted=self._plan_accepted,
        )
        self._conductor = Conductor(
            self._equipment,
            is_greeted=self._greeting.is_over,
            on_named=lambda: self._state.tell(),
            on_rewound=self._rewound,
        )
        self._state = LiveState(
            journal.session_id,
            self._place,
            self._bus.publish,
            notice=notice,
            title=lambda: self._conductor.title.text,
            window_tokens=lambda: self._model.window_tokens,
        )
        self._asides = Asides(self._equipment, self._conductor, self._bus.publish)
        self._full_access = FullAccess(self._desk, self._equipment.audit, self._errands, self._change)
        self._closing: asyncio.Task[None] | None = None

    @property
    def session_id(self) -> str:
        return self._journal.session_id

    async def start(self) -> None:
        """Load what is stored, settle what a crash left open, get the model ready in the background."""
        self._replay.load(await self.earlier(None, REPLAYED_ITEMS), await self._journal.item_count())
        await self._conductor.start()
        self._warnings = (*self._warnings, *self._conductor.warnings)
        if self._conductor.crash.calls:
            self._errands.run(self._ask_about_crash())
        self._errands.run(self._greet())
        self._model.get_ready()

    # The handle.

    async def submit(self, op: Op) -> None:
        if self._closing is not None and not isinstance(op, Shutdown):
            return
        match op:
            case SubmitPrompt(parts=parts, when=when):
                self._greeting.user_spoke()
                await self._conductor.take(parts, when)
                self._desk.withdraw(PlanQuestion)  # words of the user are an answer to it
                self._desk.withdraw(CrashQuestion)
            case EditQueued(queued_id=queued_id, text=text):
                await self._equipment.inbox.edit(queued_id, text)
            case RemoveQueued(queued_id=queued_id):
                await self._equipment.inbox.remove(queued_id)
            case Pause():
                self._conductor.pause()
            case CancelCurrent():
                self._conductor.cancel_current()
            case Resume():
                self._conductor.go_on()
            case Redirect(text=text):
                self._desk.withdraw(CrashQuestion)
                await self._conductor.redirect(text)
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
                await self._conductor.run_command(command)
                self._desk.withdraw(CrashQuestion)
            case Compact():
                self._desk.withdraw(CrashQuestion)
                self._conductor.compact(op)
            case DescribeContext():
                self._errands.run(self._asides.describe_context())
            case ListModels():
                self._errands.run(self._asides.list_models())
            case DescribeChanges():
                self._errands.run(self._asides.describe_changes(op))
            case ListTurns():
                self._errands.run(self._asides.list_turns())
            case PreviewRewind():
                self._errands.run(self._asides.preview_rewind(op))
            case Rewind():
                self._desk.withdraw(CrashQuestion)
                self._errands.run(self._rewind(op))
            case ChangeSettings() if self._place.opens_everything(op):
                self._full_access.ask(op)
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
        return self._bus.reader([StateChanged(state=self._state.now()), *self._replay.events(), *self._standing()])

    async def earlier(self, before_id: str | None, limit: int) -> tuple[Item, ...]:
        return await self._journal.items(before_id=before_id, limit=limit, with_superseded=True)

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
                self._errands.close,
                self._conductor.close,
            ):
                stack.push_async_callback(logged, close)

    async def _end_events(self) -> None:
        self._state.close()
        self._bus.close()

    # Events.

    def _emit(self, event: Event) -> None:
        self._replay.take(event)
        self._state.publish(event)
        match event:
            case Paused():
                self._errands.run(self._conductor.mark("paused"))
            case Resumed():
                self._errands.run(self._conductor.mark("running"))
            case TurnEnded(outcome=Completed()) if self._names_by_model():
                self._errands.run(self._conductor.name())
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

    # Settings.

    async def _change(self, wish: ChangeSettings) -> None:
        self._place.change(wish)
        self._state.tell()
        self._model.get_ready()
        await unbroken(logged(self._conductor.unfinished.keep))

    async def _plan_accepted(self, answer: PlanAccepted) -> None:
        sandbox_mode, approval_policy = MODES[answer.mode]
        await self._change(ChangeSettings(sandbox_mode=sandbox_mode, approval_policy=approval_policy))

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
            await self._conductor.take((TextPart(text=prompt),), "now")

    async def _play_tour(self) -> bool:
        if (prompt := await self._greeting.go_to_demo()) is None:
            return False
        if not self._conductor.is_at_work:  # the user may have been faster
            await self._conductor.take((TextPart(text=prompt),), "now")
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
        self._replay.load(await self.earlier(None, REPLAYED_ITEMS), await self._journal.item_count())
        events: list[Event] = [HistoryCut(), *self._replay.events()]
        for event in events:
            self._bus.publish(event)

    def _moved(self) -> None:
        self._state.tell()
        self._errands.run(self._conductor.unfinished.keep())
        self._model.get_ready()
