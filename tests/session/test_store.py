from __future__ import annotations

import contextlib
import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from codex_core.files import lock
from codex_core.protocol import (
    Answered,
    Approve,
    Asked,
    CodexError,
    Deny,
    FullAccessGiven,
    SessionBusy,
    SessionCorrupt,
    Unknown,
    Usage,
)
from codex_core.protocol.codec import encode_item
from codex_core.session import lease
from codex_core.session.migrations import MIGRATIONS, VERSION
from codex_core.session.store import SessionStore
from tests.support.scripted_journal import said, stepped

ROOT = Path(__file__).parents[2]


def writer(database: Path, session_id: str) -> subprocess.Popen[str]:
    """A process that owns the session and writes into it; its first line is `open`."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.support.scripted_journal", str(database), session_id],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "open\n"
    return process


async def made(database: Path, *session_ids: str) -> None:
    async with SessionStore.open(database) as store:
        for session_id in session_ids:
            journal = await store.create(database.parent, session_id=session_id)
            await journal.append(said(f"first of {session_id}"))


async def test_the_database_is_nobody_elses_business(tmp_path: Path) -> None:
    database = tmp_path / "sessions.db"
    old = os.umask(0)
    try:
        await made(database, "s")
        async with SessionStore.open(database) as store:
            await store.create(tmp_path)
            modes = {path.name: path.stat().st_mode & 0o777 for path in tmp_path.iterdir() if path.is_file()}
    finally:
        os.umask(old)
    assert {"sessions.db", "sessions.db-wal"} <= modes.keys()
    assert set(modes.values()) == {0o600}


async def test_sessions_are_listed_newest_first_and_by_folder(tmp_path: Path) -> None:
    here, there = tmp_path / "here", tmp_path / "th\udcffere"
    async with SessionStore.open(tmp_path / "sessions.db") as store:
        old = await store.create(here, title="old", model="m")
        new = await store.create(there)
        await store.create(here, title="nothing was said")
        await new.append(said("b"))
        await old.append(said("a"))
        await new.append(said("c"))
        assert [found.id for found in await store.list_sessions()] == [new.session_id, old.session_id]
        assert [found.id for found in await store.list_sessions(here)] == [old.session_id]
        assert [found.workspace for found in await store.list_sessions(there)] == [there]
        assert len(await store.list_sessions(limit=1)) == 1
        latest = await store.latest()
        assert latest is not None
        assert (latest.id, latest.item_count) == (new.session_id, 2)
        assert await store.latest(tmp_path / "her") is None
        in_a_folder_above = await store.latest(tmp_path)
        assert in_a_folder_above is not None
        assert in_a_folder_above.id == new.session_id


async def test_a_session_that_moves_is_found_in_its_new_folder(tmp_path: Path) -> None:
    async with SessionStore.open(tmp_path / "sessions.db") as store:
        journal = await store.create(tmp_path / "here")
        await journal.append(said("a"))
        await journal.set_workspace(tmp_path / "there")
        found = await store.latest(tmp_path / "there")
        assert found is not None
        assert found.id == journal.session_id


async def test_a_session_in_which_nothing_was_said_leaves_no_trace(tmp_path: Path) -> None:
    async with SessionStore.open(tmp_path / "sessions.db") as store:
        journal = await store.create(tmp_path)
        await journal.close()
        with pytest.raises(CodexError, match=f"no session {journal.session_id}"):
            await store.open_session(journal.session_id)


async def test_sessions_are_found_by_the_beginning_or_end_of_their_id(tmp_path: Path) -> None:
    await made(tmp_path / "sessions.db", "session_aaaa1", "session_aaaa2", "session_bbbb%")
    async with SessionStore.open(tmp_path / "sessions.db") as store:
        assert (await store.find("session_aaaa1")).id == "session_aaaa1"
        assert (await store.find("session_b")).id == "session_bbbb%"
        assert (await store.find("aaa2")).id == "session_aaaa2"
        with pytest.raises(CodexError, match="more than one session is called session_aaaa: session_aaaa"):
            await store.find("session_aaaa")
        for nobody in ("", "%%%%", "nobody", "a2", "session_\ud83d"):
            with pytest.raises(CodexError, match="no session"):
                await store.find(nobody)


async def test_a_session_belongs_to_one_process_at_a_time(tmp_path: Path) -> None:
    database = tmp_path / "sessions.db"
    await made(database, "s")
    process = writer(database, "s")
    try:
        async with SessionStore.open(database) as store:
            with pytest.raises(SessionBusy, match=f"process {process.pid}"):
                await store.open_session("s")
            assert (await (await store.read_session("s")).items(limit=1)) != ()
            process.kill()
            os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)  # it stays a zombie, which owns nothing
            journal = await store.open_session("s")
            await journal.append(said("mine"))
    finally:
        process.kill()
        process.communicate()


async def test_a_lease_of_a_pid_that_was_used_again_is_taken_over(tmp_path: Path) -> None:
    database = tmp_path / "sessions.db"
    await made(database, "s")
    ours = lease.this_process()
    with contextlib.closing(sqlite3.connect(database)) as db:
        db.execute("INSERT INTO leases VALUES ('s', ?, ?, 'another start', 9e9)", (ours.pid, ours.host))
        db.commit()
    async with SessionStore.open(database) as store:
        await store.open_session("s")


async def test_an_owner_that_cannot_be_seen_counts_until_it_is_silent_for_long(tmp_path: Path) -> None:
    database = tmp_path / "sessions.db"
    await made(database, "s")
    async with SessionStore.open(database) as store:
        with contextlib.closing(sqlite3.connect(database)) as db:
            db.execute("INSERT INTO leases VALUES ('s', 1, 'elsewhere', '7', 9e9)")
            db.commit()
            with pytest.raises(SessionBusy, match="process 1"):
                await store.open_session("s")
            db.execute("UPDATE leases SET beat = 5")
            db.commit()
        await store.open_session("s")


async def test_whoever_lost_a_session_cannot_write_into_it(tmp_path: Path) -> None:
    database = tmp_path / "sessions.db"
    async with SessionStore.open(database) as first, SessionStore.open(database) as second:
        lost = await first.create(tmp_path, session_id="s")
        await lost.append(said("a"))
        with contextlib.closing(sqlite3.connect(database)) as db:
            db.execute("DELETE FROM leases")
            db.commit()
        owned = await second.open_session("s")
        await owned.append(said("b"))
        with pytest.raises(SessionBusy):
            await lost.append(said("c"))
        with pytest.raises(SessionBusy):
            await lost.set_title("mine")
        assert await owned.items() == (said("a"), said("b"))


async def test_what_one_store_of_a_process_writes_outlives_others_that_come_and_go(tmp_path: Path) -> None:
    database = tmp_path / "sessions.db"
    look = f"import sqlite3; db = sqlite3.connect({str(database)!r}); db.execute('SELECT * FROM items'); db.close()"
    async with SessionStore.open(database) as first:
        journal = await first.create(tmp_path, session_id="s")
        for number in range(3):
            async with SessionStore.open(database) as other:
                subprocess.run([sys.executable, "-I", "-c", look], check=True)
                await journal.append(said(f"{number}"))
                assert len(await (await other.read_session("s")).items()) == number + 1
    with contextlib.closing(sqlite3.connect(database)) as db:
        assert db.execute("SELECT item_id FROM items").fetchall() == [("0",), ("1",), ("2",)]


async def test_a_lease_is_given_up_at_the_end(tmp_path: Path) -> None:
    database = tmp_path / "sessions.db"
    await made(database, "s")
    with contextlib.closing(sqlite3.connect(database)) as db:
        assert db.execute("SELECT count(*) FROM leases").fetchone() == (0,)


@pytest.mark.parametrize("damage", ["garbage", "header", "truncated"])
async def test_a_damaged_database_is_set_aside_and_what_reads_is_brought_over(tmp_path: Path, damage: str) -> None:
    database = tmp_path / "sessions.db"
    names = [f"s{number}" for number in range(200)]
    await made(database, *names)
    content = database.read_bytes()
    broken = {
        "garbage": b"this is no database " * 500,
        "header": b"SQLite format 3\x00" + b"\xff" * 84 + content[100:],
        "truncated": content[:4096] + b"\x00" * (len(content) - 4096),
    }[damage]
    database.write_bytes(broken)
    async with SessionStore.open(database) as store:
        assert "damaged" in store.notice
        (kept,) = tmp_path.glob("sessions.db.damaged-*")
        assert kept.read_bytes() == broken
        assert str(kept) in store.notice
        journal = await store.create(tmp_path)
        await journal.append(said("new"))
    readable = names if damage == "header" else []
    async with SessionStore.open(database) as store:
        assert store.notice == ""
        found = {session.id for session in await store.list_sessions(limit=1000)}
        assert found == {*readable, journal.session_id}
        for name in readable:
            assert await (await store.read_session(name)).items(strict=True) == (said(f"first of {name}"),)


@pytest.mark.parametrize("seed", range(6))
async def test_a_broken_page_costs_only_what_was_on_it(tmp_path: Path, seed: int) -> None:
    database = tmp_path / "sessions.db"
    usage = Usage(input_tokens=7, output_tokens=3)
    async with SessionStore.open(database) as store:
        for name in ("s", "t"):
            journal = await store.create(tmp_path, title=name, session_id=name)
            for number in range(400):
                await journal.append(said(f"{number}", f"{name} {number} " * 20), stepped(f"step{number}", usage))
            await journal.record(FullAccessGiven())
        everything = {name: await (await store.read_session(name)).items() for name in ("s", "t")}
    content = bytearray(database.read_bytes())
    with contextlib.closing(sqlite3.connect(database)) as db:  # a table without its root is lost as a whole
        roots = {1, *(page for (page,) in db.execute("SELECT rootpage FROM sqlite_master"))}
    for page in random.Random(seed).sample(sorted({*range(1, len(content) // 4096 + 1)} - roots), 5):
        content[(page - 1) * 4096 : page * 4096] = b"\x00" * 4096
    database.write_bytes(content)
    suspicious = database.with_name("sessions.db.suspect")
    suspicious.touch()
    async with SessionStore.open(database) as store:
        assert "What could be read of it is in a new one" in store.notice
        rest = {name: await (await store.read_session(name)).items(strict=True) for name in ("s", "t")}
        for name in ("s", "t"):
            lost = len(everything[name]) - len(rest[name])
            assert set(map(repr, rest[name])) <= set(map(repr, everything[name]))
            assert lost <= 5 * 17
            used = await (await store.read_session(name)).total_usage()
            assert used.input_tokens <= 7 * 400
        journal = await store.open_session("s")
        await journal.append(said("more"))
    assert not suspicious.exists()
    with contextlib.closing(sqlite3.connect(database)) as db:
        assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)


async def test_damage_that_shows_later_is_looked_for_when_the_database_is_opened_again(tmp_path: Path) -> None:
    database = tmp_path / "sessions.db"
    async with SessionStore.open(database) as store:
        journal = await store.create(tmp_path, session_id="s")
        for number in range(400):
            await journal.append(said(f"{number}", f"{number} " * 100))
    content = bytearray(database.read_bytes())
    middle = (len(content) // 4096 // 2) * 4096
    content[middle : middle + 4096] = b"\xff" * 4096
    database.write_bytes(content)
    async with SessionStore.open(database) as store:
        assert store.notice == ""
        with pytest.raises(SessionCorrupt, match="when codex-py starts again"):
            await (await store.read_session("s")).items()
    async with SessionStore.open(database) as store:
        assert "damaged" in store.notice
        assert 380 < len(await (await store.read_session("s")).items(strict=True)) < 400


async def test_a_session_that_an_earlier_version_wrote_is_read_summed_and_continued(tmp_path: Path) -> None:
    database = tmp_path / "sessions.db"
    with contextlib.closing(sqlite3.connect(database, isolation_level=None)) as db:
        db.executescript(f"{MIGRATIONS[0]} PRAGMA user_version = 1;")
        db.execute("INSERT INTO sessions VALUES ('s', '/w', 'old', 'm', '{}', 1.0, 1.0, 0, NULL)")
        row = ("s", 1, "a", "user", None, 1.0, "complete", encode_item(said("a")))
        db.execute("INSERT INTO items VALUES (?, ?, ?, ?, ?, ?, ?, ?)", row)
        db.execute("INSERT INTO usage VALUES ('s', 'step_1', 'm', 1.0, 2.0, 10, 4, 5, 1, 0.25, 0)")
    old = Usage(input_tokens=10, cached_input_tokens=4, output_tokens=5, reasoning_tokens=1, cost_usd=0.25)
    new = Usage(input_tokens=7, output_tokens=3)
    async with SessionStore.open(database) as store:
        journal = await store.open_session("s")
        assert await journal.items(strict=True) == (said("a"),)
        assert await journal.total_usage() == await journal.last_usage() == old
        await journal.append(stepped("step_2", new), said("b"))
    async with SessionStore.open(database) as store:
        journal = await store.open_session("s")
        assert await journal.items(strict=True) == (said("a"), stepped("step_2", new), said("b"))
        assert await journal.total_usage() == old + new
        assert await journal.last_usage() == new
    with contextlib.closing(sqlite3.connect(database)) as db:
        assert db.execute("PRAGMA user_version").fetchone() == (VERSION,)


@pytest.mark.parametrize("version", [1, 2])
async def test_approvals_of_an_earlier_release_become_lines_of_the_audit_log(tmp_path: Path, version: int) -> None:
    database = tmp_path / "sessions.db"
    asked = {
        "request_id": "q1", "call_id": "c1", "tool": "shell", "kind": "exec", "summary": "Run make",
        "why": "not known", "verdict": "ask", "session_scope": "exactly this command", "display": [],
    }  # fmt: skip
    answers = [{"type": "approve"}, {"type": "approve_for_session"}, {"type": "deny", "words": "no"}]
    with contextlib.closing(sqlite3.connect(database, isolation_level=None)) as db:
        for statements in MIGRATIONS[:version]:
            db.executescript(statements)
        db.execute(f"PRAGMA user_version = {version}")
        db.execute("INSERT INTO sessions VALUES ('s', '/w', 'old', 'm', '{}', 1.0, 1.0, 0, NULL)")
        for at, answer in enumerate(answers):
            row = ("s", float(at), json.dumps({**asked, "request_id": f"q{at}"}), json.dumps(answer))
            db.execute("INSERT INTO approvals VALUES (?, ?, ?, ?)", row)
        db.execute("INSERT INTO approvals VALUES ('s', 9.0, 'no json', '{}')")
    async with SessionStore.open(database) as store:
        journal = await store.read_session("s")
        log = await journal.audit()
        assert [line.at for line in log] == [0.0, 0.0, 1.0, 1.0, 2.0, 2.0]
        requests = [line.entry.request for line in log if isinstance(line.entry, Asked)]
        assert [request.request_id for request in requests] == ["q0", "q1", "q2"]
        assert requests[0].extra == {"session_scope": "exactly this command"}
        heard = [line.entry for line in log if isinstance(line.entry, Answered)]
        assert [entry.request_id for entry in heard] == ["q0", "q1", "q2"]
        assert [entry.answer for entry in heard] == [Approve(), Unknown(tag="approve_for_session"), Deny(words="no")]


async def test_the_audit_log_is_only_appended_and_a_damaged_line_is_shown_as_such(tmp_path: Path) -> None:
    database = tmp_path / "sessions.db"
    async with SessionStore.open(database) as store:
        journal = await store.create(tmp_path, session_id="s")
        await journal.append(said("a"))
        await journal.record(FullAccessGiven())
    with contextlib.closing(sqlite3.connect(database, isolation_level=None)) as db:
        with pytest.raises(sqlite3.IntegrityError, match="written again"):
            db.execute("UPDATE audit SET data = '{}'")
        db.execute("INSERT INTO audit (session_id, at, kind, data) VALUES ('s', 1.0, 'asked', 'no json')")
    async with SessionStore.open(database) as store:
        given, damaged = await (await store.read_session("s")).audit()
        assert given.entry == FullAccessGiven()
        assert isinstance(damaged.entry, Unknown)
        assert damaged.entry.tag == "asked"


async def test_a_database_of_a_newer_release_is_left_alone(tmp_path: Path) -> None:
    database = tmp_path / "sessions.db"
    await made(database, "s")
    with contextlib.closing(sqlite3.connect(database)) as db:
        db.execute(f"PRAGMA user_version = {VERSION + 1}")
    with pytest.raises(CodexError, match="newer codex-py"):
        async with SessionStore.open(database):
            pass
    assert not list(tmp_path.glob("*.damaged-*"))


async def test_a_database_that_cannot_be_opened_says_why(tmp_path: Path) -> None:
    (tmp_path / "sessions.db").mkdir()
    with pytest.raises(CodexError, match=str(tmp_path / "sessions.db")):
        async with SessionStore.open(tmp_path / "sessions.db"):
            pass
    with pytest.raises(CodexError, match="nowhere"):
        async with SessionStore.open(tmp_path / "nowhere" / "sessions.db"):
            pass


async def test_a_full_disk_is_told_and_the_journal_goes_on_when_there_is_room(tmp_path: Path) -> None:
    async with SessionStore.open(tmp_path / "sessions.db") as store:
        journal = await store.create(tmp_path)
        await journal.append(said("a"))
        await store._database.run("PRAGMA max_page_count = 40")
        with pytest.raises(CodexError, match="full"):
            await journal.append(said("b", "x" * 1_000_000))
        await store._database.run("PRAGMA max_page_count = 100000")
        await journal.append(said("c"))
        assert await journal.items() == (said("a"), said("c"))


async def test_several_processes_write_at_once(tmp_path: Path) -> None:
    database = tmp_path / "sessions.db"
    names = [f"s{number}" for number in range(4)]
    await made(database, *names)
    processes = [writer(database, name) for name in names]
    acknowledged: dict[str, list[str]] = {}
    try:
        for name, process in zip(names, processes, strict=True):
            assert process.stdout is not None
            acknowledged[name] = [process.stdout.readline().split()[-1] for _ in range(60)]
            assert process.poll() is None
    finally:
        for process in processes:
            process.send_signal(signal.SIGKILL)
        for process in processes:
            process.communicate()
    async with SessionStore.open(database) as store:
        for name in names:
            ids = {getattr(item, "id", "") for item in await (await store.open_session(name)).items()}
            assert {line for line in acknowledged[name] if line.startswith(("said_", "text_"))} <= ids


async def test_many_processes_may_make_the_database_at_once(tmp_path: Path) -> None:
    script = (
        "import asyncio, sys; from pathlib import Path; from codex_core.session.store import SessionStore\n"
        "from tests.support.scripted_journal import said\n"
        "async def main():\n"
        "    async with SessionStore.open(Path(sys.argv[1])) as store:\n"
        "        await (await store.create(Path('/w'))).append(said('a'))\n"
        "asyncio.run(main())"
    )
    command = [sys.executable, "-c", script, str(tmp_path / "sessions.db")]
    processes = [subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, text=True) for _ in range(6)]
    for process in processes:
        _, complaints = process.communicate()
        assert (process.returncode, complaints) == (0, "")
    async with SessionStore.open(tmp_path / "sessions.db") as store:
        assert len(await store.list_sessions()) == 6


HOLDER = (
    "import fcntl, sys; f = open(sys.argv[1], 'w'); fcntl.flock(f, fcntl.LOCK_EX); print('held', flush=True); input()"
)


@pytest.mark.parametrize("is_stopped", [False, True])
async def test_a_process_that_keeps_the_lock_is_named_instead_of_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, is_stopped: bool
) -> None:
    monkeypatch.setattr(lock, "PATIENCE_S", 0.2)
    database = tmp_path / "sessions.db"
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDER, f"{database}.lock"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert holder.stdout is not None
    try:
        assert holder.stdout.readline() == "held\n"
        if is_stopped:
            holder.send_signal(signal.SIGSTOP)
            os.waitid(os.P_PID, holder.pid, os.WSTOPPED)
        with pytest.raises(CodexError) as caught:
            await made(database, "s")
    finally:
        holder.kill()
        holder.communicate()
    told = str(caught.value)
    assert told.startswith(f"{database} is held by process {holder.pid}, which ")
    assert ("is stopped: let it go on" in told) == is_stopped
    await made(database, "s")
