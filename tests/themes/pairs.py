"""Which words are drawn on which grounds. Themes are measured by this table, and every scene of the app against it."""

from __future__ import annotations

from codex_themes import COLORS, DIFF, SYNTAX, ThemeData

Pair = tuple[str, str]
"""A word's meaning and its ground's, as the palette names them."""

_GROUND_NAMES = {"background", "surface", "panel", "selection", "faint"} | {
    name for name in DIFF if name not in ("added", "removed")
}
_WORDS = (
    *(name for name in COLORS if name not in _GROUND_NAMES),
    "added",
    "removed",
    *(f"syntax.{name}" for name in SYNTAX),
)
_MANY = ("background", "surface", "panel", "added_background", "removed_background")
_FILLED = ("accent", "user", "success", "warning", "danger", "text")
"""Grounds of labels and of the cursor."""

PAIRS: frozenset[Pair] = frozenset(
    {(word, ground) for word in _WORDS for ground in _MANY}
    | {("text", ground) for ground in ("selection", "added_word", "removed_word", "faint")}
    | {("background", ground) for ground in _FILLED}
)

ORNAMENT = frozenset(
    {("faint", ground) for ground in _MANY}
    | {(word, ground) for word in ("background", "surface", "panel") for ground in (*_MANY, "faint")}
)
"""Lines, thumbs and empty bars: no letters and no figures."""


def _apart(index: int) -> str:
    """Far from its neighbours, so that a mixture of two colours is neither."""
    return f"#{index * 7 + 3:02x}{(index * 101 + 17) % 256:02x}{(index * 53 + 90) % 256:02x}"


PROBE = ThemeData(
    name="probe",
    about="every colour once, so that what is drawn tells what it means",
    dark=True,
    colors={name: _apart(index) for index, name in enumerate(COLORS)},
    diff={name: _apart(index) for index, name in enumerate(DIFF, len(COLORS))},
    syntax={name: _apart(index) for index, name in enumerate(SYNTAX, len(COLORS) + len(DIFF))},
)
MEANING = {
    **{color: name for table in (PROBE.colors, PROBE.diff) for name, color in table.items()},
    **{color: f"syntax.{name}" for name, color in PROBE.syntax.items()},
}
