"""`write_file`: a whole file, new or replaced."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from codex_core.protocol import Action, Arguments, FileChange, Revision, ToolContext, ToolError, ToolResult
from codex_tools.arguments import parse_arguments, tool_spec
from codex_tools.commit import commit_changes
from codex_tools.current_file import content_or_none
from codex_tools.edit_action import edit_action, revised_edit
from codex_tools.threads import PREVIEW_TIMEOUT_S, run_to_end, run_until
from codex_tools.workspace import Workspace


@dataclass(frozen=True, slots=True, kw_only=True)
class WriteFile:
    path: Annotated[str, "The file, relative to the workspace or absolute. Missing folders are created."]
    content: Annotated[str, "The whole content, exactly as it shall be."]


class WriteFileTool:
    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self.spec = tool_spec(
            "write_file",
            "Create a file, or replace one whole. To change a part of a file use edit_file or apply_patch.",
            WriteFile,
        )

    async def preview(self, args: Arguments) -> Action:
        wanted = parse_arguments(WriteFile, "write_file", args)
        return await run_until(lambda _: self._preview(wanted), PREVIEW_TIMEOUT_S)

    def _preview(self, wanted: WriteFile) -> Action:
        path = self._workspace.resolve_readable(wanted.path)
        before = content_or_none(path, self._workspace)
        try:
            after = wanted.content.encode()
        except UnicodeEncodeError as error:
            raise ToolError(f"The content has half a surrogate pair at character {error.start}.") from error
        name = self._workspace.shown(path)
        if before == after:
            return Action(kind="read", summary=f"{name} has this content already", paths=(path,))
        change = FileChange(path=path, before=before, after=after)
        return edit_action(f"{'Create' if before is None else 'Replace'} {name}", (change,), self._workspace)

    async def revise(self, action: Action, revision: Revision) -> Action:
        return await run_until(lambda _: revised_edit(action, revision, self._workspace), PREVIEW_TIMEOUT_S)

    async def run(self, args: Arguments, ctx: ToolContext) -> ToolResult:
        action = ctx.action
        name = self._workspace.shown(action.paths[0])
        if not action.changes:
            return ToolResult(output=f"{name} has exactly this content already; nothing was written.")
        await run_to_end(lambda: commit_changes(action.changes, ctx.policy))
        change = action.changes[0]
        after = change.after or b""
        lines = after.count(b"\n") + (not after.endswith(b"\n") and bool(after))
        verb = "Created" if change.before is None else "Replaced"
        return ToolResult(output=f"{verb} {name} ({lines} lines, {len(after):,} bytes).", display=action.display)
