"""The page of the panel that says what a yes would cover, and lets the user choose for how long."""

from __future__ import annotations

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.events import Click
from textual.message import Message
from textual.widgets import Input

from codex_core.protocol import Op
from codex_tui.line_field import LineField
from codex_tui.panels import draw
from codex_tui.panels.scope import SCOPE_ENDS, SCOPE_WORDS, ScopePage
from codex_tui.panels.view import Fact
from codex_tui.yielding import CutText, Yielding, Yields

_EXAMPLES = 4
_NAME_CELLS = 7
"""Of the column of names, as `facts` draws it."""


class ScopePicker(Yielding, can_focus=True):
    """Arrows choose, Enter answers, `e` lets the words be typed anew."""

    DEFAULT_CSS = """
    ScopePicker {
        height: auto;
        & CutText { height: auto; }
        & #scope-rows, & #scope-facts, & #scope-for, & #scope-keys { margin-top: 1; }
        & #scope-words { height: 1; border: none; padding: 0 1; margin: 1 0 0 2; background: $panel; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "move(-1)", show=False),
        Binding("down,j", "move(1)", show=False),
        Binding("left", "scope(-1)", show=False),
        Binding("right,tab", "scope(1)", show=False),
        Binding("enter", "allow", show=False),
        Binding("e", "retype", show=False),
        *(Binding(str(digit), f"row({digit - 1})", show=False) for digit in range(1, 10)),
    ]

    order = (
        Yields("scope-facts", 1),
        Yields("scope-rows", 2),
        Yields("scope-title", 1),
        Yields("scope-keys", 1),
        Yields("scope-facts"),
        Yields("scope-title"),
        Yields("scope-rows", 1),
        Yields("scope-for"),
        Yields("scope-keys"),
    )

    class Chosen(Message):
        def __init__(self, op: Op) -> None:
            super().__init__()
            self.op = op

    def __init__(self, page: ScopePage) -> None:
        super().__init__()
        self.page = page
        self._problem = ""

    def compose(self) -> ComposeResult:
        yield CutText(id="scope-title")
        yield CutText(id="scope-rows")
        yield CutText(id="scope-facts")
        words = LineField(id="scope-words")
        words.display = False
        yield words
        yield CutText(id="scope-for")
        yield CutText(id="scope-keys")

    def on_mount(self) -> None:
        self._draw()

    def on_resize(self) -> None:
        self._draw()

    @property
    def is_retyping(self) -> bool:
        return self.query_one(LineField).display

    def take_focus(self) -> None:
        if self.is_retyping:
            self.query_one(LineField).focus()
        else:
            self.focus()

    def close_words(self) -> bool:
        """Leave the line for other words; False if it was not open."""
        if not self.is_retyping:
            return False
        self.query_one(LineField).display = False
        self._problem = ""
        self.focus()
        self._draw()
        return True

    def action_move(self, step: int) -> None:
        self._turn_to(self.page.moved(step))

    def action_row(self, index: int) -> None:
        self._turn_to(self.page.at(index))

    def action_scope(self, step: int) -> None:
        self._turn_to(self.page.scoped(step))

    def action_allow(self) -> None:
        self.post_message(self.Chosen(self.page.op))

    def action_retype(self) -> None:
        if not self.page.row.text:
            return
        line = self.query_one(LineField)
        line.value = self.page.row.text
        line.display = True
        line.cursor_position = len(line.value)
        self.screen.set_focus(line)  # at once: what follows belongs there
        self._draw()

    @on(Input.Submitted)
    def _retyped(self, event: Input.Submitted) -> None:
        event.stop()
        page = self.page.retyped(event.value.strip())
        if isinstance(page, str):
            self._problem = page
            self._draw()
            return
        self.page = page
        self.close_words()

    @on(Click)
    def _clicked(self) -> None:
        self.take_focus()

    def _turn_to(self, page: ScopePage) -> None:
        self.page = page
        self._draw()

    def watch_has_focus(self, has_focus: bool) -> None:
        super().watch_has_focus(has_focus)
        self._draw()

    def _draw(self) -> None:
        if not self.is_mounted:
            return
        width = max(20, self.content_size.width or 80)
        page, row = self.page, self.page.row
        self.query_one("#scope-title", CutText).show(
            Content.assemble(("? ", "bold $warning"), (page.title, "bold $foreground"))
        )
        rows, keys = draw.options([row.words for row in page.rows], page.index, width), draw.hints(self._keys(), width)
        self.query_one("#scope-rows", CutText).show(rows)
        covers, leaves = "covers".ljust(_NAME_CELLS), "not".ljust(_NAME_CELLS)
        shown = [
            *([Fact(name=covers, lines=_some(row.matches))] if row.matches else []),
            *([Fact(name=leaves, lines=_some(row.misses), tone="muted")] if row.misses else []),
        ]
        facts = self.query_one("#scope-facts", CutText)
        facts.display = bool(shown)
        room = draw.room(self.screen.size.height, has_gaps=self.screen.has_class("-wide", "-high"))
        facts.show(draw.facts(shown, width, room - draw.height(rows) - draw.height(keys) - 2))
        self.query_one("#scope-for", CutText).show(self._scopes(width))
        self.query_one("#scope-keys", CutText).show(keys)

    def _scopes(self, width: int) -> Content:
        parts: list[tuple[str, str]] = [(f"  {'for':<{_NAME_CELLS}}  ", "$muted")]
        for scope in self.page.row.scopes:
            is_chosen = scope == self.page.chosen
            parts.append((f"{'●' if is_chosen else '○'} ", "bold $accent" if is_chosen else "$muted"))
            parts.append((f"{SCOPE_WORDS[scope]}   ", "bold $foreground" if is_chosen else "$muted"))
        scopes, ends = Content.assemble(*parts), Content.styled(SCOPE_ENDS[self.page.chosen], "$muted")
        return scopes + ends if scopes.cell_length + ends.cell_length <= width else scopes

    def _keys(self) -> list[tuple[str, str]]:
        if self.is_retyping:
            hints = [("Enter", "use these words"), ("Esc", "as they were")]
            return [("✗", self._problem), *hints] if self._problem else hints
        hints = [("Enter", "allow it")]
        if len(self.page.rows) > 1:
            hints.append(("↑↓", "what"))
        if len(self.page.row.scopes) > 1:
            hints.append(("←→", "for how long"))
        if self.page.row.text:
            hints.append(("e", "edit the words"))
        return [*hints, ("Esc", "back")]


def _some(lines: tuple[str, ...]) -> tuple[str, ...]:
    return lines if len(lines) <= _EXAMPLES else (*lines[: _EXAMPLES - 1], f"… and {len(lines) - _EXAMPLES + 1} more")
