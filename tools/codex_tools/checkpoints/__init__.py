"""Checkpoints: what the files of a workspace were at a moment, and the way back to it.

Whoever changed them: a file tool, a command, a person. The use of it, for a session::

    async with Checkpoints.open(home / "checkpoints", workspace, owner=session_id, policy=policy) as checkpoints:
        before = await checkpoints.take()               # before each call that may change files; the first one reads
        ...                                             # the whole tree: take one when the session begins
        after = await checkpoints.take()                # the same id if nothing was changed
        changes = await checkpoints.changes(before, after)
        block = await checkpoints.diff(before, after)   # a DiffBlock

        plan = await checkpoints.plan_restore(before, known=after)
        ...                                             # shown; the preview is `diff(plan.now, plan.to)`
        restored = await checkpoints.restore(plan, {"src/clock.py": "restore", "notes.md": "keep"})
        back = await checkpoints.plan_restore(restored.undo, known=restored.now)    # undoes it

    await prune(home / "checkpoints", owners=set_of_session_ids)    # now and then

**What a session keeps:** the ids, which are texts: the one before each call, and the last one taken, which is what is
`known`. After a restoration that is `restored.now`. A session that is branched off calls `share` with the ids it keeps.

**What is covered:** every file, link and folder below the workspace, with content, target and permission bits; no
link is followed. Not covered: what git ignores (unless it tracks it, or it was covered before it was ignored), `.git`
folders, what the policy hides, other folders that may be written (they can have checkpoints of their own), special and
unreadable files, and what exceeds `CheckpointLimits`. What is there without being covered is recorded as such, so
restoring never takes it for something that did not exist; `not_covered` lists what people should know of.

**What restoring does:** a path is restored if it is now as it was `known`; else it is a conflict, the user's own edit,
and stays unless decided otherwise. Protected paths and what is not covered stay in any case. Files are replaced whole,
through the same code as the file tools use; what changes between plan and restoration is left alone.

**How:** a store of our own in SQLite rather than git's plumbing. It works without git and has nothing of a
repository to be led astray by (filters, hooks, fsmonitor); it keeps what git does not (all permission bits, empty
folders, what is not covered); it starts no processes. Git's `add` and `write-tree` were measured to take as long.
There is no watcher: every checkpoint asks each file for its times, which costs some 25 ms of CPU for 5,000 files, in a
thread. A watcher would save that, and does not see all: writes through mapped memory, overflows, network file systems.

The modules, from the bottom: `states` (values), `database`, `store`, `prune` (SQLite); `listing`, `descent`, `visit`,
`scan` (looking); `compare`, `plan`, `restore`; `engine` (all of it, blocking); `moving`; `workspace_checkpoints`
(asynchronous).
"""

from __future__ import annotations

from codex_tools.checkpoints.compare import PathChange
from codex_tools.checkpoints.engine import Restored
from codex_tools.checkpoints.errors import CheckpointError, CheckpointGone, ObjectDamaged, StoreDamaged
from codex_tools.checkpoints.limits import CheckpointLimits
from codex_tools.checkpoints.moving import move_store
from codex_tools.checkpoints.plan import CheckpointId, Decision, PlannedPath, RestorePlan
from codex_tools.checkpoints.prune import Pruning
from codex_tools.checkpoints.restore import Failure
from codex_tools.checkpoints.states import FileState, FolderState, LinkState, NotCovered, PathState
from codex_tools.checkpoints.workspace_checkpoints import Checkpoints, prune

__all__ = [
    "CheckpointError",
    "CheckpointGone",
    "CheckpointId",
    "CheckpointLimits",
    "Checkpoints",
    "Decision",
    "Failure",
    "FileState",
    "FolderState",
    "LinkState",
    "NotCovered",
    "ObjectDamaged",
    "PathChange",
    "PathState",
    "PlannedPath",
    "Pruning",
    "RestorePlan",
    "Restored",
    "StoreDamaged",
    "move_store",
    "prune",
]
