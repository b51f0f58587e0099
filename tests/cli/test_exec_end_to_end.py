from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.support.model_server import (
    Call,
    Cut,
    HttpError,
    Reply,
    SeenRequest,
    Stall,
    Step,
    ThreadedModelServer,
    Tokens,
)
from tests.support.program import COMMAND, Finished, environment, run
from tests.support.workspace import git, git_repository

TASK = "fix the failing test"
EDIT = {
    "path": "calc.py",
    "old_text": "sum(numbers) / (len(numbers) + 1)",
    "new_text": "sum(numbers) / len(numbers)",
}
MODELS = ("openai/scripted", "anthropic/claude-scripted")
ANSWER = "Fixed: the mean divided by one too many."


def the_whole_job(*trouble: Step) -> Callable[[SeenRequest], Step]:
    """Have some trouble, then look, change, test and answer."""
    read_and_search = (Call("read_file", {"path": "calc.py"}), Call("grep", {"pattern": "mean"}))
    steps = (
        *trouble,
        Reply(text="I will look first.", calls=read_and_search, usage=Tokens(input=100, output=20, cached=40)),
        Reply(calls=(Call("edit_file", EDIT),)),
        Reply(calls=(Call("shell", {"command": "python3 -m unittest 2>&1"}),)),
    )
    return lambda request: steps[request.number] if request.number < len(steps) else Reply(text=ANSWER)


@pytest.fixture
def project(home: Path) -> Path:
    return git_repository(home / "project")


def exec_json(server: ThreadedModelServer, project: Path, *words: str, model: str = MODELS[0], **more: Any) -> Finished:
    env = environment(project.parent, server.environment())
    return run("exec", "--json", "-m", model, *words, cwd=project, env=env, **more)


def check_the_whole_job(done: Finished, project: Path) -> None:
    assert (done.exit_code, done.stderr) == (0, "")
    assert git(project, "diff", "--stat").splitlines()[-1].strip() == "1 file changed, 1 insertion(+), 1 deletion(-)"
    lines = done.lines()
    assert [line["type"] for line in lines[:2]] == ["thread.started", "turn.started"]
    assert lines[-1]["type"] == "turn.completed"
    assert lines[-1]["usage"]["input_tokens"] > 0
    assert [item["name"] for item in done.items("tool_call")] == ["read_file", "grep"]
    (change,) = done.items("file_change")
    assert (change["changes"], change["status"]) == ([{"path": "calc.py", "kind": "update"}], "completed")
    (command,) = done.items("command_execution")
    assert (command["command"], command["exit_code"], command["status"]) == ("python3 -m unittest 2>&1", 0, "completed")
    assert "OK" in command["aggregated_output"]
    assert done.items("agent_message")[-1]["text"] == ANSWER


def test_a_failing_test_is_fixed_and_the_session_found_again(project: Path) -> None:
    with ThreadedModelServer(the_whole_job()) as server:
        env = environment(project.parent, server.environment())
        first = exec_json(server, project, "--full-auto", TASK)
        again = exec_json(server, project, "resume", "--last", "and now?")
        history = json.dumps(server.requests[-1].body)
    check_the_whole_job(first, project)
    session_id = first.lines()[0]["thread_id"]
    assert (again.exit_code, again.lines()[0]["thread_id"]) == (0, session_id)
    assert again.items("file_change") == []
    assert TASK in history
    assert ANSWER in history
    (row,) = json.loads(run("sessions", "list", "--json", cwd=project, env=env).stdout)
    assert (row["id"], row["title"], row["workspace"]) == (session_id, TASK, str(project))
    shown = json.loads(run("sessions", "show", session_id, "--json", cwd=project, env=env).stdout)
    kinds = [item["type"] for item in shown["items"]]
    assert kinds.count("tool_call") == kinds.count("tool_result") == 4
    assert shown["usage"]["input_tokens"] > 0
    assert shown["approvals"] == []
    assert [item["outcome"]["type"] for item in shown["items"] if item["type"] == "turn_end"] == ["completed"] * 2
    steps = [item for item in shown["items"] if item["type"] == "step"]
    assert sum(step["usage"]["input_tokens"] for step in steps) == shown["usage"]["input_tokens"]
    text = run("sessions", "show", session_id, cwd=project, env=env).stdout
    assert f"› {TASK}" in text
    assert "python3 -m unittest" in text
    assert text.count("(model ") == len(steps)
    assert text.count("— done · ") == 2
    assert re.search(r"^used: [0-9.k~]+ tok", text, re.MULTILINE)
    unknown = run("sessions", "show", "nobody", cwd=project, env=env)
    assert (unknown.exit_code, unknown.stderr) == (1, "codex-py: no session nobody; see codex-py sessions list --all\n")


