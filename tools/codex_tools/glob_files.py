"""`glob`: files by the pattern of their path, newest first."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from codex_core.protocol import Action, Arguments, SandboxPolicy, TextBlock, ToolContext, ToolError, ToolResult
from codex_tools.arguments import parse_arguments, tool_spec
from codex_tools.beneath import explained
from codex_tools.folder_walk import Entry, Walk
from codex_tools.near_names import missing
from codex_tools.threads import Deadline, run_until
from codex_tools.wildmatch import compile_well_formed, expand_braces
from codex_tools.workspace import Workspace, printable, require_readable

MAX_FILES = 200
TIMEOUT_S = 20.0
_WILD = re.compile(r"[*?\[\\]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Glob:
    pattern: Annotated[str, "Such as `**/*.py` (any depth), `src/*.{ts,tsx}` or `docs/**`."]
    path: Annotated[str, "The folder that the pattern starts from. Default: the workspace."] = "."


class GlobTool:
    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self.spec = tool_spec(
            "glob",
            "Find files by a pattern of their path, the most recently changed first. `*` stays inside one folder, `**`"
            f" spans any number of them. Git-ignored files are left out. At most {MAX_FILES} files.",
            Glob,
            read_only=True,
        )

    async def preview(self, args: Arguments) -> Action:
        wanted = parse_arguments(Glob, "glob", args)
        path = self._workspace.resolve_readable(wanted.path)
        _expanded(wanted.pattern)
        return Action(kind="read", summary=f"Find {printable(wanted.pattern)}", paths=(path,))

    async def run(self, args: Arguments, ctx: ToolContext) -> ToolResult:
        wanted = parse_arguments(Glob, "glob", args)
        path = ctx.action.paths[0]
        return await run_until(lambda deadline: self._find(path, wanted.pattern, ctx.policy, deadline), TIMEOUT_S)

    def _find(self, folder: Path, pattern: str, policy: SandboxPolicy, deadline: Deadline) -> ToolResult:
        require_readable(folder, policy)
        patterns = _expanded(_relative(pattern, folder))
        matches = path_matcher(patterns)
        walk = Walk(root=folder, policy=policy, deadline=deadline, enters=_enters(patterns))
        with explained(f"search {self._workspace.shown(folder)}"):
            try:
                found = [(_changed_at(e), e.path) for e in walk if not e.is_folder and matches(e.path)]
            except FileNotFoundError as error:
                raise missing(folder, self._workspace) from error
        if not found:
            return ToolResult(output=_nothing(pattern, self._workspace.shown(folder)))
        found.sort(key=lambda pair: (-pair[0], pair[1]))
        lines = [self._workspace.shown(folder / path) for _, path in found[:MAX_FILES]]
        if len(found) > MAX_FILES:
            lines.append(f"(the {MAX_FILES} newest of {len(found)} files; narrow the pattern for the others)")
        text = "\n".join(lines)
        return ToolResult(output=text, display=(TextBlock(text=text),))


def _changed_at(entry: Entry) -> int:
    info = entry.info()
    return info.st_mtime_ns if info is not None else 0


def path_matcher(patterns: list[str]) -> Callable[[str], bool]:
    """Whether a relative path matches one of the patterns.

    Raises:
        ValueError: a pattern is malformed.
    """
    compiled = [compile_well_formed(os.fsencode(pattern)) for pattern in patterns]

    def matches(path: str) -> bool:
        encoded = os.fsencode(path)
        return any(regex.fullmatch(encoded) for regex in compiled)

    return matches


def _relative(pattern: str, folder: Path) -> str:
    """Models like to write absolute patterns; one inside the folder means the same without it."""
    pattern = pattern.removeprefix("./")
    if not pattern.startswith("/"):
        return pattern
    inside = pattern.removeprefix(f"{folder}/")
    if inside == pattern:
        raise ToolError(
            f"The pattern is relative to `path`. To search elsewhere, put the folder into `path`: {pattern}"
        )
    return inside


def _expanded(pattern: str) -> list[str]:
    if not pattern.strip():
        raise ToolError("The pattern is empty. `**/*` matches every file.")
    try:
        patterns = expand_braces(pattern)
        path_matcher(patterns)
    except ValueError as error:  # UnicodeEncodeError is one
        raise ToolError(f"The pattern is not usable: {error}.") from error
    return patterns


def _enters(patterns: list[str]) -> Callable[[str], bool]:
    """Keeps the walk out of folders that the literal beginnings of the patterns exclude."""
    beginnings = [_beginning(pattern) for pattern in patterns]

    def enters(path: str) -> bool:
        here = f"{path}/"
        return any(here.startswith(start) or start.startswith(here) for start in beginnings)

    return enters


def _beginning(pattern: str) -> str:
    """The folders in front of the first wildcard: `src/app/` of `src/app/**/*.py`."""
    wild = _WILD.search(pattern)
    literal = pattern[: wild.start()] if wild else pattern
    return literal[: literal.rfind("/") + 1]


def _nothing(pattern: str, folder: str) -> str:
    where = "the workspace" if folder == "." else folder
    hint = f" `**/{pattern}` looks in every folder." if "/" not in pattern else ""
    return f"No file in {where} matches {printable(pattern)}.{hint} Git-ignored files are not searched."
