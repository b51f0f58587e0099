"""Writes an export to a file: whole or not at all, and never over something that is no export of that session."""

from __future__ import annotations

import contextlib
import os
import tempfile
from pathlib import Path

from codex_core.protocol import CodexError

_LOOKED_INTO_BYTES = 256 * 1024
"""The id of the session stands near the beginning, in each format."""


def write_export(path: Path, text: str, session_id: str, *, force: bool) -> None:
    """`force`: whatever is there may go. Blocks.

    Raises:
        CodexError: something else is there, or it cannot be written.
    """
    data = text.encode("utf-8", "backslashreplace")
    try:
        path = path.expanduser()
        if path.exists() and not path.is_file():  # a device, a pipe; a folder says so itself
            path.write_bytes(data)
            return
        if not force and path.exists() and not _is_export_of(path, session_id):
            raise CodexError(f"--output: {path} is there already, and no export of this session; --force overwrites it")
        _replace(path.resolve(), data)
    except (OSError, RuntimeError) as error:
        why = error.strerror if isinstance(error, OSError) else error
        raise CodexError(f"--output: {path} cannot be written: {why}") from error


def _is_export_of(path: Path, session_id: str) -> bool:
    with path.open("rb") as file:
        beginning = file.read(_LOOKED_INTO_BYTES)
    return not beginning or session_id.encode() in beginning


def _replace(path: Path, data: bytes) -> None:
    mode = path.stat().st_mode & 0o777 if path.exists() else 0o666 & ~_umask()
    fd, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name[:100]}-")
    try:
        with os.fdopen(fd, "wb") as file:
            os.fchmod(fd, mode)
            file.write(data)
            file.flush()
            os.fsync(fd)
        Path(temporary).replace(path)
    except BaseException:
        with contextlib.suppress(OSError):
            Path(temporary).unlink()
        raise


def _umask() -> int:
    mask = os.umask(0o077)
    os.umask(mask)
    return mask
