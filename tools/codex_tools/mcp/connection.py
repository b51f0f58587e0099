"""A session with one server, over the MCP SDK. The only module that imports it, and only the MCP host imports this.

The SDK's cancel scopes may be left only by the task that entered them, so a connection is opened and closed by one
owner task; its methods may be called from any.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncGenerator, Callable, Sequence
from dataclasses import dataclass
from typing import cast

import anyio
import mcp_types as types
from anyio.streams.memory import MemoryObjectReceiveStream, MemoryObjectSendStream
from mcp import Client, MCPError
from mcp.client.session import ClientRequestContext, IncomingMessage
from mcp.client.subscriptions import SubscriptionLost
from mcp.shared.message import SessionMessage
from pydantic import FileUrl, ValidationError

from codex_core import __version__
from codex_core.protocol import Json, JsonObject
from codex_tools.mcp.server_process import ServerProcess
from codex_tools.mcp.text import one_line

MAX_PAGES = 50
MAX_LISTED = 2_000
"""Tools that are looked at at all; far fewer are offered."""

_RAW_SCHEMA = "x-raw"
"""Where an input schema waits, as text, until we look at it: the SDK fails at nested ones."""

Streams = tuple[MemoryObjectReceiveStream[SessionMessage | Exception], MemoryObjectSendStream[SessionMessage]]


class CallTimedOut(Exception):
    pass


class CallFailed(Exception):
    """The server answered with a protocol error, or with what is no answer. The message says which."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    done: float
    total: float | None
    message: str


class Connection:
    """Made by `connect`."""

    def __init__(self, client: Client) -> None:
        self._client = client

    @property
    def protocol_version(self) -> str:
        return self._client.protocol_version

    @property
    def server_version(self) -> str:
        """`NAME VERSION` as the server says; empty if it does not."""
        info = self._client.server_info
        return one_line(f"{info.name} {info.version}", limit=80) if info is not None else ""

    async def list_tools(self) -> list[JsonObject]:
        """Return the `tools/list` entries of all pages.

        Raises:
            CallFailed: the server cannot say.
        """
        if self._client.server_capabilities.tools is None:
            return []
        found: list[JsonObject] = []
        cursor: str | None = None
        for _ in range(MAX_PAGES):
            try:
                page = await self._client.list_tools(cursor=cursor)
            except (MCPError, ValueError) as error:
                raise CallFailed(f"it does not list its tools: {error}") from error
            found += [
                {
                    "name": tool.name,
                    "description": tool.description,
                    "inputSchema": cast(Json, json.loads(str(tool.input_schema[_RAW_SCHEMA]))),
                }
                for tool in page.tools
            ]
            if page.next_cursor is None or page.next_cursor == cursor or len(found) >= MAX_LISTED:
                break
            cursor = page.next_cursor
        return found

    async def call(
        self, tool: str, arguments: JsonObject, *, timeout_s: float, on_progress: Callable[[Progress], None]
    ) -> JsonObject:
        """Call a tool and return its `tools/call` result as plain JSON. Cancelling it tells the server.

        Raises:
            CallTimedOut: no answer came in time.
            CallFailed: the server answered with an error, or the connection closed.
        """

        async def report(progress: float, total: float | None, message: str | None) -> None:
            on_progress(Progress(done=progress, total=total, message=message or ""))

        try:
            async with asyncio.timeout(timeout_s):  # of all rounds, where the server wants several
                result = await self._client.call_tool(
                    tool, dict(arguments), read_timeout_seconds=timeout_s, progress_callback=report
                )
            return cast(JsonObject, result.model_dump(mode="json", by_alias=True, exclude_none=True))
        except TimeoutError as error:
            raise CallTimedOut from error
        except MCPError as error:
            if error.code == types.REQUEST_TIMEOUT:
                raise CallTimedOut from error
            raise CallFailed(str(error)) from error
        except (ValueError, RuntimeError) as error:  # pydantic's is a ValueError: no result at all
            raise CallFailed(f"its answer is not valid: {error}") from error

    async def watch_tools(self, on_change: Callable[[], None]) -> None:
        """Say when the server's tools may have changed, in protocols that must be asked for it; else return."""
        if self._client.protocol_version < "2026":
            return  # there `message_handler` is told
        # A server need not support it, and then its list is what it was.
        with contextlib.suppress(MCPError, SubscriptionLost, TimeoutError, ValueError):
            async with self._client.listen(tools_list_changed=True) as changes:
                async for _ in changes:
                    on_change()


