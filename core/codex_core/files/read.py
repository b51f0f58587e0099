"""Reading a file that anybody may have put there: what is no plain file, or too long, is refused rather than read."""

from __future__ import annotations

import os
import stat
from pathlib import Path


class NotReadable(Exception):
    """Says in words what is wrong with the file; it is for the caller to name it."""


def read_plain_file(path: Path, *, most_bytes: int, follow_links: bool = True) -> bytes | None:
    """Return the file's content; None if there is none. Blocks, but not for a pipe, and reads no endless device.

    Raises:
        NotReadable: it is no plain file, longer than `most_bytes`, or a link where links are not followed.
    """
    flags = os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC | (0 if follow_links else os.O_NOFOLLOW)
    try:
        # Looked at before it is opened, too: opening a device can do something by itself.
        if not stat.S_ISREG(path.stat(follow_symlinks=follow_links).st_mode):
            is_link = not follow_links and path.is_symlink()
            raise NotReadable("a link, which is not followed" if is_link else "not a plain file")
        descriptor = os.open(path, flags)
        with os.fdopen(descriptor, "rb") as file:
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                raise NotReadable("not a plain file")
            content = file.read(most_bytes + 1)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise NotReadable(f"it cannot be read: {error.strerror}") from error
    if len(content) > most_bytes:
        raise NotReadable(f"longer than {in_words(most_bytes)}")
    return content


def in_words(size_bytes: int) -> str:
    if size_bytes < 1000:
        return f"{size_bytes} bytes"
    return f"{size_bytes / 1000:.1f} kB" if size_bytes < 1_000_000 else f"{size_bytes / 1_000_000:.1f} MB"
