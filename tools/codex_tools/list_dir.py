"""`list_dir`: what lies in a folder, some levels deep."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from codex_core.protocol import Action, Arguments, SandboxPolicy, TextBlock, ToolContext, ToolError, ToolResult
from codex_tools.arguments import AtLeast, parse_arguments, tool_spec
from codex_tools.beneath import explained
from codex_tools.file_kinds import size_words
from codex_tools.folder_walk import Entry, Walk
from codex_tools.near_names import missing
from codex_tools.threads import Deadline, run_until
from codex_tools.workspace import Workspace, printable, require_readable

MAX_ENTRIES = 500
TIMEOUT_S = 15.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ListDir:
    path: Annotated[str, "The folder, relative to the workspace or absolute. Default: the workspace."] = "."
    depth: Annotated[int, "How many levels to show. Default: 1.", AtLeast(1)] = 1


class ListDirTool:
    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self.spec = tool_spec(
            "list_dir",
            "List a folder: sorted, folders with a slash, files with their size, links with their target."
            f" Git-ignored entries are left out and counted. At most {MAX_ENTRIES} entries.",
            ListDir,
            read_only=True,
        )

    async def preview(self, args: Arguments) -> Action:
        wanted = parse_arguments(ListDir, "list_dir", args)
        path = self._workspace.resolve_readable(wanted.path)
        return Action(kind="read", summary=f"List {self._workspace.shown(path)}", paths=(path,))

    async def run(self, args: Arguments, ctx: ToolContext) -> ToolResult:
        wanted = parse_arguments(ListDir, "list_dir", args)
        path = ctx.action.paths[0]
        return await run_until(lambda deadline: self._list(path, wanted.depth, ctx.policy, deadline), TIMEOUT_S)

    def _list(self, path: Path, depth: int, policy: SandboxPolicy, deadline: Deadline) -> ToolResult:
        require_readable(path, policy)
        name = self._workspace.shown(path)
        walk = Walk(root=path, policy=policy, deadline=deadline, max_depth=depth)
        with explained(f"list {name}"):
            try:
                lines, left = _listed(walk)
            except FileNotFoundError as error:
                raise missing(path, self._workspace) from error
            except NotADirectoryError as error:
                raise ToolError(f"{name} is no folder. Use read_file.") from error
        notes: list[str] = []
        if left:
            notes.append(f"{left} more entries not shown: list a folder further down, or use glob")
        if walk.ignored:
            notes.append(f"{walk.ignored} git-ignored {'entry' if walk.ignored == 1 else 'entries'} left out")
        if not lines:
            lines = [f"{name} is empty."]
        if notes:
            lines.append(f"({'; '.join(notes)})")
        text = "\n".join(lines)
        return ToolResult(output=text, display=(TextBlock(text=text),))


def _listed(walk: Walk) -> tuple[list[str], int]:
    """A line per entry, and how many entries found no room."""
    lines: list[str] = []
    left = 0
    for entry in walk:
        if len(lines) < MAX_ENTRIES:
            lines.append(_line(entry))
        else:
            left += 1
    return lines, left


def _line(entry: Entry) -> str:
    indent = "  " * (entry.depth - 1)
    name = printable(entry.name)
    if entry.is_folder:
        return f"{indent}{name}/"
    if entry.is_link:
        return f"{indent}{name} -> {printable(entry.link_target())}"
    if not entry.is_file:
        return f"{indent}{name}  (no regular file)"
    info = entry.info()
    return f"{indent}{name}  {size_words(info.st_size) if info is not None else '(gone by now)'}"
