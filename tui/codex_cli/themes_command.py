"""`codex-py themes list|show NAME`.

`list --json` is a list of `{name, file, dark}`, with `error` instead of `dark` for a broken file; it exits 0 all the
same. `show --json` is `{name, dark, colors, diff, syntax}`, every colour as `#rrggbb`.
"""

from __future__ import annotations

import json
import os
import sys
from dataclasses import asdict
from pathlib import Path

from codex_cli.arguments import Request, UsageError
from codex_core.config.home import home_folder
from codex_themes import ThemeData, ThemeError, list_themes, load_theme


def run_themes(request: Request) -> int:
    """Run `themes list` or `themes show`.

    Raises:
        UsageError: there is no such theme, or its file is broken.
    """
    folder = Path(home_folder(os.environ)) / "themes"
    as_json = request.flag("json")
    return _show(request.words[0], folder, as_json) if request.words else _list(folder, as_json)


def _list(folder: Path, as_json: bool) -> int:
    rows: list[dict[str, str | bool]] = []
    for name, path in list_themes(folder).items():
        row: dict[str, str | bool] = {"name": name, "file": str(path)}
        try:
            rows.append(row | {"dark": load_theme(name, folder).dark})
        except ThemeError as error:
            rows.append(row | {"error": str(error)})
    if as_json:
        print(json.dumps(rows, indent=1))  # noqa: T201
        return 0
    for row in rows:
        if "error" in row:
            print(f"codex-py: {row['error']}", file=sys.stderr)  # noqa: T201
        else:
            print(f"{row['name']:<20} {'dark' if row['dark'] else 'light'}")  # noqa: T201
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
    for line in _lines(theme, is_coloured=sys.stdout.isatty() and not os.environ.get("NO_COLOR")):
        print(line)  # noqa: T201
    return 0


def _lines(theme: ThemeData, *, is_coloured: bool) -> list[str]:
    lines: list[str] = []
    for section, colors in (("colors", theme.colors), ("diff", theme.diff), ("syntax", theme.syntax)):
        lines.append(f"\n[{section}]")
        for name, color in colors.items():
            swatch = "\x1b[48;2;{};{};{}m    \x1b[0m ".format(*bytes.fromhex(color[1:])) if is_coloured else ""
            lines.append(f"{swatch}{name:<20} {color}")
    return lines
