"""What the widget tests share: themes, a one-widget app, and the screen as text."""

from __future__ import annotations

from collections.abc import Sequence

from rich.style import Style
from textual.app import App, ComposeResult
from textual.widget import Widget

from codex_themes import load_theme
from codex_tui.lines.row import Row
from codex_tui.palette import Palette, add_theme
from codex_tui.scrollbar import THUMB

NIGHT = Palette(load_theme("night"))


class OneWidgetApp(App[None]):
    """Shows one widget over the whole screen."""

    AUTO_FOCUS = None

    def __init__(self, widget: Widget, theme: str = "night") -> None:
        super().__init__()
        self._widget = widget
        for name in ("night", "day"):
            self.register_theme(add_theme(load_theme(name)))
        self.theme = theme
        self.animation_level = "none"

    def compose(self) -> ComposeResult:
        yield self._widget


def screen_lines(app: App[None]) -> list[str]:
    """The lines of the screen as they are now, without the scrollbar and the spaces on their right."""
    return [strip.text.removesuffix(THUMB).rstrip() for strip in app.screen._compositor.render_strips()]


def screen_text(app: App[None]) -> str:
    return "\n".join(screen_lines(app))


def screen_cells(app: App[None]) -> list[list[tuple[str, str]]]:
    """Every run of cells with its style, in a form that compares; without the scrollbar, which shows estimates."""
    picture: list[list[tuple[str, str]]] = []
    for strip in app.screen._compositor.render_strips():
        strip = strip.crop(0, strip.cell_length - 1)
        line: list[tuple[str, str]] = []
        for text, style, _ in strip:
            look = _look(style)
            if line and line[-1][1] == look:
                line[-1] = (line[-1][0] + text, look)
            else:
                line.append((text, look))
        picture.append(line)
    return picture


def _look(style: Style | None) -> str:
    if style is None:
        return ""
    color, ground = (one.name if one else "" for one in (style.color, style.bgcolor))
    return f"{style.without_color} {color} on {ground}"


def rows_text(rows: Sequence[Row]) -> list[str]:
    return [row.text.rstrip() for row in rows]
