"""Makes Landlock rulesets for files, with the `landlock` package; whoever gets the descriptor can apply it.

Made by the agent (and kept, for making one takes longer than all the rest of starting a command) or by the helper
process, never by the child that is to be confined.
"""

from __future__ import annotations

import ctypes
import os
import stat
from collections.abc import Sequence
from typing import TYPE_CHECKING

from codex_tools.sandbox.landlock.rights import OF_A_FILE, rights_known_by
from codex_tools.sandbox.wire import FileRule

if TYPE_CHECKING:
    from landlock import Ruleset  # pyright: ignore[reportMissingTypeStubs]  # a pre-release without types


def make_ruleset(rules: Sequence[FileRule], abi: int) -> int:
    """Return the descriptor of a ruleset that handles all file rights and grants only `rules`.

    Raises:
        OSError: a required path is missing or a link, or the kernel refuses a rule.
    """
    # Deferred: it is not there on other systems, and it costs 10 ms.
    from landlock import FSAccess, Ruleset  # pyright: ignore[reportMissingTypeStubs]

    known = rights_known_by(abi)
    # The package takes any errno left over from an earlier call for a failure of its own.
    ctypes.set_errno(0)
    ruleset = Ruleset(restrict_rules=FSAccess(known))
    descriptor = ruleset._fd  # pyright: ignore[reportPrivateUsage]  # there is no other way to close it
    try:
        for rule in rules:
            _allow(ruleset, rule, known)
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor


def _allow(ruleset: Ruleset, rule: FileRule, known: int) -> None:
    from landlock import FSAccess  # pyright: ignore[reportMissingTypeStubs]  # deferred, as above

    try:
        # Not through a link: it may have been put there since the rules were made.
        descriptor = os.open(rule["path"], os.O_PATH | os.O_NOFOLLOW | os.O_CLOEXEC)
    except OSError:
        if rule["required"]:
            raise
        return
    try:
        kind = os.fstat(descriptor).st_mode
        if stat.S_ISLNK(kind):
            if rule["required"]:
                raise OSError(f"{rule['path']} is a symbolic link now")
            return
        if rights := rule["rights"] & known & (-1 if stat.S_ISDIR(kind) else OF_A_FILE):
            ctypes.set_errno(0)
            # By its number, so that the rule is about the very file that was looked at.
            ruleset.allow(  # pyright: ignore[reportUnknownMemberType]  # it has no types
                f"/proc/self/fd/{descriptor}", rules=FSAccess(rights)
            )
    finally:
        os.close(descriptor)
