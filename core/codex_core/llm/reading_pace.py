"""The pace at which a stream is read: to wake up for each token costs more than to read it.

What comes meanwhile stays in the kernel's buffer. It is looked at, which costs next to nothing, because nobody should
wait for the end of a reply, nor for the last word before a pause.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import socket
from typing import Final

_LOOK_S: Final = 0.0133
_PEEK_BYTES: Final = 16 << 10
_END: Final = re.compile(rb'\[DONE\]|"finish_reason":\s*"|message_stop')
"""Of a reply, in the formats that are spoken. Where it is only words, or encrypted, the reply is read a little sooner
or later."""


def is_end(data: bytes) -> bool:
    """Whether a reply ends in it."""
    return _END.search(data) is not None


async def let_more_come(transport: asyncio.ReadTransport, delay_s: float) -> None:
    """Read nothing for this long, or until the stream ends or stops to flow."""
    if transport.is_closing():
        return
    loop = asyncio.get_running_loop()
    until = loop.time() + delay_s
    transport.pause_reading()
    try:
        with _second_hand(transport) as connection:
            unread = 0
            while (left := until - loop.time()) > 0:
                await asyncio.sleep(min(left, _LOOK_S))
                try:
                    waiting = connection.recv(_PEEK_BYTES, socket.MSG_PEEK | socket.MSG_DONTWAIT)
                except BlockingIOError:
                    continue
                if len(waiting) == unread or is_end(waiting):
                    return
                unread = len(waiting)
    finally:
        transport.resume_reading()


def _second_hand(transport: asyncio.ReadTransport) -> contextlib.AbstractContextManager[socket.socket]:
    """The transport's connection once more: its own socket must only be touched by the loop."""
    return socket.socket(fileno=os.dup(transport.get_extra_info("socket").fileno()))
