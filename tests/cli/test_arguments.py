from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codex_cli.arguments import UsageError, parse
from codex_cli.flags import COMMANDS, FIRST_WORDS, FLAGS
from codex_cli.help import help_of, help_of_group, overview
from codex_cli.options import Options, options_of


def options(*argv: str) -> Options:
    return options_of(parse(argv))


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        ([], {"front_end": "tui", "prompt": None, "resume": "new"}),
        (["fix the test"], {"front_end": "tui", "prompt": "fix the test"}),
        (["--task", "fix it"], {"prompt": "fix it"}),
        (["--task=-v means what?"], {"prompt": "-v means what?"}),
        (["--", "--version"], {"prompt": "--version"}),
        (["--", "exec"], {"front_end": "tui", "prompt": "exec"}),
        (["exec", "fix it"], {"front_end": "exec", "prompt": "fix it"}),
        (["exec", "-"], {"prompt": "-"}),
        (["fork"], {"resume": "picker", "fork": True}),
        (["fork", "--last", "go on"], {"resume": "last", "fork": True, "prompt": "go on"}),
        (["resume", "x"], {"resume": "id", "resume_id": "x", "fork": False}),
        (["exec", "sessions"], {"front_end": "exec", "prompt": "sessions"}),
        (["exec", "--", "resume"], {"prompt": "resume", "resume": "new"}),
        (["resume"], {"front_end": "tui", "resume": "picker"}),
        (["resume", "--last", "go on"], {"resume": "last", "prompt": "go on"}),
        (["resume", "abc", "go on"], {"resume": "id", "resume_id": "abc", "prompt": "go on"}),
        (["resume", "--last", "--all"], {"resume": "last", "resume_all": True}),
        (["--resume"], {"resume": "picker"}),
        (["--resume=abc", "hello"], {"resume": "id", "resume_id": "abc", "prompt": "hello"}),
        (["--resume", "hello"], {"resume": "picker", "prompt": "hello"}),
        (["exec", "resume", "--last", "go"], {"front_end": "exec", "resume": "last", "prompt": "go"}),
        (["exec", "resume", "abc"], {"resume": "id", "resume_id": "abc", "prompt": None}),
        (["exec", "--json", "resume", "abc", "-"], {"json": True, "resume_id": "abc", "prompt": "-"}),
        (["-m", "openai/gpt-5", "-mx"], {"model": "x"}),
        (["--model=a", "-m=b"], {"model": "b"}),
        (["--plan"], {"mode": "plan"}),
        (["exec", "--full-auto", "x"], {"mode": "auto"}),
        (["--full-auto", "--mode", "auto"], {"mode": "auto"}),
        (["--dangerously-bypass-approvals-and-sandbox"], {"mode": "full", "bypass": True}),
        (["-s", "read-only", "-a", "never"], {"sandbox_mode": "read-only", "approval_policy": "never", "mode": None}),
        (["-c", "a=1", "--config=b=2"], {"config_overrides": ("a=1", "b=2")}),
        (["--max-turns", "3", "--demo", "--trust"], {"max_turns": 3, "demo": True, "trust": True}),
        (["exec", "-o", "/tmp/x", "--color", "never", "--skip-git-repo-check", "x"], {"output_file": Path("/tmp/x")}),
    ],
)
def test_what_is_typed_is_what_is_meant(argv: list[str], said: dict[str, Any]) -> None:
    meant = options(*argv)
    assert {name: getattr(meant, name) for name in said} == said


def test_flags_of_the_typescript_sdk_are_taken_in_its_order(tmp_path: Path) -> None:
    image = tmp_path / "a.png"
    image.write_bytes(b"")
    meant = options(
        *("exec", "--experimental-json", "--config", 'approval_policy="never"', "--model", "m"),
        *("--sandbox", "workspace-write", "--cd", str(tmp_path), "--add-dir", "/tmp", "--skip-git-repo-check"),
        *("--config", "sandbox_workspace_write.network_access=true", "resume", "thread-1", "--image", str(image)),
    )
    assert (meant.json, meant.resume_id, meant.images, meant.folder) == (True, "thread-1", (image,), tmp_path)
    assert meant.prompt is None


