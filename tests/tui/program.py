"""The app over a scripted session as a program of its own, for tests in a real terminal.

SCRIPT=running python -m tests.tui.program HOME

With WAITS_FOR=PATH it shows its first frame and starts the app only when there is such a file.
"""

from __future__ import annotations

import gc
import os
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from codex_tui import early_keys, first_frame
from codex_tui.options import ScreenOptions
from codex_tui.start import run

if TYPE_CHECKING:
    from tests.support.scripted_session import ScriptedSession

HEAVY = ("sqlite3", "httpx", "litellm", "mcp", "pydantic", "openai", "markdown_it", "pygments", "codex_core.protocol")
too_early: list[str] = []
"""What was imported before the first paint: until then the garbage collector is off."""


def watch_imports(event: str, details: tuple[object, ...]) -> None:
    if event == "import" and details[0] in HEAVY and not gc.isenabled():
        too_early.append(str(details[0]))


async def connect() -> ScriptedSession:
    left = [name for name in os.environ if name.startswith(("TEXTUAL", "ESCDELAY"))]
    script = os.environ.get("SCRIPT")
    if script == "refuse":
        raise ValueError("the config file is wrong: modle, did you mean [model]?")
    from codex_core.protocol import ItemCompleted, Op, SubmitPrompt, TextPart  # deferred: as the real one does
    from tests.support.scripted_session import ScriptedSession, answer

    class Echo(ScriptedSession):
        async def submit(self, op: Op) -> None:
            await super().submit(op)
            text = type(op).__name__
            if isinstance(op, SubmitPrompt):
                text = "".join(part.text for part in op.parts if isinstance(part, TextPart)).replace("\n", "⏎")
            self.play(ItemCompleted(item=answer(f"got: {text}", f"text_{len(self.ops)}")))

    session = Echo()
    session.become("idle", title="from " + (",".join([*too_early, *left]) or "nothing heavy"))
    if script == "crash":
        from codex_tui.screens.stage import Stage

        def fail(self: Stage, change: object) -> None:
            secret = "sk-not-to-be-printed"
            raise RuntimeError("a bug of ours" + secret[:0])

        Stage.perform = fail
    if script == "running":
        session.start_turn("a long job")
        session.say("I am at it.")
    return await session.connect()


def show_first_frame(until: Path) -> None:
    if (line := first_frame.show(sys.argv[1], "1.2.3")) is not None:
        early_keys.begin(line)
        while not until.exists():
            time.sleep(0.01)


def main() -> None:
    sys.addaudithook(watch_imports)
    if until := os.environ.get("WAITS_FOR"):
        show_first_frame(Path(until))
    report = run(connect, screen=ScreenOptions(home=Path(sys.argv[1]), version="1.2.3", workspace=Path.cwd()))
    sys.stdout.write(f"session={report.session_id} code={report.exit_code} error={report.error}\n")
    sys.stdout.flush()
    os._exit(report.exit_code)


if __name__ == "__main__":
    main()
