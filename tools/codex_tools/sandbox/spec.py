"""From a policy and a command to what a child does to itself: pure but for looking at folders."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Final, Literal, TypeAlias

from codex_core.protocol import CommandSpec, SandboxPolicy
from codex_tools.sandbox.guarded.git_places import GitPlaces
from codex_tools.sandbox.landlock.rules import file_rules, rules_inside_a_view
from codex_tools.sandbox.private_folder import PrivatePlaces
from codex_tools.sandbox.seccomp import build_filter
from codex_tools.sandbox.view import kept_of_temporary, shows_temp, view_of
from codex_tools.sandbox.wire import Bounds, Confinement, FileRule, Guarded, Launch

ConfiningTier: TypeAlias = Literal["A", "B"]
"""A: with namespaces of its own."""

TERMINATE_GRACE_S: Final = 2.0
_ADVICE: Final = {"LSAN_OPTIONS": "detect_leaks=0"}
"""Programs that are built with a sanitizer look for leaks by tracing themselves, and fail where they may not."""
_MOST_PROTECTED: Final = 8
"""Of the repositories inside the writable folders, those nearest to the top: each costs every command some mounts."""

_MOST_GUARDED: Final = 32
"""Of them, those that are read before and put back; in the others what is changed loses what runs something."""

_ABI_SCOPE: Final = 6
_CAP_DAC_OVERRIDE, _CAP_FOWNER = 1, 3


def build_launch(
    command: CommandSpec,
    *,
    tier: ConfiningTier,
    abi: int,
    places: PrivatePlaces,
    git: GitPlaces,
    sockets: Sequence[str] = (),
    instructions: Sequence[str] = (),
    own_session: bool = True,
    is_server: bool = False,
    journals: str = "",
    remove_after: tuple[Path, ...] = (),
) -> Launch:
    """Return the description of `command` for a child of ours; its Landlock ruleset is made by `RulesetCache`,
    or of `rules_for`.

    `abi` is Landlock's, `places` are what is private to the command, `git` is what lies in the writable folders (the
    policy of `command` is widened by it already), `sockets` and `instructions` what `RenamedSockets` and
    `InstructionFiles` found.

    A server has no wall time, and finds protected files read-only from the start instead of having them put back at
    the end, which would undo what the user and the agent did meanwhile.

    Raises:
        KeyError: no filter can be written for this machine; the caller has asked `seccomp.supports` before.
    """
    policy = command.policy
    is_confined = policy.mode != "danger-full-access"
    writable = [str(root) for root in policy.roots()]
    shown = [*writable, *git.folders[:_MOST_PROTECTED]]
    return Launch(
        argv=list(command.argv),
        environment=_environment(command, tier, places, is_server=is_server),
        cwd=str(command.cwd),
        own_session=own_session,
        bounds=_bounds(policy, is_server=is_server),
        confinement=_confinement(command, tier, abi, places, shown, git, list(sockets), is_server=is_server)
        if is_confined
        else None,
        writable=writable if is_confined else [],
        repositories=[*writable, *git.known_folders()],
        git_dirs=list(git.known_git_dirs()),
        since=git.since,
        journals=journals if is_confined else "",
        remove_after=[str(folder) for folder in remove_after],
        **_guarded(policy, git, instructions, is_server=is_server),
    )


def _environment(
    command: CommandSpec, tier: ConfiningTier, places: PrivatePlaces, *, is_server: bool
) -> dict[str, str]:
    policy = command.policy
    if policy.mode == "danger-full-access":
        return dict(command.environment)
    is_tmp = tier == "A" and shows_temp(policy, is_server=is_server)
    temp = "/tmp" if is_tmp else str(places.temp)  # noqa: S108 -- a private one
    return {**_ADVICE, **command.environment, **private_folders(temp)}


def _bounds(policy: SandboxPolicy, *, is_server: bool) -> Bounds:
    limits = policy.limits
    return Bounds(
        wall_s=None if is_server else limits.wall_s,
        grace_s=TERMINATE_GRACE_S,
        processes=limits.processes,
        memory_bytes=limits.memory_bytes,
        file_bytes=limits.file_bytes,
    )


def _guarded(policy: SandboxPolicy, git: GitPlaces, instructions: Sequence[str], *, is_server: bool) -> Guarded:
    if policy.mode == "danger-full-access" or is_server:
        return Guarded(guarded_roots=[], guarded_files=[], instructions=[], guarded_git=[], guarded_exactly=[])
    return Guarded(
        guarded_roots=[*map(str, policy.roots()), *git.folders[:_MOST_GUARDED]],
        guarded_files=[*map(str, policy.protected_paths), *_not_there(policy)],
        instructions=[*instructions],
        guarded_git=list(git.git_dirs[:_MOST_GUARDED]),
        guarded_exactly=list(map(str, git.steering)),
    )


def rules_for(
    command: CommandSpec, tier: ConfiningTier, places: PrivatePlaces, git: GitPlaces, *, is_server: bool = False
) -> list[FileRule]:
    """Return what the Landlock ruleset of one command is made of; empty for an unconfined one."""
    policy = command.policy
    if policy.mode == "danger-full-access":
        return []
    read_only = _read_only(policy, git) if is_server else ()
    if tier == "A":
        shown = () if shows_temp(policy, is_server=is_server) else kept_of_temporary(command, places)
        return rules_inside_a_view(policy, places, read_only=read_only, readable=shown).rules
    return file_rules(policy, places.temp, read_only=read_only).rules


def _read_only(policy: SandboxPolicy, git: GitPlaces) -> tuple[Path, ...]:
    """What a server may not write to in its folders.

    Nobody looks at a repository when a server has written to it, so it does not. Only at one that is there: a folder
    of which something is read-only can get no new files, and a server's own folder must.
    """
    folders = (*policy.roots(), *map(Path, git.folders[:_MOST_PROTECTED]))
    repositories = (own for folder in folders if os.path.lexists(own := folder / ".git"))
    return (*policy.protected_paths, *repositories, *map(Path, git.git_dirs[:_MOST_PROTECTED]))


def _confinement(
    command: CommandSpec,
    tier: ConfiningTier,
    abi: int,
    places: PrivatePlaces,
    repositories: list[str],
    git: GitPlaces,
    sockets: list[str],
    *,
    is_server: bool,
) -> Confinement:
    policy = command.policy
    read_only = (*(path for path in policy.protected_paths if ".git" not in path.parts), *git.steering)
    if is_server:
        read_only = _read_only(policy, git)
    git_dirs = [] if is_server else list(git.git_dirs[:_MOST_PROTECTED])
    read_only = tuple(dict.fromkeys(read_only))
    view = (
        view_of(command, places, repositories, git_dirs, read_only, sockets, is_server=is_server)
        if tier == "A"
        else None
    )
    has_own_network = view is not None and view["own_network"]
    # In the network of everybody an abstract socket is kept away by Landlock alone.
    has_own_sockets = has_own_network or (view is not None and abi >= _ABI_SCOPE)
    return Confinement(
        view=view,
        tcp_allowed=policy.network == "on" or has_own_network,
        seccomp_filter=build_filter(
            os.uname().machine, policy.network, os.geteuid(), os.getegid(), has_namespaces=has_own_sockets
        ),
        kept_capabilities=_kept_capabilities(policy),
    )


def private_folders(temp: str) -> dict[str, str]:
    """The variables that lead programs to their private temp, and caches that must be writable to work at all."""
    return {
        "TMPDIR": temp,
        "TMP": temp,
        "TEMP": temp,
        "GOCACHE": f"{temp}/go-build",
        "UV_CACHE_DIR": f"{temp}/uv",
    }


def _not_there(policy: SandboxPolicy) -> list[str]:
    """Hidden places inside writable folders that do not exist: nothing can be put over them, and none may appear."""
    beginnings = tuple(f"{str(root).rstrip('/')}/" for root in policy.roots())
    hidden = map(str, policy.hidden_paths)
    return [path for path in hidden if path.startswith(beginnings) and not os.path.lexists(path)]


def _kept_capabilities(policy: SandboxPolicy) -> list[int]:
    """As root, in a container, in somebody else's workspace: keep what it takes to work there. Else nothing."""
    if os.geteuid() != 0 or all(root.stat().st_uid == 0 for root in policy.roots()):
        return []
    return [_CAP_DAC_OVERRIDE, _CAP_FOWNER]
