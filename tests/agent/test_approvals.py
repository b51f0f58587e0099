from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path

import pytest

from codex_core.protocol import (
    MODES,
    AddRule,
    AllowedByRule,
    AnswerApproval,
    Answered,
    AnswerInput,
    ApprovalAnswer,
    ApprovalRequest,
    ApprovalRequested,
    Approve,
    ApproveAlways,
    ApproveEditedCommand,
    ApproveEditedFiles,
    ApproveHunks,
    Asked,
    ChangeSettings,
    CommandRule,
    Completed,
    Deny,
    DiffBlock,
    EditableCommand,
    EditableFiles,
    EditRule,
    Failed,
    FileText,
    FullAccessAnswer,
    FullAccessGiven,
    FullAccessQuestion,
    InputRequested,
    InputResolved,
    ListRules,
    Paused,
    PlanAccepted,
    PlanQuestion,
    PlanRefused,
    RefusedByPolicy,
    RemoveRule,
    Resume,
    Rule,
    RuleMade,
    RulesListed,
    SessionHandle,
    Stop,
    Stopped,
    SubmitPrompt,
    TextPart,
    ToolResultItem,
    TurnEnded,
)
from tests.support.scripted_provider import Says, ScriptedProvider, call
from tests.support.scripted_tools import ScriptedTool
from tests.support.sessions import ASK, Watcher, audit_of, real_tools, running_session

AUTO = ("workspace-write", "on-request")


def wants(tool: str, **arguments: object) -> Says:
    return Says(calls=(call(tool, json.dumps(arguments)),))


async def answer(session: SessionHandle, asked: ApprovalRequest, said: ApprovalAnswer) -> None:
    await session.submit(AnswerApproval(request_id=asked.request_id, answer=said))


async def next_request(watcher: Watcher) -> ApprovalRequest:
    return (await watcher.next(ApprovalRequested)).request


def last_result(watcher: Watcher) -> ToolResultItem:
    return watcher.completed(ToolResultItem)[-1]


TEN = "".join(f"line {number}\n" for number in range(1, 31))


def put(folder: Path, name: str, content: str | bytes) -> Path:
    path = folder / "workspace" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


# What is asked.


async def test_the_dangerous_commands_of_a_line_are_named_first(tmp_path: Path) -> None:
    line = 'echo 1 && echo 2 && make && echo 3 && rm -rf "$HOME" && git push --force'
    provider = ScriptedProvider([wants("shell", command=line), Says(text="ok")])
    async with running_session(tmp_path, provider, real_tools(tmp_path), mode=ASK) as (session, watcher):
        turn = asyncio.create_task(watcher.ask("go"))
        asked = await next_request(watcher)
        assert asked.verdict == "danger"
        first, second, *others = asked.commands
        assert {first[0], second[0]} == {"rm", "git"}
        assert others == [("make",), ("echo", "1"), ("echo", "2"), ("echo", "3")]
        await answer(session, asked, Deny())
        assert await turn == Completed()


async def test_a_request_says_what_will_happen_where_how_confined_and_why(tmp_path: Path) -> None:
    provider = ScriptedProvider([wants("shell", command="git commit -m x && make"), Says(text="ok")])
    async with running_session(tmp_path, provider, real_tools(tmp_path), mode=ASK) as (session, watcher):
        turn = asyncio.create_task(watcher.ask("go"))
        asked = await next_request(watcher)
        assert asked.commands == (("git", "commit", "-m", "x"), ("make",))
        assert asked.cwd == str(tmp_path / "workspace")
        assert asked.confinement is not None
        assert (asked.confinement.mode, asked.confinement.network) == ("workspace-write", "off")
        assert asked.why
        assert asked.rule
        assert asked.editable == EditableCommand(line="git commit -m x && make")
        assert [offer.words for offer in asked.offers] == [
            "exactly git commit -m x and exactly make",
            "commands that begin with git commit and exactly make",
        ]
        await session.submit(AnswerApproval(request_id=asked.request_id, answer=ApproveHunks(accepted=())))
        assert await turn == Completed()


# Rules.


