from __future__ import annotations

import json
import re
import subprocess
import sys
import tomllib
from collections.abc import Mapping
from pathlib import Path

import pytest

from codex_cli.entry import is_screen
from codex_cli.flags import MCP_WORDS, POLICY_RULES_WORDS, SANDBOX_FLAGS
from tests.support.program import COMMAND, environment, run
from tests.support.terminal import Terminal


def test_the_version_is_told(home: Path) -> None:
    done = run("--version", cwd=home, env=environment(home))
    assert done.exit_code == 0
    assert done.stdout.startswith("codex-py ")
    assert run("-V", "--nonsense", cwd=home, env=environment(home)).exit_code == 0


@pytest.mark.parametrize("words", [["--help"], ["exec", "--help"], ["sessions", "-h"], ["-m", "x", "--help"]])
def test_help_is_on_stdout(home: Path, words: list[str]) -> None:
    done = run(*words, cwd=home, env=environment(home))
    assert (done.exit_code, done.stderr) == (0, "")
    assert "usage: codex-py" in done.stdout


def test_a_mistake_is_one_line_on_stderr_and_touches_nothing(home: Path) -> None:
    done = run("exec", "--jsn", "x", cwd=home, env=environment(home))
    assert (done.exit_code, done.stdout) == (2, "")
    assert done.stderr == "codex-py: unknown flag --jsn; did you mean --json?\n"
    assert list(home.iterdir()) == []


def test_a_mistake_cannot_steer_the_terminal(home: Path) -> None:
    done = run("exec", "-C", "\x1b]0;evil\x07\n\udcff", cwd=home, env=environment(home))
    assert done.exit_code == 2
    assert "\x1b" not in done.stderr
    assert done.stderr.count("\n") == 1


def test_without_a_terminal_the_app_points_to_exec(home: Path) -> None:
    done = run("hello", cwd=home, env=environment(home))
    assert done.exit_code == 2
    assert "codex-py exec" in done.stderr


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_scripts_are_valid(home: Path, shell: str) -> None:
    done = run("completion", shell, cwd=home, env=environment(home))
    assert done.exit_code == 0
    assert "--full-auto" in done.stdout or "full-auto" in done.stdout
    if shell == "bash":
        subprocess.run(["bash", "-n"], input=done.stdout, text=True, check=True)


def test_bash_completes_commands_flags_and_choices(home: Path) -> None:
    script = run("completion", "bash", cwd=home, env=environment(home)).stdout
    ask = """
    complete_line() { COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); COMPREPLY=(); _codex_py; echo "${COMPREPLY[*]}"; }
    complete_line codex-py se
    complete_line codex-py sessions sh
    complete_line codex-py --mode au
    complete_line codex-py exec --full
    complete_line codex-py exec res
    complete_line codex-py mcp li
    complete_line codex-py mcp add --netw
    complete_line codex-py policy ru
    complete_line codex-py policy rules li
    complete_line codex-py policy rules add --eff
    complete_line codex-py sandbox --tie
    complete_line codex-py completion zs
    """
    done = subprocess.run(["bash", "-c", script + ask], capture_output=True, text=True, check=True)
    assert done.stdout.split() == [
        *("sessions", "show", "auto", "--full-auto", "resume", "list", "--network", "rules"),
        *("list", "--effect", "--tier", "zsh"),
    ]


def test_what_is_completed_for_commands_that_parse_themselves_is_what_they_parse(home: Path) -> None:
    for words, known in (
        (["sandbox"], SANDBOX_FLAGS),
        (["mcp"], MCP_WORDS),
        (["policy", "rules"], POLICY_RULES_WORDS),
    ):
        texts = run(*words, "--help", cwd=home, env=environment(home)).stdout
        subs = [word for word in known if not word.startswith("-")]
        texts += "".join(run(*words, sub, "--help", cwd=home, env=environment(home)).stdout for sub in subs)
        told = set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", texts)) - {"--help"}
        assert told == {word for word in known if word.startswith("-")}


def test_the_help_of_exec_says_what_it_may_do_and_that_it_resumes(home: Path) -> None:
    shown = run("exec", "--help", cwd=home, env=environment(home)).stdout
    assert "plan · ask · auto · full (default: only reads, never asks)" in shown
    assert "exec resume [ID] [PROMPT|-]" in shown
    whole = run("--help", cwd=home, env=environment(home)).stdout
    assert "plan · ask · auto · full (default: ask)" in whole
    assert "exec resume [ID] [PROMPT|-]" in whole


