"""The one widget that shows a question over the composer, whatever the question is."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from textual import on
from textual.actions import SkipAction
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.events import Click
from textual.geometry import Size
from textual.message import Message
from textual.reactive import reactive
from textual.timer import Timer
from textual.widget import Widget
from textual.widgets import Input

from codex_core.protocol import Op
from codex_tui.detail import DetailBody
from codex_tui.intents import was_meant_for_panel
from codex_tui.line_field import LineField
from codex_tui.panels import draw
from codex_tui.panels.command_area import CommandArea
from codex_tui.panels.scope_picker import ScopePicker
from codex_tui.panels.view import (
    TITLE_LIMIT,
    Answer,
    AnswerPicked,
    Choice,
    EditCommand,
    EditTexts,
    Explain,
    PanelView,
    PickHunks,
    PickScope,
    ShowDiff,
    Words,
)
from codex_tui.yielding import CutText, Yielding, Yields

_WORDS_KEYS = (("Enter", "sends"), ("Esc", "back, kept"))
_COMMAND_KEYS = (("Enter", "runs this instead"), ("Ctrl+J", "new line"), ("Ctrl+G", "editor"), ("Esc", "back, kept"))
_BODY = 4
"""Lines of its body at least."""
ALONE_S = 0.06
"""So long a key must be alone to count: longer than a paste or a burst takes, too short to be felt."""


class Options(Widget):
    """Numbered answers, one of them current."""

    DEFAULT_CSS = "Options { height: auto; max-height: 12; }"

    index = reactive(0)

    def __init__(self, labels: tuple[str, ...], risky: frozenset[int]) -> None:
        super().__init__()
        self.labels = labels
        self._risky = risky

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        return draw.height(self.drawn_for(width))

    @property
    def drawn(self) -> Content:
        return self.drawn_for(self.size.width or 80)

    def drawn_for(self, width: int) -> Content:
        return draw.options(self.labels, self.index, width, risky=self._risky)

    def render(self) -> Content:
        return draw.around(self.drawn, self.labels, self.index, self.size.width or 80, most=self.size.height)


class QuestionPanel(Yielding, can_focus=True):
    """Shows a `PanelView` and posts the op that answers it.

    Letters count only while it has the focus, and only some time after it appeared or took the focus unasked: a key
    that was on its way to another place must not answer. Some keys open a page inside it: words for the model, the
    command for changing, the scope of an `always`.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "move(-1)", show=False),
        Binding("down", "move(1)", show=False),
        Binding("enter", "choose", show=False),
        Binding("pageup", "scroll_body(-1)", show=False),
        Binding("pagedown", "scroll_body(1)", show=False),
    ]

    order = (
        Yields("panel-body", 3),
        Yields("panel-lines", 2),
        Yields("panel-facts", 2),
        Yields("panel-title", 1),
        Yields("Options", 2),
        Yields("panel-body", 1),
        Yields("panel-lines", 1),
        Yields("panel-facts", 1),
        Yields("panel-keys", 1),
        Yields("CommandArea", 1),
        Yields("Options", 1),
        Yields("ScopePicker", 1),
        Yields("panel-words", 1),
    )

    class Ready(Message):
        """It is mounted with all that is in it: it can take the keyboard."""

    class Answered(Message):
        def __init__(self, op: Op) -> None:
            super().__init__()
            self.op = op

    class SheetWanted(Message):
        """A key asks for what needs the whole screen."""

        def __init__(self, view: PanelView, does: EditTexts | PickHunks | ShowDiff | Explain) -> None:
            super().__init__()
            self.view = view
            self.does = does

    class Refused(Message):
        """A key that other questions know does nothing in this one: why, in a line."""

        def __init__(self, why: str) -> None:
            super().__init__()
            self.why = why

    class Closed(Message):
        """The line for words was left without an answer."""

    def __init__(self, view: PanelView, *, inside: bool, clock: Callable[[], float]) -> None:
        """`inside`: it shows the blocks of the question too, because nothing else does."""
        super().__init__(classes=f"-{view.tone}")
        self.view = view
        self._body: DetailBody | None = None
        self._is_inside = inside or view.is_body_inside
        self._clock = clock
        self._ready_since = clock()
        self._page: Words | EditCommand | PickScope | None = None
        self._is_answered = False
        self._wanted = _BODY
        """Lines that the body has."""
        self._pending: tuple[str, Timer] | None = None
        """The key that counts unless it is the beginning of a word."""

    @property
    def has_open_page(self) -> bool:
        """Something inside it lies over the question."""
        return self._page is not None

    def compose(self) -> ComposeResult:
        yield CutText(id="panel-title")
        if self.view.facts:
            yield CutText(id="panel-facts")
        if self.view.lines:
            yield CutText(id="panel-lines")
        if self.view.options:
            more = ("something else…",) if self.view.choose is not None else ()
            yield Options((*self.view.options, *more), self.view.risky)
        words = LineField(id="panel-words")
        words.display = False
        yield words
        yield CutText(id="panel-keys")

    def on_mount(self) -> None:
        self._show_body()
        self.post_message(self.Ready())

    def on_resize(self) -> None:
        self._draw()

    def show(self, view: PanelView) -> None:
        """The same question, with another count behind it."""
        self.view = view
        self._draw()

    def answer(self, op: Op) -> None:
        """Answer with this; from then on no key answers it again."""
        if not self._is_answered:
            self._is_answered = True
            self.post_message(self.Answered(op))

    @property
    def body(self) -> DetailBody | None:
        """What shows the blocks of the question inside it, if anything does."""
        return self._body if self._is_inside else None

    def put_inside(self, *, inside: bool) -> None:
        """Show the blocks of the question inside it or not. What is open in it stays open."""
        self._is_inside = inside or self.view.is_body_inside
        if self.is_mounted:
            self._show_body()

    def _show_body(self) -> None:
        self.set_class(not self._is_inside, "-bodiless")
        if self._is_inside and self._body is None and self.view.body:
            self._body = DetailBody(id="panel-body")
            self._body.show(self.view.title, self.view.body)
            self.mount(self._body, before=self.query("Options, #panel-words").first())
        self._draw()

    @on(DetailBody.Measured)
    def _body_measured(self, event: DetailBody.Measured) -> None:
        event.stop()
        self._wanted = event.lines
        self._draw()

    def take_focus(self) -> None:
        """Give it the keyboard, or what is open inside it; where only words can answer, their line."""
        match self._page:
            case Words():
                self.query_one("#panel-words", Input).focus()
            case EditCommand():
                self.query_one(CommandArea).focus()
            case PickScope():
                self.query_one(ScopePicker).take_focus()
            case None if (words := self.view.opens_with_words) is not None:
                self._open_words(words)
            case None:
                self.focus()

    def ignore_keys_on_their_way(self) -> None:
        """For a moment no key answers: it has the keyboard, or is seen, only from now on."""
        self._ready_since = self._clock()

    # Pages inside it.

    def close_page(self) -> bool:
        """Leave what is open inside it; False if nothing was. What was typed is kept."""
        match self._page:
            case None:
                return False
            case PickScope():
                picker = self.query_one(ScopePicker)
                if picker.close_words():
                    return True
                picker.remove()
            case EditCommand():
                self.query_one(CommandArea).display = False
            case Words():
                self.query_one("#panel-words", Input).display = False
        self._turn_to(None)
        if self.view.opens_with_words is None:
            self.screen.set_focus(self)
        else:
            self.post_message(self.Closed())
        return True

    def _turn_to(self, page: Words | EditCommand | PickScope | None) -> None:
        self._page = page
        self.set_class(isinstance(page, PickScope), "-scope")
        self._draw()

    def _open_words(self, words: Words) -> None:
        line = self.query_one("#panel-words", Input)
        line.placeholder = words.placeholder
        line.display = True
        self.screen.set_focus(line)  # at once: what follows belongs there
        self._turn_to(words)

    def _open_command(self, edit: EditCommand) -> None:
        self._turn_to(edit)
        if found := self.query(CommandArea):
            area = found.first()
            area.display = True
            area.focus()
            return
        area = CommandArea(edit.line)
        area.move_cursor(area.document.end)
        self.mount(area, before="#panel-keys")
        self.screen.set_focus(area)

    def _open_scope(self, pick: PickScope) -> None:
        picker = ScopePicker(pick.page)
        self.mount(picker)
        self._turn_to(pick)
        self.screen.set_focus(picker)

    @on(Input.Submitted, "#panel-words")
    def _words_sent(self, event: Input.Submitted) -> None:
        event.stop()
        words = self._page
        if isinstance(words, Words) and (words.may_be_empty or event.value.strip()):
            self.answer(words.make(event.value))

    @on(CommandArea.Sent)
    def _command_sent(self, event: CommandArea.Sent) -> None:
        event.stop()
        if isinstance(self._page, EditCommand) and event.text.strip():
            self.answer(self._page.make(event.text))

    @on(ScopePicker.Chosen)
    def _scope_chosen(self, event: ScopePicker.Chosen) -> None:
        event.stop()
        self.answer(event.op)

    # Keys.

    def take(self, character: str) -> str:
        """Take a character that was typed while it has the focus; return what was not for it but for the composer.

        A key that others follow at once is the beginning of a word, or of something pasted: it does nothing.
        """
        if self._pending is not None:
            first, timer = self._pending
            timer.stop()
            self._pending = None
            return first + character
        key = character.lower()
        if key not in self._answers() and not self.view.refusal(key):
            return character
        if self._is_answered or not was_meant_for_panel(shown_s=self._clock() - self._ready_since):
            return ""
        choice = self._choice(key)
        if self.view.refusal(key) or (choice is not None and not isinstance(choice.does, Words)):
            self._pending = (character, self.set_timer(ALONE_S, self._press_pending))
        else:
            self._press(key)
        return ""

    def _press_pending(self) -> None:
        if self._pending is not None:
            character, self._pending = self._pending[0], None
            self._press(character.lower())

    def _answers(self) -> frozenset[str]:
        count = len(self.view.options) + (1 if self.view.choose is not None else 0)
        return frozenset((*map(str, range(1, min(9, count) + 1)), *(choice.key for choice in self.view.choices)))

    def _choice(self, key: str) -> Choice | None:
        return next((choice for choice in self.view.choices if choice.key == key), None)

    def _press(self, character: str) -> None:
        if (choice := self._choice(character)) is not None:
            self._do(choice)
        elif character.isdigit():
            self._choose(int(character) - 1)
        elif why := self.view.refusal(character):
            self.post_message(self.Refused(why))

    def _choose(self, index: int) -> None:
        if self.view.choose is None:
            self.query_one(Options).index = index
        elif index >= len(self.view.options):
            self._do(self.view.choices[0])
        else:
            self.answer(self.view.choose(self.view.options[index]))

    def _do(self, choice: Choice) -> None:
        match choice.does:
            case Answer(op=op):
                self.answer(op)
            case AnswerPicked(make=make):
                self.answer(make(self.query_one(Options).index))
            case Words() as words:
                self._open_words(words)
            case EditCommand() as edit:
                self._open_command(edit)
            case PickScope() as pick:
                self._open_scope(pick)
            case EditTexts() | PickHunks() | ShowDiff() | Explain() as sheet:
                self.post_message(self.SheetWanted(self.view, sheet))

    def watch_has_focus(self, has_focus: bool) -> None:
        # Not in on_focus: it comes before `has_focus` is set.
        super().watch_has_focus(has_focus)
        self._draw()

    @on(Click)
    def _clicked(self, event: Click) -> None:
        if self._page is None:
            self.take_focus()

    def action_move(self, step: int) -> None:
        if self.view.options:
            options = self.query_one(Options)
            options.index = (options.index + step) % len(options.labels)

    def action_choose(self) -> None:
        is_meant = was_meant_for_panel(shown_s=self._clock() - self._ready_since)
        if self.view.choose is not None and is_meant and not self._is_answered:
            self._choose(self.query_one(Options).index)

    def action_scroll_body(self, pages: int) -> None:
        if (body := self.body) is None:
            raise SkipAction  # the conversation's, then
        if pages < 0:
            body.action_page_up()
        else:
            body.action_page_down()

    # Drawing.

    def _draw(self) -> None:
        if not self.is_mounted:
            return
        width = max(20, self.content_size.width or self.size.width or 80)
        # Where the body says all of it, the beginning is enough.
        body = self.body
        limit = min(TITLE_LIMIT, 2 * width - 40) if body and len(self.view.title) > TITLE_LIMIT else TITLE_LIMIT
        title, keys = draw.title(self.view, width, limit), self._keys(width)
        self.query_one("#panel-title", CutText).show(title)
        self.query_one("#panel-keys", CutText).show(keys)
        if self.view.lines:
            self.query_one("#panel-lines", CutText).show(draw.lines(self.view.lines, width))
        room = draw.room(self.screen.size.height, has_gaps=self.screen.has_class("-wide", "-high"))
        left = room - draw.height(title) - draw.height(keys)
        if self.view.options:
            left -= draw.height(self.query_one(Options).drawn)
        if self.view.facts:
            facts = draw.facts(self.view.facts, width, left - (_BODY if body else 0))
            self.query_one("#panel-facts", CutText).show(facts)
            left -= draw.height(facts)
        if body is not None:
            most = draw.body_room(self.screen.size.height, is_main=self.view.is_body_inside)
            body.styles.height = max(1, min(self._wanted, most, left))
        self.set_class(self.has_focus or self._page is not None, "-focused")

    def _keys(self, width: int) -> Content:
        match self._page:
            case Words():
                return draw.hints(_WORDS_KEYS, width)
            case EditCommand():
                return draw.hints(_COMMAND_KEYS, width)
            case PickScope():
                return Content("")
            case None:
                return draw.keys(self.view, width, has_focus=self.has_focus)
