"""Confinement as data: core decides, `codex_tools.sandbox` enforces, the screen shows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, Protocol, TypeAlias

SandboxMode: TypeAlias = Literal["read-only", "workspace-write", "danger-full-access"]
Network: TypeAlias = Literal["off", "on"]
Tier: TypeAlias = Literal["A", "B", "C"]
WideningKind: TypeAlias = Literal["write", "read", "network", "unconfined"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Bounds of one command, its children included."""

    wall_s: float = 120.0
    output_bytes: int = 1_000_000
    """What is kept, head and tail. A command that prints three times as much is killed."""
    processes: int = 512
    memory_bytes: int = 8 << 30
    file_bytes: int = 16 << 30


@dataclass(frozen=True, slots=True, kw_only=True)
class SandboxPolicy:
    """What a confined process may do. All paths are absolute and resolved."""

    mode: SandboxMode
    workspace: Path
    writable_roots: tuple[Path, ...] = ()
    """Beside the workspace; both count only in `workspace-write`."""
    hidden_paths: tuple[Path, ...] = ()
    """Not even readable: keys, our own state."""
    protected_paths: tuple[Path, ...] = ()
    """Read-only inside writable roots: git hooks, instruction files, our own folder in the project."""
    protected_names: frozenset[str] = frozenset()
    """In whatever folder of a writable root, casefolded: the file tools ask before they write there."""
    network: Network = "off"
    limits: Limits = field(default_factory=Limits)

    def roots(self) -> tuple[Path, ...]:
        """The folders below which files may be written; empty in `read-only`."""
        if self.mode == "read-only":
            return ()
        return (self.workspace, *self.writable_roots)


@dataclass(frozen=True, slots=True, kw_only=True)
class SandboxStatus:
    """What this machine can enforce, found by really confining a command."""

    tier: Tier
    """A: namespaces, Landlock, seccomp. B: Landlock, seccomp. C: nothing."""
    landlock_abi: int
    """0 if the kernel has none."""
    reason: str = ""
    """Why it is not tier A; empty if it is."""
    gaps: tuple[str, ...] = ()
    """What is not covered, each in words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandSpec:
    """One command to run confined."""

    argv: tuple[str, ...]
    cwd: Path
    environment: Mapping[str, str]
    """The whole environment, already scrubbed of secrets."""
    policy: SandboxPolicy


@dataclass(frozen=True, slots=True, kw_only=True)
class Widening:
    """The least that would have to be allowed more, for what was refused to work."""

    kind: WideningKind
    """`unconfined` is no sandbox at all: never the least, but what remains where nothing less is known to do."""
    target: str
    """A path, or a host; empty for the network as a whole, and for `unconfined`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Denial:
    """The sandbox very likely refused something."""

    what: str
    """In words: `write to /etc/hosts`, `network access`."""
    widening: Widening


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandResult:
    """What came of a confined command. Output is bytes decoded as UTF-8 with replacement."""

    exit_code: int | None
    """As shells count: 128+N for signal N, 125 if it could not be confined; None if we killed it."""
    output: str
    """Head and tail, stdout and stderr in the order of their coming."""
    cut_bytes: int
    """Bytes missing out of the middle of `output`."""
    duration_s: float
    ended_by: Literal["exit", "timeout", "output", "memory", "processes", "cancel"] = "exit"
    denial: Denial | None = None
    notices: tuple[str, ...] = ()
    """What the user should know about what was protected, each a sentence."""


class BackgroundCommand(Protocol):
    """A confined command that goes on until it ends, is stopped, or the sandbox is closed."""

    @property
    def result(self) -> CommandResult | None:
        """None while it runs; its `output` is all that was kept."""
        ...

    def take_output(self) -> tuple[str, int]:
        """Return what has come since the last call, head and tail, and how many bytes of it are missing."""
        ...

    async def wait_for_news(self, limit_s: float) -> None:
        """Wait until it ends, at most `limit_s` seconds."""
        ...

    async def stop(self) -> None:
        """End it with all that it has started, gently then hard; return when it has ended. May be called twice."""
        ...


class Sandbox(Protocol):
    """Runs commands confined. The only way for a tool to start a process."""

    @property
    def status(self) -> SandboxStatus: ...

    async def run(self, command: CommandSpec, on_output: Callable[[str], None]) -> CommandResult:
        """Run `command` to its end; `on_output` gets the output as it comes.

        When the caller is cancelled the whole process tree is ended, gently then hard, before the
        cancellation goes on.

        Raises:
            SandboxUnavailable: the policy cannot be enforced here. Nothing was run.
        """
        ...

    async def start(self, command: CommandSpec) -> BackgroundCommand:
        """Start `command`, which has no time limit and may not write to repositories.

        Raises:
            SandboxUnavailable: the policy cannot be enforced here. Nothing was run.
        """
        ...
