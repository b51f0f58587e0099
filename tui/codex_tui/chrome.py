"""The bars around the conversation: header, tabs and status line. They show attributes and post nothing but clicks."""

from __future__ import annotations

from rich.cells import cell_len, set_cell_size
from textual.content import Content
from textual.events import Click
from textual.message import Message
from textual.reactive import reactive
from textual.widget import Widget

GAP = "  "
_MODE_STYLES = {"plan": "$reasoning", "ask": "$warning", "auto": "$success", "full": "bold $danger"}
_BAR_CELLS = 10
_KEYS_GAP = 3
_NOTICE_CELLS = 8
"""Less of a notice says nothing."""
_TITLE_CELLS = 24
"""Of the title are shown at least so many before the path."""


def spread(left: Content, right: Content, width: int) -> Content:
    """`left` and `right` at the two ends of a line of `width` cells; `left` is cut with an ellipsis where they meet."""
    room = width - right.cell_length
    if room < 8:  # too narrow for both
        return left.truncate(width, ellipsis=True)
    fitted = left.truncate(room - 2, ellipsis=True) if left.cell_length > room - 2 else left
    return Content.assemble(fitted, " " * (room - fitted.cell_length), right)


def fit(width: int, *choices: Content) -> Content:
    """The first of `choices` (widest first) that fits, else the last."""
    return next((choice for choice in choices if choice.cell_length <= width), choices[-1])


def shortened(text: str, width: int) -> str:
    """`text` in at most `width` cells, cut between words: its beginning says what it is, its end what to do."""
    if cell_len(text) <= width:
        return text
    head = set_cell_size(text, (width - 1) * 2 // 5)
    head = (head.rpartition(" ")[0] or head).rstrip()
    room = width - 3 - cell_len(head)
    tail = text
    while cell_len(tail) > room:
        tail = tail[1:]
    return f"{head} … {tail.partition(' ')[2] or tail}"


class HeaderBar(Widget):
    """What runs where, and how it is confined."""

    title = reactive("")
    place = reactive("")
    branch = reactive("")
    mode = reactive("")
    sandbox = reactive("")
    """In words: `sandbox A`; empty while it is not known."""
    is_confined = reactive(True)
    network = reactive("")

    def render(self) -> Content:
        width = self.size.width
        right = self._right(with_network=width >= 60)
        name = Content.styled(" codex-py ", "bold $background on $accent")
        where = Content.assemble(
            (f"{GAP}{self.place}" if self.place else "", "$muted"),
            (f" {self.branch}" if self.branch else "", "$reasoning"),
        )
        room = width - right.cell_length - name.cell_length - where.cell_length - 2 * len(GAP)
        if room < _TITLE_CELLS and self.title:
            where, room = Content(""), room + where.cell_length  # what is worked on says more than where
        title = Content.styled(self.title, "bold $foreground").truncate(max(0, room), ellipsis=True)
        return spread(Content.assemble(name, GAP if self.title else "", title, where), right, width)

    def _right(self, *, with_network: bool) -> Content:
        if not self.mode:
            return Content("")
        dot = (" · ", "$muted")
        parts: list[Content | tuple[str, str]] = [(self.mode, f"bold {_MODE_STYLES.get(self.mode, '$warning')}")]
        if self.sandbox:
            parts += [dot, (self.sandbox, "$success" if self.is_confined else "bold $danger")]
        if self.network and with_network:
            parts += [dot, (self.network, "$muted" if self.network == "net off" else "$warning")]
        return Content.assemble(*parts)


class StatusBar(Widget):
    """The model and what it has used; keys on the right."""

    model = reactive("")
    effort = reactive("")
    """How hard the model thinks, in a word; empty if the user has not said."""
    notice = reactive("")
    """A standing remark; where not all fits, it is shortened before the most important key goes."""
    context = reactive[float | None](None)
    """How full the model's context is, 0 to 1; None if not known."""
    usage = reactive("")
    """Tokens and cost in words."""
    keys = reactive[tuple[tuple[str, str], ...]](())
    """(key, what it does), the most important first."""

    def render(self) -> Content:
        width = self.size.width
        left = self._left(short=width < 70)
        if self.notice:
            if self._room_beside(left) < cell_len(self.notice):
                left = self._left(short=True)  # the bar draws what the number beside it says
            left = Content.assemble(left, GAP if left else "", self._notice(self._room_beside(left)))
        all_keys = [self._keys(count) for count in range(len(self.keys), 0, -1)]
        return spread(left, fit(width - left.cell_length - _KEYS_GAP, *all_keys, Content("")), width)

    def _room_beside(self, left: Content) -> int:
        return self.size.width - left.cell_length - self._keys(1).cell_length - len(GAP) - _KEYS_GAP

    def _notice(self, room: int) -> Content:
        return Content.styled(shortened(self.notice, room), "$warning") if room >= _NOTICE_CELLS else Content("")

    def _left(self, *, short: bool) -> Content:
        parts: list[Content | tuple[str, str]] = []
        if self.model:
            parts.append((self.model, "$foreground"))
            parts.append((f" {self.effort}" if self.effort else "", "$muted"))
        if self.context is not None:
            share = min(1.0, max(0.0, self.context))
            style = "$danger" if share >= 0.9 else "$warning" if share >= 0.75 else "$accent"
            if not short:
                full = round(share * _BAR_CELLS)
                parts += [(GAP + "▰" * full, style), ("▱" * (_BAR_CELLS - full), "$faint")]
            parts.append((f"{GAP if short else ' '}{share:.0%}", style))
        if self.usage:
            parts.append((f"{GAP}{self.usage}", "$muted"))
        return Content.assemble(*parts)

    def _keys(self, count: int) -> Content:
        parts: list[tuple[str, str]] = []
        for index, (key, does) in enumerate(self.keys[:count]):
            parts += [(f"{'   ' if index else ''}{key}", "$foreground"), (f" {does}", "$muted")]
        return Content.assemble(*parts)


class TabBar(Widget):
    """The three views of the narrow screen."""

    TABS = (("chat", "F2 chat"), ("timeline", "F3 timeline"), ("changes", "F4 changes"))

    class Chosen(Message):
        def __init__(self, tab: str) -> None:
            super().__init__()
            self.tab = tab

    active = reactive("chat")
    counts = reactive[dict[str, str]]({})
    """A remark beside a tab's name: `12`, `+3 −1`."""

    def render(self) -> Content:
        parts: list[tuple[str, str]] = []
        for name, label in self.TABS:
            key, _, word = label.partition(" ")
            is_active = name == self.active
            parts.append((f" {key} ", "$muted"))
            parts.append((word, "bold $accent underline" if is_active else "$foreground"))
            parts.append((f" {count}" if (count := self.counts.get(name)) else "", "$muted"))
            parts.append((" ", ""))
        return Content.assemble(*parts)

    def on_click(self, event: Click) -> None:
        start = 0
        for name, label in self.TABS:
            count = self.counts.get(name)
            end = start + len(label) + 2 + (len(count) + 1 if count else 0) + 1
            if start <= event.x < end:
                self.post_message(self.Chosen(name))
                return
            start = end
