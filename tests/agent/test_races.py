from __future__ import annotations

import asyncio
from pathlib import Path

from codex_core.agent.control import Control
from codex_core.agent.inbox import Inbox
from codex_core.protocol import (
    Action,
    AnswerApproval,
    ApprovalRequested,
    Approve,
    ApproveAlways,
    Arguments,
    AssistantItem,
    CancelCurrent,
    ChangeSettings,
    Completed,
    EditQueued,
    Event,
    Failed,
    ImagePart,
    ItemStarted,
    Pause,
    Paused,
    PauseItem,
    PauseRequested,
    ProviderError,
    QueueChanged,
    Redirect,
    Resume,
    Stop,
    Stopped,
    SubmitPrompt,
    TextDelta,
    TextPart,
    ToolCallItem,
    ToolContext,
    ToolResult,
    ToolResultItem,
    TurnEnded,
    UserItem,
)
from tests.support.scripted_provider import Breaks, Says, ScriptedProvider, call
from tests.support.scripted_tools import ScriptedTool
from tests.support.sessions import ASK, running_session


class HangingPreview(ScriptedTool):
    async def preview(self, args: Arguments) -> Action:
        self.started.set()
        await asyncio.Event().wait()
        raise AssertionError("not reached")


class CancelsItself(ScriptedTool):
    async def run(self, args: Arguments, ctx: ToolContext) -> ToolResult:
        raise asyncio.CancelledError


class NoJournal:
    async def record_waiting(self, item: UserItem, when: str) -> None:
        pass

    async def forget_waiting(self, item_id: str) -> None:
        pass


async def test_two_pauses_in_a_row_are_two_pauses() -> None:
    events: list[Event] = []
    kept: list[PauseItem] = []

    async def keep(pause: PauseItem) -> None:
        kept.append(pause)

    control = Control(events.append, Inbox(events.append, NoJournal()), keep)
    control.pause()
    resting = asyncio.create_task(control.safe_point())
    await asyncio.sleep(0)
    control.go_on()
    control.pause()  # before the agent has left the first one
    for _ in range(5):
        await asyncio.sleep(0)
    assert not resting.done()
    assert [type(event) for event in events if isinstance(event, Paused | PauseRequested)] == [
        PauseRequested,
        Paused,
        PauseRequested,
        Paused,
    ]
    control.go_on()
    assert await resting
    assert [pause.id for pause in kept] == [event.pause_id for event in events if isinstance(event, Paused)]


async def test_no_tool_begins_after_the_user_has_said_stop(tmp_path: Path) -> None:
    write = ScriptedTool("w", kind="write")
    provider = ScriptedProvider([Says(calls=(call("w"), call("w")))])
    async with running_session(tmp_path, provider, [write], mode=ASK) as (session, watcher):
        turn = asyncio.create_task(watcher.ask("go"))
        asked = (await watcher.next(ApprovalRequested)).request
        await session.submit(AnswerApproval(request_id=asked.request_id, answer=Approve()))
        for _ in range(6):  # the yes is being written down
            await asyncio.sleep(0)
        await session.submit(Stop())
        assert await turn == Stopped()
        assert not write.runs
        assert [item.status for item in watcher.completed(ToolResultItem)] == ["interrupted"] * 2


async def test_a_pause_right_after_a_yes_comes_before_the_tool(tmp_path: Path) -> None:
    write = ScriptedTool("w", kind="write")
    provider = ScriptedProvider([Says(calls=(call("w"),)), Says(text="ok")])
    async with running_session(tmp_path, provider, [write], mode=ASK) as (session, watcher):
        turn = asyncio.create_task(watcher.ask("go"))
        asked = (await watcher.next(ApprovalRequested)).request
        await session.submit(AnswerApproval(request_id=asked.request_id, answer=Approve()))
        await session.submit(Pause())
        await watcher.next(Paused)
        assert not write.runs
        await session.submit(Resume())
        assert await turn == Completed()
        assert len(write.runs) == 1


async def test_a_preview_that_hangs_can_be_ended(tmp_path: Path) -> None:
    hanging = HangingPreview("h", kind="exec")
    provider = ScriptedProvider([Says(calls=(call("h"),)), Says(calls=(call("h"),))])
    async with running_session(tmp_path, provider, [hanging]) as (session, watcher):
        turn = asyncio.create_task(watcher.ask("go"))
        await hanging.started.wait()
        hanging.started.clear()
        await session.submit(CancelCurrent())
        await hanging.started.wait()
        await session.submit(Stop())
        assert await turn == Stopped()
        assert [item.status for item in watcher.completed(ToolResultItem)] == ["interrupted"] * 2


