"""`apply_patch`: several edits in several files by one patch, all or none."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Annotated

from codex_core.protocol import Action, Arguments, DiffBlock, FileDiff, Revision, ToolContext, ToolError, ToolResult
from codex_tools.arguments import parse_arguments, tool_spec
from codex_tools.commit import commit_changes
from codex_tools.diffs import change_words
from codex_tools.edit_action import edit_action, revised_edit
from codex_tools.patch_apply import PatchPaths, changes_of
from codex_tools.patch_parser import parse_patch
from codex_tools.threads import PREVIEW_TIMEOUT_S, run_to_end, run_until
from codex_tools.workspace import Workspace

_GRAMMAR = """\
*** Begin Patch
*** Update File: path/to/file.py
@@ def enclosing_function():
 context line
-old line
+new line
*** Add File: path/to/new.py
+every line of a new file
*** Delete File: path/to/old.py
*** End Patch"""


@dataclass(frozen=True, slots=True, kw_only=True)
class ApplyPatch:
    patch: Annotated[str, "The whole patch, from `*** Begin Patch` to `*** End Patch`."]


class ApplyPatchTool:
    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self.spec = tool_spec(
            "apply_patch",
            "Change, add, move and delete files by one patch; all of it is applied or nothing. The form:\n"
            f"{_GRAMMAR}\n"
            "Give about 3 lines of context around each change, exactly as they are in the file. An `@@` line (optional)"
            " names a line further up to look behind. `*** Move to: path` right after an Update header renames the"
            " file; `*** End of File` says that a hunk ends the file. A unified diff is understood too.",
            ApplyPatch,
        )

    async def preview(self, args: Arguments) -> Action:
        wanted = parse_arguments(ApplyPatch, "apply_patch", args)
        return await run_until(lambda _: self._preview(wanted.patch), PREVIEW_TIMEOUT_S)

    def _preview(self, text: str) -> Action:
        try:
            patch = parse_patch(text.encode())
        except UnicodeEncodeError as error:
            raise ToolError(f"The patch has half a surrogate pair at character {error.start}.") from error
        workspace = self._workspace
        changes = changes_of(patch, PatchPaths(folder=workspace.folder, resolve=workspace.resolve_readable))
        if not changes:
            return Action(kind="read", summary="The patch changes nothing")
        action = edit_action("", changes, workspace)
        return replace(action, summary=_summary(_diffs(action)))

    async def revise(self, action: Action, revision: Revision) -> Action:
        return await run_until(lambda _: revised_edit(action, revision, self._workspace), PREVIEW_TIMEOUT_S)

    async def run(self, args: Arguments, ctx: ToolContext) -> ToolResult:
        action = ctx.action
        if not action.changes:
            return ToolResult(output="The files are already as the patch would make them; nothing was written.")
        await run_to_end(lambda: commit_changes(action.changes, ctx.policy))
        told = "\n".join(f"{_VERBS[diff.kind]} {change_words(diff)}" for diff in _diffs(action))
        return ToolResult(output=told, display=action.display)


_VERBS = {"add": "Added", "update": "Updated", "delete": "Deleted"}


def _diffs(action: Action) -> tuple[FileDiff, ...]:
    return tuple(diff for block in action.display if isinstance(block, DiffBlock) for diff in block.files)


def _summary(diffs: tuple[FileDiff, ...]) -> str:
    if len(diffs) == 1:
        verb = {"add": "Create", "update": "Edit", "delete": "Delete"}[diffs[0].kind]
        return f"{'Move' if diffs[0].old_path else verb} {diffs[0].old_path or diffs[0].path}"
    names = ", ".join(diff.path for diff in diffs[:3])
    return f"Patch {len(diffs)} files: {names}{', …' if len(diffs) > 3 else ''}"
