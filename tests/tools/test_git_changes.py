from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
import time
from itertools import count
from pathlib import Path

import pytest

from codex_core.protocol import FileDiff, SandboxPolicy, WorkspaceChanges
from codex_tools.git_changes import GitChanges

pytestmark = pytest.mark.skipif(shutil.which("git") is None, reason="there is no git")

NEUTRAL = {
    "PATH": os.environ["PATH"],
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_AUTHOR_NAME": "Ada",
    "GIT_AUTHOR_EMAIL": "ada@example.org",
    "GIT_COMMITTER_NAME": "Ada",
    "GIT_COMMITTER_EMAIL": "ada@example.org",
}


class Repository:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir()
        self.git("init", "-q", "-b", "main")

    def git(self, *arguments: str) -> str:
        done = subprocess.run(("git", *arguments), cwd=self.folder, env=NEUTRAL, capture_output=True, check=True)
        return done.stdout.decode().strip()

    def write(self, name: str, text: str | bytes) -> Path:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode() if isinstance(text, str) else text)
        return path

    def commit(self) -> str:
        self.git("add", "-A")
        self.git("commit", "-q", "-m", "state")
        return self.git("rev-parse", "HEAD")

    async def changes(self, folder: Path | None = None, context_lines: int = 3) -> WorkspaceChanges:
        workspace = (folder or self.folder).resolve()
        policy = SandboxPolicy(mode="workspace-write", workspace=workspace)
        return await GitChanges(workspace, lambda: policy)(context_lines)

    async def files(self) -> dict[str, FileDiff]:
        changes = await self.changes()
        assert changes.problem == ""
        return {file.path: file for file in changes.diff.files}


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    return Repository(tmp_path / "project")


async def test_it_tells_every_kind_of_change_since_the_commit(repository: Repository) -> None:
    repository.write("kept.txt", "same\n")
    repository.write("changed.txt", "one\ntwo\nthree\n")
    repository.write("staged.txt", "one\n")
    repository.write("gone.txt", "bye\n")
    repository.write("tool.sh", "#!/bin/sh\n").chmod(0o644)
    repository.write("image.bin", b"\0\1\2")
    (repository.folder / "link").symlink_to("kept.txt")
    head = repository.commit()
    repository.write("changed.txt", "one\n2\nthree\n")
    repository.write("staged.txt", "1\n")
    repository.git("add", "staged.txt")
    (repository.folder / "gone.txt").unlink()
    (repository.folder / "tool.sh").chmod(0o755)
    repository.write("image.bin", b"\0\1\3")
    (repository.folder / "link").unlink()
    (repository.folder / "link").symlink_to("changed.txt")
    repository.write('new/file with "quotes" and ünicode.txt', "hello\n")
    repository.write(".gitignore", "*.log\n")
    repository.write("noise.log", "ignored\n")

    changes = await repository.changes()
    assert changes.base == head
    files = {file.path: file for file in changes.diff.files}
    new = 'new/file with "quotes" and ünicode.txt'
    assert sorted(files) == sorted(
        [".gitignore", "changed.txt", "gone.txt", "image.bin", "link", new, "staged.txt", "tool.sh"]
    )
    assert files["changed.txt"].unified == "@@ -1,3 +1,3 @@\n one\n-two\n+2\n three\n"
    assert files["staged.txt"].unified == "@@ -1 +1 @@\n-one\n+1\n"
    assert (files["gone.txt"].kind, files["gone.txt"].removed) == ("delete", 1)
    assert (files[new].kind, files[new].added, files[new].new_mode) == ("add", 1, "100644")
    assert (files["tool.sh"].old_mode, files["tool.sh"].new_mode, files["tool.sh"].unified) == ("100644", "100755", "")
    assert files["image.bin"].is_binary
    assert (files["link"].old_mode, files["link"].new_mode) == ("120000", "120000")
    assert "-kept.txt" in files["link"].unified
    assert "+changed.txt" in files["link"].unified


async def test_a_moved_file_is_one_change_also_if_git_was_not_told(repository: Repository) -> None:
    text = "".join(f"line {number}\n" for number in range(20))
    repository.write("a.txt", text)
    repository.write("b.txt", text.upper())
    repository.commit()
    (repository.folder / "a.txt").rename(repository.folder / "c.txt")
    repository.git("mv", "b.txt", "d.txt")
    repository.write("d.txt", text.upper().replace("LINE 7\n", "line seven\n"))
    files = await repository.files()
    assert {path: file.old_path for path, file in files.items()} == {"c.txt": "a.txt", "d.txt": "b.txt"}
    assert files["c.txt"].unified == ""
    assert (files["d.txt"].added, files["d.txt"].removed) == (1, 1)


async def test_before_the_first_commit_all_is_new(repository: Repository) -> None:
    repository.write("a.txt", "a\n")
    repository.git("add", "a.txt")
    repository.write("b.txt", "b\n")
    changes = await repository.changes()
    assert changes.base == ""
    assert [(file.path, file.kind) for file in changes.diff.files] == [("a.txt", "add"), ("b.txt", "add")]


async def test_a_folder_inside_a_repository_sees_what_is_in_it(repository: Repository) -> None:
    repository.write("outside.txt", "a\n")
    repository.write("part/inside.txt", "a\n")
    repository.commit()
    repository.write("outside.txt", "b\n")
    repository.write("part/inside.txt", "b\n")
    repository.write("part/new.txt", "b\n")
    changes = await repository.changes(repository.folder / "part")
    assert [file.path for file in changes.diff.files] == ["inside.txt", "new.txt"]