async def test_a_tool_that_cancels_itself_fails_alone(tmp_path: Path) -> None:
    provider = ScriptedProvider([Says(calls=(call("c"),)), Says(text="I see")])
    async with running_session(tmp_path, provider, [CancelsItself("c")]) as (_, watcher):
        assert await watcher.ask("go") == Completed()
        assert [item.status for item in watcher.completed(ToolResultItem)] == ["error"]


async def test_stop_during_an_approval_in_a_parallel_batch_ends_all_of_it(tmp_path: Path) -> None:
    slow = ScriptedTool("slow", hold=asyncio.Event())

    class Secretive(ScriptedTool):
        async def preview(self, args: Arguments) -> Action:
            return Action(kind="other", summary="looks outside")

    asks = Secretive("asks")
    provider = ScriptedProvider([Says(calls=(call("slow"), call("asks"), call("slow")))])
    async with running_session(tmp_path, provider, [slow, asks], mode=ASK) as (session, watcher):
        turn = asyncio.create_task(watcher.ask("go"))
        await watcher.next(ApprovalRequested)
        await slow.started.wait()
        await session.submit(Pause())
        await watcher.next(Paused)
        await session.submit(Stop())
        assert await turn == Stopped()
        assert slow.was_cancelled
        assert [item.status for item in watcher.completed(ToolResultItem)] == ["interrupted"] * 3


