"""Whatever the program starts for a model is confined: found by looking at every process, not by asking the program."""

from __future__ import annotations

import json
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from codex_tools.sandbox import kernel
from tests.support.model_server import Call, Reply, ThreadedModelServer
from tests.support.program import environment, run
from tests.support.workspace import git_repository

pytestmark = pytest.mark.skipif(not kernel.landlock_abi(), reason="the kernel has no Landlock")

SERVER = Path(__file__).parents[1] / "mcp" / "servers" / "raw.py"
OF_A_MODEL = (b"sleep 4242", b"raw.py")
"""What is in the command lines of what the model starts, by `shell` and `background`, and of the MCP server."""


class Watch:
    """Looks at all processes, again and again, until it is told to end."""

    def __init__(self) -> None:
        self.seen: dict[bytes, set[tuple[str, str]]] = {mark: set() for mark in OF_A_MODEL}
        self._ends = threading.Event()
        self._thread = threading.Thread(target=self._look)

    def __enter__(self) -> Watch:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ends.set()
        self._thread.join()

    def _look(self) -> None:
        while not self._ends.wait(0.02):
            for mark, status in _confinement_of_all():
                self.seen[mark].add(status)


def _confinement_of_all() -> Iterator[tuple[bytes, tuple[str, str]]]:
    for process in Path("/proc").glob("[0-9]*"):
        try:
            words = (process / "cmdline").read_bytes().rstrip(b"\0").split(b"\0")
            status = dict(line.split(":\t", 1) for line in (process / "status").read_text().splitlines())
        except (OSError, ValueError):
            continue
        line = b" ".join(words)
        # Our own processes carry the line that they are going to execute.
        if b"codex_tools.sandbox" in line or b"codex_cli" in line or b"pytest" in line:
            continue
        for mark in OF_A_MODEL:
            if mark in line:
                yield mark, (status["NoNewPrivs"], status["Seccomp"])


def test_every_process_of_a_session_is_confined(home: Path, tmp_path: Path) -> None:
    repository = git_repository(tmp_path / "calc")
    servers = {"raw": {"command": sys.executable, "args": [str(SERVER), "plain"]}}
    (home / "codex-py").mkdir()
    (home / "codex-py" / "mcp_servers_config.json").write_text(json.dumps({"mcpServers": servers}))
    script = (
        Reply(calls=(Call("background", {"action": "start", "command": "exec sleep 4242"}),)),
        Reply(calls=(Call("shell", {"command": "sleep 4242 & exec timeout 2 sleep 4242"}),)),
        Reply(calls=(Call("mcp__raw__write", {"path": "x"}),)),
        Reply(text="Done."),
    )
    with ThreadedModelServer(script) as server, Watch() as watch:
        env = environment(home, server.environment(), {"CODEX_PY_MODEL": "openai/scripted"})
        done = run("exec", "--full-auto", "--trust", "go", cwd=repository, env=env, timeout_s=100)

    assert done.stdout == "Done.\n", done.stderr
    assert watch.seen == {mark: {("1", "2")} for mark in OF_A_MODEL}
