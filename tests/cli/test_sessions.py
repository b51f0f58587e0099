from __future__ import annotations

import contextlib
import json
import re
import sqlite3
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from codex_core.protocol import (
    Answered,
    ApprovalItem,
    ApprovalRequest,
    Approve,
    Asked,
    CommandBlock,
    Completed,
    DiffBlock,
    Failed,
    FileDiff,
    FullAccessGiven,
    PauseItem,
    PlanBlock,
    PlanStep,
    RetryItem,
    TextPart,
    ToolCallItem,
    ToolResultItem,
    TurnEndItem,
    UserItem,
)
from codex_core.session.store import SessionStore
from tests.support.program import Finished, environment, run
from tests.support.scripted_journal import answered, said

HOSTILE = '<script>alert(1)</script> \x1b]52;c;AAAA\x07 \u202egnp.exe & "quotes" ``` </pre> \''
KEY = "sk-proj-0123456789abcdefghijklmnop"


def edited(
    number: int, path: str, kind: Any = "update", text: str = "-a\n+b\n+c"
) -> tuple[ToolCallItem, ToolResultItem]:
    call_id = f"c{number}"
    diff = FileDiff(path=path, kind=kind, added=2, removed=1, unified=f"@@ -1 +1,2 @@\n{text}")
    call = ToolCallItem(
        id=f"i{number}", at=10.0 * number, call_id=call_id, name="edit_file", arguments=json.dumps({"path": path})
    )
    result = ToolResultItem(
        id=f"r{number}", at=10.0 * number + 1, call_id=call_id, name="edit_file", status="ok", output="edited",
        display=(DiffBlock(files=(diff,)),), duration_s=0.01,
    )  # fmt: skip
    return call, result


def ran(number: int, command: str, output: str) -> tuple[ToolCallItem, ToolResultItem]:
    call_id = f"c{number}"
    call = ToolCallItem(
        id=f"i{number}", at=10.0 * number, call_id=call_id, name="shell", arguments=json.dumps({"command": command})
    )
    block = CommandBlock(command=command, output=output, exit_code=1)
    result = ToolResultItem(
        id=f"r{number}", at=10.0 * number + 1, call_id=call_id, name="shell", status="error", output=output,
        display=(block,), duration_s=2.0,
    )  # fmt: skip
    return call, result


def turn_end(number: int, outcome: Any) -> TurnEndItem:
    return TurnEndItem(id=f"turn_{number}", at=100.0 * number, outcome=outcome, duration_s=3.0)


PLAN = ToolResultItem(
    id="rp", at=60.0, call_id="cp", name="update_plan", status="ok", output="kept",
    display=(PlanBlock(steps=(PlanStep(text="look", status="completed"), PlanStep(text="fix", status="pending"))),),
)  # fmt: skip
ITEMS = (
    said("p1", "fix the flaky clock"),
    answered("a1", f"I will look. {HOSTILE}"),
    *edited(1, "src/clock.py"),
    *edited(2, "new.py", "add"),
    *ran(3, "pytest -q", f"1 failed: WombatError {HOSTILE}"),
    ToolCallItem(id="ip", at=59.0, call_id="cp", name="update_plan", arguments="{}"),
    PLAN,
    turn_end(1, Completed()),
    said("p2", HOSTILE),
    *edited(4, "new.py", "delete"),
    ApprovalItem(
        id="q4", at=70.0, call_id="c4", tool="edit_file", summary=f"Delete new.py {HOSTILE}", why="every edit is asked",
        answer="no", said=f"you said no: {HOSTILE}", duration_s=4.0,
    ),
    PauseItem(id="pause_1", at=71.0, how="redirect", waited_for=f"shell {HOSTILE}", duration_s=61.0),
    RetryItem(id="retry_1", at=72.0, attempt=2, error=f"503 {HOSTILE}", delay_s=0.5, duration_s=0.5),
    turn_end(2, Failed(error="no key")),
    said("p3", "and now?"),
)  # fmt: skip