async def test_a_worktree_is_compared_with_its_own_commit(repository: Repository, tmp_path: Path) -> None:
    repository.write("a.txt", "a\n")
    repository.commit()
    repository.git("worktree", "add", "-q", str(tmp_path / "tree"), "-b", "other")
    (tmp_path / "tree" / "a.txt").write_text("b\n")
    changes = await repository.changes(tmp_path / "tree")
    assert changes.problem == ""
    assert [file.path for file in changes.diff.files] == ["a.txt"]
    assert not (await repository.changes()).diff.files


async def test_a_change_in_the_second_of_the_commit_that_keeps_the_size_is_seen(repository: Repository) -> None:
    file = repository.folder / "a.txt"
    for number in count():
        repository.write("a.txt", f"a{number}\n")
        committed = int(file.stat().st_mtime)
        repository.commit()
        repository.write("a.txt", f"b{number}\n")
        if int(file.stat().st_mtime) == committed:
            break
    await asyncio.sleep(committed + 1 - time.time())

    assert list(await repository.files()) == ["a.txt"]


@pytest.mark.parametrize("form", ["sha256", "packed", "split-index"])
async def test_other_forms_of_a_repository_are_read(tmp_path: Path, form: str) -> None:
    repository = Repository(tmp_path / "project")
    if form == "sha256":
        shutil.rmtree(repository.folder / ".git")
        repository.git("init", "-q", "--object-format=sha256")
    repository.write("a.txt", "a\n")
    repository.write("b.txt", "b\n")
    repository.commit()
    if form == "packed":
        repository.git("gc", "-q")
        repository.git("pack-refs", "--all")
    if form == "split-index":
        repository.git("update-index", "--split-index")
    repository.write("a.txt", "b\n")
    assert list(await repository.files()) == ["a.txt"]


async def test_without_a_repository_it_says_so(tmp_path: Path) -> None:
    policy = SandboxPolicy(mode="workspace-write", workspace=tmp_path)
    changes = await GitChanges(tmp_path, lambda: policy)(3)
    assert changes.problem == "This folder is in no git repository."
    assert changes.diff.files == ()


async def test_more_context_is_given_where_it_is_asked_for(repository: Repository) -> None:
    repository.write("a.txt", "".join(f"{number}\n" for number in range(30)))
    repository.commit()
    repository.write("a.txt", "".join(f"{number}\n" for number in range(29)) + "end\n")
    for context_lines in (0, 3, 10, 1_000):
        (file,) = (await repository.changes(context_lines=context_lines)).diff.files
        assert file.unified.count("\n ") == min(29, context_lines)


async def test_what_the_policy_hides_and_what_is_too_long_is_not_shown(repository: Repository) -> None:
    repository.write("a.txt", "a\n")
    repository.write("secret/key", "a\n")
    repository.commit()
    repository.write("secret/key", "b\n")
    repository.write("long.txt", "x\n" * (3 << 20))
    policy = SandboxPolicy(
        mode="workspace-write", workspace=repository.folder, hidden_paths=(repository.folder / "secret",)
    )
    changes = await GitChanges(repository.folder, lambda: policy)(3)
    assert [(file.path, file.unified) for file in changes.diff.files] == [("long.txt", "")]
    assert changes.remarks == ("Too long to be compared line by line, or not to be read: long.txt.",)


async def test_nothing_that_a_repository_configures_is_run(repository: Repository, tmp_path: Path) -> None:
    proof = tmp_path / "proof"
    repository.write("a.txt", "a\n")
    repository.write("b.txt", "b\n")
    repository.write(".gitattributes", "*.txt filter=evil diff=evil\n")
    repository.commit()
    program = repository.write("evil.sh", f"#!/bin/sh\necho ran >> {proof}\ncat\n")
    program.chmod(0o755)
    for key in (
        "core.fsmonitor",
        "core.sshCommand",
        "core.pager",
        "core.alternateRefsCommand",
        "diff.external",
        "filter.evil.clean",
        "filter.evil.smudge",
        "filter.evil.process",
        "diff.evil.textconv",
        "diff.evil.command",
        "credential.helper",
    ):
        repository.git("config", key, str(program))
    repository.git("config", "core.hooksPath", str(repository.folder / "hooks"))
    repository.write("hooks/post-index-change", f"#!/bin/sh\necho ran >> {proof}\n").chmod(0o755)
    # An object that is missing is fetched from a remote whose address is a command.
    repository.git("config", "core.repositoryformatversion", "1")
    repository.git("config", "extensions.partialClone", "origin")
    repository.git("config", "remote.origin.url", f"ext::{program}")
    repository.git("config", "protocol.ext.allow", "always")
    blob = repository.git("rev-parse", "HEAD:b.txt")
    (repository.folder / ".git/objects" / blob[:2] / blob[2:]).unlink()
    # A repository inside of it, and a submodule, with the same.
    nested = repository.folder / "nested"
    shutil.copytree(repository.folder / ".git", nested / ".git")
    repository.write("a.txt", "changed\n")
    repository.write("b.txt", "changed\n")
    subprocess.run(("git", "status"), cwd=repository.folder, env=NEUTRAL, capture_output=True, check=False)
    assert proof.exists()  # it has teeth
    proof.unlink()

    files = await repository.files()
    assert {"a.txt", "b.txt", "evil.sh"} <= files.keys()
    assert not proof.exists()


async def test_the_repository_is_left_as_it_is(repository: Repository) -> None:
    repository.write("a.txt", "a\n")
    repository.commit()
    os.utime(repository.folder / "a.txt", (1, 1))  # git would like to refresh its index

    def state() -> dict[str, tuple[int, bytes]]:
        paths = (path for path in (repository.folder / ".git").rglob("*") if path.is_file())
        return {str(path): (path.stat().st_mtime_ns, path.read_bytes()) for path in paths}

    before = state()
    assert (await repository.changes()).diff.files == ()
    assert state() == before