def test_a_turn_that_failed_says_so_when_it_is_looked_up(project: Path) -> None:
    with ThreadedModelServer((HttpError(status=401),)) as server:
        env = environment(project.parent, server.environment())
        done = exec_json(server, project, TASK)
    session_id = done.lines()[0]["thread_id"]
    message = done.lines()[-1]["error"]["message"]
    text = run("sessions", "show", session_id, cwd=project, env=env).stdout
    assert f"· {message.splitlines()[0]}" in text.split("— failed · ")[1]
    items = json.loads(run("sessions", "show", session_id, "--json", cwd=project, env=env).stdout)["items"]
    assert (items[-1]["outcome"]["type"], items[-1]["outcome"]["error"]) == ("failed", message)
    assert next(item["error"] for item in items if item["type"] == "step") == message


def test_escape_sequences_in_a_tools_name_are_not_printed(project: Path) -> None:
    steps = (Reply(calls=(Call("evil\x1b]52;c;AAAA\x07", {}),)), Reply(text="Sorry."))
    with ThreadedModelServer(steps) as server:
        env = environment(project.parent, server.environment())
        done = run("exec", "-m", MODELS[0], TASK, cwd=project, env=env)
    (row,) = json.loads(run("sessions", "list", "--json", cwd=project, env=env).stdout)
    shown = run("sessions", "show", row["id"], cwd=project, env=env)
    assert "evil" in shown.stdout
    assert "\x1b" not in shown.stdout + done.stdout + done.stderr


@pytest.mark.parametrize("model", MODELS)
def test_trouble_with_the_provider_costs_time_and_nothing_else(project: Path, model: str) -> None:
    half = Reply(text="I will delete it all.", calls=(Call("shell", {"command": "touch half-run"}),))
    with ThreadedModelServer(the_whole_job(HttpError(status=500), Cut(after_chunks=3, reply=half))) as server:
        done = exec_json(server, project, "--full-auto", TASK, model=model)
    check_the_whole_job(done, project)
    assert len(done.items("error")) == 2
    assert not (project / "half-run").exists()


def test_the_default_looks_and_changes_nothing(project: Path) -> None:
    with ThreadedModelServer(the_whole_job()) as server:
        done = exec_json(server, project, TASK)
    assert done.exit_code == 0
    assert git(project, "diff") == ""
    (change,) = done.items("file_change")
    assert change["status"] == "failed"


def test_without_a_key_it_says_what_to_do(project: Path) -> None:
    done = run("exec", "--json", "-m", "openai/gpt-5", "hi", cwd=project, env=environment(project.parent))
    assert done.exit_code == 2
    assert "OPENAI_API_KEY" in done.stderr
    assert done.lines() == [{"type": "error", "message": done.stderr.strip().removeprefix("codex-py: ")}]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (
            ("-m", "opanai/gpt-5"),
            "as the model opanai/gpt-5 wants; did you mean openai?",
        ),
        (("-c", "model=nosuchprovider/foo"), "no provider is named 'nosuchprovider'"),
        (("--demo", "--theme", "foo"), "--theme: no theme 'foo'"),
        (("--demo", "-c", "theme=nope"), "-c: no theme 'nope'"),
    ],
)
def test_what_can_be_known_to_be_wrong_is_said_before_anything_runs(
    project: Path, words: tuple[str, ...], said: str
) -> None:
    env = environment(project.parent, {"OPENAI_API_KEY": "sk-of-nobody"})
    done = run("exec", *words, "hi", cwd=project, env=env)
    assert (done.exit_code, done.stdout) == (2, "")
    assert said in done.stderr
    assert json.loads(run("sessions", "list", "--json", cwd=project, env=env).stdout) == []


