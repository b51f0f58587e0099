"""One list to choose from: commands, themes, stored sessions. Typing narrows it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from rich.cells import cell_len
from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.events import Key
from textual.screen import ModalScreen
from textual.widgets import Input, OptionList
from textual.widgets.option_list import Option

from codex_tui.choice_list import ChoiceList
from codex_tui.chrome import spread
from codex_tui.line_field import LineField
from codex_tui.sanitize import clip, sanitize_line

SHOWN = 200


class Choice(NamedTuple):
    id: str
    title: str
    note: str = ""
    right: str = ""
    """A key, a time: at the right edge."""

    def matches(self, words: Sequence[str]) -> bool:
        text = f"{self.title} {self.note} {self.id}".lower()
        return all(word in text for word in words)


class PickerScreen(ModalScreen[str | None]):
    """Gives the id that was chosen, or None."""

    CSS_PATH = "sheet.tcss"

    def __init__(
        self,
        title: str,
        choices: Sequence[Choice],
        *,
        current: str = "",
        empty: str = "nothing to choose from",
        preview: Callable[[str], object] | None = None,
        takes_any: bool = False,
        placeholder: str = "type to search",
    ) -> None:
        """`preview` is called with the id of each choice that is looked at; `takes_any`: also what is typed is one.
        `placeholder` says what can be typed.
        """
        super().__init__()
        self._title = title
        self._choices = choices
        self._current = current
        self._empty = empty
        self._preview = preview
        self.takes_any = takes_any
        self._placeholder = placeholder

    def offer(self, choices: Sequence[Choice]) -> None:
        """Offer these from now on; the cursor stays where it is."""
        self._choices = choices
        if self.is_mounted:
            self._fill_again()

    def compose(self) -> ComposeResult:
        sheet = Vertical(classes="sheet")
        sheet.border_title = Content(self._title)
        sheet.border_subtitle = Content("Enter chooses · Esc goes back")
        with sheet:
            yield LineField(placeholder=self._placeholder)
            yield ChoiceList()

    def on_mount(self) -> None:
        self.query_one(Input).focus()
        self.call_after_refresh(self._fill)

    def on_resize(self) -> None:
        self.call_after_refresh(self._fill_again)

    def _fill_again(self) -> None:
        """The lines look different now; the cursor stays where it is."""
        listed = self.query_one(OptionList)
        if listed.highlighted is not None and (at := listed.get_option_at_index(listed.highlighted).id):
            self._current = at
        self._fill()

    def _fill(self) -> None:
        listed = self.query_one(OptionList)
        typed = self.query_one(Input).value.strip()
        words = typed.lower().split()
        found = [choice for choice in self._choices if choice.matches(words)][:SHOWN]
        width = max(20, listed.scrollable_content_region.width - 2)
        listed.clear_options()
        if not found and typed and self.takes_any:
            found = [Choice(typed, typed, "as you typed it")]
        if not found:
            empty = self._empty if not words else "nothing matches"
            listed.add_option(Option(Content.styled(empty, "$muted"), disabled=True))
            return
        listed.add_options([Option(self._line(choice, width), id=choice.id) for choice in found])
        meant = (typed, self._current)  # a name that is typed out is meant, also where others contain it
        at = next((index for name in meant for index, choice in enumerate(found) if choice.id == name), 0)
        listed.highlighted = at

    def _line(self, choice: Choice, width: int) -> Content:
        title = Content.styled(clip(sanitize_line(choice.title), 300), "$foreground")
        column = min(max((cell_len(choice.title) for choice in self._choices), default=0), width // 2)
        gap = " " * max(2, column + 2 - title.cell_length)
        left = Content.assemble(title, (f"{gap}{clip(sanitize_line(choice.note), 300)}", "$muted"))
        return spread(left, Content.styled(sanitize_line(choice.right), "$accent"), width)

    @on(Input.Changed)
    def _narrow(self) -> None:
        self._fill()

    @on(Input.Submitted)
    def _submit(self) -> None:
        listed = self.query_one(OptionList)
        if listed.highlighted is not None and (option := listed.get_option_at_index(listed.highlighted)).id:
            self.dismiss(option.id)

    @on(OptionList.OptionSelected)
    def _select(self, event: OptionList.OptionSelected) -> None:
        if event.option_id:
            self.dismiss(event.option_id)

    @on(OptionList.OptionHighlighted)
    def _look(self, event: OptionList.OptionHighlighted) -> None:
        if self._preview is not None and event.option_id:
            self._preview(event.option_id)

    def on_key(self, event: Key) -> None:
        listed = self.query_one(OptionList)
        match event.key:
            case "escape":
                self.dismiss(None)
            case "down":
                listed.action_cursor_down()
            case "up":
                listed.action_cursor_up()
            case "pagedown":
                listed.action_page_down()
            case "pageup":
                listed.action_page_up()
            case _:
                return
        event.stop()
