"""What happened, in words: what was said and used, how turns ended. The same on the screen and in `sessions show`."""

from __future__ import annotations

from typing import assert_never

from codex_core.protocol import (
    ApprovalItem,
    Completed,
    Failed,
    ImagePart,
    LimitReached,
    ModelFailedAnswer,
    Outcome,
    PauseItem,
    PlanAccepted,
    PlanRefused,
    RetryItem,
    RewindItem,
    Stopped,
    TextPart,
    Unknown,
    Usage,
    UserItem,
)
from codex_tui import wording
from codex_tui.glyphs import spoken_duration


def usage_words(usage: Usage) -> str:
    """Of several model calls: `3.7k tok · $0.12`; `~` where it was estimated."""
    about = "~" if usage.is_estimate else ""
    words = f"{about}{wording.tokens(usage.input_tokens + usage.output_tokens)} tok"
    return words if usage.cost_usd is None else f"{words} · {about}{wording.cost(usage.cost_usd)}"


def ending_words(outcome: Outcome | Unknown, duration_s: float) -> str:
    """`done · 14 s`, `failed · 0.3 s · no key`"""
    took = spoken_duration(duration_s)
    match outcome:
        case Completed():
            return f"done · {took}"
        case Stopped():
            return f"stopped · {took}"
        case Failed(error=error):
            return f"failed · {took} · {error}"
        case LimitReached(which=which):
            return f"limit reached: {which}"
        case Unknown(tag=tag):
            return f"{tag} · {took}"
        case _:
            assert_never(outcome)


def choice_words(answer: ModelFailedAnswer) -> str:
    """What the user wanted after a model call had failed."""
    return "you said: try again" if answer.choice == "retry" else "you said: stop"


def plan_words(answer: PlanAccepted | PlanRefused) -> str:
    if isinstance(answer, PlanRefused):
        return "you refused the plan"
    return f"you accepted the plan{', edited' if answer.plan else ''} · mode {answer.mode}"


def unknown_words(item: Unknown) -> str:
    """Why an item is not shown."""
    if isinstance(damage := item.extra.get("damage"), str):
        return f"A damaged row ({item.tag}) cannot be read: {damage}"
    return f"Written by a newer release: {item.tag}. Kept, not shown."


def pause_words(item: PauseItem) -> str:
    """How a pause ended."""
    return {"continue": "you continued", "redirect": "you redirected", "stop": "you stopped"}[item.how]


def approval_words(item: ApprovalItem) -> str:
    """What was answered, and the rule that came of it."""
    return "withdrawn" if item.answer == "withdrawn" else item.said or f"you said {item.answer}"


def wait_words(item: ApprovalItem | PauseItem | RetryItem) -> str:
    """What was waited for, for how long, and what came of it: `paused · 12 s · you continued`."""
    took = spoken_duration(item.duration_s)
    match item:
        case ApprovalItem(summary=summary):
            return f"asked: {summary} · {took} · {approval_words(item)}"
        case PauseItem():
            return f"paused · {took} · {pause_words(item)}"
        case RetryItem(attempt=attempt, error=error):
            return f"attempt {attempt} after {took} · {error}"
        case _:
            assert_never(item)


def rewind_words(item: RewindItem) -> str:
    """What was gone back to, and what became of the files."""
    if item.undoes:
        words = "the rewind was taken back"
    else:
        first = " ".join(item.prompt.split())
        subject = {"conversation": "the conversation", "files": "files", "both": "conversation and files"}[item.what]
        words = f"rewound {subject} to before “{first[:60]}{'…' if len(first) > 60 else ''}”"
    if item.what == "conversation":
        return words
    counts = ((item.restored, "restored"), (item.kept, "kept"), (item.failed, "failed"))
    told = ", ".join(f"{number} {what}" for number, what in counts if number)
    return f"{words} · {told or 'no file differs'}"


def user_words(item: UserItem) -> str:
    """What the user said, images by their names."""
    texts: list[str] = []
    for part in item.parts:
        match part:
            case TextPart(text=text):
                texts.append(text)
            case ImagePart(path=path):
                texts.append(f"[image {path}]")
            case Unknown():
                pass
            case _:
                assert_never(part)
    return "\n".join(texts)
