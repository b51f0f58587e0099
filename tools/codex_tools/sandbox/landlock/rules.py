"""Which Landlock rules give a policy its effect on files. Looks at folders, changes nothing.

Landlock only ever adds: a rule on a folder grants everything below it, and nothing can be taken out again. So a
hidden path is hidden by granting its siblings instead of its parents. Names that come to be on the way to a hidden
path after that stay unreadable.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final, NamedTuple, TypeAlias

from codex_core.protocol import SandboxPolicy
from codex_tools.sandbox.landlock.rights import LIST, READ, USE_DEVICE, WRITE
from codex_tools.sandbox.private_folder import PrivatePlaces
from codex_tools.sandbox.wire import FileRule

_DEVICES: Final = ("/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom", "/dev/tty")
_DEVICE_FOLDER: Final = "/dev"
"""Never granted as a whole: disks and memory are files there, other people's terminals too."""
_KERNEL_FOLDERS: Final = ("/proc", "/sys")
"""Never writable, not even if the workspace is `/`: root owns the kernel's switches there."""


class FileRules(NamedTuple):
    rules: list[FileRule]
    looked_into: list[str]
    """The folders whose entries decided about the rules."""


def file_rules(policy: SandboxPolicy, private_temp: Path, *, read_only: Iterable[Path] = ()) -> FileRules:
    """Return the rules for a confined mode. `read_only` stays so inside writable roots, at a price: beside each of
    these paths nothing new can be made, because it is their siblings that are granted.

    Listing is granted everywhere: without it, not even `ls /` would work, and names can be probed by stat() anyway.
    """
    not_writable = [*_hidden(policy), *map(str, read_only), *_KERNEL_FOLDERS]
    rules, looked_into = rules_for_reading(policy)
    for root in map(str, policy.roots()):
        writable, inside = without(root, not_writable)
        looked_into += inside
        # What is enumerated may be gone a moment later; a root itself may not.
        rules += (_rule(path, WRITE, required=path == root) for path in writable)
    rules.append(_rule(str(private_temp), WRITE))
    return FileRules(rules, looked_into)


def rules_for_reading(policy: SandboxPolicy) -> FileRules:
    """Return the rules for what may read all but the hidden, and write nothing."""
    readable, looked_into = without("/", _hidden(policy))
    rules = [_rule("/", LIST)]
    rules += (_rule(path, READ, required=False) for path in readable)
    rules += (_rule(device, USE_DEVICE, required=False) for device in _DEVICES)
    return FileRules(rules, looked_into)


def _hidden(policy: SandboxPolicy) -> list[str]:
    return [*map(str, policy.hidden_paths), _DEVICE_FOLDER]


def rules_inside_a_view(
    policy: SandboxPolicy, places: PrivatePlaces, *, read_only: Iterable[Path] = (), readable: Iterable[str] = ()
) -> FileRules:
    """Return the rules for a command whose mounts say what is hidden and read-only: a second lock.

    A mount over a file goes when the user replaces the file, and none can be put where there is no file yet. What is
    enumerated here stays closed all the same, but for what is hidden inside a writable root: there the siblings would
    be writable, and nothing new could be made beside it. What is `read_only`, as in `file_rules`, cannot come to be.

    `readable` is what is shown of a temporary folder that is not the command's own; inside its own, all is writable as
    far as Landlock can tell. What is mounted only in the view, like its /proc, has to be granted in there.
    """
    hidden = _hidden(policy)
    trees, looked_into = without("/", [*hidden, *_KERNEL_FOLDERS[:1]])
    rules = [_rule("/", LIST)]
    rules += (_rule(path, READ, required=False) for path in trees)
    for entry in readable:
        trees, inside = without(entry, hidden)
        looked_into += inside
        rules += (_rule(path, READ, required=False) for path in trees)
    rules += (_rule(device, USE_DEVICE, required=False) for device in _DEVICES)
    for root in map(str, policy.roots()):
        trees, inside = without(root, map(str, read_only))
        looked_into += inside
        rules += (_rule(path, WRITE, required=False) for path in trees)
    rules += (_rule(str(place), WRITE) for place in places)
    return FileRules(rules, looked_into)


_Tree: TypeAlias = dict[str, "_Tree | None"]
"""Names below a folder; None is an excluded path."""


def without(root: str, excluded: Iterable[str]) -> tuple[list[str], list[str]]:
    """Return the largest trees below `root` that hold none of `excluded`: `root` itself if none of them is in it.

    Nothing at all if `root` is excluded itself. A folder inside an excluded one may still be a root of its own.
    All paths are absolute and without links. The second list is of the folders that were looked into.
    """
    prefix = root.rstrip("/") + "/"
    inside: _Tree = {}
    for path in excluded:
        if path == root:
            return [], []
        if path.startswith(prefix):
            _exclude(inside, path.removeprefix(prefix).split("/"))
    if not inside:
        return [root], []
    looked_into: list[str] = []
    return list(_trees(prefix, inside, looked_into)), looked_into


def _exclude(tree: _Tree, parts: list[str]) -> None:
    *parents, name = parts
    for parent in parents:
        below = tree.setdefault(parent, {})
        if below is None:
            return  # a folder on the way is excluded as a whole
        tree = below
    tree[name] = None


def _trees(prefix: str, excluded: _Tree, looked_into: list[str]) -> Iterator[str]:
    looked_into.append(prefix)
    try:
        with os.scandir(prefix) as entries:
            found = sorted((entry.name, entry.is_symlink()) for entry in entries)
    except OSError:  # gone, or not even we may look: then nothing of it is granted
        return
    for name, is_link in found:
        # A link grants nothing by itself: what it points to is granted, or not, where it is.
        if is_link:
            continue
        if name not in excluded:
            yield prefix + name
        elif (below := excluded[name]) is not None:
            yield from _trees(f"{prefix}{name}/", below, looked_into)


def _rule(path: str, rights: int, *, required: bool = True) -> FileRule:
    return {"path": path, "rights": rights, "required": required}
