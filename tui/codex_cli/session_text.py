"""A session as plain text for a terminal: nothing in it can steer the terminal."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from codex_core.agent.inbox import Waiting
from codex_core.protocol import (
    AnswerItem,
    ApprovalItem,
    AssistantItem,
    CompactionItem,
    Item,
    ModelFailedAnswer,
    NoticeItem,
    PauseItem,
    PlanAccepted,
    PlanRefused,
    QuestionAnswer,
    RetryItem,
    RewindItem,
    StepItem,
    ToolCallItem,
    ToolResultItem,
    TurnEndItem,
    UserItem,
)
from codex_tui import spoken
from codex_tui.labels import subject_of
from codex_tui.sanitize import sanitize, sanitize_line

NOT_SENT = "waits, not sent yet"


def text_lines(items: Iterable[Item]) -> Iterator[str]:
    """Yield what was said and done; what only the machine needs is left out."""
    for item in items:
        match item:
            case UserItem(origin="context"):
                pass
            case UserItem():
                yield f"\n› {sanitize(spoken.user_words(item))}"
            case AssistantItem(text=text, truncated=truncated):
                yield f"\n● {sanitize(text)}{' …' if truncated else ''}"
            case ToolCallItem(by="user", arguments=arguments):
                yield f"\n! {sanitize_line(subject_of(arguments), reveal=True)}"
            case ToolCallItem(name=name, arguments=arguments):
                yield f"\n→ {sanitize_line(name, reveal=True)} {sanitize_line(arguments, reveal=True)}"
            case ToolResultItem(status=status, output=output, duration_s=duration_s):
                yield f"← {status}, {duration_s:.1f} s\n{_indented(sanitize(output))}"
            case CompactionItem(summary=summary):
                yield f"\n— summary —\n{sanitize(summary)}"
            case NoticeItem(level=level, text=text):
                yield f"\n({level}: {sanitize_line(text)})"
            case RewindItem():
                yield f"\n({sanitize_line(spoken.rewind_words(item))})"
            case StepItem():
                yield f"\n(model {sanitize_line(step_words(item))})"
            case AnswerItem(answer=QuestionAnswer(text=text)):
                yield f"› {sanitize(text)}"
            case AnswerItem(answer=ModelFailedAnswer() as answer):
                yield f"\n(the model call failed, {spoken.choice_words(answer)})"
            case AnswerItem(answer=(PlanAccepted() | PlanRefused()) as answer):
                yield f"\n({spoken.plan_words(answer)})"
            case ApprovalItem() | PauseItem() | RetryItem():
                yield f"\n({sanitize_line(spoken.wait_words(item))})"
            case TurnEndItem(outcome=outcome, duration_s=duration_s):
                yield f"\n— {sanitize_line(spoken.ending_words(outcome, duration_s))} —"
            case _:
                pass


def waiting_lines(waiting: Iterable[Waiting]) -> Iterator[str]:
    """Yield what was said and nobody was told yet."""
    for each in waiting:
        yield f"\n› {sanitize(waiting_words(each))}\n  ({NOT_SENT})"


def waiting_words(waiting: Waiting) -> str:
    return f"!{waiting.text}" if waiting.when == "command" else waiting.text


def step_words(step: StepItem) -> str:
    facts = [step.model, f"{step.duration_s:.1f} s"]
    if step.usage is not None:
        facts.append(spoken.usage_words(step.usage))
    if step.error:
        facts.append(step.error)
    return " · ".join(facts)


def _indented(text: str) -> str:
    return "\n".join(f"  {line}" for line in text.rstrip().split("\n"))
