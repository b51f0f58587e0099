from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from codex_core.config.trust import found_in, remember_trust, trust_state

ROOT = Path(__file__).parents[2]


@pytest.fixture
def home(tmp_path: Path) -> Path:
    folder = tmp_path / "home"
    folder.mkdir()
    return folder


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    (folder / ".codex-py").mkdir(parents=True)
    (folder / ".codex-py/config.toml").write_text('model = "x"')
    (folder / "mcp_servers_config.json").write_text('{"mcpServers": {}}')
    (folder / "AGENTS.md").write_text("be kind " * 200)
    return folder


def test_what_would_count_is_found_with_its_size(project: Path) -> None:
    found = found_in(project)
    assert found.lines() == (
        ".codex-py/config.toml (11 bytes)",
        "mcp_servers_config.json (18 bytes)",
        "AGENTS.md (1.6 kB)",
    )
    config = found.only("config")
    assert config is not None
    assert config.content == b'model = "x"'
    assert found.skipped == ()


def test_an_empty_folder_has_nothing_to_trust(tmp_path: Path, home: Path) -> None:
    (tmp_path / "AGENTS.md").write_text("  \n")
    found = found_in(tmp_path)
    assert (found.files, trust_state(home, found)) == ((), "nothing")


def test_trust_is_remembered_for_exactly_this_content_and_folder(project: Path, home: Path) -> None:
    assert trust_state(home, found_in(project)) == "unknown"
    remember_trust(home, found_in(project), trusted=True)
    assert trust_state(home, found_in(project)) == "trusted"
    (project / "AGENTS.md").write_text("be unkind")
    assert trust_state(home, found_in(project)) == "changed"
    remember_trust(home, found_in(project), trusted=False)
    assert trust_state(home, found_in(project)) == "refused"
    copy = project.with_name("copy")
    project.rename(copy)
    assert trust_state(home, found_in(copy)) == "unknown"
    assert (home / "trust.json").stat().st_mode & 0o777 == 0o600


def test_the_same_bytes_under_another_name_are_not_the_same(tmp_path: Path) -> None:
    digests: set[str] = set()
    for name in ("AGENTS.md", "mcp_servers_config.json"):
        folder = tmp_path / name.split(".")[0]
        folder.mkdir()
        (folder / name).write_text("{}")
        digests.add(found_in(folder).digest())
    assert len(digests) == 2


def test_instructions_are_found_from_the_root_of_the_repository_inwards(tmp_path: Path) -> None:
    inner = tmp_path / "repo/a/b"
    inner.mkdir(parents=True)
    (tmp_path / "repo/.git").mkdir()
    for folder in (tmp_path, tmp_path / "repo", inner):
        (folder / "AGENTS.md").write_text(f"rules of {folder.name}")
    found = found_in(inner)
    assert [file.content for file in found.instructions()] == [b"rules of repo", b"rules of b"]
    assert [file.name for file in found.instructions()] == ["../../AGENTS.md", "AGENTS.md"]


def test_links_count_only_inside_the_folder(project: Path, tmp_path: Path) -> None:
    outside = tmp_path / "secret"
    outside.write_text("secret")
    (project / "mcp_servers_config.json").unlink()
    (project / "mcp_servers_config.json").symlink_to(outside)
    (project / "CLAUDE.md").write_text("inside")
    (project / "AGENTS.md").unlink()
    (project / "AGENTS.md").symlink_to("CLAUDE.md")
    found = found_in(project)
    assert [file.name for file in found.files] == [".codex-py/config.toml", "AGENTS.md"]
    assert found.instructions()[0].content == b"inside"
    assert found.skipped == ("mcp_servers_config.json: a link that leads out of the folder",)
    (project / ".codex-py/config.toml").unlink()
    (project / ".codex-py").rmdir()
    (project / ".codex-py").symlink_to(tmp_path / "home2")
    (tmp_path / "home2").mkdir()
    (tmp_path / "home2/config.toml").write_text("model = 'y'")
    assert found_in(project).only("config") is None


def test_odd_files_are_skipped_without_waiting_for_them(project: Path) -> None:
    (project / "AGENTS.md").unlink()
    os.mkfifo(project / "AGENTS.md")
    (project / "mcp_servers_config.json").write_bytes(b" " * 300_000 + b"x")
    (project / ".codex-py/config.toml").unlink()
    (project / ".codex-py/config.toml").symlink_to("config.toml")
    found = found_in(project)
    assert found.files == ()
    assert set(found.skipped) == {
        "AGENTS.md: not a plain file",
        "mcp_servers_config.json: longer than 262.1 kB",
        ".codex-py/config.toml: it cannot be read",
    }


@pytest.mark.parametrize("damage", ["", "{", "[]", '{"folders": 3}', "[" * 100_000, "\udcff"])
def test_a_damaged_trust_file_trusts_nobody_and_is_kept(project: Path, home: Path, damage: str) -> None:
    (home / "trust.json").write_bytes(damage.encode("utf-8", "surrogateescape"))
    assert trust_state(home, found_in(project)) == "unknown"
    remember_trust(home, found_in(project), trusted=True)
    assert trust_state(home, found_in(project)) == "trusted"
    (kept,) = home.glob("trust.json.damaged-*")
    assert kept.read_bytes() == damage.encode("utf-8", "surrogateescape")


def test_several_processes_remember_at_once_and_none_is_forgotten(tmp_path: Path, home: Path) -> None:
    script = (
        "import sys; from pathlib import Path; from codex_core.config.trust import found_in, remember_trust\n"
        "for folder in sys.argv[2:]: remember_trust(Path(sys.argv[1]), found_in(Path(folder)), trusted=True)"
    )
    folders = [tmp_path / f"p{number}" for number in range(40)]
    for folder in folders:
        folder.mkdir()
        (folder / "AGENTS.md").write_text(folder.name)
    processes = [
        subprocess.Popen([sys.executable, "-c", script, str(home), *map(str, folders[start::4])]) for start in range(4)
    ]
    assert [process.wait() for process in processes] == [0, 0, 0, 0]
    assert len(json.loads((home / "trust.json").read_text())["folders"]) == 40
    assert not list(home.glob("*.damaged-*"))
