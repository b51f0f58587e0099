"""Where files are and what may be done with them: paths as the model writes them, and the policy's word on each.

The policy object is the one that binds the sandbox. Deciding needs resolved paths (`Workspace.resolve`); acting on the
decision without being led astray by a link that appears in between is `codex_tools.beneath`.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

from codex_core.protocol import SandboxPolicy, ToolError

KERNEL_FOLDERS = (Path("/proc"), Path("/sys"), Path("/dev"))
"""Not files but doors into the kernel and into this process (`/proc/self/environ` holds the provider keys)."""

SHARED_MEMORY = Path("/dev/shm")  # noqa: S108 - not used, but told apart: the one folder in /dev with ordinary files


@dataclass(frozen=True, slots=True, kw_only=True)
class Workspace:
    """The folder that relative paths start from."""

    folder: Path
    """Absolute and resolved."""
    policy: Callable[[], SandboxPolicy]
    """What is in force now. Previews ask it; what runs is bound by the policy of its context."""
    home: Path = field(default_factory=Path.home)

    def resolve(self, text: str) -> Path:
        """The absolute path that `text` means, every link followed. It need not exist.

        Raises:
            ToolError: no path can be meant.
        """
        if not text.strip():
            raise ToolError("The path is empty: name a file or folder, relative to the workspace or absolute.")
        if "\0" in text:
            raise ToolError("The path holds a NUL character, which no file name can.")
        if text == "~" or text.startswith("~/"):
            text = f"{self.home}/{text[2:]}"
        try:
            return Path(os.path.realpath(self.folder / text))
        except (OSError, ValueError) as error:  # ValueError: characters that no file name can hold
            raise ToolError(f"{printable(text)} is not a usable path: {error}") from error

    def resolve_readable(self, text: str) -> Path:
        """Like `resolve`.

        Raises:
            ToolError: also if the policy in force forbids to read it.
        """
        path = self.resolve(text)
        require_readable(path, self.policy())
        return path

    def shown(self, path: Path) -> str:
        """The path for people and models: relative where it is inside the workspace."""
        return printable(str(path.relative_to(self.folder) if path.is_relative_to(self.folder) else path))


def printable(text: str) -> str:
    """`text` in one line of valid Unicode: control characters and bytes that are no UTF-8 are written as escapes."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else _escaped(c) for c in text)


def _escaped(character: str) -> str:
    code = ord(character)
    if 0xDC80 <= code <= 0xDCFF:  # how Python smuggles a byte that is no UTF-8
        return f"\\x{code - 0xDC00:02x}"
    return character.encode("unicode_escape").decode()


def require_readable(path: Path, policy: SandboxPolicy) -> None:
    """Raises:
    ToolError: the policy hides `path`, or it belongs to the kernel. `path` is resolved.
    """
    if is_under(path, KERNEL_FOLDERS) and not path.is_relative_to(SHARED_MEMORY):
        raise ToolError(f"{printable(str(path))} belongs to the kernel; the file tools leave it alone. Use shell.")
    if is_under(path, policy.hidden_paths):
        raise ToolError(f"{printable(str(path))} is hidden from the agent: it holds secrets or the agent's own state.")


def require_writable(path: Path, policy: SandboxPolicy) -> None:
    """Raises:
    ToolError: the policy does not let `path` (resolved) be created, replaced or deleted.

    A writable root that is this very path is an exception granted for it, so it outweighs what protects it.
    """
    require_readable(path, policy)
    if policy.mode == "danger-full-access" or path in policy.roots():
        return
    name = printable(str(path))
    if policy.mode == "read-only":
        raise ToolError(f"{name} cannot be written: the session is read-only.")
    root = next((root for root in policy.roots() if path.is_relative_to(root)), None)
    if root is None:
        raise ToolError(f"{name} is outside the folders that may be written: {_listed(policy.roots())}.")
    if is_under(path, policy.protected_paths) or any(p.is_relative_to(path) for p in policy.protected_paths):
        raise ToolError(f"{name} is protected: it could make other programs run code, or steers the agent itself.")
    if any(part.casefold() == ".git" for part in path.relative_to(root).parts):
        raise ToolError(f"{name} is git's own; file tools do not write there. Use git commands in shell.")


def is_under(path: Path, folders: Iterable[Path]) -> bool:
    """Whether `path` is one of `folders` or inside one."""
    return any(path.is_relative_to(folder) for folder in folders)


def _listed(folders: Iterable[Path]) -> str:
    return ", ".join(printable(str(folder)) for folder in folders)
