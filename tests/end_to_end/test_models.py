from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.end_to_end.test_screen import START_S, app
from tests.support.model_server import Reply
from tests.support.program import environment, run


def test_another_model_is_chosen_from_those_that_there_is_a_key_for(tmp_path: Path) -> None:
    with app(tmp_path, (Reply(text="Hello from it."),)) as (terminal, server):
        terminal.type("/model").press("enter")
        terminal.wait_for("key in the environment", timeout_s=START_S)
        terminal.type("gpt-5-mini")
        terminal.wait_for("openai/gpt-5-mini ")
        terminal.press("enter")
        terminal.wait_until_gone("Esc goes back")
        terminal.type("hello").press("enter")
        terminal.wait_for("Hello from it.", timeout_s=START_S)
        assert server.requests[-1].body["model"] == "gpt-5-mini"


def test_an_effort_chosen_in_a_session_is_sent_and_goes_on_in_a_new_one(tmp_path: Path) -> None:
    replies = (Reply(text="Hello from it."), Reply(text="Hello again."))
    with app(tmp_path, replies) as (terminal, server):
        terminal.type("/effort").press("enter")
        terminal.wait_for("as the provider has it", timeout_s=START_S)
        terminal.type("costs more").press("enter")
        terminal.wait_for("scripted high")
        terminal.type("hello").press("enter")
        terminal.wait_for("✓ done", timeout_s=START_S)
        terminal.type("/new").press("enter")
        terminal.wait_for(lambda screen: "Hello from it." not in screen and "scripted high" in screen)
        terminal.type("hello").press("enter")
        terminal.wait_for("Hello again.", timeout_s=START_S)
        assert [request.body.get("reasoning_effort") for request in server.requests] == ["high", "high"]


@pytest.mark.parametrize("key", [{}, {"OPENAI_API_KEY": "sk-test"}], ids=["no key", "a key"])
def test_what_can_be_named_is_listed_as_json(home: Path, tmp_path: Path, key: dict[str, str]) -> None:
    done = run("models", "--json", cwd=tmp_path, env=environment(home, key))

    listed = json.loads(done.stdout)
    names = [model["name"] for model in listed["models"]]
    assert listed["models"][-1] == {"name": "demo", "from": "built in, offline"}
    assert ("openai/gpt-5-mini" in names) == bool(key)
    assert (listed["used"] in names) == bool(key)
