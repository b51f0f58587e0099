"""What fills the model's window: a bar for the whole, a line for each part, and the summary if there is one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.geometry import Size
from textual.screen import ModalScreen
from textual.widget import Widget

from codex_core.protocol import ContextPart, ContextUse
from codex_tui import wording
from codex_tui.sanitize import clip, sanitize_line
from codex_tui.screens.prose import Prose

_NUMBER_CELLS = 8
_SHARE_CELLS = 6
_COLOURS = {
    "fixed": "$muted",
    "summary": "$accent",
    "user": "$foreground",
    "model": "$success",
    "output": "$warning",
}
_MARKS = {"fixed": "▒", "summary": "▓", "user": "█", "model": "█", "output": "▓"}
"""Kinds differ by texture too: nothing is told by colour alone."""
_SUMMARY_CHARACTERS = 20_000


class ContextScreen(ModalScreen[None]):
    CSS_PATH = "sheet.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape,q,enter", "leave", show=False)]

    def __init__(self, use: ContextUse) -> None:
        super().__init__()
        self._use = use

    def compose(self) -> ComposeResult:
        sheet = Vertical(classes="sheet")
        sheet.border_title = Content("Context")
        sheet.border_subtitle = Content("/compact makes room · Esc goes back")
        with sheet, VerticalScroll():
            yield ContextText(self._use)
            if self._use.summary:
                yield Prose(self._use.summary[:_SUMMARY_CHARACTERS])

    def action_leave(self) -> None:
        self.dismiss()


class ContextText(Widget):
    DEFAULT_CSS = "ContextText { height: auto; padding-right: 2; }"

    def __init__(self, use: ContextUse) -> None:
        super().__init__()
        self._use = use

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        return len(list(lines(self._use, width)))

    def render(self) -> Content:
        return Content("\n").join(lines(self._use, self.size.width))


def lines(use: ContextUse, width: int) -> Iterator[Content]:
    """All but the summary itself, in lines of at most `width` cells."""
    yield _sum(use)
    yield _bar(use, width)
    yield Content("")
    whole = use.window_tokens or use.used_tokens or 1
    for part in use.parts:
        yield _row(part, whole, width)
    if use.window_tokens is not None:
        free = max(0, use.window_tokens - use.used_tokens)
        yield _line(" ", "$muted", "free", free, whole, width)
    if use.limit_tokens is not None:
        yield Content("")
        yield from Content.styled(
            f"Older items are summarised at {wording.tokens(use.limit_tokens)} tokens.", "$muted"
        ).wrap(width)
    if use.summary:
        yield Content("")
        yield Content.styled("The summary that stands for everything earlier", "bold $accent")


def _sum(use: ContextUse) -> Content:
    about = "" if use.is_measured else "about "
    if use.window_tokens is None:
        said = f"{about}{wording.tokens(use.used_tokens)} tokens; the model's window is not known"
    else:
        share = use.used_tokens / use.window_tokens
        said = f"{about}{wording.tokens(use.used_tokens)} of {wording.tokens(use.window_tokens)} tokens, {share:.0%}"
    return Content.styled(said, "bold $foreground")


def _bar(use: ContextUse, width: int) -> Content:
    cells = max(10, width)
    whole = max(use.window_tokens or 0, use.used_tokens, 1)
    pieces: list[Content] = []
    done = drawn = 0
    for part in use.parts:
        done += part.tokens
        upto = min(cells, round(done * cells / whole))
        pieces.append(Content.styled(_MARKS[part.kind] * (upto - drawn), _COLOURS[part.kind]))
        drawn = max(drawn, upto)
    return Content("").join([*pieces, Content.styled("░" * (cells - drawn), "$faint")])


def _row(part: ContextPart, whole: int, width: int) -> Content:
    return _line(_MARKS[part.kind], _COLOURS[part.kind], sanitize_line(part.name), part.tokens, whole, width)


def _line(mark: str, colour: str, name: str, tokens: int, whole: int, width: int) -> Content:
    room = max(8, width - _NUMBER_CELLS - _SHARE_CELLS - 3)
    return Content.assemble(
        Content.styled(f"{mark} ", colour),
        Content.styled(clip(name, 500), "$foreground").truncate(room, ellipsis=True, pad=True),
        Content.styled(wording.tokens(tokens).rjust(_NUMBER_CELLS), "$foreground"),
        Content.styled(f"{tokens / whole:.0%}".rjust(_SHARE_CELLS), "$muted"),
    )
