"""What the unfinished last line of a text would make of the blocks so far, without committing to it."""

from __future__ import annotations

from codex_tui.markdown.block_parser import feed
from codex_tui.markdown.blocks import AnyBlock, Document, Fence, ListItem, Paragraph, Quote, Table
from codex_tui.markdown.line_forms import QUOTE, indent_of, is_undecided, may_become_table
from codex_tui.markdown.references import may_define


def preview(document: Document, partial: str) -> list[AnyBlock]:
    """What follows the final blocks, if the text ended with the unfinished line `partial`. Changes nothing."""
    trial = Document(document.depth, document.list_depth)
    trial.after_blank = document.after_blank
    trial.blocks = document.blocks[-1:]
    kept = 1 if trial.blocks else 0
    if (block := trial.open) is not None:
        trial.blocks[-1] = _fork(block)
        kept = 0
    if partial.strip() and not _is_undecided(document, partial):
        _feed(trial, partial)
    blocks = trial.blocks[kept:]
    if blocks and isinstance(last := blocks[-1], Paragraph) and not last.final and may_become_table(last.lines):
        blocks.pop()
    return blocks


def _is_undecided(document: Document, partial: str) -> bool:
    """Whether `partial` may still turn into a marker, and so is better not shown yet."""
    block = document.open
    match block:
        case Fence(fence=fence):
            return bool(fence) and partial.strip(" ") != "" and not partial.strip(" ").strip(fence[0])
        case Table():
            return True  # rows come whole, the layout would jump otherwise
        case ListItem() if indent_of(partial) >= block.indent:
            return _is_undecided(block.body, partial[block.indent :])
        case Quote() if match := QUOTE.fullmatch(partial):
            return _is_undecided(block.body, match.group(1))
        case _:
            pass
    if match := QUOTE.fullmatch(partial):
        return not match.group(1).strip() or is_undecided(match.group(1), in_quote=True)
    return is_undecided(partial) or (not document.in_paragraph and may_define(partial))


def _feed(document: Document, partial: str) -> None:
    block = document.open
    match block:
        case Fence():
            block.partial = partial[min(block.indent, indent_of(partial)) :]
        case ListItem() if indent_of(partial) >= block.indent:
            _feed(block.body, partial[block.indent :])
        case Quote() if match := QUOTE.fullmatch(partial):
            _feed(block.body, match.group(1))
        case _:
            feed(document, partial)


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
    fork.after_blank = document.after_blank
    fork.blocks = document.blocks.copy()
    if (block := fork.open) is not None:
        fork.blocks[-1] = _fork(block)
    return fork
