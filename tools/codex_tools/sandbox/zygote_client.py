"""The agent's end of the fork server: starts it, hands it commands, starts it again if it died."""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
import subprocess
from pathlib import Path
from typing import Final, cast

from codex_core.protocol import SandboxUnavailable
from codex_tools.sandbox.boot import child_argv
from codex_tools.sandbox.handover import Handover, memory_file, receive_channel, request
from codex_tools.sandbox.landlock.ruleset_cache import Ruleset
from codex_tools.sandbox.wire import (
    ENDING_LIMIT_BYTES,
    STARTED,
    Ending,
    Hello,
    Launch,
    Namespaces,
    control_pair,
    killed,
    namespaces_of,
    pack,
    unpack,
)

_START_LIMIT_S: Final = 20.0
_END_LIMIT_S: Final = 5.0
_ATTEMPTS: Final = 3
_ENVIRONMENT: Final = {"PATH": "/usr/local/bin:/usr/bin:/bin", "LC_ALL": "C.UTF-8"}


class Launched:
    """A command under way: talk to its supervisor. Closing this ends the command."""

    def __init__(self, control: socket.socket) -> None:
        self._control = control
        self._ending: Ending | None = None

    async def has_started(self) -> bool:
        """Wait until a supervisor has taken the command on; False if none did, and none will."""
        message = await self._receive()
        if message and message != STARTED:
            self._ending = cast(Ending, unpack(message))
        return bool(message)

    async def ending(self) -> Ending:
        """Wait for the end of a command that has started."""
        if self._ending is None:
            message = await self._receive()
            self._ending = cast(Ending, unpack(message)) if message else killed()
        return self._ending

    async def _receive(self) -> bytes:
        with contextlib.suppress(ConnectionError):
            return await asyncio.get_running_loop().sock_recv(self._control, ENDING_LIMIT_BYTES)
        return b""

    def request(self, what: bytes) -> None:
        """Send a request of `wire`; one that comes too late is nothing."""
        with contextlib.suppress(OSError):
            self._control.send(what)

    def close(self) -> None:
        self._control.close()


