"""Takes the checkpoints of a folder along that has moved: they are kept by its path, and tell only what is below it."""

from __future__ import annotations

import contextlib
from pathlib import Path

from codex_tools.checkpoints.database import Database, alone
from codex_tools.checkpoints.engine import store_path
from codex_tools.checkpoints.errors import CheckpointError


def move_store(store_dir: Path, old: Path, new: Path) -> None:
    """What was known of `old` is known of `new`. Blocks.

    Raises:
        CheckpointError: a store cannot be read or written; nothing is lost.
    """
    source, target = store_path(store_dir, old), store_path(store_dir, new)
    if source == target or not source.exists():
        return
    try:
        with alone(source), alone(target):
            if not target.exists():
                for suffix in ("-wal", "-shm", ""):
                    with contextlib.suppress(FileNotFoundError):
                        Path(f"{source}{suffix}").rename(f"{target}{suffix}")
                return
    except OSError as error:
        raise CheckpointError(f"the checkpoints of {old} cannot be taken along: {error.strerror}") from error
    _merge(source, target)


def _merge(source: Path, target: Path) -> None:
    """Objects and checkpoints have the digests of their contents for names: the same name is the same thing."""
    with contextlib.closing(Database.open(target)) as database:
        database.rows("ATTACH DATABASE ? AS moved", str(source))
        with database.writing():
            database.rows(
                "INSERT OR IGNORE INTO objects (digest, is_packed, data) SELECT digest, is_packed, data "
                "FROM moved.objects"
            )
            database.rows(
                "INSERT OR IGNORE INTO checkpoints (owner, digest, taken_at) SELECT owner, digest, taken_at "
                "FROM moved.checkpoints ORDER BY seq"
            )
