"""Runs the tool calls of one reply: exactly one result for each, whatever happens."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import cast

from codex_core.agent.asking import ask_user
from codex_core.agent.control import ToolCancelled
from codex_core.agent.gate import NOT_RUN, Permit, Refusal
from codex_core.agent.history import History
from codex_core.agent.messages import UNKNOWN_EFFECT, decoded
from codex_core.agent.secrets import MaskedStream
from codex_core.agent.turn import Turn
from codex_core.agent.widening import MOST_RUNS, ask_to_widen, told_of_rerun
from codex_core.agent.wish import Wish
from codex_core.protocol import (
    Action,
    Arguments,
    CodexError,
    Question,
    QuestionAnswer,
    SandboxPolicy,
    TextBlock,
    Tool,
    ToolCallItem,
    ToolContext,
    ToolError,
    ToolOutputDelta,
    ToolResult,
    ToolResultItem,
    Widening,
    new_id,
)
from codex_core.spelling import close_to

log = logging.getLogger(__name__)

KEPT_WHEN_ENDED = 8000
"""Characters of its output that stay of a call that the user ended."""

MOST_AT_ONCE = 16
"""Calls side by side: a reply can hold hundreds, and each may be a process."""


async def run_calls(calls: Sequence[ToolCallItem], history: History, turn: Turn) -> None:
    """Run the calls in order, neighbours that only read side by side, up to MOST_AT_ONCE.

    Between them is a safe point: calls that are given up there get a result that says so.
    """
    for batch in _batches(calls, turn):
        if turn.gate.unanswered is not None or not await turn.control.safe_point():
            await history.append(*(_item(call, _refused(NOT_RUN), 0.0) for call in batch))
            continue
        try:
            async with asyncio.TaskGroup() as group:
                for call in batch:
                    group.create_task(run_call(call, history, turn))
        except BaseExceptionGroup as failures:  # the results could not be written: each failed for the same reason
            raise failures.exceptions[0] from None


def _batches(calls: Sequence[ToolCallItem], turn: Turn) -> Iterator[list[ToolCallItem]]:
    tools = turn.tools.tools
    batch: list[ToolCallItem] = []
    for call in calls:
        tool = tools.get(call.name)
        only_reads = tool is not None and tool.spec.read_only
        if batch and (not only_reads or len(batch) == MOST_AT_ONCE):
            yield batch
            batch = []
        batch.append(call)
        if not only_reads:
            yield batch
            batch = []
    if batch:
        yield batch


async def run_call(call: ToolCallItem, history: History, turn: Turn) -> None:
    """Run one call and append its result. Only cancellation escapes."""
    run = _Run(call=call, turn=turn, shown=MaskedStream(turn.masker))
    try:
        result = await _result_of(run, history)
    except ToolCancelled:
        result = run.cut_short("The user ended this before it had finished.")
    except asyncio.CancelledError:
        if history.has_begun(call):  # else nothing has come of it, and it can be done later as well
            result = run.cut_short(f"codex-py was left before this had ended. {UNKNOWN_EFFECT}")
            history.hold(_item(call, _masked(result, turn), run.ran_s))
        raise
    except CodexError as error:  # ToolError, or the sandbox is not to be had
        result = ToolResult(output=str(error), status="error")
    except Exception as error:  # the border of a tool: a bug in one must not end the turn
        log.exception("%s failed", call.name)
        result = ToolResult(output=f"{call.name} failed inside: {type(error).__name__}: {error}", status="error")
    item = _item(call, _masked(result, turn), run.ran_s)
    await history.append(replace(item, decided=turn.gate.audit.take_decided(call.call_id)))


@dataclass(slots=True, kw_only=True)
class _Run:
    """One call while it is at work: what it has shown, and for how long it has run."""

    call: ToolCallItem
    turn: Turn
    shown: MaskedStream
    started: float | None = None
    """When it would have begun, had it run without the questions in between."""
    ended: float | None = None
    tail: str = ""
    """The end of what it has shown."""

    @property
    def ran_s(self) -> float:
        """Of the tool alone, without the wait for an answer."""
        return 0.0 if self.started is None else (self.ended or time.monotonic()) - self.started

    def show(self, text: str) -> None:
        if masked := self.shown.feed(text):
            self.tail = (self.tail + masked)[-KEPT_WHEN_ENDED:]
            self.turn.emit(ToolOutputDelta(call_id=self.call.call_id, text=masked))

    def cut_short(self, said: str) -> ToolResult:
        """What had come is not thrown away: it is often why the user ended it."""
        if not self.tail.strip():
            return ToolResult(output=said, status="interrupted")
        output = f"{said} The end of what it had printed:\n{self.tail}"
        return ToolResult(output=output, status="interrupted", display=(TextBlock(text=self.tail),))


async def _result_of(run: _Run, history: History) -> ToolResult:
    call, turn = run.call, run.turn
    wish = Wish(call=call, tool=_find(call.name, turn), args=_parse(call.arguments), control=turn.control)
    if call.by == "user":  # they have decided already
        return await _attempt(run, wish, await wish.preview(), turn.gate.policy(), history)
    match await turn.gate.check(wish):
        case Refusal() as refusal:
            return _refused(refusal)
        case Permit() as permit:
            pass
    if not await turn.control.safe_point():  # the user's yes may have been followed by a second thought
        return _refused(NOT_RUN)
    result = await _attempt(run, wish, permit.action, permit.policy, history)
    granted: list[Widening] = []
    while (denial := result.denial) is not None and len(granted) + 1 < MOST_RUNS:
        widened = await ask_to_widen(turn.gate, wish, permit, result, granted)
        if isinstance(widened, str):
            return replace(result, output=_joined(result.output, widened))
        permit, widening = widened
        granted.append(widening)
        if not await turn.control.safe_point():
            break
        again = await _attempt(run, wish, permit.action, permit.policy, history)
        result = replace(again, output=_joined(told_of_rerun(denial, widening), again.output))
    return result


async def _attempt(run: _Run, wish: Wish, action: Action, policy: SandboxPolicy, history: History) -> ToolResult:
    turn = run.turn
    context = ToolContext(
        call_id=wish.call.call_id,
        action=action,
        policy=policy,
        sandbox=turn.sandbox,
        environment=turn.environment,
        emit_output=run.show,
        ask=lambda question: _ask(question, history, turn),
    )

    may_change_files = _may_change_files(wish.tool, action, policy)

    async def begin() -> ToolResult:
        if may_change_files:
            await turn.files.before_call(wish.call.call_id)
        if run.started is None:  # a second run is the same call
            await history.begin_call(wish.call, has_effect=action.kind != "read")
        run.started, run.ended = time.monotonic() - run.ran_s, None
        try:
            result = await wish.tool.run(wish.args, context)
        finally:
            run.ended = time.monotonic()
            if may_change_files:
                turn.files.after_call(wish.call.call_id)
        return replace(result, output=_joined(action.revised, result.output)) if action.revised else result

    # From here on it counts as running: a pause waits for it, a stop ends it or finds it not begun.
    return await wish.control.run_tool(_doing(wish.call, action), begin())


def _doing(call: ToolCallItem, action: Action) -> str:
    """What runs, for who waits for its end: `run make`, `edit a.py`; the tool's name where it does not say."""
    summary = action.summary.strip() or call.name
    return summary if summary[1:2].isupper() else summary[:1].lower() + summary[1:]


