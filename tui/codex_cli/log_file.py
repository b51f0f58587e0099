"""The log of this process and its neighbours: one file, with one more that is older."""

from __future__ import annotations

import logging
from pathlib import Path

_LIMIT_BYTES = 1 << 20


class LogFile(logging.FileHandler):
    """Opened by the first record. When it is full it becomes `NAME.1`, and another is begun.

    `logging.handlers` has one like it, and imports pickle and sockets for its neighbours.
    """

    def __init__(self, path: Path) -> None:
        super().__init__(path, delay=True, encoding="utf-8", errors="backslashreplace")

    def emit(self, record: logging.LogRecord) -> None:
        try:
            super().emit(record)
            if self.stream is not None and self.stream.tell() > _LIMIT_BYTES:
                self.stream.close()
                Path(self.baseFilename).replace(f"{self.baseFilename}.1")
                self.stream = None  # the next record opens it
        except (OSError, ValueError):
            self.handleError(record)


def log_to(path: Path) -> None:
    """All logging of this process goes to this file: stdout belongs to the answer, the screen to Textual."""
    logging.raiseExceptions = False  # a full disk must not write tracebacks over the screen
    handler = LogFile(path)
    handler.setFormatter(logging.Formatter("%(asctime)s %(process)d %(levelname)s %(name)s %(message)s"))
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(logging.INFO)