class Zygote:
    """The fork server of one agent. Use from one event loop only."""

    def __init__(self, log_path: Path) -> None:
        """`log_path` gets what the server writes to stderr: nothing, unless it is broken."""
        self._log_path = log_path
        self._process: subprocess.Popen[bytes] | None = None
        self._agent_end: socket.socket | None = None
        self._hello: Hello | None = None
        self._starting = asyncio.Lock()
        self._taking = asyncio.Lock()
        self._asked_for: Namespaces | None = None
        """What the supervisor is for that was asked for and has not been received."""

    async def start(self) -> Hello:
        """Start the server if it does not run.

        Raises:
            SandboxUnavailable: it cannot be started.
        """
        async with self._starting:
            if self._hello is None or self._process is None or self._process.poll() is not None:
                await self.close()
                self._hello = await self._start()
            return self._hello

    async def launch(self, launch: Launch, *, ruleset: Ruleset | None, output_fd: int) -> Launched:
        """Start a command with an empty stdin; it writes stdout and stderr to `output_fd`.

        `ruleset` says what files the command may use; None for an unconfined command.

        Raises:
            SandboxUnavailable: the server cannot be started. Nothing was run.
        """
        for _ in range(_ATTEMPTS):
            await self.start()
            try:
                launched = await self._send(launch, ruleset, output_fd)
            except ConnectionError:  # it has died since it was last needed
                await self.close()
                continue
            try:
                if await launched.has_started():
                    return launched
            except BaseException:
                launched.close()
                raise
            launched.close()  # it, or its supervisor, died with the request in its hands
        raise SandboxUnavailable(f"the sandbox's own process dies at once; see {self._log_path}")

    async def close(self) -> None:
        """End the server, and with it every command that still runs. May be called twice."""
        process = self._process
        self._discard()
        if process is not None:
            await asyncio.to_thread(_wait_or_kill, process)

    async def _start(self) -> Hello:
        agent_end, server_end = control_pair()
        agent_end.setblocking(False)
        try:
            with self._log_path.open("ab") as log:
                # Not asyncio's: this takes a few ms, and the child must be waited for by nobody else.
                self._process = await asyncio.to_thread(
                    subprocess.Popen,
                    child_argv("zygote", str(server_end.fileno())),
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    cwd="/",
                    env=_ENVIRONMENT,
                    pass_fds=(server_end.fileno(),),
                    # Ctrl+C in a plain terminal is for the front end alone.
                    start_new_session=True,
                )
        except OSError as error:
            agent_end.close()
            raise SandboxUnavailable(f"the sandbox's own process cannot be started: {error}") from error
        finally:
            server_end.close()
        self._agent_end = agent_end
        try:
            async with asyncio.timeout(_START_LIMIT_S):
                hello = await asyncio.get_running_loop().sock_recv(agent_end, 4096)
        except (TimeoutError, ConnectionError):
            hello = b""
        if not hello:
            await self.close()
            raise SandboxUnavailable(f"the sandbox's own process does not start; see {self._log_path}")
        return cast(Hello, unpack(hello))

    async def _send(self, launch: Launch, ruleset: Ruleset | None, output_fd: int) -> Launched:
        channel = await self._supervisor(namespaces_of(launch))
        control, supervisor_end = control_pair()
        control.setblocking(False)
        null = os.open(os.devnull, os.O_RDWR | os.O_CLOEXEC)
        launch_fd = memory_file(pack(launch))
        ruleset_fd = ruleset.fd if ruleset is not None else -1
        handed = Handover(launch_fd, (null, output_fd, output_fd), ruleset_fd, supervisor_end.fileno())
        try:
            handed.send(channel)
        except BaseException:
            control.close()
            raise
        finally:
            channel.close()
            supervisor_end.close()
            os.close(null)
            os.close(launch_fd)
        self._ask_for_next(namespaces_of(launch))
        return Launched(control)

    async def _supervisor(self, namespaces: Namespaces) -> socket.socket:
        """Return the channel of one that waits for a command.

        Raises:
            ConnectionError: the server is gone.
        """
        async with self._taking:
            if self._agent_end is None:
                raise ConnectionResetError("the sandbox's own process has been ended")
            if self._asked_for is not None and self._asked_for != namespaces:
                (await self._receive_channel()).close()
            if self._asked_for is None:
                self._ask(namespaces)
            return await self._receive_channel()

    def _ask(self, namespaces: Namespaces) -> None:
        assert self._agent_end is not None
        request(self._agent_end, namespaces)
        self._asked_for = namespaces

    def _ask_for_next(self, namespaces: Namespaces) -> None:
        """Have the next supervisor forked; the next command is most likely of the same kind as this.

        Not before this one is handed over: the server would take the processor.
        """
        if self._agent_end is not None and self._asked_for is None:
            with contextlib.suppress(ConnectionError):  # the next command will find out
                self._ask(namespaces)

    async def _receive_channel(self) -> socket.socket:
        while self._agent_end is not None:
            try:
                channel = receive_channel(self._agent_end)
            except BlockingIOError:
                await _readable(self._agent_end)
            else:
                self._asked_for = None
                return channel
        raise ConnectionResetError("the sandbox's own process has been ended")

    def _discard(self) -> None:
        self._hello = None
        self._asked_for = None
        if self._agent_end is not None:
            self._agent_end.close()
            self._agent_end = None
        self._process = None


async def _readable(end: socket.socket) -> None:
    loop = asyncio.get_running_loop()
    ready: asyncio.Future[None] = loop.create_future()
    loop.add_reader(end, ready.set_result, None)
    try:
        await ready
    finally:
        loop.remove_reader(end)


def _wait_or_kill(process: subprocess.Popen[bytes]) -> None:
    try:
        process.wait(_END_LIMIT_S)
    except subprocess.TimeoutExpired:
        process.kill()  # the supervisors end their commands without it
        process.wait()
