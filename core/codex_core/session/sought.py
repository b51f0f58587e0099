"""Which sessions are wanted: of which folder, since when, archived ones too. A condition on the table of sessions."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from codex_core.session.database import Value, bound


@dataclass(frozen=True, slots=True, kw_only=True)
class Sought:
    """Never those without items, nor what lies in the trash."""

    workspace: Path | None = None
    """This folder and those below it; None: any."""
    since: float = 0.0
    """Something happened in them after this, in seconds since 1970."""
    with_archived: bool = False

    def condition(self) -> tuple[str, list[Value]]:
        """Return what stands behind `WHERE`, and its parameters."""
        where, parameters = "item_count > 0 AND NOT trashed", list[Value]()
        if not self.with_archived:
            where += " AND NOT archived"
        if self.since:
            where += " AND updated_at >= ?"
            parameters.append(self.since)
        if self.workspace is not None:
            below = f"{str(self.workspace).rstrip('/')}/"
            # As bytes: a folder with an odd name is kept as such.
            where += " AND (workspace = ? OR substr(CAST(workspace AS BLOB), 1, length(?)) = ?)"
            prefix = below.encode("utf-8", "surrogatepass")
            parameters += [bound(str(self.workspace)), prefix, prefix]
        return where, parameters