async def test_a_prefix_that_is_remembered_is_not_asked_again_and_survives_a_resume(tmp_path: Path) -> None:
    tool = ScriptedTool("shell", kind="exec", argv=("bash", "-c", "git commit -m x"))
    provider = ScriptedProvider([wants("shell"), wants("shell"), Says(text="ok"), wants("shell"), Says(text="ok")])
    async with running_session(tmp_path, provider, [tool], mode=ASK) as (session, watcher):
        turn = asyncio.create_task(watcher.ask("go"))
        asked = await next_request(watcher)
        await answer(session, asked, ApproveAlways(patterns=asked.offers[1].patterns, scope="session"))
        assert await turn == Completed()
        listed = await watcher.next(RulesListed)
        assert [rule.pattern for rule in listed.rules] == [CommandRule(prefix=("git", "commit"))]
        assert len(tool.runs) == 2
        session_id = session.session_id
    async with running_session(tmp_path, provider, [tool], mode=ASK, resume=session_id) as (session, watcher):
        assert await watcher.ask("again") == Completed()
        assert len(tool.runs) == 3
    kinds = [type(entry) for entry in await audit_of(tmp_path, session_id)]
    assert kinds == [Asked, Answered, RuleMade, AllowedByRule, AllowedByRule]


async def test_a_rule_for_the_project_counts_in_the_next_session_and_can_be_removed(tmp_path: Path) -> None:
    tool = ScriptedTool("shell", kind="exec", argv=("bash", "-c", "make test"))
    provider = ScriptedProvider([wants("shell"), Says(text="ok"), wants("shell"), Says(text="ok"), wants("shell")])
    async with running_session(tmp_path, provider, [tool], mode=ASK) as (session, watcher):
        turn = asyncio.create_task(watcher.ask("go"))
        asked = await next_request(watcher)
        await answer(session, asked, ApproveAlways(patterns=asked.offers[0].patterns, scope="project"))
        assert await turn == Completed()
    async with running_session(tmp_path, provider, [tool], mode=ASK) as (session, watcher):
        assert await watcher.ask("go") == Completed()
        await session.submit(ListRules())
        (rule,) = (await watcher.next(RulesListed)).rules
        assert (rule.scope, rule.project) == ("project", tmp_path / "workspace")
        assert "make test" in rule.origin
        await session.submit(RemoveRule(rule_id=rule.rule_id))
        assert (await watcher.next(RulesListed)).rules == ()
        turn = asyncio.create_task(watcher.ask("go"))
        asked = await next_request(watcher)
        turn.cancel()


@pytest.mark.parametrize(
    "pattern",
    [
        CommandRule(prefix=("git",)),
        CommandRule(prefix=("make",)),
        CommandRule(prefix=("bash", "-c")),
        EditRule(glob="**"),
    ],
)
async def test_an_edited_rule_that_covers_too_much_or_something_else_is_asked_anew(
    tmp_path: Path, pattern: CommandRule | EditRule
) -> None:
    tool = ScriptedTool("shell", kind="exec", argv=("bash", "-c", "git commit -m x"))
    provider = ScriptedProvider([wants("shell"), Says(text="ok")])
    async with running_session(tmp_path, provider, [tool], mode=ASK) as (session, watcher):
        turn = asyncio.create_task(watcher.ask("go"))
        await answer(session, await next_request(watcher), ApproveAlways(patterns=(pattern,), scope="user"))
        again = await next_request(watcher)
        assert "would not cover" in again.why
        assert not tool.runs
        await answer(session, again, Approve())
        assert await turn == Completed()
    assert not (tmp_path / "rules.toml").exists()


