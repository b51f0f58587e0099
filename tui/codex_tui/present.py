"""Items and calls as the transcript and the timeline show them. Words only; what they look like is decided there."""

from __future__ import annotations

import time
from typing import assert_never

from codex_core.protocol import (
    AnswerItem,
    ApprovalItem,
    AssistantItem,
    Block,
    CommandBlock,
    CompactionItem,
    Completed,
    DiffBlock,
    Failed,
    Item,
    LimitReached,
    ModelFailedAnswer,
    NoticeItem,
    Outcome,
    PauseItem,
    PlanAccepted,
    PlanBlock,
    PlanRefused,
    QuestionAnswer,
    ReasoningItem,
    RetryItem,
    RewindItem,
    StepItem,
    Stopped,
    ToolCallItem,
    ToolResultItem,
    TurnEndItem,
    Unknown,
    UserItem,
)
from codex_tui import spoken, wording
from codex_tui.calls import Call, Step
from codex_tui.detail.blocks import facts_block
from codex_tui.glyphs import duration
from codex_tui.quoted import unquoted
from codex_tui.timeline import TimelineRow
from codex_tui.transcript import Answer, Entry, Notice, Plan, Reasoning, Separator, Status, ToolCall, UserTurn

_TAIL_LINES = 6
_OWN_TAIL_LINES = 7
"""And a line that says how many there are above."""
_TAIL_CHARACTERS = 4_000
_FACT_CHARACTERS = 18
"""What is longer is no fact beside a call but a line below it."""


def entry(item: Item, now: float) -> Entry | None:
    """How an item stands in the transcript; None if it does not. For calls and model calls see below."""
    match item:
        case UserItem(origin="context"):
            return None
        case UserItem():
            return UserTurn(item.id, spoken.user_words(item), said_at(item.at, now))
        case AssistantItem():
            return Answer(item.id, item.text) if item.text else None
        case ReasoningItem():
            return Reasoning(item.id, item.text, item.duration_s) if item.text else None
        case NoticeItem():
            return Notice(item.id, item.text, item.level)
        case RewindItem():
            return Notice(item.id, f"{spoken.rewind_words(item)} · /rewind", "warning" if item.failed else "info")
        case CompactionItem():
            return Separator(item.id, _compaction_words(item))
        case AnswerItem():
            return _answer_entry(item, now)
        case TurnEndItem(outcome=outcome, duration_s=duration_s):
            return ending(item.id, outcome, duration_s)
        case ToolCallItem() | ToolResultItem() | StepItem():
            return None
        case ApprovalItem() | PauseItem() | RetryItem():  # the calls say it, and the timeline
            return None
        case Unknown():
            level = "warning" if "damage" in item.extra else "info"
            return Notice(f"unknown-{id(item)}", spoken.unknown_words(item), level)
        case _:
            assert_never(item)


def call_entry(call: Call) -> Entry:
    if (plan := _plan_of(call)) is not None:
        return Plan(call.id, tuple((step.status, step.text) for step in plan.steps), plan.explanation)
    return ToolCall(
        call.id, call.verb, call.subject, _status(call), " · ".join(_facts(call)), _tail(call), _decided(call)
    )


def ending(turn_id: str, outcome: Outcome | Unknown, duration_s: float) -> Entry:
    """The line that ends a turn."""
    words = spoken.ending_words(outcome, duration_s)
    match outcome:
        case Completed():
            return Separator(turn_id, words, "completed")
        case Stopped() | Unknown():
            return Separator(turn_id, words, "stopped")
        case Failed():
            return Separator(turn_id, words, "failed")
        case LimitReached():
            return Separator(turn_id, words, "limit")
        case _:
            assert_never(outcome)


def _answer_entry(item: AnswerItem, now: float) -> Entry | None:
    match item.answer:
        case QuestionAnswer(text=text):
            return UserTurn(item.id, text.strip() or "(an empty answer)", said_at(item.at, now))
        case ModelFailedAnswer() as answer:
            return Notice(item.id, f"the model call failed · {spoken.choice_words(answer)}")
        case PlanAccepted() | PlanRefused() as answer:
            return Notice(item.id, spoken.plan_words(answer))
        case Unknown():
            return None
        case _:
            assert_never(item.answer)


def call_row(call: Call) -> TimelineRow:
    result = call.result
    since_s = {"running": call.started, "asked": call.asked_at}.get(call.state)
    return TimelineRow(
        id=call.id,
        at=time_of_day(call.item.at),
        status=_status(call),
        label="/".join((*call.agent, call.verb)),
        subject=call.subject,
        duration_s=result.duration_s if result is not None else None,
        since_s=since_s,
        badges=_badges(call),
        is_question=call.state == "asked",
    )


def step_row(step: Step) -> TimelineRow:
    model = step.model.rpartition("/")[2]
    is_reply = step.purpose == "reply"
    failed = bool(step.error) and step.error not in ("paused", "cancelled")
    return TimelineRow(
        id=step.id,
        at=time_of_day(step.at),
        status="error" if failed else "model" if is_reply else "compaction",
        label="/".join((*step.agent, "model" if is_reply else step.purpose)),
        subject=" · ".join(part for part in (model, step_facts(step)) if part),
        duration_s=step.duration_s,
        since_s=step.at,
        kind="model" if is_reply else "compaction",
        badges=(wording.cost(step.usage.cost_usd),) if step.usage is not None and step.usage.cost_usd else (),
    )


