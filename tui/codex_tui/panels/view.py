"""A question as data: what the panel shows and what each key in it does."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, TypeAlias

from codex_core.protocol import Block, Op, TextBlock

Tone: TypeAlias = Literal["ask", "danger", "pause", "error"]

TITLE_LIMIT = 1000
"""Characters of a title that are shown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """The key answers at once."""

    op: Op


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """The key opens a line; Enter in it answers with what was typed."""

    placeholder: str
    make: Callable[[str], Op]
    may_be_empty: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ShowDiff:
    """The key shows the blocks of the question full screen. Nothing is answered."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    key: str
    label: str
    does: Answer | Words | ShowDiff


@dataclass(frozen=True, slots=True, kw_only=True)
class PanelView:
    """All text is plain and comes from models and programs: it is cleaned where it is drawn."""

    id: str
    """The request; a panel with another id is another question."""
    title: str
    why: str = ""
    lines: tuple[str, ...] = ()
    """Shown below, one under the other."""
    blocks: tuple[Block, ...] = ()
    """What it is about: in the detail pane where there is one, else inside the panel."""
    options: tuple[str, ...] = ()
    """Offered answers, numbered; chosen by digit, or arrows and Enter."""
    choose: Callable[[str], Op] | None = None
    """Makes the answer of a chosen option; set if there are options."""
    choices: tuple[Choice, ...]
    tone: Tone = "ask"
    waiting: int = 0
    """How many more questions wait behind this one."""
    call_id: str = ""
    """The tool call that it is about, if it is about one."""
    main_key: str = ""
    """The choice that stands out: where a hasty yes does harm, not the first one. Empty: the first."""

    @property
    def body(self) -> tuple[Block, ...]:
        """The blocks, unless the title says all that is in them: a command of one line."""
        is_said = len(self.title) <= TITLE_LIMIT and all(
            isinstance(block, TextBlock) and block.text.strip() in self.title for block in self.blocks
        )
        return () if is_said else self.blocks

    @property
    def main_choice(self) -> Choice:
        return next((choice for choice in self.choices if choice.key == self.main_key), self.choices[0])

    @property
    def opens_with_words(self) -> Words | None:
        """The line to open at once: where nothing else can be answered."""
        if self.options or len(self.choices) != 1:
            return None
        does = self.choices[0].does
        return does if isinstance(does, Words) else None