async def test_damaged_saved_rules_allow_nothing_and_all_that_would_run_is_asked(tmp_path: Path) -> None:
    tool = ScriptedTool("shell", kind="exec", argv=("bash", "-c", "make test"))
    provider = ScriptedProvider([wants("shell"), Says(text="ok")])
    rules = tmp_path / "rules.toml"
    rules.write_text('[[rule]]\nid = "r"\neffect = "allow"\nscope = "user"\ncommand = ["make"]\n\n[[rule]]\nid = 7\n')
    async with running_session(tmp_path, provider, [tool], mode=AUTO) as (session, watcher):
        turn = asyncio.create_task(watcher.ask("go"))
        asked = await next_request(watcher)
        assert "saved rules cannot be read" in asked.why
        await answer(session, asked, ApproveAlways(patterns=asked.offers[0].patterns, scope="user"))
        again = await next_request(watcher)
        assert "line 7" in again.why
        await session.submit(ListRules())
        assert "line 7" in (await watcher.next(RulesListed)).problem
        await answer(session, again, Approve())
        assert await turn == Completed()


async def test_what_a_rule_forbids_is_not_run_in_any_mode_and_the_model_is_told_why(tmp_path: Path) -> None:
    tool = ScriptedTool("shell", kind="exec", argv=("bash", "-c", "git push"))
    for number, mode in enumerate((*MODES.values(), ("workspace-write", "never"))):
        folder = tmp_path / str(number)
        folder.mkdir()
        provider = ScriptedProvider([wants("shell"), Says(text="ok")])
        async with running_session(folder, provider, [tool], mode=mode) as (session, watcher):
            await session.submit(AddRule(pattern=CommandRule(prefix=("git", "push")), effect="deny", scope="session"))
            await watcher.next(RulesListed)
            assert await watcher.ask("go") == Completed()
            assert "a rule of the user's forbids it" in last_result(watcher).output
        assert not tool.runs
        assert isinstance((await audit_of(folder, session.session_id))[-1], RefusedByPolicy)


async def test_a_project_can_make_things_asked_that_would_run(tmp_path: Path) -> None:
    tool = ScriptedTool("shell", kind="exec", argv=("bash", "-c", "git push"))
    rule = Rule(
        rule_id="project:1", pattern=CommandRule(prefix=("git", "push")), effect="ask", scope="project",
        project=tmp_path / "workspace", made_at=0.0, origin=".codex-py/config.toml",
    )  # fmt: skip
    provider = ScriptedProvider([wants("shell"), Says(text="ok")])
    async with running_session(tmp_path, provider, [tool], mode=AUTO, project_rules=(rule,)) as (session, watcher):
        turn = asyncio.create_task(watcher.ask("go"))
        asked = await next_request(watcher)
        assert "commands that begin with git push" in asked.why
        assert asked.offers == ()
        await answer(session, asked, Approve())
        assert await turn == Completed()


async def test_headless_a_rule_that_asks_is_a_no(tmp_path: Path) -> None:
    tool = ScriptedTool("shell", kind="exec", argv=("bash", "-c", "git push"))
    provider = ScriptedProvider([wants("shell"), Says(text="ok")])
    rule = Rule(
        rule_id="r", pattern=CommandRule(prefix=("git", "push")), effect="ask", scope="user", made_at=0.0, origin=""
    )
    async with running_session(
        tmp_path, provider, [tool], mode=("workspace-write", "never"), is_interactive=False, project_rules=(rule,)
    ) as (_, watcher):
        assert await watcher.ask("go") == Completed()
        assert not tool.runs


# Changed by the user.


async def test_an_edited_command_runs_as_edited_and_the_model_is_told_the_difference(tmp_path: Path) -> None:
    tools = {tool.spec.name: tool for tool in real_tools(tmp_path)}
    shell = ScriptedTool("shell", kind="exec", argv=("bash", "-c", "make all"), revises=tools["shell"])
    provider = ScriptedProvider([wants("shell"), Says(text="ok")])
    async with running_session(tmp_path, provider, [shell], mode=ASK) as (session, watcher):
        turn = asyncio.create_task(watcher.ask("go"))
        await answer(session, await next_request(watcher), ApproveEditedCommand(line="make test"))
        assert await turn == Completed()
        assert shell.ran[-1].argv == ("bash", "-c", "make test")
        assert "-make all\n+make test" in last_result(watcher).output


