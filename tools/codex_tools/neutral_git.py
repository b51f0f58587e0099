"""Asks git about a repository without the repository having a say in it.

A repository can make git run programs, by its configuration: hooks, filters, fsmonitor, text converters, diff
drivers, remotes that fetch what is missing. So git is not asked inside the repository: it gets an empty one of
ours, whose objects and index are those of the repository, and which configures nothing. It is confined to reading.
"""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import AsyncGenerator, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from codex_core.protocol import SandboxPolicy, ToolError
from codex_tools.beneath import open_folder, read_regular_at
from codex_tools.git_index import find_index
from codex_tools.reading_process import run_reading
from codex_tools.threads import run_to_end
from codex_tools.workspace import printable

LISTED_BYTES = 16 << 20
CONTENT_BYTES = 64 << 20
"""Of all files together."""
_INDEX_BYTES = 256 << 20
_EMPTY_TREE = "4b825dc642cb6eb9a060e54bf8d69288fbee4904"
_POINTER_BYTES = 4096
_SUBMODULE = "160000"


@dataclass(frozen=True, slots=True, kw_only=True)
class Repository:
    top: Path
    """The folder that it is about."""
    git: Path
    """Its own folder; in a worktree the one of that."""
    common: Path
    """Where the objects are."""

    @property
    def exclude_file(self) -> Path:
        return self.common / "info" / "exclude"

    @property
    def is_unreadable(self) -> bool:
        """Its branches are kept in a form that is read by newer releases of git only."""
        return (self.common / "reftable").is_dir()


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackedChange:
    """A tracked path that is not as it was in the commit."""

    path: str
    mode: str
    """What it was; `000000` if the commit does not have it."""
    object_id: str

    @property
    def is_new(self) -> bool:
        return self.mode == "000000"


def find_repository(folder: Path) -> Repository | None:
    """The repository around `folder`, which is resolved. Blocking."""
    found = find_index(folder)
    if found is None:
        return None
    top, index = found
    git = common = index.parent
    try:
        if not (git / "HEAD").is_file():
            return None
        if (git / "commondir").is_file():
            common = Path(os.path.realpath(git / _first_line(git / "commondir")))
    except (OSError, ValueError):
        return None
    return Repository(top=top, git=git, common=common)


def _first_line(path: Path) -> str:
    with path.open("rb") as file:
        return os.fsdecode(file.read(_POINTER_BYTES).partition(b"\n")[0].strip())


@dataclass(frozen=True, slots=True, kw_only=True)
class NeutralGit:
    """Use as `async with neutral_git(…) as git`."""

    program: str
    folder: Path
    """All paths are relative to it; what lies outside is left out."""
    policy: SandboxPolicy
    environment: Mapping[str, str]
    commit: str

    async def tracked_changes(self) -> list[TrackedChange]:
        """Also those that only look changed, by their times: no object is read, of which some may be missing.

        Raises:
            ToolError: git broke off, or there are too many.
        """
        what = ("--raw", "-z", "--no-abbrev", "--no-renames", "--ignore-submodules=all", "--relative")
        output = await self._run("diff-index", *what, self.commit or _EMPTY_TREE, "--", ".")
        found: list[TrackedChange] = []
        fields = iter(output.split(b"\0"))
        for head in fields:
            words = head.decode("ascii", "replace").removeprefix(":").split(" ")
            path = next(fields, None)
            if len(words) != 5 or path is None:
                break
            mode, _, object_id, _, status = words
            if mode != _SUBMODULE and not status.startswith("U"):  # unmerged ones come once more, as modified
                found.append(TrackedChange(path=os.fsdecode(path), mode=mode, object_id=object_id))
        return found

    async def contents(self, object_ids: Iterable[str]) -> dict[str, bytes]:
        """By their ids; without those that are missing, or beyond the limit."""
        wanted = "".join(f"{object_id}\n" for object_id in dict.fromkeys(object_ids))
        if not wanted:
            return {}
        output = await self._run("cat-file", "--batch", stdin=wanted.encode(), limit_bytes=CONTENT_BYTES, may_cut=True)
        return dict(_objects(output))

    async def untracked(self, exclude_files: Iterable[Path]) -> list[str]:
        """Files that git neither tracks nor ignores, repositories inside this one left out."""
        rules = ("--exclude-per-directory=.gitignore", *(f"--exclude-from={path}" for path in exclude_files))
        output = await self._run("ls-files", "-z", "--others", *rules, may_cut=True)
        return [os.fsdecode(path) for path in output.split(b"\0")[:-1] if not path.endswith(b"/")]

    async def _run(
        self, *arguments: str, stdin: bytes = b"", limit_bytes: int = LISTED_BYTES, may_cut: bool = False
    ) -> bytes:
        try:
            ended = await run_reading(
                (self.program, "--literal-pathspecs", *arguments),
                cwd=self.folder,
                policy=self.policy,
                limit_bytes=limit_bytes,
                stdin=stdin,
                env=self.environment,
            )
        except (OSError, ValueError) as error:
            raise ToolError(f"git cannot be started: {error}.") from error
        if ended.is_cut and not may_cut:
            raise ToolError("More files have changed than can be shown.")
        if ended.code != 0 and not ended.is_cut:
            said = printable(" ".join(ended.said.split())[:400])
            raise ToolError(f"git {arguments[0]} broke off: {said or f'exit code {ended.code}'}.")
        return ended.output


