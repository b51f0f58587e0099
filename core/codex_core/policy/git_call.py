"""A call of git, up to its sub-command: the options before it, and the folder that it works in."""

from __future__ import annotations

import posixpath
from collections.abc import Sequence
from pathlib import Path

from codex_core.policy.words import Word

_VALUED = frozenset(
    ("-C", "-c", "--git-dir", "--work-tree", "--namespace", "--exec-path", "--super-prefix", "--config-env")
)


def split(words: Sequence[str]) -> tuple[list[str], int]:
    """Return the options before the sub-command (values joined by `=`) and where the sub-command stands in `words`."""
    options: list[str] = []
    at = 1
    while at < len(words) and words[at].startswith("-"):
        if words[at] in _VALUED and at + 1 < len(words):
            options.append(f"{words[at]}={words[at + 1]}")
            at += 2
        else:
            options.append(words[at])
            at += 1
    return options, at


def folder_of(words: Sequence[Word], folder: Path | None) -> Path | None:
    """Where `git -C …` works, when it is called in `folder`; None if that is not known."""
    for option in split([word.text for word in words])[0]:
        if option.startswith("-C=") and folder is not None:
            folder = Path(posixpath.normpath(posixpath.join(str(folder), option[3:])))
    return folder
