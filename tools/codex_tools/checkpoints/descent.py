"""Opening the folders of a tree one after the other, none of them through a link."""

from __future__ import annotations

import os

_SEARCH = getattr(os, "O_PATH", os.O_RDONLY) | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_LIST = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


class Descent:
    """Holds the folder above the last one open: those beside it cost one call each. Close it."""

    def __init__(self, top_fd: int) -> None:
        self._top_fd = top_fd
        self._parent = ""
        self._parent_fd = -1

    def open(self, path: str) -> int:
        """A descriptor of the folder `path` (relative to the top, empty for itself), good for listing.

        Raises:
            OSError: as ever, also for a link.
        """
        parent, _, name = path.rpartition("/")
        if parent != self._parent or self._parent_fd < 0:
            self.close()
            self._parent_fd = self._search(parent)
            self._parent = parent
        return os.open(name or ".", _LIST, dir_fd=self._parent_fd)

    def close(self) -> None:
        if self._parent_fd >= 0:
            os.close(self._parent_fd)
            self._parent_fd = -1

    def _search(self, path: str) -> int:
        here = os.open(".", _SEARCH, dir_fd=self._top_fd)
        for name in path.split("/") if path else ():
            try:
                below = os.open(name, _SEARCH, dir_fd=here)
            finally:
                os.close(here)
            here = below
        return here
