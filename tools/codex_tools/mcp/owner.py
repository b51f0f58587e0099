"""The owner of one server: starts it, keeps a session with it, starts it again after it died, and reports.

One task does all of it, because the SDK's session may be left only by the task that entered it.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from codex_core.host.server import Emit
from codex_core.protocol import Json, JsonObject
from codex_tools.mcp.listing import read_listing
from codex_tools.mcp.order import ServerOrder
from codex_tools.mcp.results import result_text
from codex_tools.mcp.server_process import ServerProcess, open_server
from codex_tools.mcp.text import one_line

if TYPE_CHECKING:
    from codex_tools.mcp.connection import Connection, Progress

RESTART_DELAYS_S = (1.0, 2.0, 4.0, 8.0, 16.0, 30.0)
"""Between deaths in a row; after the last one it stays down."""
STABLE_AFTER_S = 60.0
"""A server that lived this long starts the row anew."""
REFRESH_GAP_S = 1.0
"""Between two looks at a list that a server says has changed."""


class ServerUnavailable(Exception):
    """The server is not there to be called. The message says why."""


@dataclass(slots=True)
class _Life:
    """What is known of one run of the server."""

    was_ready: bool = False
    reason: str = ""


class ServerOwner:
    def __init__(self, order: ServerOrder, emit: Emit) -> None:
        self.name = order.name
        self._order = order
        self._emit = emit
        self._process: ServerProcess | None = None
        self._connection: Connection | None = None
        self._changed = asyncio.Event()
        self._reason = "it is still starting"
        self._started_at = 0.0

    async def run(self) -> None:
        """Keep the server running until cancelled; return only when it is given up."""
        deaths = 0
        self._say("starting")
        while True:
            self._started_at = time.monotonic()
            was_ready, self._reason = await self._run_once()
            if not was_ready and deaths == 0:
                break  # What does not start the first time will not start the second.
            if time.monotonic() - self._started_at >= STABLE_AFTER_S:
                deaths = 0
            if deaths == len(RESTART_DELAYS_S):
                break
            delay_s = RESTART_DELAYS_S[deaths]
            deaths += 1
            self._say("restarting", reason=self._reason, delay_s=delay_s)
            await asyncio.sleep(delay_s)
        self._say("failed", reason=self._reason)

    async def call(
        self, tool: str, arguments: JsonObject, *, timeout_s: float, on_progress: Callable[[Progress], None]
    ) -> Json:
        """Return `{"status": "ok|error|timeout", "text": …}`.

        Raises:
            ServerUnavailable: it does not run now. Nothing was called.
        """
        # Deferred: it imports the SDK, which is done by the time that there is a connection.
        from codex_tools.mcp.connection import CallFailed, CallTimedOut

        connection, process = self._connection, self._process
        if connection is None or process is None:
            raise ServerUnavailable(f'the MCP server "{self.name}" is not running: {self._reason}')
        try:
            result = await connection.call(tool, arguments, timeout_s=timeout_s, on_progress=on_progress)
        except CallTimedOut:
            return {"status": "timeout", "text": f"{self.name} did not answer within {timeout_s:g} s"}
        except CallFailed as error:
            if not process.ended.is_set():
                return {"status": "error", "text": f"{self.name}: {one_line(str(error), limit=2000)}"}
            await process.wait_a_moment()
            how = process.how_it_ended()
            return {
                "status": "error",
                "text": f"The MCP server {self.name} died during the call: {how}. What the call did is not known.",
            }
        is_error = result.get("isError") is True
        return {"status": "error" if is_error else "ok", "text": result_text(result)}

    async def _run_once(self) -> tuple[bool, str]:
        """One life of the server; returns whether it was ever ready, and why it is not any more."""
        life = _Life()
        try:
            async with open_server(self._order) as process:
                self._process = process
                try:
                    await self._hold(process, life)
                except Exception as error:  # the SDK fails in groups of anything, and none may end the other servers
                    life.reason = life.reason or describe(error)
                if process.ended.is_set():
                    await process.wait_a_moment()
                    life.reason = process.how_it_ended()
                return life.was_ready, life.reason + _noise(process)
        except OSError as error:
            return life.was_ready, f"it does not start: {error.strerror or error}"
        finally:
            self._process = None

    async def _hold(self, process: ServerProcess, life: _Life) -> None:
        """Open a session, offer the tools, and return when the server has ended."""
        # Deferred: importing the SDK takes half a second, in which the servers already start.
        from codex_tools.mcp.connection import connect

        startup_s = self._order.startup_timeout_s
        try:
            async with (
                asyncio.timeout(startup_s) as startup,
                connect(process, roots=self._order.roots, on_tools_changed=self._changed.set) as connection,
            ):
                await self._offer_tools(connection)
                startup.reschedule(None)
                self._connection, life.was_ready = connection, True
                await self._live(connection, process)
        except TimeoutError:
            life.reason = f"it did not answer within {startup_s:g} s"
        finally:
            self._connection = None

    async def _live(self, connection: Connection, process: ServerProcess) -> None:
        """Return when the server has ended."""
        async with asyncio.TaskGroup() as group:
            tasks = [
                group.create_task(connection.watch_tools(self._changed.set)),
                group.create_task(self._refresh(connection)),
            ]
            await process.ended.wait()
            for task in tasks:
                task.cancel()

    async def _refresh(self, connection: Connection) -> None:
        from codex_tools.mcp.connection import CallFailed  # deferred, as above

        while True:
            await self._changed.wait()
            self._changed.clear()
            try:
                await self._offer_tools(connection)
            except CallFailed:
                continue  # The old list stands; a dead server is noticed elsewhere.
            finally:
                await asyncio.sleep(REFRESH_GAP_S)

    async def _offer_tools(self, connection: Connection) -> None:
        listing = read_listing(
            self.name,
            await connection.list_tools(),
            enabled=self._order.enabled_tools,
            disabled=self._order.disabled_tools,
        )
        self._say(
            "ready",
            tools=[tool.to_json() for tool in listing.tools],
            left_out=list(listing.left_out),
            start_s=time.monotonic() - self._started_at,
            protocol=connection.protocol_version,
            version=connection.server_version,
        )

    def _say(self, state: str, **more: Json) -> None:
        self._emit({"server": self.name, "state": state, **more})


def describe(error: BaseException) -> str:
    """One sentence for an error, however deep in ExceptionGroups its causes are."""
    words = dict.fromkeys(one_line(str(cause), limit=300) or type(cause).__name__ for cause in _leaves(error))
    return "; ".join(list(words)[:3])


def _leaves(error: BaseException) -> Iterator[BaseException]:
    if not isinstance(error, BaseExceptionGroup):
        yield error
        return
    for inner in cast(tuple[BaseException, ...], error.exceptions):
        yield from _leaves(inner)


def _noise(process: ServerProcess) -> str:
    return f' (on stdout it printed "{process.noise}", which is not MCP)' if process.noise else ""