def test_a_failure_says_how_to_go_on(project: Path) -> None:
    with ThreadedModelServer(lambda _: HttpError(status=404)) as server:
        env = environment(project.parent, server.environment())
        done = run("exec", "-m", MODELS[0], "hi", cwd=project, env=env)
        (row,) = json.loads(run("sessions", "list", "--json", cwd=project, env=env).stdout)
    assert done.exit_code == 1
    why, onward = done.stderr.splitlines()[-2:]
    assert "Check the model's name, and OPENAI_" in why
    assert onward.endswith(f'codex-py exec resume {row["id"]} "…"')


def test_a_stream_that_is_cut_is_told_in_words_for_people(project: Path) -> None:
    cut = Cut(after_chunks=3, reply=Reply(text="one two three four five six"))
    with ThreadedModelServer((cut, Reply(text="Hello."))) as server:
        done = run("exec", "-m", MODELS[0], "hi", cwd=project, env=environment(project.parent, server.environment()))
    assert (done.exit_code, done.stdout) == (0, "Hello.\n")
    assert "The connection to openai broke in the middle of the reply. Trying again now (attempt 2)." in done.stderr


def test_what_is_piped_joins_the_prompt_and_the_sdk_may_name_key_and_address(project: Path) -> None:
    last = project / "last.txt"
    with ThreadedModelServer(lambda _: Reply(text="Hello."), key="sk-of-the-sdk-0123456789") as server:
        env = environment(project.parent, {"CODEX_API_KEY": "sk-of-the-sdk-0123456789"})
        address = f'openai_base_url="{server.url}/v1"'
        words = ("exec", "-c", address, "-m", MODELS[0], "-o", str(last), "summarise")
        done = run(*words, cwd=project, env=env, stdin="the text ü\n")
        body = json.dumps(server.requests[0].body, ensure_ascii=False)
    assert (done.exit_code, done.stdout, last.read_text()) == (0, "Hello.\n", "Hello.")
    assert "summarise\\n\\n<stdin>\\nthe text ü\\n</stdin>" in body


def started(server: ThreadedModelServer, project: Path, *words: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [COMMAND, "exec", "--json", "-m", MODELS[0], *words],
        cwd=project,
        env=environment(project.parent, server.environment()),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def wait_for(process: subprocess.Popen[str], wanted: Callable[[dict[str, Any]], bool]) -> list[dict[str, Any]]:
    """Read lines up to the wanted one."""
    assert process.stdout is not None
    lines: list[dict[str, Any]] = []
    for text in process.stdout:
        lines.append(json.loads(text))
        if wanted(lines[-1]):
            return lines
    raise AssertionError(f"it never came: {lines}")


def test_ctrl_c_while_the_model_speaks_ends_with_130(project: Path) -> None:
    with ThreadedModelServer([Stall(after_chunks=3)]) as server:
        process = started(server, project, "hi")
        wait_for(process, lambda line: line["type"] == "turn.started")
        deadline = time.monotonic() + 30
        while not server.requests and time.monotonic() < deadline:
            time.sleep(0.02)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=30)
    assert process.returncode == 130
    assert json.loads(out.splitlines()[-1])["type"] == "turn.failed"
    assert err == "codex-py: interrupted\n"


@pytest.mark.parametrize("words", [("exec", "--json"), ("exec",), ("config", "show"), ("--help",), ("--version",)])
def test_a_stdout_that_nobody_reads_or_that_is_full_is_no_crash(project: Path, words: tuple[str, ...]) -> None:
    env = environment(project.parent)
    command = [COMMAND, *words, *(("--demo", "hi") if words[0] == "exec" else ())]
    reading, unread = os.pipe()
    os.close(reading)
    try:
        left = subprocess.run(
            command, cwd=project, env=env, stdout=unread, stderr=subprocess.PIPE, text=True, check=False
        )
    finally:
        os.close(unread)
    assert (left.returncode, "Traceback" in left.stderr) == (141, False)
    with Path("/dev/full").open("w") as full:
        failed = subprocess.run(
            command, cwd=project, env=env, stdout=full, stderr=subprocess.PIPE, text=True, check=False
        )
    assert failed.returncode == 1
    assert failed.stderr.splitlines()[-1] == "codex-py: stdout cannot be written: No space left on device"
    assert "Traceback" not in failed.stderr


