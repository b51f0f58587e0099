"""`ask_user`: a question that only the user can answer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from codex_core.protocol import Action, Arguments, Question, TextBlock, ToolContext, ToolError, ToolResult
from codex_tools.arguments import parse_arguments, tool_spec
from codex_tools.workspace import printable


@dataclass(frozen=True, slots=True, kw_only=True)
class AskUser:
    question: Annotated[str, "One question, with what the user must know to answer it."]
    options: Annotated[tuple[str, ...], "Answers to choose from; the user may always write another."] = ()


class AskUserTool:
    def __init__(self) -> None:
        self.spec = tool_spec(
            "ask_user",
            "Ask the user and wait for the answer. Only for what you cannot find out or decide yourself.",
            AskUser,
        )

    async def preview(self, args: Arguments) -> Action:
        wanted = parse_arguments(AskUser, "ask_user", args)
        if not wanted.question.strip():
            raise ToolError("The question is empty.")
        return Action(kind="read", summary=f"Ask: {printable(wanted.question.strip())[:100]}")

    async def run(self, args: Arguments, ctx: ToolContext) -> ToolResult:
        wanted = parse_arguments(AskUser, "ask_user", args)
        answer = await ctx.ask(Question(text=wanted.question.strip(), options=wanted.options))
        said = answer.text.strip() or "(an empty answer)"
        shown = TextBlock(text=f"{wanted.question.strip()}\n\n{said}")
        return ToolResult(output=f"The user answered: {said}", display=(shown,))
