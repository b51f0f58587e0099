"""Who owns a session: one process at a time, told from others by its pid, where that pid counts, and its start.

A lease whose process is gone is taken over at once. Where the owner cannot be seen (another container that shares
the home folder) its heartbeat decides.
"""

from __future__ import annotations

import functools
import os
import platform
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from codex_core.protocol import SessionBusy
from codex_core.session.database import Database, Row

BEAT_S = 30.0
"""How often an owner gives a sign of life."""
SILENCE_S = 100.0
"""An owner that cannot be seen counts as gone after this."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Owner:
    pid: int
    host: str
    started: str


def this_process() -> Owner:
    pid = os.getpid()
    return Owner(pid=pid, host=_host(), started=_started(pid) or "")


async def take_lease(database: Database, session_id: str, owner: Owner) -> None:
    """Make `owner` the one owner of the session.

    Raises:
        SessionBusy: somebody else, who lives, owns it.
    """
    rows = await database.run("SELECT pid, host, started, beat FROM leases WHERE session_id = ?", (session_id,))
    before = rows[0] if rows else (None, None, None, None)
    if rows and is_alive(before):
        raise _busy(session_id, before[0])
    # The row may have changed since it was read: only the one that was seen is replaced.
    changed = await database.change(
        """
        INSERT INTO leases (session_id, pid, host, started, beat) VALUES (?, ?, ?, ?, ?)
        ON CONFLICT (session_id) DO UPDATE SET
            pid = excluded.pid, host = excluded.host, started = excluded.started, beat = excluded.beat
        WHERE pid = ? AND host = ? AND started = ?
        """,
        (session_id, owner.pid, owner.host, owner.started, time.time(), *before[:3]),
    )
    if not changed:
        rows = await database.run("SELECT pid FROM leases WHERE session_id = ?", (session_id,))
        raise _busy(session_id, rows[0][0] if rows else None)


async def renew_lease(database: Database, session_id: str, owner: Owner) -> bool:
    """Give a sign of life; return False if the lease belongs to somebody else by now."""
    changed = await database.change(
        "UPDATE leases SET beat = ? WHERE session_id = ? AND pid = ? AND host = ? AND started = ?",
        (time.time(), session_id, owner.pid, owner.host, owner.started),
    )
    return changed > 0


async def give_up_lease(database: Database, session_id: str, owner: Owner) -> None:
    await database.run(
        "DELETE FROM leases WHERE session_id = ? AND pid = ? AND host = ? AND started = ?",
        (session_id, owner.pid, owner.host, owner.started),
    )


def _busy(session_id: str, pid: object) -> SessionBusy:
    return SessionBusy(
        f"{session_id} is open in another codex-py (process {pid}); "
        f"go on there, or branch off: codex-py fork {session_id}",
        session_id=session_id,
        pid=pid if isinstance(pid, int) else 0,
    )


def is_alive(lease: Row) -> bool:
    """Whether the owner in `lease` (pid, host, started, beat) lives."""
    pid, host, started, beat = lease
    if host == _host():
        return isinstance(pid, int) and _started(pid) == started
    return isinstance(beat, float) and time.time() - beat < SILENCE_S


@functools.cache
def _host() -> str:
    """Name the place where pids count: this boot of this machine, and the pid namespace."""
    if sys.platform != "linux":
        return platform.node()
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
        return f"{boot}/{os.stat('/proc/self/ns/pid').st_ino}"  # noqa: PTH116 - a link that leads nowhere
    except OSError:
        return platform.node()


def _started(pid: int) -> str | None:
    """Return when the process started, in the kernel's words; None if it does not live."""
    if sys.platform != "linux":
        return "" if _answers(pid) else None
    try:
        stat = Path(f"/proc/{pid}/stat").read_bytes()
    except OSError:
        return None
    # The second field is the name in brackets and may hold anything: fields are counted after its end.
    state, *fields = stat[stat.rfind(b")") + 2 :].split()
    return None if state in (b"Z", b"X") else fields[18].decode()


def _answers(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
