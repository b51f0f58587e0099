"""What the session picker says of itself: how many there are, what to do where none are, what the keys do. Pure."""

from __future__ import annotations

from typing import NamedTuple

from textual.content import Content

from codex_tui.sanitize import clip, sanitize_line
from codex_tui.sessions.search_field import UNDO
from codex_tui.shelf import Wanted

_CAP = "bold $foreground on $faint"


class Told(NamedTuple):
    wanted: Wanted
    """As it is shown: a search is everywhere unless the user says otherwise."""
    found: int
    is_looking: bool
    problem: str
    is_renaming: bool
    may_undo: bool
    enter: str
    """What Enter does, in words."""
    leaves: str
    """What Esc does."""
    is_deleted: bool
    """The current one is, as long as the list is open."""
    is_archived: bool
    """The current one is."""
    is_elsewhere: bool
    """Another process has the current one open."""

    @property
    def words(self) -> str:
        return " ".join(self.wanted.words.split())

    def how_many(self) -> str:
        if self.is_looking:
            return "searching…" if self.words else "…"
        kind = "found" if self.words else "session" if self.found == 1 else "sessions"
        return f"{self.found:,} {kind}"

    def empty(self) -> Content:
        """What stands where the list would, and the keys that may help."""
        if self.problem:
            return Content.styled(f"The sessions cannot be read: {sanitize_line(self.problem)}", "$danger")
        wanted = self.wanted
        wider = [("Tab", "looks in all folders")] if not wanted.everywhere else []
        wider += [("Ctrl+T", "looks at other times")] if wanted.days is not None else []
        wider += [] if wanted.with_archived else [("Ctrl+O", "looks at archived ones, too")]
        lines = [Content.assemble((f" {key} ", _CAP), f" {does}") for key, does in wider]
        said = Content.styled(self._nothing(), "$foreground")
        return Content("\n\n").join([said, Content("\n").join(lines)]) if lines else said

    def _nothing(self) -> str:
        if self.words:
            return f"Nothing matches “{clip(sanitize_line(self.words), 60)}”."
        if self.wanted.days is not None:
            return "No sessions here."
        if not self.wanted.everywhere:
            return "No sessions in this folder."
        return "No sessions yet. What you say to codex-py is kept, and found here."

    def keys(self) -> list[tuple[str, str]]:
        """The most important first."""
        if self.is_renaming:
            return [("Enter", "gives it this title"), ("Esc", "leaves it as it is")]
        leave = ("Esc", "clear" if self.wanted.words else self.leaves)
        if not self.found:
            return [leave]
        if self.is_elsewhere:
            return [
                *([(UNDO, "undo")] if self.may_undo else []),
                ("Ctrl+F", "go on with a copy"),
                ("↑↓", "choose another"),
                leave,
                ("Ctrl+R", "rename"),
                ("Ctrl+A", "put it back" if self.is_archived else "archive"),
                ("Ctrl+P", "preview"),
            ]
        return [
            *([(UNDO, "undo")] if self.may_undo else []),
            ("Enter", self.enter),
            leave,
            ("Del", "bring it back" if self.is_deleted else "delete"),
            ("Ctrl+R", "rename"),
            ("Ctrl+F", "fork"),
            ("Ctrl+A", "put it back" if self.is_archived else "archive"),
            ("Ctrl+P", "preview"),
            ("Shift+↑↓", "scroll it"),
        ]
