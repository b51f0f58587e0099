from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from tests.mcp.support import SERVERS
from tests.support.program import Finished, environment, run

SERVER = (sys.executable, "-I", str(SERVERS / "raw.py"), "plain")


@pytest.fixture
def mcp(tmp_path: Path) -> Mcp:
    return Mcp(tmp_path)


class Mcp:
    """`codex-py mcp` in an empty project, with an empty home."""

    def __init__(self, folder: Path) -> None:
        self.project = folder / "project"
        self.project.mkdir()
        self.home = folder / "user"
        self.home.mkdir()
        self.file = self.home / "codex-py" / "mcp_servers_config.json"

    def __call__(self, *words: str) -> Finished:
        return run("mcp", *words, cwd=self.project, env=environment(self.home))


def test_what_is_added_is_listed_and_can_be_removed(mcp: Mcp) -> None:
    added = mcp(
        "add", "my-server", "--env", "A=${HOME}", "--network", "on", "--json", "--", "prog", "-x", "--", "--json"
    )
    assert json.loads(added.stdout) == {"added": "my-server", "file": str(mcp.file)}
    listed = json.loads(mcp("list", "--json").stdout)
    assert listed == {
        "servers": [
            {
                "name": "my-server",
                "origin": "user",
                "file": str(mcp.file),
                "enabled": True,
                "command": ["prog", "-x", "--", "--json"],
                "sandbox": {"mode": "read-only", "network": "on", "writable": [], "env": ["A"]},
                "description": "",
            }
        ],
        "problems": [],
    }
    removed = mcp("remove", "my-server", "--json")
    assert json.loads(removed.stdout) == {"removed": "my-server", "file": str(mcp.file)}
    again = mcp("remove", "my-server")
    assert again.exit_code == 2
    assert 'no MCP server is named "my-server"' in again.stderr


def test_a_server_of_that_name_is_not_overwritten(mcp: Mcp) -> None:
    mcp("add", "echo", "--", "first")
    before = mcp.file.read_text()
    again = mcp("add", "echo", "--", "second")
    assert again.exit_code == 2
    assert "has an MCP server echo already; to replace it: codex-py mcp remove echo" in again.stderr
    assert mcp.file.read_text() == before


def test_servers_of_the_config_are_listed_too(mcp: Mcp) -> None:
    mcp.file.parent.mkdir()
    (mcp.file.parent / "config.toml").write_text('[mcp_servers.mine]\ncommand = "prog"\n')
    assert [server["name"] for server in json.loads(mcp("list", "--json").stdout)["servers"]] == ["mine"]


def test_a_preset_is_added_by_its_name_and_is_on(mcp: Mcp) -> None:
    assert mcp("add", "git").exit_code == 0
    entry = json.loads(mcp.file.read_text())["mcpServers"]["git"]
    assert entry["args"] == ["--repository", "${workspaceFolder}"]
    assert entry["sandbox"] == {"mode": "read-only", "network": "off"}
    assert "disabled" not in entry
    assert "git  on" in mcp("list").stdout


def test_presets_are_listed_when_asked_for(mcp: Mcp) -> None:
    names = {server["name"] for server in json.loads(mcp("list", "--presets", "--json").stdout)["servers"]}
    assert {"time", "everything"} <= names
    assert json.loads(mcp("list", "--json").stdout)["servers"] == []


def test_servers_are_really_started_and_timed(mcp: Mcp) -> None:
    mcp("add", "good", "--", *SERVER)
    mcp("add", "bad", "--", "/no/such/program")
    tested = mcp("test", "--json")
    assert tested.exit_code == 1
    good, bad = json.loads(tested.stdout)["servers"]
    assert (good["name"], good["state"], good["version"]) == ("good", "ready", "raw 1")
    assert good["start_s"] > 0
    assert {"name": "mcp__good__echo", "description": ""} in good["tools"]
    assert (bad["name"], bad["state"]) == ("bad", "failed")
    assert 'there is no program "/no/such/program"' in bad["reason"]
    one = mcp("test", "good")
    assert one.exit_code == 0
    assert "✓ good: 3 tools in " in one.stdout


def test_the_file_of_a_folder_that_is_not_trusted_does_not_count(mcp: Mcp) -> None:
    (mcp.project / "mcp_servers_config.json").write_text('{"mcpServers": {"evil": {"command": "evil\\u001b[2J"}}}')
    listed = json.loads(mcp("list", "--json").stdout)
    assert listed["servers"] == []
    assert "does not count: the folder is not trusted" in listed["problems"][0]


def test_a_broken_file_is_told_exits_2_and_stays_as_it_is(mcp: Mcp) -> None:
    mcp.file.parent.mkdir()
    mcp.file.write_text("{broken")
    listed = mcp("list")
    assert (listed.exit_code, listed.stdout) == (2, "")
    assert "mcp_servers_config.json:1:2: no JSON" in listed.stderr
    assert mcp("list", "--json").exit_code == mcp("test").exit_code == 2
    added = mcp("add", "git")
    assert added.exit_code == 2
    assert mcp.file.read_text() == "{broken"


def test_values_of_the_environment_are_not_printed(mcp: Mcp) -> None:
    mcp("add", "s", "--env", "TOKEN=very-secret", "--", "x")
    assert "very-secret" not in mcp("list").stdout + mcp("list", "--json").stdout


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ((), "codex-py: mcp needs one of: list, test, add, remove"),
        (("add",), "codex-py: mcp add needs NAME"),
        (("remov", "x"), "no command 'mcp remov'; did you mean remove?"),
        (("list", "--jsn"), "mcp list: unknown flag --jsn; did you mean --json?"),
        (("add", "unknown"), "say what it runs, after --, or name a preset: time, git"),
        (("add", "a b", "--", "x"), "a server's name is at most 32 letters"),
        (("add", "s", "--env", "A", "--", "x"), "--env takes NAME=VALUE, not 'A'"),
        (("add", "s", "--network", "maybe", "--", "x"), "invalid choice: 'maybe'"),
        (("list", "--", "x"), "mcp list takes no command"),
        (("test", "nobody"), 'no MCP server is named "nobody"'),
    ],
)
def test_mistakes_exit_2_and_name_the_remedy(mcp: Mcp, words: tuple[str, ...], message: str) -> None:
    done = mcp(*words)
    assert done.exit_code == 2
    assert message in done.stderr
    assert done.stdout == ""
