"""Imports asyncio without TLS, which nothing here speaks: models and MCP servers have processes of their own.

asyncio imports `ssl` for what it may be asked later, and does without where Python was built without OpenSSL. For a
start that is 8 ms of CPU and 2 MB of memory.
"""

from __future__ import annotations

import importlib
import sys


def import_without_tls() -> None:
    """To be called before the first import of asyncio; does nothing after it."""
    if "asyncio" in sys.modules or "ssl" in sys.modules:
        return
    sys.modules["ssl"] = None  # pyright: ignore[reportArgumentType] - how an import is told that there is none
    try:
        importlib.import_module("asyncio")
    finally:
        del sys.modules["ssl"]
