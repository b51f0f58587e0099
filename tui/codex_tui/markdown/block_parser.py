"""Splits markdown into blocks, line by line.

What the blocks are depends on the lines alone, never on the pieces in which they arrived.
"""

from __future__ import annotations

import re

from codex_tui.code.text import CodeText
from codex_tui.markdown.blocks import (
    AnyBlock,
    Document,
    Fence,
    Heading,
    ListItem,
    Paragraph,
    Quote,
    Rule,
    Table,
    finish,
)
from codex_tui.markdown.line_forms import (
    DELIMITER,
    FENCE,
    HEADING,
    ITEM,
    QUOTE,
    RULE,
    TASK,
    UNDERLINE,
    align_of,
    begins_block,
    cells_of,
    indent_of,
    language_of,
)

PARAGRAPH_LIMIT = 6_000
"""Characters after which a paragraph is cut in two: it is read again with every piece that arrives."""
DEPTH_LIMIT = 8
"""Lists in lists and quotes in quotes; what is deeper is text."""


def feed(document: Document, line: str) -> None:
    """Add a line: printable, without its line break, tabs expanded."""
    block = document.open
    if block is not None and _continue(document, block, line):
        return
    if not line.strip():
        document.close()
        document.after_blank = True
        return
    if isinstance(block, Paragraph) and _grow(document, block, line):
        return
    document.close()
    if not document.references.take(line):
        _begin(document, line)


def _continue(document: Document, block: AnyBlock, line: str) -> bool:
    """Give the line to the open block if it is certainly its own."""
    match block:
        case Fence():
            return _continue_fence(document, block, line)
        case ListItem():
            return _continue_item(document, block, line)
        case Quote():
            if match := QUOTE.fullmatch(line):
                feed(block.body, match.group(1))
                return True
            return _continue_lazily(block.body, line)
        case Table():
            if "|" in line:
                cells = cells_of(line)
                block.rows.append((cells + [""] * len(block.header))[: len(block.header)])
                return True
            return False
        case _:
            return False


def _continue_fence(document: Document, block: Fence, line: str) -> bool:
    stripped = line.strip(" ")
    if not block.fence:
        if not stripped:
            block.empty += 1  # part of the code only if more of it follows
            return True
        if indent_of(line) < 4:
            document.after_blank = block.empty > 0
            return False
        for _ in range(block.empty):
            block.code.append("")
        block.empty = 0
        block.code.append(line[4:])
        return True
    closes = len(stripped) >= len(block.fence) and not stripped.strip(block.fence[0])
    if closes and indent_of(line) <= block.indent + 3:
        finish(block)
    else:
        block.code.append(line[min(block.indent, indent_of(line)) :])
    return True


def _continue_item(document: Document, block: ListItem, line: str) -> bool:
    if not line.strip():
        feed(block.body, "")
        return True
    if indent_of(line) >= block.indent:
        feed(block.body, line[block.indent :])
        return True
    if _continue_lazily(block.body, line):
        return True
    # Whether the next item of a list stands apart was decided by the author, inside this one.
    document.after_blank = block.body.ends_blank
    return False


def _continue_lazily(body: Document, line: str) -> bool:
    """A paragraph goes on in the next line even if that has lost its markers."""
    if not body.in_paragraph or not line.strip() or begins_block(line, in_list=True):
        return False
    feed(body, line.lstrip())
    return True


def _grow(document: Document, block: Paragraph, line: str) -> bool:
    """Give the line to the open paragraph, unless it begins something else or turns the paragraph into it."""
    if DELIMITER.fullmatch(line) and _become_table(document, block, line):
        return True
    if UNDERLINE.fullmatch(line) and block.lines:
        text = "\n".join(block.lines)
        level = 1 if "=" in line else 2
        document.blocks[-1] = Heading(gap=block.gap, final=True, level=level, text=text.strip())
        document.after_blank = False
        return True
    if begins_block(line):
        return False
    if block.size > PARAGRAPH_LIMIT:
        finish(block)
        document.blocks.append(Paragraph(lines=[line.lstrip()], size=len(line)))
        return True
    block.lines.append(line.lstrip())
    block.size += len(line)
    return True


def _become_table(document: Document, block: Paragraph, line: str) -> bool:
    header, marks = cells_of(block.lines[-1]), cells_of(line)
    if "|" not in block.lines[-1] or len(header) != len(marks):
        return False
    table = Table(gap=block.gap, header=header, aligns=[align_of(mark) for mark in marks])
    if len(block.lines) > 1:
        block.lines.pop()
        finish(block)
        table.gap = True
        document.blocks.append(table)
    else:
        document.blocks[-1] = table
    return True


def _begin(document: Document, line: str) -> None:
    previous = document.blocks[-1] if document.blocks else None
    block = _make(document, line, previous)
    # At the top of the text blocks stand apart; inside a list item only where the author left a line empty.
    apart = document.after_blank or (document.list_depth == 0 and not isinstance(block, ListItem | Heading))
    if isinstance(block, ListItem) and isinstance(previous, ListItem):
        apart = document.after_blank or _kind(previous) != _kind(block)
    elif isinstance(block, Heading) or (isinstance(block, ListItem) and document.list_depth == 0):
        apart = True
    block.gap = previous is not None and apart
    document.after_blank = False
    document.blocks.append(block)


def _make(document: Document, line: str, previous: AnyBlock | None) -> AnyBlock:
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
    if document.depth < DEPTH_LIMIT:
        if match := QUOTE.fullmatch(line):
            quote = Quote(body=Document(document.depth + 1, document.list_depth, document.references))
            feed(quote.body, match.group(1))
            return quote
        if match := ITEM.fullmatch(line):
            return _make_item(document, match, previous)
    return Paragraph(lines=[line.lstrip()], size=len(line))


def _make_item(document: Document, match: re.Match[str], previous: AnyBlock | None) -> ListItem:
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
    item.depth = document.list_depth
    item.body = Document(document.depth + 1, document.list_depth + 1, document.references)
    if text.strip():
        feed(item.body, text)
    return item


def _kind(item: ListItem) -> tuple[str, bool]:
    return (item.marker, item.number is None)
