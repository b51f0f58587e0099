"""What is being written, kept across crashes: a file of mode 0600 below the home folder, one for each session.

Before something was said in a session there is none to come back to; then the draft is its folder's. Two programs in
one folder do not get each other's: each holds a lock for as long as it lives, which a kill releases too. Blocking.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import os
from pathlib import Path
from typing import NamedTuple, cast

_SLOTS = 8
_LIMIT_BYTES = 16 << 20


class Draft(NamedTuple):
    text: str
    """Pastes by their chips."""
    pastes: dict[str, str]


class DraftFile:
    """Made by `claim`; `close` gives it up."""

    def __init__(self, path: Path, lock_fd: int) -> None:
        self._path = path
        self._lock_fd = lock_fd

    def read(self) -> Draft | None:
        """What was left there; None if nothing was, or it cannot be read."""
        try:
            fd = os.open(self._path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
            with open(fd, "rb") as file:  # noqa: PTH123 -- a descriptor
                stored = cast(object, json.loads(file.read(_LIMIT_BYTES)))
        except (OSError, ValueError, RecursionError):
            return None
        if not isinstance(stored, dict):
            return None
        fields = cast("dict[str, object]", stored)
        text, pastes = fields.get("text"), fields.get("pastes")
        if not isinstance(text, str) or not isinstance(pastes, dict):
            return None
        kept = cast("dict[object, object]", pastes).items()
        return Draft(text, {n: paste for n, paste in kept if isinstance(n, str) and isinstance(paste, str)})

    def write(self, draft: Draft) -> None:
        """Put it in the place of what is there, whole or not at all.

        Raises:
            OSError: it cannot be written.
        """
        if not draft.text:
            self._path.unlink(missing_ok=True)
            return
        temporary = self._path.with_suffix(".new")
        flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC
        with open(os.open(temporary, flags, 0o600), "w", encoding="ascii") as file:  # noqa: PTH123
            json.dump({"text": draft.text, "pastes": draft.pastes}, file)
        temporary.replace(self._path)

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self._path.with_suffix(".lock").unlink()
        os.close(self._lock_fd)


def claim(folder: Path, key: str) -> DraftFile | None:
    """The draft of `key` in `folder`, which is made; None if it cannot be had."""
    name = hashlib.sha256(key.encode("utf-8", "surrogateescape")).hexdigest()[:24]
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        for slot in range(_SLOTS):
            path = folder / f"{name}-{slot}.json"
            fd = os.open(path.with_suffix(".lock"), os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
            try:
                fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                os.close(fd)
                continue
            return DraftFile(path, fd)
    except OSError:
        pass
    return None
