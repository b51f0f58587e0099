"""Words that every export of a session has in common."""

from __future__ import annotations

import datetime

from codex_core.protocol import FileDiff, Usage
from codex_tui import spoken


def time_words(at: float) -> str:
    """`2026-03-01 09:30:00`, where the reader is; `at`: seconds since 1970."""
    return f"{datetime.datetime.fromtimestamp(at).astimezone():%Y-%m-%d %H:%M:%S}"


def used_words(usage: Usage) -> str:
    """What the models have taken; empty if nothing."""
    return spoken.usage_words(usage) if usage.input_tokens or usage.output_tokens else ""


def file_words(file: FileDiff) -> str:
    """`old → new (moved) +3 −1`"""
    name = f"{file.old_path} → {file.path}" if file.old_path and file.old_path != file.path else file.path
    kind = {"add": " (new)", "delete": " (deleted)"}.get(file.kind, "")
    return f"{name}{kind} +{file.added} −{file.removed}"
