from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from codex_tools.sandbox import kernel
from codex_tools.sandbox.process_tree import children
from tests.sandbox.test_bounds import is_alive, wait_until
from tests.support.program import COMMAND, Finished, environment, run
from tests.support.terminal import Terminal

pytestmark = pytest.mark.skipif(not kernel.landlock_abi(), reason="the kernel has no Landlock")

Sandbox = Callable[..., Finished]


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    folder = tmp_path / "workspace"
    folder.mkdir()
    return folder.resolve()


@pytest.fixture
def sandbox(home: Path, workspace: Path) -> Sandbox:
    def run_sandbox(*arguments: str, stdin: str = "", **variables: str) -> Finished:
        return run("sandbox", *arguments, cwd=workspace, env=environment(home, variables), stdin=stdin)

    return run_sandbox


def started(workspace: Path, home: Path, line: str, *arguments: str, **variables: str) -> subprocess.Popen[bytes]:
    """Start `bash -c LINE`, which writes its own pid to the file `ready` when it is."""
    argv = [COMMAND, "sandbox", *arguments, "--", "bash", "-c", line]
    process = subprocess.Popen(argv, cwd=workspace, env=environment(home, variables), start_new_session=True)
    ready = workspace / "ready"
    assert wait_until(lambda: ready.exists() and ready.read_text() != "")
    return process


def test_streams_and_exit_status_are_the_commands_own(sandbox: Sandbox) -> None:
    done = sandbox("--", "sh", "-c", "cat; echo err >&2; exit 7", stdin="in\n")

    assert (done.exit_code, done.stdout, done.stderr) == (7, "in\n", "err\n")


def test_it_writes_in_the_workspace_and_nowhere_else(sandbox: Sandbox, workspace: Path, tmp_path: Path) -> None:
    done = sandbox("sh", "-c", "echo x > here; echo x > ../there; echo x > $TMPDIR/temp && echo $TMPDIR/temp")

    assert (workspace / "here").exists()
    assert not (tmp_path / "there").exists()
    assert not Path(done.stdout.strip()).exists()


def test_read_only_writes_nowhere(sandbox: Sandbox, workspace: Path) -> None:
    done = sandbox("-s", "read-only", "--", "touch", "here")

    assert done.exit_code == 1
    assert not (workspace / "here").exists()


def test_more_folders_can_be_writable(sandbox: Sandbox, tmp_path: Path) -> None:
    more = tmp_path / "more"
    more.mkdir()

    done = sandbox("--add-dir", str(more), "touch", str(more / "file"))

    assert done.exit_code == 0
    assert (more / "file").exists()


