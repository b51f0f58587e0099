"""What the user says, on its way to the session: held until there is one, or until it can be said."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Literal

from codex_tui.intents import Intent, shell_line
from codex_tui.queue_bar import Waiting

if TYPE_CHECKING:
    from codex_tui.conversation import Conversation


class Outbox:
    """One for the main screen. What waits in the session is the session's; it can be changed by the same door."""

    def __init__(self, changed: Callable[[], None]) -> None:
        """`changed` is called when other prompts are held."""
        self._changed = changed
        self._held: list[Waiting] = []
        self.conversation: Conversation | None = None
        """With the session on the screen; None until the vocabulary is there."""

    @property
    def held(self) -> tuple[Waiting, ...]:
        """Prompts that wait for a session, the oldest first."""
        return tuple(self._held)

    def send(self, text: str, intent: Intent) -> None:
        """Say it as `intent` means; what was held is said before it."""
        conversation = self.conversation
        if intent is Intent.HOLD or conversation is None:
            self.hold(text)
            return
        self.release()
        match intent:
            case Intent.STEER:
                self._say(text, "steer")
            case Intent.QUEUE:
                self._say(text, "queue")
            case Intent.REDIRECT if shell_line(text) is None:
                conversation.redirect(text)
            case _:
                self._say(text, "now")

    def hold(self, text: str) -> None:
        """Keep a prompt until there is a session."""
        self._held.append(Waiting(id=f"held-{len(self._held)}", text=text, until="session"))
        self._changed()

    def release(self) -> None:
        """There is a session: say all that was held."""
        held, self._held = self._held, []
        for waiting in held:
            self._say(waiting.text, "now")

    def take_back(self) -> str:
        """What was held and will not be said; empty if nothing was."""
        held, self._held = self._held, []
        return "\n\n".join(waiting.text for waiting in held)

    def change(self, waiting: Waiting, text: str) -> None:
        """Put other words in the place of a waiting prompt; empty ones remove it."""
        if waiting.until == "session":
            changed = [Waiting(id=w.id, text=text, until=w.until) if w.id == waiting.id else w for w in self._held]
            self._held = [w for w in changed if w.text.strip()]
            self._changed()
        elif self.conversation is not None:
            before, after = shell_line(waiting.text), shell_line(text)
            if text.strip() and (before is None) == (after is None):
                self.conversation.edit_queued(waiting.id, text if after is None else after)
                return
            self.conversation.remove_queued(waiting.id)
            if text.strip():  # a prompt has become a command, or a command a prompt
                self._say(text, "queue" if waiting.until == "turn end" else "steer")

    def _say(self, text: str, when: Literal["now", "steer", "queue"]) -> None:
        if self.conversation is None:
            return
        if (command := shell_line(text)) is None:
            self.conversation.prompt(text, when)
        else:
            self.conversation.run_shell(command)
