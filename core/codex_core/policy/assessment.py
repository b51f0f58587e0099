"""What was found in a line."""

from __future__ import annotations

from dataclasses import dataclass, field

from codex_core.protocol import Verdict

_SEVERITY = {"safe": 0, "ask": 1, "danger": 2}


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    verdict: Verdict
    rule: str
    why: str


@dataclass(slots=True, kw_only=True)
class Assessment:
    """What was found in a line so far; the worst of it, and of those the first, decides."""

    findings: list[Finding] = field(default_factory=list)
    commands: list[tuple[str, ...]] = field(default_factory=list)
    beyond: list[str] = field(default_factory=list)
    is_understood: bool = True

    def add(self, verdict: Verdict, rule: str, why: str) -> None:
        self.findings.append(Finding(verdict=verdict, rule=rule, why=why))

    def worst(self) -> Finding:
        if not self.findings:
            return Finding(verdict="ask", rule="empty", why="there is nothing to run")
        return max(self.findings, key=lambda finding: (_SEVERITY[finding.verdict], finding.rule != "program::"))
