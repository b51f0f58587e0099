from __future__ import annotations

from pathlib import Path

import pytest

from codex_core.protocol import ProviderError, StateChanged, StepItem, UserItem
from codex_core.session.store import SessionStore
from tests.support.scripted_provider import Breaks, Says, ScriptedProvider
from tests.support.sessions import running_session


async def title_of(folder: Path) -> str:
    async with SessionStore.open(folder / "sessions.db") as store:
        (session,) = await store.list_sessions()
        return session.title


async def test_the_model_names_the_session_once_its_first_turn_has_ended(tmp_path: Path) -> None:
    provider = ScriptedProvider([Says(text="Hello."), Says(text='"Greeting\n the  agent"'), Says(text="Again.")])
    async with running_session(tmp_path, provider, auto_title=True) as (_, watcher):
        await watcher.ask("please say hello to me")
        await watcher.next(StateChanged, lambda event: event.state.title == "Greeting the agent")
        assert watcher.completed(StepItem)[-1].purpose == "title"
        await watcher.ask("again")
    assert [request.purpose for request in provider.requests] == ["reply", "title", "reply"]
    assert "Greeting" not in str(provider.requests[-1].messages)
    assert await title_of(tmp_path) == "Greeting the agent"
    async with SessionStore.open(tmp_path / "sessions.db") as store:
        (session,) = await store.list_sessions()
        journal = await store.read_session(session.id)
        assert (await journal.total_usage()).input_tokens == 30
        assert (await journal.last_usage()) is not None


@pytest.mark.parametrize("answer", [Breaks(error=ProviderError("no", kind="server")), Says(text="  ")])
async def test_without_a_name_from_the_model_the_first_words_stay(tmp_path: Path, answer: Says | Breaks) -> None:
    provider = ScriptedProvider([Says(text="Hello."), answer, Says(text="Again.")])
    async with running_session(tmp_path, provider, auto_title=True) as (_, watcher):
        await watcher.ask("please say hello to me")
        await watcher.until(lambda: len(provider.requests) == 2)
        await watcher.ask("again")
        assert len(watcher.completed(UserItem)) == 2
    assert await title_of(tmp_path) == "please say hello to me"


async def test_no_model_is_asked_for_a_name_unless_the_user_wants_it(tmp_path: Path) -> None:
    provider = ScriptedProvider([Says(text="Hello."), Says(text="Again.")])
    async with running_session(tmp_path, provider) as (_, watcher):
        await watcher.ask("please say hello to me")
        await watcher.ask("again")
    assert [request.purpose for request in provider.requests] == ["reply", "reply"]
