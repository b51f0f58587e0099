"""Where the agent asks the user and waits: approvals and other questions that are open right now."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import TypeVar

from codex_core.agent.collaborators import Emit
from codex_core.agent.control import Control, Interrupted
from codex_core.protocol import (
    ApprovalAnswer,
    ApprovalRequest,
    ApprovalRequested,
    ApprovalResolved,
    Event,
    InputAnswer,
    InputRequest,
    InputRequested,
    InputResolved,
    new_id,
)

T = TypeVar("T")


class Desk:
    """One for a session. Answers that come for a request that is gone are ignored."""

    def __init__(self, emit: Emit, *, interactive: bool) -> None:
        self._emit = emit
        self.is_interactive = interactive
        """Whether anybody is there to answer."""
        self._approvals: dict[str, tuple[ApprovalRequest, asyncio.Future[ApprovalAnswer]]] = {}
        self._inputs: dict[str, tuple[InputRequest, asyncio.Future[InputAnswer | None]]] = {}

    def open_requests(self) -> Sequence[Event]:
        """What a front end that has just come must be asked."""
        approvals = [ApprovalRequested(request=request) for request, _ in self._approvals.values()]
        inputs = [InputRequested(request_id=key, request=request) for key, (request, _) in self._inputs.items()]
        return [*approvals, *inputs]

    def answer_approval(self, request_id: str, answer: ApprovalAnswer) -> None:
        if (entry := self._approvals.get(request_id)) is not None and not entry[1].done():
            entry[1].set_result(answer)

    def answer_input(self, request_id: str, answer: InputAnswer) -> None:
        if (entry := self._inputs.get(request_id)) is not None and not entry[1].done():
            entry[1].set_result(answer)

    def withdraw(self, kind: type[InputRequest]) -> None:
        """Close the questions of this kind unanswered: they make no sense any more."""
        for request, future in self._inputs.values():
            if isinstance(request, kind) and not future.done():
                future.set_result(None)

    async def approve(self, request: ApprovalRequest, control: Control) -> ApprovalAnswer | None:
        """Ask and wait. None: the user paused and then wanted something else; the request is withdrawn."""
        future: asyncio.Future[ApprovalAnswer] = asyncio.get_running_loop().create_future()
        self._approvals[request.request_id] = (request, future)
        self._emit(ApprovalRequested(request=request))
        answer: ApprovalAnswer | None = None
        try:
            answer = await _answer_or_withdrawn(future, control)
            return answer
        finally:
            del self._approvals[request.request_id]
            self._emit(ApprovalResolved(request_id=request.request_id, call_id=request.call_id, answer=answer))

    async def ask(self, request: InputRequest, control: Control | None = None) -> InputAnswer | None:
        """Ask and wait. None: nobody is there, it was withdrawn, or the user paused and wanted something else."""
        if not self.is_interactive:
            return None
        future: asyncio.Future[InputAnswer | None] = asyncio.get_running_loop().create_future()
        request_id = new_id("input")
        self._inputs[request_id] = (request, future)
        self._emit(InputRequested(request_id=request_id, request=request))
        answer: InputAnswer | None = None
        try:
            answer = await future if control is None else await _answer_or_withdrawn(future, control)
            return answer
        finally:
            del self._inputs[request_id]
            self._emit(InputResolved(request_id=request_id, answer=answer))


async def _answer_or_withdrawn(future: asyncio.Future[T], control: Control) -> T | None:
    """Wait for the answer. A pause keeps the request open; turning back from it withdraws it."""
    while True:
        try:
            return await control.until_wanted(_wait_for(future))
        except Interrupted:
            if not await control.safe_point():
                return None


async def _wait_for(future: asyncio.Future[T]) -> T:
    # Shielded: giving up the wait must not cancel the question.
    return await asyncio.shield(future)
