from __future__ import annotations

import json

import pytest
from hypothesis import given

from codex_core.protocol import (
    ApprovalAnswer,
    ApprovalRequest,
    ApproveAlways,
    CommandRule,
    EditRule,
    HostRule,
    Pattern,
    Rule,
    StoredAnswer,
    ToolRule,
    Unknown,
    WideningRule,
    hunk_texts,
    pattern_words,
)
from codex_core.protocol.codec import decode_value, encode_value
from tests.core.test_codec import values_of

ASKED_BY_0_1 = {
    "request_id": "ask_1",
    "call_id": "c1",
    "tool": "shell",
    "kind": "exec",
    "summary": "Run make",
    "why": "not known to be harmless",
    "verdict": "ask",
    "session_scope": "exactly this command",
    "display": [{"type": "text", "text": "make", "language": "bash", "first_line": None}],
}


def test_what_0_1_asked_and_heard_is_still_read() -> None:
    request = decode_value(ApprovalRequest, dict(ASKED_BY_0_1))
    assert request.summary == "Run make"
    assert (request.offers, request.hunks, request.retry, request.confinement) == ((), (), None, None)
    assert encode_value(ApprovalRequest, request)["session_scope"] == "exactly this command"
    answer = decode_value(StoredAnswer, {"type": "approve_for_session"})
    assert isinstance(answer, Unknown)
    assert encode_value(StoredAnswer, answer) == {"type": "approve_for_session"}
    assert decode_value(StoredAnswer, {"type": "deny", "words": "no"}) == decode_value(
        ApprovalAnswer, {"type": "deny", "words": "no"}
    )


@given(values_of(ApprovalAnswer))
def test_every_answer_comes_back_as_it_was(answer: ApprovalAnswer) -> None:
    assert decode_value(StoredAnswer, json.loads(json.dumps(encode_value(ApprovalAnswer, answer)))) == answer


@given(values_of(Rule))
def test_every_rule_comes_back_as_it_was(rule: Rule) -> None:
    assert decode_value(Rule, json.loads(json.dumps(encode_value(Rule, rule)))) == rule


def test_an_answer_that_remembers_looks_as_the_format_says() -> None:
    answer = ApproveAlways(patterns=(CommandRule(prefix=("git", "commit")),), scope="project")
    assert encode_value(ApprovalAnswer, answer) == {
        "type": "approve_always",
        "patterns": [{"type": "command_rule", "prefix": ["git", "commit"], "is_exact": False}],
        "scope": "project",
    }


@pytest.mark.parametrize(
    ("pattern", "words"),
    [
        (CommandRule(prefix=("git", "commit")), "commands that begin with git commit"),
        (CommandRule(prefix=("echo", "a b"), is_exact=True), "exactly echo 'a b'"),
        (EditRule(glob="**"), "all edits inside the workspace"),
        (EditRule(glob="docs/*.md"), "edits of docs/*.md"),
        (HostRule(host="*.example.org"), "requests to any host below example.org"),
        (HostRule(host="example.org"), "requests to example.org"),
        (ToolRule(tool="mcp__git__*"), "all calls of tools that begin with mcp__git__"),
        (ToolRule(tool="mcp__git__git_log"), "all calls of mcp__git__git_log"),
        (
            WideningRule(kind="write", target="/opt/x", prefix=("make",)),
            "writing to /opt/x, for commands that begin with make",
        ),
        (WideningRule(kind="unconfined"), "no sandbox at all, for all commands"),
    ],
)
def test_patterns_are_said_in_words(pattern: Pattern, words: str) -> None:
    assert pattern_words(pattern) == words


def test_hunks_are_divided_at_their_headers_only() -> None:
    first = "@@ -1,2 +1,2 @@\n a\n-@@ b\n+@@ c\n"
    second = "@@ -9 +9 @@\n-x\n\\ No newline at end of file\n+y\n"
    assert hunk_texts(first + second) == (first, second)
    assert hunk_texts("") == ()
