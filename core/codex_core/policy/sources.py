"""What stands behind a word that is not known: may the files that it turns out to be be shown?"""

from __future__ import annotations

import itertools
import re
from collections.abc import Mapping, Sequence

from codex_core.policy.places import Surroundings, is_endless, is_secret
from codex_core.policy.words import Command, Word

_LISTERS: Mapping[str, re.Pattern[str]] = {
    "pwd": re.compile(r".*"),
    "dirname": re.compile(r".*"),
    "basename": re.compile(r".*"),
    "realpath": re.compile(r".*"),
    "readlink": re.compile(r".*"),
    "which": re.compile(r".*"),
    "command": re.compile(r"-[vV] .*"),
    "date": re.compile(r".*"),
    "hostname": re.compile(r".*"),
    "whoami": re.compile(r".*"),
    "uname": re.compile(r".*"),
    "seq": re.compile(r".*"),
    "head": re.compile(r"-?[-\w ]*"),
    "tail": re.compile(r"-?[-\w ]*"),
    "sort": re.compile(r"(?:-[nruzVfht]+ ?)*"),
    "uniq": re.compile(r"(?:-[cdu]+ ?)*"),
    "wc": re.compile(r".*"),
    "grep": re.compile(r"(?!.*(?:-\w*o|--only|-\w*[rR]))-?.*"),
    "ls": re.compile(r"(?!.*-\w*[aAf]|.*--a).*"),
    "rg": re.compile(
        r"(?!.*(?:-\w*[uo.r]|--hidden|--no-ignore|--only|--replace|--unrestricted))(?=.*(?:-\w*l|--files)).*"
    ),
    "fd": re.compile(r"(?!.*(?:-\w*[HIu]|--hidden|--unrestricted|--no-ignore)).*"),
    "git": re.compile(
        r"(?:ls-files(?! .*(?:-o|--others|-\w*o))|diff (?:.* )?--name-only|grep -\w*l|rev-parse|show .*--name-only).*"
        r"|ls-files"
    ),
    "find": re.compile(r".*", re.DOTALL),
}
_LOOK_FROM_OUTSIDE = frozenset(("ls", "stat", "test", "[", "[[", "readlink", "realpath", "basename", "dirname", "tree"))
"""They do not open what they are given."""
SEARCHES = frozenset(("grep", "egrep", "fgrep", "rg"))
"""To search in all that is found is no more than to search a whole folder."""


def why_reads(reads: str, operands: Sequence[Word], command: Command, around: Surroundings) -> str | None:
    if reads == "nothing":
        return None
    for word in operands:
        if command.words[0].text not in _LOOK_FROM_OUTSIDE and any(
            is_endless(text, command.folder) for text in word.texts or (word.shown,)
        ):
            return f"`{word.shown[:60]}` is a device, and reading it may never end"
        is_filled_in = word.scripts and not word.shown.startswith("<(")
        if (
            reads == "content"
            and (not word.texts or is_filled_in)
            and not sources_are_known(word, command, around, searches=command.words[0].text in SEARCHES)
        ):
            return f"it shows what is in `{word.shown[:40]}`, and that is not known"
    if (
        reads == "content"
        and command.folder is None
        and any(not word.text.startswith("/") and word.text != "-" for word in operands)
    ):
        return "it is not known in which folder it reads"
    return None


def sources_are_known(word: Word, command: Command, around: Surroundings, *, searches: bool = False) -> bool:
    """Whether what fills in an unknown word can only be names of ordinary files, as far as its makers tell."""
    makers = [maker for script in word.scripts for maker in script.commands]
    return bool(makers) and all(
        _lists_ordinary(maker, command, around, searches=searches, is_own="{}" in word.shown) for maker in makers
    )


def _lists_ordinary(maker: Command, command: Command, around: Surroundings, *, searches: bool, is_own: bool) -> bool:
    """`is_own`: the maker is the `find` that runs the command itself."""
    argv = maker.argv
    if any(redirect.operator in ("<", "<<", "<<<") for redirect in maker.redirects):
        return False
    if not argv:
        return not maker.assignments
    pattern = _LISTERS.get(argv[0])
    if pattern is None or pattern.fullmatch(" ".join(argv[1:])) is None:
        return False
    if argv[0] == "find":
        if not is_own and any(text in ("-exec", "-execdir", "-printf") for text in argv):
            return False
        names = [
            name for flag, name in itertools.pairwise(argv) if re.fullmatch(r"-i?(?:name|path|wholename|regex)", flag)
        ]
        if not all(_finds_ordinary(name) for name in names) or not (names or searches):
            return False
    for part in maker.words[1:]:
        if any(is_secret(text, command.folder, around, globs=part.globs) for text in part.texts or (part.shown,)):
            return False
        if part.globs and re.search(r"(?:^|/)[.\[]", part.text):
            return False
        if part.scripts and not part.texts and not sources_are_known(part, command, around):
            return False
    return True


def _finds_ordinary(pattern: str) -> bool:
    return re.fullmatch(r"[\w*?.-]*\.\w+|[\w-]+[\w.-]*", pattern) is not None and not re.search(
        r"env$|\.(?:pem|key|p12|pfx|kdbx|gpg|asc)$|id_|netrc|history|secret|credential|shadow|^\.", pattern
    )
