"""stdout as our commands write it: that it cannot be written is told apart from every other error of the system."""

from __future__ import annotations

TYPE_CHECKING = False  # as in `entry`, which pays for this module at every start
if TYPE_CHECKING:
    from typing import TextIO


class OutputLost(Exception):
    """stdout takes no more. `is_unread`: because nobody reads it any longer, which is no mistake."""

    def __init__(self, error: OSError) -> None:
        super().__init__(f"stdout cannot be written: {error.strerror}")
        self.is_unread = isinstance(error, BrokenPipeError)


class Stdout:
    """The stream behind it in all but its errors."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        try:
            return self._stream.write(text)
        except OSError as error:
            raise OutputLost(error) from error

    def flush(self) -> None:
        try:
            self._stream.flush()
        except OSError as error:
            raise OutputLost(error) from error

    def __getattr__(self, name: str) -> object:
        return getattr(self._stream, name)
