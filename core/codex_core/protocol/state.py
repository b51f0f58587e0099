"""What a session is like right now: one value that a front end replaces as a whole."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias, get_args

from codex_core.protocol.sandbox import Network, SandboxMode, SandboxStatus

ApprovalPolicy: TypeAlias = Literal["untrusted", "on-request", "never"]
Mode: TypeAlias = Literal["plan", "ask", "auto", "full", "custom"]
Effort: TypeAlias = Literal["none", "minimal", "low", "medium", "high", "xhigh"]
"""How hard a model thinks before it speaks. A model that lacks a level takes the nearest."""
EffortChange: TypeAlias = Literal["default", "none", "minimal", "low", "medium", "high", "xhigh"]
EFFORTS: tuple[Effort, ...] = get_args(Effort)
"""From the least to the most."""
Status: TypeAlias = Literal["idle", "running", "pausing", "paused", "closed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What the user may change while the session runs."""

    model: str
    """LiteLLM's name, `demo` for the embedded model, empty if none is configured."""
    sandbox_mode: SandboxMode
    approval_policy: ApprovalPolicy
    network: Network = "off"
    effort: Effort | None = None
    """None: as the provider has it; nothing is sent."""

    @property
    def mode(self) -> Mode:
        """The name of this pair of settings."""
        return MODE_NAMES.get((self.sandbox_mode, self.approval_policy), "custom")


MODES: dict[Mode, tuple[SandboxMode, ApprovalPolicy]] = {
    "plan": ("read-only", "on-request"),
    "ask": ("workspace-write", "untrusted"),
    "auto": ("workspace-write", "on-request"),
    "full": ("danger-full-access", "never"),
}
MODE_NAMES: dict[tuple[SandboxMode, ApprovalPolicy], Mode] = {pair: name for name, pair in MODES.items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionState:
    session_id: str
    title: str
    """The first words of the first prompt; empty before it."""
    workspace: str
    """Absolute path."""
    status: Status
    settings: Settings
    sandbox: SandboxStatus
    trusted: bool
    """The user allowed this folder's own settings."""
    context_window: int | None = None
    """Tokens the model can take; None if not known."""
    notice: str = ""
    """A standing remark for the status line: no model configured, demo."""
