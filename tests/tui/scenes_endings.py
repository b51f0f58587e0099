"""How a turn may end or wait, what stands in the bars then, and what is told in passing."""

from __future__ import annotations

from codex_core.protocol import (
    MODES,
    Completed,
    Failed,
    ItemCompleted,
    KnownModel,
    LimitReached,
    ListModels,
    ModelsListed,
    NoticeItem,
    Outcome,
    RetryScheduled,
    SandboxStatus,
    Settings,
    Stopped,
    TurnEnded,
)
from codex_tui.transcript import Transcript
from tests.support.scripted_session import ScriptedSession, answer
from tests.tui.scenes import PROMPT, Scene, approval_of_command, streaming, work
from tests.tui.stage import Player

OVERLOADED = "503 the server is overloaded"
ANSWER = """\
## What was wrong

The test compared **wall clocks** of *two* processes; see [the docs](https://docs.python.org/3/library/time.html).

| clock | goes back | resolution |
|---|:-:|--:|
| `time.time` | yes | 1 µs |
| `time.monotonic` | no | 1 ns |
| `time.perf_counter` | no | 1 ns |

> A clock that can be set is no clock to measure with.

- the source is injected
  - the default is the same as before
  - `Clock()` needs no change
- [x] the tests pass a frozen one
- [ ] the changelog says so

```python
class Clock:
    def __init__(self, source: Callable[[], float] = time.monotonic) -> None:
        self._source = source  # seconds
```
"""


def _end(session: ScriptedSession, outcome: Outcome, duration_s: float = 14.0) -> None:
    session.become("idle")
    session.play(TurnEnded(turn_id="turn_1", outcome=outcome, duration_s=duration_s))


async def retry_countdown(player: Player) -> None:
    work(player.session)
    player.session.play(RetryScheduled(attempt=2, delay_s=22.0, error=OVERLOADED))
    await player.until_shown("attempt 2 in 8 s")


async def failed(player: Player) -> None:
    work(player.session)
    error = (
        "openai refused the key (401): incorrect API key provided. Check OPENAI_API_KEY. "
        "Another model can go on with this session: /model in the app, -m on the command line."
    )
    _end(player.session, Failed(error=error, kind="auth"))
    await player.until_shown("failed · 14 s")


async def stopped(player: Player) -> None:
    work(player.session)
    _end(player.session, Stopped(), 75.0)
    await player.until_shown("stopped · 1 min 15 s")


async def limit_reached(player: Player) -> None:
    work(player.session)
    _end(player.session, LimitReached(which="12 model calls (--max-turns)"))
    await player.until_shown("limit reached")


async def rich_answer(player: Player) -> None:
    player.session.start_turn(PROMPT)
    player.session.play(ItemCompleted(item=answer(ANSWER, "text_1")))
    player.session.end_step()
    _end(player.session, Completed())
    await player.until_shown("done · 14 s")


async def notices(player: Player) -> None:
    work(player.session)
    said = (
        ("info", "AGENTS.md has changed: the model is told with your next prompt."),
        ("warning", "The MCP server git did not start: it ended with 127. /mcp says more."),
        ("error", "The session could not be stored: no space left on the device. What follows is kept in memory only."),
    )
    for number, (level, text) in enumerate(said):
        item = NoticeItem(id=f"notice_{number}", at=player.session.at, level=level, text=text)  # pyright: ignore[reportArgumentType]
        player.session.play(ItemCompleted(item=item))
    await player.until_shown("kept in memory only")


async def toasts(player: Player) -> None:
    await streaming(player)
    app = player.app
    app.notify("1,204 characters are in the clipboard.", markup=False, timeout=600)
    app.notify("README.md: it is not as it was.", severity="warning", markup=False, timeout=600)
    app.notify(
        "The theme is on, but could not be kept. Permission denied.", severity="error", markup=False, timeout=600
    )
    await player.until_shown("could not be kept")


async def read_back(player: Player) -> None:
    """Somebody reads what is above while the model goes on writing."""
    player.session.start_turn(PROMPT)
    player.session.say("\n\n".join(f"{number}. Reading number {number} of the clock." for number in range(1, 60)))
    await player.until_shown("59. Reading")
    player.main.query_one(Transcript).focus()
    await player.press("pageup", "pageup")
    player.session.say("\n\nAnd one more thing.", "text_2")
    await player.settle()


async def empty_timeline(player: Player) -> None:
    player.session.become("idle")
    await player.press("f3")


async def full_mode(player: Player) -> None:
    work(player.session)
    settings = player.session.state.settings
    sandbox, approvals = MODES["full"]
    full = Settings(model=settings.model, sandbox_mode=sandbox, approval_policy=approvals, network="on")
    player.session.become("running", settings=full)
    await player.until_shown("not confined")


async def unconfinable(player: Player) -> None:
    """A machine that has no sandbox."""
    player.session.become("idle", sandbox=SandboxStatus(tier="C", landlock_abi=0), title="")
    await player.until_shown("not confined")


async def model_picker(player: Player) -> None:
    await stopped(player)
    await player.type("/model")
    await player.press("enter")
    await player.session.wait_for_op(lambda op: isinstance(op, ListModels))
    key = "key in the environment"
    names = ("anthropic/claude-opus-4-6", "anthropic/claude-sonnet-4-6", "openai/gpt-5", "openai/gpt-5-mini")
    models = (
        KnownModel(name="ollama_chat/qwen3-coder:30b", source="Ollama at 127.0.0.1:11434"),
        *(KnownModel(name=name, source=key) for name in names),
        KnownModel(name="demo", source="built in, offline"),
    )
    player.session.play(ModelsListed(models=models))
    await player.until_shown("Ollama at")


async def mode_picker(player: Player) -> None:
    await stopped(player)
    await player.type("/mode")
    await player.press("enter")
    await player.until_shown("changes nothing, proposes a plan")


async def full_view(player: Player) -> None:
    await approval_of_command(player)
    await player.press("d")
    await player.until_shown("PgUp PgDn")


ENDINGS: dict[str, Scene] = {
    scene.__name__: scene
    for scene in (
        retry_countdown,
        failed,
        stopped,
        limit_reached,
        rich_answer,
        notices,
        toasts,
        read_back,
        empty_timeline,
        full_mode,
        unconfinable,
        mode_picker,
        model_picker,
        full_view,
    )
}