def _may_change_files(tool: Tool, action: Action, policy: SandboxPolicy) -> bool:
    if tool.spec.read_only or action.kind in ("read", "network"):
        return False
    return not (action.kind == "exec" and policy.mode == "read-only")  # the kernel sees to it


def _joined(*texts: str) -> str:
    return "\n".join(text for text in texts if text)


def _find(name: str, turn: Turn) -> Tool:
    tools = turn.tools.tools
    if (tool := tools.get(name)) is not None:
        return tool
    near = close_to(name[:100], tools)
    hint = f" Did you mean {near[0]}?" if near else f" There are: {', '.join(tools)}."
    raise ToolError(f"There is no tool {name[:100]!r}.{hint}")


def _parse(arguments: str) -> Arguments:
    try:
        parsed = decoded(arguments or "{}")
    except (ValueError, RecursionError) as error:
        raise ToolError(f"The arguments are not valid JSON: {error}. Send the call again.") from error
    if not isinstance(parsed, dict):
        raise ToolError("The arguments must be a JSON object. Send the call again.")
    return cast(Arguments, parsed)


async def _ask(question: Question, history: History, turn: Turn) -> QuestionAnswer:
    answer = await ask_user(question, history, turn)
    if isinstance(answer, QuestionAnswer):
        return answer
    raise ToolError("Nobody answered. Decide yourself, and say what you assumed.")


def _refused(refusal: Refusal) -> ToolResult:
    return ToolResult(output=refusal.text, status=refusal.status, display=refusal.display)


def _masked(result: ToolResult, turn: Turn) -> ToolResult:
    masker = turn.masker
    display = tuple(masker.mask_record(block) for block in result.display)
    return ToolResult(output=masker.mask(result.output), status=result.status, display=display)


def _item(call: ToolCallItem, result: ToolResult, duration_s: float) -> ToolResultItem:
    return ToolResultItem(
        id=new_id("result"),
        at=time.time(),
        call_id=call.call_id,
        name=call.name,
        status=result.status,
        output=result.output,
        display=result.display,
        duration_s=duration_s,
    )
