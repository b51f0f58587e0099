"""What an event changes on the screen: the view state says it, the screen does it.

Named tuples, because one is made for every chunk that streams in.
"""

from __future__ import annotations

from typing import NamedTuple, TypeAlias

from codex_core.protocol import (
    ContextUse,
    KnownModel,
    QueuedPrompt,
    RewindPreviewed,
    RewindRefused,
    Rewound,
    RulesListed,
    TurnsListed,
    WorkspaceChanges,
)
from codex_tui.timeline import TimelineRow
from codex_tui.transcript import Entry


class EntryShown(NamedTuple):
    """A new entry at the end, or another state of one that is there."""

    entry: Entry


class TextStreamed(NamedTuple):
    """More of an entry that was shown."""

    id: str
    text: str


class TextFinished(NamedTuple):
    id: str
    text: str
    """The whole of it."""


class EntrySuperseded(NamedTuple):
    """What the model said or thought no longer counts: of thoughts nothing stays."""

    id: str


class RowShown(NamedTuple):
    row: TimelineRow


class HistoryShown(NamedTuple):
    """Stored entries and rows, oldest first, all at once."""

    entries: tuple[Entry, ...]
    rows: tuple[TimelineRow, ...]
    prompts: tuple[str, ...]
    """What the user said, for the composer to look back at."""
    has_earlier: bool
    anchors: tuple[tuple[str, str], ...] = ()
    """Rows that are no entry themselves, with the entry that came of each."""
    superseded: tuple[str, ...] = ()
    """Entries that no longer count."""


class DetailChanged(NamedTuple):
    """There is something new to see of this call."""

    id: str


class PanelChanged(NamedTuple):
    """Another question is open, or none."""


class RulesTold(NamedTuple):
    """What rules there are has come, or changed."""

    listed: RulesListed


class BarsChanged(NamedTuple):
    """Header, status line, queue: values to be read again."""


class ContextShown(NamedTuple):
    """The user wanted to see what fills the model's window."""

    use: ContextUse


class ChangesTold(NamedTuple):
    """What has changed in the files was asked for, and has come."""

    changes: WorkspaceChanges


class HistoryForgotten(NamedTuple):
    """Nothing that was shown counts any more; what does follows as a `HistoryShown`."""


class ModelsTold(NamedTuple):
    """Which models can be named here."""

    models: tuple[KnownModel, ...]


class RewindTold(NamedTuple):
    """A step on the way back has come: turns to choose from, a preview, the end."""

    event: TurnsListed | RewindPreviewed | Rewound | RewindRefused


class WordsReturned(NamedTuple):
    """A turn was stopped, or has failed, and this waited for it."""

    waiting: tuple[QueuedPrompt, ...]


class Ended(NamedTuple):
    """The session is closed; no more events come."""


Change: TypeAlias = (
    EntryShown
    | TextStreamed
    | TextFinished
    | EntrySuperseded
    | RowShown
    | HistoryShown
    | DetailChanged
    | PanelChanged
    | RulesTold
    | BarsChanged
    | ContextShown
    | ChangesTold
    | ModelsTold
    | HistoryForgotten
    | RewindTold
    | WordsReturned
    | Ended
)
