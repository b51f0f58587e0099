"""The pace at which a stream is read: to wake up for each token costs more than to read it.

What comes meanwhile stays in the kernel's buffer, and is only looked at: nobody should wait for the end of a reply.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import socket
from typing import Final

_LOOK_S: Final = 0.008
_PEEK_BYTES: Final = 16 << 10
_END: Final = re.compile(rb'\[DONE\]|"finish_reason":\s*"|message_stop')
"""Of a reply, in the formats that are spoken. If it is only words, they are read a little sooner."""


def is_end(data: bytes) -> bool:
    """Whether a reply ends in it."""
    return _END.search(data) is not None


async def let_more_come(transport: asyncio.ReadTransport, delay_s: float) -> None:
    """Read nothing for this long, or until the reply ends."""
    if transport.is_closing():
        return
    loop = asyncio.get_running_loop()
    until = loop.time() + delay_s
    transport.pause_reading()
    try:
        if transport.get_extra_info("sslcontext") is not None:
            await asyncio.sleep(delay_s)  # there is nothing to see in what is encrypted
            return
        with contextlib.suppress(OSError):  # no handle is left, or the connection has failed: whoever reads it is told
            await _watch(transport, until)
    finally:
        transport.resume_reading()


async def _watch(transport: asyncio.ReadTransport, until: float) -> None:
    """Look at what comes until that time of the loop, or until the reply ends.

    Raises:
        OSError: it cannot be looked at.
    """
    loop = asyncio.get_running_loop()
    # Once more: the transport's own socket is for the loop alone.
    with socket.socket(fileno=os.dup(transport.get_extra_info("socket").fileno())) as connection:
        while (left := until - loop.time()) > 0:
            await asyncio.sleep(min(left, _LOOK_S))
            try:
                waiting = connection.recv(_PEEK_BYTES, socket.MSG_PEEK | socket.MSG_DONTWAIT)
            except BlockingIOError:
                continue
            if not waiting or is_end(waiting):
                return
