"""What a streamed reply costs the front end, and that the end of a long one costs no more than its beginning."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise

from benchmarks.budget import Measurement
from benchmarks.places import PROJECT, model_server, place
from benchmarks.processes import cpu_s
from tests.support.terminal import Terminal

CHUNKS_PER_S = 100
CHUNK_CHARS = 16
"""Four tokens."""

_PIECE = """\
## Part {n}

The **quick** brown fox jumps over the `lazy` dog, {n} times in a row; then it rests under a tree and counts all it saw.

- first of all, a list with *emphasis* in item {n}
- then a [link](https://example.invalid/{n}) and a second line that is long enough to be wrapped on most of the screens
- and `code`

```python
def part_{n}(numbers: list[int]) -> float:
    # the mean of what is there
    return sum(numbers) / max(1, len(numbers))
```

| name | value |
|------|-------|
| part | {n} |
| last | {n}00 |

> And a quote about it.

"""


def measure() -> Iterator[Measurement]:
    steps = [reply("short", chunks=1000), reply("long", chunks=5000, chunks_per_s=250)]
    with place() as here, model_server(steps) as env, here.start("-m", "openai/scripted", env=env) as terminal:
        terminal.wait_for(PROJECT)
        costs_s = _cost_of_fifths(terminal, "short")
        yield Measurement(
            name=f"front end CPU per 1,000 chunks at {CHUNKS_PER_S}/s", value=sum(costs_s), unit="s", limit=1.2
        )
        costs_s = _cost_of_fifths(terminal, "long")
        yield Measurement(
            name="20,000 tokens: CPU of the last fifth / the first fifth",
            value=costs_s[-1] / costs_s[0],
            unit="x",
            limit=1.5,
            note=" ".join(f"{cost * 1000:.0f}" for cost in costs_s) + " ms per 1,000 chunks at 250/s",
        )


def reply(name: str, *, chunks: int, chunks_per_s: int = CHUNKS_PER_S) -> dict[str, object]:
    """A step of the model server: mixed markdown in so many chunks; NAME-0 to NAME-5 mark its fifths."""
    size = chunks * CHUNK_CHARS // 5
    text = f"{name}-0\n\n"
    for fifth in range(1, 6):
        mark = f"\n\n{name}-{fifth}\n\n"
        while len(text) < fifth * size - len(mark) - len(_PIECE):
            text += _PIECE.format(n=len(text) // len(_PIECE))
        text = text.ljust(fifth * size - len(mark), ".") + mark
    return {"text": text, "chunk_chars": CHUNK_CHARS, "chunks_per_s": chunks_per_s}


def _cost_of_fifths(terminal: Terminal, name: str) -> list[float]:
    """Ask, and return the CPU time of the app for each fifth of the reply."""
    terminal.type("go on").press("enter")
    spent_s: list[float] = []
    start = len(terminal.raw)
    for fifth in range(6):
        # A screen that lags may never have drawn this mark, but a later one.
        terminal.wait_for_bytes(re.compile(f"{name}-[{fifth}-5]".encode()), 120, start=start)
        spent_s.append(cpu_s(terminal.pid))
    return [after_s - before_s for before_s, after_s in pairwise(spent_s)]
