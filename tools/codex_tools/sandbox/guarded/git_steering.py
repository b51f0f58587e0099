"""Which files of a workspace the configuration of git names: hooks, included configs, programs. Changes nothing.

Git runs them later, outside, whatever they hold by then. Every condition of an include counts as met, and of several
values of a key all count: what would be run one day is not to be foreseen, and to protect a file too many is cheap.
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterator
from typing import Final

from codex_tools.sandbox.guarded import git_config
from codex_tools.sandbox.guarded.git_config import Entry
from codex_tools.sandbox.guarded.git_layout import is_within, places_on

HOOK_NAMES: Final = (
    *("applypatch-msg", "pre-applypatch", "post-applypatch", "pre-commit", "pre-merge-commit", "prepare-commit-msg"),
    *("commit-msg", "post-commit", "pre-rebase", "post-checkout", "post-merge", "pre-push", "pre-receive", "update"),
    *("proc-receive", "post-receive", "post-update", "reference-transaction", "push-to-checkout", "pre-auto-gc"),
    *("post-rewrite", "sendemail-validate", "fsmonitor-watchman", "post-index-change"),
)
_FOLDERS: Final = frozenset((("core", "hookspath"), ("init", "templatedir")))
_PROGRAMS: Final = frozenset(
    (
        *(("core", key) for key in ("fsmonitor", "sshcommand", "pager", "editor", "askpass", "gitproxy")),
        *(("core", "alternaterefscommand"), ("sequence", "editor"), ("credential", "helper"), ("diff", "external")),
        *(("diff", "command"), ("diff", "textconv"), ("filter", "clean"), ("filter", "smudge")),
        *(("filter", "process"), ("merge", "driver"), ("mergetool", "cmd"), ("mergetool", "path")),
        *(("difftool", "cmd"), ("difftool", "path"), ("gpg", "program"), ("gpg", "defaultkeycommand")),
        *(("interactive", "difffilter"), ("browser", "cmd"), ("man", "cmd"), ("man", "path"), ("web", "browser")),
        *(("remote", "uploadpack"), ("remote", "receivepack"), ("uploadpack", "packobjectshook")),
        *(("trailer", "command"), ("trailer", "cmd"), ("submodule", "update"), ("tar", "command")),
        *(("sendemail", key) for key in ("sendmailcmd", "tocmd", "cccmd", "headercmd", "smtpserver")),
        *(("guitool", "cmd"), ("instaweb", "httpd"), ("imap", "tunnel"), ("http", "cookiefile")),
    )
)
_ANY_KEY: Final = frozenset(("alias", "pager"))
_WORD: Final = re.compile(r"""[^\s'"`;&|<>(){}$=,*?\[\]]+""")
_MOST_WORDS: Final = 64
_INCLUDE_DEPTH: Final = 10
_CONFIG_LIMIT_BYTES: Final = 1 << 20


class Steering:
    """What the configuration of some repositories names in the writable folders. Collects."""

    def __init__(self, roots: tuple[str, ...]) -> None:
        self._roots = roots
        self.paths: dict[str, None] = {}
        """Absolute. Folders mean all that is in them; what does not exist is named too."""
        self._read: set[tuple[str, str]] = set()
        """Configs, each with the folder its paths start from."""
        self.looked_at: dict[str, None] = {}
        """As long as none of these changes, the paths do not either."""

    def add_repository(self, top: str, git: str, own: str = "") -> None:
        """`top`: where git goes to run hooks, `git`: the folder with the config, `own`: that of a worktree, if it is
        one. All without links."""
        for name in ("hooks", "config", "config.worktree", "modules", "worktrees"):
            self._add_target(f"{git}/{name}")
        self._add_linked_hooks(f"{git}/hooks")
        for path in (f"{git}/config", f"{own or git}/config.worktree"):
            self._read_config(path, top, _INCLUDE_DEPTH)
        for path in _users_configs():
            self._add_config(path, top, _INCLUDE_DEPTH)

    def add_way(self, way: str) -> None:
        """The links on the way to a repository; it is looked after where it is."""
        *links, _ = places_on(way)
        for link in links:
            self._add_place(link)

    def _add_config(self, path: str, top: str, depth: int) -> None:
        self._add(path)
        self._read_config(path, top, depth)

    def _read_config(self, path: str, top: str, depth: int) -> None:
        self.looked_at[path] = None
        if (path, top) in self._read:
            return
        self._read.add((path, top))
        for entry in _entries(path):
            value = entry.value or ""
            if entry.section in ("include", "includeif") and entry.key == "path":
                if depth and (included := _absolute(value, path.rpartition("/")[0])):
                    self._add_config(included, top, depth - 1)
            elif (entry.section, entry.key) in _FOLDERS:
                self._add_hooks(_absolute(value, top))
            elif (entry.section, entry.key) in _PROGRAMS or entry.section in _ANY_KEY:
                self._add_programs(value, top)

    def _add_hooks(self, folder: str) -> None:
        if not folder:
            return
        folder = folder.rstrip("/")
        if folder.endswith("/_"):  # husky's: they start those beside this folder
            folder = folder.removesuffix("/_")
        real = os.path.realpath(folder)
        if any(is_within(root, real) for root in self._roots):
            for name in HOOK_NAMES:  # all of the workspace cannot be read-only
                self._add(f"{real}/{name}")
            return
        self._add(folder)
        self._add_linked_hooks(folder)

    def _add_linked_hooks(self, folder: str) -> None:
        self.looked_at[folder] = None
        try:
            with os.scandir(folder) as entries:
                links = [entry.path for entry in entries if entry.is_symlink()]
        except OSError:
            return
        for link in links:
            self._add_target(link)

    def _add_programs(self, value: str, top: str) -> None:
        for found in list(_WORD.finditer(value))[:_MOST_WORDS]:
            word = found[0].removeprefix("!")
            path = _absolute(word, top)
            if not path or word.startswith("-") or stat.S_ISDIR(_kind(os.path.realpath(path))):
                continue
            if "/" in word or _kind(path):
                self._add(path)

    def _add_target(self, path: str) -> None:
        """What a link leads to. A link among git's own files is looked after with those."""
        self.looked_at[path] = None
        if stat.S_ISLNK(_kind(path)):
            self._add(path)

    def _add(self, path: str) -> None:
        """Add what lies in writable folders: where the path leads to, and the links by which it does."""
        for place in places_on(path):
            self._add_place(place)

    def _add_place(self, place: str) -> None:
        self.looked_at[place] = None
        is_inside = any(is_within(place, root) for root in self._roots)
        if is_inside and not any(is_within(root, place) for root in self._roots):
            self.paths[place] = None


def _users_configs() -> Iterator[str]:
    """The configs of the system and of the user who runs this, as git looks for them."""
    environment = os.environ
    yield environment.get("GIT_CONFIG_SYSTEM", "/etc/gitconfig")
    if (named := environment.get("GIT_CONFIG_GLOBAL")) is not None:
        yield named or "/dev/null"
        return
    home = os.path.expanduser("~")  # noqa: PTH111 -- Path.home() raises where there is none
    xdg = environment.get("XDG_CONFIG_HOME") or f"{home}/.config"
    yield f"{xdg}/git/config"
    yield f"{home}/.gitconfig"


def _entries(path: str) -> list[Entry]:
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except (OSError, ValueError):
        return []
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            return []
        return git_config.parse(os.read(descriptor, _CONFIG_LIMIT_BYTES)) or []
    finally:
        os.close(descriptor)


def _absolute(text: str, folder: str) -> str:
    """The path that a value means, not resolved; empty if it cannot be one."""
    if "\0" in text or not text:
        return ""
    if text.startswith("~"):
        text = os.path.expanduser(text)  # noqa: PTH111
    return os.path.join(folder, text)  # noqa: PTH118


def _kind(path: str) -> int:
    try:
        return stat.S_IFMT(os.lstat(path).st_mode)
    except (OSError, ValueError):
        return 0
