"""What the first answer would import, imported before it comes."""

from __future__ import annotations

import importlib

from codex_tui.code.lexers import lexer_named


def rehearse() -> None:
    """Blocks for some 30 ms: for a thread."""
    importlib.import_module("codex_tui.markdown.stream")
    lexer_named("python")  # brings what all lexers share
