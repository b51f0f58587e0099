"""The turns that one can go back to, the newest first, each with the files it changed; then: what shall go back."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import ClassVar, NamedTuple

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from codex_core.protocol import RewindItem, RewindTurn, RewindWhat, TurnFile, TurnsListed
from codex_tui import spoken
from codex_tui.choice_list import ChoiceList
from codex_tui.chrome import spread
from codex_tui.line_field import LineField
from codex_tui.sanitize import clip, sanitize_line

SHOWN = 200
_DAY_S = 24 * 3600.0
_MARKS = {"add": ("+", "$success"), "update": ("~", "$accent"), "delete": ("−", "$danger")}
_NAMED = 12
"""Files of a turn; how many more there are is said."""


class _What(NamedTuple):
    what: RewindWhat
    key: str
    title: str
    note: str


_WHAT = (
    _What("both", "b", "Conversation and files", "as if nothing had been said and done since"),
    _What("conversation", "c", "Conversation only", "the files stay as they are now"),
    _What("files", "f", "Files only", "what was said stays; the model is told"),
)


class RewindScreen(ModalScreen[tuple[str, RewindWhat] | None]):
    """Gives the id of what to go back to and what shall go back, or None."""

    CSS_PATH = "sheet.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "move(-1)", show=False),
        Binding("down", "move(1)", show=False),
        Binding("pageup", "page(-1)", show=False),
        Binding("pagedown", "page(1)", show=False),
        Binding("escape", "leave", show=False, priority=True),
        *(Binding(each.key, f"take('{each.what}')", show=False) for each in _WHAT),
    ]

    def __init__(self, listed: TurnsListed, *, clock: Callable[[], float]) -> None:
        super().__init__()
        self._listed = listed
        self._clock = clock
        self._turn: RewindTurn | None = None
        """The one that was chosen: now it is asked what shall go back."""

    def compose(self) -> ComposeResult:
        sheet = Vertical(classes="sheet -wide")
        with sheet:
            yield Static(id="rewind-problem", markup=False)
            yield LineField(placeholder="type to search")
            yield ChoiceList()

    def on_mount(self) -> None:
        self._show()

    def on_resize(self) -> None:
        self.call_after_refresh(self._fill)

    def _show(self) -> None:
        sheet, problem = self.query_one(".sheet", Vertical), self.query_one("#rewind-problem", Static)
        field = self.query_one(Input)
        field.display = self._turn is None
        problem.display = self._turn is not None or bool(self._listed.problem)
        if self._turn is None:
            sheet.border_title = Content("Rewind to before a turn")
            sheet.border_subtitle = Content("Enter chooses · Esc goes back")
            problem.update(
                Content.styled(f"! Files cannot be restored: {sanitize_line(self._listed.problem)}", "$warning")
            )
            field.focus()
        else:
            sheet.border_title = Content("What shall go back?")
            sheet.border_subtitle = Content("nothing happens yet: a preview follows · Esc goes back")
            problem.update(Content.styled(f"› {_first_line(self._turn.prompt)}", "bold $foreground"))
            self.query_one(OptionList).focus()
        self.call_after_refresh(self._fill)

    def _fill(self) -> None:
        listed = self.query_one(OptionList)
        width = max(20, listed.scrollable_content_region.width - 2)
        at = listed.highlighted or 0
        listed.clear_options()
        if self._turn is not None:
            offered = [each for each in _WHAT if not self._listed.problem or each.what == "conversation"]
            listed.add_options([Option(_what_line(each, width), id=each.what) for each in offered])
            listed.highlighted = 0
            return
        words = self.query_one(Input).value.lower().split()
        options = [Option(_turn_lines(turn, self._clock(), width), id=turn.id) for turn in self._found(words)]
        if (undoable := self._listed.undoable) is not None and not words:
            options.insert(0, Option(_undo_lines(undoable, self._clock(), width), id=undoable.id))
        if not options:
            empty = "nothing matches" if words else "nothing was said yet"
            options = [Option(Content.styled(empty, "$muted"), disabled=True)]
        listed.add_options(options)
        listed.highlighted = min(at, len(options) - 1)

    def _found(self, words: list[str]) -> list[RewindTurn]:
        turns = [turn for turn in reversed(self._listed.turns) if all(word in _text(turn) for word in words)]
        return turns[:SHOWN]

    @on(Input.Changed)
    def _narrow(self) -> None:
        self.query_one(OptionList).highlighted = 0
        self._fill()

    @on(Input.Submitted)
    def _submit(self) -> None:
        self.query_one(OptionList).action_select()

    @on(OptionList.OptionSelected)
    def _select(self, event: OptionList.OptionSelected) -> None:
        if self._turn is not None:
            for each in _WHAT:
                if each.what == event.option_id:
                    self.action_take(each.what)
        elif self._listed.undoable is not None and event.option_id == self._listed.undoable.id:
            self.dismiss((self._listed.undoable.id, self._listed.undoable.what))
        else:
            self._turn = next((turn for turn in self._listed.turns if turn.id == event.option_id), None)
            self._show()

    def action_take(self, what: RewindWhat) -> None:
        """One letter says what, where the list of it is shown."""
        if self._turn is not None and (what == "conversation" or not self._listed.problem):
            self.dismiss((self._turn.id, what))

    def action_move(self, step: int) -> None:
        listed = self.query_one(OptionList)
        if step < 0:
            listed.action_cursor_up()
        else:
            listed.action_cursor_down()

    def action_page(self, step: int) -> None:
        listed = self.query_one(OptionList)
        if step < 0:
            listed.action_page_up()
        else:
            listed.action_page_down()

    def action_leave(self) -> None:
        if self._turn is not None:
            self._turn = None
            self._show()
        else:
            self.dismiss(None)


def _first_line(prompt: str) -> str:
    return clip(sanitize_line(" ".join(prompt.split())), 300) or "(no words)"


def _text(turn: RewindTurn) -> str:
    return f"{turn.prompt} {' '.join(file.path for file in turn.files)}".lower()


def _turn_lines(turn: RewindTurn, now: float, width: int) -> Content:
    prompt = Content.styled(f"› {_first_line(turn.prompt)}", "$foreground")
    return Content.assemble(
        spread(prompt, Content.styled(_when(turn.at, now), "$muted"), width), "\n", _files_line(turn.files, width)
    )


def _files_line(files: tuple[TurnFile, ...], width: int) -> Content:
    if not files:
        return Content.styled("  no file changed", "$muted")
    parts = [Content("  ")]
    for file in files[:_NAMED]:
        mark, colour = _MARKS[file.kind]
        parts += [Content.styled(mark, colour), Content.styled(f"{sanitize_line(file.path, reveal=True)}  ", "$muted")]
    if (more := len(files) - _NAMED) > 0:
        parts.append(Content.styled(f"and {more} more", "$muted"))
    names = Content.assemble(*parts)
    count = Content.styled(f"{len(files)} file{'s' if len(files) > 1 else ''}", "$accent")
    return spread(names, count, width)


def _undo_lines(item: RewindItem, now: float, width: int) -> Content:
    first = spread(
        Content.styled("↶ Take the last rewind back", "bold $accent"),
        Content.styled(_when(item.at, now), "$muted"),
        width,
    )
    words = Content.styled(f"  {sanitize_line(spoken.rewind_words(item))}", "$muted").truncate(width, ellipsis=True)
    return Content.assemble(first, "\n", words)


def _what_line(each: _What, width: int) -> Content:
    title = Content.styled(each.title.ljust(24), "$foreground")
    return spread(Content.assemble(title, (each.note, "$muted")), Content.styled(each.key, "bold $accent"), width)


def _when(at: float, now: float) -> str:
    said = time.localtime(at)
    return time.strftime("%H:%M" if abs(now - at) < _DAY_S else "%b %d %H:%M", said)