async def test_danger_in_an_edited_command_is_asked_again_with_the_new_text(tmp_path: Path) -> None:
    tools = {tool.spec.name: tool for tool in real_tools(tmp_path)}
    shell = ScriptedTool("shell", kind="exec", argv=("bash", "-c", "make all"), revises=tools["shell"])
    provider = ScriptedProvider([wants("shell"), Says(text="ok")])
    async with running_session(tmp_path, provider, [shell], mode=ASK) as (session, watcher):
        turn = asyncio.create_task(watcher.ask("go"))
        await answer(session, await next_request(watcher), ApproveEditedCommand(line="rm -rf ~"))
        again = await next_request(watcher)
        assert (again.verdict, again.summary, again.offers) == ("danger", "Run rm -rf ~", ())
        await answer(session, again, ApproveEditedCommand(line="  "))
        third = await next_request(watcher)
        assert "cannot be done" in third.why
        await answer(session, third, ApproveEditedCommand(line="rm -rf build"))
        assert await turn == Completed()
        assert [action.argv[-1] for action in shell.ran] == ["rm -rf build"]


TWO_HUNKS = TEN.replace("line 2\n", "line two\n").replace("line 29\n", "line twenty-nine\n")


@pytest.mark.parametrize("ending", ["\n", "\r\n"])
@pytest.mark.parametrize("taken", [0, 1])
async def test_exactly_the_hunks_that_were_taken_are_written(tmp_path: Path, taken: int, ending: str) -> None:
    before, after = TEN.replace("\n", ending), TWO_HUNKS.replace("\n", ending)
    path = put(tmp_path, "a.txt", before)
    provider = ScriptedProvider([wants("write_file", path="a.txt", content=after), Says(text="ok")])
    async with running_session(tmp_path, provider, real_tools(tmp_path), mode=ASK) as (session, watcher):
        turn = asyncio.create_task(watcher.ask("go"))
        asked = await next_request(watcher)
        assert [(hunk.path, hunk.number) for hunk in asked.hunks] == [("a.txt", 0), ("a.txt", 1)]
        await answer(session, asked, ApproveHunks(accepted=(asked.hunks[taken].hunk_id,)))
        assert await turn == Completed()
        changed = ("line 2", "line two") if taken == 0 else ("line 29", "line twenty-nine")
        old, new = (f"{text}{ending}" for text in changed)
        assert path.read_bytes() == before.replace(f"{ending}{old}", f"{ending}{new}").encode()
        result = last_result(watcher)
        written, _, rejected = result.output.partition("Rejected, not written:")
        assert f"+{changed[1]}" in written
        assert f"+{changed[1]}" not in rejected
        assert "+line t" in rejected
        (block,) = result.display
        assert isinstance(block, DiffBlock)
        assert (block.files[0].added, block.files[0].removed) == (1, 1)


async def test_of_a_patch_whole_files_are_taken_or_left(tmp_path: Path) -> None:
    gone = put(tmp_path, "gone.txt", "bye\n")
    put(tmp_path, "a.txt", TEN)
    patch = (
        "*** Begin Patch\n*** Add File: new.txt\n+hi\n*** Delete File: gone.txt\n"
        "*** Update File: a.txt\n line 1\n-line 2\n+line two\n*** End Patch"
    )
    provider = ScriptedProvider([wants("apply_patch", patch=patch), Says(text="ok")])
    async with running_session(tmp_path, provider, real_tools(tmp_path), mode=ASK) as (session, watcher):
        turn = asyncio.create_task(watcher.ask("go"))
        asked = await next_request(watcher)
        by_path = {hunk.path: hunk for hunk in asked.hunks}
        assert {path: hunk.number for path, hunk in by_path.items()} == {"new.txt": None, "gone.txt": None, "a.txt": 0}
        await answer(session, asked, ApproveHunks(accepted=(by_path["new.txt"].hunk_id,)))
        assert await turn == Completed()
        assert (tmp_path / "workspace/new.txt").read_text() == "hi\n"
        assert gone.exists()
        assert (tmp_path / "workspace/a.txt").read_text() == TEN


