"""The list of themes. What the cursor is on is worn by the whole app at once; the sample shows all that it colours."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

from textual.app import ComposeResult
from textual.containers import Container, Vertical
from textual.content import Content
from textual.widgets import Static

from codex_themes import ThemeError, list_themes, load_theme
from codex_tui.choice_list import ChoiceList
from codex_tui.chrome import spread
from codex_tui.line_field import LineField
from codex_tui.sanitize import sanitize_line
from codex_tui.screens.picker import Choice, PickerScreen
from codex_tui.theme_sample import ThemeSample

BROKEN = "broken"


class ThemePickerScreen(PickerScreen):
    """Gives the name that was chosen, or None; who opened it puts the old theme on again then."""

    CSS_PATH = ["sheet.tcss", "theme_picker.tcss"]  # noqa: RUF012  # Textual's
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (100, "-wide")]  # noqa: RUF012  # Textual's

    def __init__(self, user_folder: Path, worn: str, wear: Callable[[str], str]) -> None:
        """`wear` puts a theme on and returns what is wrong with it."""
        names = [Choice(name, name) for name in list_themes(user_folder)]
        super().__init__("Theme", names, current=worn, preview=self._try_on)
        self._user_folder = user_folder
        self._worn = worn
        self._wear = wear
        self._about: dict[str, str] = {}

    def compose(self) -> ComposeResult:
        sheet = Vertical(classes="sheet")
        sheet.border_title = Content("Theme")
        sheet.border_subtitle = Content("Enter keeps it · Esc goes back")
        with sheet:
            yield LineField(placeholder="type to search")
            with Container(id="themes"):
                yield ChoiceList()
                with Vertical(id="tried"):
                    yield Static(id="about", markup=False)
                    yield ThemeSample()

    def on_mount(self) -> None:
        self.run_worker(self._describe(), exclusive=True)

    async def _describe(self) -> None:
        self._choices = await asyncio.to_thread(self._read)
        self._fill_again()

    def _read(self) -> list[Choice]:
        """In a thread: what kind each theme is; what is wrong with it, if its file is broken."""
        choices: list[Choice] = []
        for name in list_themes(self._user_folder):
            try:
                theme = load_theme(name, self._user_folder)
            except ThemeError as error:
                choices.append(Choice(name, name, note=str(error), right=BROKEN))
            else:
                choices.append(Choice(name, name, note=theme.about, right="dark" if theme.dark else "light"))
            self._about[name] = choices[-1].note
        return choices

    def _line(self, choice: Choice, width: int) -> Content:
        mark = ("● ", "$accent") if choice.id == self._worn else ("  ", "$muted")
        right = Content.styled(choice.right, "bold $danger" if choice.right == BROKEN else "$muted")
        return spread(Content.assemble(mark, (choice.title, "$foreground")), right, width)

    def _try_on(self, name: str) -> None:
        wrong = self._wear(name).replace(f"{self._user_folder}/", "")  # there is little room
        about = Content.styled(f"! {sanitize_line(wrong)}", "$danger") if wrong else self._says(name)
        self.query_one("#about", Static).update(about)
        self.query_one(ThemeSample).refresh()

    def _says(self, name: str) -> Content:
        return Content.styled(sanitize_line(self._about.get(name, "")), "$muted")
