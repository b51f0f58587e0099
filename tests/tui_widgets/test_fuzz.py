from __future__ import annotations

import random

import pytest

from codex_tui.transcript import Answer, Entry, Notice, Plan, Reasoning, Separator, ToolCall, Transcript, UserTurn
from tests.tui_widgets.pictures import OneWidgetApp, screen_cells

CODE = "\n\n```python\nx = 1\n```\n\n"
TABLE = "\n\n| a | b |\n|---|---|\n| 1 | 2 |\n"
WORDS = [
    "the",
    "**clock**",
    "test",
    "`fails`",
    "[time](https://t.co)",
    "日本語",
    "\n# ",
    "\n- ",
    "\n\n",
    "*",
    CODE,
    TABLE,
]


def some_text(rng: random.Random, words: int) -> str:
    return " ".join(rng.choice(WORDS) for _ in range(rng.randint(1, words)))


def some_entry(rng: random.Random, entry_id: str) -> Entry:
    match rng.randrange(8):
        case 0:
            return UserTurn(entry_id, some_text(rng, 30))
        case 1:
            return Reasoning(entry_id, some_text(rng, 20), rng.choice([None, 2.5]))
        case 2:
            tail = tuple(some_text(rng, 6) for _ in range(rng.randrange(3)))
            return ToolCall(entry_id, "shell", some_text(rng, 8), rng.choice(["ok", "error", "running"]), "+3 −1", tail)
        case 3:
            return Plan(entry_id, (("completed", some_text(rng, 9)), ("pending", some_text(rng, 9))))
        case 4:
            return Notice(entry_id, some_text(rng, 12), "warning")
        case 5:
            return Separator(entry_id, "done")
        case _:
            return Answer(entry_id, some_text(rng, 80))


class Script:
    """Applies random operations and remembers what a transcript that was built at once would be given."""

    def __init__(self, seed: int) -> None:
        self.rng = random.Random(seed)
        self.entries: list[Entry] = []
        self.streaming: set[str] = set()
        self.superseded: list[str] = []
        self.count = 0

    def new_id(self) -> str:
        self.count += 1
        return f"e{self.count}"

    def step(self, transcript: Transcript) -> None:
        match self.rng.randrange(7):
            case 0 | 1:
                entry = some_entry(self.rng, self.new_id())
                self.entries.append(entry)
                transcript.append(entry)
            case 2:
                entry = Answer(self.new_id())
                self.entries.append(entry)
                self.streaming.add(entry.id)
                transcript.append(entry)
            case 3 if self.streaming:
                entry_id = self.rng.choice(sorted(self.streaming))
                delta = some_text(self.rng, 20)
                self.change(entry_id, self.text(entry_id) + delta)
                transcript.stream(entry_id, delta)
            case 4 if self.streaming:
                entry_id = self.rng.choice(sorted(self.streaming))
                self.streaming.discard(entry_id)
                transcript.finish(entry_id)
            case 5:
                older = [some_entry(self.rng, self.new_id()) for _ in range(self.rng.randrange(4))]
                self.entries[:0] = older
                transcript.prepend(older)
            case 6 if self.entries:
                place = self.rng.randrange(len(self.entries))
                entry = some_entry(self.rng, self.entries[place].id)
                self.streaming.discard(entry.id)
                self.entries[place] = entry
                transcript.replace(entry)
            case _:
                pass

    def text(self, entry_id: str) -> str:
        entry = next(entry for entry in self.entries if entry.id == entry_id)
        assert isinstance(entry, Answer)
        return entry.text

    def change(self, entry_id: str, text: str) -> None:
        self.entries = [Answer(entry_id, text) if entry.id == entry_id else entry for entry in self.entries]

    def build(self) -> Transcript:
        transcript = Transcript()
        for entry in self.entries:
            if entry.id in self.streaming:
                transcript.append(Answer(entry.id))
            else:
                transcript.append(entry)
        return transcript


async def fresh_picture(script: Script, size: tuple[int, int], top: tuple[int, int] | None) -> object:
    transcript = script.build()
    app = OneWidgetApp(transcript)
    async with app.run_test(size=size) as pilot:
        for entry_id in script.streaming:
            if text := script.text(entry_id):
                transcript.stream(entry_id, text)
        transcript._flush()
        if top is not None:
            transcript.jump(*top)
        await pilot.pause()
        return screen_cells(app)


@pytest.mark.parametrize("seed", range(12))
async def test_the_picture_is_that_of_a_transcript_built_at_once(seed: int) -> None:
    script = Script(seed)
    transcript = Transcript()
    app = OneWidgetApp(transcript)
    size = (60, 18)
    async with app.run_test(size=size) as pilot:
        for number in range(40):
            script.step(transcript)
            if script.rng.random() < 0.2:
                transcript.move(script.rng.randint(-25, 25))
            if script.rng.random() < 0.1:
                size = (script.rng.randint(24, 90), script.rng.randint(6, 30))
                await pilot.resize_terminal(*size)
            if script.rng.random() < 0.5:
                transcript._flush()
            if number % 8 == 7:
                await pilot.pause()
        transcript._flush()
        # Only the order of numbers differs: a fresh one counts all entries from 0.
        first, following = transcript.heights.first, transcript.following
        transcript._pill.reset()
        transcript.refresh()
        await pilot.pause()
        index, offset = transcript._top
        picture = screen_cells(app)
    assert picture == await fresh_picture(script, size, None if following else (index - first, offset))


@pytest.mark.parametrize("seed", range(6))
async def test_lines_on_the_screen_stay_while_things_grow_below_and_above(seed: int) -> None:
    script = Script(seed)
    transcript = Transcript()
    app = OneWidgetApp(transcript)
    async with app.run_test(size=(60, 12)) as pilot:
        for number in range(60):
            transcript.append(ToolCall(f"t{number}", "read", f"file{number}.py", "ok"))
        await pilot.pause()
        transcript.jump(20)
        await pilot.pause()
        before = screen_cells(app)[:-1]
        for _ in range(30):
            match script.rng.randrange(3):
                case 0:
                    transcript.append(some_entry(script.rng, script.new_id()))
                case 1:
                    transcript.prepend([some_entry(script.rng, script.new_id())])
                case _:
                    transcript.replace(ToolCall("t0", "read", "x" * script.rng.randint(1, 500), "ok", "", ("a", "b")))
            await pilot.pause()
            assert screen_cells(app)[:-1] == before
