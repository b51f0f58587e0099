"""What every stored value has in common: room for what a newer release added."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from codex_core.protocol.json import Json


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """A value that is written to the database."""

    extra: Mapping[str, Json] = field(default_factory=dict[str, Json], repr=False, hash=False)
    """Fields that this release does not know. Kept, and written back unchanged."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unknown(Record):
    """A stored value whose tag this release does not know. Kept, and written back unchanged."""

    tag: str
    """What the row calls itself."""
