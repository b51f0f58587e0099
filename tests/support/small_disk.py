"""A file system of a few megabytes, mounted where a test wants it and gone afterwards. Needs root."""

from __future__ import annotations

import contextlib
import os
import subprocess
from collections.abc import Generator
from pathlib import Path

import pytest


@contextlib.contextmanager
def small_disk(at: Path, size: str) -> Generator[Path]:
    """Mount a tmpfs of `size` (as mount has it, `2m`) at `at`, which is made if need be."""
    if os.geteuid() != 0:
        pytest.skip("only root may mount a small file system")
    at.mkdir(mode=0o700, parents=True, exist_ok=True)
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={size},mode=700", "none", str(at)], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip("no file system may be mounted here")
    try:
        yield at
    finally:
        subprocess.run(["umount", "-l", str(at)], check=True)


def fill(disk: Path) -> Path:
    """Write until the disk is full, a few megabytes at most; returns the file, to be deleted."""
    filling = disk / "filling"
    with contextlib.suppress(OSError), filling.open("wb") as file:
        for _ in range(16 << 10):
            file.write(b"x" * 1024)
            file.flush()
    return filling
