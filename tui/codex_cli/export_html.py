"""A session as one HTML page that looks like the app and needs nothing else: no script, no font, no network.

All text of models, programs and people goes through `_text` or `_code`: first made harmless as for the terminal
(escape sequences, characters that reorder or hide), then escaped.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Mapping
from typing import assert_never

from codex_cli.audit_words import audit_words
from codex_cli.export_style import style
from codex_cli.export_words import file_words, time_words, used_words
from codex_cli.session_json import WholeSession
from codex_cli.session_text import NOT_SENT, waiting_words
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
from codex_tui.glyphs import LEVEL, STATUS, STEP, duration
from codex_tui.labels import subject_of, verb_of
from codex_tui.sanitize import sanitize, sanitize_line

_FENCE = re.compile(r"^(`{3,}|~{3,})[^\n]*\n(.*?)(?:^\1`*[ ]*$|\Z)", re.MULTILINE | re.DOTALL)
_INLINE = re.compile(r"`([^`\n]+)`|\*\*([^*\n]+)\*\*")


def as_html(session: WholeSession) -> str:
    summary = session.summary
    title = _line(summary.title or "(untitled)")
    facts = [
        *(str(summary.workspace), summary.model, time_words(summary.created_at), f"{summary.item_count} items"),
        used_words(session.usage),
    ]
    results = {item.call_id: item for item in session.items if isinstance(item, ToolResultItem)}
    parts = [part for item in session.items for part in _item(item, results)]
    parts += [_row("user", "›", _text(f"{waiting_words(each)}\n({NOT_SENT})")) for each in session.waiting]
    body = "\n".join(parts)
    return f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{title} · codex-py</title>
<style>
{style()}</style>
</head>
<body>
<main>
<header><h1>{title}</h1><p>{_line(" · ".join(fact for fact in facts if fact))}</p><p>{_line(summary.id)}</p></header>
{body}
{_audit(session)}
</main>
</body>
</html>
"""


def _item(item: Item, results: Mapping[str, ToolResultItem]) -> Iterator[str]:
    match item:
        case UserItem(origin="context") | ToolResultItem() | StepItem():
            pass  # a result stands with its call
        case UserItem():
            yield _row("user", "›", _text(spoken.user_words(item)))
        case AssistantItem(text=text, truncated=truncated):
            if text:
                yield _row("agent", "●", _prose(text + (" …" if truncated else "")))
        case ReasoningItem(text=text):
            if text.strip():
                yield _row("thought", "✻", f"<details><summary>thought</summary>{_text(text)}</details>")
        case ToolCallItem():
            yield _call(item, results.get(item.call_id))
        case CompactionItem(summary=summary):
            yield _row("notice", "·", f"<details><summary>compacted</summary>{_prose(summary)}</details>")
        case NoticeItem(level=level, text=text):
            yield _row(f"notice {level}", LEVEL.get(level, ("·", ""))[0], _text(text))
        case AnswerItem(answer=QuestionAnswer(text=text)):
            yield _row("user", "›", _text(text))
        case AnswerItem(answer=ModelFailedAnswer() as answer):
            yield _row("notice", "·", _text(f"the model call failed · {spoken.choice_words(answer)}"))
        case AnswerItem(answer=(PlanAccepted() | PlanRefused()) as answer):
            yield _row("notice", "·", _text(spoken.plan_words(answer)))
        case AnswerItem():
            pass
        case ApprovalItem() | PauseItem() | RetryItem():
            yield _row("notice", "·", _text(spoken.wait_words(item)))
        case TurnEndItem(outcome=outcome, duration_s=duration_s):
            yield f'<p class="end">{_line(spoken.ending_words(outcome, duration_s))}</p>'
        case RewindItem():
            yield _row("notice", "·", _text(spoken.rewind_words(item)))
        case Unknown():
            yield _row("notice", "·", _text(spoken.unknown_words(item)))
        case _:
            assert_never(item)


