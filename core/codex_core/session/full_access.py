"""Asks twice before nothing is confined any more: here and not in a front end, so that none can leave it out."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from codex_core.agent.audit import Audit
from codex_core.agent.desk import Desk
from codex_core.protocol import ChangeSettings, FullAccessAnswer, FullAccessGiven, FullAccessQuestion
from codex_core.session.errands import Errands


class FullAccess:
    """One for a session."""

    def __init__(
        self, desk: Desk, audit: Audit, errands: Errands, change: Callable[[ChangeSettings], Awaitable[None]]
    ) -> None:
        """`change` does what was wished, once it is confirmed and that is in the audit log."""
        self._desk = desk
        self._audit = audit
        self._errands = errands
        self._change = change
        self._is_asking = False

    def ask(self, wish: ChangeSettings) -> None:
        """Ask the user, in the background; nothing if that is being asked."""
        if not self._is_asking:
            self._is_asking = True
            self._errands.run(self._confirm(wish))

    async def _confirm(self, wish: ChangeSettings) -> None:
        try:
            for number in ("first", "second"):
                answer = await self._desk.ask(FullAccessQuestion(number=number))
                if not isinstance(answer, FullAccessAnswer) or not answer.confirmed:
                    return
            await self._audit.record(FullAccessGiven())
            await self._change(wish)
        finally:
            self._is_asking = False
