"""Approvals as a user meets them: the real program in a terminal, a scripted model, a real sandbox."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.end_to_end.test_screen import SIZES, START_S, answer, app, leave
from tests.support.model_server import Call, Reply
from tests.support.program import environment, run
from tests.support.tasks import DONE, EDIT
from tests.support.terminal import Terminal
from tests.support.workspace import CALC

PATCH = """\
*** Begin Patch
*** Update File: calc.py
@@
-    return sum(numbers) / (len(numbers) + 1)
+    return sum(numbers) / len(numbers)
*** Update File: test_calc.py
@@
-import unittest
+import unittest  # the stdlib's
*** End Patch
"""


def shell(line: str) -> Reply:
    return Reply(calls=(Call("shell", {"command": line}),))


def begin(terminal: Terminal, shown: str) -> None:
    terminal.type("go").press("enter")
    terminal.wait_for(shown, timeout_s=START_S)


@pytest.mark.parametrize("size", SIZES)
def test_always_for_a_prefix_in_the_project_runs_the_next_one_unasked(tmp_path: Path, size: str) -> None:
    with app(tmp_path, (shell("make one"), shell("make one"), DONE), size=SIZES[size]) as (terminal, server):
        begin(terminal, "Run make one")
        terminal.wait_for("writes in the workspace only")
        answer(terminal, "a")
        terminal.wait_for("Allow always")
        terminal.press("right")
        terminal.wait_for("● this project")
        terminal.press("enter")
        terminal.wait_for("tests pass")
        assert len(server.requests) == 3
        terminal.wait_for("by rule:")
        terminal.type("/rules").press("enter")
        terminal.wait_for("said yes to: Run make one")
        terminal.press("delete")
        terminal.wait_for("remove it?")
        terminal.press("delete")
        terminal.wait_for("none yet")
        terminal.press("esc")
        terminal.wait_until_gone("Del removes")
        leave(terminal)


def test_a_command_that_is_edited_runs_as_edited_and_the_model_is_told(tmp_path: Path) -> None:
    with app(tmp_path, (shell("touch one"), DONE)) as (terminal, server):
        begin(terminal, "Run touch one")
        answer(terminal, "e")
        terminal.wait_for("runs this instead")
        terminal.type("-and-two").press("enter")
        terminal.wait_for("tests pass")
        assert "+touch one-and-two" in server.requests[-1].last_text
        terminal.wait_for("changed by you")
        leave(terminal)
    assert (tmp_path / "calc" / "one-and-two").exists()
    assert not (tmp_path / "calc" / "one").exists()


def test_a_command_is_edited_in_the_users_own_editor(tmp_path: Path) -> None:
    editor = tmp_path / "editor"
    editor.write_text('#!/bin/sh\nsed -i s/one/three/ "$1"\n')
    editor.chmod(0o755)
    with app(tmp_path, (shell("touch one"), DONE), extra={"VISUAL": str(editor)}) as (terminal, _):
        begin(terminal, "Run touch one")
        answer(terminal, "e")
        terminal.wait_for("runs this instead")
        terminal.press("ctrl+g")
        terminal.wait_for(" touch three")
        terminal.press("enter")
        terminal.wait_for("tests pass")
        leave(terminal)
    assert (tmp_path / "calc" / "three").exists()


def test_only_the_hunks_that_were_taken_are_written(tmp_path: Path) -> None:
    with app(tmp_path, (Reply(calls=(Call("apply_patch", {"patch": PATCH}),)), DONE)) as (terminal, server):
        begin(terminal, "hunks")
        answer(terminal, "h")
        terminal.wait_for("2 of 2 hunks will be written")
        terminal.press("down", "n")
        terminal.wait_for("1 of 2 hunks will be written")
        terminal.press("enter")
        terminal.wait_for("tests pass")
        assert "stdlib" in server.requests[-1].last_text
        leave(terminal)
    assert "sum(numbers) / len(numbers)" in (tmp_path / "calc" / "calc.py").read_text()
    assert (tmp_path / "calc" / "test_calc.py").read_text() == CALC["test_calc.py"]


def test_the_content_of_an_edit_is_changed_before_it_is_written(tmp_path: Path) -> None:
    with app(tmp_path, (EDIT, DONE)) as (terminal, _):
        begin(terminal, "Edit calc.py")
        answer(terminal, "e")
        terminal.wait_for("as the model wrote it")
        terminal.type("# mine").press("enter")
        terminal.wait_for("changed by you")
        terminal.press("ctrl+s")
        terminal.wait_for("tests pass")
        leave(terminal)
    written = (tmp_path / "calc" / "calc.py").read_text()
    assert written.startswith("# mine\n")
    assert "sum(numbers) / len(numbers)" in written


@pytest.mark.parametrize("size", SIZES)
def test_what_the_sandbox_refused_is_allowed_once_and_run_again(tmp_path: Path, size: str) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    line = f"echo hello > {outside}/made"
    with app(tmp_path, (shell(line), DONE), "--mode", "auto", size=SIZES[size]) as (terminal, server):
        begin(terminal, "The sandbox refused")
        terminal.wait_for("no sandbox at all")
        answer(terminal, "y")
        terminal.wait_for("tests pass")
        assert "run again" in server.requests[-1].last_text
        terminal.wait_for("widened by")
        leave(terminal)
    assert (outside / "made").read_text() == "hello\n"


PLAN = Reply(text="# The plan\n\n1. mend `mean`\n2. run the tests\n")


def test_a_plan_is_accepted_and_carried_out_in_ask_mode(tmp_path: Path) -> None:
    with app(tmp_path, (PLAN, EDIT, DONE), "--plan") as (terminal, server):
        begin(terminal, "Work by this plan?")
        answer(terminal, "y")
        terminal.wait_for("Edit calc.py")
        terminal.wait_for("ask · sandbox")
        assert "accepted the plan" in server.requests[-1].last_text
        answer(terminal, "y")
        terminal.wait_for("tests pass")
        leave(terminal)


def test_a_plan_is_edited_and_the_edited_one_is_carried_out(tmp_path: Path) -> None:
    with app(tmp_path, (PLAN, DONE), "--plan") as (terminal, server):
        begin(terminal, "Work by this plan?")
        answer(terminal, "e")
        terminal.wait_for("as the model wrote it")
        terminal.type("Gently: ")
        terminal.wait_for("changed by you")
        terminal.press("ctrl+s")
        terminal.wait_for("tests pass")
        assert "Gently: # The plan" in server.requests[-1].last_text
        leave(terminal)


def test_a_plan_is_refused_with_words_and_the_mode_stays(tmp_path: Path) -> None:
    with app(tmp_path, (PLAN, Reply(text="As you wish.")), "--plan") as (terminal, server):
        begin(terminal, "Work by this plan?")
        answer(terminal, "n")
        terminal.type("first look at the tests").press("enter")
        terminal.wait_for("As you wish.")
        assert server.requests[-1].last_text == "first look at the tests"
        terminal.wait_for("plan · sandbox")
        leave(terminal)


def test_full_access_takes_two_confirmations_and_is_shown(tmp_path: Path) -> None:
    with app(tmp_path, ()) as (terminal, _):
        terminal.type("/mode full").press("enter")
        terminal.wait_for("asked 1 of 2")
        terminal.wait_for("y  yes, full access")
        terminal.press("alt+a")
        answer(terminal, "y")
        terminal.wait_for("asked 2 of 2")
        terminal.press("alt+a")
        answer(terminal, "y")
        terminal.wait_for("full · ")
        leave(terminal)


def test_what_was_decided_is_found_again_in_the_resumed_session_and_the_audit_log(tmp_path: Path) -> None:
    with app(tmp_path, (EDIT, DONE)) as (terminal, _):
        begin(terminal, "Edit calc.py")
        answer(terminal, "n")
        terminal.type("not now").press("enter")
        terminal.wait_for("tests pass")
        terminal.wait_for("you said no: not now")
        leave(terminal)
    with app(tmp_path, (), "resume", "--last") as (terminal, _):
        terminal.wait_for("you said no: not now", timeout_s=START_S)
        leave(terminal)
    env = environment(tmp_path)
    (session,) = json.loads(run("sessions", "list", "--json", cwd=tmp_path / "calc", env=env).stdout)
    shown = json.loads(run("sessions", "show", session["id"], "--json", cwd=tmp_path / "calc", env=env).stdout)
    assert [(a["answer"], a["words"]) for a in shown["approvals"]] == [("no", "not now")]
