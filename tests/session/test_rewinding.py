from __future__ import annotations

import contextlib
import json
import os
import stat
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from codex_core.llm.provider import ModelCall
from codex_core.protocol import (
    CompactionItem,
    Completed,
    HistoryCut,
    HistoryReplayed,
    Item,
    ItemCompleted,
    ListTurns,
    NoticeItem,
    Pause,
    Paused,
    PreviewRewind,
    Rewind,
    RewindItem,
    RewindPreview,
    RewindPreviewed,
    RewindRefused,
    RewindWhat,
    Rewound,
    SubmitPrompt,
    TextPart,
    TurnsListed,
    UserItem,
    new_id,
)
from codex_core.session.session import Session
from codex_core.session.store import SessionStore
from codex_tools.sandbox.runner import open_sandbox
from tests.support.scripted_provider import Says, ScriptedProvider
from tests.support.sessions import Watcher, real_tools, running_session, stored_items

FileTree = dict[str, tuple[str, object]]


def shell(line: str) -> ModelCall:
    return ModelCall(call_id=new_id("call"), name="shell", arguments=json.dumps({"command": line}))


def write(path: str, text: str) -> ModelCall:
    return ModelCall(call_id=new_id("call"), name="write_file", arguments=json.dumps({"path": path, "content": text}))


def turns(*calls: Sequence[ModelCall]) -> ScriptedProvider:
    """A model that makes these calls in each turn, then says that it is done."""
    script: list[Any] = []
    for each in calls:
        script += [Says(calls=tuple(each))] if each else []
        script.append(Says(text="done"))
    return ScriptedProvider(script)


@dataclass(slots=True)
class Bench:
    session: Session
    watcher: Watcher
    provider: ScriptedProvider
    workspace: Path

    async def ask(self, text: str) -> None:
        assert await self.watcher.ask(text) == Completed()

    async def list(self) -> TurnsListed:
        await self.session.submit(ListTurns())
        return await self.watcher.next(TurnsListed)

    async def preview(self, to: str, what: RewindWhat = "both") -> RewindPreview:
        await self.session.submit(PreviewRewind(to=to, what=what))
        return (await self.watcher.next(RewindPreviewed)).preview

    async def rewind(
        self, to: str, what: RewindWhat = "both", *, restore: tuple[str, ...] = (), keep: tuple[str, ...] = ()
    ) -> Rewound:
        await self.session.submit(Rewind(to=to, what=what, restore=restore, keep=keep))
        return await self.watcher.next(Rewound)

    def tree(self) -> FileTree:
        """All that is there: kind, and content with permission bits, or where a link leads."""
        found: FileTree = {}
        for path in sorted(self.workspace.rglob("*")):
            name = str(path.relative_to(self.workspace))
            if path.is_symlink():
                found[name] = ("link", str(path.readlink()))
            elif path.is_dir():
                found[name] = ("folder", stat.S_IMODE(path.stat().st_mode))
            else:
                found[name] = ("file", (path.read_bytes(), stat.S_IMODE(path.stat().st_mode)))
        return found


@contextlib.asynccontextmanager
async def bench(tmp_path: Path, provider: ScriptedProvider, resume: str | None = None) -> AsyncGenerator[Bench]:
    sandbox = await open_sandbox(state_dir=tmp_path / "state")
    try:
        async with running_session(
            tmp_path,
            provider,
            real_tools(tmp_path),
            sandbox=sandbox,
            with_checkpoints=True,
            resume=resume,
            mode=("workspace-write", "on-request"),
        ) as (session, watcher):
            yield Bench(session, watcher, provider, tmp_path / "workspace")
    finally:
        await sandbox.close()


def a_project(folder: Path) -> None:
    (folder / "src").mkdir(parents=True)
    (folder / "src/clock.py").write_text("now = 1\n")
    (folder / "src/deep/er").mkdir(parents=True)
    (folder / "src/deep/er/x.txt").write_text("x\n")
    (folder / "blob.bin").write_bytes(bytes(range(256)) * 8)
    (folder / "run.sh").write_text("#!/bin/sh\n")
    (folder / "run.sh").chmod(0o755)
    (folder / "link").symlink_to("src/clock.py")


