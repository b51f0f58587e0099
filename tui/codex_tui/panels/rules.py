"""Rules in words: for the list that `/rules` shows, and for the sheet that explains a question. Pure."""

from __future__ import annotations

import time
from typing import NamedTuple

from codex_core.protocol import Rule, RulesListed, pattern_words
from codex_tui.panels.view import Explanation

_EXPLAINED = 12


class RuleRow(NamedTuple):
    rule_id: str
    effect: str
    words: str
    scope: str
    made: str
    """The day: `Nov 26`, with the year where it is another."""
    origin: str
    can_be_removed: bool

    def matches(self, words: list[str]) -> bool:
        text = f"{self.effect} {self.words} {self.scope} {self.origin}".lower()
        return all(word in text for word in words)


def rule_row(rule: Rule, now: float) -> RuleRow:
    # A rule of scope `project` without a project is one of the project's own file.
    is_files = rule.scope == "project" and rule.project is None
    return RuleRow(
        rule_id=rule.rule_id,
        effect=rule.effect,
        words=pattern_words(rule.pattern),
        scope=rule.scope,
        made=_day(rule.made_at, now),
        origin=rule.origin,
        can_be_removed=not is_files,
    )


def rules_explanation(listed: RulesListed) -> Explanation:
    rows = [(rule.effect, f"{pattern_words(rule.pattern)} · {rule.scope}") for rule in listed.rules[:_EXPLAINED]]
    if (more := len(listed.rules) - _EXPLAINED) > 0:
        rows.append(("", f"and {more} more: see /rules"))
    if listed.problem:
        rows.insert(0, ("problem", listed.problem))
    return Explanation(title="Rules that count here", rows=tuple(rows) or (("", "none yet; `a` makes one"),))


def _day(made_at: float, now: float) -> str:
    if not made_at:
        return ""
    made, today = time.localtime(made_at), time.localtime(now)
    return time.strftime("%b %d" if made.tm_year == today.tm_year else "%b %d %Y", made)
