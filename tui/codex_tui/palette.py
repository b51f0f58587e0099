"""The colours of one theme as Rich styles by meaning, and as a Textual theme with the same colours for CSS.

Styles are made once per theme and meaning, never per line. Every style carries its background, because the line
widgets draw whole lines themselves.
"""

from __future__ import annotations

from typing import Literal, TypeAlias

from rich.style import Style
from textual.theme import Theme

from codex_themes import DEFAULT_DARK, ThemeData, load_theme
from codex_tui.color_table import TableFilter, in_table, least_contrast, readable
from codex_tui.depth import Depth, in_sixteen, is_ground
from codex_tui.repaint import Repaint, colorless_repaint, terminal_repaint, true_colors

Ground: TypeAlias = Literal[
    "background",
    "surface",
    "panel",
    "selection",
    "added_background",
    "removed_background",
    "added_word",
    "removed_word",
    "accent",
]

BOLD, ITALIC, UNDERLINE, STRIKE = 1, 2, 4, 8


class Palette:
    """Styles of one theme. Two palettes are the same only if they are one object."""

    __slots__ = ("_colors", "_least_contrast", "_styles", "depth", "repaint", "source", "theme")

    def __init__(self, theme: ThemeData, depth: Depth = "full") -> None:
        self.source = theme
        self.depth = depth
        self.theme = in_sixteen(theme) if depth == "16" else theme
        self._colors = true_colors(self.theme)
        self.repaint: Repaint | TableFilter | None = None
        """What translates the styles of ordinary widgets where true colours are not shown; None where they are."""
        if depth == "none":
            self.repaint = colorless_repaint(self._colors)
        elif self.theme.uses_terminal_colors:
            self.repaint = terminal_repaint(self.theme, self._colors)
        self._least_contrast = 0.0
        """Words have it on every ground; 0 where the theme has seen to that."""
        if depth == "256" and self.repaint is None:
            self._least_contrast = least_contrast(self._colors)
            self._colors = in_table(self._colors, dark=self.theme.dark)
            self.repaint = TableFilter()
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
        word, below = self._colors.get(meaning) or self._colors["text"], self._colors[ground]
        if self._least_contrast and not is_ground(meaning):
            word = readable(word, below, self._least_contrast)
        style = Style(
            color=word,
            bgcolor=below,
            bold=bool(attributes & BOLD) or None,
            italic=bool(attributes & ITALIC) or None,
            underline=bool(attributes & UNDERLINE) or None,
            strike=bool(attributes & STRIKE) or None,
            link=link or None,
        )
        return style if self.repaint is None else self.repaint.translate(style)

    def textual_theme(self) -> Theme:
        """The same colours for CSS: Textual's own variables and `$muted`, `$faint`, `$user`, `$reasoning`, …"""
        color = self._colors
        # By name, too: what Textual makes of its own ones is rounded on the way.
        own = {name: color[name] for name in self.theme.colors if name != "text"}
        own |= {"foreground": color["text"], "error": color["danger"], "boost": color["panel"]}
        own |= {"primary": color["accent"], "secondary": color["reasoning"]}
        own |= {f"diff-{name.replace('_', '-')}": color[name] for name in self.theme.diff}
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


def add_theme(theme: ThemeData, depth: Depth = "full") -> Theme:
    """Make `theme` known to the line widgets by its name; returns what `App.register_theme` wants."""
    palette = _palettes.pop(theme.name, None)
    if palette is None or (palette.source, palette.depth) != (theme, depth):
        palette = Palette(theme, depth)
    _palettes[theme.name] = palette
    return palette.textual_theme()


def palette_named(name: str) -> Palette:
    """The palette of a theme that was added; for any other name the one added last, else the default."""
    if (palette := _palettes.get(name)) is not None:
        return palette
    if not _palettes:
        add_theme(load_theme(DEFAULT_DARK))
    return next(reversed(_palettes.values()))
