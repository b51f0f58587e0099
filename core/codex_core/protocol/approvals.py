"""Approvals: what is asked, why, and what the user may answer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from codex_core.protocol.display import Block
from codex_core.protocol.record import Record, Unknown
from codex_core.protocol.revisions import (
    ApproveEditedCommand,
    ApproveEditedFiles,
    ApproveHunks,
    Editable,
    EditHunk,
)
from codex_core.protocol.rules import Pattern, RuleScope
from codex_core.protocol.sandbox import Denial, Network, SandboxMode, Tier, Widening
from codex_core.protocol.tool import ActionKind

Verdict: TypeAlias = Literal["safe", "ask", "danger"]
WideningScope: TypeAlias = Literal["once", "session", "project"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Confinement(Record):
    """What will bind the command while it runs, if the answer is yes."""

    mode: SandboxMode
    tier: Tier
    network: Network
    writable_roots: tuple[str, ...] = ()
    """Beside the workspace, absolute."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer(Record):
    """One way in which a yes may be remembered."""

    patterns: tuple[Pattern, ...]
    """Together they cover the action: one for each command of a line that is not safe by itself."""
    words: str
    """`commands that begin with git commit`."""
    matches: tuple[str, ...] = ()
    """Examples of what it would cover, what is asked now first."""
    misses: tuple[str, ...] = ()
    """Examples of what it would not."""
    scopes: tuple[RuleScope, ...] = ("session", "project", "user")
    is_editable: bool = False
    """The patterns may be answered with other words or another glob, as long as they still cover what is asked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WideningOffer(Record):
    widening: Widening
    words: str
    """What it would let the command do, in words; where that is more than was refused, it says so."""
    scopes: tuple[WideningScope, ...] = ("once", "session", "project")


@dataclass(frozen=True, slots=True, kw_only=True)
class Retry(Record):
    """The command has run already, and the sandbox refused something of it."""

    denial: Denial
    offers: tuple[WideningOffer, ...]
    """The smallest first."""
    output: str = ""
    """The end of what it had printed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovalRequest(Record):
    request_id: str
    call_id: str
    tool: str
    kind: ActionKind
    summary: str
    why: str
    """Why it is asked at all, in words."""
    verdict: Verdict
    rule: str = ""
    """Which piece of policy, or which rule of the user's, decided; in words."""
    agent: tuple[str, ...] = ()
    """Names of the sub-agents on the way to the one that wants it; `()` for the root."""
    commands: tuple[tuple[str, ...], ...] = ()
    """The parsed words of every simple command of a line; empty if it is none or was not understood."""
    cwd: str = ""
    """Where a command would run."""
    confinement: Confinement | None = None
    """None for what is no command."""
    display: tuple[Block, ...] = ()
    hunks: tuple[EditHunk, ...] = ()
    """What `ApproveHunks` chooses from; empty if there is nothing to choose."""
    editable: Editable | None = None
    """What `ApproveEditedCommand` or `ApproveEditedFiles` changes; None if it may not be changed."""
    offers: tuple[Offer, ...] = ()
    """What `ApproveAlways` may answer, the narrowest first; empty: only this once."""
    retry: Retry | None = None
    """Set: the answer is `ApproveWidening` (run it again) or `Deny` (tell the model of the denial)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Approve(Record):
    """Yes, this once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ApproveAlways(Record):
    """Yes, and do not ask again for what these cover: one of the offers, or an edited form of an editable one."""

    patterns: tuple[Pattern, ...]
    scope: RuleScope


@dataclass(frozen=True, slots=True, kw_only=True)
class ApproveWidening(Record):
    """Run it again, with this allowed in addition."""

    widening: Widening
    """One of those offered."""
    scope: WideningScope = "once"


@dataclass(frozen=True, slots=True, kw_only=True)
class Deny(Record):
    """No. The turn goes on and the model is told."""

    words: str = ""
    """What the user wants to tell the model with it."""


ApprovalAnswer: TypeAlias = (
    Approve | ApproveAlways | ApproveEditedCommand | ApproveEditedFiles | ApproveHunks | ApproveWidening | Deny
)
StoredAnswer: TypeAlias = ApprovalAnswer | Unknown
"""As it is in the audit log: `approve_for_session` stands in rows of 0.1."""
