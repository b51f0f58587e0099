"""`edit_file`: one exact piece of text replaced by another.

Line ends are matched as LF whatever the file has, and written back as the file has them; encoding, byte order mark and
a missing final newline stay.
"""

from __future__ import annotations

import bisect
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from codex_core.protocol import Action, Arguments, FileChange, Revision, ToolContext, ToolError, ToolResult
from codex_tools.arguments import parse_arguments, tool_spec
from codex_tools.commit import commit_changes
from codex_tools.current_file import content_of
from codex_tools.edit_action import edit_action, revised_edit
from codex_tools.file_kinds import binary_kind
from codex_tools.near_miss import describe_near_miss
from codex_tools.text_codec import decode_text
from codex_tools.threads import PREVIEW_TIMEOUT_S, run_to_end, run_until
from codex_tools.workspace import Workspace

_CRLF = re.compile("\r\n")


@dataclass(frozen=True, slots=True, kw_only=True)
class EditFile:
    path: Annotated[str, "The file, relative to the workspace or absolute."]
    old_text: Annotated[str, "What is there now, exactly, indentation included, without line numbers."]
    new_text: Annotated[str, "What shall be there instead. Empty to remove it."]
    replace_all: Annotated[bool, "Replace every occurrence. Default: false, old_text must occur once."] = False


class EditFileTool:
    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self.spec = tool_spec(
            "edit_file",
            "Replace a piece of a file exactly. old_text must match the file to the character and be unique: take in"
            " enough lines around it. Prefer it to sed and to writing the whole file.",
            EditFile,
        )

    async def preview(self, args: Arguments) -> Action:
        wanted = parse_arguments(EditFile, "edit_file", args)
        if not wanted.old_text:
            raise ToolError("old_text is empty: say what to replace. To create a file use write_file.")
        if wanted.old_text == wanted.new_text:
            raise ToolError("old_text and new_text are the same: there is nothing to change.")
        return await run_until(lambda _: self._preview(wanted), PREVIEW_TIMEOUT_S)

    def _preview(self, wanted: EditFile) -> Action:
        path = self._workspace.resolve_readable(wanted.path)
        before = content_of(path, self._workspace)
        change = FileChange(path=path, before=before, after=self._edited(path, before, wanted))
        return edit_action(f"Edit {self._workspace.shown(path)}", (change,), self._workspace)

    async def revise(self, action: Action, revision: Revision) -> Action:
        return await run_until(lambda _: revised_edit(action, revision, self._workspace), PREVIEW_TIMEOUT_S)

    def _edited(self, path: Path, before: bytes, wanted: EditFile) -> bytes:
        name = self._workspace.shown(path)
        decoded = decode_text(before)
        if decoded is None:
            raise ToolError(f"{name} is no text but {binary_kind(before)}; it cannot be edited.")
        text = _FileText(decoded.text)
        sought = _as_lf(wanted.old_text)
        places = text.find(sought)
        if not places:
            raise ToolError(f"old_text does not occur in {name}.\n{describe_near_miss(text.lf, sought)}")
        if len(places) > 1 and not wanted.replace_all:
            lines = ", ".join(str(text.line_of(place)) for place in places[:20])
            raise ToolError(
                f"old_text occurs {len(places)} times in {name}, on lines {lines}{' …' if len(places) > 20 else ''}."
                " Take in more lines around the one you mean, or set replace_all."
            )
        after = decoded.encode(text.replaced(places, len(sought), _as_lf(wanted.new_text)))
        if after == before:
            raise ToolError("old_text and new_text are the same: there is nothing to change.")
        return after

    async def run(self, args: Arguments, ctx: ToolContext) -> ToolResult:
        wanted = parse_arguments(EditFile, "edit_file", args)
        action = ctx.action
        return await run_to_end(lambda: self._commit(wanted, action, ctx))

    def _commit(self, wanted: EditFile, action: Action, ctx: ToolContext) -> ToolResult:
        commit_changes(action.changes, ctx.policy)
        (change,) = action.changes
        if action.revised:
            return ToolResult(output=f"Edited {self._workspace.shown(change.path)}.", display=action.display)
        decoded = decode_text(change.before or b"")
        places = _FileText(decoded.text if decoded else "").find(_as_lf(wanted.old_text))
        name = self._workspace.shown(change.path)
        told = "Replaced 1 occurrence" if len(places) == 1 else f"Replaced {len(places)} occurrences"
        return ToolResult(output=f"{told} in {name}.", display=action.display)


class _FileText:
    """The text of a file, found in as if all its line ends were LF and changed where it really is."""

    def __init__(self, text: str) -> None:
        self._text = text
        self.lf = _as_lf(text)
        # Where, in the LF text, a CRLF stands.
        self._crlf = [match.start() - index for index, match in enumerate(_CRLF.finditer(text))]
        # Of the whole file; not counted anew for each place.
        self._usual_line_end = "\r\n" if 2 * len(self._crlf) > self.lf.count("\n") else "\n"

    def find(self, wanted: str) -> list[int]:
        """Where `wanted` starts in the LF text, occurrences that do not overlap."""
        places: list[int] = []
        at = self.lf.find(wanted)
        while at >= 0:
            places.append(at)
            at = self.lf.find(wanted, at + len(wanted))
        return places

    def line_of(self, place: int) -> int:
        return self.lf.count("\n", 0, place) + 1

    def replaced(self, places: list[int], length: int, new: str) -> str:
        pieces: list[str] = []
        end = 0
        for place in places:
            start, stop = self._real(place), self._real(place + length)
            pieces += (self._text[end:start], new.replace("\n", self._line_end(start, stop)))
            end = stop
        return "".join((*pieces, self._text[end:]))

    def _real(self, place: int) -> int:
        """The place in the real text of a place in the LF text."""
        return place + bisect.bisect_left(self._crlf, place)

    def _line_end(self, start: int, stop: int) -> str:
        """The line end of what is replaced, else of the file."""
        replaced = self._text[start:stop]
        if "\n" in replaced:
            return "\r\n" if "\r\n" in replaced else "\n"
        return self._usual_line_end


def _as_lf(text: str) -> str:
    return text.replace("\r\n", "\n")
