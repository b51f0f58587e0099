from __future__ import annotations

import json
import shutil
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.support.model_server import Call, Reply, ThreadedModelServer
from tests.support.program import COMMAND, Finished, environment, run
from tests.support.workspace import CALC, git_repository


def turn(*lines: str) -> tuple[Reply, ...]:
    return (*(Reply(calls=(Call("shell", {"command": line}),)) for line in lines), Reply(text="done"))


@dataclass(slots=True)
class Stored:
    """A session of two turns, made by the real program."""

    folder: Path
    env: dict[str, str]
    id: str

    def rewind(self, *arguments: str) -> Finished:
        return run("sessions", "rewind", self.id, *arguments, cwd=self.folder, env=self.env)

    def rewind_json(self, *arguments: str) -> dict[str, Any]:
        return json.loads(self.rewind(*arguments, "--json").stdout)

    def turns(self) -> list[dict[str, Any]]:
        return json.loads(run("sessions", "turns", self.id, "--json", cwd=self.folder, env=self.env).stdout)


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Stored:
    """Made once: two starts of the program with its model host cost seconds."""
    home = tmp_path_factory.mktemp("original") / "home"
    folder = git_repository(home / "calc")
    script = (*turn("sed -i s/mean/average/ calc.py"), *turn("rm test_calc.py", "mkdir gen; echo hi > gen/made.txt"))
    with ThreadedModelServer(script) as server:
        env = environment(home, server.environment())
        common = ("--json", "-m", "openai/scripted", "--full-auto")
        first = run("exec", *common, "rename it", cwd=folder, env=env)
        assert first.exit_code == 0, first.stderr
        second = run("exec", "resume", "--last", *common, "clear up", cwd=folder, env=env)
        assert second.exit_code == 0, second.stderr
    shutil.copytree(home, home.with_name("kept"), symlinks=True)
    return Stored(folder, env, first.lines()[0]["thread_id"])


@pytest.fixture
def stored(original: Stored) -> Stored:
    """The session as it was, where it was: its paths are absolute."""
    home = original.folder.parent
    shutil.rmtree(home)
    shutil.copytree(home.with_name("kept"), home, symlinks=True)
    return original


def test_turns_tell_what_commands_changed(stored: Stored) -> None:
    first, second = stored.turns()
    assert first["files"] == [{"path": "calc.py", "kind": "update", "added": None, "removed": None}]
    kinds = {file["path"]: file["kind"] for file in second["files"]}
    assert kinds == {"gen/": "add", "gen/made.txt": "add", "test_calc.py": "delete"}
    text = run("sessions", "turns", stored.id, cwd=stored.folder, env=stored.env).stdout
    assert "delete test_calc.py" in text


def test_a_dry_run_says_all_and_does_nothing(stored: Stored) -> None:
    told = stored.rewind_json("--to", "2", "--what", "both", "--dry-run")
    assert (told["dry_run"], told["done"], told["rewind"], told["problem"]) == (True, False, None, None)
    assert told["to"] == stored.turns()[1]["id"]
    assert {(file["path"], file["does"]) for file in told["files"]} == {
        ("gen", "delete"),
        ("gen/made.txt", "delete"),
        ("test_calc.py", "create"),
    }
    assert all(file["verdict"] == "restore" and file["restores"] for file in told["files"])
    assert told["items"] > 3
    assert not (stored.folder / "test_calc.py").exists()
    assert len(stored.turns()) == 2
    text = stored.rewind("--to", "2", "--what", "files", "--dry-run")
    assert (text.exit_code, "create   test_calc.py" in text.stdout) == (0, True)


def test_files_and_conversation_go_back_and_forth(stored: Stored) -> None:
    done = stored.rewind_json("--to", "1", "--what", "both")
    assert (done["done"], done["failed"], done["conflicts"]) == (True, [], [])
    assert set(done["restored"]) == {"calc.py", "test_calc.py", "gen", "gen/made.txt"}
    assert {name: (stored.folder / name).read_text() for name in CALC} == CALC
    assert stored.turns() == []
    shown = json.loads(run("sessions", "show", stored.id, "--json", cwd=stored.folder, env=stored.env).stdout)
    assert [item["type"] for item in shown["items"]] == ["rewind"]

    undone = stored.rewind_json("--undo")
    assert (undone["done"], undone["undo"]) == (True, True)
    assert not (stored.folder / "test_calc.py").exists()
    assert (stored.folder / "gen/made.txt").read_text() == "hi\n"
    assert [turn["prompt"] for turn in stored.turns()] == ["rename it", "clear up"]
    again = stored.rewind("--undo")
    assert (again.exit_code, again.stderr) == (1, "codex-py: there is no rewind to take back\n")


def test_only_what_was_wished_goes_back(stored: Stored) -> None:
    assert stored.rewind("--to", "2", "--what", "conversation").exit_code == 0
    assert not (stored.folder / "test_calc.py").exists()
    assert [turn["prompt"] for turn in stored.turns()] == ["rename it"]
    assert stored.rewind("--to", stored.turns()[0]["id"], "--what", "files").exit_code == 0
    assert (stored.folder / "calc.py").read_text() == CALC["calc.py"]
    assert [turn["prompt"] for turn in stored.turns()] == ["rename it"]


