"""A process of a given user with a sandbox, a workspace, and things around it that a command must not reach.

Started by `conftest`, asked over stdin in JSON lines. It imports neither pytest nor anything of the tests, so that any
Python can run it under any user id.
"""

# ruff: noqa: T201

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
import threading
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from codex_core.protocol import CommandSpec, Limits
from codex_tools.sandbox.environment import child_environment
from codex_tools.sandbox.policy_defaults import default_policy
from codex_tools.sandbox.runner import open_sandbox
from codex_tools.sandbox.spec import ConfiningTier

SECRET = "the-secret-that-must-not-be-read"


class Surroundings:
    """What lies outside the workspace: files, servers, a process."""

    def __init__(self, base: Path) -> None:
        self.workspace, self.outside, self.hidden, self.home = (base / n for n in ("ws", "outside", "hidden", "home"))
        for folder in (self.workspace, self.outside, self.hidden, self.home):
            folder.mkdir(exist_ok=True)
        (self.outside / "file").write_text("untouched\n")
        (self.hidden / "key").write_text(SECRET)
        self._stack = ExitStack()
        self._victim: subprocess.Popen[bytes] | None = None
        self._abstract = f"codex-py-test-{os.getpid()}"
        self._tcp = self._listen(socket.AF_INET, socket.SOCK_STREAM, ("127.0.0.1", 0))
        self._udp = self._listen(socket.AF_INET, socket.SOCK_DGRAM, ("127.0.0.1", 0))
        self._listen(socket.AF_UNIX, socket.SOCK_STREAM, str(_free(base / "stream.sock")))
        self._listen(socket.AF_UNIX, socket.SOCK_DGRAM, str(_free(base / "datagram.sock")))
        self._listen(socket.AF_UNIX, socket.SOCK_STREAM, "\0" + self._abstract)
        self._base = base

    def _listen(self, family: int, kind: int, address: Any) -> int:
        server = self._stack.enter_context(socket.socket(family, kind))
        server.bind(address)
        if kind == socket.SOCK_STREAM:
            server.listen(64)
        threading.Thread(target=_swallow, args=(server,), daemon=True).start()
        name = server.getsockname()
        return name[1] if family == socket.AF_INET else 0

    def variables(self) -> dict[str, str]:
        """Start a new victim if the last one is dead, and say where everything is."""
        if self._victim is None or self._victim.poll() is not None:
            environment = {**os.environ, "VICTIMS_SECRET": SECRET}
            self._victim = subprocess.Popen(["sleep", "1000"], cwd=self.outside, env=environment)
        return {
            "OUTSIDE": str(self.outside),
            "HIDDEN": str(self.hidden),
            "TCP_PORT": str(self._tcp),
            "UDP_PORT": str(self._udp),
            "STREAM_SOCKET": str(self._base / "stream.sock"),
            "DATAGRAM_SOCKET": str(self._base / "datagram.sock"),
            "ABSTRACT_SOCKET": self._abstract,
            "VICTIM": str(self._victim.pid),
            "PY": "/usr/bin/python3" if Path("/usr/bin/python3").exists() else sys.executable,
            "HOME": str(self.home),
        }

    def close(self) -> None:
        self._stack.close()
        if self._victim is not None:
            self._victim.kill()
            self._victim.wait()


def _free(path: Path) -> Path:
    """The name of a socket that a process which was killed may have left."""
    path.unlink(missing_ok=True)
    return path


def _swallow(server: socket.socket) -> None:
    try:
        while True:
            if server.type == socket.SOCK_STREAM:
                server.accept()[0].close()
            else:
                server.recv(4096)
    except OSError:
        return


async def serve(base: Path, best: ConfiningTier) -> None:
    surroundings = Surroundings(base)
    sandbox = await open_sandbox(state_dir=base / "state", best=best)
    loop = asyncio.get_running_loop()
    background: list[Any] = []
    try:
        print(json.dumps({"tier": sandbox.status.tier, "reason": sandbox.status.reason}), flush=True)
        while line := await loop.run_in_executor(None, sys.stdin.readline):
            request = json.loads(line)
            policy = default_policy(
                request["mode"],
                surroundings.workspace,
                base / "state",
                request["network"],
                (),
                Limits(**request["limits"]),
            )
            hidden = (surroundings.hidden, *map(Path, request["hidden"]))
            object.__setattr__(policy, "hidden_paths", (*policy.hidden_paths, *hidden))
            inherited = {**os.environ, "FAKE_API_KEY": SECRET, "GIT_AUTHOR_NAME": "A. Author"}
            environment = child_environment(inherited, provider_variables=("CUSTOM_PROVIDER",))
            command = CommandSpec(
                argv=("bash", "-c", request["line"]),
                cwd=surroundings.workspace,
                environment={**environment, **surroundings.variables(), **request["environment"]},
                policy=policy,
            )
            if request["what"] == "start":
                background.append(await sandbox.start(command))
                print("{}", flush=True)
                continue
            if request["what"] == "stop":
                for started in background:
                    await started.stop()
                background.clear()
                print("{}", flush=True)
                continue
            result = await sandbox.run(command, lambda _: None)
            answer = {
                "exit_code": result.exit_code,
                "output": result.output,
                "cut_bytes": result.cut_bytes,
                "ended_by": result.ended_by,
                "duration_s": result.duration_s,
                "denial": result.denial.what if result.denial else None,
                "notices": result.notices,
                "denied_path": result.denial.widening.target if result.denial else None,
            }
            print(json.dumps(answer), flush=True)
    finally:
        await sandbox.close()
        surroundings.close()


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    asyncio.run(serve(Path(sys.argv[1]), "A" if sys.argv[2] == "A" else "B"))
