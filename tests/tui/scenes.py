"""What may be on the screen: each scene brings a running app to one telling state."""

from __future__ import annotations

import json
import re
from collections.abc import Awaitable, Callable
from dataclasses import replace

from codex_core.protocol import (
    MODES,
    ApprovalRequest,
    CommandBlock,
    CompactionItem,
    Completed,
    ContextDescribed,
    ContextPart,
    ContextUse,
    CrashedCall,
    CrashQuestion,
    DemoQuestion,
    DescribeChanges,
    DescribeContext,
    FullAccessQuestion,
    ItemCompleted,
    ItemStarted,
    ListRules,
    ListTurns,
    ModelFailedQuestion,
    Paused,
    PauseRequested,
    PlanBlock,
    PlanQuestion,
    PlanStep,
    PreviewRewind,
    Question,
    QueueChanged,
    QueuedPrompt,
    ReasoningDelta,
    ReasoningItem,
    RulesListed,
    StepEnded,
    StepItem,
    StepStarted,
    TextBlock,
    ToolOutputDelta,
    TrustQuestion,
    TurnEnded,
    Usage,
    UsageUpdated,
)
from tests.support import approvals
from tests.support.changed_files import described
from tests.support.rewinds import previewed, turns_listed
from tests.support.scripted_session import EDIT, NOON, ScriptedSession, answer, approval, call, result, user
from tests.tui.stage import Player

Scene = Callable[[Player], Awaitable[None]]

PROMPT = "fix the flaky clock test; it fails about one run in ten"
ANALYSIS = """\
The test compares two wall-clock readings taken in **different processes**. When the scheduler is late, they \
differ by more than the tolerance. I will inject the time source instead:

1. `Clock` takes a `source` callable
2. the test passes a *frozen* one
"""
USED = Usage(input_tokens=148_000, output_tokens=900, cost_usd=0.31)
FAILURE = "F\nE   assert 12.031 == 12.029 ± 0.001\n1 failed in 2.04s"


def work(session: ScriptedSession) -> None:
    """A turn up to its first change."""
    session.start_turn(PROMPT)
    thought = ReasoningItem(id="think_1", at=session.at, text="", provider="litellm", model="openai/gpt-5")
    session.play(ItemStarted(item=thought), ReasoningDelta(item_id="think_1", text="Two clocks, two processes."))
    session.play(ItemCompleted(item=replace(thought, text="Two clocks, two processes.")))
    session.say(ANALYSIS)
    read = call("read_file", '{"path": "src/tempo/clock.py"}', "c1", at=session.at + 3)
    grep = call("grep", '{"pattern": "time\\\\.time\\\\("}', "c2", at=session.at + 3)
    shell = call("shell", '{"command": "pytest -q tests/test_clock.py"}', "c3", at=session.at + 3)
    session.play(ItemCompleted(item=answer(ANALYSIS, "text_1")))
    session.end_step()
    session.play(*(ItemCompleted(item=item) for item in (read, grep, shell)), passing_s=3)
    session.play(ItemCompleted(item=result(read, output="…")), ItemCompleted(item=result(grep, took_s=0.011)))
    ran = CommandBlock(
        command="pytest -q tests/test_clock.py",
        output=FAILURE,
        exit_code=1,
        duration_s=2.1,
        sandbox="workspace-write, network off",
    )
    session.play(ItemCompleted(item=result(shell, output=FAILURE, display=(ran,), took_s=2.1, status="error")))
    session.play(StepStarted(step_id="step_2", model="openai/gpt-5"), passing_s=3)


def want_edit(session: ScriptedSession) -> None:
    edit = call("edit_file", '{"path": "src/tempo/clock.py"}', "c4", at=session.at)
    session.end_step("step_2", tokens=68_000, output=1204)
    session.play(ItemCompleted(item=edit))


async def has_keyboard(player: Player) -> None:
    """The question has it, so that one key answers."""
    await player.until(lambda: player.focused == "QuestionPanel")


async def welcome(player: Player) -> None:
    player.session.become("idle", notice="OPENAI_API_KEY is not set", title="")
    await player.until_shown("is not set")


async def streaming(player: Player) -> None:
    player.session.start_turn(PROMPT)
    player.session.say(ANALYSIS + "\n```python\ndef now(self) -> float:\n    return self._so")
    await player.until_shown("return self._so")