def _call(call: ToolCallItem, result: ToolResultItem | None) -> str:
    status = result.status if result is not None else "interrupted"
    facts = [status] if status != "ok" else []
    blocks: tuple[Block, ...] = ()
    if result is not None:
        blocks = result.display or ((TextBlock(text=result.output),) if result.output else ())
        files = [file for block in blocks if isinstance(block, DiffBlock) for file in block.files]
        if files:
            facts.append(f"+{sum(file.added for file in files)} −{sum(file.removed for file in files)}")
        facts.append(duration(result.duration_s))
        facts += [f"exit {block.exit_code}" for block in blocks if isinstance(block, CommandBlock) and block.exit_code]
    verb = "!" if call.by == "user" else verb_of(call.name)
    named = f"<b>{_line(verb)}</b> {_line(subject_of(call.arguments))}"
    is_telling = status != "ok" or any(isinstance(block, DiffBlock | PlanBlock) for block in blocks)
    is_open = " open" if is_telling else ""
    shown = "".join(map(_block, blocks)) + f"<details><summary>arguments</summary>{_code(call.arguments)}</details>"
    summary = f'<summary>{named} <span class="facts">{_line(" · ".join(facts))}</span></summary>'
    return _row(status, STATUS.get(status, ("·", ""))[0], f"<details{is_open}>{summary}{shown}</details>")


def _block(block: Block) -> str:
    match block:
        case TextBlock(text=text):
            return _code(text)
        case CommandBlock(command=command, output=output):
            return _code(f"$ {command}\n{output}")
        case DiffBlock(files=files):
            return "".join(f'<p class="facts">{_line(file_words(file))}</p>{_diff(file.unified)}' for file in files)
        case PlanBlock(steps=steps, explanation=explanation):
            told = _text(explanation) if explanation else ""
            return told + "".join(_row("step", STEP[step.status][0], _text(step.text)) for step in steps)
        case ImageBlock(path=path, size_bytes=size):
            return f'<p class="facts">{_line(f"image {path}, {size:,} bytes")}</p>'
        case TableBlock(columns=columns, rows=rows):
            head = "".join(f"<th>{_line(name)}</th>" for name in columns)
            body = "".join(f"<tr>{''.join(f'<td>{_line(cell)}</td>' for cell in row)}</tr>" for row in rows)
            return f"<table><tr>{head}</tr>{body}</table>"
        case Unknown():
            return ""
        case _:
            assert_never(block)


def _audit(session: WholeSession) -> str:
    if not session.audit:
        return ""
    rows = "".join(
        f"<tr><td>{_line(time_words(line.at))}</td><td>{_line(audit_words(line.entry))}</td></tr>"
        for line in session.audit
    )
    return f'<h2>Audit log</h2>\n<table class="audit">{rows}</table>'


def _row(kind: str, sign: str, content: str) -> str:
    return f'<div class="row {kind}"><span class="sign">{sign}</span><div>{content}</div></div>'


def _prose(text: str) -> str:
    """Markdown, as far as it matters for reading: code stands out, the rest stands as it was written."""
    parts: list[str] = []
    at = 0
    for fence in _FENCE.finditer(text):
        parts += [_text(text[at : fence.start()]), _code(fence.group(2))]
        at = fence.end()
    parts.append(_text(text[at:]))
    return "".join(parts)


def _text(text: str) -> str:
    if not text.strip():
        return ""
    return f'<p class="text">{_INLINE.sub(_inline, html.escape(sanitize(text).strip(chr(10))))}</p>'


def _inline(match: re.Match[str]) -> str:
    code, strong = match.groups()
    return f"<code>{code}</code>" if code is not None else f"<strong>{strong}</strong>"


def _code(text: str) -> str:
    return f"<pre><code>{html.escape(sanitize(text.rstrip(chr(10)), reveal=True))}</code></pre>" if text.strip() else ""


def _diff(unified: str) -> str:
    if not unified:
        return ""
    kinds = {"+": "added", "-": "removed", "@": "hunk"}
    lines = [
        f'<span class="{kinds.get(line[:1], "same")}">{html.escape(line)}</span>'
        for line in sanitize(unified.rstrip("\n"), reveal=True).split("\n")
    ]
    return f'<pre class="diff">{"".join(lines)}</pre>'


def _line(text: str) -> str:
    return html.escape(sanitize_line(text, reveal=True))
