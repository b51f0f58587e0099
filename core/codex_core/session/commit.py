"""Which commit a folder is at, read from the files of git: no process, no hooks, a few small reads. Blocks."""

from __future__ import annotations

from pathlib import Path

_MOST_BYTES = 4 * 1024 * 1024


def commit_of(folder: Path) -> str:
    """Return the id of the commit that is checked out in the repository around `folder`; empty: there is none."""
    try:
        for level in (folder, *folder.parents):
            if (level / ".git").exists():
                return _head(level / ".git")
    except (OSError, ValueError):
        pass
    return ""


def _head(git: Path) -> str:
    if git.is_file():  # a worktree or a submodule
        git = git.parent / _read(git).removeprefix("gitdir:").strip()
    head = _read(git / "HEAD").strip()
    if not head.startswith("ref:"):
        return _commit(head)
    name = head.removeprefix("ref:").strip()
    if ".." in name.split("/"):
        return ""
    common = git / _read(git / "commondir").strip() if (git / "commondir").is_file() else git
    for place in (git, common):
        if (place / name).is_file():
            return _commit(_read(place / name).strip())
    if not (common / "packed-refs").is_file():
        return ""
    packed = (line.split() for line in _read(common / "packed-refs").splitlines())
    return next((_commit(words[0]) for words in packed if len(words) == 2 and words[1] == name), "")


def _read(path: Path) -> str:
    with path.open(encoding="utf-8", errors="replace") as file:
        return file.read(_MOST_BYTES)


def _commit(text: str) -> str:
    return text if len(text) in (40, 64) and all(char in "0123456789abcdef" for char in text) else ""
