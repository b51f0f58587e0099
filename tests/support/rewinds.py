"""What a session tells on the way back: a list of turns, and a preview with a file of each kind."""

from __future__ import annotations

from codex_core.protocol import (
    DiffBlock,
    FileDiff,
    RewindFile,
    RewindItem,
    RewindPreview,
    RewindPreviewed,
    RewindTurn,
    RewindWhat,
    TurnFile,
    TurnsListed,
)
from tests.support.scripted_session import NOON

FIRST, SECOND, THIRD = "turn-1", "turn-2", "turn-3"
PROMPTS = (
    "fix the flaky clock test; it fails about one run in ten",
    "rename the package and run the formatter over everything that uses it",
    "what does the scheduler do?",
)


def turns_listed(*, problem: str = "", with_undo: bool = True) -> TurnsListed:
    files = (
        (
            TurnFile(path="src/tempo/clock.py", kind="update", added=3, removed=1),
            TurnFile(path="tests/test_clock.py", kind="update"),
        ),
        (
            TurnFile(path="src/tempo/__init__.py", kind="add"),
            TurnFile(path="src/tick/__init__.py", kind="delete"),
            TurnFile(path="README.md", kind="update"),
        ),
        (),
    )
    rewind = RewindItem(id="rewind-1", at=NOON - 60, what="both", rewound_from="x", prompt="try it in C", restored=4)
    return TurnsListed(
        turns=tuple(
            RewindTurn(id=id_, number=number, prompt=prompt, at=NOON - 3600 + 600 * number, files=changed)
            for number, (id_, prompt, changed) in enumerate(
                zip((FIRST, SECOND, THIRD), PROMPTS, files, strict=True), start=1
            )
        ),
        undoable=rewind if with_undo else None,
        problem=problem,
    )


def previewed(what: RewindWhat = "both") -> RewindPreviewed:
    diffs = (
        FileDiff(
            path="README.md",
            kind="update",
            added=1,
            removed=1,
            unified="@@ -1,2 +1,2 @@\n-# tempo, my own words\n+# tempo\n \n",
        ),
        FileDiff(
            path="src/tempo/clock.py",
            kind="update",
            added=1,
            removed=1,
            unified="@@ -10,3 +10,3 @@\n def now(self):\n-    return self._source()\n+    return time.time()\n",
        ),
    )
    files = (
        RewindFile(path="README.md", verdict="conflict", does="change", why="it was changed by somebody else"),
        RewindFile(path="src/tempo/clock.py", verdict="restore", does="change"),
        RewindFile(path="src/tempo/new.py", verdict="restore", does="delete"),
        RewindFile(path="data/big.bin", verdict="not_covered", does="change", why="what it was is not recorded"),
    )
    return RewindPreviewed(
        preview=RewindPreview(
            to=FIRST,
            what=what,
            prompt=PROMPTS[0],
            is_undo=False,
            items=14,
            files=files if what != "conversation" else (),
            diff=DiffBlock(files=diffs if what != "conversation" else ()),
        )
    )
