"""The questions that wait for an answer of the user, and the one of them that is shown."""

from __future__ import annotations

from dataclasses import replace

from codex_core.protocol import ApprovalRequest, InputRequest
from codex_tui.panels.approval import approval_panel
from codex_tui.panels.input import input_panel
from codex_tui.panels.view import PanelView


class OpenQuestions:
    """They are shown one after the other, the oldest first."""

    def __init__(self) -> None:
        self._requests: dict[str, ApprovalRequest | InputRequest] = {}
        self._since: dict[str, float] = {}
        self._answered = 0
        """How many were answered since none was open."""

    def __bool__(self) -> bool:
        return bool(self._requests)

    def open(self, request_id: str, request: ApprovalRequest | InputRequest, at: float) -> None:
        self._requests[request_id] = request
        self._since.setdefault(request_id, at)

    def close(self, request_id: str) -> None:
        """It was answered, or counts no more; one that is not open is no matter."""
        self._since.pop(request_id, None)
        if self._requests.pop(request_id, None) is not None:
            self._answered = self._answered + 1 if self._requests else 0

    @property
    def since(self) -> float | None:
        """When the one that is shown was asked; seconds since 1970. None if none is."""
        return self._since[next(iter(self._requests))] if self._requests else None

    @property
    def panel(self) -> PanelView | None:
        """The one that is shown, and which one it is of how many."""
        for request_id, request in self._requests.items():
            if isinstance(request, ApprovalRequest):
                return replace(approval_panel(request), count=self._count)
            view = input_panel(request_id, request)
            return replace(view, count=self._count or view.count)
        return None

    @property
    def _count(self) -> str:
        """Empty if it is the only one."""
        total = self._answered + len(self._requests)
        return f"{self._answered + 1} of {total}" if total > 1 else ""