CHANGES = (
    [write("src/clock.py", "now = 2\n"), shell("sed -i s/now/then/ src/clock.py")],
    [shell("mv src/deep moved && echo y > moved/er/y.txt")],
    [shell("rm -rf moved && printf '\\000\\001\\377' > blob.bin")],
    [shell("chmod 600 run.sh && ln -sfn run.sh link && mkdir -p new/empty && ln -s nowhere new/dangling")],
    [write("new/file.txt", "untracked\n"), shell("rm src/clock.py; mkdir src/clock.py")],
)


@pytest.mark.parametrize("to", range(len(CHANGES)))
async def test_going_back_to_any_turn_gives_exactly_the_files_of_that_moment(tmp_path: Path, to: int) -> None:
    a_project(tmp_path / "workspace")
    async with bench(tmp_path, turns(*CHANGES)) as it:
        moments: list[FileTree] = []
        for number in range(len(CHANGES)):
            moments.append(it.tree())
            await it.ask(f"turn {number}")
        end = it.tree()

        done = await it.rewind((await it.list()).turns[to].id, "files")
        assert it.tree() == moments[to]
        assert not done.failed

        await it.rewind(done.item.id)
        assert it.tree() == end


async def test_the_list_has_each_turn_with_what_commands_changed(tmp_path: Path) -> None:
    a_project(tmp_path / "workspace")
    async with bench(tmp_path, turns(*CHANGES[:3], [])) as it:
        for prompt in ("edit", "move", "remove", "nothing"):
            await it.ask(prompt)
        listed = await it.list()
    assert [turn.prompt for turn in listed.turns] == ["edit", "move", "remove", "nothing"]
    files = [{file.path: file.kind for file in turn.files} for turn in listed.turns]
    assert files[0] == {"src/clock.py": "update"}
    assert {"moved/er/x.txt", "moved/er/y.txt"} <= {path for path, kind in files[1].items() if kind == "add"}
    assert files[1]["src/deep/er/x.txt"] == "delete"
    assert files[2]["blob.bin"] == "update"
    assert files[3] == {}


async def test_the_users_own_edits_are_conflicts_and_survive(tmp_path: Path) -> None:
    a_project(tmp_path / "workspace")
    script = turns([write("src/clock.py", "agent\n"), write("a.txt", "agent\n")], [write("b.txt", "agent\n")], [])
    async with bench(tmp_path, script) as it:
        await it.ask("one")
        (it.workspace / "run.sh").write_text("mine, between two turns\n")
        await it.ask("two")
        (it.workspace / "src/clock.py").write_text("mine, after the last\n")
        (it.workspace / "notes.md").write_text("mine, new\n")
        first = (await it.list()).turns[0].id

        preview = await it.preview(first, "files")
        assert {file.path for file in preview.conflicts} == {"run.sh", "src/clock.py", "notes.md"}
        assert {file.path for file in preview.files if file.verdict == "restore"} == {"a.txt", "b.txt"}

        done = await it.rewind(first, "files", restore=("src/clock.py",), keep=("b.txt",))
        assert (done.item.restored, done.item.kept) == (2, 3)
        assert not (it.workspace / "a.txt").exists()
        assert (it.workspace / "b.txt").read_text() == "agent\n"
        assert (it.workspace / "src/clock.py").read_text() == "now = 1\n"
        assert (it.workspace / "run.sh").read_text() == "mine, between two turns\n"
        assert (it.workspace / "notes.md").read_text() == "mine, new\n"


async def test_what_changes_after_the_preview_is_left_alone(tmp_path: Path) -> None:
    a_project(tmp_path / "workspace")
    async with bench(tmp_path, turns([write("a.txt", "agent\n"), write("b.txt", "agent\n")])) as it:
        await it.ask("one")
        first = (await it.list()).turns[0].id
        await it.preview(first, "files")
        (it.workspace / "a.txt").write_text("mine\n")
        done = await it.rewind(first, "files")
        assert [failure.path for failure in done.failed] == ["a.txt"]
        assert (it.workspace / "a.txt").read_text() == "mine\n"
        assert not (it.workspace / "b.txt").exists()


def said(items: Sequence[Item]) -> list[str]:
    return [
        part.text
        for item in items
        if isinstance(item, UserItem) and item.origin == "prompt"
        for part in item.parts
        if isinstance(part, TextPart)
    ]


