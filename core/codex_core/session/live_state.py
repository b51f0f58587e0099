"""What front ends know of a session as a whole: what it is called, whether it works, how it is set."""

from __future__ import annotations

from collections.abc import Callable

from codex_core.agent.collaborators import Emit
from codex_core.protocol import (
    Event,
    Paused,
    PauseRequested,
    Resumed,
    SessionState,
    StateChanged,
    Status,
    TurnEnded,
    TurnStarted,
)
from codex_core.session.place import Place


class LiveState:
    """One for a session. The status follows from the events; of all else, whoever changes it calls `tell`."""

    def __init__(
        self,
        session_id: str,
        place: Place,
        publish: Emit,
        *,
        notice: str,
        title: Callable[[], str],
        window_tokens: Callable[[], int | None],
    ) -> None:
        self._session_id = session_id
        self._place = place
        self._publish = publish
        self._notice = notice
        self._title = title
        self._window_tokens = window_tokens
        self._status: Status = "idle"

    def publish(self, event: Event) -> None:
        """Publish it, then what has changed by it; but the end of a turn is the last of its turn."""
        if isinstance(event, TurnEnded):
            self._set_status("idle")
        self._publish(event)
        match event:
            case TurnStarted() if self._status == "idle":
                self._set_status("running")
            case PauseRequested():
                self._set_status("pausing")
            case Paused():
                self._set_status("paused")
            case Resumed():
                self._set_status("running")
            case _:
                pass

    def close(self) -> None:
        self._set_status("closed")

    def _set_status(self, status: Status) -> None:
        if status != self._status:
            self._status = status
            self.tell()

    def tell(self) -> None:
        self._publish(StateChanged(state=self.now()))

    def now(self) -> SessionState:
        return SessionState(
            session_id=self._session_id,
            title=self._title(),
            workspace=str(self._place.project.workspace),
            status=self._status,
            settings=self._place.settings,
            sandbox=self._place.services.sandbox.status,
            trusted=self._place.project.is_trusted,
            context_window=self._window_tokens(),
            notice=self._notice,
        )
