from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from codex_core.protocol import ConfigError, Json
from codex_tools.mcp.config import ParsedConfig, ServerConfig, parse_config
from codex_tools.mcp.expansion import MissingVariable, expand
from codex_tools.mcp.files import load_presets

quick = settings(deadline=None, max_examples=60)
SOURCE = Path("/home/me/mcp_servers_config.json")


def parse(entries: Json, *, origin: str = "user") -> ParsedConfig:
    data = json.dumps({"mcpServers": entries}).encode()
    return parse_config(data, source=SOURCE, origin="project" if origin == "project" else "user")


def only(**entry: Json) -> ServerConfig:
    parsed = parse({"s": {"command": "x", **entry}})
    assert not parsed.errors
    return parsed.servers[0]


def error_of(**entry: Json) -> str:
    parsed = parse({"s": {"command": "x", **entry}})
    assert not parsed.servers
    return str(parsed.errors[0])


def test_the_common_shape_is_understood() -> None:
    server = only(args=["-y", "pkg"], env={"A": "1"}, cwd="sub", disabled=True, timeout=5)
    assert (server.command, server.args, dict(server.env), server.cwd) == ("x", ("-y", "pkg"), {"A": "1"}, "sub")
    assert (server.disabled, server.timeout_s) == (True, 5.0)


def test_nothing_is_granted_unless_it_is_said() -> None:
    block = only().sandbox
    assert (block.mode, block.network, block.writable, block.env) == ("read-only", "off", (), ())


def test_codex_names_for_the_same_things_work() -> None:
    server = only(enabled=False, startup_timeout_sec=7, tool_timeout_sec=8, env_vars=["A"])
    assert (server.disabled, server.startup_timeout_s, server.timeout_s, server.sandbox.env) == (True, 7, 8, ("A",))


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        ({"comand": "y"}, 'mcpServers.s.comand: unknown key; did you mean "command"?'),
        ({"args": "-y"}, "mcpServers.s.args: must be a list of texts, not a text"),
        ({"args": [1]}, "mcpServers.s.args[0]: must be a text without NUL characters, not the number 1"),
        ({"env": {"A": 1}}, "mcpServers.s.env.A: must be a text"),
        ({"env": {"A=B": "1"}}, "is no name of an environment variable"),
        ({"disabled": "yes"}, "mcpServers.s.disabled: must be true or false, not a text"),
        ({"timeout": 0}, "mcpServers.s.timeout: must be more than 0 and at most 3600 seconds"),
        ({"timeout": 30000}, "at most 3600 seconds, not 30000"),
        ({"command": ""}, "mcpServers.s.command: is missing"),
        ({"command": None}, "mcpServers.s.command: must be a text, not null"),
        ({"sandbox": {"netwrok": "on"}}, 'mcpServers.s.sandbox.netwrok: unknown key; did you mean "network"?'),
        ({"sandbox": {"mode": "readonly"}}, '"readonly" is none of'),
        ({"sandbox": []}, "mcpServers.s.sandbox: must be an object, not a list"),
        ({"url": "https://example.org/mcp"}, "servers over HTTP are not in this version"),
        ({"type": "sse"}, "servers over HTTP are not in this version"),
    ],
)
def test_mistakes_are_named_with_file_key_and_remedy(entry: dict[str, Json], words: str) -> None:
    error = error_of(**entry)
    assert error.startswith(f"{SOURCE}: ")
    assert words in error


@pytest.mark.parametrize("name", ["", "a__b", "_a", "a_", "a b", "a/b", "é", "a" * 33, "..", "a\n"])
def test_names_that_would_be_ambiguous_or_refused_are_errors(name: str) -> None:
    parsed = parse({name: {"command": "x"}})
    assert not parsed.servers
    assert "a server's name is at most 32 letters" in str(parsed.errors[0])


@pytest.mark.parametrize("name", ["a", "git", "my-server", "my_server", "A1--b", "a" * 32])
def test_ordinary_names_are_taken(name: str) -> None:
    assert not parse({name: {"command": "x"}}).errors


