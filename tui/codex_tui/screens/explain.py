"""Why it is asked: how a request was judged, what each key does, which rules there are."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from codex_core.protocol import RulesListed
from codex_tui.panels.rules import rules_explanation
from codex_tui.panels.view import Explanation
from codex_tui.sanitize import clip, sanitize_line

_MOST_CELLS = 14
"""Of the column of names."""


class ExplainScreen(ModalScreen[None]):
    CSS_PATH = "sheet.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,enter,question_mark", "leave", show=False),
        Binding("down,j", "scroll(1)", show=False),
        Binding("up,k", "scroll(-1)", show=False),
        Binding("pagedown", "page(1)", show=False),
        Binding("pageup", "page(-1)", show=False),
        Binding("end", "end", show=False),
        Binding("home", "home", show=False),
    ]

    def __init__(self, sections: Sequence[Explanation], rules: RulesListed | None) -> None:
        super().__init__()
        self._sections = sections
        self._rules = rules

    def compose(self) -> ComposeResult:
        sheet = Vertical(classes="sheet")
        sheet.border_title = Content("Why this is asked")
        sheet.border_subtitle = Content("Esc goes back · nothing is answered here")
        with sheet, VerticalScroll():
            yield Static(id="explanation", markup=False)

    def on_mount(self) -> None:
        self.call_after_refresh(self._draw)

    def on_resize(self) -> None:
        self.call_after_refresh(self._draw)

    def show_rules(self, listed: RulesListed) -> None:
        """What rules there are has come, or changed."""
        self._rules = listed
        self._draw()

    def _draw(self) -> None:
        width = max(30, self.query_one(VerticalScroll).scrollable_content_region.width - 2)
        sections = [*self._sections, *([] if self._rules is None else [rules_explanation(self._rules)])]
        rows: list[Content] = []
        column = min(_MOST_CELLS, max(len(name) for section in sections for name, _ in section.rows))
        for section in sections:
            rows += [Content.styled(section.title, "bold $accent"), *_rows(section, column, width), Content("")]
        self.query_one("#explanation", Static).update(Content("\n").join(rows[:-1]))

    def action_scroll(self, step: int) -> None:
        self.query_one(VerticalScroll).scroll_relative(y=step, animate=False)

    def action_page(self, pages: int) -> None:
        text = self.query_one(VerticalScroll)
        text.scroll_relative(y=pages * max(1, text.size.height - 2), animate=False)

    def action_end(self) -> None:
        self.query_one(VerticalScroll).scroll_end(animate=False)

    def action_home(self) -> None:
        self.query_one(VerticalScroll).scroll_home(animate=False)

    def action_leave(self) -> None:
        self.dismiss()


def _rows(section: Explanation, column: int, width: int) -> list[Content]:
    rows: list[Content] = []
    for name, said in section.rows:
        lead = Content.styled(f"  {clip(sanitize_line(name), _MOST_CELLS):<{column}}  ", "$muted")
        text = Content.styled(clip(sanitize_line(said, reveal=True), 1000), "$foreground")
        for part in text.wrap(max(10, width - column - 4)):
            rows.append(Content.assemble(lead, part))
            lead = Content(" " * (column + 4))
    return rows
