"""The detail of one step: its output, its diff, its arguments."""

from codex_tui.detail.pane import DetailBody, DetailPane
from codex_tui.detail.step_pane import StepPane

__all__ = ["DetailBody", "DetailPane", "StepPane"]
