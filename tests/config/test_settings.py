from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codex_core import protocol
from codex_core.config import settings
from codex_core.config.keys import KEYS
from codex_core.config.settings import Config, load_config
from codex_core.protocol import ConfigError


def load(
    home: Path,
    text: str = "",
    *,
    project: str | None = None,
    environ: Mapping[str, str] | None = None,
    front_end: Literal["tui", "exec"] = "tui",
    profile: str | None = None,
    assignments: Sequence[str] = (),
    flags: Mapping[str, str | int] | None = None,
) -> Config:
    if text:
        (home / "config.toml").write_text(text)
    own = (Path("/p/.codex-py/config.toml"), project.encode()) if project is not None else None
    return load_config(
        home,
        environ=environ or {},
        front_end=front_end,
        project=own,
        profile=profile,
        assignments=assignments,
        flags=flags,
    )


def test_without_any_source_the_defaults_count(tmp_path: Path) -> None:
    config = load(tmp_path)
    assert (config.sandbox_mode, config.approval_policy, config.network) == ("workspace-write", "untrusted", "off")
    assert (config.model, config.theme, config.max_turns) == ("", "", None)


def test_a_later_layer_wins_and_each_value_knows_where_it_comes_from(tmp_path: Path) -> None:
    user = 'model = "user"\n[profiles.p]\nmodel = "profile"\n'
    layers: list[tuple[str, str, dict[str, object]]] = [
        ("user", f"{tmp_path}/config.toml", {}),
        ("project", "/p/.codex-py/config.toml", {"project": 'model = "project"'}),
        ("profile", "profile p", {"profile": "p"}),
        ("environment", "CODEX_PY_MODEL", {"environ": {"CODEX_PY_MODEL": "environment"}}),
        ("assigned", "-c", {"assignments": ["model=assigned"]}),
        ("flag", "--model", {"flags": {"model": "flag"}}),
    ]
    given: dict[str, object] = {}
    for model, origin, layer in layers:
        given |= layer
        config = load(tmp_path, user, **given)  # pyright: ignore[reportArgumentType]
        assert (config.model, config.origins["model"]) == (model, origin)


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("modle = 'x'", "unknown key modle; did you mean model?"),
        ("sandbox_mode = 'read-onyl'", "did you mean read-only?"),
        ("max_turns = 'ten'", "max_turns is 'ten'; it should be a whole number from 1"),
        ("max_turns = 0", "a whole number from 1"),
        ("max_turns = true", "a whole number from 1"),
        ("model = ''", "model is ''; it should be text"),
        ("[sandbox_workspace_write]\nnetwork_acces = true", "did you mean sandbox_workspace_write.network_access?"),
        ("[sandbox_workspace_write]\nwritable_roots = ['relative']", "absolute paths"),
        ("sandbox_workspace_write = 3", "unknown key sandbox_workspace_write"),
        ("[model]\nname = 'x'", "model is a table; it should be text"),
        ("[profiles.p]\nmodle = 'x'", "profiles.p: unknown key modle"),
        ("profiles = 3", "profiles should be a table"),
        ("mcp_servers = { a = 3 }", "mcp_servers.a should be a table"),
        ("mode = 'ask'\nsandbox_mode = 'read-only'", "mode says both"),
        ("model_reasoning_summary = 'auto'", "model_reasoning_summary: not in this version"),
        ("model_reasoning_effort = 3", "should be one of none, minimal, low, medium, high, xhigh"),
        ("model_reasoning_effort = 'hihg'", "model_reasoning_effort is 'hihg'; it should be one of none, minimal, "),
        ("[profiles.p]\nmodel_reasoning_effort = 'max'", "profiles.p: model_reasoning_effort is 'max'"),
        ("= nonsense", "not valid TOML"),
        ("profile = 'nobody'", "no [profiles.nobody]"),
    ],
)
def test_a_wrong_file_is_named_with_the_key_and_what_it_should_be(tmp_path: Path, text: str, complaint: str) -> None:
    with pytest.raises(ConfigError) as caught:
        load(tmp_path, text)
    assert complaint in str(caught.value)
    assert str(tmp_path / "config.toml") in str(caught.value)


