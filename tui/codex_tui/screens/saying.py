"""What is in the composer when it is sent: a command, a prompt, or other words for a prompt that waits."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.screen import Screen

from codex_tui import intents
from codex_tui.commands import RunCommand, parse_slash, unknown_slash
from codex_tui.composer import Composer
from codex_tui.intents import Intent, Situation
from codex_tui.queue_bar import QueueBar
from codex_tui.screens.completing import ArgumentOffer, CommandOffer, Completing, Offer

if TYPE_CHECKING:
    from codex_tui.queue_bar import Waiting
    from codex_tui.screens.backstage import Backstage


class Saying:
    """One for the main screen."""

    def __init__(self, screen: Screen[None], back: Backstage, completing: Completing, run: RunCommand) -> None:
        self._screen = screen
        self._run_command = run
        self._back = back
        self._completing = completing

    def enter(self, text: str) -> None:
        """Enter sends `text`, unless something is offered that it takes instead."""
        if (offer := self._completing.current) is not None:
            self.pick(offer)
        else:
            self._take(text, intents.on_enter(self._situation()))

    def tab(self) -> None:
        offer = self._completing.current
        match intents.on_tab(self._situation(), is_popup_open=offer is not None):
            case Intent.COMPLETE if offer is not None:
                self._completing.complete(offer)
            case Intent.QUEUE:
                self._take(self._composer.text, Intent.QUEUE)
            case _:
                self._screen.focus_next()

    def pick(self, offer: Offer) -> None:
        """Run it, or let the user say with what: a command that takes something was perhaps only begun."""
        match offer:
            case CommandOffer(command) if not command.argument or self._composer.text == f"/{command.slash}":
                self._run(command.action)
            case ArgumentOffer(command, argument):
                self._run(command.action, argument)
            case _:
                self._completing.complete(offer)

    @property
    def edited(self) -> Waiting | None:
        """The waiting prompt that is in the composer to be changed."""
        return self._screen.query_one(QueueBar).edited

    def edit(self, waiting: Waiting | None) -> None:
        """Take a waiting prompt into the composer; None: no more."""
        self._screen.query_one(QueueBar).edited = waiting
        self._composer.put(waiting.text if waiting is not None else "")
        self._back.draw_bars_soon()

    @property
    def _composer(self) -> Composer:
        return self._screen.query_one(Composer)

    def _situation(self) -> Situation:
        return Situation(
            phase=self._back.phase, has_text=not self._composer.is_empty, has_waiting=self._back.has_waiting
        )

    def _run(self, action: str, argument: str = "") -> None:
        self._completing.close()
        self._composer.put("")
        self._run_command(action, argument)

    def _take(self, text: str, intent: Intent) -> None:
        """Do what `text` commands; if it commands nothing, it is a prompt."""
        if intents.shell_line(text) == "":
            return
        if (slash := parse_slash(text)) is not None:
            self._composer.put("")
            self._run_command(slash[0].action, slash[1])
        elif (remark := unknown_slash(text)) is not None:
            self._screen.notify(remark, markup=False, timeout=4)
        else:
            self._send(text, intent)

    def _send(self, text: str, intent: Intent) -> None:
        if (waiting := self.edited) is not None:
            self.edit(None)
            self._back.outbox.change(waiting, text)
        elif intent is Intent.TRY_AGAIN:
            self._back.try_again()
        elif intent is Intent.GO_ON and self._back.conversation is not None:
            self._back.conversation.resume()
        elif intent is not Intent.NOTHING:
            self._composer.put("")
            self._composer.prompts.add(text)
            self._back.send(text, intent)