def _badges(call: Call) -> tuple[str, ...]:
    """What is out of the ordinary (`net`: with the network, `full`: not confined), and who decided."""
    badges: list[str] = []
    for block in call.result.display if call.result is not None else ():
        if isinstance(block, CommandBlock):
            mode, _, network = block.sandbox.partition(", network ")
            if mode == "not confined":
                badges.append("full")
            elif network not in ("", "off"):
                badges.append("net")
    decided = call.result.decided if call.result is not None else ()
    if decided:
        last = decided[-1]
        is_no = last.startswith(("you said no", "refused"))
        badges.append("no" if is_no else "rule" if last.startswith("by rule") else "you")
    return tuple(dict.fromkeys(badges))


def time_of_day(at: float) -> str:
    return time.strftime("%H:%M:%S", time.localtime(at))


def said_at(at: float, now: float) -> str:
    """`12:01`, with the day if that is not today."""
    then, today = time.localtime(at), time.localtime(now)
    is_today = then[:3] == today[:3]
    return time.strftime("%H:%M" if is_today else "%d %b %H:%M", then).lstrip("0" if not is_today else "")


def step_facts(step: Step) -> str:
    """What a model call cost, in words."""
    if step.error:
        return step.error
    return f"{wording.tokens(step.usage.output_tokens)} tok" if step.usage is not None else ""


def step_blocks(step: Step) -> tuple[Block, ...]:
    facts = [("model", step.model)]
    if step.duration_s is not None:
        facts.append(("took", duration(step.duration_s)))
    if (usage := step.usage) is not None:
        facts.append(("input", f"{usage.input_tokens:,} tokens, {usage.cached_input_tokens:,} of them cached"))
        facts.append(("output", f"{usage.output_tokens:,} tokens, {usage.reasoning_tokens:,} of them reasoning"))
        facts.append(("cost", "not known" if usage.cost_usd is None else wording.cost(usage.cost_usd)))
        if usage.is_estimate:
            facts.append(("estimated", "the provider reported nothing"))
    facts.append(("ended", step.error))
    return (facts_block(*facts),)


def _status(call: Call) -> Status:
    match call.state:
        case "asked":
            return "waiting"
        case "waiting":
            return "running"
        case state:
            return state


def _plan_of(call: Call) -> PlanBlock | None:
    if call.result is None or call.result.status != "ok":
        return None
    return next((block for block in call.result.display if isinstance(block, PlanBlock)), None)


def _facts(call: Call) -> list[str]:
    """What is worth a word beside a call: `+3 −1`, `2.1s`, `exit 1`."""
    facts: list[str] = []
    blocks = call.blocks() if call.result is not None or call.request is not None else ()
    diffs = [file for block in blocks if isinstance(block, DiffBlock) for file in block.files]
    if diffs:
        facts.append(f"+{sum(file.added for file in diffs)} −{sum(file.removed for file in diffs)}")
    if (result := call.result) is None:
        return facts
    if result.duration_s >= 0.1:
        facts.append(duration(result.duration_s))
    exits = [block.exit_code for block in blocks if isinstance(block, CommandBlock)]
    facts += [f"exit {code}" for code in exits if code]
    if result.status in ("denied", "interrupted", "timeout"):
        facts.append({"timeout": "timed out"}.get(result.status, result.status))
    return [*facts, *(unquoted(words) for words in result.decided if len(words) <= _FACT_CHARACTERS)]


def _decided(call: Call) -> tuple[str, ...]:
    """How it came to run, or not, where that is too much for a word beside it."""
    return () if call.result is None else tuple(unquoted(w) for w in call.result.decided if len(w) > _FACT_CHARACTERS)


def _tail(call: Call) -> tuple[str, ...]:
    """The end of what a failed call printed, or one of the user's own."""
    if call.is_users:
        return _own_tail(call)
    if call.result is None or call.result.status not in ("error", "timeout"):
        return ()
    shown = [block.output for block in call.result.display if isinstance(block, CommandBlock)]
    text = (shown[-1] if shown else call.result.output)[-_TAIL_CHARACTERS:]
    lines = [line for line in text.splitlines() if line.strip()]
    return tuple(lines[-_TAIL_LINES:])


def _own_tail(call: Call) -> tuple[str, ...]:
    if (result := call.result) is None:
        text, above = call.output_end(_TAIL_CHARACTERS), 0
    else:
        shown = [block.output for block in result.display if isinstance(block, CommandBlock)]
        text = shown[-1] if shown else result.output
        above = text.count("\n", 0, max(0, len(text) - _TAIL_CHARACTERS))
    lines = [line for line in text[-_TAIL_CHARACTERS:].splitlines() if line.strip()]
    above += max(0, len(lines) - _OWN_TAIL_LINES)
    note = (f"… {above:,} more lines above",) if above and call.result is not None else ()
    return (*note, *lines[-_OWN_TAIL_LINES:])


def _compaction_words(item: CompactionItem) -> str:
    if not item.tokens_before:
        return "compacted"
    return f"compacted · {wording.tokens(item.tokens_before)} → {wording.tokens(item.tokens_after)} tok"
