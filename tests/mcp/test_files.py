from __future__ import annotations

import json
import os
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from codex_core.protocol import ConfigError, Json
from codex_tools.mcp.files import (
    add_server,
    load_servers,
    project_config_servers,
    project_servers,
    remove_server,
    user_file,
)
from codex_tools.mcp.launch import prepare
from tests.mcp.support import configured, surroundings


def write(folder: Path, **servers: Json) -> Path:
    folder.mkdir(exist_ok=True)
    path = folder / "mcp_servers_config.json"
    path.write_text(json.dumps({"mcpServers": servers}))
    return path


def test_no_files_are_no_servers(tmp_path: Path) -> None:
    loaded = load_servers(tmp_path / "home", tmp_path / "project", trusted=True)
    assert (loaded.servers, loaded.problems) == ((), ())


def test_a_project_counts_only_if_it_is_trusted(tmp_path: Path) -> None:
    write(tmp_path / "home", mine={"command": "x"})
    write(tmp_path / "project", theirs={"command": "y"})
    untrusted = load_servers(tmp_path / "home", tmp_path / "project", trusted=False)
    assert [server.name for server in untrusted.servers] == ["mine"]
    trusted = load_servers(tmp_path / "home", tmp_path / "project", trusted=True)
    assert [(server.name, server.origin) for server in trusted.servers] == [("mine", "user"), ("theirs", "project")]


def test_a_project_does_not_replace_a_server_of_the_user_and_it_is_said(tmp_path: Path) -> None:
    mine = write(tmp_path / "home", git={"command": "mine"})
    theirs = write(tmp_path / "project", git={"command": "theirs"})
    loaded = load_servers(tmp_path / "home", tmp_path / "project", trusted=True)
    assert [server.command for server in loaded.servers] == ["mine"]
    assert loaded.problems == (f"{theirs}: the MCP server git is ignored: {mine} has one too",)


def test_what_was_trusted_is_what_counts(tmp_path: Path) -> None:
    path = write(tmp_path / "project", server={"command": "evil"})
    trusted = b'{"mcpServers": {"server": {"command": "good"}}}'
    loaded = load_servers(tmp_path / "home", tmp_path / "project", trusted=True, project_content=trusted)
    assert [(server.command, server.source) for server in loaded.servers] == [("good", path)]


def test_tables_of_config_toml_count_too(tmp_path: Path) -> None:
    loaded = load_servers(
        tmp_path / "home",
        tmp_path / "project",
        trusted=True,
        user_tables={"a": {"command": "x", "enabled": True}},
        project_tables={"a": {"command": "y"}, "b": {"command": "z", "sandbox": {"mode": "danger-full-access"}}},
    )
    assert [server.command for server in loaded.servers] == ["x"]
    assert "config.toml: mcp_servers.b.sandbox.mode: a project may not" in loaded.problems[0]
    assert "the MCP server a is ignored" in loaded.problems[1]


def test_a_broken_file_is_a_problem_and_the_rest_counts(tmp_path: Path) -> None:
    write(tmp_path / "home", mine={"command": "x"})
    (write(tmp_path / "project")).write_text("{")
    loaded = load_servers(tmp_path / "home", tmp_path / "project", trusted=True)
    assert [server.name for server in loaded.servers] == ["mine"]
    assert "mcp_servers_config.json:1:2: no JSON" in loaded.problems[0]


def test_a_pipe_a_link_and_a_huge_file_neither_block_nor_count(tmp_path: Path) -> None:
    secret = write(tmp_path / "elsewhere", stolen={"command": "x"})
    (tmp_path / "project").mkdir()
    path = tmp_path / "project" / "mcp_servers_config.json"
    for make, words in (
        (lambda: os.mkfifo(path), "not a plain file"),
        (lambda: path.symlink_to(secret), ": a link, which is not followed"),
        (lambda: path.write_bytes(b" " * (2 << 20)), "longer than 1.0 MB"),
        (path.mkdir, "not a plain file"),
    ):
        make()
        loaded = load_servers(tmp_path / "home", tmp_path / "project", trusted=True)
        assert loaded.servers == ()
        assert words in loaded.problems[0]
        described = project_servers(tmp_path / "project")
        assert described is not None
        assert words in described.details[0]
        path.rmdir() if path.is_dir() and not path.is_symlink() else path.unlink()


def test_a_home_that_cannot_be_written_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "home").write_text("a file")
    with pytest.raises(ConfigError, match=r"mcp_servers_config\.json cannot be changed: File exists"):
        add_server(tmp_path / "home", "git", {"command": "mcp-git"})


def test_tables_of_a_project_that_no_program_could_use_are_none_to_ask_about(tmp_path: Path) -> None:
    for value in ("9" * 5000, "0x" + "f" * 5000, "2026-01-01", "[" * 5000):
        content = f"[mcp_servers.a]\ncommand = {value}".encode()
        assert project_config_servers(tmp_path / "config.toml", content) == ()


