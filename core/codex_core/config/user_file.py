"""Sets one key of the user's own `config.toml` and leaves the rest of the text as it is, comments and order included.

The text is changed line by line, because the standard library writes no TOML. What came out is parsed before it is
written, and must say the same as before but for that key: a file written in an unusual way is refused, not damaged.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import tempfile
from collections.abc import Generator
from pathlib import Path

from codex_core.config.keys import KEYS, Wrong
from codex_core.config.settings import CONFIG_FILE
from codex_core.files.lock import lock
from codex_core.files.parse import Unusable, parse_toml
from codex_core.files.read import NotReadable, read_plain_file
from codex_core.protocol import ConfigError

_MOST_BYTES = 1_000_000
_VALUE = r"""(?P<value>"(?:[^"\\\n]|\\.)*"|'[^'\n]*'|[^\s#"'\[{]+)"""


def set_in_user_config(home: Path, name: str, value: str) -> None:
    """Write `name = "value"` into the user's `config.toml`, which is made if there is none. Blocks.

    Raises:
        ConfigError: the key takes no such value, the file is broken or cannot be written, or its text is too unusual
            to be changed; nothing was written.
    """
    try:
        KEYS[name].parse(value)
    except Wrong as wrong:
        raise ConfigError(f"{name} should be {wrong}") from wrong
    path = home / CONFIG_FILE
    with _alone(path):
        before = _read(path)
        after = changed(before, name, value)
        if after != before:
            _check(path, before, after, name, value)
            _write(path, after)


def changed(text: str, name: str, value: str) -> str:
    """Return a text of TOML in which the key before all tables has the value."""
    line = f"{name} = {json.dumps(value, ensure_ascii=False)}"
    end = "\r\n" if "\r\n" in text else "\n"
    head, tables = _split(text)
    there = re.compile(
        rf"""^(?P<indent>[ \t]*){re.escape(name)}[ \t]*=[ \t]*{_VALUE}(?P<rest>[ \t]*(?:\#[^\r\n]*)?)(?=\r?$)""", re.M
    )
    if found := there.search(head):
        return head[: found.start()] + found["indent"] + line + found["rest"] + head[found.end() :] + tables
    if not tables:
        return f"{head}{end if head and not head.endswith(end) else ''}{line}{end}"
    kept = head.rstrip()
    # The comment right above the first table belongs to it.
    cut = head.rfind(end + end) if _is_comment(head, end) else len(kept)
    if cut < 0 or not kept:
        return f"{line}{end}{end}{head}{tables}"
    return f"{head[:cut].rstrip()}{end}{line}{end}{end}{head[cut:].lstrip()}{tables}".lstrip()


def _split(text: str) -> tuple[str, str]:
    """What stands before the first table, and the rest."""
    found = re.search(r"^[ \t]*\[", text, re.MULTILINE)
    return (text, "") if found is None else (text[: found.start()], text[found.start() :])


def _is_comment(head: str, end: str) -> bool:
    last = head.removesuffix(end).rsplit(end, 1)[-1]
    return last.lstrip().startswith("#")


def _check(path: Path, before: str, after: str, name: str, value: str) -> None:
    try:
        meant = {**parse_toml(before), name: value}
        is_right = parse_toml(after) == meant
    except Unusable as error:
        raise ConfigError(f"{path}: not valid TOML: {error}") from error
    if not is_right:
        raise ConfigError(f"{path} is written in a way that is not changed by itself; add to it: {name} = {value!r}")


def _read(path: Path) -> str:
    try:
        content = read_plain_file(path, most_bytes=_MOST_BYTES)
        return (content or b"").decode()
    except NotReadable as error:
        raise ConfigError(f"{path}: {error}") from error
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path}: not UTF-8") from error


@contextlib.contextmanager
def _alone(path: Path) -> Generator[None]:
    try:
        descriptor = os.open(f"{path}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        try:
            lock(descriptor, path)
            yield
        finally:
            os.close(descriptor)
    except OSError as error:
        raise ConfigError(f"{path} cannot be written: {error.strerror or error}") from error


def _write(path: Path, text: str) -> None:
    """Put a new file in the place of the old one; where that is a link (to dotfiles), of what it names."""
    target = path.resolve()
    descriptor, name = tempfile.mkstemp(prefix=f".{CONFIG_FILE}-", dir=target.parent)  # 0600
    try:
        with os.fdopen(descriptor, "wb") as file:
            with contextlib.suppress(FileNotFoundError):
                os.fchmod(file.fileno(), target.stat().st_mode & 0o777)
            file.write(text.encode())
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(target)
    except BaseException:
        with contextlib.suppress(OSError):
            Path(name).unlink()
        raise