def test_it_runs_in_the_folder_that_is_named(sandbox: Sandbox, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()

    done = sandbox(f"--cd={other}", "sh", "-c", "touch here; pwd")

    assert done.stdout == f"{other.resolve()}\n"
    assert (other / "here").exists()


def test_full_access_is_not_confined(sandbox: Sandbox, tmp_path: Path) -> None:
    done = sandbox("-s", "danger-full-access", "sh", "-c", "touch ../there; grep NoNewPrivs /proc/self/status")

    assert done.stdout == "NoNewPrivs:\t0\n"
    assert (tmp_path / "there").exists()


def test_keys_do_not_reach_the_command(sandbox: Sandbox) -> None:
    done = sandbox("env", OPENAI_API_KEY="sk-must-not-be-seen", MY_TOKEN="must-not-be-seen", GIT_AUTHOR_NAME="A")

    assert "must-not-be-seen" not in done.stdout
    assert "GIT_AUTHOR_NAME=A" in done.stdout


def test_our_own_folder_is_hidden(sandbox: Sandbox, home: Path) -> None:
    (home / "codex-py").mkdir()
    (home / "codex-py" / "config.toml").write_text("secret")
    (home / ".ssh").mkdir()
    (home / ".ssh" / "id_rsa").write_text("secret")

    done = sandbox("sh", "-c", "cat ~/codex-py/config.toml ~/.ssh/id_rsa")

    assert done.exit_code == 1
    assert done.stdout == ""


@pytest.mark.parametrize(
    ("argv", "code"), [(("no-such-program",), 127), (("/etc/passwd",), 126), (("sh", "-c", "exit 125"), 125)]
)
def test_exit_codes_are_those_of_shells(sandbox: Sandbox, argv: tuple[str, ...], code: int) -> None:
    assert sandbox("--", *argv).exit_code == code


def test_a_signal_that_ended_the_command_is_seen_as_such(sandbox: Sandbox) -> None:
    assert sandbox("sh", "-c", "kill -KILL $$").exit_code == -signal.SIGKILL


def test_a_broken_pipe_ends_the_command(workspace: Path, home: Path) -> None:
    line = f"{COMMAND} sandbox yes | head -1; echo ${{PIPESTATUS[0]}}"
    done = subprocess.run(
        ["bash", "-c", line],
        cwd=workspace,
        env=environment(home),
        capture_output=True,
        text=True,
        timeout=30,
        check=True,
    )

    assert done.stdout == "y\n141\n"
    assert done.stderr == ""


def test_a_writer_is_told_when_the_command_has_closed_its_stdin(workspace: Path, home: Path) -> None:
    line = f"yes | {COMMAND} sandbox sh -c 'exec <&-; touch ready; until [ -e go ]; do sleep 0.02; done' & sleep 0; "
    line += "until [ -e ready ]; do sleep 0.02; done; "
    line += "while pgrep -x yes -P $$ > /dev/null; do sleep 0.02; done; touch go; wait"

    done = subprocess.run(
        ["bash", "-c", line], cwd=workspace, env=environment(home), capture_output=True, timeout=30, check=False
    )

    assert done.returncode == 0


def test_time_is_up(sandbox: Sandbox) -> None:
    started_at = time.monotonic()
    done = sandbox("--timeout", "0.5", "sh", "-c", "trap '' TERM; sleep 30")

    assert done.exit_code == 124
    assert "time limit" in done.stderr
    assert time.monotonic() - started_at < 15


def test_more_output_than_allowed_ends_the_command(sandbox: Sandbox) -> None:
    done = sandbox("--max-output", "1000", "sh", "-c", "yes >&2 & yes")

    assert done.exit_code == 124
    printed = [line for line in (done.stdout + done.stderr).splitlines() if line == "y"]
    assert 2 * len(printed) == 1000
    assert "output limit" in done.stderr


def test_less_output_than_allowed_is_all_there(sandbox: Sandbox) -> None:
    done = sandbox("--max-output", "1k", "sh", "-c", "echo out; echo err >&2; exit 3")

    assert (done.exit_code, done.stdout, done.stderr) == (3, "out\n", "err\n")


def test_too_many_processes_end_the_command(sandbox: Sandbox) -> None:
    done = sandbox("--max-procs", "20", "bash", "-c", "for i in $(seq 200); do sleep 20 & done; wait")

    assert done.exit_code == 124
    assert "processes" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--netwrok", "on", "true"), "--network"),
        (("-s", "readonly", "true"), "read-only"),
        (("--network", "maybe", "true"), "off, on"),
        (("--timeout", "soon", "true"), "soon"),
        (("--max-procs", "-1", "true"), "-1"),
        (("--max-memory", "1T", "true"), "1T"),
        (("--add-dir", "/no/such/folder", "true"), "/no/such/folder"),
        (("-C", "nowhere", "true"), "nowhere"),
        (("--tier", "c", "true"), "no such value"),
        (("--timeout",), "needs a value"),
        ((), "no command"),
        (("--",), "no command"),
    ],
)
def test_a_wrong_command_line_names_what_is_wrong(sandbox: Sandbox, arguments: tuple[str, ...], said: str) -> None:
    done = sandbox(*arguments)

    assert done.exit_code == 2
    assert said in done.stderr
    assert done.stdout == ""


def test_flags_behind_the_command_are_its_own(sandbox: Sandbox) -> None:
    assert sandbox("echo", "--help", "-s").stdout == "--help -s\n"


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGUSR1])
def test_signals_are_passed_on(workspace: Path, home: Path, number: signal.Signals) -> None:
    name = number.name.removeprefix("SIG")
    line = f"trap 'echo got > signal; exit 9' {name}; echo $$ > ready; while :; do sleep 0.02; done"
    process = started(workspace, home, line)

    process.send_signal(number)

    assert process.wait(15) == 9
    assert (workspace / "signal").read_text() == "got\n"