async def test_two_hundred_calls_in_one_reply_run_a_few_at_a_time_and_all_have_a_result(tmp_path: Path) -> None:
    running = most = begun = 0
    together = [asyncio.Event() for _ in range(13)]

    class Counting(ScriptedTool):
        async def run(self, args: Arguments, ctx: ToolContext) -> ToolResult:
            nonlocal running, most, begun
            batch = together[begun // 16]
            begun, running = begun + 1, running + 1
            most = max(most, running)
            if begun % 16 == 0 or begun == 200:
                batch.set()
            await batch.wait()
            running -= 1
            return ToolResult(output="x")

    calls = tuple(call("c", call_id="same") for _ in range(200))
    provider = ScriptedProvider([Says(calls=calls), Says(text="done")])
    async with running_session(tmp_path, provider, [Counting("c")]) as (_, watcher):
        assert await watcher.ask("go") == Completed()
        ids = [item.call_id for item in watcher.completed(ToolCallItem)]
        assert len(set(ids)) == 200
        assert sorted(item.call_id for item in watcher.completed(ToolResultItem)) == sorted(ids)
        assert most == 16


async def test_a_reply_with_calls_without_end_is_cut(tmp_path: Path) -> None:
    provider = ScriptedProvider([Says(calls=(call("no"),) * 6000), Says(text="done")])
    async with running_session(tmp_path, provider) as (_, watcher):
        assert await watcher.ask("go") == Completed()
        assert len(watcher.completed(ToolCallItem)) == len(watcher.completed(ToolResultItem)) == 512


async def test_stop_leaves_what_was_queued_waiting(tmp_path: Path) -> None:
    provider = ScriptedProvider([Says(text="x", hold=asyncio.Event()), Says(text="ok"), Says(text="later")])
    async with running_session(tmp_path, provider) as (session, watcher):
        turn = asyncio.create_task(watcher.ask("go"))
        await watcher.next(TextDelta)
        await session.submit(SubmitPrompt(parts=(TextPart(text="and then"),), when="queue"))
        await session.submit(Stop())
        assert await turn == Stopped()
        assert len(provider.requests) == 1
        assert await watcher.ask("something else") == Completed()
        await watcher.next(QueueChanged, lambda event: not event.prompts)
        await watcher.next(TurnEnded)
        assert [str(getattr(item.parts[0], "text", "")) for item in watcher.completed(UserItem)] == [
            "go",
            "something else",
            "and then",
        ]


async def test_words_of_a_redirect_that_come_too_late_begin_the_next_turn(tmp_path: Path) -> None:
    inbox = Inbox(lambda _: None, NoJournal())
    await inbox.put((TextPart(text="queued"),), "queue")
    await inbox.put((TextPart(text="steered"),), "steer")
    await inbox.put((TextPart(text="redirected"),), "redirect")
    taken = [inbox.take_next() for _ in range(4)]
    assert [item and str(getattr(item.parts[0], "text", "")) for item in taken] == [
        "redirected",
        "steered",
        "queued",
        None,
    ]


async def test_editing_a_queued_prompt_keeps_its_images(tmp_path: Path) -> None:
    image = ImagePart(path="a.png", mime="image/png", data=b"png")
    provider = ScriptedProvider([Says(text="x", hold=asyncio.Event()), Says(text="y")])
    async with running_session(tmp_path, provider) as (session, watcher):
        turn = asyncio.create_task(watcher.ask("go"))
        await watcher.next(TextDelta)
        await session.submit(SubmitPrompt(parts=(TextPart(text="se this"), image), when="steer"))
        waiting = (await watcher.next(QueueChanged)).prompts[0]
        await session.submit(EditQueued(queued_id=waiting.queued_id, text="see this"))
        await session.submit(Redirect(text="look"))
        await session.submit(Pause())
        await watcher.next(Paused)
        await session.submit(Resume())
        assert await turn == Completed()
        assert watcher.completed(UserItem)[-1].parts == (TextPart(text="see this"), image)


async def test_a_yes_for_the_session_does_not_count_in_plan_mode(tmp_path: Path) -> None:
    write = ScriptedTool("w", kind="write")
    provider = ScriptedProvider([Says(calls=(call("w"),)), Says(text="ok"), Says(calls=(call("w"),)), Says(text="ok")])
    async with running_session(tmp_path, provider, [write], mode=ASK) as (session, watcher):
        turn = asyncio.create_task(watcher.ask("go"))
        asked = (await watcher.next(ApprovalRequested)).request
        await session.submit(
            AnswerApproval(
                request_id=asked.request_id, answer=ApproveAlways(patterns=asked.offers[0].patterns, scope="session")
            )
        )
        assert await turn == Completed()
        await session.submit(ChangeSettings(sandbox_mode="read-only", approval_policy="on-request"))
        turn = asyncio.create_task(watcher.ask("plan it"))
        await watcher.next(ApprovalRequested)
        assert len(write.runs) == 1
        await session.submit(Stop())
        assert await turn == Stopped()


async def test_a_model_switch_counts_from_the_next_model_call_on(tmp_path: Path) -> None:
    hold = asyncio.Event()
    slow = ScriptedTool("slow", kind="exec", hold=hold)
    provider = ScriptedProvider([Says(text="a", calls=(call("slow"),)), Says(text="b")])
    async with running_session(tmp_path, provider, [slow]) as (session, watcher):
        turn = asyncio.create_task(watcher.ask("go"))
        await slow.started.wait()
        await session.submit(ChangeSettings(model="scripted/other"))
        hold.set()
        assert await turn == Completed()
        assert [request.model for request in provider.requests] == ["scripted/model", "scripted/other"]


async def test_a_reply_that_the_provider_withheld_is_a_failure_not_silence(tmp_path: Path) -> None:
    provider = ScriptedProvider([Says(text="I cannot", finish="filter")])
    async with running_session(tmp_path, provider, is_interactive=False) as (_, watcher):
        outcome = await watcher.ask("go")
        assert isinstance(outcome, Failed)
        assert outcome.kind == "policy"


async def test_a_bug_in_a_provider_ends_the_turn_not_the_session_and_keeps_what_was_said(tmp_path: Path) -> None:
    bug = Breaks(error=KeyError("choices"), after="half a")
    provider = ScriptedProvider([bug, Says(text="fine")])
    async with running_session(tmp_path, provider) as (_, watcher):
        assert isinstance(await watcher.ask("go"), Failed)
        assert await watcher.ask("again") == Completed()
        started = [event.item for event in watcher.seen if isinstance(event, ItemStarted)]
        said = watcher.completed(AssistantItem)
        assert [item.id for item in started if isinstance(item, AssistantItem)] == [item.id for item in said]
        assert [item.text for item in said] == ["half a", "fine"]


async def test_a_key_in_a_providers_complaint_is_not_shown(tmp_path: Path) -> None:
    wrong = ProviderError("Incorrect API key provided: hunter2hunter2", kind="auth", status=401)
    provider = ScriptedProvider([Breaks(error=wrong)])
    async with running_session(tmp_path, provider, is_interactive=False, masked=["hunter2hunter2"]) as (_, watcher):
        await watcher.ask("go")
        assert "hunter2hunter2" not in str(watcher.seen)
