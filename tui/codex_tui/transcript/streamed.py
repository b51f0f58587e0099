"""The text of an entry that streams, with its markdown once that is asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from codex_tui.markdown.stream import MarkdownStream


class StreamedText:
    __slots__ = ("_joined", "_markdown", "_parts", "breaks", "finished", "size")

    def __init__(self, text: str) -> None:
        self._joined = text
        self._parts: list[str] = []
        self._markdown: MarkdownStream | None = None
        self.finished = False
        self.breaks = text.count("\n")
        self.size = len(text)

    @property
    def text(self) -> str:
        if self._parts:
            self._joined += "".join(self._parts)
            self._parts.clear()
        return self._joined

    def feed(self, delta: str) -> None:
        self._parts.append(delta)
        self.breaks += delta.count("\n")
        self.size += len(delta)
        if self._markdown is not None:
            self._markdown.feed(delta)

    def finish(self) -> None:
        self.finished = True
        if self._markdown is not None:
            self._markdown.finish()

    @property
    def markdown(self) -> MarkdownStream:
        if self._markdown is None:
            from codex_tui.markdown.stream import MarkdownStream  # start-up time

            self._markdown = MarkdownStream(self.text)
            if self.finished:
                self._markdown.finish()
        return self._markdown
