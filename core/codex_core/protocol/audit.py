"""The audit log of a session: what was asked, answered, allowed by a rule, refused and widened. Only ever appended."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from codex_core.protocol.approvals import ApprovalRequest, StoredAnswer, WideningScope
from codex_core.protocol.record import Record, Unknown
from codex_core.protocol.rules import Rule
from codex_core.protocol.sandbox import Widening


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked(Record):
    request: ApprovalRequest


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered(Record):
    request_id: str
    call_id: str
    answer: StoredAnswer | None
    """None: the request was withdrawn, because the user wanted something else. A crash leaves none at all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AllowedByRule(Record):
    """It would have been asked; these rules said yes."""

    call_id: str
    summary: str
    rules: tuple[Rule, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusedByPolicy(Record):
    """It was not asked: the mode or a rule forbids it, or nobody was there."""

    call_id: str
    summary: str
    why: str
    rules: tuple[Rule, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Widened(Record):
    """A command ran with more than its mode allows."""

    call_id: str
    summary: str
    widening: Widening
    scope: WideningScope
    """`once`, or how the yes was remembered."""
    rules: tuple[Rule, ...] = ()
    """Set if nobody was asked: these had said yes before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleMade(Record):
    rule: Rule


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleRemoved(Record):
    rule: Rule


@dataclass(frozen=True, slots=True, kw_only=True)
class FullAccessGiven(Record):
    """The user confirmed twice that nothing is confined and nothing asked."""


AuditEntry: TypeAlias = (
    Asked | Answered | AllowedByRule | RefusedByPolicy | Widened | RuleMade | RuleRemoved | FullAccessGiven | Unknown
)
