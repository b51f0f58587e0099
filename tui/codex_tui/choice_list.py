"""A list of options to choose from."""

from __future__ import annotations

from textual.widgets import OptionList


class ChoiceList(OptionList):
    """Options are drawn as they are. Where there is no room for a line, turning the page does nothing."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002  # Textual's name
        super().__init__(id=id, markup=False)

    def action_page_up(self) -> None:
        if self.scrollable_content_region:
            super().action_page_up()

    def action_page_down(self) -> None:
        if self.scrollable_content_region:
            super().action_page_down()
