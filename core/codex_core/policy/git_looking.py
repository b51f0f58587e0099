"""Which calls of git only look."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from codex_core.policy.git_call import split
from codex_core.policy.git_tables import CHOOSING, FIXED, LISTING, LISTING_SIGNS, LOOKING
from codex_core.policy.words import Word

_HARMLESS_GLOBAL = frozenset(("--no-pager", "--no-optional-locks", "--literal-pathspecs", "--no-replace-objects"))

_HARMLESS_SETTING = re.compile(
    r"-c=(?:color\.\w+(?:\.\w+)?|core\.(?:quotepath|abbrev)|log\.\w+|diff\.(?:renames|algorithm|noprefix|mnemonicprefix)"
    r"|core\.pager=cat|pager\.\w+=false|column\.\w+|core\.optionallocks)=?\w*",
    re.IGNORECASE,
)
_SECRET_KEYS = re.compile(r"(?i)credential|token|password|extraheader|secret|\.\*|insteadof|smtp|^url\.")
_TAKE_THE_REST = "nGSLUMCBADem"
_GREP_TAKES_THE_REST = "ABCefm"
"""Short options after which the rest of the word is a value."""


def why_asked(words: Sequence[Word], folder: Path | None) -> str | None:
    """Return why this call of git may do more than look; None if it only looks."""
    texts = [word.text for word in words]
    options, at = split(texts)
    if any(word.may_be_flag and not word.is_known for word in words[1 : at + 1]):
        return "it is not clear what git is told to do"
    if folder is None and any(option.startswith("-C=") for option in options):
        return "git runs what a repository elsewhere tells it to"
    for option in options:
        if option in ("--version", "--help", "-v", "-h") and len(texts) == 2:
            return None
        if not _is_harmless(option):
            return f"`git {option.replace('=', ' ', 1)[:60]}` changes what git runs or where"
    if at >= len(texts):
        return None
    command = texts[at]
    rest = words[at + 1 :]
    if any(not word.is_known and word.may_be_flag and not _is_commit(word) for word in _before_dashes(rest)):
        return "an argument of it could be an option that cannot be seen here"
    arguments = [word.text for word in rest]
    if command in FIXED:
        return _why_fixed(command, arguments)
    if command in LISTING:
        return _why_listing(command, arguments)
    if command not in LOOKING:
        return f"`git {command[:40]}` does more than look"
    short, long = LOOKING[command]
    if command == "status":
        arguments = [text for text in arguments if text not in ("-uno", "-uall", "-unormal")]
    valued = _GREP_TAKES_THE_REST if command == "grep" else _TAKE_THE_REST
    if odd := _odd_option(arguments, short, frozenset(long.split()), valued=valued):
        return f"`git {command} {odd[:60]}` is not known to only look"
    formats = [text for text in arguments if re.match(r"--(?:format|pretty)", text)]
    if any("%G" in text or "signature" in text for text in (*formats, *arguments)):
        return "the format makes git run gpg"
    if command == "cat-file" and any(text in ("--textconv", "--filters", "--batch") for text in arguments):
        return "`git cat-file` may run filters"
    if command == "symbolic-ref" and len([text for text in arguments if not text.startswith("-")]) > 1:
        return "`git symbolic-ref` with two names changes a reference"
    return None


def _is_harmless(option: str) -> bool:
    """Whether an option before the sub-command changes nothing of what git runs, and where."""
    return option in _HARMLESS_GLOBAL or option.startswith("-C=") or _HARMLESS_SETTING.fullmatch(option) is not None


def _is_commit(word: Word) -> bool:
    """Whether it can only be the name of a commit, or the value of an option that can be seen."""
    if not word.splits and re.match(r"--[a-z-]+=", word.shown):
        return True
    makers = [maker for script in word.scripts for maker in script.commands]
    return (
        re.fullmatch(r"(?:\.{2,3}|[\w/.~^:-]+)?\$\([^()]*\)[\w/.~^:-]*", word.shown) is not None
        and not word.shown.startswith("-")
        and len(makers) == 1
        and _NAMES_COMMIT.fullmatch(" ".join(maker.shown for maker in makers[0].words)) is not None
    )


_NAMES_COMMIT = re.compile(
    r"git (?:rev-parse(?: --verify| --short| --abbrev-ref)* [A-Za-z@][\w/.~^@{}-]*"
    r"|merge-base(?: [A-Za-z@][\w/.~^@{}-]*){2}"
    r"|describe(?: --tags| --abbrev=0| --always)*"
    r"|rev-list(?: --max-parents=0| -n ?1| --max-count=1)+ [A-Za-z@][\w/.~^-]*"
    r"|branch --show-current)"
)


def _before_dashes(words: Sequence[Word]) -> Sequence[Word]:
    for at, word in enumerate(words):
        if word.is_known and word.text == "--":
            return words[:at]
    return words


def _why_fixed(command: str, arguments: Sequence[str]) -> str | None:
    if any(" " in text or not text for text in arguments) or not FIXED[command].fullmatch(" ".join(arguments)):
        return f"`git {command} {' '.join(arguments)[:60]}` does more than look"
    if command == "config" and (any(_SECRET_KEYS.search(text) for text in arguments) or "system" in arguments):
        return "the settings of git can hold secrets"
    if command in ("remote",) and arguments[:1] == ["show"] and len(arguments) > 1 and "-n" not in arguments:
        return "`git remote show` asks the remote"
    if command == "stash" and _odd_option(arguments[1:], LOOKING["log"][0], frozenset(LOOKING["log"][1].split())):
        return "an option of it is not known to only look"
    return None


def _why_listing(command: str, arguments: Sequence[str]) -> str | None:
    short, long = LISTING[command]
    if odd := _odd_option(arguments, short, frozenset(long.split())):
        return f"`git {command} {odd[:60]}` is not known to only look"
    names = [text for text in arguments if not text.startswith("-")]
    lists = any(text.partition("=")[0] in LISTING_SIGNS or re.fullmatch(r"-n\d*", text) for text in arguments)
    if names and not lists:
        return f"`git {command} {names[0][:40]}` makes a {command}"
    if names and command == "branch" and not any(text.partition("=")[0] in CHOOSING for text in arguments):
        return f"`git {command} {names[0][:40]}` makes a {command}"
    return None


def _odd_option(arguments: Sequence[str], short: str, long: frozenset[str], *, valued: str = _TAKE_THE_REST) -> str:
    """Return the first option that is not known; git itself completes shortened long ones, so they are not."""
    for text in arguments:
        if text == "--":
            return ""
        if text.startswith("--"):
            if text.partition("=")[0] not in long:
                return text
        elif text.startswith("-"):
            for letter in text[1:]:
                if letter not in short:
                    return text
                if letter in valued:
                    break
    return ""
