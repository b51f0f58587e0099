"""What waited for a turn that was stopped, or failed, comes back into the composer: the user sees it, and decides."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from textual.screen import Screen

from codex_core.protocol import QueuedPrompt
from codex_tui.composer import Composer
from codex_tui.queue_bar import QueueBar

if TYPE_CHECKING:
    from codex_tui.conversation import Conversation
    from codex_tui.screens.drafting import Drafting


def take_back(
    waiting: Sequence[QueuedPrompt], screen: Screen[None], drafting: Drafting, conversation: Conversation
) -> None:
    """Put it before what is being written; it waits no more when the draft with it is stored, and not before."""
    edited = screen.query_one(QueueBar).edited
    elsewhere = [prompt for prompt in waiting if edited is None or prompt.queued_id != edited.id]
    composer = screen.query_one(Composer)
    if text := in_one(elsewhere):
        composer.put_before(text)
        screen.notify("What was waiting is back in the composer: Enter sends it.", markup=False, timeout=6)

    def remove() -> None:
        for prompt in waiting:
            conversation.remove_queued(prompt.queued_id)

    drafting.save_then(remove)


def in_one(waiting: Sequence[QueuedPrompt]) -> str:
    """Prompts and shell lines as one text. It is a shell line only if nothing but shell lines waited."""
    prompts = [prompt.text for prompt in waiting if prompt.when != "command"]
    commands = [prompt.text for prompt in waiting if prompt.when == "command"]
    if not prompts:
        return "!" + "\n".join(commands) if commands else ""
    first, *others = prompts
    if first.startswith("!"):  # said as a prompt, with a blank before it
        first = f" {first}"
    return "\n\n".join([first, *others, *(f"!{command}" for command in commands)])
