"""The audit log in words, a line for each entry."""

from __future__ import annotations

from typing import assert_never

from codex_cli.session_json import answer_word
from codex_core.protocol import (
    AllowedByRule,
    Answered,
    Asked,
    AuditEntry,
    Deny,
    FullAccessGiven,
    RefusedByPolicy,
    Rule,
    RuleMade,
    RuleRemoved,
    Unknown,
    Widened,
    pattern_words,
)
from codex_core.protocol.rules import widening_words


def audit_words(entry: AuditEntry) -> str:
    match entry:
        case Asked(request=request):
            return f"asked: {request.summary} ({request.why})"
        case Answered(answer=Deny(words=words)) if words:
            return f"you said: no, {words}"
        case Answered(answer=answer):
            return "the question was withdrawn" if answer is None else f"you said: {answer_word(answer)}"
        case AllowedByRule(summary=summary, rules=rules):
            return f"allowed by a rule: {summary} ({_rules(rules)})"
        case RefusedByPolicy(summary=summary, why=why):
            return f"refused: {summary} ({why})"
        case Widened(summary=summary, widening=widening, scope=scope):
            return f"allowed beyond the sandbox: {widening_words(widening.kind, widening.target)}; {summary} ({scope})"
        case RuleMade(rule=rule):
            return f"rule made: {rule.effect} {pattern_words(rule.pattern)} ({rule.scope})"
        case RuleRemoved(rule=rule):
            return f"rule removed: {rule.effect} {pattern_words(rule.pattern)} ({rule.scope})"
        case FullAccessGiven():
            return "full access given: nothing confined, nothing asked"
        case Unknown(tag=tag):
            return tag
        case _:
            assert_never(entry)


def _rules(rules: tuple[Rule, ...]) -> str:
    return "; ".join(pattern_words(rule.pattern) for rule in rules)