async def test_no_hunk_taken_is_a_no(tmp_path: Path) -> None:
    path = put(tmp_path, "a.txt", TEN)
    provider = ScriptedProvider([wants("write_file", path="a.txt", content=TWO_HUNKS), Says(text="ok")])
    async with running_session(tmp_path, provider, real_tools(tmp_path), mode=ASK) as (session, watcher):
        turn = asyncio.create_task(watcher.ask("go"))
        await answer(session, await next_request(watcher), ApproveHunks(accepted=()))
        assert await turn == Completed()
        assert last_result(watcher).status == "denied"
        assert path.read_text() == TEN


@pytest.mark.parametrize("ending", [b"\n", b"\r\n"])
async def test_content_that_the_user_edited_is_written_and_told(tmp_path: Path, ending: bytes) -> None:
    path = put(tmp_path, "a.txt", ending.join((b"one", b"two", b"")))
    provider = ScriptedProvider([wants("edit_file", path="a.txt", old_text="two", new_text="zwei"), Says(text="ok")])
    async with running_session(tmp_path, provider, real_tools(tmp_path), mode=ASK) as (session, watcher):
        turn = asyncio.create_task(watcher.ask("go"))
        asked = await next_request(watcher)
        assert asked.editable == EditableFiles(files=(FileText(path="a.txt", text="one\nzwei\n"),))
        edited = ApproveEditedFiles(files=(FileText(path="a.txt", text="one\ndeux\nthree\n"),))
        await answer(session, asked, edited)
        assert await turn == Completed()
        assert path.read_bytes() == ending.join((b"one", b"deux", b"three", b""))
        output = last_result(watcher).output
        assert "-zwei" in output
        assert "+deux" in output


async def test_an_edit_that_would_change_nothing_is_asked_again(tmp_path: Path) -> None:
    put(tmp_path, "a.txt", "one\n")
    provider = ScriptedProvider([wants("edit_file", path="a.txt", old_text="one", new_text="two"), Says(text="ok")])
    async with running_session(tmp_path, provider, real_tools(tmp_path), mode=ASK) as (session, watcher):
        turn = asyncio.create_task(watcher.ask("go"))
        same = ApproveEditedFiles(files=(FileText(path="a.txt", text="one\n"),))
        await answer(session, await next_request(watcher), same)
        again = await next_request(watcher)
        assert "say no instead" in again.why
        await answer(session, again, Approve())
        assert await turn == Completed()


@pytest.mark.parametrize("said", ["yes", "edited", "always"])
async def test_an_edit_of_a_file_that_changed_while_it_was_asked_is_asked_anew(tmp_path: Path, said: str) -> None:
    path = put(tmp_path, "a.txt", "one\ntwo\n")
    provider = ScriptedProvider([wants("edit_file", path="a.txt", old_text="one", new_text="1"), Says(text="ok")])
    async with running_session(tmp_path, provider, real_tools(tmp_path), mode=ASK) as (session, watcher):
        turn = asyncio.create_task(watcher.ask("go"))
        asked = await next_request(watcher)
        path.write_text("one\ntwo\nthree\n")
        if said == "always":
            await answer(session, asked, ApproveAlways(patterns=asked.offers[0].patterns, scope="session"))
        elif said == "edited":
            await answer(session, asked, ApproveEditedFiles(files=(FileText(path="a.txt", text="uno\n"),)))
        else:
            await answer(session, asked, Approve())
        if said != "always":  # there the rule covers the new edit
            again = await next_request(watcher)
            assert "has changed since" in again.why
            await answer(session, again, Approve())
        assert await turn == Completed()
        assert path.read_text() == "1\ntwo\nthree\n"


# Modes.


