"""Turns the protocol's display blocks into sections. The only module of the widgets that knows the protocol; it is
imported with the first detail that is shown, not at start-up."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import cast

from codex_core.protocol import (
    Block,
    CommandBlock,
    DiffBlock,
    ImageBlock,
    PlanBlock,
    TableBlock,
    TextBlock,
)
from codex_tui.detail.facts import LANGUAGE as FACTS
from codex_tui.detail.facts import Facts, facts_text
from codex_tui.detail.markdown import Markdown
from codex_tui.detail.section import Section
from codex_tui.detail.text import Gap, Grid, Lines, Words
from codex_tui.diff.section import Diff
from codex_tui.glyphs import STEP, duration
from codex_tui.palette import BOLD


def sections(blocks: Sequence[Block], title: str) -> list[Section]:
    """The sections of `blocks`, an empty line between two blocks."""
    result: list[Section] = []
    for block in blocks:
        if result:
            result.append(Gap())
        result += _sections(block, title)
    return result


def arguments_block(arguments: str) -> TextBlock:
    """The arguments of a call as a block: indented if they are JSON, as they are if not."""
    try:
        text = json.dumps(json.loads(arguments), indent=2, ensure_ascii=False)
    except (ValueError, RecursionError):
        return TextBlock(text=arguments)
    return TextBlock(text=text, language="json")


def arguments_facts(arguments: str) -> TextBlock:
    """What a call was about, for reading: each argument by its name. As they are if they are no JSON object."""
    try:
        parsed = cast(object, json.loads(arguments))
    except (ValueError, RecursionError):
        return TextBlock(text=arguments)
    if not isinstance(parsed, dict):
        return arguments_block(arguments)
    named = cast(dict[str, object], parsed).items()
    return facts_block(*((name, value if isinstance(value, str) else json.dumps(value)) for name, value in named))


def facts_block(*facts: tuple[str, str]) -> TextBlock:
    """Names, each with what is so of it; a fact without a value is left out."""
    return TextBlock(text=facts_text(facts), language=FACTS)


def _sections(block: Block, title: str) -> list[Section]:
    match block:
        case TextBlock():
            if block.language == "markdown" and block.first_line is None:
                return [Markdown(block.text)]
            if block.language == FACTS:
                return [Facts(block.text)]
            if not block.language and block.first_line is None:
                return [Lines(block.text)]
            return [Lines(block.text, language=block.language, first_line=block.first_line)]
        case CommandBlock():
            return _command(block)
        case DiffBlock():
            return _diff(block, title)
        case PlanBlock():
            return _plan(block)
        case TableBlock():
            return [Grid(block.columns, block.rows)]
        case ImageBlock():
            return [Words(f"{block.path}  {block.mime}, {block.size_bytes:,} bytes", "muted", lead="▣ ")]
        case _:
            return [Words(f"a {block.tag or 'block'} that this version cannot show", "muted")]


def _command(block: CommandBlock) -> list[Section]:
    result: list[Section] = [Words(block.command, "text", attributes=BOLD, lead="$ ", lead_meaning="accent")]
    if block.output.strip("\n"):
        result += [Gap(), Lines(block.output.strip("\n"), reveal=False)]
    facts: list[str] = []
    if block.exit_code is not None:
        facts.append(f"exit {block.exit_code}")
    if block.duration_s:
        facts.append(duration(block.duration_s))
    if block.cut_bytes:
        facts.append(f"{block.cut_bytes:,} bytes left out of the middle")
    if block.sandbox:
        facts.append(block.sandbox)
    if facts:
        failed = block.exit_code not in (0, None)
        result += [Gap(), Words(" · ".join(facts), "danger" if failed else "muted")]
    return result


def _diff(block: DiffBlock, title: str) -> list[Section]:
    result: list[Section] = []
    alone = len(block.files) == 1 and block.files[0].path in title and block.files[0].old_path is None
    for file in block.files:
        if result:
            result.append(Gap())
        result.append(Diff(file, header=not alone))
    return result


def _plan(block: PlanBlock) -> list[Section]:
    result: list[Section] = [Words(block.explanation, "muted"), Gap()] if block.explanation.strip() else []
    for step in block.steps:
        glyph, meaning = STEP[step.status]
        words = "muted" if step.status == "completed" else "text"
        attributes = BOLD if step.status == "in_progress" else 0
        result.append(Words(step.text, words, attributes=attributes, lead=f"{glyph} ", lead_meaning=meaning))
    return result


def without_language(block: Block) -> Block:
    """The block with the same lines, drawn without their colours."""
    if isinstance(block, TextBlock) and block.language not in ("markdown", FACTS):
        return replace(block, language="")
    return block


def words_of(block: Block) -> str:
    """The text of a block, to be searched."""
    match block:
        case TextBlock():
            return block.text
        case CommandBlock():
            return f"{block.command}\n{block.output}\n{block.sandbox}"
        case DiffBlock():
            return "\n".join([f"{file.path}\n{file.unified}" for file in block.files])
        case PlanBlock():
            return "\n".join([block.explanation, *[step.text for step in block.steps]])
        case TableBlock():
            return "\n".join([" ".join(row) for row in (block.columns, *block.rows)])
        case _:
            return ""
