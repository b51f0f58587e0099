"""Requests as a session makes them, one of each kind that the panel knows."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from codex_core.protocol import (
    ApprovalRequest,
    CommandRule,
    Confinement,
    Denial,
    DiffBlock,
    EditableCommand,
    EditableFiles,
    EditHunk,
    EditRule,
    FileDiff,
    FileText,
    Offer,
    Retry,
    Rule,
    TextBlock,
    Widening,
    WideningOffer,
)

LINE = "pip install freezegun && pytest -q"
CONFINED = Confinement(mode="workspace-write", tier="A", network="off")

EXACT = CommandRule(prefix=("pip", "install", "freezegun"), is_exact=True)
PREFIX = CommandRule(prefix=("pip", "install"))

COMMAND = ApprovalRequest(
    request_id="approval_1",
    call_id="c5",
    tool="shell",
    kind="exec",
    summary=f"Run {LINE}",
    why="pip install is not known to be harmless",
    verdict="ask",
    rule="in `ask` mode what is not known to be harmless is asked",
    commands=(("pip", "install", "freezegun"), ("pytest", "-q")),
    cwd="/home/ada/src/tempo",
    confinement=CONFINED,
    display=(TextBlock(text=LINE, language="bash"),),
    editable=EditableCommand(line=LINE),
    offers=(
        Offer(
            patterns=(EXACT,),
            words="exactly pip install freezegun",
            matches=(LINE,),
            misses=("pip install freezegun > FILE", "NAME=VALUE pip install freezegun"),
        ),
        Offer(
            patterns=(PREFIX,),
            words="commands that begin with pip install",
            matches=(LINE, "pip install …"),
            misses=("pip … in any other form", "pip install > FILE"),
            is_editable=True,
        ),
    ),
)

DANGER = ApprovalRequest(
    request_id="approval_1",
    call_id="c5",
    tool="shell",
    kind="exec",
    summary="Run rm -rf ~/src",
    why="it can destroy what cannot be brought back",
    verdict="danger",
    rule="rm with -r and -f outside the workspace",
    commands=(("rm", "-rf", "~/src"),),
    cwd="/home/ada/src/tempo",
    confinement=CONFINED,
    display=(TextBlock(text="rm -rf ~/src", language="bash"),),
    editable=EditableCommand(line="rm -rf ~/src"),
)

CLOCK_HUNKS = (
    "@@ -10,4 +10,7 @@ class Clock:\n"
    "     zone = 'UTC'\n"
    " \n"
    "-    def now(self) -> float:\n"
    "-        return time.time()\n"
    "+    def __init__(self, source=time):\n"
    "+        self._source = source\n"
    "+\n"
    "+    def now(self) -> float:\n"
    "+        return self._source.time()\n"
    "@@ -31,3 +34,3 @@ def since(clock: Clock, then: float) -> float:\n"
    "     elapsed = clock.now() - then\n"
    "-    return elapsed\n"
    "+    return max(0.0, elapsed)\n"
    " \n"
)
README_HUNKS = "@@ -1,2 +1,3 @@\n # tempo\n+A clock that can be frozen.\n \n"
CLOCK_TEXT = "import time\n\n\nclass Clock:\n    def now(self) -> float:\n        return self._source.time()\n"
README_TEXT = "# tempo\nA clock that can be frozen.\n"

EDIT = ApprovalRequest(
    request_id="approval_1",
    call_id="c4",
    tool="apply_patch",
    kind="write",
    summary="Patch 2 files: src/tempo/clock.py, README.md",
    why="in `ask` mode every edit is shown first",
    verdict="ask",
    display=(
        DiffBlock(
            files=(
                FileDiff(path="src/tempo/clock.py", kind="update", added=6, removed=3, unified=CLOCK_HUNKS),
                FileDiff(path="README.md", kind="update", added=1, removed=0, unified=README_HUNKS),
            )
        ),
    ),
    hunks=(
        EditHunk(hunk_id="0.0", path="src/tempo/clock.py", number=0),
        EditHunk(hunk_id="0.1", path="src/tempo/clock.py", number=1),
        EditHunk(hunk_id="1.0", path="README.md", number=0),
    ),
    editable=EditableFiles(
        files=(
            FileText(path="src/tempo/clock.py", text=CLOCK_TEXT),
            FileText(path="README.md", text=README_TEXT),
        )
    ),
    offers=(
        Offer(
            patterns=(EditRule(glob="src/tempo/clock.py"), EditRule(glob="README.md")),
            words="edits of src/tempo/clock.py and edits of README.md",
            matches=("src/tempo/clock.py", "README.md"),
            misses=("other files",),
            is_editable=True,
        ),
        Offer(
            patterns=(EditRule(glob="**"),),
            words="all edits inside the workspace",
            matches=("src/tempo/clock.py", "README.md"),
            misses=("AGENTS.md, .git/hooks and whatever else steers programs or the agent",),
            scopes=("session", "project"),
        ),
    ),
)

CACHE = Widening(kind="write", target="/home/ada/.cache/pip")
UNCONFINED = Widening(kind="unconfined", target="")

RETRY = replace(
    COMMAND,
    why="it wants more than this mode allows",
    rule="",
    editable=None,
    offers=(),
    retry=Retry(
        denial=Denial(what="write to /home/ada/.cache/pip", widening=CACHE),
        offers=(
            WideningOffer(widening=CACHE, words="writing to /home/ada/.cache/pip and everything in it"),
            WideningOffer(widening=UNCONFINED, words="no sandbox at all", scopes=("once",)),
        ),
        output="Collecting freezegun\nERROR: Could not install packages due to an OSError:\n"
        "[Errno 13] Permission denied: '/home/ada/.cache/pip'\n",
    ),
)


def numbered(request: ApprovalRequest, number: int) -> ApprovalRequest:
    """The same question as another one."""
    return replace(request, request_id=f"approval_{number}", call_id=f"q{number}")


def rules(at: float) -> tuple[Rule, ...]:
    """The newest first, made before `at`."""
    day = 86_400.0
    return (
        Rule(
            rule_id="r1",
            pattern=PREFIX,
            effect="allow",
            scope="session",
            made_at=at,
            origin="said yes to: Run pip install freezegun && pytest -q",
        ),
        Rule(
            rule_id="r2",
            pattern=EditRule(glob="docs/**"),
            effect="allow",
            scope="project",
            project=Path("/home/ada/src/tempo"),
            made_at=at - 3 * day,
            origin="said yes to: Edit docs/clock.md",
        ),
        Rule(
            rule_id="r3",
            pattern=CommandRule(prefix=("git", "push")),
            effect="ask",
            scope="user",
            made_at=at - 400 * day,
            origin="codex-py policy rules add",
        ),
    )
