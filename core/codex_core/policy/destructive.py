"""Which shell lines can destroy what cannot be brought back.

First form: the line is cut at everything that may begin a command and each piece is looked at by its words. It errs
towards danger: a word in quotes counts like one outside. The sandbox is what holds; this decides who is asked.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence

_CUTS = re.compile(r"\|\||&&|[;&|()`\n{}]|\$\(|<\(|>\(")
_QUOTES = str.maketrans("", "", "'\"\\")
_ASSIGNMENT = re.compile(r"[A-Za-z_]\w*=")
_OVER_A_DEVICE = re.compile(r">\s*/dev/(sd|nvme|vd|xvd|hd|mapper|disk|mem|kmem)")
_FORK_BOMB = re.compile(
    r"(?<![^\s;|&(){}])([^\s;|&(){}]{1,64})\s{0,8}\(\s{0,8}\)\s{0,8}\{[^}]{0,200}\1\s{0,8}\|\s{0,8}\1"
)
"""Every repetition is bounded: a line can have megabytes, and nothing else happens while it is judged."""

_RUN_ANOTHER = frozenset(
    (
        *("env", "nohup", "nice", "ionice", "time", "timeout", "stdbuf", "setsid", "command", "builtin"),
        *("exec", "xargs", "watch", "then", "do", "else", "if", "while", "until", "!", "bash", "sh"),
        *("dash", "zsh", "eval"),
    )
)
"""What follows them, after options and numbers, is a command again."""


def is_destructive(line: str) -> bool:
    if _OVER_A_DEVICE.search(line) or _FORK_BOMB.search(line):
        return True
    pieces = (piece.translate(_QUOTES).split() for piece in _CUTS.split(line))
    return any(_destroys(words, at) for words in pieces for at in _commands(words))


def _commands(words: Sequence[str]) -> Iterator[int]:
    """Where in these words a command begins: the first, and the one that it runs, if it is one that runs another."""
    at = 0
    while at < len(words):
        if _ASSIGNMENT.match(words[at]):
            at += 1
            continue
        yield at
        if words[at].rpartition("/")[2] not in _RUN_ANOTHER:
            return
        at += 1
        while at < len(words) and (words[at].startswith("-") or re.fullmatch(r"[\d.]+[smhd]?", words[at])):
            at += 1


def _destroys(words: Sequence[str], at: int) -> bool:
    program = words[at].rpartition("/")[2]
    rule = _RULES.get(program) or (_always if program.startswith("mkfs.") else None)
    return rule is not None and rule(words[at + 1 :])


def _always(words: Sequence[str]) -> bool:
    return True


def _flags(words: Sequence[str]) -> str:
    """The letters of all short flags."""
    return "".join(word[1:] for word in words if word.startswith("-") and not word.startswith("--"))


def _has(words: Sequence[str], *names: str) -> bool:
    return any(word == name or word.startswith(f"{name}=") for word in words for name in names)


_WIDE = re.compile(r"(\.{0,2}|~[\w-]*|\$\{?(HOME|PWD|OLDPWD)\}?|\*)[/*]*|/[^/]+/?\*?|(.*/)?\.git/?\*?|[A-Za-z]:")
"""The root, a folder right below it, home, here and above, all there is: `/`, `/usr`, `~/*`, `..`, `*`, `.git`."""


def _is_wide(words: Sequence[str]) -> bool:
    return any(_WIDE.fullmatch(word) for word in words if not word.startswith("-"))


def _rm(words: Sequence[str]) -> bool:
    is_recursive = bool(set(_flags(words)) & set("rR")) or _has(words, "--recursive", "--no-preserve-root")
    return is_recursive and _is_wide(words)


def _find(words: Sequence[str]) -> bool:
    if _has(words, "-delete"):
        return True
    runs = [at for at, word in enumerate(words) if word in {"-exec", "-execdir", "-ok", "-okdir"}]
    return any(words[at + 1 : at + 2] and words[at + 1].rpartition("/")[2] in {"rm", "shred", "unlink"} for at in runs)


def _git(words: Sequence[str]) -> bool:
    at = 0
    while at < len(words) and words[at].startswith("-"):  # git -C DIR -c KEY=VALUE --git-dir=…
        at += 2 if words[at] in {"-C", "-c", "--git-dir", "--work-tree", "--namespace"} else 1
    if at >= len(words):
        return False
    command, arguments = words[at], words[at + 1 :]
    flags = _flags(arguments)
    match command:
        case "push":
            forced = _has(arguments, "--force", "--force-with-lease", "--delete", "--mirror", "--prune")
            return forced or bool(set(flags) & set("fd")) or any(word.startswith(("+", ":")) for word in arguments)
        case "reset":
            return _has(arguments, "--hard", "--merge", "--keep")
        case "clean":
            return "f" in flags or _has(arguments, "--force")
        case "checkout" | "restore" | "switch":
            discards = _has(arguments, "--", ".", "--force", "--discard-changes") or "f" in flags
            return discards or (command == "restore" and not _has(arguments, "--staged", "-S"))
        case "branch" | "tag":
            return bool(set(flags) & set("DdM")) or _has(arguments, "--delete", "--force")
        case "stash":
            return bool(arguments) and arguments[0] in {"drop", "clear"}
        case "reflog" | "gc" | "prune" | "filter-branch" | "filter-repo" | "update-ref":
            return command != "gc" and (command != "reflog" or _has(arguments, "expire", "delete"))
        case "worktree":
            return _has(arguments, "remove", "prune")
        case _:
            return False


def _recursive_on_wide(words: Sequence[str]) -> bool:
    return ("R" in _flags(words) or _has(words, "--recursive")) and _is_wide(words)


def _dd(words: Sequence[str]) -> bool:
    return any(word.startswith("of=/dev/") and word != "of=/dev/null" for word in words)


def _init(words: Sequence[str]) -> bool:
    return words[:1] in (["0"], ["6"])


def _kill(words: Sequence[str]) -> bool:
    return "-1" in words[1:] or words == ["-1"]


_ALWAYS = (
    *("sudo", "doas", "su", "pkexec", "mkfs", "fdisk", "sfdisk", "parted", "wipefs", "shred"),
    *("blkdiscard", "shutdown", "reboot", "halt", "poweroff", "chroot", "mount", "umount", "swapoff"),
    *("insmod", "rmmod", "crontab", "visudo", "passwd", "userdel", "iptables", "nft"),
)

_RULES: Mapping[str, Callable[[Sequence[str]], bool]] = {
    "rm": _rm,
    "find": _find,
    "git": _git,
    "dd": _dd,
    "init": _init,
    "kill": _kill,
    "chmod": _recursive_on_wide,
    "chown": _recursive_on_wide,
    "chgrp": _recursive_on_wide,
    **dict.fromkeys(_ALWAYS, _always),
}
