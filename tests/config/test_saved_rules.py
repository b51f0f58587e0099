from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codex_core.config.rule_tables import rule_of, table_text
from codex_core.config.saved_rules import RulesFile
from codex_core.config.settings import load_config
from codex_core.files.parse import parse_toml
from codex_core.protocol import (
    CommandRule,
    ConfigError,
    EditRule,
    HostRule,
    Pattern,
    Rule,
    ToolRule,
    WideningRule,
)


def rule(rule_id: str, pattern: Pattern | None = None, project: Path | None = None) -> Rule:
    return Rule(
        rule_id=rule_id,
        pattern=pattern or CommandRule(prefix=("make",)),
        effect="allow",
        scope="project" if project else "user",
        project=project,
        made_at=1_700_000_000.0,
        origin='said yes to: Run "make"\n',
    )


ALL = (
    rule("r1", CommandRule(prefix=("git", "commit"))),
    rule("r2", CommandRule(prefix=("echo", 'a "b" \\ c\x7f\x1b', "ü😀"), is_exact=True), Path("/my project/ü")),
    rule("r3", EditRule(glob="docs/**")),
    rule("r4", HostRule(host="*.example.org")),
    rule("r5", ToolRule(tool="mcp__git__*")),
    rule("r6", WideningRule(kind="network")),
    rule("r7", WideningRule(kind="write", target="/opt/x", prefix=("make",))),
    rule("r8", WideningRule(kind="unconfined", prefix=("a", ""), is_exact=True)),
)


def test_rules_come_back_as_they_were_saved(tmp_path: Path) -> None:
    RulesFile(tmp_path).add(ALL)
    assert RulesFile(tmp_path).load() == ALL
    assert stat.S_IMODE((tmp_path / "rules.toml").stat().st_mode) == 0o600
    assert {path.name for path in tmp_path.iterdir()} == {"rules.toml", "rules.toml.lock"}


words = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20)


@given(st.lists(words, min_size=1, max_size=4), words)
def test_every_text_survives_the_file(prefix: list[str], origin: str) -> None:
    made = Rule(
        rule_id="r", pattern=CommandRule(prefix=tuple(prefix), is_exact=True), effect="ask", scope="user",
        made_at=0.0, origin=f"x{origin}",
    )  # fmt: skip
    (table,) = parse_toml(table_text(made))["rule"]  # pyright: ignore[reportGeneralTypeIssues, reportUnknownVariableType]
    assert rule_of(table) == made  # pyright: ignore[reportUnknownArgumentType]


def test_what_is_removed_is_gone_and_the_rest_stays(tmp_path: Path) -> None:
    file = RulesFile(tmp_path)
    file.add(ALL)
    assert file.remove("r3") == ALL[2]
    assert file.remove("r3") is None
    assert file.load() == (*ALL[:2], *ALL[3:])


def test_what_another_process_saves_is_seen(tmp_path: Path) -> None:
    here, there = RulesFile(tmp_path), RulesFile(tmp_path)
    assert here.load() == ()
    there.add(ALL[:1])
    assert here.load() == ALL[:1]
    (tmp_path / "rules.toml").unlink()
    assert here.load() == ()


