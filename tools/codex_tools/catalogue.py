"""The tools of our own, in the order in which models are told of them."""

from __future__ import annotations

from codex_core.protocol import Tool
from codex_tools.apply_patch import ApplyPatchTool
from codex_tools.ask_user import AskUserTool
from codex_tools.background import BackgroundTool
from codex_tools.edit_file import EditFileTool
from codex_tools.glob_files import GlobTool
from codex_tools.grep import GrepTool
from codex_tools.list_dir import ListDirTool
from codex_tools.read_file import ReadFileTool
from codex_tools.shell import ShellTool
from codex_tools.update_plan import UpdatePlanTool
from codex_tools.workspace import Workspace
from codex_tools.write_file import WriteFileTool


def builtin_tools(workspace: Workspace) -> tuple[Tool, ...]:
    """All tools that need nothing but the workspace and the sandbox."""
    return (
        ShellTool(workspace),
        BackgroundTool(workspace),
        ReadFileTool(workspace),
        ListDirTool(workspace),
        GlobTool(workspace),
        GrepTool(workspace),
        EditFileTool(workspace),
        WriteFileTool(workspace),
        ApplyPatchTool(workspace),
        UpdatePlanTool(),
        AskUserTool(),
    )
