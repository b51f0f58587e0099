"""Who waits for whom in a session: turns, rewinds, and commands of the user's own."""

from __future__ import annotations

import asyncio


class Locks:
    """One for a session. Whoever wants both takes `at_work` first."""

    def __init__(self) -> None:
        self.at_work = asyncio.Lock()
        """Held by a rewind and by a command of the user's own; a turn waits for it before it works."""
        self.writing = asyncio.Lock()
        """Held by a rewind, and while a prompt or a command is written down: neither falls into the other."""