async def test_what_was_rewound_does_not_count_for_the_model_and_counts_again_when_taken_back(tmp_path: Path) -> None:
    async with bench(tmp_path, turns([write("a.txt", "1\n")], [write("a.txt", "2\n")], [], [], [])) as it:
        await it.ask("one")
        await it.ask("two")
        listed = await it.list()
        done = await it.rewind(listed.turns[1].id)
        assert done.prompt == "two"
        assert (it.workspace / "a.txt").read_text() == "1\n"

        await it.ask("other")
        sent = json.dumps(it.provider.requests[-1].messages)
        assert '"one"' in sent
        assert '"other"' in sent
        assert '"two"' not in sent

        listed = await it.list()
        assert [turn.prompt for turn in listed.turns] == ["one", "other"]
        assert listed.undoable == done.item
        back = await it.rewind(done.item.id)
        assert back.item.undoes == done.item.id
        assert back.prompt == ""
        assert (it.workspace / "a.txt").read_text() == "2\n"
        assert [turn.prompt for turn in (await it.list()).turns] == ["one", "two"]

        await it.ask("three")
        sent = json.dumps(it.provider.requests[-1].messages)
        assert '"two"' in sent
        assert '"three"' in sent
        assert '"other"' not in sent


async def test_the_model_is_told_when_only_files_went_back(tmp_path: Path) -> None:
    async with bench(tmp_path, turns([write("a.txt", "1\n")], [])) as it:
        await it.ask("one")
        await it.rewind((await it.list()).turns[0].id, "files")
        await it.ask("two")
        assert "put files back" in json.dumps(it.provider.requests[-1].messages)
        assert "- a.txt" in json.dumps(it.provider.requests[-1].messages).replace("\\n", "\n")


async def test_only_the_conversation_goes_back_if_that_was_wished(tmp_path: Path) -> None:
    async with bench(tmp_path, turns([write("a.txt", "1\n")])) as it:
        await it.ask("one")
        await it.rewind((await it.list()).turns[0].id, "conversation")
        assert (it.workspace / "a.txt").read_text() == "1\n"
        assert said(await it.session.earlier(None, 100)) == []


@pytest.mark.parametrize("what", ["conversation", "both"])
async def test_a_resumed_session_has_what_the_live_one_had_after_a_rewind(tmp_path: Path, what: RewindWhat) -> None:
    async with bench(tmp_path, turns([write("a.txt", "1\n")], [write("a.txt", "2\n")], [])) as it:
        await it.ask("one")
        await it.ask("two")
        await it.rewind((await it.list()).turns[1].id, what)
        seen = it.watcher.seen
        cut = max(at for at, event in enumerate(seen) if isinstance(event, HistoryCut))
        live = [event.item for event in seen[cut:] if isinstance(event, ItemCompleted)]
        session_id = it.session.session_id
    async with bench(tmp_path, turns([]), resume=session_id) as again:
        await again.watcher.next(HistoryReplayed)
        resumed = [event.item for event in again.watcher.seen if isinstance(event, ItemCompleted)]
        assert resumed == live
        assert [turn.prompt for turn in (await again.list()).turns] == ["one"]
        rewind = next(item for item in resumed if isinstance(item, RewindItem))
        await again.rewind(rewind.id)
        assert [turn.prompt for turn in (await again.list()).turns] == ["one", "two"]
        assert (again.workspace / "a.txt").read_text() == "2\n"


