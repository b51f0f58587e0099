"""The file that an edit starts from, as it is on the disk now. Blocking."""

from __future__ import annotations

from pathlib import Path

from codex_core.protocol import ToolError
from codex_tools.beneath import explained, read_regular
from codex_tools.commit import LIMIT_BYTES
from codex_tools.near_names import missing
from codex_tools.workspace import Workspace


def content_or_none(path: Path, workspace: Workspace) -> bytes | None:
    """The content of `path` (resolved), None if there is no such file.

    Raises:
        ToolError: something else is there.
    """
    with explained(f"read {workspace.shown(path)}"):
        try:
            return read_regular(path, LIMIT_BYTES).data
        except FileNotFoundError:
            return None
        except NotADirectoryError as error:
            raise ToolError(f"{workspace.shown(path)} lies below something that is no folder.") from error


def content_of(path: Path, workspace: Workspace) -> bytes:
    """The content of `path` (resolved).

    Raises:
        ToolError: it is not there (near names are told), or it is no regular file.
    """
    data = content_or_none(path, workspace)
    if data is None:
        raise missing(path, workspace)
    return data
