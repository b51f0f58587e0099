"""The colours of one theme as Rich styles by meaning, and as a Textual theme with the same colours for CSS.

Styles are made once per theme and meaning, never per line. Every style carries its background, because the line
widgets draw whole lines themselves.
"""

from __future__ import annotations

from typing import Literal, TypeAlias

from rich.style import Style
from textual.theme import Theme

from codex_themes import DEFAULT_DARK, ThemeData, load_theme

Ground: TypeAlias = Literal[
    "background",
    "surface",
    "panel",
    "selection",
    "added_background",
    "removed_background",
    "added_word",
    "removed_word",
]

BOLD, ITALIC, UNDERLINE, STRIKE = 1, 2, 4, 8


class Palette:
    """Styles of one theme. Two palettes are the same only if they are one object."""

    __slots__ = ("_colors", "_styles", "theme")

    def __init__(self, theme: ThemeData) -> None:
        self.theme = theme
        self._colors: dict[str, str] = {
            **{f"syntax.{name}": color for name, color in theme.syntax.items()},
            **theme.diff,
            **theme.colors,
        }
        self._styles: dict[tuple[str, Ground, int, str], Style] = {}

    def style(self, meaning: str, ground: Ground = "background", attributes: int = 0, link: str = "") -> Style:
        """The style of `meaning` (a colour name, `syntax.NAME` for code) on `ground`; unknown meanings are text.

        `attributes` are BOLD, ITALIC, UNDERLINE, STRIKE added up. `link` must be a checked address: terminals open it.
        """
        key = (meaning, ground, attributes, link)
        style = self._styles.get(key)
        if style is None:
            style = self._make(meaning, ground, attributes, link)
            if not link:
                self._styles[key] = style
        return style

    def _make(self, meaning: str, ground: Ground, attributes: int, link: str) -> Style:
        return Style(
            color=self._colors.get(meaning) or self._colors["text"],
            bgcolor=self._colors[ground],
            bold=bool(attributes & BOLD) or None,
            italic=bool(attributes & ITALIC) or None,
            underline=bool(attributes & UNDERLINE) or None,
            strike=bool(attributes & STRIKE) or None,
            link=link or None,
        )

    def textual_theme(self) -> Theme:
        """The same colours for CSS: Textual's own variables and `$muted`, `$faint`, `$user`, `$reasoning`, …"""
        color = self.theme.colors
        own = {name: color[name] for name in ("muted", "faint", "user", "danger", "reasoning", "code", "selection")}
        own |= {f"diff-{name.replace('_', '-')}": value for name, value in self.theme.diff.items()}
        return Theme(
            name=self.theme.name,
            primary=color["accent"],
            secondary=color["reasoning"],
            accent=color["accent"],
            warning=color["warning"],
            error=color["danger"],
            success=color["success"],
            foreground=color["text"],
            background=color["background"],
            surface=color["surface"],
            panel=color["panel"],
            boost=color["panel"],
            dark=self.theme.dark,
            variables={
                **own,
                "text-muted": color["muted"],
                "foreground-muted": color["muted"],
                "border": color["faint"],
                "border-blurred": color["faint"],
                "scrollbar": color["faint"],
                "scrollbar-hover": color["muted"],
                "scrollbar-active": color["accent"],
                "scrollbar-background": color["background"],
                "scrollbar-background-hover": color["background"],
                "scrollbar-background-active": color["background"],
                "scrollbar-corner-color": color["background"],
                "screen-selection-background": color["selection"],
                "screen-selection-foreground": color["text"],
                "input-selection-background": color["selection"],
                "input-cursor-background": color["accent"],
                "input-cursor-foreground": color["background"],
                "block-cursor-background": color["panel"],
                "block-cursor-foreground": color["text"],
                "block-cursor-text-style": "bold",
                "footer-key-foreground": color["accent"],
                "link-color": color["accent"],
                "link-background-hover": color["panel"],
                "link-color-hover": color["accent"],
            },
        )


_palettes: dict[str, Palette] = {}


def add_theme(theme: ThemeData) -> Theme:
    """Make `theme` known to the line widgets by its name; returns what `App.register_theme` wants."""
    palette = _palettes[theme.name] = Palette(theme)
    return palette.textual_theme()


def palette_named(name: str) -> Palette:
    """The palette of a theme that was added; the default one for themes that are not ours."""
    palette = _palettes.get(name)
    if palette is None:
        if DEFAULT_DARK not in _palettes:
            add_theme(load_theme(DEFAULT_DARK))
        palette = _palettes[DEFAULT_DARK]
    return palette
