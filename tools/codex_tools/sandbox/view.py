"""What a command sees from namespaces of its own: from a policy to a `View`. Pure but for looking at paths."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from codex_core.protocol import CommandSpec, SandboxPolicy
from codex_tools.sandbox import placeholders
from codex_tools.sandbox.mounts import TEMPORARY
from codex_tools.sandbox.private_folder import PrivatePlaces
from codex_tools.sandbox.wire import View

_NAMED: Final = re.compile(r"/(?:var/)?tmp/([^\s/'\"`;&|<>()$*?\[\]{}\\,:=]+)")
_LOOKED_AT: Final = 20_000
"""Characters of a command line."""


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
    git_dirs: list[str],
    read_only: Iterable[Path],
    sockets: list[str],
    *,
    is_server: bool,
) -> View:
    """Return the view of `command`; `read_only` is what it cannot change in its writable folders.

    `sockets` are those outside of `renamed_sockets`.
    """
    policy = command.policy
    is_shown = shows_temp(policy, is_server=is_server)
    return View(
        writable=[str(root) for root in (*policy.roots(), *(() if is_shown else (places.temp,)))],
        readable=kept_of_temporary(command, places),
        repositories=repositories,
        git_dirs=git_dirs,
        read_only=[str(path) for path in read_only],
        hidden=[str(path) for path in policy.hidden_paths],
        temp=str(places.temp) if is_shown else None,
        shared_memory=str(places.shared_memory),
        nothing=str(places.nothing),
        sockets=sockets,
        own_network=policy.network == "off",
        processes=policy.limits.processes,
    )


def kept_of_temporary(command: CommandSpec, places: PrivatePlaces) -> list[str]:
    """Return the entries of the common temporary folders that `command` sees, read-only."""
    return list(dict.fromkeys(_readable(command, places.temp)))


def _readable(command: CommandSpec, temp: Path) -> Iterator[str]:
    """What a private /tmp would cover although the command needs it, where it lies there: its folders and programs,
    and what its line names, unless earlier commands have made something of that name."""
    policy = command.policy
    environment = command.environment
    needed = (
        *(str(policy.workspace), *map(str, policy.roots()), str(command.cwd)),
        *(environment.get("HOME", ""), command.argv[0]),
        *environment.get("PATH", "").split(os.pathsep),
    )
    for path in needed:
        # A program's own place as well as that of what it is a link to: virtual environments are made of such links.
        for place in (os.path.normpath(path), os.path.realpath(path)) if path.startswith("/") else ():
            yield from _entry_of_temporary(place)
    for word in command.argv:
        for named in _NAMED.finditer(word[:_LOOKED_AT]):
            if placeholders.is_one(str(temp / named[1])):
                yield from _entry_of_temporary(named[0])


def _entry_of_temporary(path: str) -> Iterator[str]:
    """The entry of a temporary folder that holds `path`, if it lies in one; a link is what it leads to."""
    for temporary in TEMPORARY:
        below = path.removeprefix(f"{temporary}/")
        if below != path:
            entry = f"{temporary}/{below.partition('/')[0]}"
            resolved = os.path.realpath(entry)
            if resolved == entry:
                yield entry
            elif is_temporary(resolved):
                yield from _entry_of_temporary(resolved)