def test_a_folder_that_has_moved_is_said_with_the_command(stored: Stored) -> None:
    moved = stored.folder.with_name("moved")
    stored.folder.rename(moved)
    elsewhere = stored.folder.parent
    gone = run("sessions", "rewind", stored.id, "--to", "1", "--what", "both", cwd=elsewhere, env=stored.env)
    assert (gone.exit_code, "its folder is gone" in gone.stderr) == (1, True)
    told = run("sessions", "turns", stored.id, "-C", "moved", "--json", cwd=elsewhere, env=stored.env)
    assert [file["path"] for file in json.loads(told.stdout)[1]["files"]] == ["gen/", "gen/made.txt", "test_calc.py"]
    common = ("sessions", "rewind", stored.id, "--to", "1", "--what", "both")
    assert run(*common, "-C", "moved", "--dry-run", cwd=elsewhere, env=stored.env).exit_code == 0
    assert (moved / "gen").exists()
    back = run(*common, "-C", "moved", cwd=elsewhere, env=stored.env)
    assert (back.exit_code, back.stderr) == (0, "codex-py: rewound; codex-py sessions rewind ID --undo takes it back\n")
    assert {name: (moved / name).read_text() for name in CALC} == CALC
    assert not (moved / "gen").exists()
    moved.rename(stored.folder)


def test_another_folder_than_that_of_the_session_is_refused(stored: Stored) -> None:
    other = stored.folder.with_name("other")
    other.mkdir()
    done = stored.rewind("--to", "1", "--what", "both", "-C", str(other))
    assert (done.exit_code, "is still there" in done.stderr) == (1, True)
    assert stored.rewind("--to", "1", "--what", "both", "--dry-run", "-C", ".").exit_code == 0


def test_a_pipe_that_a_command_made_stays_and_blocks_nothing(tmp_path: Path) -> None:
    folder = git_repository(tmp_path / "calc")
    lines = "mkfifo pipe; mkdir gen; mkfifo gen/pipe; echo hi > gen/made.txt; mv calc.py old.py; mkfifo calc.py"
    with ThreadedModelServer(turn(lines)) as server:
        env = environment(tmp_path, server.environment())
        done = run("exec", "--json", "-m", "openai/scripted", "--full-auto", "make pipes", cwd=folder, env=env)
    made = Stored(folder, env, done.lines()[0]["thread_id"])
    assert (folder / "calc.py").is_fifo()
    back = made.rewind("--to", "1", "--what", "files")
    assert (back.exit_code, back.stdout.splitlines()) == (
        0,
        [
            "change   calc.py",
            "keep     gen  (it holds what stays)",
            "delete   gen/made.txt",
            "keep     gen/pipe  (a pipe, a socket or a device, and may be in use)",
            "delete   old.py",
            "keep     pipe  (a pipe, a socket or a device, and may be in use)",
        ],
    )
    assert (folder / "calc.py").read_text() == CALC["calc.py"]
    assert (folder / "pipe").is_fifo()


def test_conflicts_block_until_they_are_decided(stored: Stored) -> None:
    (stored.folder / "calc.py").write_text("mine\n")
    (stored.folder / "notes.md").write_text("mine\n")
    blocked = stored.rewind("--to", "1", "--what", "both", "--json")
    told = json.loads(blocked.stdout)
    assert (blocked.exit_code, told["done"]) == (1, False)
    assert set(told["conflicts"]) == {"calc.py", "notes.md"}
    assert "calc.py" in told["problem"]
    assert not (stored.folder / "test_calc.py").exists()
    assert len(stored.turns()) == 2
    text = stored.rewind("--to", "1", "--what", "files")
    assert (text.exit_code, "conflict calc.py" in text.stdout, "--force" in text.stderr) == (1, True, True)

    done = stored.rewind_json("--to", "1", "--what", "files", "--restore", "calc.py", "--keep", "notes.md")
    assert done["done"]
    assert (stored.folder / "calc.py").read_text() == CALC["calc.py"]
    assert (stored.folder / "notes.md").read_text() == "mine\n"
    assert (stored.folder / "test_calc.py").exists()


def test_force_restores_what_somebody_else_changed(stored: Stored) -> None:
    (stored.folder / "calc.py").write_text("mine\n")
    assert stored.rewind("--to", "1", "--what", "files", "--force").exit_code == 0
    assert (stored.folder / "calc.py").read_text() == CALC["calc.py"]
    assert stored.rewind("--undo").exit_code == 0
    assert (stored.folder / "calc.py").read_text() == "mine\n"


WRONG = (
    ((), 2, "needs --to TURN"),
    (("--to", "1"), 2, "needs --what"),
    (("--to", "1", "--undo"), 2, "needs --to TURN, or --undo alone"),
    (("--to", "1", "--what", "all"), 2, "--what cannot be 'all'"),
    (("--to", "3", "--what", "both"), 1, "there is no turn 3"),
    (("--to", "nobody", "--what", "both"), 1, "there is no turn nobody"),
    (("--undo",), 1, "there is no rewind to take back"),
    (("--to", "1", "--what", "files", "--keep", "nothing.txt"), 1, "--keep nothing.txt: nothing would be done"),
)


