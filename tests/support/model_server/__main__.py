"""`python -m tests.support.model_server SCRIPT.json [PORT]`: the server as a process of its own.

The script is a JSON list of steps, see `step_from_json`. The first line of stdout is the URL; the server runs until
its stdin ends or it is interrupted. It exits 1, with the reasons on stderr, if a request broke a rule.
"""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path

from tests.support.model_server import ModelServer, step_from_json


async def serve(script_path: Path, port: int) -> None:
    script = [step_from_json(step) for step in json.loads(script_path.read_text())]
    async with ModelServer(script, port=port) as server:
        print(server.url, flush=True)  # noqa: T201
        await asyncio.to_thread(sys.stdin.read)


if __name__ == "__main__":
    try:
        asyncio.run(serve(Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 0))
    except AssertionError as error:
        sys.exit(str(error))
    except KeyboardInterrupt:
        sys.exit(130)
