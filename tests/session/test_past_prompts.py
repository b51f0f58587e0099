from __future__ import annotations

from pathlib import Path

from codex_core.protocol import TextPart, ToolCallItem, UserItem
from codex_core.session.past_prompts import past_prompts
from codex_core.session.store import SessionStore


def said(text: str, at: float, origin: str = "prompt") -> UserItem:
    return UserItem(id=f"user_{at}", at=at, parts=(TextPart(text=text),), origin=origin)  # pyright: ignore


async def test_prompts_and_shell_lines_of_this_folder_come_first_the_newest_first_each_once(tmp_path: Path) -> None:
    database = tmp_path / "sessions.db"
    here, there = tmp_path / "here", tmp_path / "there"
    own = ToolCallItem(id="t1", at=3.0, call_id="c1", name="shell", arguments='{"command": "make"}', by="user")
    models = ToolCallItem(id="t2", at=4.0, call_id="c2", name="shell", arguments='{"command": "the \\"user\\""}')
    async with SessionStore.open(database) as store:
        journal = await store.create(here)
        await journal.append(said("one", 1.0), said("again", 2.0), own, models, said("env", 5.0, "context"))
        journal = await store.create(there)
        await journal.append(said("elsewhere", 9.0), said("again", 10.0))
    found = past_prompts(database, here)
    assert [(prompt.text, prompt.is_here) for prompt in found] == [
        ("!make", True),
        ("again", True),
        ("one", True),
        ("elsewhere", False),
    ]


def test_a_database_that_is_not_there_or_no_database_has_none(tmp_path: Path) -> None:
    assert past_prompts(tmp_path / "none.db", tmp_path) == ()
    (tmp_path / "bad.db").write_bytes(b"no database at all" * 100)
    assert past_prompts(tmp_path / "bad.db", tmp_path) == ()