async def tool_running(player: Player) -> None:
    work(player.session)
    player.session.end_step("step_2")
    shell = call("shell", '{"command": "pytest -q"}', "c9", at=player.session.at)
    player.session.play(ItemCompleted(item=shell), ItemStarted(item=shell))
    player.session.play(ToolOutputDelta(call_id="c9", text="....F...\ntests/test_clock.py::test_now "))
    await player.until_shown("pytest -q · ")
    if player.main.has_class("-wide"):
        await player.until_shown("....F...")


async def approval_of_edit_begun(player: Player) -> None:
    work(player.session)
    want_edit(player.session)
    player.session.ask(approval("c4", "Edit src/tempo/clock.py"))
    await player.until_shown("every edit is asked in this mode")


async def approval_of_edit(player: Player) -> None:
    await approval_of_edit_begun(player)
    await has_keyboard(player)


async def ask(player: Player, request: ApprovalRequest, *more: ApprovalRequest) -> None:
    """A turn has come to a call that is asked; the question has the keyboard, and keys count."""
    work(player.session)
    name = "shell" if request.kind == "exec" else "apply_patch"
    shell = call(
        name, json.dumps({"command": request.summary.removeprefix("Run ")}), request.call_id, at=player.session.at
    )
    player.session.play(ItemCompleted(item=shell))
    for asked in (request, *more):
        player.session.ask(asked)
    await has_keyboard(player)
    player.wait(1)


async def approval_of_command(player: Player) -> None:
    await ask(player, approvals.COMMAND)


async def danger(player: Player) -> None:
    await ask(player, approvals.DANGER)


async def editing_a_command(player: Player) -> None:
    await approval_of_command(player)
    await player.press("e")
    await player.until(lambda: player.focused == "CommandArea")
    await player.type(" --maxfail 1")


async def approval_of_hunks(player: Player) -> None:
    await ask(player, approvals.EDIT)


async def picking_hunks(player: Player) -> None:
    await approval_of_hunks(player)
    await player.press("h")
    await player.until_shown("hunks will be written")
    await player.press("y", "n")
    await player.until_shown("2 of 3 hunks")


async def editing_files(player: Player) -> None:
    await approval_of_hunks(player)
    await player.press("e")
    await player.until_shown("as the model wrote it")
    await player.type("# frozen")
    await player.until_shown("changed by you")


async def scope_of_a_command(player: Player) -> None:
    await approval_of_command(player)
    await player.press("a")
    await player.until(lambda: player.focused == "ScopePicker")
    await player.press("down", "right")


async def scope_of_an_edit(player: Player) -> None:
    await approval_of_hunks(player)
    await player.press("a")
    await player.until(lambda: player.focused == "ScopePicker")


async def explained(player: Player) -> None:
    await approval_of_command(player)
    await player.press("?")
    await player.until_shown("How it was judged")
    player.session.play(RulesListed(rules=approvals.rules(NOON)))
    await player.press("end")
    await player.until_shown("edits of docs/**")


async def queue_of_approvals(player: Player) -> None:
    agents = replace(approvals.numbered(approvals.COMMAND, 2), agent=("docs", "linter"))
    await ask(player, agents, approvals.numbered(approvals.EDIT, 3), approvals.numbered(approvals.DANGER, 4))


async def retry(player: Player) -> None:
    await ask(player, approvals.RETRY)


PLAN = """\
## Freeze the clock

1. `Clock` takes a `source` callable, *time* by default
2. the tests pass a frozen one
3. the changelog says so

Nothing else changes. **Risk:** `Clock()` is made in two more places; both keep the default.
"""


async def plan(player: Player) -> None:
    work(player.session)
    player.session.become(
        "running",
        settings=replace(
            player.session.state.settings, sandbox_mode=MODES["plan"][0], approval_policy=MODES["plan"][1]
        ),
    )
    player.session.inquire(PlanQuestion(plan=PLAN))
    await has_keyboard(player)
    player.wait(1)


async def full_access(player: Player) -> None:
    player.session.inquire(FullAccessQuestion(number="first"))
    await has_keyboard(player)
    player.wait(1)


async def rules(player: Player) -> None:
    await done(player)
    await player.type("/rules")
    await player.press("enter")
    await player.session.wait_for_op(lambda op: isinstance(op, ListRules))
    player.session.play(RulesListed(rules=approvals.rules(NOON)))
    await player.until_shown("edits of docs/**")


async def denying_with_words(player: Player) -> None:
    await approval_of_edit(player)
    player.wait(1)
    await player.press("n")
    await player.type("use freezegun")
    await player.until_shown("use freezegun")


async def paused(player: Player) -> None:
    work(player.session)
    player.session.play(PauseRequested(waiting_for=""))
    player.session.become("paused")
    player.session.play(Paused())
    await has_keyboard(player)