def make_slow_to_search(project: Path) -> None:
    """Looking through it takes longer than any tool has time for."""
    (project / ".gitignore").write_text("".join(f"*{number}*{number}*~\n" for number in range(4000)))
    for number in range(20_000):
        (project / f"file-{number}").touch()
    (project / "wild").write_text("a" * 60 + "\n")


@pytest.mark.parametrize(
    ("call", "number"),
    [
        pytest.param(Call("list_dir", {"path": "."}), signal.SIGTERM, id="list_dir"),
        pytest.param(Call("grep", {"pattern": "x"}), signal.SIGINT, id="grep"),
        pytest.param(Call("grep", {"pattern": "(a+)+$(?=b)", "path": "wild"}), signal.SIGINT, id="wild pattern"),
    ],
)
def test_a_signal_during_a_long_search_ends_at_once(project: Path, call: Call, number: signal.Signals) -> None:
    make_slow_to_search(project)
    with ThreadedModelServer([Reply(calls=(call,))]) as server:
        process = started(server, project, "look")
        wait_for(process, lambda line: line["type"] == "item.started")
        began = time.monotonic()
        process.send_signal(number)
        process.communicate(timeout=60)
    assert process.returncode == (130 if number is signal.SIGINT else 128 + number)
    assert time.monotonic() - began < 10  # the search itself takes 15 s or more


def is_running(mark: str) -> bool:
    """Whether a process with this in its command line lives."""
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                if mark.encode() in (folder / "cmdline").read_bytes():
                    return True
            except OSError:
                continue
    return False


def test_after_kill_9_in_the_middle_of_a_command_it_is_gone_and_answered_once(project: Path) -> None:
    mark = f"1{os.getpid()}.25"

    def play(request: SeenRequest) -> Step:
        return (
            Reply(calls=(Call("shell", {"command": f"sleep {mark}"}),)) if request.number == 0 else Reply(text="I see.")
        )

    with ThreadedModelServer(play) as server:
        process = started(server, project, "--full-auto", "wait")
        lines = wait_for(process, lambda line: line["type"] == "item.started")
        deadline = time.monotonic() + 20
        while not is_running(mark) and time.monotonic() < deadline:
            time.sleep(0.02)
        assert is_running(mark)
        process.kill()
        process.communicate()
        while is_running(mark) and time.monotonic() < deadline:
            time.sleep(0.02)
        assert not is_running(mark)
        again = exec_json(server, project, "resume", lines[0]["thread_id"], "what happened?")
        assert again.exit_code == 0
        body = json.dumps(server.requests[-1].body)
    assert body.count('"role": "tool"') == 1
    env = environment(project.parent)
    shown = json.loads(run("sessions", "show", lines[0]["thread_id"], "--json", cwd=project, env=env).stdout)
    results = [item for item in shown["items"] if item["type"] == "tool_result"]
    assert [result["status"] for result in results] == ["interrupted"]


def test_processes_of_one_folder_work_side_by_side(project: Path) -> None:
    env = environment(project.parent)
    command = [COMMAND, "exec", "--demo", "--json"]
    processes = [
        subprocess.Popen(
            [*command, f"number {n}"], cwd=project, env=env, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE
        )
        for n in range(3)
    ]
    assert [process.communicate(timeout=90)[1] for process in processes] == [b"", b"", b""]
    rows = json.loads(run("sessions", "list", "--json", cwd=project, env=env).stdout)
    assert {row["title"] for row in rows} == {"number 0", "number 1", "number 2"}


