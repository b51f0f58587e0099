"""Writes the audit log: without secrets, and without what the diff in it says already."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from codex_core.agent.collaborators import Journal
from codex_core.agent.decided import decided_words
from codex_core.agent.secrets import Masker
from codex_core.protocol import Answered, ApprovalAnswer, ApprovalRequest, Asked, AuditEntry


@dataclass(frozen=True, slots=True, kw_only=True)
class Audit:
    journal: Journal
    masker: Masker
    _decided: dict[str, list[str]] = field(default_factory=dict[str, list[str]], init=False)

    async def record(self, entry: AuditEntry) -> None:
        masked = self.masker.mask_record(entry)
        await self.journal.record(masked)
        call_id = getattr(masked, "call_id", "")
        if call_id and (words := decided_words(masked)):
            self._decided.setdefault(call_id, []).append(words)

    def take_decided(self, call_id: str) -> tuple[str, ...]:
        """How the call came to run, or not to run, in words; told once."""
        return tuple(self._decided.pop(call_id, ()))

    async def asked(self, request: ApprovalRequest) -> None:
        await self.record(Asked(request=replace(request, editable=None)))

    async def answered(self, request: ApprovalRequest, answer: ApprovalAnswer | None) -> None:
        await self.record(Answered(request_id=request.request_id, call_id=request.call_id, answer=answer))
