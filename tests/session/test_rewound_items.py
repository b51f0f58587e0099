from __future__ import annotations

import contextlib
import sqlite3
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from codex_core.protocol import Item, RewindItem, Unknown, Usage
from codex_core.protocol.codec import encode_item
from codex_core.session.migrations import MIGRATIONS, VERSION
from codex_core.session.rows import CheckpointRow
from codex_core.session.store import SessionStore
from tests.support.scripted_journal import said, stepped


def rewound(number: int, first: str, undoes: str = "") -> RewindItem:
    return RewindItem(id=f"rewind{number}", at=float(number), what="conversation", rewound_from=first, undoes=undoes)


@pytest.mark.parametrize("version", range(1, VERSION))
async def test_a_session_of_an_earlier_release_can_be_rewound_and_that_taken_back(tmp_path: Path, version: int) -> None:
    database = tmp_path / "sessions.db"
    with contextlib.closing(sqlite3.connect(database, isolation_level=None)) as db:
        for statements in MIGRATIONS[:version]:
            db.executescript(statements)
        db.execute(f"PRAGMA user_version = {version}")
        db.execute(
            "INSERT INTO sessions (id, workspace, title, model, created_at, updated_at) "
            "VALUES ('s', '/w', '', '', 1, 1)"
        )
        for seq, name in enumerate("abc", start=1):
            row = ("s", seq, name, "user", None, 1.0, "complete", encode_item(said(name)))
            columns = "session_id, seq, item_id, kind, call_id, at, state, data"
            db.execute(f"INSERT INTO items ({columns}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)", row)
    async with SessionStore.open(database) as store:
        journal = await store.open_session("s")
        assert await journal.checkpoints() == ()
        await journal.record_checkpoint(CheckpointRow(seq=journal.last_seq, kind="turn", ref="a", checkpoint="00"))
        await journal.append(rewound(1, "b"))
        assert await journal.items(strict=True) == (said("a"), rewound(1, "b"))
        assert await journal.item_count() == 2
        await journal.append(rewound(2, "rewind1", "rewind1"))
        assert await journal.items(strict=True) == (said("a"), said("b"), said("c"), rewound(2, "rewind1", "rewind1"))
        assert await journal.item_count() == 4
        assert [row.checkpoint for row in await journal.checkpoints()] == ["00"]


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(script=st.lists(st.sampled_from(["say", "rewind", "undo"]), max_size=12), data=st.data())
async def test_what_counts_is_what_was_there_before_and_after_each_rewind(
    tmp_path_factory: pytest.TempPathFactory, script: list[str], data: st.DataObject
) -> None:
    database = tmp_path_factory.mktemp("rewinds") / "sessions.db"
    counting: list[Item] = [said("first")]
    before: dict[str, list[Item]] = {}
    async with SessionStore.open(database) as store:
        journal = await store.create(Path("/w"))
        await journal.append(*counting)
        for number, step in enumerate(script):
            ids = [item.id for item in counting if not isinstance(item, Unknown)]
            done = {item.undoes for item in counting if isinstance(item, RewindItem)}
            undoable = [name for name in ids if name in before and name not in done]
            if step == "undo" and undoable:
                name = undoable[-1]
                item: Item = rewound(number, name, name)
                counting = [*before[name], item]
            elif step == "rewind":
                at = data.draw(st.integers(0, len(ids) - 1))
                item = rewound(number, ids[at])
                before[item.id] = counting
                counting = [*counting[:at], item]
            else:
                item = said(f"said{number}")
                counting = [*counting, item]
            await journal.append(item)
        assert list(await journal.items(strict=True)) == counting
        assert await journal.item_count() == len(counting)
        branch = await store.read_session(await store.fork(journal.session_id))
        assert list(await branch.items(strict=True)) == counting
        assert await branch.item_count() == len(counting)


async def test_a_damaged_row_does_not_keep_a_session_from_being_opened_and_rewound(tmp_path: Path) -> None:
    database = tmp_path / "sessions.db"
    async with SessionStore.open(database) as store:
        journal = await store.create(Path("/w"))
        session_id = journal.session_id
        await journal.append(said("a"), stepped("step", Usage(input_tokens=1, output_tokens=1)), said("b"))
    with contextlib.closing(sqlite3.connect(database, isolation_level=None)) as db:
        db.execute("DROP TRIGGER items_are_only_appended")
        db.execute("UPDATE items SET data = 'no json' WHERE item_id IN ('a', 'step')")
    async with SessionStore.open(database) as store:
        journal = await store.open_session(session_id)
        assert await journal.last_usage() == Usage(input_tokens=1, output_tokens=1)
        assert [mark.item_id for mark in await journal.landmarks()] == ["b"]
        await journal.append(rewound(1, "b"))
        assert await journal.item_count() == 3
