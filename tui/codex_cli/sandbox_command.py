"""`codex-py sandbox`: runs one command confined as the agent's would be, in the place of this process.

Its stdin, stdout, stderr, signals and exit status are the command's own; 124 if a bound was passed, 125 if it could
not be confined (then nothing was run), 126 and 127 as shells do.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, Literal, TypeAlias, TypeVar, cast, get_args

from codex_core.config.home import home_folder
from codex_core.llm.endpoints import provider_variables
from codex_core.protocol import CommandSpec, Limits, Network, SandboxMode, SandboxUnavailable
from codex_core.spelling import did_you_mean
from codex_tools.sandbox import foreground, kernel, namespaces, seccomp
from codex_tools.sandbox.confine import COULD_NOT_CONFINE
from codex_tools.sandbox.environment import child_environment
from codex_tools.sandbox.guarded.git_places import git_places
from codex_tools.sandbox.guarded.instructions import InstructionFiles
from codex_tools.sandbox.policy_defaults import default_policy
from codex_tools.sandbox.private_folder import PrivatePlaces
from codex_tools.sandbox.renamed_sockets import RenamedSockets
from codex_tools.sandbox.spec import ConfiningTier, build_launch, rules_for
from codex_tools.sandbox.wire import ForegroundLaunch, Launch

_Value = TypeVar("_Value")
_AskedTier: TypeAlias = Literal["auto", "a", "b"]

_SIZE_UNITS: Final = {"": 1, "k": 1 << 10, "m": 1 << 20, "g": 1 << 30}

HELP: Final = """\
usage: codex-py sandbox [options] [--] CMD [ARG…]

Run CMD confined as the agent's commands are, in the place of codex-py: with its stdin, stdout, stderr, signals and
exit status. 124: a limit was passed; 125: could not be confined, nothing was run; 126, 127: as shells do.

  -s, --sandbox MODE    read-only, workspace-write (default) or danger-full-access
  --network on|off      default off
  --add-dir DIR         also writable; may be repeated
  -C, --cd DIR          the workspace, and where CMD runs (default: the current folder)
  --timeout SECONDS     end the whole tree after this time (default: no limit)
  --max-output BYTES    end it when it has printed more (k, M and G may follow the number)
  --max-procs N         end it when it has more processes (default 512)
  --max-memory BYTES    end it when all of it together holds more (default 8G)
  --tier auto|a|b       a: with namespaces, b: without; auto: a where it can be had. What is demanded and cannot
                        be had is an error
"""


class _UsageError(Exception):
    """Told in one line, exit code 2."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Request:
    argv: tuple[str, ...]
    mode: SandboxMode = "workspace-write"
    network: Network = "off"
    folder: Path
    add_dirs: tuple[Path, ...] = ()
    timeout_s: float | None = None
    max_output_bytes: int | None = None
    limits: Limits
    tier: _AskedTier = "auto"


def run_sandbox(arguments: Sequence[str]) -> int:
    """Run `codex-py sandbox ARGUMENTS`. Does not return once the command has started: this process ends as it did."""
    try:
        options, argv = _split(arguments)
        if options is None:
            print(HELP, end="")  # noqa: T201
            return 0
        request = _request(options, argv)
    except _UsageError as error:
        _complain(str(error))
        return 2
    if reason := _cannot_confine(request.mode):
        _complain(f"commands cannot be confined here: {reason}; nothing was run")
        return COULD_NOT_CONFINE
    try:
        launch = _launch(request)
    except SandboxUnavailable as error:
        _complain(f"{error}; nothing was run")
        return COULD_NOT_CONFINE
    except OSError as error:
        _complain(f"there is no place for its private temp: {error}; nothing was run")
        return COULD_NOT_CONFINE
    ending = foreground.run(launch, max_output_bytes=request.max_output_bytes)
    return foreground.leave(ending)


def _cannot_confine(mode: SandboxMode) -> str:
    if mode == "danger-full-access":
        return ""
    if sys.platform != "linux":
        return f"Landlock and seccomp are Linux's, this is {sys.platform}"
    if not kernel.landlock_abi():
        return "the kernel has no Landlock, or it is switched off"
    machine = os.uname().machine
    return "" if seccomp.supports(machine) else f"no seccomp filter is known for {machine}"


def _launch(request: _Request) -> ForegroundLaunch:
    environ = dict(os.environ)
    policy = default_policy(
        request.mode, request.folder, Path(home_folder(environ)), request.network, request.add_dirs, request.limits
    )
    git = git_places(policy)
    policy = git.widened(policy)
    private_folder = _make_private_folder(environ)
    places = PrivatePlaces.make(private_folder)
    command = CommandSpec(
        argv=request.argv,
        cwd=request.folder,
        environment=child_environment(environ, provider_variables=provider_variables(environ)),
        policy=policy,
    )

    def launch_of(tier: ConfiningTier) -> Launch:
        launch = build_launch(
            command,
            tier=tier,
            abi=kernel.landlock_abi(),
            places=places,
            git=git,
            instructions=InstructionFiles().below(map(str, policy.roots()), policy.protected_names),
            sockets=RenamedSockets().paths(policy) if tier == "A" else (),
            own_session=not foreground.has_terminal(),
            remove_after=(private_folder,),
        )
        launch["bounds"]["wall_s"] = request.timeout_s
        return launch

    tier: ConfiningTier = "B" if request.tier == "b" else "A"
    launch = launch_of(tier)
    view = launch["confinement"]["view"] if launch["confinement"] is not None else None
    if view is not None and (problem := namespaces.problem(view, cwd=launch["cwd"])):
        if request.tier == "a":
            shutil.rmtree(private_folder, ignore_errors=True)
            raise SandboxUnavailable(f"--tier a cannot be had here: {problem}")
        tier = "B"
        launch = launch_of(tier)
    return ForegroundLaunch(launch=launch, file_rules=rules_for(command, tier, places, git))