@contextlib.asynccontextmanager
async def neutral_git(
    program: str, repository: Repository, commit: str, folder: Path, policy: SandboxPolicy
) -> AsyncGenerator[NeutralGit]:
    """Let git be asked about the part of `repository` that lies in `folder`, beside `commit` (empty: none yet).

    Raises:
        ToolError: its index cannot be read.
    """
    with tempfile.TemporaryDirectory(prefix="codex-py-git-") as made:
        await run_to_end(lambda: _furnish(Path(made), repository, commit))
        environment = {
            "GIT_DIR": made,
            "GIT_WORK_TREE": str(repository.top),
            "GIT_OBJECT_DIRECTORY": str(repository.common / "objects"),
            "GIT_INDEX_FILE": f"{made}/index",
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_CONFIG_GLOBAL": os.devnull,
            "GIT_ATTR_NOSYSTEM": "1",
            "GIT_OPTIONAL_LOCKS": "0",
            "GIT_NO_REPLACE_OBJECTS": "1",
            "GIT_ALLOW_PROTOCOL": "none",
            "HOME": made,
        }
        yield NeutralGit(program=program, folder=folder, policy=policy, environment=environment, commit=commit)


def _furnish(made: Path, repository: Repository, commit: str) -> None:
    """A repository that refers to nothing but the commit, and configures nothing but how long ids are."""
    (made / "refs").mkdir()
    (made / "HEAD").write_text(f"{commit or 'ref: refs/heads/none'}\n")
    version = "repositoryformatversion = 1\n[extensions]\n\tobjectformat = sha256" if len(commit) == 64 else ""
    (made / "config").write_text(f"[core]\n\t{version or 'repositoryformatversion = 0'}\n")
    for name in ("index", *(each.name for each in repository.git.glob("sharedindex.*"))):
        _copy(repository.git, name, made / name)


def _copy(folder: Path, name: str, to: Path) -> None:
    try:
        with open_folder(Path(os.path.realpath(folder))) as folder_fd:
            read = read_regular_at(folder_fd, name, folder / name, _INDEX_BYTES)
            to.write_bytes(read.data)
            # A file that is no older than the index is compared by what is in it: its time may be that of two versions.
            os.utime(to, ns=(read.info.st_mtime_ns, read.info.st_mtime_ns))
    except FileNotFoundError:
        return  # nothing was ever added
    except OSError as error:
        raise ToolError(f"{printable(str(folder / name))} cannot be read: {error.strerror}.") from error


def _objects(output: bytes) -> Iterator[tuple[str, bytes]]:
    at = 0
    while (end := output.find(b"\n", at)) >= 0:
        words = output[at:end].decode("ascii", "replace").split(" ")
        at = end + 1
        if len(words) != 3:
            continue  # `ID missing`
        size = int(words[2])
        if len(output) < at + size:
            return  # cut off
        yield words[0], output[at : at + size]
        at += size + 1
