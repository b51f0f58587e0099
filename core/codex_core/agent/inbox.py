"""What the user said while the agent works: delivered inside the turn (steering, commands) or after it (queued)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from codex_core.agent.collaborators import Emit
from codex_core.agent.history import user_item
from codex_core.protocol import Part, QueueChanged, QueuedPrompt, TextPart, UserItem, new_id


@dataclass(slots=True, kw_only=True)
class _Waiting:
    queued_id: str
    parts: tuple[Part, ...]
    when: Literal["steer", "queue", "command"]

    @property
    def text(self) -> str:
        return "\n".join(part.text for part in self.parts if isinstance(part, TextPart))


class Inbox:
    """One for a session. Everything in it can still be edited or removed."""

    def __init__(self, emit: Emit) -> None:
        self._emit = emit
        self._waiting: list[_Waiting] = []
        self._redirections: list[UserItem] = []

    def put(self, parts: tuple[Part, ...], when: Literal["steer", "queue", "command"]) -> None:
        self._waiting.append(_Waiting(queued_id=new_id("queued"), parts=parts, when=when))
        self._tell()

    def redirect(self, text: str) -> None:
        self._redirections.append(user_item(text, "redirect"))

    def edit(self, queued_id: str, text: str) -> None:
        for waiting in self._waiting:
            if waiting.queued_id == queued_id:
                others = (part for part in waiting.parts if not isinstance(part, TextPart))  # images stay
                waiting.parts = (TextPart(text=text), *others)
                self._tell()

    def remove(self, queued_id: str) -> None:
        self._waiting = [waiting for waiting in self._waiting if waiting.queued_id != queued_id]
        self._tell()

    @property
    def has_steering(self) -> bool:
        return bool(self._redirections) or any(waiting.when == "steer" for waiting in self._waiting)

    def take_steering(self) -> list[UserItem]:
        """What is to be delivered now, redirections first."""
        taken = [*self._redirections, *(user_item(w.parts, "steer") for w in self._waiting if w.when == "steer")]
        self._redirections = []
        if any(waiting.when == "steer" for waiting in self._waiting):
            self._waiting = [waiting for waiting in self._waiting if waiting.when != "steer"]
            self._tell()
        return taken

    def take_command(self) -> str | None:
        """What is to be run in the shell next; None: nothing more."""
        first = next((waiting for waiting in self._waiting if waiting.when == "command"), None)
        if first is None:
            return None
        self._waiting.remove(first)
        self._tell()
        return first.text

    def take_next(self) -> tuple[Part, ...] | None:
        """What the next turn begins with, now that none runs; None: nothing waits.

        What came too late to be delivered inside the last turn goes before what was queued.
        """
        if self._redirections:
            return self._redirections.pop(0).parts
        first = next((waiting for waiting in self._in_order() if waiting.when != "command"), None)
        if first is None:
            return None
        self._waiting.remove(first)
        self._tell()
        return first.parts

    def _in_order(self) -> list[_Waiting]:
        return sorted(self._waiting, key=lambda waiting: waiting.when == "queue")

    def told(self) -> QueueChanged:
        prompts = (QueuedPrompt(queued_id=w.queued_id, text=w.text, when=w.when) for w in self._in_order())
        return QueueChanged(prompts=tuple(prompts))

    def _tell(self) -> None:
        self._emit(self.told())