def _make_private_folder(environ: Mapping[str, str]) -> Path:
    """A folder that nobody else can have made. (`tempfile` would cost each start 10 ms.)"""
    parent = Path(environ.get("TMPDIR") or "/tmp")  # noqa: S108 (the name below cannot be guessed)
    path = parent.resolve() / f"codex-py-{os.urandom(12).hex()}"
    path.mkdir(mode=0o700)
    return path


_FLAGS: Final = {
    "-s": "--sandbox",
    "--sandbox": "--sandbox",
    "--network": "--network",
    "--add-dir": "--add-dir",
    "-C": "--cd",
    "--cd": "--cd",
    "--timeout": "--timeout",
    "--max-output": "--max-output",
    "--max-procs": "--max-procs",
    "--max-memory": "--max-memory",
    "--tier": "--tier",
}


def _split(arguments: Sequence[str]) -> tuple[dict[str, list[str]] | None, tuple[str, ...]]:
    """Return the values of each flag, and the command; None for the flags if help is wanted."""
    options: dict[str, list[str]] = {}
    rest = list(arguments)
    while rest and rest[0].startswith("-") and rest[0] not in ("-", "--"):
        word, has_value, value = rest.pop(0).partition("=")
        if word in ("-h", "--help"):
            return None, ()
        if word not in _FLAGS:
            raise _UsageError(f"unknown flag {word}{did_you_mean(word, _FLAGS)}")
        if not has_value:
            if not rest:
                raise _UsageError(f"{word} needs a value")
            value = rest.pop(0)
        options.setdefault(_FLAGS[word], []).append(value)
    argv = tuple(rest[1:] if rest[:1] == ["--"] else rest)
    if not argv or not argv[0]:
        raise _UsageError("no command given: codex-py sandbox [options] -- CMD…")
    return options, argv


def _request(options: dict[str, list[str]], argv: tuple[str, ...]) -> _Request:
    def last(flag: str, read: Callable[[str, str], _Value], default: _Value) -> _Value:
        given = options.get(flag)
        return read(flag, given[-1]) if given else default

    limits = Limits()
    return _Request(
        argv=argv,
        mode=cast(SandboxMode, last("--sandbox", _choice_of(get_args(SandboxMode)), "workspace-write")),
        network=cast(Network, last("--network", _choice_of(get_args(Network)), "off")),
        folder=last("--cd", _folder, Path.cwd()),
        add_dirs=tuple(_folder("--add-dir", value) for value in options.get("--add-dir", ())),
        timeout_s=last("--timeout", _seconds, None),
        max_output_bytes=last("--max-output", _size, None),
        limits=replace(
            limits,
            processes=last("--max-procs", _count, limits.processes),
            memory_bytes=last("--max-memory", _size, limits.memory_bytes),
        ),
        tier=cast(_AskedTier, last("--tier", _choice_of(get_args(_AskedTier)), "auto")),
    )


def _choice_of(valid: Sequence[str]) -> Callable[[str, str], str]:
    def read(flag: str, text: str) -> str:
        if text not in valid:
            raise _UsageError(f"{flag}: no such value: {text!r}{did_you_mean(text, valid)}")
        return text

    return read


def _folder(flag: str, text: str) -> Path:
    path = Path(text).expanduser()
    if not path.is_dir():
        raise _UsageError(f"{flag}: no such folder: {text}")
    return path.resolve()


def _seconds(flag: str, text: str) -> float | None:
    try:
        seconds = float(text.removesuffix("s"))
    except ValueError:
        seconds = 0.0
    if not 0 < seconds < float("inf"):
        raise _UsageError(f"{flag}: not a number of seconds above 0: {text!r}")
    return seconds


def _count(flag: str, text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise _UsageError(f"{flag}: not a number above 0: {text!r}")
    return int(text)


def _size(flag: str, text: str) -> int:
    number = text.rstrip("kKmMgGbB")
    unit = text[len(number) :].lower().removesuffix("b")
    if not number.isdecimal() or unit not in _SIZE_UNITS or int(number) < 1:
        raise _UsageError(f"{flag}: not a number of bytes above 0, as 500, 64k, 20M or 2G: {text!r}")
    return int(number) * _SIZE_UNITS[unit]


def _complain(text: str) -> None:
    print(f"codex-py sandbox: {text}", file=sys.stderr)  # noqa: T201
