"""Processes are killed at random moments; nothing that was acknowledged may be missing, and the work goes on.

`CRASHES=200` kills that many (`make crash-test`); `CRASH_SEED` gives other moments.
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
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from codex_core.protocol import Item, ToolCallItem, ToolResultItem, Unknown
from codex_core.session.store import SessionStore
from tests.support.crash_job import DONE, END, PROMPT, begin, files_of, half_written, next_calls
from tests.support.model_server import Call, Reply, SeenRequest, ThreadedModelServer
from tests.support.program import COMMAND, environment

ROOT = Path(__file__).parents[2]
CRASHES = int(os.environ.get("CRASHES", "16"))
AT_ONCE = 3
MOST_LIVES = 6
"""Of one session: the last is not killed."""


@dataclass(slots=True)
class Job:
    """One session, through its deaths."""

    folder: Path
    database: Path
    seed: random.Random
    session_id: str = ""
    acknowledged: set[str] = field(default_factory=set[str])
    asked: set[str] = field(default_factory=set[str])
    kills: int = 0
    outcome: str = ""

    @property
    def workspace(self) -> Path:
        return self.folder / "workspace"

    def live(self, kill_after_s: float | None) -> None:
        """Work until the end of the turn, or until it is killed."""
        self.outcome = ""
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.support.crash_child", self.folder, self.database, self.session_id],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert process.stdout is not None
        killer: threading.Timer | None = None
        for line in process.stdout:
            if not line.endswith("\n"):
                break  # cut by the kill: it was not told
            what, name = line.split()
            match what:
                case "session":
                    self.session_id = name
                    if kill_after_s is not None:
                        killer = threading.Timer(kill_after_s, process.kill)
                        killer.start()
                case "item":
                    self.acknowledged.add(name)
                case "asked":
                    self.asked.add(name)
                case _:
                    self.outcome = name
        if killer is not None:
            killer.cancel()
        _, complaints = process.communicate()
        if process.returncode == -signal.SIGKILL:
            self.kills += 1
        else:
            assert process.returncode == 0, complaints

    def check_intact(self) -> None:
        assert half_written(self.workspace) == []
        with contextlib.closing(sqlite3.connect(self.database, timeout=10)) as db:
            assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
            stored = {
                row[0] for row in db.execute("SELECT item_id FROM items WHERE session_id = ?", (self.session_id,))
            }
            assert self.acknowledged <= stored
            rows = db.execute(
                "SELECT json_extract(data, '$.request.request_id') FROM audit WHERE session_id = ? AND kind = 'asked'",
                (self.session_id,),
            )
            assert self.asked <= {row[0] for row in rows}

    def run(self) -> int:
        """Be killed again and again, then end; return how often."""
        begin(self.workspace)
        for _ in range(MOST_LIVES - 1):
            self.live(self.seed.uniform(0.0, 1.6) ** 2)
            self.check_intact()
            if self.outcome:
                break
        while not self.outcome:
            self.live(None)
        self.check_intact()
        assert self.outcome == "Completed"
        assert files_of(self.workspace) == END
        return self.kills


def one_result_each(items: tuple[Item, ...]) -> None:
    open_calls: list[str] = []
    for item in items:
        match item:
            case ToolCallItem(call_id=call_id):
                open_calls.append(call_id)
            case ToolResultItem(call_id=call_id):
                open_calls.remove(call_id)
            case _:
                pass
    assert open_calls == []


@pytest.mark.time_limit(60 + 12 * CRASHES)
async def test_killed_at_any_moment_and_resumed_a_session_has_lost_nothing_and_ends_the_same(tmp_path: Path) -> None:
    database = tmp_path / "sessions.db"
    jobs: list[Job] = []
    lock = threading.Lock()

    def kill_some() -> None:
        while True:
            with lock:
                if sum(job.kills for job in jobs) >= CRASHES:
                    return
                number = len(jobs)
                seed = random.Random(f"{os.environ.get('CRASH_SEED', 'crash')} {number}")
                job = Job(folder=tmp_path / f"job{number}", database=database, seed=seed)
                jobs.append(job)
            job.run()

    with ThreadPoolExecutor(AT_ONCE) as pool:
        for worker in [pool.submit(kill_some) for _ in range(AT_ONCE)]:
            worker.result()
    assert sum(job.kills for job in jobs) >= CRASHES
    async with SessionStore.open(database) as store:
        assert store.notice == ""
        for job in jobs:
            items = await (await store.read_session(job.session_id)).items(strict=True)
            one_result_each(items)
            assert not any(isinstance(item, Unknown) for item in items)


def answer(request: SeenRequest) -> Reply:
    calls = next_calls(request.messages)
    text = "I go on with it." if calls else DONE
    return Reply(
        text=text,
        calls=tuple(Call(name, arguments) for name, arguments in calls),
        fragment_arguments=False,
        chunks_per_s=40,
    )


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGHUP])
async def test_a_headless_run_that_is_ended_from_outside_goes_on_where_it_was(
    tmp_path: Path, number: signal.Signals
) -> None:
    workspace = tmp_path / "workspace"
    begin(workspace)
    seed = random.Random(f"{os.environ.get('CRASH_SEED', 'crash')} {number}")
    database = tmp_path / "codex-py" / "sessions.db"
    with ThreadedModelServer(answer) as server:
        env = environment(tmp_path, server.environment())
        flags = ("--json", "--full-auto", "--skip-git-repo-check", "-m", "openai/scripted")
        process = subprocess.Popen(
            [COMMAND, "exec", *flags, PROMPT], cwd=workspace, env=env, stdout=subprocess.PIPE, text=True
        )
        assert process.stdout is not None
        completed: list[str] = []
        lines: list[str] = []
        for line in process.stdout:
            lines.append(line)
            if '"turn.started"' in line:
                time_to_end = threading.Timer(seed.uniform(0.5, 4.0), process.send_signal, (number,))
                time_to_end.start()
        process.wait()
        process.stdout.close()
        whole = [json.loads(line) for line in lines if line.endswith("\n")]
        completed = [line["item"]["id"] for line in whole if line["type"] == "item.completed"]
        session_id = whole[0]["thread_id"]
        was_ended = process.returncode != 0
        if was_ended:
            assert process.returncode == (-number if number == signal.SIGKILL else 128 + number)
        assert half_written(workspace) == []
        with contextlib.closing(sqlite3.connect(database)) as db:
            assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
            stored = {row[0] for row in db.execute("SELECT item_id FROM items")}
        assert set(completed) <= stored
        again = subprocess.run(
            [COMMAND, "exec", "resume", *flags, session_id, "go on"],
            cwd=workspace, env=env, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert again.returncode == 0, again.stderr
    assert files_of(workspace) == END
    async with SessionStore.open(database) as store:
        one_result_each(await (await store.read_session(session_id)).items(strict=True))
