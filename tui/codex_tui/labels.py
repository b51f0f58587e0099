"""Short names for tool calls: a verb and what it is about, out of the tool's name and its arguments."""

from __future__ import annotations

import json
from typing import cast

_VERBS = {
    "read_file": "read",
    "list_dir": "list",
    "glob": "glob",
    "grep": "grep",
    "write_file": "write",
    "edit_file": "edit",
    "apply_patch": "patch",
    "shell": "shell",
    "background": "background",
    "update_plan": "plan",
    "ask_user": "ask",
    "web_fetch": "fetch",
}
_SUBJECT_KEYS = ("command", "path", "file_path", "pattern", "query", "url", "question", "name")
_PATCH_FILE = ("*** Update File: ", "*** Add File: ", "*** Delete File: ")
_LIMIT = 300
_PARSED_CHARACTERS = 200_000


def verb_of(tool: str) -> str:
    """`edit_file` is `edit`, `mcp__git__log` is `git·log`; a name that is not known stays as it is."""
    if tool.startswith("mcp__"):
        return "·".join(tool.removeprefix("mcp__").split("__", 1))
    return _VERBS.get(tool, tool)


def subject_of(arguments: str) -> str:
    """What a call is about, in one line: the argument that names it, else the first that is text."""
    if len(arguments) > _PARSED_CHARACTERS:
        return ""
    try:
        parsed = cast(object, json.loads(arguments or "{}"))
    except (ValueError, RecursionError):
        return ""
    if not isinstance(parsed, dict):
        return ""
    values = cast(dict[str, object], parsed)
    texts = {key: value for key, value in values.items() if isinstance(value, str) and value.strip()}
    for key in _SUBJECT_KEYS:
        if key in texts:
            return _one_line(texts[key])
    first = next(iter(texts.values()), "")
    return _files_of_patch(first) or _one_line(first)


def command_of(arguments: str) -> str:
    """The whole command line of a shell call; empty if there is none."""
    if len(arguments) > _PARSED_CHARACTERS:
        return ""
    try:
        parsed = cast(object, json.loads(arguments or "{}"))
    except (ValueError, RecursionError):
        return ""
    command = cast(dict[str, object], parsed).get("command") if isinstance(parsed, dict) else None
    return command if isinstance(command, str) else ""


def _files_of_patch(text: str) -> str:
    files = [line[len(mark) :].strip() for line in text.splitlines() for mark in _PATCH_FILE if line.startswith(mark)]
    return ", ".join(files)[:_LIMIT]


def _one_line(text: str) -> str:
    first, *rest = text.strip()[: _LIMIT * 4].splitlines() or [""]
    return first[:_LIMIT] + (" …" if rest or len(first) > _LIMIT else "")
