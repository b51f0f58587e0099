"""What the values of a `Request` stand for: numbers, folders and files that are there."""

from __future__ import annotations

from pathlib import Path

from codex_cli.arguments import Request, UsageError


def count_of(request: Request, name: str, flag: str) -> int | None:
    """Return a flag's value as a whole number from 1.

    Raises:
        UsageError: it is none.
    """
    text = request.text(name)
    if text is None:
        return None
    if not (text.isascii() and text.isdigit() and len(text) < 10 and int(text) > 0):
        raise UsageError(f"{flag} needs a whole number from 1, not '{text}'")
    return int(text)


def text_of(request: Request, name: str) -> str | None:
    """Return a flag's value, if it is given.

    Raises:
        UsageError: it is blank.
    """
    text = request.text(name)
    if text is not None and not text.strip():
        raise UsageError(f"--{name.replace('_', '-')} is empty")
    return text


def folder_of(request: Request) -> Path:
    """Return the folder of `-C`, else the current one, absolute and resolved.

    Raises:
        UsageError: there is no such folder.
    """
    return named_folder(request.text("cd") or ".", "--cd")


def chosen_folder_of(request: Request) -> Path | None:
    """The same; None without it."""
    return folder_of(request) if request.text("cd") is not None else None


def named_folder(name: str, flag: str) -> Path:
    """Return the folder of that name, absolute and resolved. `flag` is what named it.

    Raises:
        UsageError: there is none.
    """
    if not (path := _resolved(name, flag)).is_dir():
        raise UsageError(f"{flag}: {name} is not a folder")
    return path


def named_file(name: str, flag: str) -> Path:
    """The same for a file."""
    if not (path := _resolved(name, flag)).is_file():
        raise UsageError(f"{flag}: {name} is not a file")
    return path


def _resolved(name: str, flag: str) -> Path:
    try:
        return Path(name).expanduser().resolve(strict=True)
    except (OSError, RuntimeError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else None
        raise UsageError(f"{flag}: {name}: {reason or error}") from error