def test_the_trust_question_says_what_would_run_and_what_it_wants(tmp_path: Path) -> None:
    write(
        tmp_path / "project",
        git={"command": "mcp-git", "args": ["--x\x1b[2J"]},
        web={
            "command": "mcp-web",
            "env": {"LD_PRELOAD": "x"},
            "sandbox": {"network": "on", "writable": ["/data"], "env": ["TOKEN"]},
        },
        off={"command": "x", "disabled": True},
    )
    found = project_servers(tmp_path / "project")
    assert found is not None
    assert found.summary == "2 MCP servers: git, web"
    assert found.details == (
        "git: mcp-git --x[2J",
        "web: mcp-web (sets LD_PRELOAD, network, writes to /data, sees $TOKEN)",
    )
    digest = found.digest
    write(tmp_path / "project", git={"command": "other"})
    changed = project_servers(tmp_path / "project")
    assert changed is not None
    assert changed.digest != digest
    assert project_servers(tmp_path) is None


def test_adding_keeps_what_is_not_known_and_the_file_private(tmp_path: Path) -> None:
    path = user_file(tmp_path)
    path.write_text('{"other": {"kept": true}, "mcpServers": {"old": {"strange": "ü"}}}')
    add_server(tmp_path, "new", {"command": "x"})
    written = json.loads(path.read_text())
    assert written == {
        "other": {"kept": True},
        "mcpServers": {"old": {"strange": "ü"}, "new": {"command": "x"}},
    }
    assert "ü" in path.read_text()
    assert path.stat().st_mode & 0o777 == 0o600
    assert [entry.name for entry in tmp_path.iterdir()] == [path.name]


def test_a_broken_file_is_not_written_over(tmp_path: Path) -> None:
    path = user_file(tmp_path)
    path.write_text("{broken")
    with pytest.raises(ConfigError, match="no JSON"):
        add_server(tmp_path, "new", {"command": "x"})
    assert path.read_text() == "{broken"


def test_a_link_to_a_file_elsewhere_stays_a_link(tmp_path: Path) -> None:
    real = tmp_path / "dotfiles.json"
    real.write_text("{}")
    home = tmp_path / "home"
    home.mkdir()
    user_file(home).symlink_to(real)
    add_server(home, "new", {"command": "x"})
    assert user_file(home).is_symlink()
    assert "new" in real.read_text()


def test_adding_at_the_same_time_loses_nothing(tmp_path: Path) -> None:
    threads = [threading.Thread(target=add_server, args=(tmp_path, f"s{n}", {"command": "x"})) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(json.loads(user_file(tmp_path).read_text())["mcpServers"]) == 8


def test_removing_says_whether_there_was_one(tmp_path: Path) -> None:
    add_server(tmp_path, "a", {"command": "x"})
    assert remove_server(tmp_path, "a") is True
    assert remove_server(tmp_path, "a") is False
    assert json.loads(user_file(tmp_path).read_text()) == {"mcpServers": {}}


def test_programs_are_not_found_in_the_workspace(tmp_path: Path) -> None:
    around = surroundings(tmp_path, environment={})
    program = around.workspace / "bin" / "mcp-evil"
    program.parent.mkdir()
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    path = f"bin:.:{program.parent}:/usr/bin"
    around = surroundings(tmp_path, environment={"PATH": path})
    [server] = configured(s={"command": "mcp-evil"})
    with pytest.raises(ConfigError, match='there is no program "mcp-evil"'):
        prepare(server, around)
    [by_path] = configured(s={"command": "./bin/mcp-evil"})
    order = prepare(by_path, around)
    assert order.argv == (str(program),)
    assert order.environment["PATH"] == "/usr/bin"


@pytest.mark.parametrize("folder", ["/", "${workspaceFolder}/../home", "${workspaceFolder}/.."])
def test_no_server_is_let_into_our_own_folder(tmp_path: Path, folder: str) -> None:
    [server] = configured(s={"command": "true", "sandbox": {"writable": [folder]}})
    with pytest.raises(ConfigError, match="where sessions and settings are kept"):
        prepare(server, surroundings(tmp_path))


@pytest.mark.parametrize(("folder", "is_refused"), [("..", True), ("/usr", True), (".", False), ("out", False)])
def test_a_projects_server_writes_inside_the_project_only(tmp_path: Path, folder: str, is_refused: bool) -> None:
    (tmp_path / "below").mkdir()
    around = replace(surroundings(tmp_path / "below"), home=tmp_path / "elsewhere")
    (around.workspace / "out").mkdir()
    [mine] = configured(s={"command": "true", "sandbox": {"writable": [folder]}})
    prepare(mine, around)
    if not is_refused:
        prepare(replace(mine, origin="project"), around)
        return
    with pytest.raises(ConfigError, match=r"writable: a project's server writes inside the project"):
        prepare(replace(mine, origin="project"), around)


def test_servers_in_a_projects_config_toml_are_described_like_those_of_its_own_file() -> None:
    content = b"""
        [mcp_servers.evil]
        command = "sh"
        sandbox = { network = "on", env = ["GITHUB_TOKEN"] }
        [mcp_servers.worse]
        command = "sh"
        sandbox = { mode = "danger-full-access" }
    """
    evil, worse = project_config_servers(Path("/p/config.toml"), content)
    assert evil == "evil: sh (network, sees $GITHUB_TOKEN)"
    assert "a project may not lift the confinement" in worse
    assert project_config_servers(Path("/p/config.toml"), b"mcp_servers = 1") == ()
    assert project_config_servers(Path("/p/config.toml"), b"no = TOML") == ()


def test_folders_that_are_not_there_are_named(tmp_path: Path) -> None:
    [server] = configured(s={"command": "true", "cwd": "nowhere"})
    with pytest.raises(ConfigError, match=r"mcpServers\.s\.cwd: there is no folder .*/nowhere"):
        prepare(server, surroundings(tmp_path))
