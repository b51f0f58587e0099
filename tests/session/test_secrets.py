from __future__ import annotations

import json
from pathlib import Path

from codex_core.protocol import ItemStarted, ToolCallItem, UserItem
from tests.support.scripted_provider import Says, ScriptedProvider, call
from tests.support.sessions import real_tools, running_session, stored_items

KEY = "sk-proj-0123456789abcdefghijklmnop"
OWN = "hunter2-hunter2"


async def test_what_the_user_and_the_model_write_is_kept_and_shown_without_secrets_and_done_with_them(
    tmp_path: Path,
) -> None:
    write = call("write_file", json.dumps({"path": "key.txt", "content": f"{KEY}\n{OWN}\n"}))
    provider = ScriptedProvider([Says(text=f"I write {KEY}", calls=(write,)), Says(text="Done."), Says(text="Yes.")])
    async with running_session(tmp_path, provider, real_tools(tmp_path), masked=(OWN,)) as (session, watcher):
        await watcher.ask(f"keep {KEY} and {OWN} in key.txt")
        await watcher.ask("done?")
        seen = list(watcher.seen)
        live = watcher.completed(UserItem)
    assert (tmp_path / "workspace" / "key.txt").read_text() == f"{KEY}\n{OWN}\n"
    for request in provider.requests:
        assert KEY in json.dumps(request.messages)
    for event in seen:
        if isinstance(event, ItemStarted) and isinstance(event.item, ToolCallItem):
            assert KEY not in event.item.arguments
            assert OWN not in event.item.arguments
    stored = await stored_items(tmp_path, session.session_id)
    assert [item for item in stored if isinstance(item, UserItem)] == live
    for path in tmp_path.glob("sessions*"):
        content = path.read_bytes()
        assert KEY.encode() not in content
        assert OWN.encode() not in content
