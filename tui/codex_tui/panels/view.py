"""A question as data: what the panel shows and what each key in it does."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, TypeAlias

from codex_core.protocol import ApprovalRequest, Block, Op, TextBlock
from codex_tui.panels.scope import ScopePage

Tone: TypeAlias = Literal["ask", "danger", "pause", "error"]

ANSWER_KEYS = frozenset("yaehnd?")
"""What approvals are answered with. Where one of them does not apply, it is no text for the composer either."""

TITLE_LIMIT = 240
"""Characters of a title that are shown; of what is longer the body shows all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """The key answers at once."""

    op: Op


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerPicked:
    """The key answers with the option that is current."""

    make: Callable[[int], Op]


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """The key opens a line; Enter in it answers with what was typed."""

    placeholder: str
    make: Callable[[str], Op]
    may_be_empty: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class EditCommand:
    """The key opens the command for changing; Enter answers with it."""

    line: str
    make: Callable[[str], Op]


@dataclass(frozen=True, slots=True, kw_only=True)
class EditTexts:
    """The key opens texts full screen for changing."""

    title: str
    texts: tuple[tuple[str, str], ...]
    """A name, mostly a path, and the text."""
    sends: str
    """What sending them does, in words."""
    make: Callable[[dict[str, str]], Op]
    """Takes the texts that were changed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PickScope:
    """The key lets the user choose what to allow for longer."""

    page: ScopePage


@dataclass(frozen=True, slots=True, kw_only=True)
class PickHunks:
    """The key shows the diff full screen, each hunk to be taken or left."""

    request: ApprovalRequest


@dataclass(frozen=True, slots=True, kw_only=True)
class ShowDiff:
    """The key shows the blocks of the question full screen. Nothing is answered."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Explain:
    """The key says how it was judged and what each key does. Nothing is answered."""

    sections: tuple[Explanation, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    title: str
    rows: tuple[tuple[str, str], ...]
    """What is said, and in a column before it what it is said of."""


Does: TypeAlias = Answer | AnswerPicked | Words | EditCommand | EditTexts | PickScope | PickHunks | ShowDiff | Explain


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    key: str
    label: str
    does: Does
    short: str = ""
    """A label for where not all fit side by side; empty: there is none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """One thing worth knowing before answering, in a column after its name."""

    name: str
    lines: tuple[str, ...]
    tone: Literal["text", "muted", "warning", "danger"] = "text"
    is_prose: bool = False
    """Words of ours, which quote with backticks; else commands and names, where each mark counts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PanelView:
    """All text is plain and comes from models and programs: it is cleaned where it is drawn."""

    id: str
    """The request; a panel with another id is another question."""
    title: str
    why: str = ""
    count: str = ""
    """Which of several questions it is: `1 of 3`."""
    facts: tuple[Fact, ...] = ()
    lines: tuple[str, ...] = ()
    """Shown below, one under the other."""
    blocks: tuple[Block, ...] = ()
    """What it is about: inside the panel, unless the detail pane shows it."""
    is_body_inside: bool = False
    """The blocks are shown inside the panel also where there is a detail pane."""
    options: tuple[str, ...] = ()
    """Offered answers, numbered; chosen by digit, or arrows and Enter."""
    risky: frozenset[int] = frozenset()
    """Options that do harm if they are taken in haste."""
    choose: Callable[[str], Op] | None = None
    """Makes the answer of a chosen option. None: options are only pointed at, a key of `choices` answers."""
    choices: tuple[Choice, ...]
    tone: Tone = "ask"
    is_wished: bool = False
    """The user brought it about: it takes the keyboard also from what is only looked at."""
    call_id: str = ""
    """The tool call that it is about, if it is about one."""
    refusals: tuple[tuple[str, str], ...] = ()
    """Keys that other questions know and this one does not: (key, why)."""
    main_key: str = ""
    """The choice that stands out: where a hasty yes does harm, not the first one. Empty: the first."""

    @property
    def body(self) -> tuple[Block, ...]:
        """The blocks, unless the title or a fact says all that is in them: a command of one line."""
        said = (self.title, *(line for fact in self.facts for line in fact.lines))
        is_said = all(isinstance(block, TextBlock) and _is_in(block.text.strip(), said) for block in self.blocks)
        return () if is_said else self.blocks

    def refusal(self, key: str) -> str:
        """Why a key of other questions does nothing in this one; empty if it is no such key."""
        keys = [choice.key for choice in self.choices]
        if key in keys or key not in ANSWER_KEYS or not {"y", "n"} <= {*keys}:
            return ""
        return dict(self.refusals).get(key, f"{key} does nothing here: {', '.join(keys[:-1])} or {keys[-1]}")

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


def _is_in(text: str, said: tuple[str, ...]) -> bool:
    return any(text in line for line in said if len(line) <= TITLE_LIMIT)
