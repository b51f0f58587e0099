"""Which commands show what is kept from others."""

from __future__ import annotations

import re

from codex_core.policy.assessment import Assessment
from codex_core.policy.feeders import name_of
from codex_core.policy.places import Surroundings, is_secret, paths_in
from codex_core.policy.words import Command

_HIDES_NAMES = frozenset(
    (
        "echo",
        "ls",
        "stat",
        "test",
        "[",
        "[[",
        "basename",
        "dirname",
        "realpath",
        "readlink",
        "file",
        "du",
        "which",
        "type",
        "tree",
        "find",
        "cd",
        "printf",
        "git",
        ":",
        "mkdir",
        "touch",
        "fd",
        "df",
        "sleep",
        "gitignore",
        "export",
        "local",
        "true",
        "for",
        "pgrep",
        "expr",
        "seq",
        "rm",
        "chmod",
    )
)
"""They tell nothing of what is in a file."""
_PATTERN_FIRST = frozenset(("grep", "egrep", "fgrep", "rg", "sed", "awk", "gawk", "jq", "ag", "ack", "perl", "tr"))
_NO_FILES = frozenset(
    ("kubectl", "docker", "podman", "npm", "pip", "pip3", "cargo", "go", "gh", "apt", "brew", "man", "help", "history")
)


def show_secrets(found: Assessment, command: Command, around: Surroundings) -> None:
    """Whether it would show what is kept from others."""
    program = name_of(command)
    words = command.words[1:]
    if program in ("source", "."):
        return
    passes_on = program in ("echo", "printf") and command.feeds
    passes_on = passes_on or (program == "find" and any(word.text.startswith("-exec") for word in words))
    hides = program in _HIDES_NAMES and not passes_on
    if program in _PATTERN_FIRST:
        skipped = next((at for at, word in enumerate(words) if not word.text.startswith("-")), len(words))
        given = any(re.match(r"-\w*[ef]$|--regexp|--file|--expression", word.text) for word in words)
        words = words if given and program not in ("sed", "awk") else words[:skipped] + words[skipped + 1 :]
        words = tuple(word for word in words if not word.text.startswith("-"))
    if hides or program in _NO_FILES:
        return
    for word in words:
        for text in word.texts or (*word.guesses, word.shown):
            if len(text) == 2 and text[0] == "-":
                continue
            for path in paths_in(text):
                if path and is_secret(path, command.folder, around, globs=word.globs) and not _is_prose(path):
                    found.add("danger", "secret:read", f"`{program} {word.shown[:60]}` shows what may be a secret")
                    return


def _is_prose(path: str) -> bool:
    return " " in path and "/" not in path
