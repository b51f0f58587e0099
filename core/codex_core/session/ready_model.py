"""The model that is chosen, got ready in the background before it is asked anything; and how much it can read."""

from __future__ import annotations

from collections.abc import Callable

from codex_core.session.errands import Errands
from codex_core.session.place import Place


class ReadyModel:
    """One for a session."""

    def __init__(self, place: Place, errands: Errands, on_known: Callable[[], None]) -> None:
        """`on_known` is called when `window_tokens` has been found out."""
        self._place = place
        self._errands = errands
        self._on_known = on_known
        self._warmed_up = ""
        """The model that was got ready last."""
        self.window_tokens: int | None = None

    def get_ready(self) -> None:
        """To be called whenever another model may have been chosen."""
        model = self._place.settings.model
        if model != self._warmed_up:
            self._warmed_up, self.window_tokens = model, None
            self._errands.run(self._warm_up(model))

    async def _warm_up(self, model: str) -> None:
        provider = self._place.services.provider_for(model)
        await provider.warm_up()
        window = self._place.services.window_tokens or (await provider.info(model)).context_window
        if model == self._place.settings.model:  # the user may have switched meanwhile
            self.window_tokens = window
            self._on_known()