@contextlib.asynccontextmanager
async def connect(
    process: ServerProcess, *, roots: Sequence[str], on_tools_changed: Callable[[], None]
) -> AsyncGenerator[Connection]:
    """Open a session with a started server. Whoever waits for an answer when it ends gets `CallFailed`.

    `roots` are file URIs. Bound the time yourself.

    Raises:
        MCPError, or ExceptionGroups of such: it does not speak MCP, or ended.
    """

    async def on_message(message: IncomingMessage) -> None:
        if isinstance(message, types.ToolListChangedNotification):
            on_tools_changed()

    async def list_roots(context: ClientRequestContext) -> types.ListRootsResult:
        del context
        return types.ListRootsResult(roots=[types.Root(uri=FileUrl(uri)) for uri in roots])

    client = Client(
        _transport(process),
        client_info=types.Implementation(name="codex-py", version=__version__),
        message_handler=on_message,
        list_roots_callback=list_roots,
        elicitation_callback=_decline,  # sampling stays unsupported, which servers are told at the start
        cache=None,
    )
    async with client:
        yield Connection(client)


async def _decline(context: ClientRequestContext, params: types.ElicitRequestParams) -> types.ElicitResult:
    """A server's question to the user: answered with a no, so that it can go on without."""
    del context, params
    return types.ElicitResult(action="decline")


@contextlib.asynccontextmanager
async def _transport(process: ServerProcess) -> AsyncGenerator[Streams]:
    """Join the process's lines to the streams that the SDK wants. Leaves the process running."""
    # No buffers: a server that talks faster than it is heard has to wait.
    into_client, client_reads = anyio.create_memory_object_stream[SessionMessage | Exception](0)
    client_writes, out_of_client = anyio.create_memory_object_stream[SessionMessage](0)

    async def read() -> None:
        async with into_client:  # closed at the end of the server: the SDK then fails what waits
            async for line in process.lines():
                if (message := _parse(line, process)) is None:
                    continue
                try:
                    await into_client.send(message)
                except (anyio.BrokenResourceError, anyio.ClosedResourceError):
                    return

    async def write() -> None:
        async with out_of_client:
            async for message in out_of_client:
                text = message.message.model_dump_json(by_alias=True, exclude_unset=True)
                await process.send(text.encode() + b"\n")

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(read)
        tasks.start_soon(write)
        try:
            yield client_reads, client_writes
        finally:
            client_reads.close()
            client_writes.close()
            tasks.cancel_scope.cancel()


def _parse(line: bytes, process: ServerProcess) -> SessionMessage | None:
    """Return the message of one line; None for what is none, remembered as the process's noise."""
    try:
        message = types.jsonrpc_message_adapter.validate_json(line, by_name=False)
    except ValueError:
        message = _look_again(line)
    if message is None:
        if line.strip():
            process.noise = one_line(line[:1000].decode(errors="replace"), limit=120)
        return None
    if isinstance(message, types.JSONRPCResponse):
        _mend_listing(message)
    return SessionMessage(message)


def _look_again(line: bytes) -> types.JSONRPCMessage | None:
    """The fast parser stops at a nesting of 200; and whoever waits for an answer must get one, if only an error."""
    try:
        value = cast(object, json.loads(line))
    except (ValueError, RecursionError):
        return None
    with contextlib.suppress(ValidationError):
        return types.jsonrpc_message_adapter.validate_python(value, by_name=False)
    match value:
        case {"id": int() | str() as request_id} if "method" not in cast(dict[str, object], value):
            error = types.ErrorData(code=types.PARSE_ERROR, message="what it sent is no JSON-RPC response")
            return types.JSONRPCError(jsonrpc="2.0", id=request_id, error=error)
        case _:
            return None


def _mend_listing(message: types.JSONRPCResponse) -> None:
    """Keep the SDK from looking into a `tools/list` result; `codex_tools.mcp.listing` does that.

    To the SDK one entry that is no tool fails its whole page, and an output schema is something to check results
    with: with regular expressions of the server's, which can run for ever.
    """
    listed = cast(object, message.result.get("tools"))
    if not isinstance(listed, list):
        return
    tools = [cast(dict[str, object], tool) for tool in cast(list[object], listed) if isinstance(tool, dict)]
    message.result["tools"] = [
        {
            "name": tool["name"],
            "description": description if isinstance(description := tool.get("description"), str) else None,
            "inputSchema": {"type": "object", _RAW_SCHEMA: _packed(tool.get("inputSchema"))},
        }
        for tool in tools
        if isinstance(tool.get("name"), str)
    ]


def _packed(schema: object) -> str:
    try:
        return json.dumps(schema)
    except (RecursionError, ValueError):  # ValueError: an integer of thousands of digits
        return '{"type": "object"}'
