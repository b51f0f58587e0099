"""Letting go of checkpoints: those of sessions that are gone, and the oldest when there are too many. Blocking."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Set
from dataclasses import dataclass
from typing import TypeAlias, cast

from codex_tools.checkpoints.errors import ObjectDamaged
from codex_tools.checkpoints.states import FileState, FolderState
from codex_tools.checkpoints.store import ObjectStore

YOUNG_S = 24 * 3600.0
"""A younger checkpoint is kept: its session may have begun after the list of sessions was made."""


_Object: TypeAlias = tuple[str, bool]
"""A digest and whether what has it counts as a folder: a file may hold the very bytes of one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pruning:
    checkpoints: int
    """How many were dropped."""
    freed_bytes: int
    """Stored contents that nobody needs any more."""

    def __add__(self, other: Pruning) -> Pruning:
        return Pruning(
            checkpoints=self.checkpoints + other.checkpoints, freed_bytes=self.freed_bytes + other.freed_bytes
        )


def prune_store(store: ObjectStore, owners: Set[str], most_bytes: int, young_s: float = YOUNG_S) -> Pruning:
    """Drop the checkpoints of all but `owners`, and the oldest ones of whomever beyond `most_bytes`.

    The newest checkpoint is kept, whatever it needs.
    """
    database = store.database
    with database.writing():
        dropped = _without_owner(store, owners, time.time() - young_s)
        needed: set[_Object] = set()
        room_bytes = most_bytes
        rows = database.rows("SELECT seq, digest FROM checkpoints ORDER BY seq DESC")
        for position, (seq, digest) in enumerate(cast("list[tuple[int, bytes]]", rows)):
            more, more_bytes = _needed_by(store, digest.hex(), needed)
            room_bytes -= more_bytes
            if room_bytes < 0 and position:
                dropped += len(database.rows("DELETE FROM checkpoints WHERE seq <= ? RETURNING 1", seq))
                break
            needed |= more
        freed_bytes = _sweep(store, needed)
        if dropped or freed_bytes:
            store.count_up_generation()
    database.shrink()
    return Pruning(checkpoints=dropped, freed_bytes=freed_bytes)


def _without_owner(store: ObjectStore, owners: Set[str], taken_before: float) -> int:
    rows = store.database.rows("SELECT DISTINCT owner FROM checkpoints")
    gone = {owner for (owner,) in cast("list[tuple[str]]", rows)} - owners
    sql = "DELETE FROM checkpoints WHERE owner = ? AND taken_at <= ? RETURNING 1"
    return sum(len(store.database.rows(sql, owner, taken_before)) for owner in gone)


def _needed_by(store: ObjectStore, root: str, already: Set[_Object]) -> tuple[set[_Object], int]:
    """What the checkpoint `root` needs more than `already`, and how many stored bytes that is."""
    more: set[_Object] = set()
    more_bytes = 0
    todo: list[_Object] = [(root, True)]
    while todo:
        digest, is_folder = each = todo.pop()
        if each in already or each in more:
            continue
        rows = store.database.rows("SELECT LENGTH(data) FROM objects WHERE digest = ?", bytes.fromhex(digest))
        if not rows:
            continue
        more.add(each)
        more_bytes += cast("int", rows[0][0])
        if not is_folder:
            continue
        with contextlib.suppress(ObjectDamaged):  # what is below cannot be found by way of it
            for state in store.folder(digest).values():
                if isinstance(state, (FileState, FolderState)):
                    todo.append((state.digest, isinstance(state, FolderState)))
    return more, more_bytes


def _sweep(store: ObjectStore, needed: Set[_Object]) -> int:
    """Remove all contents but those that are needed; return how many bytes they were."""
    rows = cast("list[tuple[bytes, int]]", store.database.rows("SELECT digest, LENGTH(data) FROM objects"))
    digests = {digest for digest, _ in needed}
    surplus = [(digest, size) for digest, size in rows if digest.hex() not in digests]
    for digest, _ in surplus:
        store.database.rows("DELETE FROM objects WHERE digest = ?", digest)
    return sum(size for _, size in surplus)
