"""What a question looks like: its parts as text for a width. Pure; cleans what models and programs wrote."""

from __future__ import annotations

from collections.abc import Sequence

from textual.content import Content

from codex_tui.panels.view import TITLE_LIMIT, Choice, Fact, PanelView, Tone
from codex_tui.quoted import quoted_content
from codex_tui.sanitize import clip, sanitize_line
from codex_tui.yielding import more

LINES_SHOWN = 10
BODY_LINES = 12
_BELOW, _GAPS = 4, 6
"""Lines of the composer below a question, and of the empty ones in it."""
_INDENT = 2
_STYLES: dict[Tone, str] = {"ask": "$warning", "danger": "$danger", "pause": "$accent", "error": "$danger"}
_MARKS: dict[Tone, str] = {"ask": "?", "danger": "!", "pause": "‖", "error": "✗"}
_MAIN_CAPS: dict[Tone, str] = {
    "ask": "$background on $warning",
    "danger": "$background on $foreground",  # not red: the loudest key is the one that does no harm
    "pause": "$background on $accent",
    "error": "$background on $danger",
}
_FACT_STYLES = {"text": "$foreground", "muted": "$muted", "warning": "$warning", "danger": "bold $danger"}
_GAP = "   "


def room(screen_height: int, *, has_gaps: bool) -> int:
    """Lines for a question: its keys must not be pushed off a low screen."""
    return screen_height * 3 // 4 - _BELOW - (_GAPS if has_gaps else 0)


