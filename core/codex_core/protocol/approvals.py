"""Approvals: what is asked, why, and what the user may answer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from codex_core.protocol.display import Block
from codex_core.protocol.tool import ActionKind

Verdict: TypeAlias = Literal["safe", "ask", "danger"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovalRequest:
    request_id: str
    call_id: str
    tool: str
    kind: ActionKind
    summary: str
    why: str
    """Why it is asked at all, in words."""
    verdict: Verdict
    session_scope: str
    """What `ApproveForSession` would allow from now on, in words; empty if it is not offered."""
    display: tuple[Block, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Approve:
    """Yes, this once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ApproveForSession:
    """Yes, and do not ask again in this session for what `session_scope` says."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Deny:
    """No. The turn goes on and the model is told."""

    words: str = ""
    """What the user wants to tell the model with it."""


ApprovalAnswer: TypeAlias = Approve | ApproveForSession | Deny
