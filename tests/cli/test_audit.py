from __future__ import annotations

import json
from pathlib import Path

from codex_core.protocol import (
    Answered,
    ApprovalRequest,
    ApproveAlways,
    Asked,
    CommandRule,
    Deny,
    FullAccessGiven,
    Widened,
    Widening,
)
from codex_core.session.store import SessionStore
from tests.support.program import environment, run
from tests.support.scripted_journal import said


def asked(request_id: str) -> Asked:
    return Asked(
        request=ApprovalRequest(
            request_id=request_id,
            call_id="c",
            tool="shell",
            kind="exec",
            summary="Run make",
            why="unknown",
            verdict="ask",
        )
    )


async def test_what_was_asked_answered_and_widened_is_shown_with_the_session(tmp_path: Path) -> None:
    home = tmp_path / "codex-py"
    home.mkdir(mode=0o700)
    rule = CommandRule(prefix=("make",))
    async with SessionStore.open(home / "sessions.db") as store:
        journal = await store.create(tmp_path)
        await journal.append(said("a"))
        for entry in (
            asked("q1"),
            Answered(request_id="q1", call_id="c", answer=ApproveAlways(patterns=(rule,), scope="project")),
            asked("q2"),
            Answered(request_id="q2", call_id="c", answer=Deny(words="not now")),
            asked("q3"),
            Widened(call_id="c", summary="Run make", widening=Widening(kind="network", target=""), scope="once"),
            FullAccessGiven(),
        ):
            await journal.record(entry)
    shown = json.loads(
        run("sessions", "show", journal.session_id, "--json", cwd=tmp_path, env=environment(tmp_path)).stdout
    )
    assert [(line["summary"], line["answer"], line.get("words")) for line in shown["approvals"]] == [
        ("Run make", "project", None),
        ("Run make", "no", "not now"),
        ("Run make", None, None),
    ]
    assert [line["type"] for line in shown["audit"]] == [
        *("asked", "answered", "asked", "answered", "asked", "widened", "full_access_given"),
    ]
    assert shown["audit"][1]["answer"]["patterns"] == [{"type": "command_rule", "prefix": ["make"], "is_exact": False}]
    assert all(line["at"] > 0 for line in shown["audit"])
