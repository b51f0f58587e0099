"""The texts beside this file that the model is given."""

from __future__ import annotations

from functools import cache
from pathlib import Path


@cache
def prompt(name: str) -> str:
    """The text of `prompts/NAME.md`."""
    return (Path(__file__).parent / "prompts" / f"{name}.md").read_text("utf-8")
