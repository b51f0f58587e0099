from __future__ import annotations

import contextlib
import os
import stat
from collections.abc import AsyncGenerator
from pathlib import Path

import pytest

from codex_core.protocol import SandboxPolicy
from codex_tools.checkpoints import CheckpointLimits, Checkpoints
from codex_tools.sandbox import default_policy


def files_of(folder: Path) -> dict[str, object]:
    """Everything in a folder but `.git`: mode and content, link target, or that it is a folder."""
    found: dict[str, object] = {}
    for here, folders, names in os.walk(folder):
        if ".git" in folders:
            folders.remove(".git")
        for name in (*folders, *names):
            path = Path(here, name)
            info = path.lstat()
            mode = stat.S_IMODE(info.st_mode)
            shown = str(path.relative_to(folder))
            if path.is_symlink():
                found[shown] = str(path.readlink())
            elif path.is_dir():
                found[shown] = mode
            elif path.is_file():
                found[shown] = (mode, path.read_bytes())
            else:
                found[shown] = "special"
    return found


class Place:
    """A workspace and where its checkpoints go."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "workspace"
        self.folder.mkdir(parents=True)
        self.home = folder / "home"
        self.store_dir = self.home / "checkpoints"
        self.policy: SandboxPolicy = default_policy("workspace-write", self.folder, self.home)

    @contextlib.asynccontextmanager
    async def open(self, owner: str = "session", limits: CheckpointLimits | None = None) -> AsyncGenerator[Checkpoints]:
        async with Checkpoints.open(
            self.store_dir, self.folder, owner=owner, policy=self.policy, limits=limits or CheckpointLimits()
        ) as checkpoints:
            yield checkpoints

    def write(self, name: str, content: str | bytes = "") -> Path:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    def files(self) -> dict[str, object]:
        return files_of(self.folder)


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path.resolve())


@pytest.fixture
async def checkpoints(place: Place) -> AsyncGenerator[Checkpoints]:
    async with place.open() as opened:
        yield opened
