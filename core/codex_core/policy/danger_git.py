"""Which calls of git lose what cannot be brought back, change what is on a remote, or make git run something."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from codex_core.policy.danger_call import Call, Found
from codex_core.policy.git_call import split

_RUNS_PROGRAMS = re.compile(
    r"(?i)core\.(?:hookspath|fsmonitor|pager|editor|sshcommand|askpass|gitproxy|alternaterefscommand|worktree|attributesfile)"
    r"|alias\..*|credential\..*|include(?:if)?\..*|filter\..*|diff\.(?:external|.*\.(?:textconv|command))|difftool\..*"
    r"|merge(?:tool)?\..*\.(?:driver|cmd|path)|pager\..*|sequence\.editor|gpg\..*program|gpg\.program|browser\..*"
    r"|protocol\..*|uploadpack\..*|receive\..*|remote\..*\.(?:uploadpack|receivepack|proxy|vcs|url|pushurl)|url\..*|http\..*"
    r"|submodule\..*\.update|interactive\.difffilter|init\.templatedir|web\.browser|man\..*|ssh\..*|safe\..*|sendemail\..*"
    r"|extensions\..*|push\.gpgsign|commit\.gpgsign|trailer\..*|instaweb\..*|guitool\..*|tar\..*|core\.gitproxy|core\.sshcommand"
)
_SWITCHES_OFF = re.compile(
    r"(?i)(?:core\.pager|pager\.\w+)=(?:cat|false|)|core\.fsmonitor=(?:false|0|)|commit\.gpgsign=false"
    r"|safe\.directory=.*|core\.hookspath=/dev/null|http\.\w+version=.*"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Given:
    """A sub-command with its arguments, and the questions that its rule asks of them."""

    command: str
    arguments: Sequence[str]

    @property
    def first(self) -> str:
        return self.arguments[0] if self.arguments else ""

    @property
    def flags(self) -> str:
        """The letters of all short options, and what is written behind them."""
        return "".join(text[1:] for text in self.arguments if re.match(r"-[A-Za-z]", text))

    @property
    def operands(self) -> list[str]:
        return [text for text in self.arguments if not text.startswith("-")]

    def has(self, *names: str) -> bool:
        """Whether a long option is given, maybe shortened as git allows."""
        return any(
            text.startswith("--") and len(text) > 2 and name.startswith(text.partition("=")[0])
            for text in self.arguments
            for name in names
        )


_NAMES_PROGRAM: dict[str, tuple[str, ...]] = {
    "archive": ("--exec",),
    "clone": ("--upload-pack", "--config", "--template"),
    "difftool": ("--extcmd",),
    "fetch": ("--upload-pack",),
    "fetch-pack": ("--upload-pack", "--exec"),
    "grep": ("--open-files-in-pager",),
    "init": ("--template",),
    "ls-remote": ("--upload-pack", "--exec"),
    "pull": ("--upload-pack",),
    "push": ("--receive-pack", "--exec"),
    "send-pack": ("--receive-pack", "--exec"),
}
"""Options that say what git shall run, here or on the other side; a template brings its hooks."""

_NAMES_PROGRAM_SHORT = {
    "clone": re.compile(r"-[lnqsv46]*[uc]"),
    "difftool": re.compile(r"-[ydg]*x"),
    "grep": re.compile(r"-[aIiwvhHEGPFnrlLzcopqW]*O"),
}


def git_danger(call: Call) -> Found | None:
    options, at = split((call.program, *call.words))
    if found := _in_options(options):
        return found
    command, *arguments = call.words[at - 1 :] or ("",)
    given = _Given(command=command, arguments=arguments)
    if found := _ALWAYS.get(command) or _BY_FIRST_ARGUMENT.get((command, given.first)):
        return found
    if found := _runs_others(given):
        return found
    return rule(given) if (rule := _RULES.get(command)) is not None else None


def _runs_others(given: _Given) -> Found | None:
    short = _NAMES_PROGRAM_SHORT.get(given.command)
    if (
        given.has(*_NAMES_PROGRAM.get(given.command, ()))
        or (short is not None and any(map(short.match, given.arguments)))
        or any(text.startswith("ext::") for text in given.arguments)
    ):
        return "git:runs", f"`git {given.command}` runs a program with this"
    return None


def _in_options(options: Sequence[str]) -> Found | None:
    """What is wrong with one of those before the sub-command."""
    for option in options:
        key = option.removeprefix("-c=").removeprefix("--config-env=")
        sets = option.startswith(("-c", "--config-env="))
        if sets and _RUNS_PROGRAMS.match(key.removeprefix("-c").strip()) and not _SWITCHES_OFF.fullmatch(key):
            return "git:config-runs", f"`git -c {key[:60]}` makes git run something"
        if option.startswith("--exec-path="):
            return "git:exec-path", "`git --exec-path` makes git run other programs"
    return None


_ALWAYS: dict[str, Found] = {
    **{
        command: ("git:rewrite", f"`git {command}` rewrites the history")
        for command in ("filter-branch", "filter-repo", "fast-import", "replace")
    },
    **{
        command: ("publish:git", f"`git {command}` sends commits away")
        for command in ("send-email", "imap-send", "svn")
    },
    **{
        command: ("git:credential", f"`git {command}` hands out passwords")
        for command in ("credential", "credential-store")
    },
    "prune": ("git:prune", "`git prune` removes the last way back to lost commits"),
    "update-ref": ("git:update-ref", "`git update-ref` moves or removes references without a check"),
}
"""Sub-commands that are dangerous whatever they are given."""

_BY_FIRST_ARGUMENT: dict[tuple[str, str], Found] = {
    ("stash", "drop"): ("git:stash-drop", "`git stash drop` throws away what was stashed"),
    ("stash", "clear"): ("git:stash-drop", "`git stash clear` throws away what was stashed"),
    ("reflog", "expire"): ("git:reflog", "`git reflog expire` removes the last way back to lost commits"),
    ("reflog", "delete"): ("git:reflog", "`git reflog delete` removes the last way back to lost commits"),
    ("remote", "rm"): ("git:remote", "`git remote remove` forgets a remote and its branches"),
    ("remote", "remove"): ("git:remote", "`git remote remove` forgets a remote and its branches"),
    ("worktree", "prune"): ("git:worktree", "`git worktree prune` deletes a folder with all that is in it"),
    ("lfs", "prune"): ("git:prune", "`git lfs prune` deletes local copies"),
}


def _push(given: _Given) -> Found | None:
    flags = given.flags.split("o")[0]
    if given.has("--force", "--force-with-lease", "--force-if-includes") or "f" in flags:
        return "git:push-force", "`git push --force` rewrites history on the remote"
    if given.has("--delete", "--mirror", "--prune") or "d" in flags:
        return "git:push-delete", "`git push --delete` removes branches or tags on the remote"
    if any(text.startswith(("+", ":")) for text in given.operands):
        return "git:push-force", "`git push` with `+` or `:` rewrites or removes a branch on the remote"
    return None


def _reset(given: _Given) -> Found | None:
    if given.has("--hard", "--merge", "--keep"):
        return "git:reset-hard", "`git reset --hard` throws away what is not committed"
    return None


def _clean(given: _Given) -> Found | None:
    flags = given.flags
    if ("f" in flags or given.has("--force")) and not ("n" in flags or given.has("--dry-run")):
        return "git:clean", "`git clean -f` deletes files that git does not keep"
    if "i" not in flags and "n" not in flags and not given.has("--dry-run", "--interactive", "--help"):
        return "git:clean", "`git clean` deletes files that git does not keep"
    return None


def _switch(given: _Given) -> Found | None:
    """`git switch`, and `git checkout` of a branch."""
    flags = given.flags
    if "f" in flags or given.has("--force", "--discard-changes"):
        return "git:discard", f"`git {given.command} --force` throws away what is not committed"
    if given.command == "checkout" and _checks_out_files(given):
        return "git:discard", "`git checkout` of files throws away what is not committed in them"
    if "B" in flags or "C" in flags or given.has("--force-create"):
        return "git:discard", f"`git {given.command}` with -B or -C moves a branch away from its commits"
    return None


def _checks_out_files(given: _Given) -> bool:
    return "--" in given.arguments or "p" in given.flags or any(map(_names_files, given.operands))


def _names_files(operand: str) -> bool:
    """Whether git takes it for files rather than for a branch, as far as a name tells."""
    if operand in (".", "./", ":/", "*", "..") or "*" in operand:
        return True
    return re.search(r"\.[A-Za-z]{1,4}$", operand) is not None and not operand.startswith("v")


def _restore(given: _Given) -> Found | None:
    flags = given.flags
    if not (given.has("--staged") or "S" in flags) or given.has("--worktree") or "W" in flags:
        return "git:discard", "`git restore` throws away what is not committed"
    return None


def _branch(given: _Given) -> Found | None:
    if set(given.flags) & set("DdMCf") or given.has("--delete", "--force"):
        return "git:branch-delete", "`git branch -D` removes a branch, or overwrites one"
    return None


def _tag(given: _Given) -> Found | None:
    if set(given.flags.split("m")[0]) & set("df") or given.has("--delete", "--force"):
        return "git:tag-delete", "`git tag -d` removes a tag, or moves one"
    return None


def _collect_garbage(given: _Given) -> Found | None:
    if given.has("--prune", "--aggressive") and any("now" in text or "all" in text for text in given.arguments):
        return "git:prune", f"`git {given.command}` removes the last way back to lost commits"
    return None


def _symbolic_ref(given: _Given) -> Found | None:
    if "d" in given.flags or given.has("--delete"):
        return "git:update-ref", "`git symbolic-ref -d` removes a reference"
    return None


def _worktree(given: _Given) -> Found | None:
    if given.first == "remove" and (given.has("--force") or "f" in given.flags):
        return "git:worktree", "`git worktree remove` deletes a folder with all that is in it"
    return None


def _submodule(given: _Given) -> Found | None:
    if given.first == "deinit" and (given.has("--force", "--all") or "f" in given.flags):
        return "git:submodule", "`git submodule deinit` deletes a folder with all that is in it"
    return None


def _rm(given: _Given) -> Found | None:
    if "f" in given.flags or given.has("--force"):
        return "git:rm-force", "`git rm -f` deletes files with what is not committed"
    return None


def _config(given: _Given) -> Found | None:
    operands = given.operands
    keys = [operand for operand in operands if operand != "set"]
    reads = given.has("--get", "--get-all", "--get-regexp", "--list") or operands[:1] in (["get"], ["list"])
    if reads or len(keys) < 2:
        return None
    if any(_RUNS_PROGRAMS.match(key) for key in keys[:2]):
        return "git:config-runs", f"`git config {keys[0][:60]}` decides what git runs"
    if given.has("--global", "--system", "--file"):
        return "git:config-global", "it changes git's settings outside this repository"
    return None


def _credential_cache(given: _Given) -> Found | None:
    return None if "exit" in given.operands else ("git:credential", "`git credential-cache` hands out passwords")


_RULES: dict[str, Callable[[_Given], Found | None]] = {
    "branch": _branch,
    "checkout": _switch,
    "clean": _clean,
    "config": _config,
    "credential-cache": _credential_cache,
    "gc": _collect_garbage,
    "push": _push,
    "repack": _collect_garbage,
    "reset": _reset,
    "restore": _restore,
    "rm": _rm,
    "submodule": _submodule,
    "switch": _switch,
    "symbolic-ref": _symbolic_ref,
    "tag": _tag,
    "worktree": _worktree,
}