def test_processes_that_save_at_once_lose_nothing(tmp_path: Path) -> None:
    program = (
        "import sys; from pathlib import Path\n"
        "from codex_core.config.saved_rules import RulesFile\n"
        "from codex_core.protocol import *\n"
        "for n in range(10):\n"
        "    RulesFile(Path(sys.argv[1])).add([Rule(rule_id=f'{sys.argv[2]}-{n}', pattern=EditRule(glob='x'),"
        " effect='allow', scope='user', made_at=0.0, origin='')])\n"
    )
    writers = [subprocess.Popen([sys.executable, "-I", "-c", program, str(tmp_path), str(n)]) for n in range(4)]
    assert [writer.wait(60) for writer in writers] == [0] * 4
    assert len(RulesFile(tmp_path).load()) == 40


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        ("[[rule]]\nid = \n", "line 2"),
        ('# x\n\n[[rule]]\nid = "r"\neffect = "alow"\nscope = "user"\ncommand = ["x"]\n', "line 3: effect is 'alow'"),
        ('[[rule]]\nid = "r"\neffect = "allow"\nscope = "user"\n', "line 1: it needs one of command"),
        ('[[rule]]\nid = "r"\neffect = "allow"\nscope = "user"\ncomand = ["x"]\n', "did you mean command"),
        ('[[rule]]\nid = "r"\neffect = "allow"\nscope = "user"\ncommand = "make"\n', "a list of words"),
        ('[[rule]]\nid = "r"\neffect = "allow"\nscope = "user"\nwiden = "write"\n', "needs a target"),
        ('[[rule]]\nid = "r"\neffect = "allow"\nscope = "project"\nedit = "x"\n', "project"),
        ('[[rule]]\neffect = "allow"\nscope = "user"\nedit = "x"\n', "id is missing"),
        ("[[rule]]\nid = 1\n", "line 1"),
        ("rule = 1\n", "list of tables"),
        ("rule = [1]\n", "rule 1"),
        ("rules = []\n", "rules means nothing here"),
        (b"\n\xff", "line 2: not UTF-8"),
    ],
)
def test_damage_is_told_with_its_line_and_never_overwritten(
    tmp_path: Path, content: str | bytes, complaint: str
) -> None:
    path = tmp_path / "rules.toml"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    before = path.read_bytes()
    file = RulesFile(tmp_path)
    for touch in (file.load, lambda: file.add(ALL[:1]), lambda: file.remove("r")):
        with pytest.raises(ConfigError) as caught:
            touch()
        assert complaint in str(caught.value)
        assert str(path) in str(caught.value)
    assert path.read_bytes() == before


def test_a_file_that_is_none_is_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "rules.toml")
    with pytest.raises(ConfigError):
        RulesFile(tmp_path).load()


def test_half_a_surrogate_pair_is_refused_and_nothing_changes(tmp_path: Path) -> None:
    file = RulesFile(tmp_path)
    file.add(ALL)
    with pytest.raises(ConfigError):
        file.add([rule("r9", CommandRule(prefix=("\ud83d",)))])
    assert file.load() == ALL


# A project's own.


def project(text: str, home: Path) -> tuple[Rule, ...]:
    return load_config(home, environ={}, project=(Path("/p/.codex-py/config.toml"), text.encode())).project_rules


def test_a_project_may_ask_and_forbid(tmp_path: Path) -> None:
    rules = project(
        '[[rules]]\neffect = "ask"\ncommand = ["git", "push"]\n\n[[rules]]\neffect = "deny"\nedit = "vendor/**"\n\n'
        '[[rules]]\neffect = "deny"\nwiden = "network"\n',
        tmp_path,
    )
    assert [(rule.effect, rule.pattern) for rule in rules] == [
        ("ask", CommandRule(prefix=("git", "push"))),
        ("deny", EditRule(glob="vendor/**")),
        ("deny", WideningRule(kind="network")),
    ]
    assert all(rule.origin == "/p/.codex-py/config.toml" for rule in rules)


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ('[[rules]]\neffect = "allow"\ncommand = ["make"]\n', "rules, number 1: effect = allow"),
        ('[[rules]]\neffect = "ask"\ncommand = ["x"]\nscope = "user"\n', "scope means nothing"),
        ('[[rules]]\ncommand = ["x"]\n', "effect is missing"),
        ("rules = 3\n", "a list of tables"),
    ],
)
def test_a_project_that_would_allow_something_is_an_error_that_names_file_and_key(
    tmp_path: Path, text: str, complaint: str
) -> None:
    with pytest.raises(ConfigError) as caught:
        project(text, tmp_path)
    assert complaint in str(caught.value)
    assert "/p/.codex-py/config.toml" in str(caught.value)


def test_rules_in_the_user_s_config_are_said_to_belong_elsewhere(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text('[[rules]]\neffect = "deny"\ncommand = ["x"]\n')
    with pytest.raises(ConfigError) as caught:
        load_config(tmp_path, environ={})
    assert "rules.toml" in str(caught.value)
