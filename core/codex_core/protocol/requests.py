"""What the session asks the user beside approvals, and the answers.

A request stays open until it is answered or its turn ends. What is asked of a front end that has nobody to ask
(`exec`) is resolved at once with the closed answer.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from codex_core.protocol.record import Record


@dataclass(frozen=True, slots=True, kw_only=True)
class Question(Record):
    """The model asks."""

    text: str
    options: tuple[str, ...] = ()
    """Offered answers; free text is always allowed too."""


@dataclass(frozen=True, slots=True, kw_only=True)
class QuestionAnswer(Record):
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TrustQuestion:
    """The folder brings settings of its own. May they be used?"""

    folder: str
    found: tuple[str, ...]
    """What would be honoured, a line each: `AGENTS.md (1.2 kB)`, `2 MCP servers: git, time`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrustAnswer:
    trusted: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelFailedQuestion(Record):
    """A model call failed for good; the turn waits."""

    error: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelFailedAnswer(Record):
    choice: Literal["retry", "stop"]


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoQuestion:
    """No key and no local server: may the demo make its scratch project and play its tour?"""

    folder: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoAnswer:
    accepted: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanQuestion(Record):
    """A turn in `plan` mode has come to its plan."""

    plan: str
    """Markdown, as the model wrote it; what the user may edit."""
    steps: tuple[str, ...] = ()
    """Those of the last `update_plan` of the turn, if there was one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanAccepted(Record):
    """Switch to `mode` and do it."""

    mode: Literal["ask", "auto"] = "ask"
    plan: str = ""
    """The plan as the user has edited it; empty: as it was shown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanRefused(Record):
    """Stay in `plan` mode. With words the model works on, without them the turn ends."""

    words: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class FullAccessQuestion(Record):
    """The user wants nothing confined and nothing asked. Asked twice, by core, whoever wished it."""

    number: Literal["first", "second"]


@dataclass(frozen=True, slots=True, kw_only=True)
class FullAccessAnswer(Record):
    confirmed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class CrashedCall:
    """A call that had no result yet when the program was killed."""

    call_id: str
    name: str
    arguments: str
    """As the model wrote them, JSON or not."""
    was_started: bool
    """It may have had an effect; else it waited behind one that ran, or for an answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CrashQuestion:
    """Calls were running when the program was killed. What shall become of them? Asked until it is answered."""

    calls: tuple[CrashedCall, ...]
    """In their order; at least one was started."""
    can_run_again: bool
    """False: their arguments held a secret, which was not kept."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CrashAnswer:
    choice: Literal["run_again", "tell", "drop"]
    """`run_again`: as they are, through the policy like any call; then the turn goes on. `tell`: the turn goes on, and
    the model knows that they were interrupted. `drop`: they do not count any more, and nothing goes on."""


InputRequest: TypeAlias = (
    Question | TrustQuestion | ModelFailedQuestion | DemoQuestion | PlanQuestion | FullAccessQuestion | CrashQuestion
)
InputAnswer: TypeAlias = (
    QuestionAnswer
    | TrustAnswer
    | ModelFailedAnswer
    | DemoAnswer
    | PlanAccepted
    | PlanRefused
    | FullAccessAnswer
    | CrashAnswer
)
