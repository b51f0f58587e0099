"""How a call came to run, or not to run, in words for people: out of what the audit log says of it."""

from __future__ import annotations

from typing import assert_never

from codex_core.protocol import (
    AllowedByRule,
    Answered,
    ApprovalAnswer,
    ApprovalItem,
    ApprovalRequest,
    Approve,
    ApproveAlways,
    ApproveEditedCommand,
    ApproveEditedFiles,
    ApproveHunks,
    ApproveWidening,
    Asked,
    AuditEntry,
    Deny,
    FullAccessGiven,
    RefusedByPolicy,
    Rule,
    RuleMade,
    RuleRemoved,
    StoredAnswer,
    Unknown,
    Widened,
    pattern_words,
    widening_words,
)


def decided_words(entry: AuditEntry) -> str:
    """`you said yes`, `by rule: commands that begin with make (session)`; empty if it says nothing of the call."""
    match entry:
        case Answered(answer=answer):
            return _answered(answer)
        case AllowedByRule(rules=rules):
            return f"by rule: {_named(rules)}"
        case RefusedByPolicy(why=why):
            return f"refused: {why}"
        case Widened(widening=widening, rules=rules):
            words = f"widened by {widening_words(widening.kind, widening.target)}"
            return f"{words}, by rule: {_named(rules)}" if rules else f"{words} ({entry.scope})"
        case Asked() | RuleMade() | RuleRemoved() | FullAccessGiven() | Unknown():
            return ""
        case _:
            assert_never(entry)


def asked_item(
    request: ApprovalRequest, answer: ApprovalAnswer | None, *, at: float, duration_s: float
) -> ApprovalItem:
    """What stays of a question: `at` is when it was asked, in seconds since 1970."""
    match answer:
        case None:
            came_of_it, said = "withdrawn", ""
        case ApproveWidening(widening=widening, scope=scope):
            words = widening_words(widening.kind, widening.target)
            came_of_it, said = "yes", f"you allowed {words} ({scope})"
        case Deny() | ApproveHunks(accepted=()):
            came_of_it, said = "no", _answered(answer)
        case _:
            came_of_it, said = "yes", _answered(answer)
    return ApprovalItem(
        id=request.request_id,
        at=at,
        call_id=request.call_id,
        tool=request.tool,
        summary=request.summary,
        why=request.why,
        answer=came_of_it,
        said=said,
        duration_s=duration_s,
    )


def _answered(answer: StoredAnswer | None) -> str:
    match answer:
        case Approve():
            return "you said yes"
        case ApproveAlways(patterns=patterns, scope=scope):
            return f"you said always: {' and '.join(map(pattern_words, patterns))} ({scope})"
        case ApproveEditedCommand() | ApproveEditedFiles():
            return "changed by you"
        case ApproveHunks(accepted=accepted):
            count = len(accepted)
            return f"you took {count} hunk{'' if count == 1 else 's'}" if count else "you said no"
        case Deny(words=words):
            return f"you said no: {words}" if words else "you said no"
        case ApproveWidening() | Unknown() | None:  # the widening itself follows
            return ""
        case _:
            assert_never(answer)


def _named(rules: tuple[Rule, ...]) -> str:
    return "; ".join(f"{pattern_words(rule.pattern)} ({rule.scope})" for rule in rules)
