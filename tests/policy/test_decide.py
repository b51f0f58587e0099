from __future__ import annotations

import pytest

from codex_core.policy.decide import decide
from codex_core.protocol import MODES, Effect, Settings, Verdict

MATRIX = {
    # verdict: plan, ask, auto, workspace-write and never, full
    "safe": ("run", "run", "run", "run", "run"),
    "ask": ("ask", "ask", "run", "run", "run"),
    "danger": ("deny", "ask", "ask", "deny", "run"),
}
RULED = {
    # what a rule says of each verdict
    ("deny", "safe"): ("deny", "deny", "deny", "deny", "deny"),
    ("deny", "ask"): ("deny", "deny", "deny", "deny", "deny"),
    ("deny", "danger"): ("deny", "deny", "deny", "deny", "deny"),
    ("ask", "safe"): ("ask", "ask", "ask", "deny", "run"),
    ("ask", "ask"): ("ask", "ask", "ask", "deny", "run"),
    ("ask", "danger"): ("deny", "ask", "ask", "deny", "run"),
    ("allow", "safe"): ("run", "run", "run", "run", "run"),
    ("allow", "ask"): ("run", "run", "run", "run", "run"),
    ("allow", "danger"): ("deny", "ask", "ask", "deny", "run"),
}
COLUMNS = (MODES["plan"], MODES["ask"], MODES["auto"], ("workspace-write", "never"), MODES["full"])


def in_each_mode(verdict: Verdict, ruled: Effect | None) -> tuple[str, ...]:
    return tuple(
        decide(verdict, Settings(model="m", sandbox_mode=sandbox_mode, approval_policy=approval_policy), ruled)  # type: ignore[arg-type]
        for sandbox_mode, approval_policy in COLUMNS
    )


@pytest.mark.parametrize("verdict", MATRIX)
def test_the_modes_decide_as_the_design_says(verdict: Verdict) -> None:
    assert in_each_mode(verdict, None) == MATRIX[verdict]


@pytest.mark.parametrize(("ruled", "verdict"), RULED)
def test_rules_tighten_everything_and_allow_only_what_would_be_asked(ruled: Effect, verdict: Verdict) -> None:
    assert in_each_mode(verdict, ruled) == RULED[ruled, verdict]
