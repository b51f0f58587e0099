from __future__ import annotations

import contextlib
import os
import random
import sqlite3
import threading
import time
from pathlib import Path

from codex_core.protocol import ToolResultItem, Unknown
from codex_core.session.store import SessionStore
from tests.session.test_store import made, writer

ROUNDS = 12


async def test_after_kill_9_at_any_moment_nothing_acknowledged_is_missing(tmp_path: Path) -> None:
    database = tmp_path / "sessions.db"
    seed = random.Random(os.environ.get("KILL_SEED", "kill"))
    for round_number in range(ROUNDS):
        session_id = f"round{round_number}"
        await made(database, session_id)
        process = writer(database, session_id)
        assert process.stdout is not None
        killer = threading.Timer(seed.uniform(0.0, 0.25), process.kill)
        killer.start()
        lines = process.stdout.read().splitlines()
        process.wait()
        killer.join()
        acknowledged = [line.split() for line in lines if len(line.split()) == 2]
        with contextlib.closing(sqlite3.connect(database)) as db:
            assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        began = time.monotonic()
        async with SessionStore.open(database) as store:
            journal = await store.open_session(session_id)
            assert time.monotonic() - began < 5
            items = await journal.items(strict=True)
            started = await journal.started_calls()
            ids = {item.id for item in items if not isinstance(item, Unknown)}
            for what, name in acknowledged[:-1]:
                assert name in (ids if what == "item" else started)
            results = [item.call_id for item in items if isinstance(item, ToolResultItem)]
            assert len(results) == len(set(results))
            open_calls = await journal.open_calls()
            assert len(open_calls) <= 1
            assert not {call.call_id for call in open_calls} & set(results)
