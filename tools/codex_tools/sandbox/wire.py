"""What is said between the agent and the processes that start commands, as plain values that `marshal` carries.

The child side runs without site-packages and must be up in milliseconds: little here but types.
"""

from __future__ import annotations

import marshal
import signal
import socket
from typing import Any, Final, Literal, TypeAlias, TypedDict, cast

EndedBy: TypeAlias = Literal["exit", "timeout", "output", "memory", "processes", "cancel"]

TERMINATE: Final = b"T"
"""To a supervisor: end the command gently, after the grace time hard."""
KILL: Final = b"K"
"""To a supervisor: end the command hard."""
SIGNAL: Final = b"S"
"""To a supervisor: pass on the signal whose number is in the next byte."""

Namespaces: TypeAlias = Literal["none", "own", "own, and of the network"]
"""Which of its own a command has. They are made before there is a command, so whoever wants to start one has to say."""

GO: Final = b"G"
"""From a supervisor to the process that has confined itself: become the command."""
STARTED: Final = b"!"
"""From a supervisor, first: it has taken the command on. Who hears nothing may ask another one."""
ENDING_LIMIT_BYTES: Final = 1 << 16
"""The `Ending` is one message of at most this size; the list of what was put back is cut to fit."""


def control_pair() -> tuple[socket.socket, socket.socket]:
    """The two ends of a control socket. Each send is one message; an end that is closed or dies reads as empty."""
    return socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)


class FileRule(TypedDict):
    path: str
    """Absolute, without links."""
    rights: int
    """Landlock's LANDLOCK_ACCESS_FS_* bits; what the kernel or the kind of file does not know is left out later."""
    required: bool
    """False: if it is gone by now, the rule is left out (and so grants nothing)."""


class View(TypedDict):
    """What a command sees of the system from namespaces of its own. All paths are absolute and without links."""

    writable: list[str]
    readable: list[str]
    """What stays to be seen, read-only, of places that are covered by private ones."""
    repositories: list[str]
    """Folders in writable ones whose repositories, if they hold one, are kept from being steered."""
    git_dirs: list[str]
    """Repositories that are not the `.git` of one of these folders, likewise."""
    read_only: list[str]
    """In writable folders, beside those of git that make it run something; what does not exist is left out."""
    hidden: list[str]
    temp: str | None
    """The folder that is shown as /tmp; None for an empty one, read-only."""
    shared_memory: str
    """The folder that is shown as /dev/shm."""
    nothing: str
    """An empty folder."""
    sockets: list[str]
    """Unix sockets that are to be covered and are not where the kernel's table says."""
    own_network: bool
    """One with a loopback interface and nothing else."""
    processes: int


class Confinement(TypedDict):
    """What a process does to itself before it becomes the command, beside applying a Landlock ruleset for files."""

    view: View | None
    """None: it stays in the namespaces of the agent."""

    tcp_allowed: bool
    seccomp_filter: bytes
    kept_capabilities: list[int]
    """Out of root's; of the others' none."""


class Bounds(TypedDict):
    wall_s: float | None
    """None: no limit."""
    grace_s: float
    """Between the gentle end and the hard one."""
    processes: int
    memory_bytes: int
    file_bytes: int


class Guarded(TypedDict):
    """What is looked at before a command and put back after it."""

    guarded_roots: list[str]
    """Folders in which the files of git that run something are put back afterwards if the command changed them."""
    guarded_files: list[str]
    """Files and folders below `guarded_roots` that are put back likewise."""
    instructions: list[str]
    """Files further down that are put back if they say something else afterwards."""
    guarded_git: list[str]
    """Repositories that are not a `.git` of `guarded_roots`, whose files are put back likewise."""
    guarded_exactly: list[str]
    """Files and folders below `guarded_roots` that nothing about may change, be it in a repository."""


class Launch(Guarded):
    """One command, as it is to be started. What it inherits as 0, 1 and 2 is its stdin, stdout and stderr."""

    argv: list[str]
    environment: dict[str, str]
    cwd: str
    own_session: bool
    """False leaves it in the terminal's foreground group."""
    bounds: Bounds
    confinement: Confinement | None
    """None: not confined, only supervised."""
    writable: list[str]
    """Folders in which repositories that the command makes are looked at afterwards."""
    repositories: list[str]
    """Those in them that have a `.git` before."""
    git_dirs: list[str]
    """Repositories in them that are not the `.git` of one of these."""
    since: float
    """New repositories are those of after that time; 0 for the start of the command."""
    journals: str
    """A folder for what a supervisor that is killed leaves undone; empty for none."""
    remove_after: list[str]
    """Folders to delete at the end: the private temp of a single command."""


def namespaces_of(launch: Launch) -> Namespaces:
    if launch["confinement"] is None or (view := launch["confinement"]["view"]) is None:
        return "none"
    return "own, and of the network" if view["own_network"] else "own"


class ForegroundLaunch(TypedDict):
    """What the helper process is given: it makes the ruleset itself."""

    launch: Launch
    file_rules: list[FileRule]


class Ending(TypedDict):
    """What a supervisor reports when the command and everything it started is gone."""

    wait_status: int | None
    """Of `waitpid`; None if the command never started."""
    ended_by: EndedBy
    failure: str
    """Why it could not be confined or started; empty if it ran."""
    is_lost: bool
    """The supervisor was killed, and has looked after nothing."""
    put_back: list[str]
    """Protected files that the command had changed."""
    unsearched: list[str]
    """Folders with so much in them that not all new repositories may have been found."""


def killed() -> Ending:
    """How a command ends whose supervisor is killed: the kernel kills it too, the zygote all that it had started."""
    return Ending(wait_status=signal.SIGKILL, ended_by="exit", failure="", is_lost=True, put_back=[], unsearched=[])


def not_started(failure: str) -> Ending:
    """How a command ends that never began."""
    return Ending(wait_status=None, ended_by="exit", failure=failure, is_lost=False, put_back=[], unsearched=[])


class Hello(TypedDict):
    """What the zygote says first."""

    landlock_abi: int
    machine: str


def pack(message: Launch | ForegroundLaunch | Ending | Hello) -> bytes:
    return marshal.dumps(cast(dict[str, Any], message))


def unpack(data: bytes) -> object:
    """Return what `pack` was given. Only for what comes from a process or file of our own."""
    return cast(object, marshal.loads(data))  # noqa: S302