async def interrupted(player: Player) -> None:
    said = (user("fix the flaky clock test"), answer("I make the clock monotonic.", "t1"))
    edit = call("edit_file", '{"path": "src/clock.py"}', "c1", at=NOON)
    player.session.play(*(ItemCompleted(item=item) for item in (*said, edit)))
    player.session.become("paused")
    player.session.play(Paused(was_cut_short=True))
    await has_keyboard(player)


async def pausing(player: Player) -> None:
    await tool_running(player)
    player.session.play(PauseRequested(waiting_for="shell pytest -q"))
    player.session.become("pausing")
    await player.until_shown("pausing after")


async def question(player: Player) -> None:
    work(player.session)
    player.session.inquire(
        Question(
            text="Which clock should the public API use?",
            options=("time.monotonic, which never goes back", "time.time, as before", "both, chosen by a flag"),
        )
    )
    await has_keyboard(player)


async def trust(player: Player) -> None:
    player.session.inquire(
        TrustQuestion(
            folder="/home/ada/src/tempo",
            found=("AGENTS.md (1.2 kB)", ".codex-py/config.toml", "2 MCP servers: git, time"),
        )
    )
    await has_keyboard(player)


async def crash(player: Player) -> None:
    running = call("shell", '{"command": "make release && ./publish.sh"}', "c1", at=NOON)
    after = call("edit_file", '{"path": "CHANGELOG.md"}', "c2", at=NOON)
    said = (user("publish the release"), answer("Building first, then the changelog.", "t1"), running, after)
    player.session.play(*(ItemCompleted(item=item) for item in said))
    player.session.inquire(
        CrashQuestion(
            calls=tuple(
                CrashedCall(call_id=item.call_id, name=item.name, arguments=item.arguments, was_started=item is running)
                for item in (running, after)
            ),
            can_run_again=True,
        )
    )
    await has_keyboard(player)


async def demo(player: Player) -> None:
    player.session.become("idle", notice="no model: offline demo")
    player.session.inquire(DemoQuestion(folder="/home/ada/.local/share/codex-py/demo"))
    await has_keyboard(player)


async def model_failed(player: Player) -> None:
    work(player.session)
    player.session.inquire(
        ModelFailedQuestion(error="openai: 503 the server is overloaded. Tried 5 times in 64 s; nothing was lost.")
    )
    await has_keyboard(player)


async def queue(player: Player) -> None:
    await streaming(player)
    player.session.play(
        QueueChanged(
            prompts=(
                QueuedPrompt(queued_id="q1", text="use the monotonic clock", when="steer"),
                QueuedPrompt(queued_id="q2", text="then update the changelog\nand bump the version", when="queue"),
            )
        )
    )
    await player.until_shown("then update")


async def done(player: Player) -> None:
    work(player.session)
    plan = call("update_plan", "{}", "c7", at=player.session.at)
    steps = (
        PlanStep(text="find out why it is flaky", status="completed"),
        PlanStep(text="inject the time source", status="in_progress"),
        PlanStep(text="run the whole suite", status="pending"),
    )
    player.session.play(ItemCompleted(item=plan), ItemCompleted(item=result(plan, display=(PlanBlock(steps=steps),))))
    read = call("mcp__git__log", '{"repo": "."}', "c8", at=player.session.at)
    player.session.play(ItemCompleted(item=read))
    player.session.play(ItemCompleted(item=result(read, display=(TextBlock(text="a1b2c3 tempo: first clock"),))))
    player.session.say("All 48 tests pass, ten times in a row.", "text_2")
    player.session.play(ItemCompleted(item=answer("All 48 tests pass, ten times in a row.", "text_2")))
    player.session.end_step("step_2")
    player.session.become("idle")
    player.session.play(TurnEnded(turn_id="turn_1", outcome=Completed(), duration_s=14.0))
    await player.until_shown("done · 14 s")


async def help_screen(player: Player) -> None:
    await done(player)
    await player.press("f1")
    await player.until_shown("Keys and commands")


async def palette(player: Player) -> None:
    await done(player)
    await player.press("ctrl+p")
    await player.until_shown("Full access")


async def theme_picker(player: Player) -> None:
    await done(player)
    await player.type("/theme")
    await player.press("enter")
    await player.until(lambda: re.search(rf"● {player.app.theme} +(dark|light)", player.text) is not None)


async def slash_popup(player: Player) -> None:
    await done(player)
    await player.type("/re")
    await player.until_shown("/resume")


