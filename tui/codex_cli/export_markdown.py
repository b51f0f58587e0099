"""A session as Markdown: what was said as it was said, what was done in fences that nothing in them can end."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import assert_never

from codex_cli.audit_words import audit_words
from codex_cli.export_words import file_words, time_words, used_words
from codex_cli.session_json import WholeSession
from codex_cli.session_text import NOT_SENT, step_words, waiting_words
from codex_core.protocol import (
    AnswerItem,
    ApprovalItem,
    AssistantItem,
    Block,
    CommandBlock,
    CompactionItem,
    DiffBlock,
    ImageBlock,
    Item,
    ModelFailedAnswer,
    NoticeItem,
    PauseItem,
    PlanAccepted,
    PlanBlock,
    PlanRefused,
    QuestionAnswer,
    ReasoningItem,
    RetryItem,
    RewindItem,
    StepItem,
    TableBlock,
    TextBlock,
    ToolCallItem,
    ToolResultItem,
    TurnEndItem,
    Unknown,
    UserItem,
)
from codex_tui import spoken
from codex_tui.glyphs import STATUS, STEP, duration
from codex_tui.labels import subject_of, verb_of
from codex_tui.sanitize import sanitize, sanitize_line

_MARKS = re.compile(r"([\\`*_\[\]<>#|~])")
_FENCE = re.compile(r" {0,3}(`{3,}(?=[^`]*$)|~{3,})")
_CODE = re.compile(r"((`+)(?!`).*?(?<!`)\2(?!`))")


def as_markdown(session: WholeSession) -> str:
    summary = session.summary
    lines = [
        f"# {_plain(summary.title) or '(untitled)'}",
        "",
        f"- session `{summary.id}`",
        f"- folder {_plain(str(summary.workspace))}",
        f"- model {_plain(summary.model) or '?'}",
        f"- {time_words(summary.created_at)} to {time_words(summary.updated_at)}, {summary.item_count} items",
    ]
    if used := used_words(session.usage):
        lines.append(f"- used {used}")
    for item in session.items:
        lines += _item(item)
    for waiting in session.waiting:
        lines += ["", f"## You ({NOT_SENT})", "", *_quoted(waiting_words(waiting))]
    if session.audit:
        lines += ["", "## Audit log", ""]
        lines += [f"- {time_words(line.at)} {_plain(audit_words(line.entry))}" for line in session.audit]
    return "\n".join(lines) + "\n"


def _item(item: Item) -> list[str]:
    match item:
        case UserItem(origin="context") | Unknown():
            return []
        case UserItem():
            return ["", "## You", "", *_quoted(spoken.user_words(item))]
        case AssistantItem(text=text, truncated=truncated):
            return ["", "## Agent", "", *_prose(text + (" …" if truncated else ""))] if text else []
        case ReasoningItem(text=text):
            return ["", "### Thought", "", *_quoted(text)] if text.strip() else []
        case ToolCallItem(by="user", arguments=arguments):
            return ["", "## You", "", *fenced(f"! {subject_of(arguments)}", "console")]
        case ToolCallItem(name=name, arguments=arguments):
            return ["", f"### {_plain(verb_of(name))}", "", *fenced(_arguments(arguments), "json")]
        case ToolResultItem():
            return _result(item)
        case CompactionItem(summary=summary):
            return ["", "### Summary of what came before", "", *_quoted(summary)]
        case NoticeItem(level=level, text=text):
            return ["", f"*{level}: {_plain(text)}*"]
        case RewindItem():
            return ["", f"*{_plain(spoken.rewind_words(item))}*"]
        case StepItem():
            return ["", f"*model {_plain(step_words(item))}*"]
        case AnswerItem(answer=QuestionAnswer(text=text)):
            return ["", "## You", "", *_quoted(text)]
        case AnswerItem(answer=ModelFailedAnswer() as answer):
            return ["", f"*the model call failed, {spoken.choice_words(answer)}*"]
        case AnswerItem(answer=(PlanAccepted() | PlanRefused()) as answer):
            return ["", f"*{_plain(spoken.plan_words(answer))}*"]
        case AnswerItem():
            return []
        case ApprovalItem() | PauseItem() | RetryItem():
            return ["", f"*{_plain(spoken.wait_words(item))}*"]
        case TurnEndItem(outcome=outcome, duration_s=duration_s):
            return ["", f"*{_plain(spoken.ending_words(outcome, duration_s))}*", "", "---"]
        case _:
            assert_never(item)


def _result(item: ToolResultItem) -> list[str]:
    glyph, _ = STATUS.get(item.status, ("·", ""))
    lines = ["", f"{glyph} {item.status}, {duration(item.duration_s)}"]
    shown = [line for block in item.display for line in _block(block)]
    return lines + (shown or ["", *fenced(item.output)])


def _block(block: Block) -> Iterator[str]:
    match block:
        case TextBlock(text=text):
            yield from ("", *fenced(text))
        case CommandBlock(command=command, output=output, exit_code=code):
            yield from ("", *fenced(f"$ {command}\n{output}".rstrip("\n"), "console"))
            if code:
                yield from ("", f"exit {code}")
        case DiffBlock(files=files):
            for file in files:
                yield from ("", f"**{_plain(file_words(file))}**", "", *fenced(file.unified, "diff"))
        case PlanBlock(steps=steps):
            yield ""
            yield from (f"- {STEP[step.status][0]} {_plain(step.text)}" for step in steps)
        case ImageBlock(path=path, size_bytes=size):
            yield from ("", f"[image {_plain(path)}, {size:,} bytes]")
        case TableBlock(columns=columns, rows=rows):
            yield from ("", *(f"| {' | '.join(map(_plain, row))} |" for row in (columns, ("---",) * len(columns))))
            yield from (f"| {' | '.join(map(_plain, row))} |" for row in rows)
        case Unknown():
            pass
        case _:
            assert_never(block)


def fenced(text: str, language: str = "") -> list[str]:
    """`text` as a code block, in a fence longer than any in it."""
    text = sanitize(text.rstrip("\n"), reveal=True)
    longest = max((len(run) for run in re.findall(r"`{3,}", text)), default=2)
    fence = "`" * (longest + 1)
    return [f"{fence}{language}", *text.split("\n"), fence]


def _arguments(arguments: str) -> str:
    try:
        return json.dumps(json.loads(arguments or "{}"), indent=1, ensure_ascii=False)
    except (ValueError, RecursionError):
        return arguments


def _prose(text: str) -> list[str]:
    """Markdown as it was written, but that nothing in it reaches beyond its end, hides what follows or is fetched."""
    lines: list[str] = []
    fence = ""
    for line in sanitize(text).split("\n"):
        lines.append(line if fence else _harmless(line))
        if found := _FENCE.match(line):
            if not fence:
                fence = found[1]
            elif found[1].startswith(fence) and not line.strip(fence[0] + " \t"):
                fence = ""
    return [*lines, fence] if fence else lines


def _harmless(line: str) -> str:
    """Without tags of HTML (a comment would hide the rest of the page) and pictures from elsewhere; code is kept."""
    parts = _CODE.split(line)
    for at in range(0, len(parts), 3):  # text, code, its backticks, text, …
        parts[at] = parts[at].replace("<", "&lt;").replace("![", "!\\[")
    return "".join(part for at, part in enumerate(parts) if at % 3 != 2)


def _quoted(text: str) -> list[str]:
    return [f"> {line}".rstrip() for line in _prose(text)]


def _plain(text: str) -> str:
    return _MARKS.sub(r"\\\1", sanitize_line(text))