def body_room(screen_height: int, *, is_main: bool) -> int:
    """Lines of the screen that the blocks may take; `is_main`: they are what is to be read."""
    lines = max(4, min(BODY_LINES, screen_height * 2 // 5))
    return max(lines, screen_height // 2 - 2) if is_main else lines


def height(text: Content) -> int:
    """Lines of a text that is broken already."""
    return text.plain.count("\n") + 1


def title(view: PanelView, width: int, limit: int = TITLE_LIMIT) -> Content:
    """What is asked and why, with the count of questions at the right edge. `limit`: characters of what is asked."""
    style = _STYLES[view.tone]
    is_danger = view.tone == "danger"
    count = Content.styled(view.count, "bold $accent")
    words = Content.styled(
        clip(sanitize_line(view.title, reveal=True), limit), f"bold {style}" if is_danger else "bold $foreground"
    )
    why = quoted_content(clip(sanitize_line(view.why), 1000), style if is_danger else "$muted")
    room = width - _INDENT - (count.cell_length + len(_GAP) if view.count else 0)
    whole = Content.assemble(words, _GAP if why else "", why)
    parts = [whole] if whole.cell_length <= room else [*words.wrap(room), *why.wrap(width - _INDENT)]
    lines = [part for part in parts if part] or [Content("")]
    if view.count:
        pad = max(1, width - _INDENT - lines[0].cell_length - count.cell_length)
        lines[0] = Content.assemble(lines[0], " " * pad, count)
    return Content.assemble((f"{_MARKS[view.tone]} ", f"bold {style}"), Content("\n" + " " * _INDENT).join(lines))


def facts(shown: Sequence[Fact], width: int, most: int = 100) -> Content:
    """Names in one column, what is said of them in the next; in at most `most` rows, but for two.

    What is long is cut first: the sheet that explains shows it whole.
    """
    rows: list[Content] = []
    for each in (max(1, most), 6, 4, 3, 2, 1):
        rows = _fact_rows(shown, width, each)
        if len(rows) <= most:
            break
    else:
        rows = _fact_rows([fact for fact in shown if fact.tone != "muted"], width, 1)[: max(2, most)]
    return Content("\n").join(rows)


def _fact_rows(shown: Sequence[Fact], width: int, each: int) -> list[Content]:
    """Every fact in at most `each` rows."""
    column = max((len(fact.name) for fact in shown), default=0)
    room = max(10, width - _INDENT - column - 2)
    rows: list[Content] = []
    for fact in shown:
        style = _FACT_STYLES[fact.tone]
        parts: list[Content] = []
        for line in fact.lines:
            text = clip(sanitize_line(line, reveal=True), 1000)
            said = quoted_content(text, style) if fact.is_prose else Content.styled(text, style)
            parts += said.wrap(room)
        if len(parts) > each:
            last = parts[each - 1]
            parts = [*parts[: each - 1], Content.assemble(last.truncate(room - 2), (" …", style))]
        name = fact.name
        for part in parts:
            rows.append(Content.assemble(" " * _INDENT, (f"{name:<{column}}  ", "$muted"), part))
            name = ""
    return rows


def lines(shown: Sequence[str], width: int) -> Content:
    rows: list[Content] = []
    for line in shown:
        text = clip(sanitize_line(line, reveal=True), 1000)
        indent = len(text) - len(text.lstrip()) + _INDENT
        rows += [Content(" " * indent) + part for part in Content(text.strip()).wrap(max(10, width - indent))]
    if len(rows) > LINES_SHOWN:
        rows = [*rows[: LINES_SHOWN - 1], Content.styled(f"  … {len(rows) - LINES_SHOWN + 1} more lines", "$muted")]
    return Content("\n").join(rows)


def options(labels: Sequence[str], index: int, width: int, *, risky: frozenset[int] = frozenset()) -> Content:
    """Numbered rows, one of them current."""
    rows: list[Content] = []
    for at, label in enumerate(labels):
        is_current = at == index
        lead = Content.styled(f"{'›' if is_current else ' '} {at + 1 if at < 9 else ' '}  ", "bold $accent")
        style = f"{'bold ' if is_current else ''}{'$danger' if at in risky else '$foreground'}"
        text = Content.styled(clip(sanitize_line(label, reveal=True), 500), style)
        for part in text.wrap(max(10, width - lead.cell_length)):
            rows.append(Content.assemble(lead, part))
            lead = Content(" " * lead.cell_length)
    return Content("\n").join(rows)


def around(drawn: Content, labels: Sequence[str], index: int, width: int, most: int) -> Content:
    """At most so many of the rows of `options`, the current one among them."""
    rows = drawn.split("\n", allow_blank=True)
    if not 0 < most < len(rows):
        return drawn
    above = height(options(labels[:index], -1, width)) if index else 0
    first = min(above, len(rows) - most)
    *shown, last = rows[first : first + most]
    return Content("\n").join([*shown, more(last, len(rows) - most, width)])


def keys(view: PanelView, width: int, *, has_focus: bool) -> Content:
    """The choices as key caps; quiet while keys go elsewhere."""
    caps = [_cap(choice, view, choice.label, has_focus=has_focus) for choice in view.choices]
    if len(_packed(caps, width)) > 1:
        caps = [_cap(choice, view, choice.short or choice.label, has_focus=has_focus) for choice in view.choices]
    if view.choose is not None or view.opens_with_words is not None:
        caps = [Content.styled("arrows and Enter, or the number", "$muted")] if has_focus else []
    if not has_focus:
        caps.insert(0, Content.assemble(("Alt+A", "bold $foreground"), (" to answer", "$muted")))
    packed = _packed(caps, width)
    return Content("\n").join(packed if len(packed) == 1 else _packed(caps, width, gap="  "))


def hints(pairs: Sequence[tuple[str, str]], width: int) -> Content:
    """Keys of a page inside the panel, with what they do."""
    caps = [Content.assemble((key, "$foreground"), (f" {does}", "$muted")) for key, does in pairs]
    return Content("\n").join(_packed(caps, width))


def _cap(choice: Choice, view: PanelView, words: str, *, has_focus: bool) -> Content:
    label = " " + clip(sanitize_line(words), 300)
    if not has_focus:
        return Content.styled(f" {choice.key} {label}", "$muted")
    cap = _MAIN_CAPS[view.tone] if choice is view.main_choice else "$foreground on $faint"
    return Content.assemble((f" {choice.key} ", f"bold {cap}"), (label, "$foreground"))


def _packed(caps: Sequence[Content], width: int, gap: str = _GAP) -> list[Content]:
    """As many side by side as a line holds."""
    packed: list[Content] = []
    for cap in caps:
        whole = Content.assemble(packed[-1], gap, cap) if packed else None
        if whole is not None and whole.cell_length <= width:
            packed[-1] = whole
        else:
            packed.append(Content.assemble(" " * _INDENT, cap).truncate(width, ellipsis=True))
    return packed