@pytest.mark.parametrize("whom", ["process", "group", "supervisor"])
def test_killing_it_ends_the_whole_tree(workspace: Path, home: Path, whom: str) -> None:
    line = (
        "setsid bash -c 'trap \"\" TERM HUP; echo $$ > daemon; exec sleep 600' & "
        "until [ -s daemon ]; do sleep 0.01; done; echo $$ > ready; sleep 600"
    )
    process = started(workspace, home, line)
    assert is_alive(workspace / "daemon")

    match whom:
        case "group":
            os.killpg(process.pid, signal.SIGKILL)
        case "supervisor":
            (supervisor,) = children(process.pid)
            os.kill(supervisor, signal.SIGKILL)
        case _:
            process.kill()
    assert process.wait(15) == -signal.SIGKILL

    assert wait_until(lambda: not is_alive(workspace / "daemon") and not is_alive(workspace / "ready"))


def test_its_private_temp_goes_even_if_it_is_killed(workspace: Path, home: Path) -> None:
    process = started(workspace, home, "echo x > $TMPDIR/file; echo $$ > ready; sleep 600", TMPDIR=str(home))
    (file,) = home.glob("codex-py-*/tmp/file")

    process.kill()
    process.wait()

    assert wait_until(lambda: not file.parents[1].exists())


def test_in_a_terminal_ctrl_c_reaches_the_command_once(workspace: Path, home: Path) -> None:
    count = "n=0; trap 'n=$((n+1)); echo caught $n' INT; trap 'exit $n' TERM"
    line = f"{count}; echo ready; while :; do sleep 0.05; done"
    with Terminal([COMMAND, "sandbox", "bash", "-c", line], env=environment(home), cwd=workspace) as terminal:
        terminal.wait_for("ready")
        terminal.press("ctrl+c")
        terminal.wait_for("caught 1")
        terminal.press("ctrl+c")
        terminal.wait_for("caught 2")
        os.kill(terminal.pid, signal.SIGTERM)
        assert terminal.wait_exit() == 2


def test_in_a_terminal_nothing_can_be_typed_for_the_user(workspace: Path, home: Path) -> None:
    code = "import fcntl, termios\nfor c in b'id': fcntl.ioctl(0, termios.TIOCSTI, bytes([c]))\nprint('INJECTED')"
    results = {}
    for mode in ("danger-full-access", "workspace-write"):
        argv = [COMMAND, "sandbox", "-s", mode, "/usr/bin/env", "python3", "-I", "-c", code]
        with Terminal(argv, env=environment(home), cwd=workspace) as terminal:
            terminal.wait_exit()
            results[mode] = b"INJECTED" in terminal.raw
    if not results["danger-full-access"]:
        pytest.skip("this kernel lets nobody type for the user")

    assert not results["workspace-write"]


def test_a_shell_in_a_terminal_has_job_control(workspace: Path, home: Path) -> None:
    with Terminal(["bash", "--norc", "-i"], env=environment(home, {"PS1": "outer> "}), cwd=workspace) as terminal:
        terminal.wait_for("outer>")
        terminal.type(f"{COMMAND} sandbox bash -c 'echo up; sleep 600'").press("enter")
        terminal.wait_for("\nup")
        terminal.press("ctrl+z")
        terminal.wait_for("Stopped")
        terminal.type("fg").press("enter")
        terminal.wait_for(lambda _: terminal.foreground_group != terminal.pid)
        terminal.press("ctrl+c")
        terminal.type("echo status $?").press("enter")
        terminal.wait_for("status 130")


def test_doctor_tells_what_holds(home: Path, workspace: Path) -> None:
    done = run("doctor", "--json", cwd=workspace, env=environment(home, {"OPENAI_API_KEY": "sk-must-not-be-seen"}))

    report = json.loads(done.stdout)
    assert set(report) == {
        *("version", "kernel", "machine", "python", "sandbox", "terminal", "programs", "home", "provider_keys"),
        *("configuration", "model", "problems"),
    }
    assert set(report["sandbox"]) == {"tier", "landlock_abi", "reason", "gaps", "user_namespaces"}
    assert report["sandbox"]["tier"] in {"A", "B"}
    assert report["provider_keys"] == ["OPENAI_API_KEY"]
    assert "must-not-be-seen" not in done.stdout
    assert done.exit_code == (1 if report["problems"] else 0)


def test_doctor_in_words_names_tier_and_gaps(home: Path, workspace: Path) -> None:
    done = run("doctor", cwd=workspace, env=environment(home))

    assert "Landlock and seccomp" in done.stdout
    assert "not covered" in done.stdout
