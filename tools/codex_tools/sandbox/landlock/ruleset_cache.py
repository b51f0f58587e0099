"""Keeps Landlock rulesets between commands: making one takes longer than all the rest of starting a command."""

from __future__ import annotations

import os
import threading
from collections import OrderedDict
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from codex_core.protocol import SandboxPolicy
from codex_tools.sandbox.landlock.rules import file_rules, rules_inside_a_view
from codex_tools.sandbox.landlock.ruleset import make_ruleset
from codex_tools.sandbox.private_folder import PrivatePlaces
from codex_tools.sandbox.wire import FileRule

_KEPT_RULESETS: Final = 16
_MOST_USES: Final = 200
"""Each command with a view adds a few rules for what is only in there."""


class _Stamp(NamedTuple):
    device: int
    inode: int
    changed_ns: int


@dataclass(slots=True)
class _Kept:
    ruleset: Ruleset
    looked_into: list[str]
    stamps: tuple[_Stamp, ...]
    uses: int = 1


class Ruleset:
    """A ruleset for files that is closed when nobody holds it any more."""

    def __init__(self, rules: Sequence[FileRule], abi: int) -> None:
        self.fd = -1
        self.fd = make_ruleset(rules, abi)

    def __del__(self) -> None:
        if self.fd >= 0:
            os.close(self.fd)


class RulesetCache:
    """Keeps the rulesets of the policies that were used last. Safe to use from several threads.

    A kept ruleset names files, not paths. What appears beside them later is not granted, so the worst that an
    outdated one does is to grant too little; it is made anew when a folder that it was made from has changed.
    """

    def __init__(self) -> None:
        self._kept: OrderedDict[Hashable, _Kept] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, policy: SandboxPolicy, places: PrivatePlaces, abi: int, *, has_view: bool) -> Ruleset:
        """Return a ruleset for `policy`, inside a view or not. What is added to it may hold for other commands, too.

        Raises:
            OSError: as `make_ruleset`.
        """
        key = (policy.roots(), policy.hidden_paths, places, has_view)
        with self._lock:
            kept = self._kept.get(key)
            if (
                kept is not None
                and (kept.uses < _MOST_USES or not has_view)
                and kept.stamps == _stamps(policy, kept.looked_into)
            ):
                self._kept.move_to_end(key)
                kept.uses += 1
                return kept.ruleset
            rules, looked_into = rules_inside_a_view(policy, places) if has_view else file_rules(policy, places.temp)
            stamps = _stamps(policy, looked_into)
            ruleset = Ruleset(rules, abi)
            self._kept[key] = _Kept(ruleset, looked_into, stamps)
            if len(self._kept) > _KEPT_RULESETS:
                self._kept.popitem(last=False)
            return ruleset


def _stamps(policy: SandboxPolicy, looked_into: Iterable[str]) -> tuple[_Stamp, ...]:
    """Differ if a folder that was looked into is another one or has other entries, or if a root is another one."""
    folders = (_stamp(folder) for folder in looked_into)
    roots = (_stamp(str(root))._replace(changed_ns=0) for root in policy.roots())
    return (*folders, *roots)


def _stamp(path: str) -> _Stamp:
    try:
        status = os.lstat(path)
    except OSError:
        return _Stamp(0, 0, 0)
    return _Stamp(status.st_dev, status.st_ino, status.st_mtime_ns)
