from __future__ import annotations

import contextlib
import json
import shutil
import sqlite3
import subprocess
from collections.abc import Generator
from pathlib import Path

import pytest

from codex_core.session.store import SessionStore
from tests.support.program import COMMAND, environment
from tests.support.scripted_journal import said

MOUNTS = shutil.which("unshare") is not None and (
    subprocess.run(
        ["unshare", "-rm", "sh", "-c", "mount -t tmpfs -o size=64k none /mnt"], capture_output=True, check=False
    ).returncode
    == 0
)
needs_mounts = pytest.mark.skipif(not MOUNTS, reason="no user namespace that may mount")


def in_namespace(folder: Path, script: str) -> subprocess.CompletedProcess[str]:
    """Run a shell script with mounts of its own; `$H` is the home of the sessions, `cpy` the command."""
    env = environment(folder) | {"H": str(folder / "codex-py")}
    whole = f'cpy() {{ "{COMMAND}" "$@"; }}\n{script}'
    return subprocess.run(
        ["unshare", "-rm", "sh", "-c", whole], cwd=folder, env=env, capture_output=True, text=True, check=False
    )


@needs_mounts
async def test_a_read_only_home_is_told_and_left_as_it_is(tmp_path: Path) -> None:
    home = tmp_path / "codex-py"
    home.mkdir(mode=0o700)
    async with SessionStore.open(home / "sessions.db") as store:
        await (await store.create(tmp_path, session_id="session_a")).append(said("a"))
    (home / "logs").mkdir(mode=0o700)
    before = {path.name: path.read_bytes() for path in home.iterdir() if path.is_file()}
    done = in_namespace(tmp_path, "mount --bind $H $H && mount -o remount,ro,bind $H && cpy exec --demo hello; echo $?")
    assert done.stdout == "1\n"
    assert done.stderr.startswith(f"codex-py: the session database cannot be used: {home / 'sessions.db'}: ")
    assert f"{home} is read-only here; make it writable, or name another folder in CODEX_PY_HOME" in done.stderr
    assert {path.name: path.read_bytes() for path in home.iterdir() if path.is_file()} == before


@needs_mounts
def test_a_full_disk_is_told_and_what_was_acknowledged_is_there_when_there_is_room(tmp_path: Path) -> None:
    (tmp_path / "codex-py").mkdir(mode=0o700)
    done = in_namespace(
        tmp_path,
        """
        mount -t tmpfs -o size=1m none $H
        cpy exec --demo --json hello > first
        head -c 2m /dev/zero > $H/fill 2> /dev/null
        for n in 1 2 3; do cpy exec resume --last --demo --json again; echo $?; done
        rm $H/fill
        cpy sessions list --json > list
        cpy sessions show $(sed -n '1s/.*thread_id":"\\([^"]*\\).*/\\1/p' first) --json > show
        cpy exec resume --last --demo hello > /dev/null || echo no
        """,
    )
    assert "the disk is full" in done.stderr
    lines = [json.loads(line) for line in (tmp_path / "first").read_text().splitlines()]
    acknowledged = {line["item"]["id"] for line in lines if line["type"] == "item.completed"}
    assert acknowledged
    (session,) = json.loads((tmp_path / "list").read_text())
    assert session["id"] == lines[0]["thread_id"]
    assert acknowledged <= {item["id"] for item in json.loads((tmp_path / "show").read_text())["items"]}
    assert not done.stdout.endswith("no\n")


@contextlib.contextmanager
def locked(database: Path) -> Generator[None]:
    with contextlib.closing(sqlite3.connect(database, isolation_level=None)) as db:
        db.execute("BEGIN EXCLUSIVE")
        yield


async def test_a_database_that_another_process_keeps_locked_is_told_and_nothing_is_lost(tmp_path: Path) -> None:
    home = tmp_path / "codex-py"
    home.mkdir(mode=0o700)
    async with SessionStore.open(home / "sessions.db") as store:
        await (await store.create(tmp_path, session_id="session_a")).append(said("a"))
    command = [COMMAND, "sessions", "rename", "session_a", "later"]
    with locked(home / "sessions.db"):
        done = subprocess.run(command, env=environment(tmp_path), capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "another process keeps it locked; end that one, or try again" in done.stderr
    assert subprocess.run(command, env=environment(tmp_path), capture_output=True, check=False).returncode == 0
