"""`codex-py themes list|show NAME`.

`list --json` is a list of `{name, file, dark, about}`, with `error` instead of the last two for a broken file; it exits
0 all the same. `show --json` is `{name, about, dark, colors, diff, syntax}`, every colour as `#rrggbb` or by its name
in the terminal.
"""

from __future__ import annotations

import json
import os
import sys
from dataclasses import asdict
from pathlib import Path

from codex_cli.arguments import Request, UsageError
from codex_cli.swatches import Swatches
from codex_core.config.home import home_folder
from codex_themes import ThemeData, ThemeError, list_themes, load_theme
from codex_tui.depth import Depth, depth_of


def run_themes(request: Request) -> int:
    """Run `themes list` or `themes show`.

    Raises:
        UsageError: there is no such theme, or its file is broken.
    """
    folder = Path(home_folder(os.environ)) / "themes"
    as_json = request.flag("json")
    return _show(request.words[0], folder, as_json) if request.words else _list(folder, as_json)


def _list(folder: Path, as_json: bool) -> int:
    themes: list[ThemeData] = []
    rows: list[dict[str, str | bool]] = []
    for name, path in list_themes(folder).items():
        row: dict[str, str | bool] = {"name": name, "file": str(path)}
        try:
            theme = load_theme(name, folder)
        except ThemeError as error:
            rows.append(row | {"error": str(error)})
        else:
            themes.append(theme)
            rows.append(row | {"dark": theme.dark, "about": theme.about})
    if as_json:
        print(json.dumps(rows, indent=1))  # noqa: T201
        return 0
    column = max((len(theme.name) for theme in themes), default=0)
    for theme in themes:
        swatches = f"{Swatches(theme, depth).row()}  " if (depth := _depth()) != "none" else ""
        kind = "dark " if theme.dark else "light"
        print(f"{theme.name:<{column}}  {kind}  {swatches}{_line(theme.about)}".rstrip())  # noqa: T201
    for row in rows:
        if "error" in row:
            print(f"codex-py: {row['error']}", file=sys.stderr)  # noqa: T201
    return 0


def _show(name: str, folder: Path, as_json: bool) -> int:
    try:
        theme = load_theme(name, folder)
    except ThemeError as error:
        raise UsageError(str(error)) from error
    if as_json:
        print(json.dumps(asdict(theme), indent=1))  # noqa: T201
        return 0
    print(f"{theme.name} ({'dark' if theme.dark else 'light'})")  # noqa: T201
    if theme.about:
        print(_line(theme.about))  # noqa: T201
    swatches = Swatches(theme, depth) if (depth := _depth()) != "none" else None
    for section, colors in (("colors", theme.colors), ("diff", theme.diff), ("syntax", theme.syntax)):
        print(f"\n[{section}]")  # noqa: T201
        for key, color in colors.items():
            print(f"{f'{swatches.of(key, color)} ' if swatches else ''}{key:<20} {color}")  # noqa: T201
    return 0


def _depth() -> Depth:
    return depth_of(os.environ) if sys.stdout.isatty() and os.environ.get("TERM") != "dumb" else "none"


def _line(text: str) -> str:
    """A theme's own words, which may come from anywhere, as one harmless line."""
    return "".join(c if c.isprintable() else " " for c in text)[:200]
