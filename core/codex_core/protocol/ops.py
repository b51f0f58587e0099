"""Ops: what a front end may ask of a session. Wishes: the session decides what becomes of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from codex_core.protocol.approvals import ApprovalAnswer
from codex_core.protocol.items import Part
from codex_core.protocol.requests import InputAnswer
from codex_core.protocol.rewinding import RewindWhat
from codex_core.protocol.rules import Effect, Pattern, RuleScope
from codex_core.protocol.sandbox import Network, SandboxMode
from codex_core.protocol.state import ApprovalPolicy, EffortChange
from codex_core.protocol.workspace_changes import CONTEXT_LINES, ChangesSince


@dataclass(frozen=True, slots=True, kw_only=True)
class SubmitPrompt:
    parts: tuple[Part, ...]
    when: Literal["now", "steer", "queue"] = "now"
    """While a turn runs: `steer` delivers at its next safe point, `queue` after it. `now` means steer then; but a turn
    in which the program had ended goes on with it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EditQueued:
    queued_id: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoveQueued:
    queued_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Pause:
    """Pause at the next safe point."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelCurrent:
    """End the running tool now; its result is `interrupted`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Resume:
    """Paused: go on where it stopped. Idle: with what has been left waiting, if anything has."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Redirect:
    """Paused: go on with these words of the user."""

    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop:
    """End the turn. What runs is cancelled."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SkipWait:
    """Retry now instead of waiting."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerApproval:
    request_id: str
    answer: ApprovalAnswer


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerInput:
    request_id: str
    answer: InputAnswer


@dataclass(frozen=True, slots=True, kw_only=True)
class RunUserShell:
    """Run this command line in the workspace, confined as the mode says; nobody is asked, for the user wrote it.

    The model hears of it with its next call. While a turn works it waits in the queue for the next safe point.
    """

    command: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeSettings:
    """Fields that are None stay as they are. Counts from the next safe point on.

    What comes to nothing confined and nothing asked counts only after both `FullAccessQuestion`s were confirmed.
    """

    model: str | None = None
    sandbox_mode: SandboxMode | None = None
    approval_policy: ApprovalPolicy | None = None
    network: Network | None = None
    effort: EffortChange | None = None
    """`default`: as the provider has it, from now on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Compact:
    """Summarise what is older, now or (while a turn runs) before its next model call."""

    focus: str = ""
    """What the summary should keep above all, in the user's words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DescribeContext:
    """Tell what fills the model's window, by a `ContextDescribed`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ListModels:
    """Tell which models can be named here, by a `ModelsListed`: it may take seconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DescribeChanges:
    """Tell what has changed in the files of the workspace, by a `ChangesDescribed`."""

    since: ChangesSince
    context_lines: int = CONTEXT_LINES


@dataclass(frozen=True, slots=True, kw_only=True)
class ListTurns:
    """Tell which turns one can go back to, by a `TurnsListed`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PreviewRewind:
    """Tell what a `Rewind` would do, by a `RewindPreviewed` or a `RewindRefused`."""

    to: str
    what: RewindWhat


@dataclass(frozen=True, slots=True, kw_only=True)
class Rewind:
    """Go back to before a turn, or take a rewind back. A `Rewound` or a `RewindRefused` follows.

    Only while no turn works; one that is paused is stopped first.
    """

    to: str
    """The id of the turn's prompt, or of the `RewindItem`."""
    what: RewindWhat
    restore: tuple[str, ...] = ()
    """Conflicts to restore all the same."""
    keep: tuple[str, ...] = ()
    """Paths that would be restored, to be left as they are."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ListRules:
    """Tell the rules that count here: a `RulesListed` follows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AddRule:
    """A `RulesListed` follows."""

    pattern: Pattern
    effect: Effect
    scope: RuleScope


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoveRule:
    """A `RulesListed` follows. Rules of a project's own file are removed there, not by this."""

    rule_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Shutdown:
    """Save everything and end. The last event is a `StateChanged` to `closed`."""


Op: TypeAlias = (
    SubmitPrompt
    | EditQueued
    | RemoveQueued
    | Pause
    | CancelCurrent
    | Resume
    | Redirect
    | Stop
    | SkipWait
    | AnswerApproval
    | AnswerInput
    | RunUserShell
    | ChangeSettings
    | Compact
    | DescribeContext
    | ListModels
    | DescribeChanges
    | ListTurns
    | PreviewRewind
    | Rewind
    | ListRules
    | AddRule
    | RemoveRule
    | Shutdown
)
