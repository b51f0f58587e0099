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
from codex_tools.gitignore import IgnoreCheck
from codex_tools.glob_files import path_matcher
from codex_tools.near_names import missing
from codex_tools.search_process import TIMEOUT_S, RawMatches, Search, find_ripgrep, run_own_grep, run_ripgrep
from codex_tools.threads import Deadline, run_to_end, run_until
from codex_tools.wildmatch import expand_braces
from codex_tools.workspace import Workspace, is_under, printable, require_readable

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
        search = await run_to_end(lambda: self._search(ctx.action.paths[0], wanted, ctx.policy))
        program = await run_to_end(lambda: find_ripgrep(ctx.policy))
        raw = await run_ripgrep(program, search) if program is not None else None
        if raw is None or _needs_python(raw.error):
            paths = await run_until(lambda deadline: _files(search, ctx.policy, deadline), TIMEOUT_S)
            raw = await run_own_grep(search, paths)
        if raw.error:
            raise ToolError(
                f"The pattern is no valid regular expression:\n{raw.error}\n"
                "To search for it literally, put a backslash before each of . * + ? ( ) [ ] { } | ^ $ \\"
            )
        matches = raw
        return await run_to_end(lambda: self._result(matches, search, ctx.policy))

    def _search(self, path: Path, wanted: Grep, policy: SandboxPolicy) -> Search:
        require_readable(path, policy)
        if not path.exists():
            raise missing(path, self._workspace)
        is_folder = path.is_dir()
        if not is_folder and not path.is_file():
            raise ToolError(f"{self._workspace.shown(path)} is neither a file nor a folder.")
        root = path if is_folder else path.parent
        return Search(
            root=root,
            pattern=wanted.pattern,
            target="." if is_folder else path.name,
            glob=wanted.glob or "" if is_folder else "",
            ignore_case=wanted.ignore_case,
            context_lines=min(wanted.context, 50),
            hidden=tuple(str(p.relative_to(root)) for p in policy.hidden_paths if p.is_relative_to(root) and p != root),
        )

    def _result(self, raw: RawMatches, search: Search, policy: SandboxPolicy) -> ToolResult:
        files = sorted(_allowed(_grouped(raw.output), search, policy), key=lambda file: file.path)
        total = sum(is_match for file in files for _, is_match, _ in file.lines)
        if not total:
            return ToolResult(output=_nothing(search, self._workspace.shown(search.root / search.target)))
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


def _needs_python(error: str) -> bool:
    """Whether ripgrep's engine lacks what the pattern uses and Python's has it."""
    return "look-around" in error or "backreferences" in error


def _files(search: Search, policy: SandboxPolicy, deadline: Deadline) -> list[str]:
    """The files that are to be searched. Blocking."""
    if search.target != ".":
        return [search.target]
    wanted = _glob_matcher(search.glob)
    try:
        return [
            entry.path
            for entry in Walk(root=search.root, policy=policy, deadline=deadline)
            if entry.is_file and wanted(entry.path)
        ]
    except OSError as error:
        raise ToolError(f"Cannot search there: {error.strerror}.") from error


def _glob_matcher(glob: str) -> Callable[[str], bool]:
    is_negated = glob.startswith("!")
    pattern = glob[is_negated:]
    if not pattern:
        return lambda _path: True
    anchored = pattern.removeprefix("/") if "/" in pattern else f"**/{pattern}"
    try:
        matches = path_matcher(expand_braces(anchored))
    except ValueError as error:
        raise ToolError(f"The glob is not usable: {error}.") from error
    return lambda path: matches(path) != is_negated


def _grouped(output: bytes) -> Iterator[_FileMatches]:
    """Reads `PATH NUL NUMBER [:-] TEXT` lines; neighbours of one file come together."""
    current: _FileMatches | None = None
    for record in output.split(b"\n"):
        name, nul, line = record.partition(b"\0")
        digits = len(line) - len(line.lstrip(b"0123456789"))
        if not nul or not digits or line[digits : digits + 1] not in {b":", b"-"}:
            continue  # `--` between groups, or the last line, cut off
        path = os.fsdecode(name).removeprefix("./")
        if current is None or current.path != path:
            if current is not None:
                yield current
            current = _FileMatches(path)
        text = line[digits + 1 :].removesuffix(b"\r").decode("utf-8", "replace")
        current.lines.append((int(line[:digits]), line[digits : digits + 1] == b":", text))
    if current is not None:
        yield current


def _allowed(files: Iterator[_FileMatches], search: Search, policy: SandboxPolicy) -> Iterator[_FileMatches]:
    """Without what is hidden, and what ripgrep searches although git ignores it because a glob names it."""
    check = IgnoreCheck(search.root) if search.target == "." else None
    for file in files:
        if is_under(search.root / file.path, policy.hidden_paths):
            continue
        if check is None or not check.ignores(file.path):
            yield file


def _nothing(search: Search, where: str) -> str:
    scope = f" in files like {printable(search.glob)}" if search.glob else ""
    place = "the workspace" if where == "." else where
    return f"No line in {place}{scope} matches {printable(search.pattern)}. Git-ignored files are not searched."


def _number(count: int, one: str, many: str) -> str:
    return f"{count} {one if count == 1 else many}"
