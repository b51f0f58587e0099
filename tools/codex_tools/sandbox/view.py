"""What a command sees from namespaces of its own: from a policy to a `View`. Pure but for looking at paths."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from codex_core.protocol import CommandSpec, SandboxPolicy
from codex_tools.sandbox.mounts import TEMPORARY
from codex_tools.sandbox.private_folder import PrivatePlaces
from codex_tools.sandbox.wire import View


def shows_temp(policy: SandboxPolicy, *, is_server: bool) -> bool:
    """Whether the private temp is shown as /tmp; where it is not, it keeps its own name.

    Landlock takes all that is mounted in a writable /tmp for a part of it. In a server's folders it alone forbids what
    does not exist yet, so those may not lie there.
    """
    return not (is_server and any(is_temporary(str(root)) for root in policy.roots()))


def is_temporary(path: str) -> bool:
    return any(path.startswith(f"{temporary}/") for temporary in TEMPORARY)


def view_of(
    command: CommandSpec,
    places: PrivatePlaces,
    repositories: list[str],
    read_only: Iterable[Path],
    *,
    is_server: bool,
) -> View:
    """Return the view of `command`; `read_only` is what it cannot change in its writable folders."""
    policy = command.policy
    is_shown = shows_temp(policy, is_server=is_server)
    return View(
        writable=[str(root) for root in (*policy.roots(), *(() if is_shown else (places.temp,)))],
        readable=list(dict.fromkeys(_readable(command))),
        repositories=repositories,
        read_only=[str(path) for path in read_only],
        hidden=[str(path) for path in policy.hidden_paths],
        temp=str(places.temp) if is_shown else None,
        shared_memory=str(places.shared_memory),
        own_network=policy.network == "off",
        processes=policy.limits.processes,
    )


def _readable(command: CommandSpec) -> Iterator[str]:
    """What a private /tmp would cover although the command needs it: its folders and programs, where they lie there."""
    policy = command.policy
    environment = command.environment
    needed = (
        *(policy.workspace, command.cwd),
        *(Path(name) for name in (environment.get("HOME", ""), command.argv[0]) if name.startswith("/")),
        *(Path(name) for name in environment.get("PATH", "").split(os.pathsep) if name.startswith("/")),
    )
    for path in needed:
        resolved = os.path.realpath(path)
        for temporary in TEMPORARY:
            below = resolved.removeprefix(f"{temporary}/")
            if below != resolved:
                yield f"{temporary}/{below.partition('/')[0]}"
