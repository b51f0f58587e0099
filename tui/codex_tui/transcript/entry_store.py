"""The entries of a transcript by number and by id, with the text that streams into them. Draws nothing."""

from __future__ import annotations

from typing import assert_never

from codex_tui.transcript.entries import Answer, Entry, Notice, Plan, Reasoning, Separator, ToolCall, UserTurn
from codex_tui.transcript.streamed import StreamedText


class EntryStore:
    """One for each transcript. Numbers are those of the line view: without gaps, and an entry keeps its own."""

    def __init__(self) -> None:
        self._entries: dict[int, Entry] = {}
        self._numbers: dict[str, int] = {}
        self._streams: dict[int, StreamedText] = {}  # what was fed to answers and reasoning, and how far it is drawn
        self._waiting: dict[str, list[str]] = {}  # deltas that are not fed yet
        self.superseded: set[int] = set()
        """Entries that do not count any more."""

    def __contains__(self, index: int) -> bool:
        return index in self._entries

    def __getitem__(self, index: int) -> Entry:
        return self._entries[index]

    def number(self, entry_id: str) -> int | None:
        return self._numbers.get(entry_id)

    def add(self, index: int, entry: Entry) -> None:
        self._entries[index] = entry
        self._numbers[entry.id] = index

    def replace(self, index: int, entry: Entry) -> None:
        """Another state of the same entry. If its text is another one, what has streamed into it is void."""
        before = self._entries[index]
        self._entries[index] = entry
        if isinstance(entry, Answer | Reasoning) and getattr(before, "text", None) != entry.text:
            self._streams.pop(index, None)
            self._waiting.pop(entry.id, None)

    def is_gone(self, index: int) -> bool:
        """Whether nothing is shown of an entry that no longer counts: thoughts go, what was said can be opened."""
        entry = self._entries[index]
        is_said = isinstance(entry, Answer) and bool(self.text(index, entry).strip())
        return index in self.superseded and not is_said

    def clear(self) -> None:
        for collection in (self._entries, self._numbers, self._streams, self._waiting, self.superseded):
            collection.clear()

    # Text that streams

    def wait(self, entry_id: str, delta: str) -> bool:
        """Keep a delta for the next `feed`; whether it is the first one that waits. Unknown ids are ignored."""
        waiting = self._waiting.get(entry_id)
        if waiting is not None:
            waiting.append(delta)
            return False
        if entry_id not in self._numbers:
            return False
        is_first = not self._waiting
        self._waiting[entry_id] = [delta]
        return is_first

    @property
    def waiting(self) -> tuple[str, ...]:
        """The ids of the entries for which deltas wait."""
        return tuple(self._waiting)

    def feed(self, entry_id: str) -> int | None:
        """Give an entry the deltas that wait for it; its number, if it has more text now."""
        deltas = self._waiting.pop(entry_id, None)
        if not deltas:
            return None
        index = self._numbers[entry_id]
        entry = self._entries[index]
        if not isinstance(entry, Answer | Reasoning):
            return None
        self._open_stream(index, entry.text).feed("".join(deltas))
        return index

    def finish(self, index: int, entry: Answer | Reasoning, text: str | None) -> None:
        """No more deltas will come; `text`, if given, is the whole final text."""
        stream = self._streams.get(index)
        final = text if text is not None else stream.text if stream else entry.text
        if stream is None or stream.text != final:
            self._streams.pop(index, None)
            stream = self._open_stream(index, final)
        self._entries[index] = entry._replace(text=final)
        stream.finish()

    def streamed(self, index: int) -> StreamedText | None:
        return self._streams.get(index)

    def written(self, index: int, entry: Answer) -> StreamedText:
        """An answer's text as a stream, also if it came at once."""
        stream = self._streams.get(index)
        if stream is None:
            stream = self._open_stream(index, entry.text)
            if entry.text:
                stream.finish()
        return stream

    def shed(self, index: int) -> None:
        """Let go of what can be had again."""
        stream = self._streams.get(index)
        if stream is not None and stream.finished:
            del self._streams[index]

    def _open_stream(self, index: int, text: str) -> StreamedText:
        stream = self._streams.get(index)
        if stream is None:
            stream = self._streams[index] = StreamedText(text)
        return stream

    # What it says

    def text(self, index: int, entry: Answer | Reasoning) -> str:
        """What has come so far, but for the deltas that wait."""
        stream = self._streams.get(index)
        return stream.text if stream else entry.text

    def whole_text(self, index: int, entry: Answer | Reasoning) -> str:
        return self.text(index, entry) + "".join(self._waiting.get(entry.id, ()))

    def source(self, index: int) -> str:
        """An entry's text, for copying."""
        entry = self._entries[index]
        match entry:
            case Answer() | Reasoning():
                return self.text(index, entry)
            case UserTurn() | Notice() | Separator():
                return entry.text
            case ToolCall():
                return f"{entry.name} {entry.subject}"
            case Plan():
                return "\n".join([text for _, text in entry.steps])
            case _:
                assert_never(entry)

    def estimate(self, index: int, room: int, *, is_open: bool) -> int:
        """About how many rows of `room` cells an entry takes."""
        if index in self.superseded and not is_open:
            return 2
        entry = self._entries[index]
        match entry:
            case Answer():
                stream = self._streams.get(index)
                breaks, size = (stream.breaks, stream.size) if stream else (entry.text.count("\n"), len(entry.text))
                return 2 + breaks + size // room
            case UserTurn() | Notice():
                return 2 + entry.text.count("\n") + len(entry.text) // room
            case ToolCall():
                return 1 + len(entry.tail)
            case Plan():
                return 2 + len(entry.steps)
            case _:
                return 2
