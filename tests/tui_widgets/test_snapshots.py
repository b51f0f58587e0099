from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import pytest
from textual.app import App, ComposeResult
from textual.containers import Horizontal, Vertical
from textual.pilot import Pilot

from codex_core.protocol import CommandBlock, DiffBlock, FileDiff
from codex_themes import load_theme
from codex_tui.detail import DetailPane
from codex_tui.palette import add_theme
from codex_tui.timeline import Timeline, TimelineRow
from codex_tui.transcript import Answer, Notice, Plan, Reasoning, Separator, ToolCall, Transcript, UserTurn

SnapCompare: TypeAlias = Callable[..., bool]

ANSWER = """\
The test compares two **wall-clock** readings taken in different processes. When the scheduler is late, they differ by \
more than the tolerance. I will inject the *time source* instead:

1. `Clock` takes a `source` callable
2. the test passes a **frozen** one
   - see [the docs](https://docs.python.org/3/library/time.html)

```python
class Clock:
    \"\"\"A clock with its source injected,
    so that tests can hold it.\"\"\"

    def __init__(self, source=time):
        self._source = source  # anything with time()
        self.drift = 0.001
```

| case | before | after | note |
|:-----|-------:|------:|------|
| drift | 12.031 | 12.029 | `±0.001` |
| 日本語 | 1 | 2 | wide characters |

> Quoted: *never compare wall clocks.*

- [x] reproduce it
- [ ] mend it

## Next

Run the tests ~~once~~ **ten times**.
"""

DIFF = """\
@@ -10,5 +10,7 @@
 class Clock:
+    def __init__(self, source=time):
+        self._source = source
     def now(self) -> float:
-        return time.time()
+        return self._source.time()
{empty}
@@ -40,3 +42,3 @@ def elapsed(start):
     here = 1
-    return now() - start  # a comment that goes on and on beyond the right edge of the pane
+    return max(0.0, now() - start)  # a comment that goes on and on beyond the right edge of the pane
""".replace("{empty}", " ")

STEPS = [
    TimelineRow("1", "12:01:03", "model", "model", "gpt-5 · 812 tok", 3.1),
    TimelineRow("2", "12:01:06", "ok", "read", "src/tempo/clock.py", 0.004),
    TimelineRow("3", "12:01:06", "ok", "grep", r"time\.time\(", 0.011),
    TimelineRow("4", "12:01:07", "error", "shell", "pytest -q tests/test_clock.py", 2.1),
    TimelineRow("5", "12:01:09", "denied", "shell", "rm -rf build", 0.0),
    TimelineRow("6", "12:01:10", "interrupted", "shell", "sleep 60", 4.0),
    TimelineRow("7", "12:01:14", "running", "shell", "pytest -q", None, 93.0),
    TimelineRow("8", "12:01:14", "waiting", "edit", "src/tempo/clock.py"),
]


class ThreePanes(App[None]):
    CSS = """
    #right { width: 44%; }
    Timeline { height: 12; }
    .-hidden { display: none; }
    """
    TITLE = "codex-py"

    def __init__(self, theme: str) -> None:
        super().__init__()
        for name in ("night", "day"):
            self.register_theme(add_theme(load_theme(name)))
        self.theme = theme
        self.animation_level = "none"
        self.transcript = Transcript()
        self.timeline = Timeline(clock=lambda: 100.0)
        self.detail = DetailPane()

    def compose(self) -> ComposeResult:
        with Horizontal():
            yield self.transcript
            with Vertical(id="right"):
                yield self.timeline
                yield self.detail


def begin(app: ThreePanes) -> None:
    transcript = app.transcript
    transcript.append(UserTurn("u1", "fix the flaky clock test; it fails about one run in ten"))
    transcript.append(Reasoning("r1", "Where does the time come from?", 3.2))


def work(app: ThreePanes) -> None:
    begin(app)
    transcript = app.transcript
    transcript.append(Answer("a1", "I will look at the clock first."))
    transcript.append(ToolCall("2", "read", "src/tempo/clock.py", "ok", "1-64"))
    transcript.append(ToolCall("3", "grep", r"time\.time\(", "ok", "7 hits in 3 files"))
    tail = ("E   assert 12.031 == 12.029 ± 0.001", "1 failed, 3 passed in 0.52 s")
    transcript.append(ToolCall("4", "shell", "pytest -q tests/test_clock.py", "error", "2.1 s · exit 1", tail))
    transcript.append(ToolCall("5", "shell", "rm -rf build", "denied", "denied by you"))
    transcript.append(ToolCall("6", "shell", "sleep 60", "interrupted", "4.0 s"))
    steps = (("completed", "Reproduce the failure"), ("in_progress", "Inject the clock"), ("pending", "Run all tests"))
    transcript.append(Plan("p", steps))
    transcript.append(Answer("a2", "Half of a sentence that was"))
    transcript.mark_superseded("a2")
    transcript.append(Notice("n1", "The provider is overloaded; trying again in 4 s.", "warning"))
    transcript.append(Answer("a3", "Reproduced. Now the change:"))
    transcript.append(ToolCall("7", "shell", "pytest -q", "running"))
    transcript.append(ToolCall("8", "edit", "src/tempo/clock.py", "waiting", "+4 −2"))
    for step in STEPS:
        app.timeline.upsert(step)
    files = (FileDiff(path="src/tempo/clock.py", kind="update", added=4, removed=2, unified=DIFF),)
    app.detail.show("src/tempo/clock.py", [DiffBlock(files=files)])


def answer(app: ThreePanes) -> None:
    begin(app)
    app.transcript.append(Answer("a1", ANSWER))
    app.transcript.append(Separator("s", "done · 14 s · 12.3k tokens"))
    for step in STEPS[:4]:
        app.timeline.upsert(step)
    output = (
        "F...\n_____ test_drift _____\n>   assert a == b\nE   assert 12.031 == 12.029\n1 failed, 3 passed in 0.52 s"
    )
    block = CommandBlock(
        command="pytest -q tests/test_clock.py",
        output=output,
        exit_code=1,
        duration_s=2.1,
        sandbox="workspace, no network",
    )
    app.detail.show("pytest -q tests/test_clock.py", [block])


def scrolled(app: ThreePanes) -> None:
    for number in range(60):
        app.transcript.append(ToolCall(f"t{number}", "read", f"src/file{number}.py", "ok", "1-64"))
        app.timeline.upsert(TimelineRow(f"t{number}", "12:01:06", "ok", "read", f"src/file{number}.py", 0.004))
    app.transcript.settle()
    app.transcript.move(-20)
    app.transcript.append(Separator("s", "stopped · 3 s", "stopped"))
    app.timeline.settle()
    app.timeline.select("t30")


SCENES: dict[str, Callable[[ThreePanes], None]] = {"work": work, "answer": answer, "scrolled": scrolled}


@pytest.mark.parametrize("width", [120, 80])
@pytest.mark.parametrize("theme", ["night", "day"])
@pytest.mark.parametrize("scene", SCENES)
def test_looks(snap_compare: SnapCompare, scene: str, theme: str, width: int) -> None:
    app = ThreePanes(theme)

    async def fill(pilot: Pilot[None]) -> None:
        app.query_one("#right").set_class(width < 110, "-hidden")
        await pilot.pause()
        SCENES[scene](app)
        await pilot.pause()

    assert snap_compare(app, terminal_size=(width, 40), run_before=fill)
