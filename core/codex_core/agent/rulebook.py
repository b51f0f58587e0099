"""The rules that count in a session: its own, the user's saved ones, and what the trusted project tightens."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from codex_core.agent.collaborators import Journal, SavedRules
from codex_core.policy.rules import too_much
from codex_core.protocol import CodexError, Effect, Pattern, Rule, RuleMade, RuleRemoved, RuleScope, new_id


@dataclass(frozen=True, slots=True, kw_only=True)
class RulesNow:
    rules: tuple[Rule, ...]
    problem: str = ""
    """Set: saved rules cannot be read. None that allows anything is among `rules`, and what would run is asked."""


class RuleBook:
    """One for a session."""

    def __init__(
        self,
        saved: SavedRules,
        journal: Journal,
        *,
        workspace: Callable[[], Path],
        project_rules: Callable[[], tuple[Rule, ...]],
    ) -> None:
        self._saved = saved
        self._journal = journal
        self._workspace = workspace
        self._project_rules = project_rules
        self._own: list[Rule] = []

    def load(self, own: Sequence[Rule]) -> None:
        """Take over the session's own rules, as its journal has them."""
        self._own = list(own)

    async def now(self) -> RulesNow:
        """What counts at this moment, the oldest first: another process may have saved rules meanwhile."""
        project = self._project_rules()
        try:
            saved = await asyncio.to_thread(self._saved.load)
        except CodexError as error:
            tightening = tuple(rule for rule in (*project, *self._own) if rule.effect != "allow")
            return RulesNow(rules=tightening, problem=str(error))
        workspace = self._workspace()
        here = tuple(rule for rule in saved if rule.project in (None, workspace))
        return RulesNow(rules=(*project, *here, *self._own))

    async def add(self, patterns: Sequence[Pattern], effect: Effect, scope: RuleScope, origin: str) -> None:
        """Remember these; what is remembered already stays one rule.

        Raises:
            CodexError: one would allow too much, or they cannot be saved. Nothing has changed.
        """
        for pattern in patterns if effect == "allow" else ():
            if problem := too_much(pattern):
                raise CodexError(problem)
        known = {(rule.pattern, rule.effect, rule.scope) for rule in (await self.now()).rules}
        rules = [
            Rule(
                rule_id=new_id("rule"),
                pattern=pattern,
                effect=effect,
                scope=scope,
                project=self._workspace() if scope == "project" else None,
                made_at=time.time(),
                origin=origin,
            )
            for pattern in dict.fromkeys(patterns)
            if (pattern, effect, scope) not in known
        ]
        if not rules:
            return
        if scope != "session":
            await asyncio.to_thread(self._saved.add, rules)
        for rule in rules:
            await self._journal.record(RuleMade(rule=rule))
            if scope == "session":
                self._own.append(rule)

    async def remove(self, rule_id: str) -> None:
        """Forget a rule. One that is not there, or a project's own, is left alone.

        Raises:
            CodexError: it cannot be removed.
        """
        own = next((rule for rule in self._own if rule.rule_id == rule_id), None)
        gone = own or await asyncio.to_thread(self._saved.remove, rule_id)
        if gone is None:
            return
        await self._journal.record(RuleRemoved(rule=gone))
        if own is not None:
            self._own.remove(own)
