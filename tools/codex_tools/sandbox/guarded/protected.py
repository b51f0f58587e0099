"""Which paths of a workspace are protected: they make other programs, or an agent, do something. Pure."""

from __future__ import annotations

from pathlib import Path
from typing import Final

GIT_FILES: Final = ("hooks", "config", "config.worktree", "commondir", "modules", "worktrees")
_OURS: Final = (".codex-py", "mcp_servers_config.json")
_INSTRUCTIONS: Final = ("AGENTS.md", "AGENTS.override.md", "CLAUDE.md", "GEMINI.md")
_AGENTS: Final = (".agents", ".codex", ".claude")
_START_UP: Final = (
    *(".bashrc", ".bash_profile", ".bash_login", ".bash_logout", ".profile", ".zshrc", ".zshenv", ".zprofile"),
    *(".zlogin", ".config/fish/config.fish", ".gitconfig", ".config/git/config", ".inputrc", ".xprofile"),
)


PROTECTED_NAMES: Final = frozenset(name.casefold() for name in (*_OURS, *_INSTRUCTIONS))
"""Also in other folders than the root: an agent that is started there is told by them what to do."""


def protected_paths(root: Path) -> tuple[Path, ...]:
    """Return the protected paths of a writable root, whether they exist or not.

    Shell start-up files only count where they are at home, but nobody needs to write a project's own either.
    """
    names = (*(f".git/{name}" for name in GIT_FILES), *_OURS, *_INSTRUCTIONS, *_AGENTS, *_START_UP)
    return tuple(root / name for name in names)
