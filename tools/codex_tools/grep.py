"""`grep`: lines that match a regular expression, grouped by file."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

from codex_core.protocol import Action, Arguments, SandboxPolicy, TextBlock, ToolContext, ToolError, ToolResult
from codex_tools.arguments import AtLeast, parse_arguments, tool_spec
from codex_tools.folder_walk import Walk
from codex_tools.glob_files import path_matcher
from codex_tools.near_names import missing
from codex_tools.search_process import (
    TIMEOUT_S,
    PatternRefusedError,
    RawMatches,
    Search,
    find_ripgrep,
    run_own_grep,
    run_ripgrep,
)
from codex_tools.threads import Deadline, run_until
from codex_tools.wildmatch import expand_braces
from codex_tools.workspace import Workspace, printable, require_readable

MAX_MATCHES = 200
MAX_CHARS = 40_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Grep:
    pattern: Annotated[str, "A regular expression. Escape what is meant literally: `foo\\(`."]
    path: Annotated[str, "The folder or file to search. Default: the workspace."] = "."
    glob: Annotated[str | None, "Only files like this: `*.py` in any folder, `src/**/*.ts` from `path` on."] = None
    ignore_case: Annotated[bool, "Default: false."] = False
    context: Annotated[int, "Lines to show around each match. Default: 0.", AtLeast(0)] = 0


@dataclass(slots=True)
class _FileMatches:
    path: str
    lines: list[tuple[int, bool, str]] = field(default_factory=list[tuple[int, bool, str]])
    """Number, whether it matches (else it is context), text."""


class GrepTool:
    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self.spec = tool_spec(
            "grep",
            "Search file contents by a regular expression, line by line. Results are grouped by file, with line"
            f" numbers. Git-ignored and binary files are not searched. At most {MAX_MATCHES} matches."
            " Prefer it to grep and rg in shell.",
            Grep,
            read_only=True,
        )

    async def preview(self, args: Arguments) -> Action:
        wanted = parse_arguments(Grep, "grep", args)
        if not wanted.pattern:
            raise ToolError("The pattern is empty.")
        if "\n" in wanted.pattern:
            raise ToolError("The pattern has a line break, but the search goes line by line. Search for one line.")
        path = self._workspace.resolve_readable(wanted.path)
        where = "" if path == self._workspace.folder else f" in {self._workspace.shown(path)}"
        return Action(kind="read", summary=f"Search {printable(wanted.pattern)}{where}", paths=(path,))

    async def run(self, args: Arguments, ctx: ToolContext) -> ToolResult:
        wanted = parse_arguments(Grep, "grep", args)
        path = ctx.action.paths[0]
        search = await run_until(lambda deadline: self._search(path, wanted, ctx.policy, deadline), TIMEOUT_S)
        program = await run_until(lambda _: find_ripgrep(ctx.policy), TIMEOUT_S)
        try:
            raw = await _matches(program, search)
        except PatternRefusedError as error:
            raise ToolError(
                f"The pattern is no valid regular expression:\n{error}\n"
                "To search for it literally, put a backslash before each of . * + ? ( ) [ ] { } | ^ $ \\"
            ) from error
        return await run_until(lambda deadline: self._result(raw, search, path, wanted.glob, deadline), TIMEOUT_S)

    def _search(self, path: Path, wanted: Grep, policy: SandboxPolicy, deadline: Deadline) -> Search:
        require_readable(path, policy)
        if not path.exists():
            raise missing(path, self._workspace)
        is_folder = path.is_dir()
        if not is_folder and not path.is_file():
            raise ToolError(f"{self._workspace.shown(path)} is neither a file nor a folder.")
        return Search(
            root=path if is_folder else path.parent,
            paths=_files(path, wanted.glob or "", policy, deadline) if is_folder else [path.name],
            pattern=wanted.pattern,
            policy=policy,
            ignore_case=wanted.ignore_case,
            context_lines=min(wanted.context, 50),
        )

    def _result(self, raw: RawMatches, search: Search, path: Path, glob: str | None, deadline: Deadline) -> ToolResult:
        files = sorted(_grouped(raw.output, search, deadline), key=lambda file: file.path)
        total = sum(is_match for file in files for _, is_match, _ in file.lines)
        if not total:
            return ToolResult(output=_nothing(search.pattern, glob, self._workspace.shown(path)))
        lines, shown = self._lines(files, search)
        more = "at least " if raw.is_cut else ""
        if shown < total or raw.is_cut:
            lines.append(f"(the first {shown} of {more}{total} matches; narrow `path`, `glob` or the pattern)")
        else:
            lines.append(f"({_number(total, 'match', 'matches')} in {_number(len(files), 'file', 'files')})")
        text = "\n".join(lines)
        return ToolResult(output=text, display=(TextBlock(text=text),))

    def _lines(self, files: list[_FileMatches], search: Search) -> tuple[list[str], int]:
        """What is shown, and how many matches are in it."""
        lines: list[str] = []
        shown = size = 0
        for file in files:
            lines.append(self._workspace.shown(search.root / file.path))
            last = 0
            for number, is_match, text in file.lines:
                if shown >= MAX_MATCHES or size > MAX_CHARS:
                    return lines, shown
                if last and number > last + 1 and search.context_lines:
                    lines.append("  --")
                lines.append(f"  {number}{':' if is_match else '-'} {text}")
                shown += is_match
                size += len(text) + 8
                last = number
        return lines, shown


async def _matches(program: str | None, search: Search) -> RawMatches:
    if program is not None:
        try:
            return await run_ripgrep(program, search)
        except PatternRefusedError as error:
            if not _needs_python(str(error)):
                raise
    return await run_own_grep(search)


def _needs_python(error: str) -> bool:
    """Whether ripgrep's engine lacks what the pattern uses and Python's has it."""
    return "look-around" in error or "backreferences" in error


def _files(folder: Path, glob: str, policy: SandboxPolicy, deadline: Deadline) -> list[str]:
    """The files that are to be searched, relative to the folder. Blocking."""
    is_wanted, is_entered = _glob_rules(glob)
    try:
        return [
            entry.path
            for entry in Walk(root=folder, policy=policy, deadline=deadline, enters=is_entered)
            if entry.is_file and is_wanted(entry.path)
        ]
    except OSError as error:
        raise ToolError(f"Cannot search there: {error.strerror}.") from error


def _glob_rules(glob: str) -> tuple[Callable[[str], bool], Callable[[str], bool]]:
    """Which files are searched and which folders entered: `!NAME` keeps out of folders of that name as well."""
    is_negated = glob.startswith("!")
    pattern = glob[is_negated:].removesuffix("/") if is_negated else glob
    if not pattern:
        return _any_path, _any_path
    anchored = pattern.removeprefix("/") if "/" in pattern else f"**/{pattern}"
    try:
        matches = path_matcher(expand_braces(anchored))
    except ValueError as error:
        raise ToolError(f"The glob is not usable: {error}.") from error
    if not is_negated:
        return matches, _any_path
    return (lambda path: not matches(path)), (lambda path: not matches(path))


def _any_path(_path: str) -> bool:
    return True


def _grouped(output: bytes, search: Search, deadline: Deadline) -> Iterator[_FileMatches]:
    """The matches file by file."""
    current: _FileMatches | None = None
    for name, line in _records(output, frozenset(search.named_paths()), deadline):
        digits = len(line) - len(line.lstrip(b"0123456789"))
        if not digits or line[digits : digits + 1] not in {b":", b"-"}:
            continue
        path = os.fsdecode(name).removeprefix("./")
        if current is None or current.path != path:
            if current is not None:
                yield current
            current = _FileMatches(path)
        text = line[digits + 1 :].removesuffix(b"\r").decode("utf-8", "replace")
        current.lines.append((int(line[:digits]), line[digits : digits + 1] == b":", text))
    if current is not None:
        yield current


def _records(output: bytes, known: frozenset[bytes], deadline: Deadline) -> Iterator[tuple[bytes, bytes]]:
    """Each path with what follows it in its line. Only the NUL ends a path: there may be line breaks in it."""
    longest = max(map(len, known), default=0)
    at = 0
    while (nul := output.find(b"\0", at)) >= 0:
        deadline.check()
        end = output.find(b"\n", nul)
        end = len(output) if end < 0 else end  # the output was cut off
        start = at
        if nul - at > longest:  # There are other lines before it: begin where one does.
            start = output.find(b"\n", nul - longest - 1, nul) + 1 or nul
        if path := _path_in(output[start:nul], known):
            yield path, output[nul + 1 : end]
        at = end + 1


def _path_in(said: bytes, known: frozenset[bytes]) -> bytes:
    """The path at the end, after lines that name no file: `--` between groups, or that a file is binary."""
    while said and said not in known:
        said = said.partition(b"\n")[2]
    return said


def _nothing(pattern: str, glob: str | None, where: str) -> str:
    scope = f" in files like {printable(glob)}" if glob else ""
    place = "the workspace" if where == "." else where
    return f"No line in {place}{scope} matches {printable(pattern)}. Git-ignored files are not searched."


def _number(count: int, one: str, many: str) -> str:
    return f"{count} {one if count == 1 else many}"
