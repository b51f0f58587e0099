"""What is really drawn: every word with its colour and its ground, read off the screen in a theme that tells them."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator

from rich.style import Style
from textual.widget import Widget

from codex_themes import ThemeData
from codex_tui.app import CodexApp
from codex_tui.depth import Depth
from tests.themes.pairs import MEANING, ORNAMENT, PAIRS, PROBE
from tests.tui.stage import Player


async def strange_pairs(player: Player) -> set[str]:
    """Pairs of word and ground on the screen that the table of the themes does not have; wears the probe meanwhile."""
    worn = player.app.theme
    player.app.put_on(PROBE)
    await player.settle()
    await player.pilot.pause()
    try:
        return {_strange(text, style) for text, style in _pieces(player.app)} - {""}
    finally:
        player.app.wear(worn)
        await player.settle()


def _pieces(app: CodexApp) -> Iterator[tuple[str, Style]]:
    """What is seen of the topmost screen; what it covers is dimmed on purpose."""
    screen = app.screen
    tops: list[Widget] = list(screen.query(".sheet")) if screen.is_modal else []
    for y, strip in enumerate(screen._compositor.render_strips()):  # pyright: ignore[reportPrivateUsage] no public way
        if tops:
            region = tops[0].region
            if not region.y <= y < region.bottom:
                continue
            strip = strip.crop(region.x, region.right)
        for text, style, _ in strip:
            if style is not None and text.strip():
                yield text, style


def _strange(text: str, style: Style) -> str:
    word, ground = style.color, style.bgcolor
    pair = (
        "" if word is None else MEANING.get(word.name, word.name),
        "" if ground is None else MEANING.get(ground.name, ground.name),
    )
    if style.reverse:
        pair = pair[1], pair[0]
    is_ornament = not any(unicodedata.category(character)[0] in "LN" for character in text)
    return (
        "" if pair in PAIRS or (is_ornament and pair in ORNAMENT) else f"{pair[0]} on {pair[1]}: {text.strip()[:30]!r}"
    )


async def colours(player: Player, theme: ThemeData, depth: Depth) -> set[str]:
    """The colours on the whole screen in that theme, by their names; puts the worn one on again."""
    app = player.app
    worn, options = app.theme, app.options
    app.options = options._replace(depth=depth)
    app.put_on(theme)
    await player.settle()
    await player.pilot.pause()
    try:
        strips = app.screen._compositor.render_strips()  # pyright: ignore[reportPrivateUsage] no public way
        styles = {style for strip in strips for _, style, _ in strip if style is not None}
        return {color.name for style in styles for color in (style.color, style.bgcolor) if color is not None}
    finally:
        app.options = options
        app.wear(worn)
        await player.settle()
