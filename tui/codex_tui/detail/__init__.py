"""The detail of one step: its output, its diff, its arguments."""

from codex_tui.detail.pane import DetailBody, DetailPane

__all__ = ["DetailBody", "DetailPane"]
