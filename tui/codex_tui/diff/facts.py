"""What is said of a changed file beside its lines: its mark, its modes, and why there may be no lines to show."""

from __future__ import annotations

from collections.abc import Iterator

from codex_core.protocol import FileDiff
from codex_tui.sanitize import sanitize_line

_LINK = "120000"
_FILE = "100"


def mark_of(file: FileDiff) -> tuple[str, str]:
    """One letter, as git has it, and its colour."""
    match file.kind:
        case "add":
            return "A", "added"
        case "delete":
            return "D", "removed"
        case "update":
            return ("R", "accent") if file.old_path else ("T" if _is_other_type(file) else "M", "warning")


def path_words(file: FileDiff) -> str:
    path = sanitize_line(file.path, reveal=True)
    return f"{sanitize_line(file.old_path, reveal=True)} → {path}" if file.old_path else path


def notes_of(file: FileDiff, *, is_windows: bool = False) -> tuple[str, ...]:
    """What is worth knowing of the file, in words."""
    return tuple(_notes(file, is_windows=is_windows))


def _notes(file: FileDiff, *, is_windows: bool) -> Iterator[str]:
    old, new = file.old_mode, file.new_mode
    match file.kind:
        case "add":
            yield "new link" if new == _LINK else "new file, executable" if _is_executable(new) else "new file"
        case "delete":
            yield "deleted"
        case "update" if old and new and old != new:
            yield f"{_mode_words(old)} → {_mode_words(new).removeprefix('mode ')}"
        case "update":
            if new == _LINK:
                yield "link"
    if file.is_binary:
        yield "binary"
    if is_windows:
        yield "CRLF"


def short_note(file: FileDiff) -> str:
    """One word for a file without changed lines; mostly empty."""
    if file.is_binary:
        return "bin"
    return "mode" if file.old_mode and file.new_mode and file.old_mode != file.new_mode else ""


def why_no_lines(file: FileDiff) -> str:
    """Why there is none, in words."""
    if file.is_binary:
        return "a binary file has no lines to show"
    if file.old_path:
        return "moved as it is"
    if file.kind == "update" and file.old_mode and file.old_mode != file.new_mode:
        return "only its mode has changed"
    return "empty" if file.kind == "add" else "no lines to show"


def _is_other_type(file: FileDiff) -> bool:
    return bool(file.old_mode and file.new_mode) and file.old_mode[:3] != file.new_mode[:3]


def _is_executable(mode: str) -> bool:
    return mode.startswith(_FILE) and any(digit in "1357" for digit in mode[3:])


def _mode_words(mode: str) -> str:
    if mode == _LINK:
        return "link"
    return f"mode {mode.removeprefix(_FILE)}" if mode.startswith(_FILE) else f"mode {mode}"
