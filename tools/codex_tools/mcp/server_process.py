"""One server as a child process: bounded lines in and out, its stderr in a bounded log, a quick and certain end.

The SDK has a stdio transport of its own. This one differs where it matters here: a line has a limit, the end of the
server is noticed at once, and closing takes less than the second that our parent gives us before it kills.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from collections.abc import AsyncGenerator, Coroutine, Sequence
from pathlib import Path
from typing import BinaryIO

from codex_tools.mcp.order import ServerOrder
from codex_tools.mcp.text import one_line

MAX_LINE_BYTES = 16 << 20
MAX_LOG_BYTES = 1 << 20
"""Of the log and of the older one beside it, each."""
GRACE_S = 0.3
"""After stdin is closed, and again after SIGTERM."""
NOT_CONFINED = 125
"""What the sandbox's helper exits with when it could not confine the command."""


class ServerProcess:
    """Made by `open_server`. Knows nothing of MCP."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self._fault = ""
        self.last_words = ""
        """The last line that came on stderr that says something."""
        self.noise = ""
        """The last line on stdout that was none of the protocol's."""
        self.ended = asyncio.Event()
        """Set when its stdout has ended, or it broke the rules."""

    @property
    def pid(self) -> int:
        return self._process.pid

    async def lines(self) -> AsyncGenerator[bytes]:
        """Yield what it prints on stdout, line by line, until it ends. One reader only."""
        assert self._process.stdout is not None
        try:
            while line := await self._process.stdout.readline():
                yield line
        except ValueError:
            self._fault = f"it sent a line of more than {MAX_LINE_BYTES >> 20} MB"
        self.ended.set()

    async def send(self, line: bytes) -> None:
        """Write one line to its stdin; nothing if it has ended."""
        assert self._process.stdin is not None
        with contextlib.suppress(ConnectionError):
            self._process.stdin.write(line)
            await self._process.stdin.drain()

    def how_it_ended(self) -> str:
        """In words, for the user and the model."""
        code = self._process.returncode
        if self._fault:
            how = self._fault
        elif code is None:
            how = "it closed its output"
        elif code == NOT_CONFINED:
            how = "it could not be confined"
        else:
            how = f"killed by {_signal_name(-code)}" if code < 0 else f"it ended with exit code {code}"
        return f"{how}: {self.last_words}" if self.last_words else how

    async def wait_a_moment(self) -> None:
        """Let a server that has closed its output end, so that its exit code and last words are known."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(GRACE_S):
                await self._process.wait()

    async def end(self) -> None:
        """End it and its process group: stdin is closed, then SIGTERM, then SIGKILL. Takes at most a second."""
        process = self._process
        assert process.stdin is not None
        process.stdin.close()
        if not self._fault and await self._is_gone():
            return
        self._signal(signal.SIGTERM)
        if await self._is_gone():
            return
        self._signal(signal.SIGKILL)
        await self._is_gone()

    async def _is_gone(self) -> bool:
        """Wait for the grace; then take what is left of the group, if its leader is gone."""
        # Not `wait()` alone: it also waits for pipes that a grandchild may hold open for ever.
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(GRACE_S):
                await self._process.wait()
        if self._process.returncode is None:
            return False
        self._signal(signal.SIGKILL)
        return True

    def _signal(self, number: signal.Signals) -> None:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, number)

    async def log_stderr(self, log: BoundedLog) -> None:
        """Copy its stderr into the log until it ends."""
        assert self._process.stderr is not None
        while data := await self._process.stderr.read(1 << 16):
            data = log.masked(data)
            log.write(data)
            lines = [line for line in data.decode(errors="replace").splitlines() if line.strip()]
            if lines:
                self.last_words = one_line(lines[-1], limit=200)


class BoundedLog:
    """A log file that is set aside when it is full."""

    def __init__(self, path: Path, secrets: Sequence[str]) -> None:
        self._path = path
        self._secrets = [secret.encode() for secret in secrets]
        self._file: BinaryIO = path.open("ab")
        path.chmod(0o600)

    def masked(self, data: bytes) -> bytes:
        """Without the values of secrets, as far as they are not torn between two pieces of output."""
        for secret in self._secrets:
            data = data.replace(secret, b"********")
        return data

    def write(self, data: bytes) -> None:
        if self._file.tell() + len(data) > MAX_LOG_BYTES:
            self._file.close()
            self._path.replace(self._path.with_suffix(".log.1"))
            self._file = self._path.open("wb")
            self._path.chmod(0o600)
        self._file.write(data[-MAX_LOG_BYTES:])
        self._file.flush()

    def close(self) -> None:
        self._file.close()


@contextlib.asynccontextmanager
async def open_server(order: ServerOrder) -> AsyncGenerator[ServerProcess]:
    """Start a server; it and its children have ended when the context is left.

    Raises:
        OSError: it does not start.
    """
    log = BoundedLog(Path(order.log_path), order.secrets)
    try:
        process = await asyncio.create_subprocess_exec(
            *order.argv,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env=dict(order.environment),
            cwd=order.cwd,
            limit=MAX_LINE_BYTES,
            start_new_session=True,  # a group to end as a whole
        )
        server = ServerProcess(process)
        copying = asyncio.create_task(server.log_stderr(log), name="stderr of an MCP server")
        try:
            yield server
        finally:
            await _surely(server.end())
            copying.cancel()
            await asyncio.gather(copying, return_exceptions=True)
    finally:
        log.close()


async def _surely(ending: Coroutine[None, None, None]) -> None:
    """Await it to its end (it is bounded), however often we are cancelled: no server may be left behind."""
    task = asyncio.create_task(ending)
    cancelled: asyncio.CancelledError | None = None
    while not task.done():
        try:
            await asyncio.shield(task)
        except asyncio.CancelledError as error:
            cancelled = error
    task.result()
    if cancelled is not None:
        raise cancelled


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"
