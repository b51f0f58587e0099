from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

from codex_core.agent.secrets import Masker
from codex_core.config.saved_rules import RulesFile
from codex_core.protocol import (
    AnswerInput,
    Completed,
    ConfigError,
    DemoAnswer,
    DemoQuestion,
    InputRequested,
    InputResolved,
    NoticeItem,
    Pause,
    Paused,
    Resume,
    SandboxPolicy,
    Settings,
    StateChanged,
    Stop,
    Stopped,
    SubmitPrompt,
    TextPart,
    ToolBox,
    TrustAnswer,
    TrustQuestion,
    TurnEnded,
)
from codex_core.session.project import Project
from codex_core.session.services import Services
from codex_core.session.session import Session
from codex_core.session.store import SessionStore
from tests.support.scripted_provider import Says, ScriptedProvider
from tests.support.scripted_tools import NoSandbox
from tests.support.sessions import Watcher, watching

HERE = Settings(model="", sandbox_mode="workspace-write", approval_policy="untrusted")


@dataclass
class FakeProjects:
    """A folder that wants to be trusted; its own settings count afterwards."""

    own: Settings = HERE
    error: ConfigError | None = None
    is_trusted: bool = False
    open_now: list[Path] = field(default_factory=list[Path])

    async def __call__(self, workspace: Path, *, trust: bool | None) -> Project:
        if trust and self.error is not None:
            raise self.error
        is_trusted = bool(trust) or self.is_trusted
        self.open_now.append(workspace)

        async def close() -> None:
            self.open_now.remove(workspace)

        return Project(
            workspace=workspace,
            is_trusted=is_trusted,
            found=() if is_trusted else ("AGENTS.md (1 kB)",),
            settings=self.own if is_trusted else HERE,
            warnings=(),
            instruction_files=(),
            policy=lambda settings: SandboxPolicy(mode=settings.sandbox_mode, workspace=workspace),
            toolbox=lambda _: ToolBox(),
            close=close,
        )


@asynccontextmanager
async def greeted(
    folder: Path,
    projects: FakeProjects,
    provider: ScriptedProvider,
    *,
    model: str = "scripted/model",
    make_demo: Callable[[Path], None] = lambda _: None,
    tour: Literal["offer", "play"] = "offer",
) -> AsyncGenerator[tuple[Session, Watcher]]:
    async def nothing() -> None:
        pass

    services = Services(
        provider_for=lambda _: provider,
        open_project=projects,
        demo_folder=folder / "demo",
        make_demo=make_demo,
        sandbox=NoSandbox(),
        environment={},
        masker=Masker(),
        rules=RulesFile(folder),
        close=nothing,
    )
    async with SessionStore.open(folder / "sessions.db") as store:
        session = Session(
            journal=await store.create(folder),
            project=await projects(folder, trust=None),
            services=services,
            settings=replace(HERE, model=model),
            is_interactive=True,
            tour=tour,
        )
        await session.start()
        async with watching(session) as watcher:
            try:
                yield session, watcher
            finally:
                await session.close()
    assert not projects.open_now


async def test_a_trusted_folder_may_set_what_it_says_though_the_model_was_found_by_us(tmp_path: Path) -> None:
    projects = FakeProjects(own=replace(HERE, approval_policy="on-request"))
    provider = ScriptedProvider([Says(text="hi")])
    async with greeted(tmp_path, projects, provider) as (session, watcher):
        turn = asyncio.create_task(watcher.ask("go"))  # before the answer: the turn waits for it
        asked = await watcher.next(InputRequested)
        assert not provider.requests
        await session.submit(AnswerInput(request_id=asked.request_id, answer=TrustAnswer(trusted=True)))
        assert await turn == Completed()
        state = [event.state for event in watcher.seen if isinstance(event, StateChanged)][-1]
        assert (state.settings.mode, state.settings.model, state.trusted) == ("auto", "scripted/model", True)


async def test_a_trusted_folder_whose_settings_are_wrong_is_not_entered_and_the_user_is_told(tmp_path: Path) -> None:
    projects = FakeProjects(error=ConfigError("config.toml: no such key: modle"))
    async with greeted(tmp_path, projects, ScriptedProvider([Says(text="hi")])) as (session, watcher):
        asked = await watcher.next(InputRequested)
        await session.submit(AnswerInput(request_id=asked.request_id, answer=TrustAnswer(trusted=True)))
        assert await watcher.ask("go") == Completed()
        assert "modle" in watcher.completed(NoticeItem)[0].text
        assert projects.open_now == [tmp_path]