async def test_a_compaction_counts_or_not_with_the_turns_around_it(tmp_path: Path) -> None:
    async with bench(tmp_path, turns(*[[]] * 6)) as it:
        for prompt in ("one", "two"):
            await it.ask(prompt)
        items = await it.session.earlier(None, 100)
        two = next(item for item in items if isinstance(item, UserItem) and said([item]) == ["two"])
        session_id = it.session.session_id
    async with SessionStore.open(tmp_path / "sessions.db") as store:
        journal = await store.open_session(session_id)
        await journal.append(CompactionItem(id="compaction", at=1.0, summary="in short", kept_from=two.id))
        await journal.close()
    async with bench(tmp_path, turns(*[[]] * 6), resume=session_id) as it:
        await it.ask("three")
        await it.ask("four")
        listed = await it.list()
        await it.rewind(listed.turns[3].id)  # after it: the summary and what it kept still count
        await it.ask("five")
        sent = json.dumps(it.provider.requests[-1].messages)
        assert all(text in sent for text in ("in short", '"two"', '"three"', '"five"'))
        assert '"one"' not in sent
        assert '"four"' not in sent
        done = await it.rewind(listed.turns[1].id)  # before it: all is sent as it was said
        await it.ask("six")
        sent = json.dumps(it.provider.requests[-1].messages)
        assert '"one"' in sent
        assert '"six"' in sent
        assert "in short" not in sent
        assert '"two"' not in sent
        await it.rewind(done.item.id)
        await it.ask("seven")
        sent = json.dumps(it.provider.requests[-1].messages)
        assert all(text in sent for text in ("in short", '"two"', '"five"', '"seven"'))
        assert '"six"' not in sent


async def test_while_a_turn_works_nothing_is_rewound_and_a_paused_one_is_stopped_first(tmp_path: Path) -> None:
    script = turns([write("a.txt", "1\n")], [shell("read x < gate"), write("b.txt", "1\n")])
    async with bench(tmp_path, script) as it:
        await it.ask("one")
        first = (await it.list()).turns[0].id
        os.mkfifo(it.workspace / "gate")
        await it.session.submit(SubmitPrompt(parts=(TextPart(text="two"),)))
        await it.watcher.until(lambda: len(it.provider.requests) == 3)
        await it.session.submit(Rewind(to=first, what="both"))
        assert "at work" in (await it.watcher.next(RewindRefused)).reason
        await it.session.submit(Pause())
        fd = os.open(it.workspace / "gate", os.O_RDWR)
        os.write(fd, b"go\n")
        await it.watcher.next(Paused)
        os.close(fd)
        done = await it.rewind(first)
        assert done.prompt == "one"
        assert not (it.workspace / "a.txt").exists()
        assert not (it.workspace / "b.txt").exists()


async def test_a_store_that_cannot_be_written_is_told_once_and_stops_nothing(tmp_path: Path) -> None:
    (tmp_path / "checkpoints").write_text("no folder\n")
    async with bench(tmp_path, turns([write("a.txt", "1\n")], [write("a.txt", "2\n")])) as it:
        await it.ask("one")
        await it.ask("two")
        warnings = [notice.text for notice in it.watcher.completed(NoticeItem) if "not recorded" in notice.text]
        assert len(warnings) == 1
        assert (it.workspace / "a.txt").read_text() == "2\n"
        listed = await it.list()
        assert [[file.path for file in turn.files] for turn in listed.turns] == [["a.txt"], ["a.txt"]]
        await it.session.submit(PreviewRewind(to=listed.turns[0].id, what="files"))
        assert "not recorded" in (await it.watcher.next(RewindPreviewed)).preview.problem


async def test_what_is_not_covered_is_told_once(tmp_path: Path) -> None:
    (tmp_path / "workspace").mkdir()
    with (tmp_path / "workspace/big.bin").open("wb") as file:
        file.truncate(20 << 20)
    async with bench(tmp_path, turns([write("a.txt", "1\n")], [write("a.txt", "2\n")])) as it:
        await it.ask("one")
        await it.ask("two")
        assert sum("big.bin" in notice.text for notice in it.watcher.completed(NoticeItem)) == 1


async def test_a_branch_has_the_rewinds_and_the_checkpoints_of_its_origin(tmp_path: Path) -> None:
    async with bench(tmp_path, turns([write("a.txt", "1\n")], [write("a.txt", "2\n")])) as it:
        await it.ask("one")
        await it.ask("two")
        await it.rewind((await it.list()).turns[1].id)
        session_id = it.session.session_id
    async with SessionStore.open(tmp_path / "sessions.db") as store:
        branch = await store.fork(session_id)
        assert (await store.find(branch)).item_count == (await store.find(session_id)).item_count
    assert await stored_items(tmp_path, branch) == await stored_items(tmp_path, session_id)
    async with bench(tmp_path, turns([]), resume=branch) as it:
        listed = await it.list()
        assert listed.undoable is not None
        await it.rewind(listed.undoable.id)
        assert (it.workspace / "a.txt").read_text() == "2\n"