def test_one_bad_entry_leaves_the_others_alone() -> None:
    parsed = parse({"bad": {}, "good": {"command": "x"}})
    assert [server.name for server in parsed.servers] == ["good"]
    assert len(parsed.errors) == 1


def test_a_project_cannot_lift_the_confinement() -> None:
    parsed = parse({"s": {"command": "x", "sandbox": {"mode": "danger-full-access"}}}, origin="project")
    assert not parsed.servers
    assert "a project may not lift the confinement" in str(parsed.errors[0])


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('{"mcpServers": {\n  "a": {,}\n}}', f"{SOURCE}:2:9: no JSON"),
        ("[]", "must be an object with the key mcpServers, not a list"),
        ('{"mcpServers": []}', "mcpServers: must be an object, not a list"),
        ('{"mcpServers": {"a": {"command": "x"}, "a": {"command": "y"}}}', 'the key "a" is there twice'),
        ('{"mcpservers": {}}', 'mcpservers: unknown key; did you mean "mcpServers"?'),
        ('{"a":' * 100_000, "nested too deeply"),
        ('{"mcpServers": {"a": {"command": "x", "n": ' + "9" * 5000 + "}}}", "an integer of more than 64 bits"),
        ('{"mcpServers": {"a": {"command": "x", "timeout": ' + "9" * 400 + "}}}", "an integer of more than 64 bits"),
        ('{"mcpServers": {"a": ' + "[" * 500 + "]" * 500 + "}}", "nested too deeply"),
    ],
    ids=["syntax", "list", "servers", "twice", "case", "deep", "digits", "seconds", "levels"],
)
def test_a_broken_file_is_an_error_with_its_place(text: str, words: str) -> None:
    parsed = parse_config(text.encode(), source=SOURCE, origin="user")
    assert not parsed.servers
    assert words in str(parsed.errors[0])


def test_bytes_that_are_no_text_are_an_error_with_the_line() -> None:
    parsed = parse_config(b'{\n"a": "\xff"}', source=SOURCE, origin="user")
    assert str(parsed.errors[0]) == f"{SOURCE}:2: no UTF-8 text"


@quick
@given(
    st.recursive(
        st.none() | st.booleans() | st.floats() | st.text(), lambda j: st.lists(j) | st.dictionaries(st.text(), j)
    )
)
def test_no_content_stops_the_app(value: Json) -> None:
    for entries in (value, {"s": value}, {"s": {"command": "x", "args": value, "env": value, "sandbox": value}}):
        parse(entries)


@quick
@given(st.binary(max_size=200))
def test_no_bytes_stop_the_app(data: bytes) -> None:
    parse_config(data, source=SOURCE, origin="project")


def test_variables_and_defaults_are_expanded() -> None:
    variables = {"A": "1", "EMPTY": "", "NESTED": "${A}"}
    assert expand("x${A}y${B:-2}${EMPTY:-3}$HOME ${NESTED}", variables) == "x1y23$HOME ${A}"


@pytest.mark.parametrize(
    ("text", "words"), [("${B}", "B is not set"), ("${}", "neither"), ("${A-x}", "neither"), ("${A", "neither")]
)
def test_references_that_lead_nowhere_are_errors(text: str, words: str) -> None:
    with pytest.raises(MissingVariable, match=words):
        expand(text, {"A": "1"})


@quick
@given(st.text())
def test_text_without_references_stays(text: str) -> None:
    if "${" not in text:
        assert expand(text, {}) == text


def test_the_presets_are_valid_and_all_off() -> None:
    presets = load_presets()
    assert not presets.errors
    assert {"time", "git", "fetch", "filesystem", "memory", "sequential-thinking", "everything"} == {
        server.name for server in presets.servers
    }
    assert all(server.disabled and server.install for server in presets.servers)
    assert [server.name for server in presets.servers if server.sandbox.network == "on"] == ["fetch"]


def test_errors_are_config_errors() -> None:
    assert isinstance(parse([]).errors[0], ConfigError)
