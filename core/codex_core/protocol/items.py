"""Items: what happened. One list of them is the session.

It has three projections: messages for the model, blocks for the screen, rows for SQLite. Items are only ever
appended. For every `ToolCallItem` there is exactly one `ToolResultItem`, also after an interrupt, a crash or a
denial. The last eight kinds are for people; no model is sent them. What the screen keeps showing after a turn is made
of items alone: that is why a resumed session looks as it did.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from codex_core.protocol.display import Block
from codex_core.protocol.json import Json
from codex_core.protocol.outcome import Outcome
from codex_core.protocol.record import Record, Unknown
from codex_core.protocol.requests import (
    ModelFailedAnswer,
    ModelFailedQuestion,
    PlanAccepted,
    PlanQuestion,
    PlanRefused,
    Question,
    QuestionAnswer,
)
from codex_core.protocol.rewinding import RewindWhat
from codex_core.protocol.usage import StepPurpose, Usage


@dataclass(frozen=True, slots=True, kw_only=True)
class TextPart(Record):
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ImagePart(Record):
    """An image that the user attached."""

    path: str
    mime: str
    data: bytes
    """The file's content when it was attached: the file may change or go."""


Part: TypeAlias = TextPart | ImagePart | Unknown
Origin: TypeAlias = Literal["prompt", "steer", "redirect", "context"]
NoticeLevel: TypeAlias = Literal["info", "warning", "error"]
PauseEnd: TypeAlias = Literal["continue", "redirect", "stop"]
ResultStatus: TypeAlias = Literal["ok", "error", "denied", "interrupted", "timeout"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemBase(Record):
    id: str
    at: float
    """Seconds since 1970, UTC."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UserItem(ItemBase):
    """Something the user said."""

    parts: tuple[Part, ...]
    origin: Origin = "prompt"
    """`context` is what we say in the user's name: instructions, the environment."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AssistantItem(ItemBase):
    """Something the model said."""

    text: str
    provider: str
    model: str
    opaque: Json = None
    """What the provider wants back with this item. Sent back only to the same model."""
    truncated: bool = False
    """The stream was closed before the model had finished."""
    superseded: bool = False
    """It no longer counts: its model call failed, or was made again. Only front ends are shown such items."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReasoningItem(ItemBase):
    """What the model thought, as far as its provider shows it."""

    text: str
    provider: str
    model: str
    opaque: Json = None
    """Signatures, redacted or encrypted reasoning. Sent back only to the same model."""
    duration_s: float | None = None
    """How long it thought; None if that is not known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolCallItem(ItemBase):
    """A wish to run a tool: the model's, or the user's own."""

    call_id: str
    """Unique in the session: a provider's id that was used before is replaced by one of ours."""
    name: str
    arguments: str
    """The raw JSON text, exactly as the model wrote it. It may be invalid."""
    by: Literal["model", "user"] = "model"
    """`user`: a command that the user typed. Nobody was asked; the model is told of it in the user's name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolResultItem(ItemBase):
    """What came of a tool call."""

    call_id: str
    name: str
    status: ResultStatus
    output: str
    """For the model."""
    display: tuple[Block, ...] = ()
    """For people."""
    duration_s: float = 0.0
    decided: tuple[str, ...] = ()
    """What the user answered and which rules said so, each in words for people; empty if nothing had to be decided."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CompactionItem(ItemBase):
    """Everything before `kept_from` is, for the model, replaced by the summary."""

    summary: str
    kept_from: str = ""
    """The id of the first item before this one that the model is sent all the same; empty: none is."""
    tokens_before: int = 0
    tokens_after: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeItem(ItemBase):
    """Something that only the user is told."""

    level: NoticeLevel
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StepItem(ItemBase):
    """A model call that has ended, well or not. Comes before what it said; `id` is the step's, `at` its beginning."""

    model: str
    duration_s: float
    usage: Usage | None = None
    """None if the provider told none: the call failed or was cut."""
    error: str = ""
    """Why it did not come to its end; empty if it did."""
    purpose: StepPurpose = "reply"


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerItem(ItemBase):
    """What the user answered when a turn asked."""

    request: Question | ModelFailedQuestion | PlanQuestion | Unknown
    answer: QuestionAnswer | ModelFailedAnswer | PlanAccepted | PlanRefused | Unknown


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovalItem(ItemBase):
    """The user was asked whether a call may run; `id` is the request's, `at` when it was asked.

    The audit log has all of the request and the answer.
    """

    call_id: str
    tool: str
    summary: str
    why: str
    """Why it was asked, in words."""
    answer: Literal["yes", "no", "withdrawn"]
    """`withdrawn`: the user wanted something else, and nothing came of it."""
    said: str = ""
    """The answer in words, with the rule that came of it: `you said always: git commit … (session)`."""
    duration_s: float
    """How long the user took."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PauseItem(ItemBase):
    """The agent rested because the user wanted it; `at` is when it came to rest.

    A pause that the user left is not over: it begins again when the session is opened, and is stored when it ends.
    """

    how: PauseEnd
    """How it ended."""
    waited_for: str = ""
    """What had to end before the agent could rest, in words; mostly nothing."""
    duration_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryItem(ItemBase):
    """A model call had failed and was to be made again; `at` is when the wait for that began."""

    attempt: int
    """The number of the attempt that was to follow, from 2."""
    error: str
    """Why the one before failed."""
    delay_s: float
    """How long it was to wait."""
    duration_s: float
    """How long it waited: less if the user skipped it or wanted a pause."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnEndItem(ItemBase):
    """How a turn ended; `id` is the turn's. One that was cut short by leaving has none: it goes on later."""

    outcome: Outcome | Unknown
    duration_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class RewindItem(ItemBase):
    """The user went back. Items stay in the database; those that do not count any more are left out when read."""

    what: RewindWhat
    rewound_from: str = ""
    """The id of the first item that does not count any more, up to this one; empty if the conversation stayed."""
    undoes: str = ""
    """The id of the rewind that this one took back: what that one left out counts again. Empty if none."""
    prompt: str = ""
    """The beginning of the prompt of the turn that was gone back to."""
    restored: int = 0
    """Paths."""
    kept: int = 0
    failed: int = 0


Item: TypeAlias = (
    UserItem
    | AssistantItem
    | ReasoningItem
    | ToolCallItem
    | ToolResultItem
    | CompactionItem
    | NoticeItem
    | StepItem
    | AnswerItem
    | ApprovalItem
    | PauseItem
    | RetryItem
    | TurnEndItem
    | RewindItem
    | Unknown
)
