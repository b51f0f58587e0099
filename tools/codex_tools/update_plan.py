"""`update_plan`: the steps of the work, for the user to see. Its arguments are those of Codex, which models know."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from codex_core.protocol import Action, Arguments, PlanBlock, PlanStep, ToolContext, ToolError, ToolResult
from codex_tools.arguments import parse_arguments, tool_spec


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    step: Annotated[str, "A few words."]
    status: Literal["pending", "in_progress", "completed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class UpdatePlan:
    plan: Annotated[tuple[Step, ...], "All steps in order, the finished ones included."]
    explanation: Annotated[str | None, "Why the plan changed, if it did."] = None


class UpdatePlanTool:
    def __init__(self) -> None:
        self.spec = tool_spec(
            "update_plan",
            "Show the user a plan of several steps and keep it up to date as you work. At most one step is in_progress."
            " Not for work of one or two steps.",
            UpdatePlan,
        )

    async def preview(self, args: Arguments) -> Action:
        block = _plan(args)
        done = sum(step.status == "completed" for step in block.steps)
        # `read`: it touches nothing, so there is nothing to ask.
        return Action(kind="read", summary=f"Plan: {done} of {len(block.steps)} done", display=(block,))

    async def run(self, args: Arguments, ctx: ToolContext) -> ToolResult:
        return ToolResult(output="The plan is shown.", display=(_plan(args),))


def _plan(args: Arguments) -> PlanBlock:
    wanted = parse_arguments(UpdatePlan, "update_plan", args)
    if not wanted.plan:
        raise ToolError("The plan has no steps.")
    if not all(each.step.strip() for each in wanted.plan):
        raise ToolError("Every step needs a text.")
    if sum(each.status == "in_progress" for each in wanted.plan) > 1:
        raise ToolError("Only one step can be in_progress at a time: set the others to pending or completed.")
    steps = tuple(PlanStep(text=each.step.strip(), status=each.status) for each in wanted.plan)
    return PlanBlock(steps=steps, explanation=wanted.explanation or "")
