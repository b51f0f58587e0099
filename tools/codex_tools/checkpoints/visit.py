"""One folder while it is looked into: how it was seen last, what is found, and what it becomes."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from codex_tools.checkpoints.listing import Listing, Seen
from codex_tools.checkpoints.states import NotCovered, PathState, digest_of, encode_folder
from codex_tools.gitignore import IgnoreRules

WHOLE = "."
"""The name, in the topmost folder, of an entry that says that the rest of that folder is not covered."""

Keep: TypeAlias = Callable[[bytes, str], None]
"""Gets a content and its digest."""


@dataclass(slots=True, kw_only=True)
class Visit:
    listing: Listing
    """How the folder is seen now."""
    before: Listing | None
    path: str
    """Relative to the workspace; empty for itself."""
    above: Visit | None
    rules: IgnoreRules
    is_ignored: bool = False
    """Only what was covered before counts in it."""
    depth: int = 1
    _found: dict[str, PathState] = field(default_factory=dict[str, PathState])
    """What was not recognised."""

    def was_covered(self, name: str) -> bool:
        return self.before is not None and self.before.covers(name)

    def put(self, name: str, seen: Seen) -> None:
        self._found[name] = seen.state
        if seen.is_settled and seen.stamp is not None:
            self.listing.settled[name] = seen.stamp
        else:
            self.listing.others[name] = seen

    def put_folder(self, name: str, mode: int, rules: IgnoreRules, *, is_ignored: bool) -> Visit:
        """Let the folder `name` in this one be covered; it is to be visited. `rules` are those that count in here."""
        folder = self.listing.folders[name] = Listing(mode)
        return Visit(
            listing=folder,
            before=None if self.before is None else self.before.folders.get(name),
            path=f"{self.path}/{name}" if self.path else name,
            above=self,
            rules=rules.inside(os.fsencode(name)),
            is_ignored=is_ignored,
            depth=self.depth + 1,
        )

    def drop(self, instead: NotCovered | None) -> None:
        """Let this folder not be covered, but `instead`, or nothing if it is gone."""
        name = WHOLE
        if self.above is not None:
            name = self.path.rpartition("/")[2]
            del self.above.listing.folders[name]
        if instead is not None:
            (self.above or self).put(name, Seen(instead))

    def seal(self, keep: Keep, recorded: Callable[[str], Mapping[str, PathState]]) -> None:
        """Give the folder its digest, when those in it have theirs. `recorded` are the entries of a folder that was
        recorded before, by its digest."""
        listing, before = self.listing, self.before
        if before is not None and self._is_as_before(before):
            listing.digest = before.digest
            return
        entries: dict[str, PathState] = {name: folder.state for name, folder in listing.folders.items()}
        entries |= self._found
        recognised = listing.settled.keys() - self._found.keys()
        if before is not None and recognised:
            known = recorded(before.digest)
            entries |= {name: known[name] for name in recognised}
        data = encode_folder(entries)
        listing.digest = digest_of(data)
        keep(data, listing.digest)

    def _is_as_before(self, before: Listing) -> bool:
        now = self.listing
        if len(now.settled) + len(now.others) != len(before.settled) + len(before.others):
            return False
        if len(now.folders) != len(before.folders):
            return False
        for name, state in self._found.items():
            if (was := before.others.get(name)) is None or was.state != state:
                return False
        for name, folder in now.folders.items():
            if (known := before.folders.get(name)) is None or known.state != folder.state:
                return False
        return True
