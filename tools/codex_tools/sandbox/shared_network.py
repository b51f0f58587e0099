"""The network that all commands of one session without a network have in common: a loopback, and nobody else on it.

So a server that runs in the background is reached by the commands after it. Made once, by the fork server; it lives as
long as somebody holds its descriptors or is in it. Child side.
"""

from __future__ import annotations

import contextlib
import os
from typing import NamedTuple

from codex_tools.sandbox import kernel_view


class SharedNetwork(NamedTuple):
    """Descriptors of the namespaces; `user_fd` is -1 where none is needed."""

    user_fd: int
    network_fd: int

    @classmethod
    def make(cls) -> SharedNetwork | None:
        """Return a new one; None where the kernel does not allow it."""
        read_fd, write_fd = os.pipe()
        child = os.fork()
        if child == 0:
            with contextlib.suppress(OSError):
                has_users = kernel_view.unshare_as_anybody(kernel_view.NEW_NETWORK)
                kernel_view.raise_loopback()
                os.write(write_fd, b"u" if has_users else b"n")
                os.close(write_fd)
                kernel_view.wait_for_signal()  # until its namespaces have been opened
            os._exit(0)
        os.close(write_fd)
        made = os.read(read_fd, 1)
        os.close(read_fd)
        try:
            if not made:
                return None
            flags = os.O_RDONLY | os.O_CLOEXEC
            user_fd = os.open(f"/proc/{child}/ns/user", flags) if made == b"u" else -1
            return cls(user_fd, os.open(f"/proc/{child}/ns/net", flags))
        except OSError:
            return None
        finally:
            kernel_view.end(child)

    def join(self) -> None:
        """Enter it, and the user namespace that it belongs to, in which this process has all rights then."""
        if self.user_fd >= 0:
            kernel_view.set_namespace(self.user_fd, kernel_view.NEW_USERS)
        kernel_view.set_namespace(self.network_fd, kernel_view.NEW_NETWORK)

    def descriptors(self) -> tuple[int, ...]:
        return tuple(descriptor for descriptor in self if descriptor >= 0)