async def test_pause_and_stop_work_while_the_trust_question_is_open(tmp_path: Path) -> None:
    async with greeted(tmp_path, FakeProjects(), ScriptedProvider([])) as (session, watcher):
        turn = asyncio.create_task(watcher.ask("go"))
        await watcher.next(InputRequested)
        await session.submit(Pause())
        await watcher.next(Paused)
        await session.submit(Resume())
        await session.submit(Stop())
        assert await turn == Stopped()


async def test_a_prompt_withdraws_the_offer_of_the_demo(tmp_path: Path) -> None:
    provider = ScriptedProvider([Says(text="hi")])
    async with greeted(tmp_path, FakeProjects(is_trusted=True), provider, model="demo") as (_, watcher):
        await watcher.next(InputRequested, lambda event: isinstance(event.request, DemoQuestion))
        assert await watcher.ask("who are you?") == Completed()
        assert (await watcher.next(InputResolved)).answer is None
        assert len(provider.requests) == 1


async def test_the_demo_moves_into_its_folder_and_plays_the_tour(tmp_path: Path) -> None:
    made: list[Path] = []
    provider = ScriptedProvider([Says(text="welcome")])
    projects = FakeProjects(is_trusted=True)
    async with greeted(tmp_path, projects, provider, model="demo", make_demo=made.append) as (session, watcher):
        asked = await watcher.next(InputRequested)
        await session.submit(AnswerInput(request_id=asked.request_id, answer=DemoAnswer(accepted=True)))
        assert (await watcher.next(TurnEnded)).outcome == Completed()
        assert made == projects.open_now == [tmp_path / "demo"]
        (told,) = watcher.completed(NoticeItem)
        assert told.text.startswith(f"The tour plays in {tmp_path / 'demo'}, made for it; delete that folder")


async def test_a_demo_that_cannot_be_made_says_so(tmp_path: Path) -> None:
    def make(folder: Path) -> None:
        raise ConfigError(f"{folder} is not empty and not the demo's.")

    provider = ScriptedProvider([Says(text="hi")])
    projects = FakeProjects(is_trusted=True)
    async with greeted(tmp_path, projects, provider, model="demo", make_demo=make) as (session, watcher):
        asked = await watcher.next(InputRequested)
        await session.submit(AnswerInput(request_id=asked.request_id, answer=DemoAnswer(accepted=True)))
        await watcher.next(InputResolved)
        await session.submit(SubmitPrompt(parts=(TextPart(text="go on"),)))
        assert (await watcher.next(TurnEnded)).outcome == Completed()
        assert "not empty" in watcher.completed(NoticeItem)[0].text


async def test_a_tour_that_was_asked_for_begins_without_a_question(tmp_path: Path) -> None:
    provider = ScriptedProvider([Says(text="welcome")])
    projects = FakeProjects()
    async with greeted(tmp_path, projects, provider, model="demo", tour="play") as (_, watcher):
        assert (await watcher.next(TurnEnded)).outcome == Completed()
        assert projects.open_now == [tmp_path / "demo"]
        assert not any(isinstance(event, InputRequested) for event in watcher.seen)


async def test_where_the_tour_cannot_be_played_the_folder_is_asked_about_as_ever(tmp_path: Path) -> None:
    def make(folder: Path) -> None:
        raise ConfigError(f"{folder} is not empty and not the demo's.")

    provider = ScriptedProvider([Says(text="hi")])
    async with greeted(tmp_path, FakeProjects(), provider, model="demo", make_demo=make, tour="play") as (
        session,
        watcher,
    ):
        turn = asyncio.create_task(watcher.ask("go"))
        asked = await watcher.next(InputRequested)
        assert isinstance(asked.request, TrustQuestion)
        assert not provider.requests
        await session.submit(AnswerInput(request_id=asked.request_id, answer=TrustAnswer(trusted=False)))
        assert await turn == Completed()
        assert "not empty" in watcher.completed(NoticeItem)[0].text
