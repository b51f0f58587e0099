"""Splits markdown into blocks, line by line. A block is final once nothing that follows can change it.

What the blocks are depends on the lines alone, never on the pieces in which they arrived. `Document.preview` shows what
the unfinished last line would make of the open block, without committing to it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TypeAlias

from codex_tui.code.text import CodeText
from codex_tui.markdown.line_forms import (
    DELIMITER,
    FENCE,
    HEADING,
    ITEM,
    QUOTE,
    RULE,
    TASK,
    UNDERLINE,
    Align,
    align_of,
    begins_block,
    cells_of,
    indent_of,
    is_undecided,
    language_of,
    may_become_table,
)
from codex_tui.markdown.references import References, may_define

PARAGRAPH_LIMIT = 6_000
"""Characters after which a paragraph is cut in two: it is read again with every piece that arrives."""
DEPTH_LIMIT = 8
"""Lists in lists and quotes in quotes; what is deeper is text."""


@dataclass(slots=True)
class Block:
    """Part of a document. `gap`: an empty line belongs above it."""

    gap: bool = False
    final: bool = False
    drawn: object = None
    """Kept by the renderer."""


@dataclass(slots=True)
class Heading(Block):
    level: int = 1
    text: str = ""


@dataclass(slots=True)
class Paragraph(Block):
    lines: list[str] = field(default_factory=list[str])
    size: int = 0


@dataclass(slots=True)
class Rule(Block):
    pass


@dataclass(slots=True)
class Fence(Block):
    fence: str = ""
    """The marker that closes it; empty for code by indentation."""
    indent: int = 0
    code: CodeText = field(default_factory=CodeText)
    empty: int = 0
    """Empty lines at the end of code by indentation, not in `code` yet."""
    partial: str | None = None
    """The unfinished last line, in a preview."""


@dataclass(slots=True)
class Table(Block):
    header: list[str] = field(default_factory=list[str])
    aligns: list[Align] = field(default_factory=list[Align])
    rows: list[list[str]] = field(default_factory=list[list[str]])
    layout: list[object] = field(default_factory=list[object])
    """Kept by the renderer; shared with previews."""


@dataclass(slots=True)
class Quote(Block):
    body: Document = field(default_factory=lambda: Document())


@dataclass(slots=True)
class ListItem(Block):
    marker: str = "-"
    number: int | None = None
    task: bool | None = None
    """Whether it is ticked; None if it is no task."""
    indent: int = 2
    depth: int = 0
    body: Document = field(default_factory=lambda: Document())


AnyBlock: TypeAlias = Heading | Paragraph | Rule | Fence | Table | Quote | ListItem


class Document:
    """Blocks in the order of the text; only the last one may be open."""

    __slots__ = ("_blank", "blocks", "depth", "list_depth", "references")

    def __init__(self, depth: int = 0, list_depth: int = 0, references: References | None = None) -> None:
        """`references`: of the document that this one is part of. A trial has its own, so that it defines nothing."""
        self.references = References() if references is None else references
        self.blocks: list[AnyBlock] = []
        self.depth = depth
        self.list_depth = list_depth
        self._blank = False

    @property
    def open(self) -> AnyBlock | None:
        return self.blocks[-1] if self.blocks and not self.blocks[-1].final else None

    def close(self) -> None:
        """The text is over."""
        if (block := self.open) is not None:
            _finish(block)

    def feed(self, line: str) -> None:
        """Add a line: printable, without its line break, tabs expanded."""
        block = self.open
        if block is not None and self._continue(block, line):
            return
        if not line.strip():
            self.close()
            self._blank = True
            return
        if isinstance(block, Paragraph) and self._grow(block, line):
            return
        self.close()
        if not self.references.take(line):
            self._begin(line)

    def preview(self, partial: str) -> list[AnyBlock]:
        """What follows the final blocks, if the text ended with the unfinished line `partial`. Changes nothing."""
        trial = Document(self.depth, self.list_depth)
        trial._blank = self._blank
        trial.blocks = self.blocks[-1:]
        kept = 1 if trial.blocks else 0
        if (block := trial.open) is not None:
            trial.blocks[-1] = _fork(block)
            kept = 0
        if partial.strip() and not self.undecided(partial):
            trial._feed_partial(partial)
        blocks = trial.blocks[kept:]
        if blocks and isinstance(last := blocks[-1], Paragraph) and not last.final and may_become_table(last.lines):
            blocks.pop()
        return blocks

    def undecided(self, partial: str) -> bool:
        """Whether `partial` may still turn into a marker, and so is better not shown yet."""
        block = self.open
        match block:
            case Fence(fence=fence):
                return bool(fence) and partial.strip(" ") != "" and not partial.strip(" ").strip(fence[0])
            case Table():
                return True  # rows come whole, the layout would jump otherwise
            case ListItem() if indent_of(partial) >= block.indent:
                return block.body.undecided(partial[block.indent :])
            case Quote() if match := QUOTE.fullmatch(partial):
                return block.body.undecided(match.group(1))
            case _:
                pass
        if match := QUOTE.fullmatch(partial):
            return not match.group(1).strip() or is_undecided(match.group(1), in_quote=True)
        return is_undecided(partial) or (not self.in_paragraph and may_define(partial))

    def _feed_partial(self, partial: str) -> None:
        block = self.open
        match block:
            case Fence():
                block.partial = partial[min(block.indent, indent_of(partial)) :]
            case ListItem() if indent_of(partial) >= block.indent:
                block.body._feed_partial(partial[block.indent :])
            case Quote() if match := QUOTE.fullmatch(partial):
                block.body._feed_partial(match.group(1))
            case _:
                self.feed(partial)

    def _continue(self, block: AnyBlock, line: str) -> bool:
        """Give the line to the open block if it is certainly its own."""
        match block:
            case Fence():
                return self._continue_fence(block, line)
            case ListItem():
                return self._continue_item(block, line)
            case Quote():
                if match := QUOTE.fullmatch(line):
                    block.body.feed(match.group(1))
                    return True
                return self._continue_lazily(block.body, line)
            case Table():
                if "|" in line:
                    cells = cells_of(line)
                    block.rows.append((cells + [""] * len(block.header))[: len(block.header)])
                    return True
                return False
            case _:
                return False

    def _continue_fence(self, block: Fence, line: str) -> bool:
        stripped = line.strip(" ")
        if not block.fence:
            if not stripped:
                block.empty += 1  # part of the code only if more of it follows
                return True
            if indent_of(line) < 4:
                self._blank = block.empty > 0
                return False
            for _ in range(block.empty):
                block.code.append("")
            block.empty = 0
            block.code.append(line[4:])
            return True
        closes = len(stripped) >= len(block.fence) and not stripped.strip(block.fence[0])
        if closes and indent_of(line) <= block.indent + 3:
            _finish(block)
        else:
            block.code.append(line[min(block.indent, indent_of(line)) :])
        return True

    def _continue_item(self, block: ListItem, line: str) -> bool:
        if not line.strip():
            block.body.feed("")
            return True
        if indent_of(line) >= block.indent:
            block.body.feed(line[block.indent :])
            return True
        if self._continue_lazily(block.body, line):
            return True
        # Whether the next item of a list stands apart was decided by the author, inside this one.
        self._blank = block.body.ends_blank
        return False

    @property
    def ends_blank(self) -> bool:
        """Whether the text so far ends with an empty line."""
        block = self.open
        match block:
            case ListItem(body=body) | Quote(body=body):
                return body.ends_blank
            case _:
                return self._blank

    def _continue_lazily(self, body: Document, line: str) -> bool:
        """A paragraph goes on in the next line even if that has lost its markers."""
        if not body.in_paragraph or not line.strip() or begins_block(line, in_list=True):
            return False
        body.feed(line.lstrip())
        return True

    @property
    def in_paragraph(self) -> bool:
        match self.open:
            case Paragraph():
                return True
            case ListItem(body=body) | Quote(body=body):
                return body.in_paragraph
            case _:
                return False

    def _grow(self, block: Paragraph, line: str) -> bool:
        """Give the line to the open paragraph, unless it begins something else or turns the paragraph into it."""
        if DELIMITER.fullmatch(line) and self._become_table(block, line):
            return True
        if UNDERLINE.fullmatch(line) and block.lines:
            text = "\n".join(block.lines)
            level = 1 if "=" in line else 2
            self.blocks[-1] = Heading(gap=block.gap, final=True, level=level, text=text.strip())
            self._blank = False
            return True
        if begins_block(line):
            return False
        if block.size > PARAGRAPH_LIMIT:
            _finish(block)
            self.blocks.append(Paragraph(lines=[line.lstrip()], size=len(line)))
            return True
        block.lines.append(line.lstrip())
        block.size += len(line)
        return True

    def _become_table(self, block: Paragraph, line: str) -> bool:
        header, marks = cells_of(block.lines[-1]), cells_of(line)
        if "|" not in block.lines[-1] or len(header) != len(marks):
            return False
        table = Table(gap=block.gap, header=header, aligns=[align_of(mark) for mark in marks])
        if len(block.lines) > 1:
            block.lines.pop()
            _finish(block)
            table.gap = True
            self.blocks.append(table)
        else:
            self.blocks[-1] = table
        return True

    def _begin(self, line: str) -> None:
        previous = self.blocks[-1] if self.blocks else None
        block = self._make(line, previous)
        # At the top of the text blocks stand apart; inside a list item only where the author left a line empty.
        apart = self._blank or (self.list_depth == 0 and not isinstance(block, ListItem | Heading))
        if isinstance(block, ListItem) and isinstance(previous, ListItem):
            apart = self._blank or _kind(previous) != _kind(block)
        elif isinstance(block, Heading) or (isinstance(block, ListItem) and self.list_depth == 0):
            apart = True
        block.gap = previous is not None and apart
        self._blank = False
        self.blocks.append(block)

    def _make(self, line: str, previous: AnyBlock | None) -> AnyBlock:
        if indent_of(line) >= 4 and not isinstance(previous, ListItem):
            code = CodeText()
            code.append(line[4:])
            return Fence(code=code)
        line = line.lstrip() if isinstance(previous, ListItem) and indent_of(line) >= 4 else line
        if match := HEADING.fullmatch(line):
            return Heading(final=True, level=len(match.group(1)), text=(match.group(2) or "").strip())
        if RULE.fullmatch(line):
            return Rule(final=True)
        if match := FENCE.fullmatch(line):
            return Fence(fence=match.group(2), indent=len(match.group(1)), code=CodeText(language_of(match.group(3))))
        if self.depth < DEPTH_LIMIT:
            if match := QUOTE.fullmatch(line):
                quote = Quote(body=Document(self.depth + 1, self.list_depth, self.references))
                quote.body.feed(match.group(1))
                return quote
            if match := ITEM.fullmatch(line):
                return self._make_item(match, previous)
        return Paragraph(lines=[line.lstrip()], size=len(line))

    def _make_item(self, match: re.Match[str], previous: AnyBlock | None) -> ListItem:
        lead, marker, space, text = match.group(1), match.group(2), match.group(3) or " ", match.group(4) or ""
        if len(space) > 4:  # code inside the item
            text, space = space[1:] + text, " "
        number = int(marker[:-1]) if marker[:-1] else None
        item = ListItem(marker=marker[-1], number=number, indent=len(lead) + len(marker) + len(space))
        if number is not None and isinstance(previous, ListItem) and _kind(previous) == _kind(item):
            item.number = (previous.number or 0) + 1
        if task := TASK.fullmatch(text):
            item.task = task.group(1) != " "
            text = task.group(2)
        item.depth = self.list_depth
        item.body = Document(self.depth + 1, self.list_depth + 1, self.references)
        if text.strip():
            item.body.feed(text)
        return item


def _finish(block: AnyBlock) -> None:
    match block:
        case ListItem(body=body) | Quote(body=body):
            body.close()
        case Fence():
            block.code.close()
        case _:
            pass
    block.final = True


def _fork(block: AnyBlock) -> AnyBlock:
    """A copy of an open block that may grow by one line without touching the original."""
    match block:
        case Paragraph():
            return Paragraph(gap=block.gap, lines=block.lines.copy(), size=block.size)
        case Fence():
            return Fence(gap=block.gap, fence=block.fence, indent=block.indent, code=block.code)
        case Table():
            rows = block.rows.copy()
            return Table(gap=block.gap, header=block.header, aligns=block.aligns, rows=rows, layout=block.layout)
        case Quote():
            return Quote(gap=block.gap, body=_fork_document(block.body))
        case ListItem():
            return ListItem(
                gap=block.gap,
                marker=block.marker,
                number=block.number,
                task=block.task,
                indent=block.indent,
                depth=block.depth,
                body=_fork_document(block.body),
            )
        case _:
            return block


def _fork_document(document: Document) -> Document:
    fork = Document(document.depth, document.list_depth)
    fork._blank = document._blank  # pyright: ignore[reportPrivateUsage]
    fork.blocks = document.blocks.copy()
    if (block := fork.open) is not None:
        fork.blocks[-1] = _fork(block)
    return fork


def _kind(item: ListItem) -> tuple[str, bool]:
    return (item.marker, item.number is None)
