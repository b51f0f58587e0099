"""What a warmed-up host still has to do at its first call, told by a process of its own."""

from __future__ import annotations

import json
import socket
import subprocess
import sys

from tests.support.model_server import Call, Reply, ThreadedModelServer

_CALL = """
import asyncio, json, sys
from codex_core.llm.litellm_backend import LiteLLMBackend
from codex_core.llm.provider import ModelRequest
from codex_core.llm.put_off import is_put_off
from codex_core.protocol import ToolSpec

def running():
    return {name for name, module in list(sys.modules.items()) if not is_put_off(module)}

async def main():
    backend = LiteLLMBackend()
    await backend.warm_up()
    before = running()
    look = ToolSpec(name="look", description="Look.", parameters={"type": "object", "properties": {}})
    request = ModelRequest(
        model="openai/scripted", messages=({"role": "user", "content": "Hi"},), tools=(look,), session_id="s"
    )
    async for _ in backend.stream(request):
        pass
    print(json.dumps(sorted(running() - before)))

asyncio.run(main())
"""


def run(code: str, environment: dict[str, str]) -> str:
    ran = subprocess.run(
        [sys.executable, "-I", "-W", "ignore", "-c", code], env=environment, capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0, ran.stderr
    return ran.stdout


def test_after_it_the_first_call_imports_nothing_of_a_library() -> None:
    with ThreadedModelServer([Reply(text="Hello", calls=(Call("look", {}),))]) as server:
        imported = json.loads(run(_CALL, server.environment()))

    assert [name for name in imported if not name.startswith("codex_core.")] == []


def test_it_asks_nobody() -> None:
    with socket.create_server(("127.0.0.1", 0)) as proxy:
        proxy.settimeout(0.0)
        address = f"http://127.0.0.1:{proxy.getsockname()[1]}"
        warm_up = _CALL.replace("    async for _ in backend.stream(request):\n        pass\n", "")

        run(warm_up, {"HTTP_PROXY": address, "HTTPS_PROXY": address, "ALL_PROXY": address, "OPENAI_BASE_URL": address})

        try:
            proxy.accept()
        except BlockingIOError:
            return
    raise AssertionError("it connected")