async def full_diff(player: Player) -> None:
    await approval_of_edit(player)
    player.wait(1)
    await player.press("d")
    await player.until_shown("in question")


async def timeline_tab(player: Player) -> None:
    await done(player)
    await player.press("f3")


async def summarising(player: Player) -> None:
    work(player.session)
    player.session.end_step("step_2", tokens=164_000, output=1204)
    player.session.play(StepStarted(step_id="step_3", model="openai/gpt-5", purpose="summary"))
    await player.until_shown("summarising")


async def compacted(player: Player) -> None:
    await summarising(player)
    at = player.session.at
    step = StepItem(id="step_3", at=at, model="openai/gpt-5", duration_s=9.4, usage=USED, purpose="summary")
    summary = CompactionItem(id="compact_1", at=at, summary="…", tokens_before=165_204, tokens_after=24_310)
    player.session.play(StepEnded(step_id="step_3", duration_s=9.4), ItemCompleted(item=step))
    left = Usage(input_tokens=summary.tokens_after, is_estimate=True)
    player.session.play(ItemCompleted(item=summary), UsageUpdated(step=left, session=USED))
    player.session.say("Now the second test.", "text_9")
    await player.until_shown("Now the second test.")


async def context(player: Player) -> None:
    await done(player)
    await player.type("/context")
    await player.press("enter")
    await player.session.wait_for_op(lambda op: isinstance(op, DescribeContext))
    parts = (
        ContextPart(kind="fixed", name="tools", tokens=6_200),
        ContextPart(kind="fixed", name="instructions", tokens=1_900),
        ContextPart(kind="fixed", name="/home/ada/src/tempo/AGENTS.md", tokens=1_100),
        ContextPart(kind="summary", name="summary of what came before", tokens=2_400),
        ContextPart(kind="user", name="what you said", tokens=3_050),
        ContextPart(kind="model", name="answers", tokens=11_400),
        ContextPart(kind="model", name="tool calls", tokens=8_300),
        ContextPart(kind="output", name="output of shell", tokens=38_200),
        ContextPart(kind="output", name="output of read_file", tokens=21_700),
    )
    use = ContextUse(
        used_tokens=sum(part.tokens for part in parts),
        is_measured=True,
        window_tokens=200_000,
        limit_tokens=160_000,
        parts=parts,
        summary="**Task**: make the clock test reliable.\n\n**Files**: `src/tempo/clock.py`, now with a source.",
    )
    player.session.play(ContextDescribed(use=use))
    await player.until_shown("94.2k of 200.0k")


async def changes_tab(player: Player) -> None:
    work(player.session)
    edit = call("edit_file", '{"path": "src/tempo/clock.py"}', "c4", at=player.session.at)
    asked = approval("c4", "Edit src/tempo/clock.py")
    player.session.play(ItemCompleted(item=edit), ItemCompleted(item=result(edit, display=asked.display)))
    await player.until_shown("+5 −2")
    await player.press("f4")
    await player.op(DescribeChanges)
    player.session.play(described(diff=EDIT))
    await player.until_shown("class Clock:")


async def rewind_turns(player: Player) -> None:
    player.session.become("idle")
    await player.type("/rewind")
    await player.press("enter")
    await player.op(ListTurns)
    player.session.play(turns_listed())
    await player.until_shown("Rewind to before a turn")
    await player.until_shown("no file changed")


async def rewind_what(player: Player) -> None:
    await rewind_turns(player)
    await player.press("down", "down", "enter")
    await player.until_shown("What shall go back?")
    await player.until_shown("Files only")


async def rewind_preview(player: Player) -> None:
    await rewind_what(player)
    await player.press("enter")
    await player.op(PreviewRewind)
    player.session.play(previewed())
    await player.until_shown("conflict: kept")
    await player.until_shown("my own words")


SCENES: dict[str, Scene] = {
    scene.__name__: scene
    for scene in (
        welcome,
        streaming,
        rewind_turns,
        rewind_what,
        rewind_preview,
        tool_running,
        approval_of_edit,
        approval_of_command,
        danger,
        editing_a_command,
        approval_of_hunks,
        picking_hunks,
        editing_files,
        scope_of_a_command,
        scope_of_an_edit,
        explained,
        queue_of_approvals,
        interrupted,
        retry,
        plan,
        full_access,
        rules,
        denying_with_words,
        paused,
        pausing,
        question,
        trust,
        crash,
        demo,
        model_failed,
        queue,
        done,
        help_screen,
        palette,
        theme_picker,
        slash_popup,
        full_diff,
        timeline_tab,
        changes_tab,
        summarising,
        compacted,
        context,
    )
}
