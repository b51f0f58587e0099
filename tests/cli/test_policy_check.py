from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.support.program import Finished, environment, run


def check(home: Path, folder: Path, *arguments: str, stdin: str = "") -> Finished:
    return run("policy", "check", *arguments, cwd=folder, env=environment(home), stdin=stdin)


def test_policy_check_prints_verdict_action_reason_rule_and_commands(home: Path, tmp_path: Path) -> None:
    found = check(home, tmp_path, "--json", "--", "git push --force")
    assert (found.exit_code, found.stderr) == (0, "")
    assert json.loads(found.stdout) == {
        "verdict": "danger",
        "action": "ask",
        "reason": "`git push --force` rewrites history on the remote",
        "rule": "git:push-force",
        "commands": [["git", "push", "--force"]],
    }
    assert check(home, tmp_path, "--", "make").stdout.startswith("ask: ")


@pytest.mark.parametrize(
    ("mode", "actions"),
    [
        ("plan", ["run", "ask", "deny"]),
        ("ask", ["run", "ask", "ask"]),
        ("auto", ["run", "run", "ask"]),
        ("full", ["run", "run", "run"]),
    ],
)
def test_policy_check_says_what_becomes_of_it_in_a_mode(
    home: Path, tmp_path: Path, mode: str, actions: list[str]
) -> None:
    found = [check(home, tmp_path, "--json", "--mode", mode, "--", line) for line in ("ls", "make", "sudo x")]
    assert [json.loads(each.stdout)["action"] for each in found] == actions


def test_without_a_mode_the_configured_one_counts(home: Path, tmp_path: Path) -> None:
    config = ("-c", 'sandbox_mode="read-only"', "-c", 'approval_policy="on-request"')
    assert json.loads(check(home, tmp_path, *config, "--json", "--", "sudo x").stdout)["action"] == "deny"


def test_several_words_are_one_line_and_a_dash_reads_it_from_stdin(home: Path, tmp_path: Path) -> None:
    assert json.loads(check(home, tmp_path, "--json", "--", "ls", "|", "wc").stdout)["commands"] == [["ls"], ["wc"]]
    given = check(home, tmp_path, "--json", "-", stdin="ls\npwd\n")
    assert json.loads(given.stdout)["commands"] == [["ls"], ["pwd"]]


def test_the_folder_of_c_is_the_workspace(home: Path, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    line = f"mv {tmp_path}/x/secret.py ."
    verdicts = [
        json.loads(
            check(home, tmp_path, "--json", "-C", str(folder), "--", line.replace(str(tmp_path), "/opt/w")).stdout
        )
        for folder in (tmp_path, tmp_path / "other")
    ]
    assert [found["verdict"] for found in verdicts] == ["danger", "danger"]
    inside = check(home, tmp_path, "--json", "-C", str(tmp_path / "other"), "--", f"rm -r {tmp_path}/other/build")
    assert json.loads(inside.stdout)["verdict"] == "ask"


def test_a_wrong_flag_and_a_missing_line_are_told_and_nothing_is_judged(home: Path, tmp_path: Path) -> None:
    wrong = check(home, tmp_path, "--jsn", "--", "ls")
    assert (wrong.exit_code, wrong.stdout, "--json" in wrong.stderr) == (2, "", True)
    missing = check(home, tmp_path)
    assert (missing.exit_code, missing.stdout, "needs a line" in missing.stderr) == (2, "", True)


def test_control_characters_of_a_line_do_not_reach_the_terminal(home: Path, tmp_path: Path) -> None:
    found = check(home, tmp_path, "--", "frobnicate \x1b]52;c;x\x07")
    assert "\x1b" not in found.stdout
