from __future__ import annotations

import asyncio
import json
import signal
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from codex_cli.arguments import UsageError
from codex_cli.exec import Conversation, Interrupt
from codex_cli.options import Options
from codex_cli.prompt import prompt_parts
from codex_core.protocol import (
    AnswerApproval,
    CodexError,
    Completed,
    Deny,
    Failed,
    ImagePart,
    ItemCompleted,
    ItemSuperseded,
    LimitReached,
    Part,
    Paused,
    ProviderError,
    Resume,
    Shutdown,
    Stop,
    SubmitPrompt,
    TextPart,
    Tool,
    TurnEnded,
)
from tests.support.scripted_provider import Breaks, Says, ScriptedProvider
from tests.support.scripted_provider import call as calls
from tests.support.scripted_session import ScriptedSession, answer, approval, call, result
from tests.support.scripted_tools import ScriptedTool
from tests.support.sessions import running_session, stored_items

PROMPT: tuple[Part, ...] = (TextPart(text="do it"),)


def options(folder: Path, **more: Any) -> Options:
    return Options(front_end="exec", folder=folder, skip_git_repo_check=True, **more)


async def ask(
    folder: Path,
    script: list[Says | Breaks],
    tools: Sequence[Tool] = (),
    *,
    mode: tuple[str, str] = ("workspace-write", "on-request"),
    max_steps: int | None = None,
    **more: Any,
) -> int:
    """Run one prompt through a real session, as `exec` does."""
    provider = ScriptedProvider(script)
    async with running_session(folder, provider, tools, mode=mode, is_interactive=False, max_steps=max_steps) as (
        session,
        _,
    ):
        return await Conversation(session, options(folder, **more), Interrupt()).hold(PROMPT)


