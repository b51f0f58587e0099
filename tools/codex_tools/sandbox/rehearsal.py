"""Does once, to no effect, what a process that waits will do when its command comes. Child side.

A forked Python copies a page of memory when it first writes to it, if only to count a reference. Without this a command
would wait for some hundreds of them, which takes longer than all that is done to confine it.
"""

from __future__ import annotations

import contextlib
import marshal
import os
import resource
import socket
import time
from typing import Any, Final, cast

from codex_tools.sandbox import handover, kernel, process_tree
from codex_tools.sandbox.guarded import nested
from codex_tools.sandbox.guarded.common_folder import CommonFolders
from codex_tools.sandbox.guarded.guard import Guard
from codex_tools.sandbox.guarded.instructions import KeptInstructions
from codex_tools.sandbox.placeholders import InUse
from codex_tools.sandbox.tree_memory import TreeMemory
from codex_tools.sandbox.wire import Launch, namespaces_of, pack, unpack

_FOLDER: Final = "/"
_NOWHERE: Final = "/proc/self/nowhere"
_NOTHING: Final[Launch] = {
    "argv": ["true"],
    "environment": {"PATH": os.defpath},
    "cwd": _FOLDER,
    "own_session": True,
    "bounds": {"wall_s": 1.0, "grace_s": 1.0, "processes": 1, "memory_bytes": 1, "file_bytes": 1},
    "confinement": {"view": None, "tcp_allowed": False, "seccomp_filter": bytes(8), "kept_capabilities": []},
    "writable": [_NOWHERE],
    "repositories": [],
    "guarded_roots": [_FOLDER],
    "guarded_files": [_NOWHERE],
    "git_dirs": [],
    "instructions": [],
    "guarded_git": [],
    "guarded_exactly": [],
    "since": 0.0,
    "journals": "",
    "remove_after": [],
}


def of_supervisor() -> None:
    launch = _taken_over()
    process_tree.threads_of_system()
    process_tree.children(os.getpid())
    InUse(None).release()
    CommonFolders((_NOWHERE,), ()).release()
    with contextlib.suppress(OSError):
        guard = Guard.take(launch["guarded_roots"], launch["guarded_files"])
        marshal.dumps(cast(Any, guard.to_plain()))
        guard.put_back()
    TreeMemory()
    KeptInstructions([_NOWHERE]).put_back()
    nested.clean_new(nested.launched(launch), since=time.time())


def of_command() -> None:
    _taken_over()
    process_tree.threads_of_system()
    for limit in (resource.RLIMIT_CORE, resource.RLIMIT_NOFILE):
        resource.setrlimit(limit, resource.getrlimit(limit))
    kernel.capabilities()
    if (ruleset := kernel.net_and_scope_ruleset(kernel.landlock_abi(), tcp_allowed=False)) is not None:
        os.close(ruleset)


def _taken_over() -> Launch:
    """Hand a command to oneself."""
    to_us, ours = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with to_us, ours:
        file = handover.memory_file(pack(_NOTHING))
        sent = handover.Handover(file, (0, 1, 2))
        sent.send(to_us)
        os.close(file)
        received = handover.receive(ours)
        assert received is not None
        launch = cast(Launch, unpack(handover.read_whole(received.launch_fd)))
        received.close()
    namespaces_of(launch)
    return launch