@pytest.mark.skipif(shutil.which("node") is None, reason="node is not installed")
@pytest.mark.skipif(not os.environ.get("CODEX_SDK"), reason="CODEX_SDK does not name a folder with @openai/codex-sdk")
def test_the_typescript_sdk_of_codex_works_unchanged(project: Path) -> None:
    script = """
    const { Codex } = await import(process.env.CODEX_SDK + "/dist/index.js");
    const codex = new Codex({ codexPathOverride: process.env.COMMAND });
    const thread = codex.startThread({ model: "openai/scripted", sandboxMode: "workspace-write",
        workingDirectory: process.env.PROJECT, skipGitRepoCheck: true, approvalPolicy: "never" });
    const turn = await thread.run("fix the failing test");
    const second = await thread.run([{ type: "text", text: "and now?" }]);
    console.log(JSON.stringify({ id: thread.id, turn, second }));
    """
    with ThreadedModelServer(the_whole_job()) as server:
        env = environment(project.parent, server.environment())
        env |= {"CODEX_SDK": os.environ["CODEX_SDK"], "COMMAND": COMMAND, "PROJECT": str(project)}
        done = subprocess.run(
            ["node", "--input-type=module", "-e", script],
            env=env,
            capture_output=True,
            text=True,
            timeout=90,
            check=True,
        )
    said = json.loads(done.stdout)
    assert said["turn"]["finalResponse"] == ANSWER
    assert said["turn"]["usage"]["input_tokens"] > 0
    assert {item["type"] for item in said["turn"]["items"]} >= {"agent_message", "command_execution", "file_change"}
    assert said["second"]["finalResponse"] == ANSWER


@pytest.mark.parametrize("config", ["mcp_servers_config.json", ".codex-py/config.toml"])
def test_a_project_whose_numbers_no_program_could_use_does_not_keep_exec_from_working(
    project: Path, config: str
) -> None:
    long = "9" * 5000
    (project / ".codex-py").mkdir()
    json_text, toml_text = (
        f'{{"mcpServers": {{"a": {{"command": "x", "n": {long}}}}}}}',
        f"[mcp_servers.a]\ncommand = 0x{long}",
    )
    (project / config).write_text(json_text if config.endswith("json") else toml_text)
    with ThreadedModelServer([Reply(text=ANSWER)]) as server:
        done = exec_json(server, project, "go")
    assert done.exit_code == 0
    assert "Traceback" not in done.stderr


def test_a_home_without_a_place_for_the_sandbox_is_one_sentence(project: Path) -> None:
    with ThreadedModelServer([]) as server:
        env = environment(project.parent, server.environment())
        place = Path(env["CODEX_PY_HOME"]) / "sandbox"
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text("")
        done = run("exec", "-m", MODELS[0], "go", cwd=project, env=env)
    assert done.exit_code == 1
    assert done.stderr == f"codex-py: the sandbox cannot keep its files in {place}: File exists\n"


@pytest.mark.parametrize("model", MODELS)
def test_a_conversation_that_outgrows_the_window_is_summarised_and_goes_on(project: Path, model: str) -> None:
    (project / "long.txt").write_text("The quick brown fox jumps over the lazy dog.\n" * 400)
    too_long = {"error": {"type": "invalid_request_error", "message": "prompt is too long: 9001 tokens > 9000 maximum"}}

    def script(request: SeenRequest) -> Step:
        if request.number == 0:
            return Reply(text="Reading.", calls=(Call("read_file", {"path": "long.txt"}),))
        if "You write the memory" in json.dumps(request.body):
            return Reply(text="The file is about a fox.")
        if "quick brown fox" in json.dumps(request.body):
            return HttpError(status=400, body=too_long)
        return Reply(text=ANSWER if "The file is about a fox." in json.dumps(request.body) else "I know nothing.")

    with ThreadedModelServer(script) as server:
        done = exec_json(server, project, "what is in long.txt?", model=model)
    assert done.exit_code == 0, done
    assert ANSWER in done.stdout
    assert [("You write the memory" in json.dumps(request.body)) for request in server.requests] == [
        False,
        False,
        True,
        False,
    ]
