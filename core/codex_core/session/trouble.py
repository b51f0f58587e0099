"""What keeps us from the session database, in words for the user: what is wrong and what helps."""

from __future__ import annotations

import errno
import os
import sqlite3
from pathlib import Path

SQLITE_ERRORS = (sqlite3.Error, UnicodeDecodeError)
"""Python fails with the second where SQLite names what is damaged, and the name itself is no text any more."""
_LITTLE_BYTES = 256 * 1024
"""SQLite says “I/O error” where a file beside the database had no room."""


_UNKNOWN_NAME = ("no such column", "no such table")


def in_words(path: Path, error: Exception) -> str:
    """Return a sentence without its full stop."""
    what = f"the session database cannot be used: {path}: "
    if _is_read_only(error):
        return f"{what}{path.parent} is read-only here; make it writable, or name another folder in CODEX_PY_HOME"
    if _is_full(path, error):
        return f"{what}the disk is full; what was said before is safe, make room and go on"
    if _code(error) in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return f"{what}another process keeps it locked; end that one, or try again"
    return f"{what}{error}"


def is_damage(error: Exception) -> bool:
    """Whether the file itself is broken, rather than busy, full or forbidden."""
    if isinstance(error, UnicodeDecodeError):
        return True
    if _code(error) == sqlite3.SQLITE_ERROR:  # our statements are constants: it is the name in the file that is broken
        return str(error).startswith(_UNKNOWN_NAME)
    return _code(error) in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)


def _is_read_only(error: Exception) -> bool:
    if isinstance(error, OSError):
        return error.errno in (errno.EROFS, errno.EACCES, errno.EPERM)
    return _code(error) in (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM)


def _is_full(path: Path, error: Exception) -> bool:
    if isinstance(error, OSError):
        return error.errno in (errno.ENOSPC, errno.EDQUOT)
    if _code(error) != sqlite3.SQLITE_IOERR:
        return _code(error) == sqlite3.SQLITE_FULL
    try:
        disk = os.statvfs(path.parent)
    except OSError:
        return False
    return disk.f_bavail * disk.f_frsize < _LITTLE_BYTES


def _code(error: Exception) -> int | None:
    code = getattr(error, "sqlite_errorcode", None)
    return code & 0xFF if isinstance(code, int) else None
