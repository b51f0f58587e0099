from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from codex_core.session.store import SessionStore
from tests.support.program import COMMAND, Finished, environment, run
from tests.support.scripted_journal import said
from tests.support.terminal import Terminal
from tests.support.workspace import git, git_repository


class Place:
    def __init__(self, folder: Path) -> None:
        self.home = folder
        self.folder = git_repository(folder / "project")

    def exec(self, *words: str, cwd: Path | None = None) -> Finished:
        flags = ("--demo", "--skip-git-repo-check")
        return run("exec", *words, *flags, cwd=cwd or self.home, env=environment(self.home))

    def begin(self) -> str:
        done = self.exec("--json", "hello there", cwd=self.folder)
        assert done.exit_code == 0
        return str(done.lines()[0]["thread_id"])

    def sessions(self) -> dict[str, dict[str, object]]:
        done = run("sessions", "list", "--all", "--json", cwd=self.home, env=environment(self.home))
        return {row["id"]: row for row in json.loads(done.stdout)}


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


def test_a_session_whose_folder_is_gone_says_so_and_goes_on_where_the_user_says(place: Place) -> None:
    session_id = place.begin()
    moved = place.home / "moved"
    shutil.move(place.folder, moved)
    gone = place.exec("resume", session_id, "and now?")
    assert (gone.exit_code, gone.stdout) == (1, "")
    assert f"the folder of session {session_id} is gone: {place.folder}" in gone.stderr
    assert "-C FOLDER" in gone.stderr
    there = place.exec("resume", session_id, "and now?", "-C", str(moved))
    assert there.exit_code == 0
    assert f"The folder of this session is gone: {place.folder}. It goes on in {moved}." in " ".join(
        there.stderr.split()
    )
    assert place.sessions()[session_id]["workspace"] == str(moved)
    assert place.exec("resume", session_id, "once more").exit_code == 0


@pytest.mark.parametrize("packed", [False, True])
def test_a_session_whose_folder_is_at_another_commit_says_so(place: Place, packed: bool) -> None:
    session_id = place.begin()
    before = git(place.folder, "rev-parse", "HEAD").strip()
    same = place.exec("resume", session_id, "and now?")
    assert "was at commit" not in same.stderr
    git(place.folder, "commit", "--quiet", "--allow-empty", "--message", "more")
    if packed:
        git(place.folder, "pack-refs", "--all")
    after = git(place.folder, "rev-parse", "HEAD").strip()
    other = place.exec("resume", session_id, "and now?")
    assert other.exit_code == 0
    assert f"was at commit {before[:10]} when this session was left; it is at commit {after[:10]} now" in " ".join(
        other.stderr.split()
    )
    again = place.exec("resume", session_id, "and now?")
    assert "was at commit" not in again.stderr


def test_the_commit_of_a_worktree_is_known(place: Place) -> None:
    tree = place.home / "tree"
    git(place.folder, "worktree", "add", "--quiet", str(tree))
    done = place.exec("--json", "hello there", cwd=tree)
    session_id = done.lines()[0]["thread_id"]
    git(tree, "commit", "--quiet", "--allow-empty", "--message", "more")
    assert "was at commit" in place.exec("resume", session_id, "and now?").stderr


def test_a_session_is_resumed_by_words_of_its_title(place: Place) -> None:
    session_id = place.begin()
    done = place.exec("--json", "resume", "THERE hello", "and now?")
    assert done.lines()[0]["thread_id"] == session_id
    nobody = place.exec("resume", "nobody there", "and now?")
    assert (nobody.exit_code, nobody.stderr) == (
        1,
        "codex-py: no session nobody there; see codex-py sessions list --all\n",
    )
    second = place.begin()
    both = place.exec("resume", "hello", "and now?")
    assert both.exit_code == 1
    assert f"{second} (hello there), {session_id} (hello there)" in both.stderr


async def test_a_branch_is_opened_on_the_screen_and_the_session_it_came_from_stays(place: Place) -> None:
    session_id = place.begin()
    async with SessionStore.open(place.home / "codex-py" / "sessions.db") as store:
        journal = await store.open_session(session_id)  # it belongs to somebody: a branch can be made all the same
        await journal.append(said("x", "the last words"))
        with Terminal([COMMAND, "fork", session_id], env=environment(place.home), cwd=place.folder) as terminal:
            terminal.wait_for("the last words")
    (branch,) = [row for row in place.sessions().values() if row["parent"] == session_id]
    assert branch["title"] == "hello there"
