"""The front end's side: which servers there are, how they are, and their tools. Knows the MCP host, not the SDK."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias, cast

from codex_core.host.child import HostStart
from codex_core.host.process import HostDied, HostFailure, HostProcess
from codex_core.protocol import CodexError, JsonObject, Tool, ToolSpec
from codex_tools.mcp.config import ServerConfig
from codex_tools.mcp.launch import Surroundings, prepare
from codex_tools.mcp.order import ServerOrder
from codex_tools.mcp.tool import McpTool

ServerState: TypeAlias = Literal["starting", "ready", "restarting", "failed", "disabled"]

STOP_TIMEOUT_S = 2.0
HOST_RESTARTS = 3
"""After that many deaths of the host itself its servers stay down."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerStatus:
    name: str
    state: ServerState
    reason: str = ""
    """Why it is `failed` or `restarting`."""
    tool_count: int = 0
    left_out: tuple[str, ...] = ()
    """Tools that are not offered, and why."""
    start_s: float | None = None
    """Seconds from its start to its list of tools."""
    protocol: str = ""
    """The version of MCP that was agreed on."""
    version: str = ""
    """What the server calls itself."""


class McpClient:
    """The MCP servers of one session. Use from one event loop; `close` it."""

    def __init__(self, around: Surroundings, *, on_changed: Callable[[], None] | None = None) -> None:
        """`on_changed` is called on the event loop after every change of `tools()` or `status()`."""
        self._around = replace(around, home=around.home.resolve(), workspace=around.workspace.resolve())
        self._on_changed = on_changed
        self._host: HostProcess | None = None
        self._serving: asyncio.Task[None] | None = None
        self._status: dict[str, ServerStatus] = {}
        self._limits: dict[str, float] = {}
        """Seconds that a call of each server may take."""
        self._tools: dict[str, tuple[McpTool, ...]] = {}
        self._news = asyncio.Event()

    @property
    def around(self) -> Surroundings:
        return self._around

    @property
    def host_pid(self) -> int | None:
        """None while no host runs."""
        return self._host.pid if self._host is not None else None

    async def start(self, servers: Sequence[ServerConfig]) -> None:
        """Begin to start the servers that are not disabled, and return; `settled` waits for them. Call once.

        Never raises for what a server lacks: that becomes its status. With no enabled server no process is started.
        """
        for server in servers:
            state: ServerState = "disabled" if server.disabled else "starting"
            self._status[server.name] = ServerStatus(name=server.name, state=state)
            self._limits[server.name] = server.timeout_s
        orders = [
            order
            for server in servers
            if not server.disabled and (order := await asyncio.to_thread(self._prepare, server)) is not None
        ]
        if orders:
            self._host = await asyncio.to_thread(self._make_host)
            self._serving = asyncio.create_task(self._serve(self._host, orders), name="MCP servers")
        self._tell()

    async def settled(self) -> None:
        """Wait until no server is starting any more. Bound the time yourself."""
        while any(status.state == "starting" for status in self._status.values()):
            self._news.clear()
            await self._news.wait()

    def status(self) -> tuple[ServerStatus, ...]:
        """How each server is, in the order of the configuration."""
        return tuple(self._status.values())

    def tools(self) -> tuple[Tool, ...]:
        """The tools of all servers that run or will run again, in a stable order."""
        return tuple(tool for name in self._status for tool in self._tools.get(name, ()))

    def why_not_now(self, server: str) -> str:
        """Why the server's tools cannot be called at the moment, in words; empty if they can."""
        status = self._status[server]
        return "" if status.state == "ready" else f"the MCP server {server} is {status.state}: {status.reason}"

    async def call(
        self, server: str, tool: str, arguments: JsonObject, timeout_s: float, on_progress: Callable[[str], None]
    ) -> JsonObject:
        """Call a tool by the server's own name for it; returns `{"status": "ok|error|timeout", "text": …}`.

        Cancelling it tells the server. A server or host that dies meanwhile is an `error` result.
        """
        if self._host is None:
            return {"status": "error", "text": f"the MCP server {server} is not running"}
        params: JsonObject = {"server": server, "tool": tool, "arguments": arguments, "timeout_s": timeout_s}
        try:
            async with contextlib.aclosing(self._host.stream("call", params)) as messages:
                async for message in messages:
                    if "result" in message:
                        return cast(JsonObject, message["result"])
                    event = cast(JsonObject, message.get("event", {}))
                    on_progress(str(event.get("progress", "")))
        except HostFailure as error:
            return {"status": "error", "text": str(error)}
        except HostDied as error:
            return {"status": "error", "text": f"{error}. What the call did is not known."}
        return {"status": "error", "text": "the MCP host gave no answer"}

    async def close(self) -> None:
        """End all servers and the host; takes about a second. May be called twice."""
        if self._host is not None and self._serving is not None and not self._serving.done():
            # Asked first: closing alone gives the host a second, and a server that hangs may need it all.
            with contextlib.suppress(HostDied, HostFailure, TimeoutError):
                async with asyncio.timeout(STOP_TIMEOUT_S):
                    await self._host.call("stop", {})
            self._serving.cancel()
            await asyncio.gather(self._serving, return_exceptions=True)
        if self._host is not None:
            await self._host.close()

    def _prepare(self, server: ServerConfig) -> ServerOrder | None:
        try:
            return prepare(server, self._around)
        except (CodexError, OSError) as error:
            self._status[server.name] = ServerStatus(name=server.name, state="failed", reason=str(error))
            return None

    def _make_host(self) -> HostProcess:
        home = self._around.home
        folder = home / "mcp"
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        (home / "logs").mkdir(mode=0o700, parents=True, exist_ok=True)
        # The host needs nothing of the user's environment: each server's comes with its launch.
        path = self._around.environment.get("PATH", "")
        return HostProcess(
            HostStart(
                module="codex_tools.mcp.host",
                environment={"PATH": path, "LC_ALL": "C.UTF-8", "LANG": "C.UTF-8"},
                cwd=folder,
                log_path=home / "logs" / "mcp-host.log",
            )
        )

    async def _serve(self, host: HostProcess, orders: Sequence[ServerOrder]) -> None:
        """Follow what the host says of the servers; start it again if it dies."""
        params: JsonObject = {"servers": [order.to_json() for order in orders]}
        for deaths in range(HOST_RESTARTS + 1):
            try:
                async with contextlib.aclosing(host.stream("serve", params)) as messages:
                    async for message in messages:
                        if "event" in message:
                            self._apply(cast(JsonObject, message["event"]))
                return
            except (HostDied, HostFailure) as error:
                is_last = deaths == HOST_RESTARTS
                for order in orders:
                    self._set(order.name, state="failed" if is_last else "restarting", reason=f"the MCP host: {error}")
            await asyncio.sleep(2.0**deaths)

    def _apply(self, event: JsonObject) -> None:
        name = str(event["server"])
        state = cast(ServerState, event["state"])
        if state != "ready":
            self._set(name, state=state, reason=str(event.get("reason", "")))
            return
        listed = cast(Sequence[JsonObject], event["tools"])
        self._tools[name] = tuple(self._make_tool(name, tool) for tool in listed)
        self._status[name] = ServerStatus(
            name=name,
            state="ready",
            tool_count=len(listed),
            left_out=tuple(map(str, cast(Sequence[str], event["left_out"]))),
            start_s=float(cast(float, event["start_s"])),
            protocol=str(event["protocol"]),
            version=str(event["version"]),
        )
        self._tell()

    def _make_tool(self, server: str, tool: JsonObject) -> McpTool:
        spec = ToolSpec(
            name=str(tool["model_name"]),
            description=str(tool["description"]),
            parameters=cast(JsonObject, tool["schema"]),
            server=server,
        )
        return McpTool(spec, server=server, tool=str(tool["name"]), timeout_s=self._limits[server], servers=self)

    def _set(self, name: str, *, state: ServerState, reason: str) -> None:
        self._status[name] = replace(self._status[name], state=state, reason=reason)
        if state == "failed":
            self._tools.pop(name, None)
        self._tell()

    def _tell(self) -> None:
        self._news.set()
        if self._on_changed is not None:
            self._on_changed()
