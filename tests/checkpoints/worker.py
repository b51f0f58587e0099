"""A process that takes or restores checkpoints until it is killed: `python worker.py take|restore STORE WORKSPACE`.

Prints a line for each thing that is done.
"""

from __future__ import annotations

import asyncio
import json
import random
import shutil
import sys
from pathlib import Path

from codex_core.protocol import SandboxPolicy
from codex_tools.checkpoints import Checkpoints


def scramble(folder: Path, seed: random.Random) -> dict[str, str]:
    """Write some files of one repeated character each; return which by path."""
    shutil.rmtree(folder / "d", ignore_errors=True)
    for number in range(12):
        path = folder / seed.choice(["d/e", "d", "."]) / f"f{number}"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(seed.choice("abcdefgh") * seed.randrange(1, 200_000))
    return {str(path.relative_to(folder)): path.read_text() for path in folder.rglob("f*")}


def _say(*words: str) -> None:
    sys.stdout.write(" ".join(words) + "\n")
    sys.stdout.flush()


async def take(checkpoints: Checkpoints, folder: Path) -> None:
    seed = random.Random()
    while True:
        files = scramble(folder, seed)
        checkpoint = await checkpoints.take()
        _say(checkpoint, json.dumps({path: (text[:1], len(text)) for path, text in files.items()}))


async def restore(checkpoints: Checkpoints, folder: Path) -> None:
    seed = random.Random()
    scramble(folder, seed)
    one = await checkpoints.take()
    scramble(folder, seed)
    other = await checkpoints.take()
    _say(one, other)
    while True:
        for to, known in ((one, other), (other, one)):
            restored = await checkpoints.restore(await checkpoints.plan_restore(to, known=known))
            _say(str(len(restored.restored)), str(len(restored.failed)))


async def main(what: str, store: Path, folder: Path) -> None:
    policy = SandboxPolicy(mode="workspace-write", workspace=folder)
    async with Checkpoints.open(store, folder, owner="worker", policy=policy) as checkpoints:
        await (take if what == "take" else restore)(checkpoints, folder)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3])))