class Home:
    """A home with stored sessions, and the command run in it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.database = folder / "codex-py" / "sessions.db"
        self.database.parent.mkdir(mode=0o700)

    async def add(self, *items: Any, title: str = "fix the flaky clock", workspace: Path | None = None) -> str:
        async with SessionStore.open(self.database) as store:
            journal = await store.create(workspace or self.folder, title=title, model="openai/gpt-5")
            await journal.append(*(items or ITEMS))
            request = ApprovalRequest(
                request_id="q", call_id="c3", tool="shell", kind="exec", summary=f"Run pytest {HOSTILE}",
                why="not known", verdict="ask",
            )  # fmt: skip
            for entry in (
                Asked(request=request),
                Answered(request_id="q", call_id="c3", answer=Approve()),
                FullAccessGiven(),
            ):
                await journal.record(entry)
            return journal.session_id

    def run(self, *words: str, cwd: Path | None = None) -> Finished:
        return run("sessions", *words, cwd=cwd or self.folder, env=environment(self.folder))

    def json(self, *words: str) -> Any:
        done = self.run(*words, "--json")
        assert (done.exit_code, done.stderr) == (0, ""), done.stderr
        return json.loads(done.stdout)


@pytest.fixture
def stored(tmp_path: Path) -> Home:
    return Home(tmp_path)


async def test_what_was_said_done_and_printed_is_found(stored: Home) -> None:
    session_id = await stored.add()
    await stored.add(said("x", "another matter"), title="another matter")
    for words, kind in (
        (("wombaterror",), "tool_result"),
        (("look",), "assistant"),
        (("SRC/clock",), "tool_call"),
        (("flaky",), "title"),
        (("failed:", "Wombat"), "tool_result"),
    ):
        (first, *_) = stored.json("search", *words)
        assert (first["id"], first["kind"]) == (session_id, kind)
        assert all(word.lower() in first["line"].lower() for word in words)
        assert (first["title"], first["workspace"]) == ("fix the flaky clock", str(stored.folder))
    text = stored.run("search", "wombaterror").stdout
    assert f"{session_id}  tool: 1 failed: WombatError" in text
    assert "\x1b" not in text
    assert "\u202e" not in text
    nothing = stored.run("search", "nowhere")
    assert (nothing.exit_code, nothing.stdout, nothing.stderr) == (0, "", "codex-py: nothing found\n")
    assert stored.json("search", "nowhere") == []


@pytest.mark.parametrize(
    "words", ['"', "*", "NEAR(", "a AND", "-x OR", "col:x", "''; DROP TABLE items", "\\", "%", "é" * 300, "^", "\x7f"]
)
async def test_hostile_words_are_words(stored: Home, words: str) -> None:
    await stored.add(said("x", f"before {words} after"))
    found = stored.run("search", "--json", "--", words)
    assert (found.exit_code, found.stderr) == (0, "")
    assert [match["item"] for match in json.loads(found.stdout)] == ["x"]


async def test_turns_are_listed_with_their_prompt_end_and_files(stored: Home) -> None:
    session_id = await stored.add()
    first, second, third = stored.json("turns", session_id)
    assert (first["turn"], first["id"], first["prompt"]) == (1, "p1", "fix the flaky clock")
    assert (first["started_at"], first["ended_at"], first["outcome"], first["error"]) == (1.0, 100.0, "completed", None)
    assert first["files"] == [
        {"path": "src/clock.py", "kind": "update", "added": 2, "removed": 1},
        {"path": "new.py", "kind": "add", "added": 2, "removed": 1},
    ]
    assert (second["outcome"], second["error"]) == ("failed", "no key")
    assert [(file["path"], file["kind"]) for file in second["files"]] == [("new.py", "delete")]
    assert (third["id"], third["outcome"], third["ended_at"], third["files"]) == ("p3", None, None, [])
    text = stored.run("turns", session_id).stdout
    assert "p1" in text
    assert "update src/clock.py +2 −1" in text
    assert "(cut short)" in text
    assert "\x1b" not in text


class _Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}

    def handle_data(self, data: str) -> None:
        self.text += data


async def test_a_page_holds_everything_and_nothing_in_it_runs(stored: Home) -> None:
    session_id = await stored.add()
    page_file = stored.folder / "page.html"
    done = stored.run("export", session_id, "--format", "html", "-o", str(page_file))
    assert (done.exit_code, done.stdout) == (0, "")
    source = page_file.read_text()
    page = _Page()
    page.feed(source)
    assert not page.tags & {"script", "iframe", "object", "embed", "link", "img", "svg", "a", "form", "base"}
    assert page.attributes <= {"lang", "charset", "http-equiv", "content", "name", "class", "open"}
    assert not re.search(r"https?://|url\(|@import|src=", source)
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f\u202a-\u202e\u2066-\u2069]", source)
    assert "<script>alert(1)</script>" in page.text
    for shown in ("fix the flaky clock", "WombatError", "src/clock.py +2 −1", "$ pytest -q", "exit 1", "Audit log"):
        assert shown in page.text
    assert "asked: Run pytest" in page.text
    assert '<span class="added">+b</span>' in source
    assert "prefers-color-scheme: dark" in source
    assert "#14161f" in source
    assert "#fbfaf7" in source


@pytest.mark.parametrize("command", [("show",), ("export", "--format", "md"), ("export", "--format", "html")])
async def test_what_was_waited_for_is_told_with_its_end(stored: Home, command: tuple[str, ...]) -> None:
    session_id = await stored.add()
    text = stored.run(command[0], session_id, *command[1:]).stdout
    for words in (
        "asked: Delete new.py",
        "4 s · you said no:",
        "paused · 1 min 1 s · you redirected",
        "attempt 2 after",
    ):
        assert words in text


async def test_markdown_and_json_hold_diffs_and_the_audit_log(stored: Home) -> None:
    session_id = await stored.add()
    text = stored.run("export", session_id).stdout
    assert text.startswith("# fix the flaky clock\n")
    assert "```diff\n@@ -1 +1,2 @@\n-a\n+b\n+c\n```" in text
    assert "````console\n$ pytest -q\n1 failed: WombatError" in text
    assert "## Audit log" in text
    assert "\x1b" not in text
    exported = json.loads(stored.run("export", session_id, "--format", "json").stdout)
    assert exported == stored.json("show", session_id)
    assert [line["type"] for line in exported["audit"]] == ["asked", "answered", "full_access_given"]


@pytest.mark.parametrize("command", [("show",), ("export",), ("export", "--format", "html"), ("show", "--json")])
async def test_what_was_said_and_never_sent_is_told_as_such(stored: Home, command: tuple[str, ...]) -> None:
    session_id = await stored.add()
    async with SessionStore.open(stored.database) as store:
        journal = await store.open_session(session_id)
        words = UserItem(id="w1", at=1.0, parts=(TextPart(text=f"IMPORTANT later {KEY}"),))
        await journal.record_waiting(words, "queue")
        await journal.record_waiting(UserItem(id="w2", at=2.0, parts=(TextPart(text="make"),)), "command")
    text = stored.run(command[0], session_id, *command[1:]).stdout
    assert "IMPORTANT later" in text
    assert KEY not in text
    if "--json" in command:
        waiting = json.loads(text)["waiting"]
        assert [(each["until"], each["id"]) for each in waiting] == [("queue", "w1"), ("command", "w2")]
    else:
        assert text.count("not sent yet") == 2
        assert "!make" in text


async def test_an_export_overwrites_only_its_own_earlier_ones(stored: Home) -> None:
    session_id = await stored.add()
    target = stored.folder / "out.md"
    target.write_text("precious\n")
    refused = stored.run("export", session_id, "-o", "out.md")
    assert (refused.exit_code, "--force" in refused.stderr) == (1, True)
    assert target.read_text() == "precious\n"
    target.chmod(0o600)
    assert stored.run("export", session_id, "-o", "out.md", "--force").exit_code == 0
    assert target.stat().st_mode & 0o777 == 0o600
    for kind in ("html", "json", "md"):
        assert stored.run("export", session_id, "--format", kind, "-o", "out.md").exit_code == 0
    assert target.read_text() == stored.run("export", session_id).stdout
    (stored.folder / "link.md").symlink_to("out.md")
    assert stored.run("export", session_id, "-o", "link.md").exit_code == 0
    assert (stored.folder / "link.md").is_symlink()
    other = stored.json("fork", session_id)["id"]
    assert stored.run("export", other, "-o", "out.md").exit_code == 1
    assert [path.name for path in stored.folder.iterdir() if path.name.startswith(".out")] == []


async def test_what_the_agent_wrote_neither_hides_nor_fetches_anything_in_markdown(stored: Home) -> None:
    text = "see <!-- `<b>` ![x](http://evil/x.png)\n```html\n<b>\n```\n~~~~\n<i>\n~~~"
    session_id = await stored.add(said("p1", "go"), answered("a1", text), said("p2", "on <!-- ![y](z)"))
    lines = stored.run("export", session_id).stdout.splitlines()
    start = lines.index("## Agent")
    assert lines[start + 2 : start + 10] == [
        *("see &lt;!-- `<b>` !\\[x](http://evil/x.png)", "```html", "<b>", "```", "~~~~", "<i>", "~~~", "~~~~"),
    ]
    assert "> on &lt;!-- !\\[y](z)" in lines


async def test_an_export_masks_what_an_older_release_stored(stored: Home) -> None:
    session_id = await stored.add()
    with contextlib.closing(sqlite3.connect(stored.database, isolation_level=None)) as db:
        db.execute("DROP TRIGGER items_are_only_appended")
        db.execute("UPDATE items SET data = replace(data, 'fix the flaky clock', ?)", (KEY,))
    for kind in ("md", "json", "html"):
        text = stored.run("export", session_id, "--format", kind).stdout
        assert KEY not in text
        assert "secret masked" in text


async def test_no_way_into_the_database_lets_a_secret_through(stored: Home) -> None:
    opaque = {"signature": "abc", "thinking": f"the key is {KEY}"}
    from dataclasses import replace

    session_id = await stored.add(
        said("x", f"use {KEY}"),
        replace(answered("y", f"I use {KEY}"), opaque=opaque),
        *ran(1, f"curl -H {KEY}", f"echoed {KEY}"),
        turn_end(1, Failed(error=f"refused {KEY}")),
        title=f"use {KEY}",
    )
    async with SessionStore.open(stored.database) as store:
        journal = await store.open_session(session_id)
        await journal.set_title(f"title {KEY}")
        await journal.record_partial(answered("z", f"partial {KEY}"))
    stored.run("rename", session_id, f"renamed {KEY}")
    for file in stored.folder.rglob("*"):
        assert not file.is_file() or KEY.encode() not in file.read_bytes(), file


async def test_a_title_is_given_by_the_user_and_stays(stored: Home) -> None:
    session_id = await stored.add()
    renamed = stored.json("rename", session_id, "the  clock", "matter")
    assert renamed["title"] == "the clock matter"
    async with SessionStore.open(stored.database) as store:
        await (await store.open_session(session_id)).set_title("of the model", "model")
    assert stored.json("list")[0]["title"] == "the clock matter"
    assert stored.run("rename", session_id, "  ").exit_code == 2
    assert stored.run("search", " ").exit_code == 2
    assert stored.json("rename", session_id, "red\x1b[31m\nline")["title"] == "red [31m line"


async def test_what_is_archived_is_listed_only_with_all_and_still_found(stored: Home) -> None:
    session_id = await stored.add()
    assert stored.json("archive", session_id)["archived"] is True
    assert stored.json("list") == []
    assert [row["id"] for row in stored.json("list", "--all")] == [session_id]
    assert stored.json("search", "wombat")[0]["id"] == session_id
    assert stored.json("archive", session_id, "--undo")["archived"] is False
    assert [row["id"] for row in stored.json("list")] == [session_id]


async def test_a_branch_has_all_that_was_and_goes_its_own_way(stored: Home) -> None:
    session_id = await stored.add()
    new = stored.json("fork", session_id)
    assert new["id"] != session_id
    assert new["parent"] == session_id
    old, copy = stored.json("show", session_id), stored.json("show", new["id"])
    for part in ("items", "audit", "usage", "title", "workspace"):
        assert copy[part] == old[part]
    async with SessionStore.open(stored.database) as store:
        await (await store.open_session(new["id"])).append(said("own", "mine alone"))
    assert len(stored.json("show", session_id)["items"]) == len(ITEMS)
    assert len(stored.json("show", new["id"])["items"]) == len(ITEMS) + 1
    assert stored.run("fork", session_id).stdout.strip().startswith("session_")


async def test_what_is_deleted_leaves_no_trace(stored: Home) -> None:
    session_id = await stored.add(said("x", "the quick Zweihundertneunzig"), *ran(1, "echo Zweihundertneunzig", "out"))
    other = await stored.add(said("y", "kept"))
    assert stored.json("search", "zweihundert")[0]["id"] == session_id
    assert stored.run("delete", session_id).exit_code == 2
    assert stored.json("delete", session_id, "--yes") == {"deleted": session_id, "note": ""}
    assert stored.json("search", "zweihundert") == []
    assert [row["id"] for row in stored.json("list")] == [other]
    assert stored.json("search", "kept")[0]["id"] == other
    for file in stored.database.parent.iterdir():
        content = file.read_bytes()
        assert b"weihundert" not in content, file
        assert session_id.encode() not in content, file


async def test_a_session_that_is_open_is_not_deleted_and_can_be_branched_off(stored: Home) -> None:
    session_id = await stored.add()
    async with SessionStore.open(stored.database) as store:
        journal = await store.open_session(session_id)
        refused = stored.run("delete", session_id, "--yes")
        assert refused.exit_code == 1
        assert f"codex-py fork {session_id}" in refused.stderr
        assert stored.json("fork", session_id)["parent"] == session_id
        await journal.append(said("later"))


@pytest.mark.parametrize("command", ["show", "export", "turns", "rename", "archive", "fork", "delete"])
async def test_an_unknown_id_is_named(stored: Home, command: str) -> None:
    await stored.add()
    more = {"rename": ("title",), "delete": ("--yes",)}.get(command, ())
    done = stored.run(command, "session_nobody", *more)
    assert (done.exit_code, done.stdout) == (1, "")
    assert done.stderr == "codex-py: no session session_nobody; see codex-py sessions list --all\n"


async def test_what_all_ids_have_in_common_names_no_session(stored: Home) -> None:
    session_id = await stored.add()
    for word in ("sess", "session", "session_"):
        done = stored.run("delete", word, "--yes")
        assert (done.exit_code, done.stderr.startswith(f"codex-py: no session {word};")) == (1, True)
    assert stored.json("show", session_id[-6:])["id"] == session_id


@pytest.mark.parametrize("word", ["", "  ", "\n", "x" * 10_000, "9" * 400])
async def test_a_word_that_can_be_no_id_is_told_in_a_line(stored: Home, word: str) -> None:
    await stored.add()
    done = stored.run("show", word)
    assert (done.exit_code, done.stdout) == (1, "")
    assert done.stderr.startswith("codex-py: no session ")
    assert len(done.stderr.splitlines()) == 1
    assert len(done.stderr) < 150


async def test_a_damaged_row_costs_nothing_but_itself(stored: Home) -> None:
    session_id = await stored.add()
    with contextlib.closing(sqlite3.connect(stored.database, isolation_level=None)) as db:
        db.execute("DROP TRIGGER items_are_only_appended")
        db.execute("UPDATE items SET data = 'no json' WHERE item_id = 'a1'")
    for command in ("show", "export", "turns"):
        done = stored.run(command, session_id)
        assert done.exit_code == 0
        assert done.stderr == "codex-py: 1 of the items cannot be read: their rows are damaged\n"
        assert "fix the flaky clock" in done.stdout
    done = stored.run("fork", session_id, "--json")
    assert done.stderr == "codex-py: 1 of the items cannot be read: their rows are damaged\n"
    assert json.loads(done.stdout)["title"] == "fix the flaky clock"
    assert stored.json("search", "wombat") != []