@pytest.mark.parametrize(
    ("argv", "complaint"),
    [
        (["--modle", "x"], "unknown flag --modle; did you mean --model?"),
        (["exec", "--jsn", "x"], "unknown flag --jsn; did you mean --json?"),
        (["--full_auto"], "did you mean --full-auto?"),
        (["-x"], "unknown flag -x"),
        (["exce"], "no command 'exce'; did you mean exec?"),
        (["Exec"], "did you mean exec?"),
        (["resum", "abc"], "did you mean resume?"),
        (["sessions", "lst"], "no command 'sessions lst'; did you mean list?"),
        (["sessions"], "sessions needs one of: list, show"),
        (["sessions", "--json"], "sessions needs one of"),
        (["sessions", "show"], "sessions show needs ID"),
        (["sessions", "show", "a", "b"], "not 'b'"),
        (["fix", "the", "test"], 'put it in quotes: codex-py "fix the test"'),
        (["exec", "fix", "it"], "put it in quotes"),
        (["--mode", "atuo"], "--mode cannot be 'atuo'; did you mean auto?"),
        (["-s", "on-failure"], "-s cannot be 'on-failure'"),
        (["-m"], "-m needs a value: --model MODEL"),
        (["-m", "--json"], "-m needs a value"),
        (["-m", ""], "--model is empty"),
        (["--plan=yes"], "--plan takes no value"),
        (["-hx"], "-h takes no value"),
        (["--json"], "--json does not go with codex-py; it goes with: exec, sessions"),
        (["exec", "--last", "x"], "--last does not go with codex-py exec; it goes with: exec, resume"),
        (["--plan", "--full-auto"], "--plan and --full-auto contradict each other"),
        (["--mode", "plan", "-s", "read-only"], "--mode and --sandbox contradict each other"),
        (["--mode", "full"], "needs --dangerously-bypass-approvals-and-sandbox"),
        (["--demo", "-m", "x"], "--demo and --model exclude each other"),
        (["--task", "a", "b"], "say the same"),
        (["resume", "--last", "a", "b"], "'a' is one too many"),
        (["resume", "a", "--resume=b"], "say the same"),
        (["exec", "--resume", "x"], "exec cannot show a list"),
        (["exec", "resume"], "an ID or --last"),
        (["--max-turns", "0"], "a whole number from 1, not '0'"),
        (["--max-turns", "²"], "a whole number from 1"),
        (["--max-turns", "9" * 5000], "a whole number from 1"),
        (["-C", "/nowhere"], "--cd: /nowhere: No such file or directory"),
        (["-C", "/etc/passwd"], "is not a folder"),
        (["-C", "a\0b"], "--cd"),
        (["--add-dir", "/nowhere"], "--add-dir: /nowhere"),
        (["-i", "/nowhere.png"], "--image: /nowhere.png"),
        (["exec", "-i", "/tmp", "x"], "is not a file"),
        (["fork", "--last", "a", "b"], "'a' is one too many"),
        (["fork", "--resume", "x"], "--resume does not go with codex-py fork"),
        (["login", "openai"], "not in this version: codex-py login"),
        (["mcp-server"], "not in this version"),
        (["sessions", "search"], "sessions search needs WORDS"),
        (["sessions", "rename", "a"], "sessions rename needs ID TITLE"),
        (["sessions", "export", "a", "--format", "pdf"], "--format cannot be 'pdf'"),
        (["sessions", "rewind"], "sessions rewind needs ID"),
        (["--max-cost", "3"], "not in this version: --max-cost"),
        (["--plain"], "not in this version: --plain"),
        (["exec", "--output-schema", "x", "y"], "not in this version: --output-schema"),
        (["completion"], "completion needs bash|zsh|fish"),
    ],
)
def test_what_is_wrong_is_named_with_the_nearest_valid_word(argv: list[str], complaint: str) -> None:
    with pytest.raises(UsageError) as caught:
        options(*argv)
    assert complaint in str(caught.value)


@pytest.mark.parametrize("prompt", ["explain", "run", "hi", "executes", "apples", "what?", "résumé"])
def test_a_word_that_is_no_slip_of_a_command_is_a_prompt(prompt: str) -> None:
    assert options(prompt).prompt == prompt


def test_commands_with_arguments_of_their_own_get_all_of_them() -> None:
    request = parse(["-s", "read-only", "sandbox", "--timeout", "3", "--", "ls", "--help", "--json"])
    assert request.command.name == "sandbox"
    assert request.rest == ("-s", "read-only", "--timeout", "3", "--", "ls", "--help", "--json")
    assert parse(["mcp", "--help"]).rest == ("--help",)


def test_a_folder_is_resolved_and_files_of_a_list_are_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to("real")
    for name in ("a.png", "b.png", "c,d.png"):
        (tmp_path / name).write_bytes(b"")
    meant = options("-C", "link", "-i", "a.png,b.png", "-i", "c,d.png")
    assert meant.folder == tmp_path / "real"
    assert [image.name for image in meant.images] == ["a.png", "b.png", "c,d.png"]


def test_a_current_folder_that_is_gone_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    with pytest.raises(UsageError, match="--cd"):
        options()


@given(st.lists(st.sampled_from([*FIRST_WORDS, *FLAGS, "-m", "-", "--", "list", "x", "--mode=ask", "", "\udcff"])))
def test_any_line_is_understood_or_refused_in_words(argv: list[str]) -> None:
    try:
        request = parse(argv)
        if request.command.name.startswith(("exec", "resume")) or not request.command.name:
            options_of(request)
    except UsageError as error:
        assert str(error)  # noqa: PT017 - most lines are wrong, some are not


def test_the_help_fits_the_screen_and_leaves_nothing_built_out() -> None:
    texts = [overview(), *(help_of(command) for command in COMMANDS.values()), help_of_group("sessions")]
    for text in texts:
        assert all(len(line) <= 100 for line in text.splitlines()), text
    for name, command in COMMANDS.items():
        if command.built and name:
            assert name.split()[0] in overview()
    for flag in COMMANDS[""].flags:
        assert (flag in overview()) == FLAGS[flag].built
