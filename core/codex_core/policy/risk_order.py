"""In which order the commands of a line are shown: where not all are read, the dangerous ones are. Decides nothing."""

from __future__ import annotations

import shlex

from codex_core.policy.judge import judge
from codex_core.policy.rules import Case, is_open
from codex_core.protocol import Action, Verdict

_ORDER: dict[Verdict, int] = {"danger": 0, "ask": 1, "safe": 2}


def riskiest_first(case: Case) -> tuple[tuple[str, ...], ...]:
    """The commands of a dangerous line, those first that are dangerous by themselves; others in their own order."""
    commands = case.judgement.commands
    if case.judgement.verdict != "danger" or len(commands) < 2:
        return commands
    return tuple(sorted(commands, key=lambda words: _ORDER[_verdict(words, case)]))


def _verdict(words: tuple[str, ...], case: Case) -> Verdict:
    line = " ".join(word if is_open(word) else shlex.quote(word) for word in words)
    alone = Action(kind="exec", summary="", argv=("bash", "-c", line))
    return judge(alone, case.policy).verdict
