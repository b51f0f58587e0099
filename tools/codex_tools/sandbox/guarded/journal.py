"""What has to be put back if the supervisor of a command is killed: written before, removed by an orderly end.

One file for each command, in a folder that no command sees. As long as the supervisor lives it holds a lock on it.
"""

# pathlib costs every child milliseconds, and knows no directory descriptors.
# ruff: noqa: PTH108, PTH118, PTH123, PTH208

from __future__ import annotations

import contextlib
import fcntl
import marshal
import os
from typing import Any, TypedDict, cast

from codex_tools.sandbox.guarded import nested
from codex_tools.sandbox.guarded.common_folder import CommonFolders
from codex_tools.sandbox.guarded.guard import Guard


class Unfinished(TypedDict):
    """All that it takes to look after the folders of a command without its supervisor."""

    guard: object
    launched: nested.Launched
    since: float
    is_held: bool
    """Whether `CommonFolders` may have put something into the repositories."""


class Journal:
    """Of one command, from its start to its end."""

    def __init__(self, folder: str, unfinished: Unfinished) -> None:
        self._path = os.path.join(folder, str(os.getpid()))
        descriptor = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
        fcntl.flock(descriptor, fcntl.LOCK_EX)  # held until this process ends
        os.write(descriptor, marshal.dumps(cast(dict[str, Any], unfinished)))

    def remove(self) -> None:
        os.unlink(self._path)


def settle(folder: str, *, aside: str) -> list[str]:
    """Look after what commands without a living supervisor have left; return what was changed, for the user.

    What is replaced is kept below `aside`: the user may have changed it since, and nobody can tell.
    """
    told: list[str] = []
    with contextlib.suppress(FileNotFoundError):
        for name in os.listdir(folder):
            # Its supervisor lives, another agent is at it, or it was killed while it wrote, before the command began.
            with contextlib.suppress(OSError, ValueError, EOFError, TypeError):
                told += _settle(os.path.join(folder, name), os.path.join(aside, name))
    return told


def _settle(path: str, aside: str) -> list[str]:
    with open(path, "rb") as file:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        unfinished = cast(Unfinished, marshal.load(file))  # noqa: S302 -- written by us, where no command can
        told = Guard.from_plain(unfinished["guard"]).put_back(aside=aside)
        launched = unfinished["launched"]
        told += nested.clean_new(launched, since=unfinished["since"]).changed
        if unfinished["is_held"]:
            CommonFolders(launched["guarded_roots"], launched["guarded_git"]).release()
        os.unlink(path)
    return told
