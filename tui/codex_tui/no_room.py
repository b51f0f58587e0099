"""Text where there is no room for it: in a window that is narrower than the frames and margins of what it shows.

Textual wraps text at the width that is left, and fails if that is nothing.
"""

from __future__ import annotations

from typing import Any

from textual.content import Content

_wrap = Content._wrap_and_format  # pyright: ignore[reportPrivateUsage]  # no public way


def _wrap_somewhere(self: Content, width: int, *arguments: Any, **options: Any) -> list[Any]:
    return _wrap(self, max(1, width), *arguments, **options)


def mend_text() -> None:
    """For all texts of the process. May be called again."""
    Content._wrap_and_format = _wrap_somewhere  # pyright: ignore[reportPrivateUsage]  # no public way
