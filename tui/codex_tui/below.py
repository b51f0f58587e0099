"""What stands below the conversation: the question, the queue, the popup, and the composer, which is always seen."""

from __future__ import annotations

from textual.events import Resize
from textual.geometry import Size

from codex_tui.chrome import HeaderBar, StatusBar, TabBar
from codex_tui.composer import Composer
from codex_tui.yielding import Yielding, Yields

_ENOUGH = 8
"""So many lines it may have also on a screen of which that is more than three quarters."""
COMPOSER_LINES = 8


class Below(Yielding):
    order = (
        Yields("queue", 1),
        Yields("panel-place", 4),
        Yields("Popup", 3),
        Yields("panel-place", 2),
        Yields("Popup", 1),
        Yields("queue"),
        Yields("panel-place"),
        Yields("Popup"),
    )

    def most_lines(self, viewport: Size) -> int:
        bars = sum(isinstance(bar, HeaderBar | TabBar | StatusBar) and bar.display for bar in self.screen.children)
        left = viewport.height - bars - 1  # what has a share of the rest, has a line of it at least
        return max(1, min(left, max(viewport.height * 3 // 4, _ENOUGH)))

    def make_room(self, event: Resize) -> None:
        """The screen has another size: the composer grows only as far as it leaves room for what it is about."""
        lines = max(1, min(COMPOSER_LINES, (event.size.height - 4) // 2))
        self.query_one(Composer).styles.max_height = lines
