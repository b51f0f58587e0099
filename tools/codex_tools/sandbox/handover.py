"""How a command and its descriptors pass from process to process: agent, supervisor, command.

The agent gets the channel to a supervisor from the zygote.
"""

from __future__ import annotations

import contextlib
import os
import socket
from typing import Final, NamedTuple, cast

from codex_tools.sandbox.wire import Namespaces

_HAS_CONTROL, _HAS_RULESET = 1, 2
_MOST_DESCRIPTORS: Final = 6
_REQUEST_BYTES: Final = 64


class Handover(NamedTuple):
    """The descriptors of one command. Whoever received it closes them."""

    launch_fd: int
    """A file that holds the packed `Launch`."""
    standard: tuple[int, int, int]
    """stdin, stdout and stderr; they may be the same."""
    ruleset_fd: int = -1
    """The Landlock ruleset for files; -1 for an unconfined command."""
    control_fd: int = -1
    """The supervisor's end of the control socket; -1 on the way from the supervisor to the command."""

    def send(self, channel: socket.socket) -> None:
        """Pass duplicates on. The channel keeps messages apart: a SOCK_SEQPACKET pair.

        Raises:
            OSError: nobody is at the other end, or (BlockingIOError) it has too much to do.
        """
        optional = [descriptor for descriptor in (self.control_fd, self.ruleset_fd) if descriptor >= 0]
        layout = _HAS_CONTROL * (self.control_fd >= 0) + _HAS_RULESET * (self.ruleset_fd >= 0)
        socket.send_fds(channel, [bytes((layout,))], [self.launch_fd, *self.standard, *optional])

    def close(self) -> None:
        for descriptor in {self.launch_fd, *self.standard, self.ruleset_fd, self.control_fd} - {-1}:
            with contextlib.suppress(OSError):
                os.close(descriptor)


def receive(channel: socket.socket) -> Handover | None:
    """Wait for a command; None if there will be no more."""
    message, descriptors, _, _ = socket.recv_fds(channel, 1, _MOST_DESCRIPTORS)
    for descriptor in descriptors:
        os.set_inheritable(descriptor, False)  # recv_fds ignores its flags, MSG_CMSG_CLOEXEC among them
    if not message:
        return None
    launch_fd, stdin, stdout, stderr, *optional = descriptors
    control_fd = optional.pop(0) if message[0] & _HAS_CONTROL else -1
    ruleset_fd = optional.pop(0) if message[0] & _HAS_RULESET else -1
    return Handover(launch_fd, (stdin, stdout, stderr), ruleset_fd, control_fd)


def memory_file(data: bytes) -> int:
    """Return the descriptor of a file that has no name: for a `Launch` of any size."""
    descriptor = os.memfd_create("launch", os.MFD_CLOEXEC)
    while data:
        data = data[os.write(descriptor, data) :]
    return descriptor


def read_whole(descriptor: int) -> bytes:
    """Read a file from its start, wherever other processes that share it have read to."""
    parts: list[bytes] = []
    at = 0
    while part := os.pread(descriptor, 1 << 20, at):
        parts.append(part)
        at += len(part)
    return b"".join(parts)


def request(agent_end: socket.socket, namespaces: Namespaces) -> None:
    """Ask the zygote for a supervisor whose command will have these namespaces."""
    agent_end.sendall(namespaces.encode())


def receive_request(zygote_end: socket.socket) -> Namespaces | None:
    """Wait for the next `request`; None if there will be no more."""
    try:
        said = zygote_end.recv(_REQUEST_BYTES)
    except ConnectionError:
        return None
    return cast(Namespaces, said.decode()) if said else None


def send_channel(zygote_end: socket.socket, channel: socket.socket) -> None:
    """Answer a request."""
    socket.send_fds(zygote_end, [b"s"], [channel.fileno()])


def receive_channel(agent_end: socket.socket) -> socket.socket:
    """Return the channel of the supervisor that was asked for.

    Raises:
        BlockingIOError: it is not there yet, and `agent_end` does not block.
        ConnectionError: the zygote is gone.
    """
    _, descriptors, _, _ = socket.recv_fds(agent_end, 1, 1)
    if not descriptors:
        raise ConnectionResetError("the fork server has ended")
    channel = socket.socket(fileno=descriptors[0])
    channel.set_inheritable(False)  # recv_fds ignores its flags
    return channel