def test_a_reader_who_leaves_ends_it_quietly(home: Path) -> None:
    line = f"{COMMAND} --help | true; exit ${{PIPESTATUS[0]}}"
    for _ in range(5):
        done = subprocess.run(
            ["bash", "-c", line], cwd=home, env=environment(home), capture_output=True, text=True, check=False
        )
        assert done.returncode in (0, 141)
        assert done.stderr == ""


def test_themes_are_listed_and_shown(home: Path) -> None:
    themes = home / "codex-py/themes"
    themes.mkdir(parents=True)
    (themes / "broken.toml").write_text("nonsense = 1")
    listed = run("themes", "list", "--json", cwd=home, env=environment(home))
    assert listed.exit_code == 0
    rows = {row["name"]: row for row in json.loads(listed.stdout)}
    assert rows["night"]["dark"] is True
    assert "ink blue" in rows["night"]["about"]
    assert "broken.toml" in rows["broken"]["error"]
    plain = run("themes", "list", cwd=home, env=environment(home))
    assert plain.exit_code == 0
    assert "broken.toml, line 1: unknown key 'nonsense'" in plain.stderr
    assert re.search(r"^night +dark +The dark default", plain.stdout, re.MULTILINE)
    assert "\x1b" not in plain.stdout
    shown = run("themes", "show", "day", "--json", cwd=home, env=environment(home))
    assert json.loads(shown.stdout)["colors"]["text"].startswith("#")
    wrong = run("themes", "show", "dya", cwd=home, env=environment(home))
    assert wrong.exit_code == 2
    assert "'day'" in wrong.stderr


@pytest.mark.parametrize(
    ("more", "ground"),
    [({"COLORTERM": "truecolor"}, b"48;2;"), ({}, b"48;5;"), ({"TERM": "xterm"}, b";40m"), ({"NO_COLOR": "1"}, b"")],
    ids=["true colours", "256", "16", "none"],
)
def test_themes_are_listed_with_samples_of_what_the_terminal_can_show(
    home: Path, more: dict[str, str], ground: bytes
) -> None:
    for words in (("list",), ("show", "night")):
        with Terminal([COMMAND, "themes", *words], env=environment(home, more), cwd=home) as terminal:
            assert terminal.wait_exit() == 0
            assert ground in terminal.raw
            assert (b"\x1b[3" in terminal.raw) == bool(ground)


def test_the_configuration_is_shown_with_its_origin(home: Path) -> None:
    (home / "codex-py").mkdir()
    (home / "codex-py/config.toml").write_text('model = "openai/gpt-5"\n')
    words = ("config", "show", "--origin", "-c", "max_turns=4", "--mode", "plan")
    shown = run(*words, cwd=home, env=environment(home))
    assert 'model = "openai/gpt-5"' in shown.stdout
    assert f"# {home}/codex-py/config.toml" in shown.stdout
    values = json.loads(run(*words, "--json", cwd=home, env=environment(home)).stdout)
    assert values["max_turns"] == {"value": 4, "origin": "-c"}
    assert values["sandbox_mode"] == {"value": "read-only", "origin": "--mode"}
    plain = json.loads(run("config", "show", "--json", cwd=home, env=environment(home)).stdout)
    assert plain["model"] == "openai/gpt-5"
    path = run("config", "path", cwd=home, env=environment(home)).stdout
    assert path == f"{home}/codex-py/config.toml\n"


@pytest.mark.parametrize("more", [(), ("--origin",)])
def test_the_configuration_is_shown_as_it_can_be_written(home: Path, more: tuple[str, ...]) -> None:
    (home / "codex-py").mkdir()
    own = '[mcp_servers.git]\ncommand = "uvx"\nargs = ["mcp-server-git"]\n'
    (home / "codex-py/config.toml").write_text(f'model = "mine/x"\n{own}')
    shown = run("config", "show", *more, cwd=home, env=environment(home)).stdout
    assert "# model_reasoning_effort is not set" in shown
    values = tomllib.loads(shown)
    assert values["model"] == "mine/x"
    assert values["mcp_servers"]["git"] == {"command": "uvx", "args": ["mcp-server-git"]}
    (home / "codex-py/config.toml").write_text(shown)
    assert tomllib.loads(run("config", "show", *more, cwd=home, env=environment(home)).stdout) == values