async def test_full_access_needs_two_confirmations_that_no_front_end_can_leave_out(tmp_path: Path) -> None:
    wish = ChangeSettings(sandbox_mode="danger-full-access", approval_policy="never")
    async with running_session(tmp_path, ScriptedProvider([]), mode=ASK) as (session, watcher):
        for answers in ((False,), (True, False), (True, True)):
            await session.submit(wish)
            await session.submit(wish)  # impatience is no second question
            for number, confirmed in zip(("first", "second"), answers, strict=False):
                asked = await watcher.next(InputRequested)
                assert asked.request == FullAccessQuestion(number=number)  # pyright: ignore[reportArgumentType]
                said = FullAccessAnswer(confirmed=confirmed)
                assert session._state.now().settings.mode == "ask"  # pyright: ignore[reportPrivateUsage]
                await session.submit(AnswerInput(request_id=asked.request_id, answer=said))
                await watcher.next(InputResolved)
        await watcher.until(lambda: session._state.now().settings.mode == "full")  # pyright: ignore[reportPrivateUsage]
        session_id = session.session_id
        await session.submit(SubmitPrompt(parts=(TextPart(text="so that it is kept"),)))
        assert await audit_of(tmp_path, session_id) == [FullAccessGiven()]


async def test_headless_full_access_is_not_to_be_had_by_asking(tmp_path: Path) -> None:
    async with running_session(tmp_path, ScriptedProvider([Says(text="x")]), is_interactive=False) as (
        session,
        watcher,
    ):
        await session.submit(ChangeSettings(sandbox_mode="danger-full-access", approval_policy="never"))
        assert await watcher.ask("go") == Completed()
        assert session._state.now().settings.mode == "auto"  # pyright: ignore[reportPrivateUsage]


PLAN = ("read-only", "on-request")
A_PLAN = "Here is what I would do:\n1. read\n2. write"


@pytest.mark.parametrize("mode", ["ask", "auto"])
async def test_a_plan_that_is_accepted_switches_the_mode_and_is_carried_out(tmp_path: Path, mode: str) -> None:
    provider = ScriptedProvider([Says(text=A_PLAN), Says(text="done")])
    async with running_session(tmp_path, provider, mode=PLAN) as (session, watcher):
        turn = asyncio.create_task(watcher.ask("go"))
        asked = await watcher.next(InputRequested)
        assert asked.request == PlanQuestion(plan=A_PLAN)
        edited = "1. read\n2. read again"
        said = PlanAccepted(mode=mode, plan=edited)  # pyright: ignore[reportArgumentType]
        await session.submit(AnswerInput(request_id=asked.request_id, answer=said))
        assert await turn == Completed()
        assert session._state.now().settings.mode == mode  # pyright: ignore[reportPrivateUsage]
        assert edited in json.dumps(provider.requests[1].messages[-1]).replace("\\n", "\n")


async def test_a_plan_that_is_refused_is_worked_on_with_words_and_left_without(tmp_path: Path) -> None:
    steps = {"plan": [{"step": "look", "status": "pending"}]}
    script = [wants("update_plan", **steps), Says(text="That is it."), Says(text=A_PLAN)]
    provider = ScriptedProvider(script)
    async with running_session(tmp_path, provider, real_tools(tmp_path), mode=PLAN) as (session, watcher):
        turn = asyncio.create_task(watcher.ask("go"))
        asked = await watcher.next(InputRequested)
        assert asked.request == PlanQuestion(plan="That is it.", steps=("look",))
        await session.submit(AnswerInput(request_id=asked.request_id, answer=PlanRefused(words="not so")))
        asked = await watcher.next(InputRequested)
        await session.submit(AnswerInput(request_id=asked.request_id, answer=PlanRefused()))
        assert await turn == Completed()
        assert session._state.now().settings.mode == "plan"  # pyright: ignore[reportPrivateUsage]


async def test_typing_instead_of_answering_a_plan_goes_on_planning(tmp_path: Path) -> None:
    provider = ScriptedProvider([Says(text=A_PLAN), Says(text="42")])
    async with running_session(tmp_path, provider, mode=PLAN) as (session, watcher):
        turn = asyncio.create_task(watcher.ask("go"))
        await watcher.next(InputRequested)
        await session.submit(SubmitPrompt(parts=(TextPart(text="what about tests?"),)))
        assert await turn == Completed()
        assert "what about tests?" in json.dumps(provider.requests[1].messages[-1])