def test_what_is_wrong_is_said_and_nothing_is_done(stored: Stored) -> None:
    for arguments, exit_code, said in WRONG:
        done = stored.rewind(*arguments)
        assert (done.exit_code, done.stdout) == (exit_code, ""), arguments
        assert said in done.stderr
    assert len(stored.turns()) == 2


def test_killed_in_the_middle_it_can_be_done_again(stored: Stored) -> None:
    # Many files, so that there is a middle.
    many = 300
    script = turn(f"for n in $(seq {many}); do echo $n > gen/$n.txt; done")
    with ThreadedModelServer(script) as server:
        env = environment(stored.folder.parent, server.environment())
        common = ("-m", "openai/scripted", "--full-auto")
        assert run("exec", "resume", "--last", *common, "many", cwd=stored.folder, env=env).exit_code == 0
    arguments = [COMMAND, "sessions", "rewind", stored.id, "--to", "3", "--what", "both"]
    gen = stored.folder / "gen"
    for _ in range(3):
        process = subprocess.Popen(arguments, cwd=stored.folder, env=stored.env, stderr=subprocess.DEVNULL)
        before, deadline = len(list(gen.iterdir())), time.monotonic() + 30
        while process.poll() is None and len(list(gen.iterdir())) >= before and time.monotonic() < deadline:
            pass
        process.kill()
        process.wait()
    done = stored.rewind_json("--to", "3", "--what", "both") if len(stored.turns()) == 3 else None
    assert done is None or done["done"], done
    assert [path.name for path in gen.iterdir()] == ["made.txt"]
    assert [turn["prompt"] for turn in stored.turns()] == ["rename it", "clear up"]


def test_the_key_of_the_config_switches_checkpoints_off_and_a_project_cannot(tmp_path: Path) -> None:
    folder = tmp_path / "calc"
    git_repository(folder)
    with ThreadedModelServer((*turn("echo hi > new.txt"), *turn("echo ho > new.txt"))) as server:
        env = environment(tmp_path, server.environment())
        common = ("--json", "-m", "openai/scripted", "--full-auto")
        done = run("exec", *common, "-c", "checkpoints=false", "go", cwd=folder, env=env)
        assert done.exit_code == 0, done.stderr
        assert not (tmp_path / "codex-py/checkpoints").exists()
        off = Stored(folder, env, done.lines()[0]["thread_id"])
        refused = off.rewind("--to", "1", "--what", "files")
        assert (refused.exit_code, "not recorded" in refused.stderr) == (1, True)
        assert off.rewind("--to", "1", "--what", "conversation").exit_code == 0

        (folder / ".codex-py").mkdir()
        (folder / ".codex-py/config.toml").write_text("checkpoints = false\n")
        trusted = run("exec", *common, "--trust", "go", cwd=folder, env=env)
        assert trusted.exit_code == 2
        assert "a project cannot set checkpoints" in trusted.stderr


def test_no_checkpoints_are_taken_of_the_home_folder_and_that_is_said(tmp_path: Path) -> None:
    with ThreadedModelServer(turn("echo hi > new.txt")) as server:
        env = environment(tmp_path, server.environment())
        done = run("exec", "-m", "openai/scripted", "--full-auto", "go", cwd=tmp_path, env=env)
        assert done.exit_code == 0, done.stderr
    assert "this is your home folder" in done.stderr
    assert not (tmp_path / "codex-py/checkpoints").exists()


@pytest.mark.parametrize("has_checkpoints_of_its_own", [False, True])
def test_files_go_back_also_after_the_folder_has_moved(stored: Stored, has_checkpoints_of_its_own: bool) -> None:
    moved = stored.folder.with_name("moved")
    with ThreadedModelServer(
        (*turn("echo first > other.txt") * has_checkpoints_of_its_own, *turn("echo hi > more.txt"))
    ) as server:
        env = environment(stored.folder.parent, server.environment())
        common = ("-m", "openai/scripted", "--full-auto")
        if has_checkpoints_of_its_own:
            moved.mkdir()
            assert run("exec", *common, "something else", cwd=moved, env=env).exit_code == 0
            shutil.rmtree(moved)
        stored.folder.rename(moved)
        done = run("exec", "resume", stored.id, "-C", str(moved), *common, "go on", cwd=moved, env=env)
        assert done.exit_code == 0, done.stderr
    told = run("sessions", "rewind", stored.id, "--to", "1", "--what", "both", "--json", cwd=moved, env=env)
    assert told.exit_code == 0, told.stderr
    assert {name: (moved / name).read_text() for name in CALC} == CALC
    assert not (moved / "more.txt").exists()
    assert not (moved / "gen").exists()
    assert run("sessions", "rewind", stored.id, "--undo", cwd=moved, env=env).exit_code == 0
    assert (moved / "more.txt").exists()
    moved.rename(stored.folder)
