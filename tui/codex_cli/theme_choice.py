"""The theme that is asked for, checked by whoever reads the settings, also where nothing is painted."""

from __future__ import annotations

from pathlib import Path

from codex_core.config.settings import Config


def checked_theme(config: Config, home: Path) -> str | None:
    """Return its name; None if none is asked for.

    Raises:
        ConfigError: there is none of that name, or its file is broken.
    """
    if not config.theme:
        return None
    from codex_themes import ThemeError, load_theme  # deferred: most starts name no theme

    try:
        load_theme(config.theme, home / "themes")
    except ThemeError as error:
        from codex_core.protocol import ConfigError  # deferred: before the first paint nobody needs the vocabulary

        raise ConfigError(f"{config.origins['theme']}: {error}") from error
    return config.theme
