"""What was said once for all times: the rules that count here, to be searched and removed."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from codex_core.protocol import RulesListed
from codex_tui.choice_list import ChoiceList
from codex_tui.chrome import spread
from codex_tui.line_field import LineField
from codex_tui.panels.rules import RuleRow, rule_row
from codex_tui.sanitize import clip, sanitize_line

SHOWN = 200
_EFFECTS = {"allow": "bold $success", "ask": "bold $warning", "deny": "bold $danger"}
_INDENT = 7


class RulesScreen(ModalScreen[None]):
    """Removing takes the key twice: the first one asks."""

    CSS_PATH = "sheet.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("delete,ctrl+d", "remove", show=False, priority=True),
        Binding("up", "move(-1)", show=False),
        Binding("down", "move(1)", show=False),
        Binding("pageup", "page(-1)", show=False),
        Binding("pagedown", "page(1)", show=False),
        Binding("escape", "leave", show=False),
    ]

    def __init__(
        self, listed: RulesListed | None, *, remove: Callable[[str], object], clock: Callable[[], float]
    ) -> None:
        """`listed`: None if they are still to come. `remove` wishes for the rule of that id to go."""
        super().__init__()
        self._listed = listed
        self._remove = remove
        self._clock = clock
        self._doomed = ""
        """The rule that the next press removes."""
        self._sought = ""
        self._found: list[RuleRow] = []

    def compose(self) -> ComposeResult:
        sheet = Vertical(classes="sheet -wide")
        sheet.border_title = Content("Rules")
        with sheet:
            yield Static(id="rules-problem", markup=False)
            yield LineField(placeholder="type to search")
            yield ChoiceList()

    def on_mount(self) -> None:
        self._say()
        self.query_one(Input).focus()
        self.call_after_refresh(self._fill)

    def on_resize(self) -> None:
        self.call_after_refresh(self._fill)

    def show_rules(self, listed: RulesListed) -> None:
        """What rules there are has come, or changed."""
        self._listed = listed
        self._fill()

    def _say(self) -> None:
        words = "Del again removes it · Esc keeps it" if self._doomed else "Del removes · Esc goes back"
        self.query_one(".sheet", Vertical).border_subtitle = Content(words)

    def _fill(self) -> None:
        listed, problem = self.query_one(OptionList), self.query_one("#rules-problem", Static)
        at = listed.highlighted or 0
        problem.display = bool(self._listed and self._listed.problem)
        if self._listed is not None and self._listed.problem:
            problem.update(Content.styled(f"! {sanitize_line(self._listed.problem)}", "$danger"))
        words = self._sought.lower().split()
        rows = [rule_row(rule, self._clock()) for rule in self._listed.rules] if self._listed is not None else []
        self._found = [row for row in rows if row.matches(words)][:SHOWN]
        listed.clear_options()
        if not self._found:
            listed.add_option(Option(Content.styled(self._empty(bool(rows)), "$muted"), disabled=True))
            return
        width = max(20, listed.scrollable_content_region.width - 2)
        listed.add_options([Option(self._lines(row, width), id=row.rule_id) for row in self._found])
        listed.highlighted = min(at, len(self._found) - 1)

    def _empty(self, has_rules: bool) -> str:
        if has_rules:
            return "nothing matches"
        if self._listed is None:
            return "…"
        return "none yet: `a` in a question makes one"

    def _lines(self, row: RuleRow, width: int) -> Content:
        scope = Content.styled(row.scope, "$accent")
        effect = f"{row.effect:<{_INDENT}}"
        first = spread(
            Content.assemble(
                (effect, _EFFECTS[row.effect]), (clip(sanitize_line(row.words, reveal=True), 300), "$foreground")
            ),
            scope,
            width,
        )
        if row.rule_id == self._doomed:
            return Content.assemble(first, "\n", " " * _INDENT, ("remove it? Del again", "bold $danger"))
        facts = " · ".join(filter(None, (row.made, clip(sanitize_line(row.origin, reveal=True), 300))))
        second = Content.styled(facts, "$muted").truncate(max(8, width - _INDENT), ellipsis=True)
        return Content.assemble(first, "\n", " " * _INDENT, second)

    def _current(self) -> RuleRow | None:
        at = self.query_one(OptionList).highlighted
        return self._found[at] if at is not None and at < len(self._found) else None

    def _doom(self, rule_id: str) -> None:
        if rule_id != self._doomed:
            self._doomed = rule_id
            self._say()
            self._fill()

    @on(Input.Changed)
    def _narrow(self) -> None:
        if (sought := self.query_one(Input).value) != self._sought:  # told of each letter, when all were typed
            self._sought, self._doomed = sought, ""
            self._say()
            self._fill()

    def action_remove(self) -> None:
        if (row := self._current()) is None:
            return
        if not row.can_be_removed:
            self.notify("This rule is the project's own: change the file that says it.", markup=False, timeout=4)
        elif row.rule_id == self._doomed:
            self._remove(row.rule_id)
            self._doom("")
        else:
            self._doom(row.rule_id)

    def action_move(self, step: int) -> None:
        self._doom("")
        listed = self.query_one(OptionList)
        if step < 0:
            listed.action_cursor_up()
        else:
            listed.action_cursor_down()

    def action_page(self, step: int) -> None:
        self._doom("")
        listed = self.query_one(OptionList)
        if step < 0:
            listed.action_page_up()
        else:
            listed.action_page_down()

    def action_leave(self) -> None:
        if self._doomed:
            self._doom("")
        else:
            self.dismiss()
