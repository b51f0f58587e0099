"""Labelled shell lines, one a line; `⏎` stands for a newline within one."""

from __future__ import annotations

from pathlib import Path


def labelled(name: str) -> list[str]:
    text = (Path(__file__).parent / f"{name}.txt").read_text()
    return [line.replace("⏎", "\n") for line in text.splitlines() if line]
