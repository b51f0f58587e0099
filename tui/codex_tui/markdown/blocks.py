"""The blocks of a markdown document: a tree in which quotes and list items hold documents of their own.

Only the last block of a document may be open. A block is final once nothing that follows can change it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeAlias

from codex_tui.code.text import CodeText
from codex_tui.markdown.line_forms import Align
from codex_tui.markdown.references import References


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


@dataclass(slots=True, eq=False)
class Document:
    """Blocks in the order of the text; only the last one may be open. `codex_tui.markdown.block_parser` fills it."""

    depth: int = 0
    """Quotes and items around it."""
    list_depth: int = 0
    """Items around it."""
    references: References = field(default_factory=References)
    """Of the document that this one is part of. A trial has its own, so that it defines nothing."""
    blocks: list[AnyBlock] = field(default_factory=list[AnyBlock])
    after_blank: bool = False
    """Whether an empty line came since the last block."""

    @property
    def open(self) -> AnyBlock | None:
        return self.blocks[-1] if self.blocks and not self.blocks[-1].final else None

    def close(self) -> None:
        """The text is over."""
        if (block := self.open) is not None:
            finish(block)

    @property
    def ends_blank(self) -> bool:
        """Whether the text so far ends with an empty line."""
        block = self.open
        match block:
            case ListItem(body=body) | Quote(body=body):
                return body.ends_blank
            case _:
                return self.after_blank

    @property
    def in_paragraph(self) -> bool:
        match self.open:
            case Paragraph():
                return True
            case ListItem(body=body) | Quote(body=body):
                return body.in_paragraph
            case _:
                return False


def finish(block: AnyBlock) -> None:
    """Nothing that follows changes it."""
    match block:
        case ListItem(body=body) | Quote(body=body):
            body.close()
        case Fence():
            block.code.close()
        case _:
            pass
    block.final = True
