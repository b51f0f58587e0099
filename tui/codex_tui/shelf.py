"""The stored sessions, as who chooses one sees them. The vocabulary between the command line and the picker.

All text in it is foreign: it is cleaned where it is drawn.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Literal, NamedTuple, Protocol, TypeAlias

if TYPE_CHECKING:
    from codex_tui.session_link import OpenSession

State: TypeAlias = Literal["", "interrupted", "paused", "elsewhere", "here"]
"""`interrupted`: its last turn was cut short; `elsewhere`: another process has it open; `here`: this one has."""


class SessionRow(NamedTuple):
    id: str
    title: str
    workspace: str
    """With the home folder as `~`."""
    updated_at: float
    """When something happened in it last, in seconds since 1970."""
    turns: int = 0
    cost_usd: float | None = None
    """None: no price is known."""
    model: str = ""
    state: State = ""
    owner: int = 0
    """The process that has it open."""
    is_archived: bool = False
    is_fork: bool = False
    """It was branched off another one, and has its title until it gets its own."""


class Hit(NamedTuple):
    """A session in which words were found."""

    id: str
    who: str
    """`you`, `codex`, `call`, `output`, …; empty: its title has them."""
    line: str


class Wanted(NamedTuple):
    """Which sessions to show."""

    words: str = ""
    everywhere: bool = False
    """Not only those of this folder and below."""
    days: int | None = None
    """1: today; 7, 30: so many days back; None: any time."""
    with_archived: bool = False


class Preview(NamedTuple):
    first_prompt: str
    last: tuple[tuple[Literal["user", "assistant"], str], ...]
    """What was said at the end, oldest first."""
    files: tuple[tuple[str, str, int | None, int | None], ...]
    """What edits did (`add`, `update`, `delete`) to which file, lines added and removed."""
    place_note: str = ""
    """What has changed about its folder since it was left."""


class Shelf(Protocol):
    """Raises, in all of its methods: an exception whose text is for the user."""

    async def ids(self, wanted: Wanted) -> Sequence[str]:
        """All that are wanted, newest first; its words are left aside."""
        ...

    async def search(self, wanted: Wanted) -> Sequence[Hit]:
        """Those in which all words of `wanted` were said, newest first, each once. Cancelling it ends the work."""
        ...

    async def rows(self, ids: Sequence[str]) -> Mapping[str, SessionRow]: ...

    async def preview(self, session_id: str) -> Preview: ...

    async def rename(self, session_id: str, title: str) -> str:
        """Give it a title of the user's; returns it as it was kept."""
        ...

    async def archive(self, session_id: str, *, archived: bool) -> None: ...

    async def delete(self, session_id: str) -> None:
        """Delete it, unless it is taken back before `tidy`."""
        ...

    async def undelete(self, session_id: str) -> None: ...

    async def tidy(self) -> None:
        """Nobody will take anything back: delete for good."""
        ...

    async def connect(self, session_id: str, *, forks: bool = False) -> OpenSession:
        """Open the session of that id, of its beginning or end, or with these words in its title; or a copy of it."""
        ...

    async def connect_new(self, workspace: str, like: str = "") -> OpenSession:
        """Begin a session; `like`: the id of the one whose model and mode it begins with, if any."""
        ...

    async def close(self) -> None:
        """`tidy`, and let go of everything. May be called twice."""
        ...
