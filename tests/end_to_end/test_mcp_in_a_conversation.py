from __future__ import annotations

import json
import sys
from pathlib import Path

from tests.support.model_server import Call, Reply, ThreadedModelServer
from tests.support.program import environment, run
from tests.support.workspace import git_repository

SERVER = Path(__file__).parent.parent / "mcp" / "servers" / "sample.py"


def test_a_server_of_the_sdk_is_called_from_a_conversation_and_sees_no_key(tmp_path: Path) -> None:
    repository = git_repository(tmp_path / "calc")
    env = environment(tmp_path)
    home = Path(env["CODEX_PY_HOME"])
    home.mkdir(mode=0o700)
    entry = {"command": sys.executable, "args": ["-I", str(SERVER)]}
    (home / "mcp_servers_config.json").write_text(json.dumps({"mcpServers": {"sample": entry}}))
    calls = (Call("mcp__sample__echo", {"text": "hello there"}), Call("mcp__sample__environment", {}))
    with ThreadedModelServer((Reply(calls=calls), Reply(text="done"))) as server:
        arguments = ("exec", "--json", "--full-auto", "-m", "openai/scripted", "use the server")
        finished = run(*arguments, cwd=repository, env=env | server.environment())
        assert "mcp__sample__echo" in server.requests[0].tool_names
    assert finished.exit_code == 0, finished.stderr
    echoed, environ = finished.items("mcp_tool_call")
    assert (echoed["server"], echoed["tool"], echoed["status"]) == ("sample", "echo", "completed")
    assert "hello there" in json.dumps(echoed["result"])
    assert environ["status"] == "completed"
    assert "sk-scripted" not in finished.stdout
