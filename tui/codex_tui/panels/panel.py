"""The one widget that shows a question over the composer, whatever the question is."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.events import Click
from textual.message import Message
from textual.reactive import reactive
from textual.timer import Timer
from textual.widget import Widget
from textual.widgets import Input, Static

from codex_core.protocol import Op
from codex_tui.intents import was_meant_for_panel
from codex_tui.line_field import LineField
from codex_tui.panels.view import TITLE_LIMIT, Answer, Choice, PanelView, ShowDiff, Tone, Words
from codex_tui.sanitize import clip, sanitize_line

_LINES_SHOWN = 10
_MAIN_CAPS: dict[Tone, str] = {
    "ask": "$background on $warning",
    "danger": "$background on $foreground",  # not red: the loudest key is the one that does no harm
    "pause": "$background on $accent",
    "error": "$background on $danger",
}
ALONE_S = 0.06
"""So long a key must be alone to answer: longer than a paste or a burst takes, too short to be felt."""


class Options(Widget):
    """Numbered answers, one of them current."""

    DEFAULT_CSS = "Options { height: auto; max-height: 12; }"

    index = reactive(0)

    def __init__(self, labels: tuple[str, ...]) -> None:
        super().__init__()
        self.labels = labels

    def render(self) -> Content:
        return Content("\n").join(
            Content.assemble(
                (f"{'›' if index == self.index else ' '} {index + 1 if index < 9 else ' '}  ", "bold $accent"),
                (clip(sanitize_line(label), 500), "bold $foreground" if index == self.index else "$foreground"),
            )
            for index, label in enumerate(self.labels)
        )


class QuestionPanel(Vertical, can_focus=True):
    """Shows a `PanelView` and posts the op that answers it.

    Letters count only while it has the focus, and only some time after it appeared or took the focus unasked: a key
    that was on its way to another place must not answer.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "move(-1)", show=False),
        Binding("down", "move(1)", show=False),
        Binding("enter", "choose", show=False),
    ]

    class Ready(Message):
        """It is mounted with all that is in it: it can take the keyboard."""

    class Answered(Message):
        def __init__(self, op: Op) -> None:
            super().__init__()
            self.op = op

    class DiffWanted(Message):
        def __init__(self, view: PanelView) -> None:
            super().__init__()
            self.view = view

    class Closed(Message):
        """The line for words was left without an answer."""

    def __init__(self, view: PanelView, *, body: Widget | None, clock: Callable[[], float]) -> None:
        """`body` shows the blocks of the question inside the panel, where there is no other place for them."""
        super().__init__(classes=f"-{view.tone}")
        self.view = view
        self._body = body
        self._clock = clock
        self._ready_since = clock()
        self._words: Words | None = None
        self._pending: tuple[str, Timer] | None = None
        """The key that answers unless it is the beginning of a word."""

    @property
    def is_asking_for_words(self) -> bool:
        return self._words is not None

    def compose(self) -> ComposeResult:
        yield Static(id="panel-title", markup=False)
        if self.view.lines:
            yield Static(id="panel-lines", markup=False)
        if self._body is not None:
            yield self._body
        if self.view.options:
            yield Options((*self.view.options, "something else…"))
        words = LineField(id="panel-words")
        words.display = False
        yield words
        yield Static(id="panel-keys", markup=False)

    def on_mount(self) -> None:
        self._draw()
        self.post_message(self.Ready())

    def on_resize(self) -> None:
        self._draw()

    def show(self, view: PanelView) -> None:
        """The same question, with another count behind it."""
        self.view = view
        self._draw()

    def take_focus(self) -> None:
        """Give it the keyboard; where only words can answer, their line."""
        if self._words is not None:
            self.query_one(Input).focus()
        elif (words := self.view.opens_with_words) is not None:
            self._open(words)
        else:
            self.focus()

    def ignore_keys_on_their_way(self) -> None:
        """For a moment no key answers: it has the keyboard, or is seen, only from now on."""
        self._ready_since = self._clock()

    def close_words(self) -> bool:
        """Leave the line for words; False if it was not open."""
        if self._words is None:
            return False
        self._words = None
        line = self.query_one(Input)
        line.value = ""
        line.display = False
        self._draw()
        if self.view.opens_with_words is None:
            self.focus()
        else:
            self.post_message(self.Closed())
        return True

    def take(self, character: str) -> str:
        """Take a character that was typed while it has the focus; return what was not for it but for the composer.

        A key that others follow at once is the beginning of a word, or of something pasted: it answers nothing.
        """
        if self._pending is not None:
            first, timer = self._pending
            timer.stop()
            self._pending = None
            return first + character
        key = character.lower()
        if key not in self._answers():
            return character
        if not was_meant_for_panel(shown_s=self._clock() - self._ready_since):
            return ""
        choice = next((choice for choice in self.view.choices if choice.key == key), None)
        if choice is not None and isinstance(choice.does, Answer):
            self._pending = (character, self.set_timer(ALONE_S, self._press_pending))
        else:
            self._press(key)
        return ""

    def _press_pending(self) -> None:
        if self._pending is not None:
            character, self._pending = self._pending[0], None
            self._press(character.lower())

    def _answers(self) -> frozenset[str]:
        options = range(1, min(9, len(self.view.options) + 1) + 1) if self.view.options else ()
        return frozenset((*map(str, options), *(choice.key for choice in self.view.choices if choice.key)))

    def watch_has_focus(self, has_focus: bool) -> None:
        # Not in on_focus: it comes before `has_focus` is set.
        super().watch_has_focus(has_focus)
        self._draw()

    @on(Click)
    def _clicked(self, event: Click) -> None:
        if self._words is None:
            self.take_focus()

    @on(Input.Submitted)
    def _words_sent(self, event: Input.Submitted) -> None:
        event.stop()
        if self._words is None or not (self._words.may_be_empty or event.value.strip()):
            return
        self.post_message(self.Answered(self._words.make(event.value)))

    def action_move(self, step: int) -> None:
        if self.view.options:
            options = self.query_one(Options)
            options.index = (options.index + step) % len(options.labels)

    def action_choose(self) -> None:
        if self.view.options and was_meant_for_panel(shown_s=self._clock() - self._ready_since):
            self._choose(self.query_one(Options).index)

    def _press(self, character: str) -> None:
        choice = next((choice for choice in self.view.choices if choice.key == character), None)
        if choice is not None:
            self._do(choice)
        elif character.isdigit():
            self._choose(int(character) - 1)

    def _choose(self, index: int) -> None:
        if index >= len(self.view.options):
            self._do(self.view.choices[0])
        elif self.view.choose is not None:
            self.post_message(self.Answered(self.view.choose(self.view.options[index])))

    def _do(self, choice: Choice) -> None:
        match choice.does:
            case Answer(op=op):
                self.post_message(self.Answered(op))
            case ShowDiff():
                self.post_message(self.DiffWanted(self.view))
            case Words() as words:
                self._open(words)

    def _open(self, words: Words) -> None:
        self._words = words
        line = self.query_one(Input)
        line.placeholder = words.placeholder
        line.display = True
        self.screen.set_focus(line)  # at once: what follows belongs there
        self._draw()

    def _draw(self) -> None:
        if not self.is_mounted:
            return
        width = max(20, self.content_size.width or self.size.width or 80)
        self.query_one("#panel-title", Static).update(self._title(width))
        if self.view.lines:
            self.query_one("#panel-lines", Static).update(self._lines(width))
        self.query_one("#panel-keys", Static).update(self._keys(width))
        self.set_class(self.has_focus or self._words is not None, "-focused")

    def _title(self, width: int) -> Content:
        style = {"ask": "$warning", "danger": "$danger", "pause": "$accent", "error": "$danger"}[self.view.tone]
        mark = {"ask": "?", "danger": "!", "pause": "‖", "error": "✗"}[self.view.tone]
        more = f"  +{self.view.waiting} more" if self.view.waiting else ""
        why = Content.styled(clip(sanitize_line(self.view.why), 1000), "$muted")
        title = Content.styled(
            clip(sanitize_line(self.view.title, reveal=True), TITLE_LIMIT),
            f"bold {style}" if self.view.tone == "danger" else "bold $foreground",
        )
        line = Content.assemble(title, "   " if why else "", why, (more, "$accent"))
        if line.cell_length + 2 <= width:
            parts = [line]
        else:
            parts = [*title.wrap(width - 2), *Content.assemble(why, (more, "$accent")).wrap(width - 2)]
        return Content.assemble((f"{mark} ", f"bold {style}"), Content("\n  ").join(part for part in parts if part))

    def _lines(self, width: int) -> Content:
        rows: list[Content] = []
        for line in self.view.lines:
            text = clip(sanitize_line(line, reveal=True), 1000)
            indent = len(text) - len(text.lstrip()) + 2
            rows += [Content(" " * indent) + part for part in Content(text.strip()).wrap(max(10, width - indent))]
        if len(rows) > _LINES_SHOWN:
            rows = [
                *rows[: _LINES_SHOWN - 1],
                Content.styled(f"  … {len(rows) - _LINES_SHOWN + 1} more lines", "$muted"),
            ]
        return Content("\n").join(rows)

    def _keys(self, width: int) -> Content:
        if self._words is not None:
            return Content.styled("  Enter sends · Esc goes back", "$muted")
        caps = list(map(self._cap, self.view.choices))
        if self.view.options or self.view.opens_with_words is not None:
            caps = [Content.styled("arrows and Enter, or the number", "$muted")] if self.has_focus else []
        if not self.has_focus:
            caps.insert(0, Content.assemble(("Alt+A", "bold $foreground"), (" to answer", "$muted")))
        return Content("\n").join(_packed(caps, width))

    def _cap(self, choice: Choice) -> Content:
        label = " " + clip(sanitize_line(choice.label), 300)
        if not self.has_focus:
            return Content.styled(f" {choice.key} {label}", "$muted")
        cap = _MAIN_CAPS[self.view.tone] if choice is self.view.main_choice else "$foreground on $faint"
        return Content.assemble((f" {choice.key} ", f"bold {cap}"), (label, "$foreground"))


def _packed(caps: list[Content], width: int) -> list[Content]:
    """As many side by side as a line holds."""
    lines: list[Content] = []
    for cap in caps:
        whole = Content.assemble(lines[-1], "   ", cap) if lines else None
        if whole is not None and whole.cell_length <= width:
            lines[-1] = whole
        else:
            lines.append(Content.assemble("  ", cap).truncate(width, ellipsis=True))
    return lines
