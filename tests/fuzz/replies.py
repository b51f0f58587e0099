"""What the scripted model of the fuzz says: streams of every kind, calls of every kind, and failures."""

from __future__ import annotations

import random
from collections.abc import Callable

from tests.support.model_server import Call, Cut, HttpError, Malformed, Reply, SeenRequest, Stall, Step

PROSE = "The quick brown fox 狐 jumps over the lazy dog 犬, naïvely, and e\u0301lan vita\u0301l goes on 👍 for a while."
TABLE = """| name | 値段 | what it is |
|---|---:|---|
| **alpha** | 12 | a thing that has a rather long description, long enough to be wrapped |
| 日本語の名前 | 3,400 | `code` and [a link](https://example.invalid/path) |
| e\u0301 | | |
"""
CODE = """```python
def mean(numbers: list[float]) -> float:
    '''幅の広い文字 in a docstring.'''
    return sum(numbers) / len(numbers)  # a comment that goes on and on until it has to be cut or to be wrapped
```
"""
LISTS = """1. first
   - nested, with **bold** and *emphasis* and ~~struck out~~
     - deeper 深い
2. second
   - [x] done
   - [ ] to do

> A quote that is
> > quoted again

---
"""
HOSTILE = (
    "a\tb\x07c \u202eright to left\u202c [bold]no markup[/bold] \x1b[31mno colour\x1b[0m "
    "z\u0336\u0335a\u0321\u0322lgo \u200d end"
)
LONG_LINE = "x" * 900 + "長い" * 300
PARTS = (PROSE, TABLE, CODE, LISTS, HOSTILE, LONG_LINE, "# A heading 見出し", "## Another", PROSE * 6)

PATCH = """*** Begin Patch
*** Update File: calc.py
@@
-    return sum(numbers) / (len(numbers) + 1)
+    return sum(numbers) / len(numbers)  # 平均
*** Add File: notes/{number}.md
+# Notes
+one line
*** End Patch
"""
PLAN = [{"step": "look", "status": "completed"}, {"step": "change 変更", "status": "in_progress"}]


def text(chance: random.Random) -> str:
    return "\n\n".join(chance.choices(PARTS, k=chance.randint(1, 4)))


def call(chance: random.Random) -> Call:
    number = chance.randint(0, 99)
    return chance.choice(
        (
            Call("shell", {"command": f"echo {number} 結果"}),
            Call("shell", {"command": "seq 1 3000"}),
            Call("shell", {"command": "printf '\\033[31mred\\033[0m\\r\\033[2K%s\\n' 広い; exit 3"}),
            Call("shell", {"command": "for i in 1 2 3 4 5 6; do echo line $i; sleep 0.1; done"}),
            Call("shell", {"command": f"rm -rf ./no-such-{number}"}),
            Call("read_file", {"path": "calc.py"}),
            Call("read_file", {"path": "not there"}),
            Call("list_dir", {"path": "."}),
            Call("grep", {"pattern": "mean"}),
            Call("write_file", {"path": f"new/{number}.txt", "content": f"{text(chance)}\n"}),
            Call("edit_file", {"path": "README.md", "old_text": "# calc", "new_text": f"# calc {number} 計算"}),
            Call("apply_patch", {"patch": PATCH.format(number=number)}),
            Call("update_plan", {"plan": PLAN}),
            Call("ask_user", {"question": f"Which of them? {PROSE}", "options": ["this 一", "that", PROSE]}),
            Call("web_fetch", {"url": "http://127.0.0.1:9/"}),
            Call("shell", "{broken"),
            Call("no_such_tool", {"a": 1}),
        )
    )


def step(chance: random.Random) -> Step:
    kind = chance.random()
    calls = tuple(call(chance) for _ in range(chance.choice((0, 0, 1, 1, 1, 2, 3))))
    reply = Reply(
        text=text(chance) if chance.random() < 0.8 or not calls else "",
        reasoning=PROSE * chance.randint(1, 5) if chance.random() < 0.3 else "",
        calls=calls,
        chunk_chars=chance.choice((3, 12, 40, 400)),
        chunks_per_s=chance.choice((None, None, 60, 200)),
    )
    if kind < 0.04:
        return HttpError(status=chance.choice((400, 401, 429, 500, 503)))
    if kind < 0.07:
        return Cut(after_chunks=chance.randint(0, 9), reply=reply)
    if kind < 0.10:
        return Stall(after_chunks=chance.randint(0, 9), reply=reply)
    if kind < 0.12:
        return Malformed(after_chunks=chance.randint(0, 9), reply=reply)
    return reply


def script(seed: int) -> Callable[[SeenRequest], Step]:
    """What is said depends on the seed and the number of the request alone."""
    return lambda request: step(random.Random(f"{seed}/{request.number}"))