async def test_the_answer_is_on_stdout_and_the_steps_on_stderr(tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    look = ScriptedTool("look", output="found")
    script: list[Says | Breaks] = [
        Says(text="I will look.", calls=(calls("look", '{"path": "a.py"}'),)),
        Says(text="It is **fine**."),
    ]
    assert await ask(tmp_path, script, [look]) == 0
    printed = capsys.readouterr()
    assert printed.out == "It is **fine**.\n"
    assert "I will look." in printed.err
    assert "✓ look a.py" in printed.err
    assert "It is" not in printed.err


async def test_json_lines_follow_each_other_in_the_order_of_codex(
    tmp_path: Path, capsys: pytest.CaptureFixture
) -> None:
    script: list[Says | Breaks] = [Says(calls=(calls("look"),)), Says(text="Done.")]
    assert await ask(tmp_path, script, [ScriptedTool("look")], json=True) == 0
    printed = capsys.readouterr()
    lines = [json.loads(line) for line in printed.out.splitlines()]
    assert [line["type"] for line in lines] == [
        "thread.started",
        "turn.started",
        "item.started",
        "item.completed",
        "item.completed",
        "turn.completed",
    ]
    assert lines[-2]["item"]["text"] == "Done."
    assert lines[-1]["usage"]["input_tokens"] == 20
    stored = await stored_items(tmp_path, lines[0]["thread_id"])
    assert {line["item"]["id"] for line in lines if "item" in line} <= {getattr(item, "id", "") for item in stored}
    assert printed.err == ""


async def test_what_needs_an_approval_ends_with_3(tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    edit = ScriptedTool("edit", kind="exec")
    assert await ask(tmp_path, [Says(calls=(calls("edit"),))], [edit], mode=("workspace-write", "untrusted")) == 3
    assert edit.runs == []
    assert "approval" in capsys.readouterr().err


async def test_a_limit_ends_with_4(tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    script: list[Says | Breaks] = [Says(text="so far", calls=(calls("look"),))]
    assert await ask(tmp_path, script, [ScriptedTool("look")], max_steps=1) == 4
    printed = capsys.readouterr()
    assert printed.out == ""
    assert "limit reached" in printed.err


async def test_a_model_that_fails_ends_with_1_and_half_an_answer_is_none(
    tmp_path: Path, capsys: pytest.CaptureFixture
) -> None:
    error = ProviderError("the key is wrong", kind="auth", status=401)
    assert await ask(tmp_path, [Breaks(error=error, after="half an ans")]) == 1
    printed = capsys.readouterr()
    assert printed.out == ""
    assert "codex-py: the key is wrong" in printed.err


async def test_the_last_message_is_written_as_it_was_said(tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    file = tmp_path / "last.txt"
    assert await ask(tmp_path, [Says(text="\x1b[31mred\x1b[0m ü")], output_file=file) == 0
    assert file.read_text() == "\x1b[31mred\x1b[0m ü"
    assert capsys.readouterr().out == "red ü\n"


async def test_a_message_of_an_earlier_answer_does_not_stay_in_the_file(tmp_path: Path) -> None:
    file = tmp_path / "last.txt"
    file.write_text("of yesterday")
    error = ProviderError("no", kind="auth")
    assert await ask(tmp_path, [Breaks(error=error)], output_file=file) == 1
    assert file.read_text() == ""


async def test_an_interrupt_stops_the_turn_in_good_order(tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    slow = ScriptedTool("slow", kind="exec", hold=asyncio.Event())
    provider = ScriptedProvider([Says(calls=(calls("slow"),))])
    interrupt = Interrupt()
    async with running_session(tmp_path, provider, [slow], is_interactive=False) as (session, _):
        talk = asyncio.create_task(Conversation(session, options(tmp_path, json=True), interrupt).hold(PROMPT))
        await slow.started.wait()
        with interrupt.watching():
            signal.raise_signal(signal.SIGINT)
            assert await talk == 130
    assert slow.was_cancelled
    assert '"turn.failed"' in capsys.readouterr().out


async def test_a_second_interrupt_ends_the_session(tmp_path: Path) -> None:
    session = await ScriptedSession().connect()
    interrupt = Interrupt()
    talk = asyncio.create_task(Conversation(session, options(tmp_path), interrupt).hold(PROMPT))
    await session.wait_for_op(lambda op: isinstance(op, SubmitPrompt))
    with interrupt.watching():
        signal.raise_signal(signal.SIGINT)
        await session.wait_for_op(lambda op: isinstance(op, Stop))
        signal.raise_signal(signal.SIGINT)
        await session.wait_for_op(lambda op: isinstance(op, Shutdown))
    await session.close()
    assert await talk == 130


async def test_being_ended_by_the_system_saves_and_leaves(tmp_path: Path) -> None:
    session = await ScriptedSession().connect()
    interrupt = Interrupt()
    talk = asyncio.create_task(Conversation(session, options(tmp_path), interrupt).hold(PROMPT))
    await session.wait_for_op(lambda op: isinstance(op, SubmitPrompt))
    with interrupt.watching():
        signal.raise_signal(signal.SIGTERM)
        await session.wait_for_op(lambda op: isinstance(op, Shutdown))
    await session.close()
    assert await talk == 143


async def test_what_asks_all_the_same_is_told_no(tmp_path: Path) -> None:
    session = await ScriptedSession().connect()
    talk = asyncio.create_task(Conversation(session, options(tmp_path), Interrupt()).hold(PROMPT))
    session.start_turn("do it")
    session.ask(approval("c1", "Run rm"))
    assert await session.wait_for_op(lambda op: isinstance(op, AnswerApproval)) == AnswerApproval(
        request_id="approval_1", answer=Deny()
    )
    session.play(TurnEnded(turn_id="turn_1", outcome=Failed(error="no", needed_approval=True), duration_s=1.0))
    assert await talk == 3


async def test_a_session_that_was_left_paused_goes_on(tmp_path: Path) -> None:
    session = await ScriptedSession().connect()
    talk = asyncio.create_task(Conversation(session, options(tmp_path), Interrupt()).hold(PROMPT))
    await session.wait_for_op(lambda op: isinstance(op, SubmitPrompt))
    session.play(Paused())
    await session.wait_for_op(lambda op: isinstance(op, Resume))
    session.play(TurnEnded(turn_id="turn_1", outcome=Completed(), duration_s=1.0))
    assert await talk == 0


async def test_what_is_stored_is_not_told_again(tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    old = call("shell", "{}", "c0")
    session = await ScriptedSession(stored=[old, result(old), answer("an old answer", "t0")]).connect()
    talk = asyncio.create_task(Conversation(session, options(tmp_path), Interrupt()).hold(PROMPT))
    session.play(
        ItemCompleted(item=answer("dropped", "t1")),
        ItemSuperseded(item_id="t1"),
        TurnEnded(turn_id="turn_1", outcome=Completed(), duration_s=1.0),
    )
    assert await talk == 0
    printed = capsys.readouterr()
    assert printed.out == ""
    assert "old" not in printed.err


async def test_a_session_that_ends_too_early_failed(tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    session = await ScriptedSession().connect()
    await session.close()
    assert await Conversation(session, options(tmp_path), Interrupt()).hold(PROMPT) == 1
    assert "ended too early" in capsys.readouterr().err
    silent = ScriptedSession()
    await silent.close()
    with pytest.raises(CodexError):
        await Conversation(silent, options(tmp_path), Interrupt()).hold(PROMPT)


async def test_writing_outside_a_repository_is_warned_of(tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    for workspace, skip, warns in ((tmp_path, False, True), (tmp_path, True, False), (tmp_path / "repo", False, False)):
        (workspace / "x").mkdir(parents=True, exist_ok=True)
        if workspace != tmp_path:
            (workspace / ".git").mkdir()
        session = ScriptedSession()
        session.state = replace(session.state, workspace=str(workspace / "x"))
        await session.connect()
        session.play(TurnEnded(turn_id="t", outcome=LimitReached(which="x"), duration_s=0.0))
        chosen = replace(options(tmp_path), skip_git_repo_check=skip)
        await Conversation(session, chosen, Interrupt()).hold(PROMPT)
        assert ("not a git repository" in capsys.readouterr().err) is warns


async def test_output_of_tools_cannot_steer_the_terminal(tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    evil = '{"command": "\\u001b]0;evil\\u0007"}'
    look = ScriptedTool("look", output="\x1b[2J", error=RuntimeError("\x1b[2Jboom"))
    await ask(tmp_path, [Says(text="\x1b]52;c;x\x07a", calls=(calls("look", evil),)), Says(text="b\x1b[2J")], [look])
    printed = capsys.readouterr()
    assert "\x1b" not in printed.out + printed.err


async def test_colours_are_there_if_wanted(tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    await ask(tmp_path, [Says(text="a")], color="always")
    assert "\x1b[2m" in capsys.readouterr().err


def test_images_are_read_by_what_is_in_them(tmp_path: Path) -> None:
    kinds = {
        "image/png": b"\x89PNG\r\n\x1a\n..",
        "image/jpeg": b"\xff\xd8\xff..",
        "image/gif": b"GIF89a",
        "image/webp": b"RIFF\x00\x00\x00\x00WEBP",
    }
    paths: list[Path] = []
    for number, data in enumerate(kinds.values()):
        paths.append(tmp_path / f"{number}.txt")
        paths[-1].write_bytes(data)
    *images, text = prompt_parts("what is it?", paths)
    assert [image.mime for image in images if isinstance(image, ImagePart)] == list(kinds)
    assert text == TextPart(text="what is it?")
    (tmp_path / "a.png").write_text("no image")
    with pytest.raises(UsageError, match="not a PNG"):
        prompt_parts("x", [tmp_path / "a.png"])
