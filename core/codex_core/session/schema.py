"""How a file is brought to the shape of the session database.

Opening is the only moment in which the file may be made, changed in shape or set aside, and a lock file beside it lets
one process at a time do that.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
import time
from collections.abc import Generator
from pathlib import Path

from codex_core.files.lock import lock
from codex_core.protocol import CodexError, SessionCorrupt
from codex_core.session.migrations import MIGRATIONS, VERSION
from codex_core.session.salvage import salvage, tables_of
from codex_core.session.trouble import SQLITE_ERRORS, in_words, is_damage

_FIRST_PAGES = (
    """
    SELECT id, workspace, title, title_by, model, settings, created_at, updated_at, item_count, parent, archived,
        trashed
    FROM sessions ORDER BY updated_at DESC LIMIT 1
    """,
    """
    SELECT session_id, seq, item_id, kind, call_id, at, state, data, rewound_by FROM items ORDER BY rowid DESC LIMIT 1
    """,
)
"""What every start reads. The columns are named, so that a broken name is found before anybody works with it."""
BUSY_TIMEOUT_S = 10.0
"""How long a write waits for another process's write, which takes milliseconds."""


def prepare(path: Path) -> str:
    """Make the database ready: there, private, in WAL mode, of this version. Blocks.

    Returns a message for the user if the file was damaged and what could be read was brought into a new one, else
    nothing.

    Raises:
        CodexError: it was written by a newer release, cannot be opened, or another process keeps us from it.
    """
    try:
        with _alone(path):
            try:
                _migrate(path)
                if _suspicion(path).exists():
                    _check(path)
            except SQLITE_ERRORS as error:
                if not is_damage(error):
                    raise
                return _replace(path, error)
            _suspicion(path).unlink(missing_ok=True)
    except (*SQLITE_ERRORS, OSError) as error:
        raise CodexError(in_words(path, error)) from error
    return ""


def index_path(path: Path) -> Path:
    """Where the index of the search lies; see `codex_core.session.search`."""
    return path.with_name(f"{path.stem}-search.db")


def make_private(path: Path) -> None:
    """Make the file, readable for its owner alone, unless it is there.

    One that is there is never opened: to close it again would drop the locks that another connection of this process
    holds on it, and the next process to leave would throw away the log that this one still writes.
    """
    if not path.exists():
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))


def drop_index(path: Path) -> None:
    for suffix in ("", "-wal", "-shm"):
        Path(f"{index_path(path)}{suffix}").unlink(missing_ok=True)


def suspect(path: Path) -> None:
    """Have the next opening look through the whole file: what was read of it was damaged."""
    with contextlib.suppress(OSError):
        _suspicion(path).touch(mode=0o600)


def error_of(path: Path, error: Exception) -> CodexError:
    """What to raise for an error of SQLite; damage is remembered for the next opening."""
    if not is_damage(error):
        return CodexError(in_words(path, error))
    suspect(path)
    return SessionCorrupt(
        f"the session database is damaged: {path}: {error}; when codex-py starts again, "
        "what can be read of it is brought into a new one"
    )


def _suspicion(path: Path) -> Path:
    return path.with_name(f"{path.name}.suspect")


def _check(path: Path) -> None:
    with contextlib.closing(sqlite3.connect(path, timeout=BUSY_TIMEOUT_S, isolation_level=None)) as db:
        (found,) = db.execute("PRAGMA integrity_check(1)").fetchone()
        tables = tables_of(db)
    with contextlib.closing(sqlite3.connect(":memory:", isolation_level=None)) as sound:
        sound.executescript("".join(MIGRATIONS))
        if found == "ok" and tables != tables_of(sound):
            found = "a table is not what it was made as"
    if found != "ok":
        error = sqlite3.DatabaseError(" ".join(found.split()))
        error.sqlite_errorcode = sqlite3.SQLITE_CORRUPT
        raise error


def _replace(path: Path, error: Exception) -> str:
    """Set the damaged file aside and begin a new one with what can be read of it."""
    version = _version_of(path)
    drop_index(path)  # it knows rows that will be others
    kept = _set_aside(path)
    told = f"The session database was damaged ({error}). It was kept as {kept}"
    _migrate(path, version)
    try:
        saved = salvage(kept, path)
    except (*SQLITE_ERRORS, OSError) as failure:
        _migrate(path)
        return f"{told}, and a new one was begun: nothing could be brought over ({failure})."
    _migrate(path)
    _suspicion(path).unlink(missing_ok=True)
    if not saved.items:
        return f"{told}, and a new one was begun: no session in it could be read."
    return f"{told}. What could be read of it is in a new one: {saved.sessions} sessions with {saved.items} items."


def _version_of(path: Path) -> int:
    """The version that the damaged file says it has, where that can be."""
    with path.open("rb") as file:
        version = int.from_bytes(file.read(64)[60:64], "big")
    return version if 0 < version <= VERSION else VERSION


@contextlib.contextmanager
def _alone(path: Path) -> Generator[None]:
    fd = os.open(f"{path}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        lock(fd, path)
        yield
    finally:
        os.close(fd)


def _migrate(path: Path, to: int = VERSION) -> None:
    make_private(path)  # SQLite gives the files of the WAL the mode of the database
    with contextlib.closing(sqlite3.connect(path, timeout=BUSY_TIMEOUT_S, isolation_level=None)) as db:
        db.execute("PRAGMA journal_mode = WAL")
        (found,) = db.execute("PRAGMA user_version").fetchone()
        if found > VERSION:
            raise CodexError(
                f"{path} comes from a newer codex-py (its version is {found}, this one knows {VERSION}): "
                "get the newer one, or name another folder in CODEX_PY_HOME"
            )
        for number, statements in enumerate(MIGRATIONS[found:to], start=found + 1):
            db.executescript(f"BEGIN IMMEDIATE; {statements} PRAGMA user_version = {number}; COMMIT;")
        # The pages that every start needs. A file that is damaged elsewhere says so when it is read there.
        db.text_factory = bytes  # whether it is text does not matter here
        for statement in _FIRST_PAGES if to == VERSION else ():
            db.execute(statement).fetchone()


def _set_aside(path: Path) -> Path:
    """Rename the database and the files of its WAL; return the new name."""
    stamp = time.strftime("%Y%m%d-%H%M%S")
    kept = path.with_name(f"{path.name}.damaged-{stamp}")
    number = 1
    while kept.exists():
        number += 1
        kept = path.with_name(f"{path.name}.damaged-{stamp}-{number}")
    for suffix in ("-wal", "-shm", ""):
        with contextlib.suppress(FileNotFoundError):
            Path(f"{path}{suffix}").rename(f"{kept}{suffix}")
    return kept
