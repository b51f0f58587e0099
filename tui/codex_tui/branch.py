"""The git branch of a folder, read from its files. Never runs git: a repository can make git run programs."""

from __future__ import annotations

from pathlib import Path

from codex_tui.sanitize import sanitize_line

_LIMIT_BYTES = 4096
_MOST_SHOWN = 40


def current_branch(folder: Path) -> str:
    """The branch checked out in `folder` or the nearest one above; a short hash if detached; empty if none.

    Safe to show: what the repository wrote there cannot steer the terminal, nor fill the line.
    """
    for place in (folder, *folder.parents):
        if (head := _head(place / ".git")) is not None:
            return sanitize_line(_branch_in(head), reveal=True)[:_MOST_SHOWN]
    return ""


def _head(dot_git: Path) -> str | None:
    try:
        if dot_git.is_dir():
            return _first_line(dot_git / "HEAD")
        if dot_git.is_file():  # a worktree or submodule: the file says where its folder is
            pointer = _first_line(dot_git)
            if pointer.startswith("gitdir:"):
                return _first_line(dot_git.parent / pointer.removeprefix("gitdir:").strip() / "HEAD")
    except OSError:
        pass
    return None


def _branch_in(head: str) -> str:
    if head.startswith("ref:"):
        return head.removeprefix("ref:").strip().removeprefix("refs/heads/")
    return head[:8]


def _first_line(path: Path) -> str:
    if not path.is_file():  # a FIFO in its place would block for ever
        raise FileNotFoundError(path)
    with path.open("rb") as file:
        return file.read(_LIMIT_BYTES).decode("utf-8", "replace").partition("\n")[0].strip()
