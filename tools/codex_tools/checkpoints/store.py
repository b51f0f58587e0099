"""Where contents, folders and checkpoints of one workspace are kept: an SQLite file outside of it. Blocking.

Contents are addressed by their digest and stored once, however many files, checkpoints and sessions share them. SQLite
makes every write all or nothing, so neither a kill nor a full disk leaves half an object, and several processes may use
the file at once.

What a checkpoint needs must not be removed while it is being taken. Removing counts up the store's generation, in the
same transaction; who takes a checkpoint compares it in the transaction that records it, and begins again if it differs.
"""

from __future__ import annotations

import contextlib
import time
import zlib
from collections.abc import Iterable
from typing import cast

from codex_tools.checkpoints.database import Database
from codex_tools.checkpoints.errors import CheckpointGone, ObjectDamaged
from codex_tools.checkpoints.states import PathState, decode_folder, digest_of

BATCH_BYTES = 8 << 20
"""So much new content is held in memory before it is written."""
_MIN_PACKED_BYTES = 128
_MAX_CACHED_FOLDERS = 64


class Pruned(Exception):
    """Something was removed since the generation that was named."""


class ObjectStore:
    """To be used by one thread at a time, like its database."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self._pending: dict[str, tuple[bool, bytes]] = {}
        """By digest: whether it is packed, and its data."""
        self._pending_bytes = 0
        self._folders: dict[str, dict[str, PathState]] = {}

    def add(self, data: bytes, digest: str) -> None:
        """Keep `data`. It is written now or with what comes later, at the latest by `record`."""
        if digest in self._pending or self.has(digest):
            return
        packed = zlib.compress(data, 1) if len(data) >= _MIN_PACKED_BYTES else data
        is_packed = len(packed) < len(data)
        self._pending[digest] = (is_packed, packed if is_packed else data)
        self._pending_bytes += len(packed)
        if self._pending_bytes >= BATCH_BYTES:
            with self.database.writing():
                self._insert_pending()
            self.forget_pending()

    def has(self, digest: str) -> bool:
        return bool(self.database.rows("SELECT 1 FROM objects WHERE digest = ?", bytes.fromhex(digest)))

    def read(self, digest: str) -> bytes:
        """The content with that digest.

        Raises:
            ObjectDamaged: it is not there, or not what it was. It is removed then, so that the next checkpoint of a
                workspace that has it stores it again.
        """
        rows = self.database.rows("SELECT is_packed, data FROM objects WHERE digest = ?", bytes.fromhex(digest))
        with contextlib.suppress(zlib.error):
            for is_packed, data in cast("list[tuple[int, bytes]]", rows):
                content = zlib.decompress(data) if is_packed else data
                if digest_of(content) == digest:
                    return content
        with self.database.writing():
            self.database.rows("DELETE FROM objects WHERE digest = ?", bytes.fromhex(digest))
            self.count_up_generation()
        what = "damaged" if rows else "missing"
        raise ObjectDamaged(f"a content in the store of checkpoints is {what}: {self.database.path}: {digest}")

    def folder(self, digest: str) -> dict[str, PathState]:
        """The entries of a folder by name; not to be changed.

        Raises:
            ObjectDamaged: like `read`.
        """
        if (entries := self._folders.get(digest)) is None:
            entries = decode_folder(self.read(digest))
            if len(self._folders) >= _MAX_CACHED_FOLDERS:
                self._folders.clear()
            self._folders[digest] = entries
        return entries

    def forget_pending(self) -> None:
        """Drop what was added and is not written."""
        self._pending.clear()
        self._pending_bytes = 0

    def generation(self) -> int:
        return cast("int", self.database.rows("SELECT number FROM generation")[0][0])

    def count_up_generation(self) -> None:
        """To be called in the transaction that removes something."""
        self.database.rows("UPDATE generation SET number = number + 1")

    def record(self, digest: str, owner: str, generation: int) -> None:
        """Record that `owner` has the checkpoint `digest`; when this returns, it and all that was added outlive a
        power cut.

        Raises:
            Pruned: since `generation`: what was seen in the store may not be there any more. Nothing is recorded.
        """
        with self.database.writing():
            if self.generation() != generation:
                raise Pruned
            self._insert_pending()
            self.database.rows(
                "INSERT OR REPLACE INTO checkpoints (owner, digest, taken_at) VALUES (?, ?, ?)",
                owner,
                bytes.fromhex(digest),
                time.time(),
            )
        self.forget_pending()

    def require(self, digest: str) -> None:
        """Raises:
        CheckpointGone: nobody has this checkpoint.
        """
        with contextlib.suppress(ValueError):
            if self.database.rows("SELECT 1 FROM checkpoints WHERE digest = ? LIMIT 1", bytes.fromhex(digest)):
                return
        raise CheckpointGone(f"the files of that moment are not kept any more: no checkpoint {digest[:16]}")

    def last_of(self, owner: str) -> str | None:
        rows = self.database.rows("SELECT digest FROM checkpoints WHERE owner = ? ORDER BY seq DESC LIMIT 1", owner)
        return cast("bytes", rows[0][0]).hex() if rows else None

    def share(self, digests: Iterable[str], owner: str) -> None:
        """Let `owner` have checkpoints of others, too.

        Raises:
            CheckpointGone: one is not there; then none is shared.
        """
        with self.database.writing():
            for digest in digests:
                self.require(digest)
                self.database.rows(
                    "INSERT OR IGNORE INTO checkpoints (owner, digest, taken_at) VALUES (?, ?, ?)",
                    owner,
                    bytes.fromhex(digest),
                    time.time(),
                )

    def _insert_pending(self) -> None:
        for digest, (is_packed, data) in self._pending.items():
            self.database.rows(
                "INSERT OR IGNORE INTO objects (digest, is_packed, data) VALUES (?, ?, ?)",
                bytes.fromhex(digest),
                is_packed,
                data,
            )
