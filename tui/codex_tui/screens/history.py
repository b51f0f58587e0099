"""Ctrl+R: what was said before, in all sessions. Typing narrows it; Enter puts it into the composer."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.events import Key
from textual.screen import ModalScreen
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from codex_tui.choice_list import ChoiceList
from codex_tui.chrome import spread
from codex_tui.line_field import LineField
from codex_tui.options import PastPrompt
from codex_tui.sanitize import clip, sanitize, sanitize_line

SHOWN = 200
_PREVIEW_LINES = 5


class HistoryScreen(ModalScreen[str | None]):
    """Gives the prompt that was chosen, or None."""

    CSS_PATH = "sheet.tcss"

    def __init__(self, load: Callable[[], Awaitable[Sequence[PastPrompt]]]) -> None:
        super().__init__()
        self._load = load
        self._prompts: list[tuple[PastPrompt, str]] | None = None
        """Each with the text that is searched; None until they are there."""
        self._found: list[PastPrompt] = []

    def compose(self) -> ComposeResult:
        sheet = Vertical(classes="sheet -wide")
        sheet.border_title = Content("Said before")
        sheet.border_subtitle = Content("Enter puts it into the composer · Ctrl+R older · Esc goes back")
        with sheet:
            yield LineField(placeholder="type to search")
            yield ChoiceList()
            yield Static("", id="history-preview", markup=False)

    def on_mount(self) -> None:
        self.query_one(Input).focus()
        self.run_worker(self._read())
        self.call_after_refresh(self._fill)

    def on_resize(self) -> None:
        self.call_after_refresh(self._fill)

    async def _read(self) -> None:
        self._prompts = [(prompt, prompt.text.casefold()) for prompt in await self._load()]
        self._fill()

    def _fill(self) -> None:
        listed = self.query_one(OptionList)
        looked_at = self._looked_at
        listed.clear_options()
        words = self.query_one(Input).value.casefold().split()
        known = self._prompts or []
        self._found = [prompt for prompt, text in known if all(word in text for word in words)][:SHOWN]
        if not self._found:
            empty = "reading …" if self._prompts is None else "nothing matches" if words else "nothing was said yet"
            listed.add_option(Option(Content.styled(empty, "$muted"), disabled=True))
            self._preview(None)
            return
        width = max(20, listed.scrollable_content_region.width - 2)
        listed.add_options([Option(_line(prompt, words, width)) for prompt in self._found])
        # Only measured anew: what was looked at stays so.
        listed.highlighted = self._found.index(looked_at) if looked_at is not None and looked_at in self._found else 0

    @property
    def _looked_at(self) -> PastPrompt | None:
        at = self.query_one(OptionList).highlighted
        return self._found[at] if at is not None and at < len(self._found) else None

    def _preview(self, prompt: PastPrompt | None) -> None:
        """The whole of a prompt that does not fit into its line."""
        lines = sanitize(prompt.text[:20_000]).strip("\n").split("\n") if prompt is not None else []
        shown = "\n".join(clip(line, 300) for line in lines[:_PREVIEW_LINES])
        if (more := len(lines) - _PREVIEW_LINES) > 0:
            shown += f"\n… {more:,} more lines"
        preview = self.query_one("#history-preview", Static)
        preview.display = len(lines) > 1 or any(len(line) > 60 for line in lines)
        preview.update(Content.styled(shown, "$muted"))

    @on(Input.Changed)
    def _narrow(self) -> None:
        self.query_one(OptionList).highlighted = None  # the best of what matches now comes first
        self._fill()

    @on(OptionList.OptionHighlighted)
    def _look(self, event: OptionList.OptionHighlighted) -> None:
        self._preview(self._found[event.option_index] if event.option_index < len(self._found) else None)

    @on(Input.Submitted)
    def _submit(self) -> None:
        if (prompt := self._looked_at) is not None:
            self.dismiss(prompt.text)

    @on(OptionList.OptionSelected)
    def _select(self, event: OptionList.OptionSelected) -> None:
        if event.option_index < len(self._found):
            self.dismiss(self._found[event.option_index].text)

    def on_key(self, event: Key) -> None:
        listed = self.query_one(OptionList)
        match event.key:
            case "escape":
                self.dismiss(None)
            case "down" | "ctrl+r":
                listed.action_cursor_down()
            case "up" | "ctrl+s":
                listed.action_cursor_up()
            case "pagedown":
                listed.action_page_down()
            case "pageup":
                listed.action_page_up()
            case _:
                return
        event.stop()


def _line(prompt: PastPrompt, words: Sequence[str], width: int) -> Content:
    text = clip(sanitize_line(prompt.text[:2_000].strip()), 300)
    label = Content.styled(text, "$foreground" if prompt.is_here else "$muted")
    folded = text.casefold()
    for word in words:
        at = folded.find(word)
        if at >= 0 and len(folded) == len(text):
            label = label.stylize("bold underline $accent", at, at + len(word))
    where = prompt.when if prompt.is_here else f"elsewhere · {prompt.when}"
    return spread(label, Content.styled(where, "$muted"), width)