async def test_an_answer_that_is_no_plan_ends_the_turn_and_so_does_everything_headless(tmp_path: Path) -> None:
    async with running_session(tmp_path, ScriptedProvider([Says(text="It is 4.")]), mode=PLAN) as (_, watcher):
        assert await watcher.ask("2+2?") == Completed()
    provider = ScriptedProvider([Says(text=A_PLAN)])
    async with running_session(tmp_path, provider, mode=PLAN, is_interactive=False) as (_, watcher):
        assert await watcher.ask("go") == Completed()


# The log.


async def test_what_was_asked_is_in_the_log_before_it_is_answered(tmp_path: Path) -> None:
    tool = ScriptedTool("w", kind="write")
    provider = ScriptedProvider([wants("w"), Says(text="ok")])
    async with running_session(tmp_path, provider, [tool], mode=ASK) as (session, watcher):
        turn = asyncio.create_task(watcher.ask("go"))
        asked = await next_request(watcher)
        assert await audit_of(tmp_path, session.session_id) == [Asked(request=asked)]
        turn.cancel()


async def test_secrets_do_not_reach_the_log(tmp_path: Path) -> None:
    tool = ScriptedTool("shell", kind="exec", argv=("bash", "-c", "curl -H hunter2-hunter2 x"))
    provider = ScriptedProvider([wants("shell"), Says(text="ok")])
    async with running_session(tmp_path, provider, [tool], mode=ASK, masked=["hunter2-hunter2"]) as (session, watcher):
        turn = asyncio.create_task(watcher.ask("go"))
        await answer(session, await next_request(watcher), Approve())
        assert await turn == Completed()
        assert "hunter2" not in repr(await audit_of(tmp_path, session.session_id))


async def test_headless_what_needs_an_approval_ends_the_turn_and_is_in_the_log(tmp_path: Path) -> None:
    tool = ScriptedTool("w", kind="write")
    provider = ScriptedProvider([wants("w"), Says(text="ok")])
    async with running_session(tmp_path, provider, [tool], mode=ASK, is_interactive=False) as (session, watcher):
        outcome = await watcher.ask("go")
        assert isinstance(outcome, Failed)
        assert outcome.needed_approval
        (entry,) = await audit_of(tmp_path, session.session_id)
        assert isinstance(entry, RefusedByPolicy)


async def test_after_a_kill_while_an_approval_is_open_nothing_was_done_and_the_log_says_what_was_asked(
    tmp_path: Path,
) -> None:
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.support.asking_session", str(tmp_path),
        cwd=Path(__file__).parents[2], stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    assert child.stdout is not None
    async with asyncio.timeout(30):
        session_id = (await child.stdout.readline()).decode().strip()
    child.kill()
    await child.wait()
    provider = ScriptedProvider([Says(text="done")])
    async with running_session(tmp_path, provider, real_tools(tmp_path), mode=ASK, resume=session_id) as (
        session,
        watcher,
    ):
        await watcher.next(Paused)
        assert watcher.completed(ToolResultItem) == []
        assert not (tmp_path / "workspace/a.txt").exists()
        assert [type(entry) for entry in await audit_of(tmp_path, session_id)] == [Asked]
        await session.submit(Resume())
        await answer(session, await next_request(watcher), Approve())  # the same call, without a word of the model
        assert (await watcher.next(TurnEnded)).outcome == Completed()
        assert (tmp_path / "workspace/a.txt").read_text() == "hi"
        assert [type(entry) for entry in await audit_of(tmp_path, session_id)] == [Asked, Asked, Answered]


async def test_an_edit_that_was_stopped_at_its_question_keeps_its_diff(tmp_path: Path) -> None:
    provider = ScriptedProvider([wants("write_file", path="a.txt", content="hi"), Says(text="done")])
    async with running_session(tmp_path, provider, real_tools(tmp_path), mode=ASK) as (session, watcher):
        turn = asyncio.create_task(watcher.ask("go"))
        await next_request(watcher)
        await session.submit(Stop())
        assert await turn == Stopped()
        assert last_result(watcher).status == "interrupted"
        (block,) = last_result(watcher).display
        assert isinstance(block, DiffBlock)
        assert block.files[0].path == "a.txt"
