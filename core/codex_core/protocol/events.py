"""Events: what is happening. Facts in the past tense, in the order in which they happened.

Deltas may be merged when they are read, never dropped. `ItemCompleted` supersedes the deltas of its item.
`TurnEnded` is the last event of a turn, always.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from codex_core.protocol.approvals import ApprovalAnswer, ApprovalRequest
from codex_core.protocol.context import ContextUse
from codex_core.protocol.items import Item, PauseEnd, RewindItem
from codex_core.protocol.outcome import Outcome
from codex_core.protocol.requests import InputAnswer, InputRequest
from codex_core.protocol.rewinding import FileFailure, RewindPreview, RewindTurn
from codex_core.protocol.rules import Rule
from codex_core.protocol.state import SessionState
from codex_core.protocol.usage import StepPurpose, Usage
from codex_core.protocol.workspace_changes import WorkspaceChanges


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnStarted:
    turn_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StepStarted:
    """A model call began."""

    step_id: str
    model: str
    purpose: StepPurpose = "reply"


@dataclass(frozen=True, slots=True, kw_only=True)
class StepEnded:
    """A model call ended, well or not; a `StepItem` with what it cost follows, unless it cannot be stored."""

    step_id: str
    duration_s: float
    error: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemStarted:
    """An item has begun to come: an assistant text with its first delta, a tool call when it starts to run."""

    item: Item


@dataclass(frozen=True, slots=True, kw_only=True)
class TextDelta:
    item_id: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReasoningDelta:
    item_id: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolOutputDelta:
    call_id: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemCompleted:
    """The item is final and committed to the database."""

    item: Item


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemSuperseded:
    """The item no longer counts: it was truncated and its step is repeated."""

    item_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class InputRequested:
    request_id: str
    request: InputRequest


@dataclass(frozen=True, slots=True, kw_only=True)
class InputResolved:
    request_id: str
    answer: InputAnswer | None
    """None if the request was withdrawn."""


@dataclass(frozen=True, slots=True, kw_only=True)
class QueuedPrompt:
    queued_id: str
    text: str
    when: Literal["steer", "queue", "command"]
    """`command`: `text` is to be run in the shell at the next safe point."""


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueChanged:
    prompts: tuple[QueuedPrompt, ...]
    """All that waits now, steering prompts first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovalRequested:
    request: ApprovalRequest


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovalResolved:
    request_id: str
    call_id: str
    answer: ApprovalAnswer | None
    """None if the request was withdrawn because the turn ended."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RulesListed:
    """The answer to `ListRules`; also told whenever they have changed."""

    rules: tuple[Rule, ...]
    """All that count in this session, the newest first."""
    problem: str = ""
    """Why saved rules cannot be used or changed; then no rule that allows anything counts. Mostly empty."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PauseRequested:
    waiting_for: str
    """What has to end first, in words: `shell pytest -q`. Empty if nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Paused:
    pause_id: str = ""
    """Of the `PauseItem` that follows when it is over, unless that cannot be stored."""
    was_cut_short: bool = False
    """Nobody wanted it: the program ended in the middle of the turn, which waits now for the user to go on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Resumed:
    how: PauseEnd


@dataclass(frozen=True, slots=True, kw_only=True)
class UsageUpdated:
    """What was used by now; in a resumed session also told once before its `HistoryReplayed`."""

    step: Usage
    """Of the newest model call: its `input_tokens` are what the context now holds."""
    session: Usage
    """Of the whole session so far."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ContextDescribed:
    use: ContextUse


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownModel:
    name: str
    """What `ChangeSettings` takes."""
    source: str
    """Why it can be named, in words for the user: a server, a key."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelsListed:
    models: tuple[KnownModel, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangesDescribed:
    changes: WorkspaceChanges


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnsListed:
    turns: tuple[RewindTurn, ...]
    """Those that count, oldest first."""
    undoable: RewindItem | None = None
    """The newest rewind that can be taken back."""
    problem: str = ""
    """Why files cannot be restored here; mostly empty."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RewindPreviewed:
    preview: RewindPreview


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryCut:
    """What was told of items does not count any more: the stored items that do follow, as when a session is opened."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rewound:
    """A rewind is done. Comes after the `HistoryCut` and the replay."""

    item: RewindItem
    prompt: str
    """The whole prompt of the turn, to be said again; empty if the conversation stayed or a rewind was taken back."""
    failed: tuple[FileFailure, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RewindRefused:
    """Nothing was changed, unless files are named."""

    reason: str
    restored: tuple[str, ...] = ()
    """Files that were restored when the rest failed, and could not be put back. Nearly always empty."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryScheduled:
    attempt: int
    """The number of the attempt that will be made, from 2."""
    delay_s: float
    error: str
    retry_id: str = ""
    """Of the `RetryItem` that follows when the wait is over, unless that cannot be stored."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryReplayed:
    """The stored items that a front end is shown on opening have all come."""

    total: int
    """How many items the session has."""
    replayed: int
    """How many of them came; the rest is to be had by `SessionHandle.earlier`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StateChanged:
    state: SessionState


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnEnded:
    turn_id: str
    outcome: Outcome
    duration_s: float


Event: TypeAlias = (
    TurnStarted
    | StepStarted
    | StepEnded
    | ItemStarted
    | TextDelta
    | ReasoningDelta
    | ToolOutputDelta
    | ItemCompleted
    | ItemSuperseded
    | InputRequested
    | InputResolved
    | QueueChanged
    | ApprovalRequested
    | ApprovalResolved
    | RulesListed
    | PauseRequested
    | Paused
    | Resumed
    | UsageUpdated
    | ContextDescribed
    | ModelsListed
    | ChangesDescribed
    | TurnsListed
    | RewindPreviewed
    | HistoryCut
    | Rewound
    | RewindRefused
    | RetryScheduled
    | HistoryReplayed
    | StateChanged
    | TurnEnded
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """An event with its place in the stream."""

    seq: int
    """Counts from 1 in each session object; merged deltas keep the seq of the last one."""
    agent: tuple[str, ...]
    """Names of the sub-agents on the way to where it happened; `()` for the root."""
    at: float
    """Seconds since 1970, UTC."""
    event: Event
