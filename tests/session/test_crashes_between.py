"""Processes are killed while they summarise, and while the app goes from one session to another.

`CRASHES=200` kills a quarter as many (`make crash-test`); `CRASH_SEED` gives other moments.
"""

from __future__ import annotations

import contextlib
import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from codex_core.agent.messages import to_messages
from codex_core.protocol import CompactionItem, StepItem, Unknown, UserItem
from codex_core.session.store import SessionStore
from tests.support.program import COMMAND, environment, run
from tests.support.scripted_journal import answered, said
from tests.support.terminal import Terminal

ROOT = Path(__file__).parents[2]
KILLS = max(3, int(os.environ.get("CRASHES", "16")) // 4)


def seeded(name: str) -> random.Random:
    return random.Random(f"{os.environ.get('CRASH_SEED', 'crash')} {name}")


def check_database(database: Path) -> None:
    with contextlib.closing(sqlite3.connect(database, timeout=10)) as db:
        assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def live(folder: Path, prompt: str, session_id: str, kill_after_s: float | None) -> tuple[str, set[str], bool]:
    """Say something and have it summarised; returns the id, the items that were told, and whether it was killed."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.support.compaction_child", folder, prompt, session_id],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    told: set[str] = set()
    killer: threading.Timer | None = None
    for line in process.stdout:
        if not line.endswith("\n"):
            break  # cut by the kill: it was not told
        what, name = line.split()
        match what:
            case "session":
                session_id = name
            case "item":
                told.add(name)
            case "begun":
                if kill_after_s is not None and killer is None:
                    killer = threading.Timer(kill_after_s, process.kill)
                    killer.start()
            case _:
                pass
    if killer is not None:
        killer.cancel()
    _, complaints = process.communicate()
    assert process.returncode in (0, -signal.SIGKILL), complaints
    return session_id, told, process.returncode != 0


@pytest.mark.time_limit(60 + 10 * KILLS)
async def test_a_kill_while_it_is_summarised_costs_at_most_the_summary(tmp_path: Path) -> None:
    seed, database = seeded("compaction"), tmp_path / "sessions.db"
    session_id, kills, lives = "", 0, 0
    acknowledged: set[str] = set()
    while kills < KILLS:
        lives += 1
        assert lives <= 4 * KILLS, "it ends before it is killed"
        session_id, told, was_killed = live(tmp_path, f"matter {lives} ", session_id, seed.uniform(0.0, 0.3))
        kills += was_killed
        acknowledged |= told
        check_database(database)
        async with SessionStore.open(database) as store:
            journal = await store.read_session(session_id)
            items = await journal.items(strict=True)
        assert acknowledged <= {item.id for item in items if not isinstance(item, Unknown)}
        summaries = [item for item in items if isinstance(item, StepItem) and item.purpose == "summary"]
        assert sum(not item.error for item in summaries) == sum(isinstance(item, CompactionItem) for item in items)
        prompts = [item for item in items if isinstance(item, UserItem)]
        assert len(prompts) == lives
    assert live(tmp_path, "the last matter ", session_id, None)[2] is False
    async with SessionStore.open(database) as store:
        items = await (await store.read_session(session_id)).items(strict=True)
    messages = to_messages("be good", items, provider="talking", model="scripted/model")
    assert sum("Summary of the conversation" in str(message["content"]) for message in messages) == 1


@pytest.mark.time_limit(60 + 20 * KILLS)
async def test_a_kill_on_the_way_to_another_session_loses_neither(tmp_path: Path) -> None:
    seed, env = seeded("switch"), environment(tmp_path)
    database = tmp_path / "codex-py" / "sessions.db"
    database.parent.mkdir(mode=0o700)
    ids: list[str] = []
    async with SessionStore.open(database) as store:
        for title in ("mend the clock", "feed the wombat"):
            journal = await store.create(tmp_path, title=title, model="demo")
            await journal.append(said("u", f"please {title}"), answered("a", f"I shall {title}"))
            ids.append(journal.session_id)
    before = {session_id: show(session_id, env, tmp_path)["items"] for session_id in ids}
    for number in range(KILLS):
        here, there = ids[number % 2], ids[1 - number % 2]
        with Terminal([COMMAND, "-m", "demo", "resume", here], env=env, cwd=tmp_path) as terminal:
            terminal.wait_for("please ", timeout_s=60)
            terminal.wait_for("sandbox", timeout_s=60)
            terminal.type(seed.choice([f"/resume {there}", "/new", "/resume"])).press("enter")
            terminal.watch(seed.uniform(0.0, 0.6))
            terminal.signal(signal.SIGKILL)
            terminal.wait_exit()
        check_database(database)
        assert {session_id: show(session_id, env, tmp_path)["items"] for session_id in ids} == before
        listed = json.loads(run("sessions", "list", "--json", cwd=tmp_path, env=env).stdout)
        assert {each["id"] for each in listed} == set(ids)
    async with SessionStore.open(database) as store:
        for session_id in ids:  # nobody owns them any more
            journal = await store.open_session(session_id)
            await journal.append(said("more"))


def show(session_id: str, env: dict[str, str], folder: Path) -> dict[str, object]:
    return json.loads(run("sessions", "show", session_id, "--json", cwd=folder, env=env).stdout)
