"""Writes the audit log: without secrets, and without what the diff in it says already."""

from __future__ import annotations

from dataclasses import dataclass, replace

from codex_core.agent.collaborators import Journal
from codex_core.agent.secrets import Masker
from codex_core.protocol import Answered, ApprovalAnswer, ApprovalRequest, Asked, AuditEntry


@dataclass(frozen=True, slots=True, kw_only=True)
class Audit:
    journal: Journal
    masker: Masker

    async def record(self, entry: AuditEntry) -> None:
        await self.journal.record(self.masker.mask_record(entry))

    async def asked(self, request: ApprovalRequest) -> None:
        await self.record(Asked(request=replace(request, editable=None)))

    async def answered(self, request: ApprovalRequest, answer: ApprovalAnswer | None) -> None:
        await self.record(Answered(request_id=request.request_id, call_id=request.call_id, answer=answer))
