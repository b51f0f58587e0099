from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.support.program import Finished, environment, run


class PolicyRules:
    """`codex-py policy rules` in an empty project, with an empty home."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.project = folder / "project"
        self.project.mkdir()
        self.home = folder / "user"
        self.home.mkdir()
        self.file = self.home / "codex-py/rules.toml"

    def __call__(self, *words: str) -> Finished:
        return run("policy", "rules", *words, cwd=self.project, env=environment(self.home))


@pytest.fixture
def rules(tmp_path: Path) -> PolicyRules:
    return PolicyRules(tmp_path)


def test_what_is_added_is_listed_and_can_be_removed(rules: PolicyRules) -> None:
    added = json.loads(rules("add", "--scope", "project", "--json", "--", "git", "commit").stdout)
    assert added["file"] == str(rules.file)
    rule = added["added"]
    assert rule == {
        "id": rule["id"],
        "effect": "allow",
        "scope": "project",
        "project": str(rules.project),
        "pattern": {"type": "command_rule", "prefix": ["git", "commit"], "is_exact": False},
        "words": "commands that begin with git commit",
        "made_at": rule["made_at"],
        "origin": "codex-py policy rules add",
    }
    assert json.loads(rules("list", "--json").stdout) == {"rules": [rule], "problems": []}
    shown = rules("list").stdout
    assert rule["id"] in shown
    assert "commands that begin with git commit" in shown
    elsewhere = rules.folder / "elsewhere"
    elsewhere.mkdir()
    assert json.loads(rules("list", "--json", "-C", str(elsewhere)).stdout)["rules"] == []
    assert json.loads(rules("list", "--json", "--all", "-C", str(elsewhere)).stdout)["rules"] == [rule]
    assert json.loads(rules("remove", rule["id"], "--json").stdout) == {"removed": rule, "file": str(rules.file)}
    again = rules("remove", rule["id"])
    assert (again.exit_code, again.stdout) == (2, "")
    assert f"there is no saved rule {rule['id']}" in again.stderr


@pytest.mark.parametrize(
    ("words", "pattern"),
    [
        (["--edit", "docs/**"], {"type": "edit_rule", "glob": "docs/**"}),
        (["--host", "*.example.org"], {"type": "host_rule", "host": "*.example.org"}),
        (["--tool", "mcp__git__*"], {"type": "tool_rule", "tool": "mcp__git__*"}),
        (
            ["--exact", "--", "python3", "x.py", "--exact"],
            {"type": "command_rule", "prefix": ["python3", "x.py", "--exact"], "is_exact": True},
        ),
        (
            ["--widen", "network", "--", "npm", "install"],
            {"type": "widening_rule", "kind": "network", "target": "", "prefix": ["npm", "install"], "is_exact": False},
        ),
    ],
)
def test_every_kind_of_rule_can_be_added(rules: PolicyRules, words: list[str], pattern: dict[str, object]) -> None:
    assert rules("add", "--effect", "allow", *words).exit_code == 0
    (listed,) = json.loads(rules("list", "--json").stdout)["rules"]
    assert listed["pattern"] == pattern


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (["add", "--", "python3"], "python3 … can run anything"),
        (["add", "--", "git"], "all of git is too much"),
        (["add"], "needs one of command, edit"),
        (["add", "--edit", "x", "--", "make"], "edit"),
        (["add", "--widen", "write", "--", "make"], "needs a target"),
        (["add", "--widen", "unconfined", "--", "make"], "exactly one command"),
        (["add", "--effekt", "deny", "--", "x"], "--effect"),
        (["add", "--", "git commit"], "never count: no program is called 'git commit'"),
        (["add", "--effect", "deny", "--", "git push; ls"], "give each word by itself"),
        (["add", "--", "npm", "run", "$TASK"], "'$TASK' may be something else when it runs"),
        (["add", "--exact", "--", "rm", "-rf", "/"], "danger is always asked"),
        (["add", "--edit", "/etc/**"], "relative to it"),
        (["add", "--edit", "../x"], "relative to it"),
        (["add", "--edit", "~/x"], "relative to it"),
        (["add", "--host", "https://example.org/x"], "only the name, as example.org is"),
        (["add", "--host", "example.org:8443"], "only the name, as example.org is"),
        (["add", "--host", "*"], "is no host"),
        (["add", "--tool", "shell"], "shell is no tool of an MCP server"),
        (["add", "--tool", "mcp__*__log"], "only at the end"),
        (["add", "--effect", "deny", "--tool", "mcp__git"], "all of one server: mcp__git__*"),
        (["add", "--effect", "ask", "--widen", "network"], "asked anyway"),
        (["remove"], "needs ID"),
        (["lst"], "did you mean list"),
        ([], "needs one of: list, add, remove"),
        (["list", "-C", "nowhere"], "there is no folder"),
    ],
)
def test_mistakes_name_what_is_wrong_and_change_nothing(rules: PolicyRules, words: list[str], complaint: str) -> None:
    done = rules(*words)
    assert (done.exit_code, done.stdout) == (2, "")
    assert complaint in done.stderr
    assert not rules.file.exists()


@pytest.mark.parametrize(
    "words",
    [
        ["--edit", "./docs/"],
        ["--edit", "a b/*.py"],
        ["--host", "Example.ORG."],
        ["--host", "::1"],
        ["--host", "127.0.0.1"],
        ["--tool", "mcp__*"],
        ["--effect", "deny", "--tool", "shell"],
        ["--exact", "--", "bash", "-c", "echo $HOME && make"],
        ["--", "./run", "all"],
        ["--effect", "deny", "--", "rm", "*"],
        ["--effect", "deny", "--widen", "network"],
    ],
)
def test_a_rule_that_may_count_is_taken(rules: PolicyRules, words: list[str]) -> None:
    done = rules("add", *words)
    assert (done.exit_code, done.stderr) == (0, "")
    assert json.loads(rules("list", "--json").stdout)["problems"] == []


def test_a_rule_by_hand_that_never_counts_is_said_to_cover_nothing(rules: PolicyRules) -> None:
    rules.file.parent.mkdir(mode=0o700)
    rules.file.write_text('[[rule]]\nid = "r"\neffect = "deny"\nscope = "user"\nhost = "https://example.org"\n')
    (problem,) = json.loads(rules("list", "--json").stdout)["problems"]
    assert problem.startswith("r covers nothing: 'https://example.org' is no host")


def test_a_rule_that_only_tightens_may_be_as_wide_as_it_likes(rules: PolicyRules) -> None:
    assert rules("add", "--effect", "deny", "--", "git").exit_code == 0


def test_a_damaged_file_is_told_with_its_line_and_stops_exec_too(rules: PolicyRules) -> None:
    rules.file.parent.mkdir(mode=0o700)
    rules.file.write_text("[[rule]]\nid = 3\n")
    done = rules("list")
    assert done.exit_code == 2
    assert "rules.toml, line 1" in done.stderr
    headless = run("exec", "--demo", "hi", cwd=rules.project, env=environment(rules.home))
    assert headless.exit_code == 2
    assert "rules.toml, line 1" in headless.stderr


def test_a_rule_by_hand_that_allows_too_much_is_said_to_cover_nothing(rules: PolicyRules) -> None:
    rules.file.parent.mkdir(mode=0o700)
    rules.file.write_text('[[rule]]\nid = "r"\neffect = "allow"\nscope = "user"\ncommand = ["bash"]\n')
    (problem,) = json.loads(rules("list", "--json").stdout)["problems"]
    assert problem.startswith("r covers nothing: bash")


def test_what_a_project_tightens_is_listed_once_it_is_trusted(rules: PolicyRules) -> None:
    own = rules.project / ".codex-py/config.toml"
    own.parent.mkdir()
    own.write_text('[[rules]]\neffect = "deny"\ncommand = ["git", "push"]\n')
    listed = json.loads(rules("list", "--json").stdout)
    assert listed["rules"] == []
    assert "is not trusted" in listed["problems"][0]
