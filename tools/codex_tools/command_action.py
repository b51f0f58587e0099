"""The action of a tool that runs a command line, and the same with the line that the user wants instead."""

from __future__ import annotations

import os
from dataclasses import replace

from codex_core.protocol import Action, ApproveEditedCommand, EditableCommand, Revision, TextBlock, ToolError
from codex_tools.diffs import unified_hunks

LONGEST_COMMAND_BYTES = 131_071
"""Linux hands a program no longer argument (MAX_ARG_STRLEN, with the NUL at its end)."""


def command_action(verb: str, line: str) -> Action:
    """The action that runs `line` in bash; `verb` begins its summary.

    Raises:
        ToolError: no shell can be given such a line.
    """
    if not line.strip():
        raise ToolError("The command is empty.")
    if "\0" in line:
        raise ToolError("The command holds a NUL character, which no command line can.")
    if len(line) > LONGEST_COMMAND_BYTES or len(os.fsencode(line)) > LONGEST_COMMAND_BYTES:
        raise ToolError(
            f"The command is longer than {LONGEST_COMMAND_BYTES:,} bytes, which is more than bash can be given. "
            "Write it to a file with write_file, in parts if need be, and run that."
        )
    first, *rest = line.strip().splitlines()
    return Action(
        kind="exec",
        summary=f"{verb} {first}{' …' if rest else ''}",
        argv=("bash", "-c", line),
        display=(TextBlock(text=line, language="bash"),),
        editable=EditableCommand(line=line),
    )


def revised_command(verb: str, action: Action, revision: Revision) -> Action:
    """The action with the user's line.

    Raises:
        ToolError: it is none, or something else was changed.
    """
    if not isinstance(revision, ApproveEditedCommand):
        raise ToolError("this runs a command; there are no files to change")
    before, after = action.argv[-1], revision.line
    revised = command_action(verb, after)
    if after == before:
        return replace(revised, revised=action.revised)
    diff = unified_hunks(f"{before}\n", f"{after}\n").partition("\n")[2].rstrip("\n")
    told = f"The user changed the command before it ran:\n{diff}"
    return replace(revised, revised="\n".join(filter(None, (action.revised, told))))
