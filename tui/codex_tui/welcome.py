"""What stands where the conversation will be, until there is one. Part of the first frame: it knows nothing."""

from __future__ import annotations

from textual.content import Content
from textual.widget import Widget

_HINTS = (
    ("Enter", "sends; while the agent works, it steers"),
    ("Ctrl+C", "pauses at a safe point: continue, redirect or stop"),
    ("Shift+Tab", "plan, ask, auto: how much it may do without asking"),
    ("Ctrl+P", "every command; F1 shows all keys"),
)


class Welcome(Widget):
    def __init__(self, version: str) -> None:
        super().__init__(id="welcome")
        self._version = version

    def render(self) -> Content:
        lines = [
            Content.assemble(("codex-py", "bold $accent"), (f"  {self._version}", "$muted")),
            Content(""),
            Content.styled("Say what you want done in this project.", "$foreground"),
            Content(""),
        ]
        lines += [Content.assemble((f"{key:<11}", "$foreground"), (does, "$muted")) for key, does in _HINTS]
        return Content("\n").join(lines)
