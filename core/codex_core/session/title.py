"""What a session is called: first by the words of the user, then as the model would; never against the user."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from codex_core.protocol import Item, StepItem, TextPart, UserItem
from codex_core.session.journal import SessionJournal
from codex_core.session.naming import name_by_model, title_of
from codex_core.session.place import Place

_COMMAND = "! "
"""Begins the title of a session in which the user has only run commands so far."""


class Title:
    """One for a session."""

    def __init__(self, journal: SessionJournal, place: Place, on_named: Callable[[], None]) -> None:
        self._journal = journal
        self._place = place
        self._on_named = on_named
        self.text = ""
        self._wants_name = False
        """It is only the first words, and no model has been asked for a better one."""

    async def load(self) -> None:
        self.text = await self._journal.title()

    async def take_prompt(self, prompt: UserItem) -> None:
        """The first prompt names the session."""
        if not self.text or self.text.startswith(_COMMAND):
            self._wants_name = True
            await self._entitle(" ".join(part.text[:1000] for part in prompt.parts if isinstance(part, TextPart)))

    async def take_command(self, command: str) -> None:
        """A command does so until there is a prompt."""
        if not self.text:
            await self._entitle(f"{_COMMAND}{command}")

    async def by_model(self, items: Iterable[Item]) -> tuple[str, StepItem] | None:
        """Have the model name the session, once; None: it has been asked already. What it said is for `rename`.

        Raises:
            ProviderError: the call failed; it is not made again.
        """
        if not self._wants_name:
            return None
        self._wants_name = False
        return await name_by_model(items, self._place.choice(), self._journal.session_id, self._place.services.masker)

    async def rename(self, title: str) -> None:
        """Call it as the model would; empty: it gave no name."""
        if title:
            await self._journal.set_title(title, "model")
            self.text = await self._journal.title()  # the user may have named it meanwhile
            self._on_named()

    async def _entitle(self, text: str) -> None:
        self.text = title_of(self._place.services.masker.mask(text))
        await self._journal.set_title(self.text)
        # Where it works now, which need not be where it began: the demo has moved into its own folder.
        await self._journal.set_workspace(self._place.project.workspace)
        self._on_named()
