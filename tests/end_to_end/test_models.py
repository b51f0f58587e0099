from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.end_to_end.test_screen import START_S, app
from tests.support.model_server import Reply, ThreadedModelServer
from tests.support.program import environment, run


def test_another_model_is_chosen_from_those_that_are_offered_where_it_comes_from(tmp_path: Path) -> None:
    with app(tmp_path, (Reply(text="Hello from it."),), models=("scripted", "gpt-5-mini")) as (terminal, server):
        terminal.type("/model").press("enter")
        terminal.wait_for("openai/gpt-5-mini", timeout_s=START_S)
        assert "openai/gpt-5-nano" not in terminal.screen
        terminal.type("openai mini").press("enter")
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


def test_of_a_provider_at_an_address_of_ones_own_what_it_offers_is_listed(home: Path, tmp_path: Path) -> None:
    with ThreadedModelServer([], models=("scripted", "o-big", "text-embedding-3")) as server:
        done = run(
            "models",
            "--json",
            cwd=tmp_path,
            env=environment(home, server.environment(), {"CODEX_PY_MODEL": "openai/scripted"}),
        )
        where = f"at {server.url.removeprefix('http://')}"
    models = [model for model in json.loads(done.stdout)["models"] if model["name"] != "demo"]
    assert models == [
        {"name": f"{provider}/{name}", "from": where}
        for provider in ("anthropic", "openai")
        for name in ("o-big", "scripted")
    ]


@pytest.mark.parametrize("address", ["http://127.0.0.1:9/v1", "http://[", "nonsense"])
def test_an_address_where_nobody_tells_leaves_what_is_known_of_the_provider(
    home: Path, tmp_path: Path, address: str
) -> None:
    env = environment(home, {"OPENAI_API_KEY": "sk-test", "OPENAI_BASE_URL": address})
    done = run("models", "--json", cwd=tmp_path, env=env)
    assert "openai/gpt-5-mini" in {model["name"] for model in json.loads(done.stdout)["models"]}
