from __future__ import annotations

from codex_core.protocol import PlanBlock, PlanStep, Question, TextBlock
from tests.tools.conftest import Bench


async def test_a_plan_is_shown(bench: Bench) -> None:
    steps = [{"step": "look", "status": "completed"}, {"step": "fix", "status": "in_progress"}]
    result = await bench.call("update_plan", plan=steps, explanation="found it")
    assert result.display == (
        PlanBlock(
            steps=(PlanStep(text="look", status="completed"), PlanStep(text="fix", status="in_progress")),
            explanation="found it",
        ),
    )


async def test_a_plan_that_makes_no_sense_is_refused(bench: Bench) -> None:
    two = [{"step": "a", "status": "in_progress"}, {"step": "b", "status": "in_progress"}]
    assert "Only one step can be in_progress" in await bench.refusal("update_plan", plan=two)
    assert "no steps" in await bench.refusal("update_plan", plan=[])
    assert "`plan[0].status` must be one of" in await bench.refusal(
        "update_plan", plan=[{"step": "a", "status": "doing"}]
    )


async def test_the_user_is_asked(bench: Bench) -> None:
    result = await bench.call("ask_user", question="Which one?", options=["the first", "the second"])
    assert bench.asked == [Question(text="Which one?", options=("the first", "the second"))]
    assert result.output == "The user answered: the second one"
    assert result.display == (TextBlock(text="Which one?\n\nthe second one"),)