def test_an_untrusted_project_configures_nothing(home: Path) -> None:
    project = home / "project"
    (project / ".codex-py").mkdir(parents=True)
    (project / ".codex-py/config.toml").write_text('model = "evil"\nopenai_base_url = "https://evil.example"\n')
    shown = run("config", "show", "--json", cwd=project, env=environment(home))
    assert shown.exit_code == 0
    assert json.loads(shown.stdout)["model"] == ""
    assert "not trusted" in shown.stderr


def test_a_wrong_configuration_is_named(home: Path) -> None:
    (home / "codex-py").mkdir()
    (home / "codex-py/config.toml").write_text("modle = 'x'\n")
    for words in (["config", "show"], ["exec", "--demo", "x"], ["models"], ["mcp", "list"]):
        done = run(*words, cwd=home, env=environment(home))
        assert done.exit_code == 2
        assert "codex-py/config.toml: unknown key modle; did you mean model?" in done.stderr
    doctor = run("doctor", cwd=home, env=environment(home))
    assert doctor.exit_code == 1
    assert "codex-py/config.toml: unknown key modle; did you mean model?" in doctor.stdout


def test_a_theme_that_does_not_exist_is_named_by_whoever_reads_the_configuration(home: Path) -> None:
    (home / "codex-py").mkdir()
    (home / "codex-py/config.toml").write_text("theme = 'nihgt'\n")
    shown = run("config", "show", cwd=home, env=environment(home))
    assert shown.exit_code == 2
    assert "codex-py/config.toml: no theme 'nihgt'" in shown.stderr


def test_the_doctor_says_which_model_a_start_would_take(home: Path) -> None:
    def model(*more: Mapping[str, str]) -> dict[str, str]:
        done = run("doctor", "--json", cwd=home, env=environment(home, *more))
        report = json.loads(done.stdout)
        assert (done.exit_code == 1) == bool(report["problems"])
        assert (report["model"]["problem"] in report["problems"]) == bool(report["model"]["problem"])
        return report["model"]

    assert model({"MISTRAL_API_KEY": "k" * 20})["name"].startswith("mistral/")
    assert model({"CODEX_PY_MODEL": "demo"}) == {"name": "demo", "from": "built in", "problem": ""}
    assert "did you mean openai?" in model({"CODEX_PY_MODEL": "opanai/x"})["problem"]
    assert "OPENAI_API_KEY" in model({"CODEX_PY_MODEL": "openai/x"})["problem"]


def test_the_cheap_answers_import_nothing_dear(home: Path) -> None:
    script = (
        "import sys; from codex_cli import entry\n"
        "sys.argv[1:] = {argv!r}\n"
        "entry.main()\n"
        "dear = {{'argparse', 'asyncio', 'codex_core.protocol', 'dataclasses', 'textual', 'typing'}}\n"
        "print(sorted(dear & sys.modules.keys()), file=sys.stderr)"
    )
    for argv in (["--version"], ["--help"], ["exec", "--help"]):
        done = subprocess.run(
            [sys.executable, "-I", "-c", script.format(argv=argv)], capture_output=True, text=True, check=True
        )
        assert done.stderr == "[]\n"


@pytest.mark.parametrize(
    ("line", "is_shown"),
    [
        ("", True),
        ("-m openai/gpt-5.5", True),
        ("--demo", True),
        ("-m x --mode plan fix_the_bug,_please", True),
        ("sessions list", False),
        ("-m x exec hi", False),
        ("fix", False),
        ("--help", False),
        ("--theme day", False),
        ("--resume", False),
        ("--demo resume", False),
        ("--demo --resume=wombat", False),
    ],
)
def test_the_kept_frame_is_shown_before_the_arguments_are_read_if_they_surely_ask_for_it(
    line: str, is_shown: bool
) -> None:
    assert is_screen([word.replace("_", " ") for word in line.split()]) == is_shown


def test_a_mistake_after_the_kept_frame_leaves_the_terminal_as_it_was(home: Path) -> None:
    with Terminal([COMMAND, "--demo"], env=environment(home), cwd=home) as terminal:
        terminal.wait_for("Ctrl+P commands")
        terminal.press("ctrl+q").wait_exit()
    with Terminal([COMMAND, "--deno"], env=environment(home), cwd=home) as terminal:
        assert terminal.wait_exit() == 2
        assert "unknown flag --deno; did you mean --demo?" in terminal.screen
        assert terminal.leftovers() == []
        assert b"Say what you want done" in terminal.raw
