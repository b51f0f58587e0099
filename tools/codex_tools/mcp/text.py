"""Text from servers and project files, made fit to be shown and to be sent: bounded, without hidden characters."""

from __future__ import annotations

import unicodedata

_KEPT = "\n\t"


def clean(text: str, *, limit: int) -> str:
    """Remove control and invisible characters, then cut to `limit` characters, saying so.

    Invisible characters (zero width, bidi, tags, private use) can say things to a model that the user never sees.
    """
    # A cut far above the limit first: the rest is not worth looking at.
    visible = "".join(char for char in text[: 4 * limit] if char in _KEPT or unicodedata.category(char)[0] != "C")
    return visible if len(visible) <= limit else visible[: limit - 1].rstrip() + "…"


def one_line(text: str, *, limit: int) -> str:
    """`clean`, on a single line."""
    return clean(" ".join(text[: 4 * limit].split()), limit=limit)


def well_formed(text: str) -> str:
    """Replace lone surrogates, which JSON can carry and UTF-8 cannot."""
    return text.encode("utf-8", "replace").decode("utf-8")
