"""What the screen is started with and what it leaves behind. The vocabulary between the command line and the app.

Named tuples, because they are made before the first paint, where each dataclass would cost a millisecond.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal, NamedTuple, TypeAlias

if TYPE_CHECKING:
    from codex_tui.depth import Depth
    from codex_tui.session_link import OpenSession
    from codex_tui.shelf import Shelf

Connect: TypeAlias = "Callable[[], Awaitable[OpenSession]]"
"""Opens the session. Called after the first paint, on the app's event loop."""


class Picker(NamedTuple):
    """Lets the user choose among stored sessions."""

    open_shelf: Callable[[], Awaitable[Shelf]]
    """Called after the first paint, on the app's event loop."""
    comes_first: bool = False
    """Before there is a session; else when the user wants another one."""
    may_come_first: bool = False
    """So it is if the session that was asked for is not clear. What is typed meanwhile is for what comes."""
    forks: bool = False
    """What is chosen first is gone on with as a copy."""
    everywhere: bool = False
    """At first the sessions of all folders are shown."""


class FileListing(NamedTuple):
    """What a prompt can mention, relative to the folder that was listed."""

    paths: tuple[str, ...] = ()
    """Folders with a `/` at their end; printable."""
    recent: tuple[str, ...] = ()
    """Files, the last changed one first."""
    is_cut: bool = False
    """There is more."""


ListFiles: TypeAlias = "Callable[[Path], Awaitable[FileListing]]"
"""Lists a folder without keeping the event loop."""


class PastPrompt(NamedTuple):
    """Something that was said in some session."""

    text: str
    when: str
    """In words: `2 h`."""
    is_here: bool
    """In this folder."""


LoadPrompts: TypeAlias = "Callable[[], Awaitable[Sequence[PastPrompt]]]"


class ScreenOptions(NamedTuple):
    home: Path
    """`$CODEX_PY_HOME`: frames, themes and crash reports are kept below it."""
    version: str
    workspace: Path
    """Absolute. Its session may turn out to work elsewhere."""
    theme: str | None = None
    """None: the dark default."""
    is_theme_for_now: bool = False
    """The theme was asked for by an argument: the next start will wear another."""
    keep_theme: Callable[[str], None] | None = None
    """Keeps a theme's name for the next start. Called in a thread; an exception is told to the user."""
    depth: Depth = "full"
    prompt: str = ""
    """Sent as soon as there is a session."""
    picker: Picker | None = None
    list_files: ListFiles | None = None
    """None: files cannot be mentioned."""
    past_prompts: LoadPrompts | None = None
    """What was said in all sessions, those of this folder first, the newest first."""
    notifications: Literal["auto", "osc9", "osc777", "bell", "off"] = "off"
    """How the user is told of what waits while the window is not looked at."""
    reduced_motion: bool = False


class ExitReport(NamedTuple):
    session_id: str = ""
    """To print the command that opens it again; empty if nothing was said in it."""
    exit_code: int = 0
    error: str = ""
    """What to tell on stderr, if it ended badly."""
