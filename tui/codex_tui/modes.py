"""The named modes as wishes: the one that Shift+Tab goes to, and what a mode asks of the session."""

from __future__ import annotations

from codex_core.protocol import MODES, ChangeSettings, Mode, Op

CYCLED_MODES: tuple[Mode, ...] = ("plan", "ask", "auto")


def mode_after(mode: Mode) -> Mode:
    """The next one of those that are cycled; from one that is not, the default."""
    at = CYCLED_MODES.index(mode) + 1 if mode in CYCLED_MODES else 1
    return CYCLED_MODES[at % len(CYCLED_MODES)]


def mode_op(mode: Mode) -> Op:
    """The wish to work in `mode`."""
    sandbox_mode, approval_policy = MODES[mode]
    return ChangeSettings(sandbox_mode=sandbox_mode, approval_policy=approval_policy)
