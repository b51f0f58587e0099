"""A job of edits and commands whose model knows from the conversation alone what is still to do.

So it can be killed at any moment and resumed, as often as one likes, and always ends in the same files.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, TypeAlias

from codex_core.agent.messages import NO_RESULT

PROMPT = "do the job"
DONE = "All of it is done, and this sentence is long enough to be cut in its middle."
FIRST = "".join(f"first {number}\n" for number in range(30_000))
SECOND = "".join(f"second {number}\n" for number in range(45_000))

Call: TypeAlias = tuple[str, Mapping[str, Any]]
STEPS: tuple[tuple[Call, ...], ...] = (
    (("write_file", {"path": "data.txt", "content": FIRST}),),
    (("edit_file", {"path": "notes.txt", "old_text": "count: 0", "new_text": "count: 1"}),),
    (("shell", {"command": "mkdir -p out && printf one > out/one && echo made"}),),
    (("read_file", {"path": "notes.txt"}), ("grep", {"pattern": "count"})),
    (("write_file", {"path": "data.txt", "content": SECOND}),),
    (
        ("edit_file", {"path": "notes.txt", "old_text": "count: 1", "new_text": "count: 2"}),
        ("shell", {"command": "sleep 0.03; cp notes.txt out/copy.txt; cat out/copy.txt"}),
    ),
    (("write_file", {"path": "new/deep/file.txt", "content": "deep\n"}),),
)
BEGINNING = {"notes.txt": "a note\ncount: 0\n"}
WHOLE = {
    "data.txt": (None, FIRST, SECOND),
    "notes.txt": ("a note\ncount: 0\n", "a note\ncount: 1\n", "a note\ncount: 2\n"),
    "new/deep/file.txt": (None, "deep\n"),
}
"""What each file may hold at any moment; None: it is not there."""
END = {
    "data.txt": SECOND,
    "notes.txt": "a note\ncount: 2\n",
    "out/one": "one",
    "out/copy.txt": "a note\ncount: 2\n",
    "new/deep/file.txt": "deep\n",
}
_CUT = (NO_RESULT, "Not run", "The user ended this", "This call was interrupted")


def begin(workspace: Path) -> None:
    workspace.mkdir(parents=True)
    for name, text in BEGINNING.items():
        (workspace / name).write_text(text)


def files_of(workspace: Path) -> dict[str, str]:
    return {
        path.relative_to(workspace).as_posix(): path.read_text()
        for path in workspace.rglob("*")
        if path.is_file() and ".git" not in path.parts
    }


def half_written(workspace: Path) -> list[str]:
    """The files that hold neither what was there before nor what was to be written."""
    files = files_of(workspace)
    return [name for name, whole in WHOLE.items() if files.get(name) not in whole]


def next_calls(messages: Iterable[Mapping[str, Any]]) -> tuple[Call, ...]:
    """What the model does now; nothing: the job is done."""
    called: dict[str, str] = {}
    done: set[str] = set()
    for message in messages:
        for call in message.get("tool_calls") or ():
            called[call["id"]] = _key(call["function"]["name"], json.loads(call["function"]["arguments"]))
        if message.get("role") == "tool" and not _text(message["content"]).startswith(_CUT):
            done.add(called[message["tool_call_id"]])
    for step in STEPS:
        if left := tuple(call for call in step if _key(*call) not in done):
            return left
    return ()


def _key(name: str, arguments: Mapping[str, Any]) -> str:
    return json.dumps([name, arguments], sort_keys=True)


def _text(content: object) -> str:
    return content if isinstance(content, str) else "".join(part["text"] for part in content)  # pyright: ignore[reportUnknownVariableType, reportGeneralTypeIssues]
