"""The MCP host: a child of the front end that owns the servers, a task for each. `python -I -m codex_tools.mcp.host`.

Methods: `serve` starts the servers it is given, emits what becomes of them and stops them when it is cancelled;
`stop` does the same and waits; `call` calls a tool. Started with an environment that holds no provider keys.
"""

from __future__ import annotations

import asyncio
import logging
import time
from typing import TYPE_CHECKING, cast

from codex_core.host.server import Emit, HostServer, RequestFailed, claim_stdout
from codex_core.protocol import Json, JsonObject
from codex_tools.mcp.order import ServerOrder
from codex_tools.mcp.owner import ServerOwner, ServerUnavailable
from codex_tools.mcp.text import one_line

if TYPE_CHECKING:
    from codex_tools.mcp.connection import Progress

MIN_PROGRESS_GAP_S = 0.1
"""Of one call: a server may report as fast as it can."""


class McpHost:
    def __init__(self) -> None:
        self._owners: dict[str, ServerOwner] = {}
        self._serving: asyncio.Task[object] | None = None

    async def serve(self, params: JsonObject, emit: Emit) -> Json:
        """Run the servers in `params["servers"]` (see `ServerOrder`) until cancelled.

        Emits `{"server", "state": "starting|ready|restarting|failed", …}` for each change.
        """
        owners = [
            ServerOwner(ServerOrder.from_json(server), emit) for server in cast(list[JsonObject], params["servers"])
        ]
        self._owners = {owner.name: owner for owner in owners}
        self._serving = asyncio.current_task()
        try:
            async with asyncio.TaskGroup() as group:
                for owner in owners:
                    group.create_task(owner.run(), name=f"owner of {owner.name}")
        finally:
            self._owners = {}
        return None

    async def stop(self, params: JsonObject, emit: Emit) -> Json:
        """End all servers; the answer comes when they have ended."""
        del params, emit
        if self._serving is not None:
            self._serving.cancel()
            await asyncio.wait([self._serving])
        return None

    async def call(self, params: JsonObject, emit: Emit) -> Json:
        """Call `tool` of `server` with `arguments`; the result is `{"status": "ok|error|timeout", "text": …}`.

        Emits `{"progress": TEXT}`, at most ten a second.
        """
        name = str(params["server"])
        owner = self._owners.get(name)
        if owner is None:
            raise RequestFailed({"message": f'the MCP server "{name}" is not running'})
        last = 0.0

        def on_progress(progress: Progress) -> None:
            nonlocal last
            now = time.monotonic()
            if now - last >= MIN_PROGRESS_GAP_S:
                last = now
                emit({"progress": _progress_text(progress)})

        try:
            return await owner.call(
                str(params["tool"]),
                cast(JsonObject, params["arguments"]),
                timeout_s=float(cast(float, params["timeout_s"])),
                on_progress=on_progress,
            )
        except ServerUnavailable as error:
            raise RequestFailed({"message": str(error)}) from error


def _progress_text(progress: Progress) -> str:
    amount = f"{progress.done:g}" + (f"/{progress.total:g}" if progress.total else "")
    return one_line(f"{amount} {progress.message}", limit=200)


def main() -> None:
    protocol_fd = claim_stdout()
    # Everything that libraries have to say goes to stderr, which is the host's log.
    logging.basicConfig(level=logging.ERROR, format="%(asctime)s %(name)s: %(message)s")
    host = McpHost()
    asyncio.run(HostServer({"serve": host.serve, "call": host.call, "stop": host.stop}, protocol_fd).serve())


if __name__ == "__main__":
    main()
