"""A host's process: started by hand, so that it can be under way before there is an event loop to talk to it."""

from __future__ import annotations

import asyncio
import contextlib
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class HostStart:
    """How a host is started. Two that are equal start the same."""

    module: str
    environment: Mapping[str, str]
    """The whole of it."""
    cwd: Path
    """A folder that nobody else writes to."""
    log_path: Path
    """Gets the host's stderr."""

    def spawn(self) -> subprocess.Popen[bytes]:
        """Start it.

        Raises:
            OSError: it cannot be started, or its log not be opened.
        """
        with self.log_path.open("ab") as log:
            return subprocess.Popen(
                # -I: neither the workspace nor PYTHON* variables may decide what is imported.
                (sys.executable, "-I", "-m", self.module),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                bufsize=0,
                cwd=self.cwd,
                env=dict(self.environment),
                # Ctrl+C in a plain terminal is for the front end alone.
                start_new_session=True,
            )


class HostChild:
    """A running host with its pipes in the event loop."""

    def __init__(
        self, process: subprocess.Popen[bytes], reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self.reader = reader
        self.writer = writer
        self._process = process

    @classmethod
    async def connect(cls, process: subprocess.Popen[bytes], *, limit_bytes: int) -> HostChild:
        """Take the pipes of a process that was just spawned; `limit_bytes` is the longest line it may say."""
        loop = asyncio.get_running_loop()
        reader = asyncio.StreamReader(limit=limit_bytes)
        await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), process.stdout)
        # A reader's protocol does for the writer: of it only the flow control is used.
        transport, protocol = await loop.connect_write_pipe(
            lambda: asyncio.StreamReaderProtocol(asyncio.StreamReader()), process.stdin
        )
        return cls(process, reader, asyncio.StreamWriter(transport, protocol, None, loop))

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def is_running(self) -> bool:
        return self._process.poll() is None

    def kill(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            self._process.kill()

    async def end(self, *, grace_s: float) -> None:
        """Close its stdin, and kill it if it has not ended in time."""
        self.writer.close()
        try:
            async with asyncio.timeout(grace_s):
                await self._ended()
        except TimeoutError:
            self.kill()
            await self._ended()

    async def _ended(self) -> None:
        if not self.is_running:
            return
        if not hasattr(os, "pidfd_open"):  # not on macOS
            await asyncio.to_thread(self._process.wait)
            return
        loop, has_ended = asyncio.get_running_loop(), asyncio.Event()
        descriptor = os.pidfd_open(self._process.pid)
        try:
            loop.add_reader(descriptor, has_ended.set)
            await has_ended.wait()
        finally:
            loop.remove_reader(descriptor)
            os.close(descriptor)
        self._process.wait()