def test_bytes_that_are_no_text_are_refused(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_bytes(b"model = '\xff'")
    with pytest.raises(ConfigError, match="not UTF-8"):
        load(tmp_path)


def test_a_project_may_choose_its_model_and_tighten_but_not_loosen(tmp_path: Path) -> None:
    tight = load(tmp_path, project='model = "m"\nsandbox_mode = "read-only"\nmax_turns = 3')
    assert (tight.model, tight.sandbox_mode, tight.max_turns, tight.warnings) == ("m", "read-only", 3, ())
    loose = load(
        tmp_path,
        project='mode = "full"\n[sandbox_workspace_write]\nnetwork_access = true',
    )
    assert (loose.sandbox_mode, loose.approval_policy, loose.network) == ("workspace-write", "untrusted", "off")
    assert len(loose.warnings) == 3
    assert all("a project can only tighten it" in warning for warning in loose.warnings)


def test_what_a_project_tightens_the_user_may_still_loosen_by_hand(tmp_path: Path) -> None:
    config = load(tmp_path, project='sandbox_mode = "read-only"', flags={"mode": "auto"})
    assert (config.sandbox_mode, config.approval_policy) == ("workspace-write", "on-request")


@pytest.mark.parametrize(
    "text",
    [
        "openai_base_url = 'https://evil.example'",
        "model_provider = 'evil'",
        "profile = 'p'",
        "[profiles.p]\nmodel = 'x'",
        "[sandbox_workspace_write]\nwritable_roots = ['/']",
        "[shell_environment_policy]\ninclude = ['OPENAI_API_KEY']",
    ],
)
def test_a_project_cannot_set_endpoints_secrets_or_folders(tmp_path: Path, text: str) -> None:
    with pytest.raises(ConfigError, match="a project cannot set"):
        load(tmp_path, project=text)


def test_exec_begins_read_only_and_never_asks_whatever_files_say(tmp_path: Path) -> None:
    user = 'mode = "auto"\nprofile = "p"\n[profiles.p]\nsandbox_mode = "workspace-write"\n'
    quiet = load(tmp_path, user, front_end="exec")
    assert (quiet.sandbox_mode, quiet.approval_policy) == ("read-only", "never")
    by_hand = load(tmp_path, user, front_end="exec", profile="p")
    assert (by_hand.sandbox_mode, by_hand.approval_policy) == ("workspace-write", "never")
    auto = load(tmp_path, user, front_end="exec", flags={"mode": "auto"})
    assert (auto.sandbox_mode, auto.approval_policy) == ("workspace-write", "on-request")


@pytest.mark.parametrize("front_end", ["tui", "exec"])
def test_full_has_to_be_said_by_hand(tmp_path: Path, front_end: Literal["tui", "exec"]) -> None:
    with pytest.raises(ConfigError, match="--dangerously-bypass-approvals-and-sandbox"):
        load(tmp_path, 'approval_policy = "never"', front_end=front_end, flags={"sandbox_mode": "danger-full-access"})
    said = load(tmp_path, front_end=front_end, flags={"mode": "full"})
    assert (said.sandbox_mode, said.approval_policy) == ("danger-full-access", "never")
    custom = load(
        tmp_path,
        front_end=front_end,
        flags={"sandbox_mode": "danger-full-access"},
        assignments=['approval_policy="never"'],
    )
    assert custom.sandbox_mode == "danger-full-access"


def test_a_file_or_the_environment_alone_cannot_say_full(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="confines nothing"):
        load(tmp_path, environ={"CODEX_PY_MODE": "full"})
    with pytest.raises(ConfigError, match="confines nothing"):
        load(tmp_path, 'mode = "full"')


def test_assignments_are_toml_or_else_text(tmp_path: Path) -> None:
    config = load(
        tmp_path,
        assignments=[
            "model=openai/gpt-5",
            'theme = "day"',
            "max_turns=7",
            "sandbox_workspace_write.network_access=true",
            'sandbox_workspace_write.writable_roots=["/a", "/b"]',
            'mcp_servers.git.command="uvx"',
            'mcp_servers.git.args=["mcp-server-git"]',
            "web_search=disabled",
        ],
    )
    assert (config.model, config.theme, config.max_turns, config.network) == ("openai/gpt-5", "day", 7, "on")
    assert config.writable_roots == (Path("/a"), Path("/b"))
    assert config.mcp_servers == {"git": {"command": "uvx", "args": ["mcp-server-git"]}}


@pytest.mark.parametrize("assignment", ["model", "=x", "modle=x", "max_turns=-1", "web_search=live", "a.b.c=1"])
def test_a_wrong_assignment_is_refused(tmp_path: Path, assignment: str) -> None:
    with pytest.raises(ConfigError, match="-c"):
        load(tmp_path, assignments=[assignment])


def test_the_environment_is_read_and_its_slips_are_told(tmp_path: Path) -> None:
    environ = {"CODEX_PY_MAX_TURNS": "5", "CODEX_PY_HOME": "/x", "CODEX_PY_THEMES": "x", "CODEX_PY_SOMETHING": "1"}
    config = load(tmp_path, environ=environ)
    assert config.max_turns == 5
    assert config.warnings == ("the environment variable CODEX_PY_THEMES means nothing; did you mean CODEX_PY_THEME?",)
    with pytest.raises(ConfigError, match="CODEX_PY_MODE"):
        load(tmp_path, environ={"CODEX_PY_MODE": "aks"})


def test_a_bare_model_is_one_of_the_provider(tmp_path: Path) -> None:
    assert load(tmp_path, 'model = "gpt-5"\nmodel_provider = "openai"').model == "openai/gpt-5"
    assert load(tmp_path, flags={"model": "anthropic/x"}).model == "anthropic/x"
    assert load(tmp_path, flags={"model": "demo"}).model == "demo"


def test_mcp_servers_of_user_and_project_are_kept_apart(tmp_path: Path) -> None:
    user = '[mcp_servers.a]\ncommand = "a"\n[mcp_servers.b]\ncommand = "b"\n'
    config = load(tmp_path, user, project='[mcp_servers.b]\ncommand = "b2"\n')
    assert config.mcp_servers == {"a": {"command": "a"}, "b": {"command": "b"}}
    assert config.project_mcp_servers == {"b": {"command": "b2"}}


def test_folders_of_the_command_line_come_beside_the_configured_ones(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text("[sandbox_workspace_write]\nwritable_roots = ['/a']")
    assert load_config(tmp_path, environ={}, add_dirs=[Path("/b")]).writable_roots == (Path("/a"), Path("/b"))


def test_modes_mean_the_same_as_in_the_vocabulary() -> None:
    assert settings.MODES == protocol.MODES


def test_settings_are_read_without_the_vocabulary() -> None:
    script = (
        "import sys, pathlib; from codex_core.config.settings import load_config\n"
        "load_config(pathlib.Path('/nowhere'), environ={}, assignments=['model=x'], flags={'mode': 'plan'})\n"
        "print('codex_core.protocol' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-I", "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"


@given(st.binary(max_size=80) | st.text(max_size=80).map(str.encode))
def test_any_project_file_is_read_or_refused_in_words(content: bytes) -> None:
    try:
        load_config(Path("/nowhere"), environ={}, project=(Path("p.toml"), content))
    except ConfigError as error:
        assert "p.toml" in str(error)  # noqa: PT017 - most contents are fine or not, as they come


@given(st.dictionaries(st.sampled_from([*KEYS, "other"]), st.text(max_size=9) | st.integers() | st.booleans()))
def test_any_assignment_is_taken_or_refused_in_words(values: dict[str, object]) -> None:
    try:
        load_config(Path("/nowhere"), environ={}, assignments=[f"{name}={value}" for name, value in values.items()])
    except ConfigError as error:
        assert str(error)  # noqa: PT017


LONG = "9" * 5000


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (f"max_turns = {LONG}", "an integer of more than 64 bits"),
        (f"max_turns = 0x{'f' * 5000}", "an integer of more than 64 bits"),
        (f"[mcp_servers.a]\ncommand = 'x'\nargs = [0x{'f' * 5000}]", "an integer of more than 64 bits"),
        ("[mcp_servers.a]\ncommand = 'x'\nsince = 2026-01-01", "dates and times"),
        ("mcp_servers." + "a." * 100_000 + "b = 1", "nested too deeply"),
        ("[mcp_servers" + r' . "\""' * 30_000 + "]", "nested too deeply"),
        ("model = " + "[" * 100_000, "nested too deeply"),
    ],
    ids=["decimal", "hexadecimal", "inside", "date", "dotted", "quoted", "lists"],
)
def test_what_no_program_could_use_is_one_sentence(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(ConfigError, match=rf"config\.toml: not valid TOML: .*{message}"):
        load(tmp_path, text)
    (tmp_path / "config.toml").unlink()
    with pytest.raises(ConfigError, match=rf"config\.toml: not valid TOML: .*{message}"):
        load(tmp_path, project=text)


def test_an_assigned_number_of_thousands_of_digits_is_a_text(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"max_turns is '9+; it should be a whole number"):
        load(tmp_path, assignments=[f"max_turns={LONG}"])


def test_a_pipe_a_device_and_a_folder_instead_of_the_file_are_refused_at_once(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    for make in (lambda: os.mkfifo(path), lambda: path.symlink_to("/dev/zero"), path.mkdir):
        make()
        with pytest.raises(ConfigError, match=r"config\.toml: not a plain file"):
            load(tmp_path)
        path.rmdir() if path.is_dir() else path.unlink()


def test_a_file_of_megabytes_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"config\.toml: longer than 1\.0 MB"):
        load(tmp_path, "#" * 2_000_000)
