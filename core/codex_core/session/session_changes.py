"""What has changed in the files of a session's workspace, for people to see."""

from __future__ import annotations

from codex_core.protocol import CodexError, DescribeChanges, DiffBlock, WorkspaceChanges
from codex_core.session.project import Project
from codex_core.session.record import SessionRecord
from codex_core.session.rewinding import NO_CHECKPOINTS


async def workspace_changes(wish: DescribeChanges, record: SessionRecord, project: Project) -> WorkspaceChanges:
    """Never raises for what cannot be compared: that is told as the `problem`."""
    try:
        if wish.since == "commit":
            if project.changes_since_commit is None:
                return _none(wish, "Git is not asked here.")
            return await project.changes_since_commit(wish.context_lines)
        return await _since_the_session_began(wish, record, project)
    except CodexError as error:
        return _none(wish, str(error))


async def _since_the_session_began(wish: DescribeChanges, record: SessionRecord, project: Project) -> WorkspaceChanges:
    if project.checkpoints is None:
        why = project.no_checkpoints or NO_CHECKPOINTS
        return _none(wish, f"The files are not recorded: {why}")
    rows = await record.checkpoints()
    if not rows:  # nothing was done yet
        return _none(wish)
    diff = await project.checkpoints.diff_since(rows[0].checkpoint, wish.context_lines)
    gaps = await project.checkpoints.gaps(rows[0].checkpoint)
    remarks = (f"Not recorded, so not shown: {gaps}",) if gaps else ()
    return WorkspaceChanges(since=wish.since, context_lines=wish.context_lines, diff=diff, remarks=remarks)


def _none(wish: DescribeChanges, problem: str = "") -> WorkspaceChanges:
    return WorkspaceChanges(
        since=wish.since, context_lines=wish.context_lines, diff=DiffBlock(files=()), problem=problem
    )
