"""What git sub-commands do: which only look, and which lose what cannot be brought back."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Sequence
from pathlib import Path

from codex_core.policy.programs import words_of
from codex_core.policy.words import Word

_VALUED = frozenset(
    ("-C", "-c", "--git-dir", "--work-tree", "--namespace", "--exec-path", "--super-prefix", "--config-env")
)
_HARMLESS_GLOBAL = frozenset(("--no-pager", "--no-optional-locks", "--literal-pathspecs", "--no-replace-objects"))

_RANGE = (
    "--all --branches --tags --remotes --oneline --graph --decorate --no-decorate --stat --shortstat --numstat "
    "--name-only --name-status --summary --patch --no-patch --patch-with-stat --raw --reverse --merges --no-merges "
    "--first-parent --follow --full-history --since --until --after --before --author --committer --grep --invert-grep "
    "--all-match --max-count --skip --format --pretty --abbrev-commit --no-abbrev-commit --abbrev --date --date-order "
    "--topo-order --author-date-order --relative-date --left-right --cherry --cherry-pick --cherry-mark --count "
    "--boundary --simplify-by-decoration --source --full-diff --pickaxe-regex --pickaxe-all --regexp-ignore-case "
    "--extended-regexp --fixed-strings --perl-regexp --no-color --color --no-ext-diff --no-textconv --word-diff "
    "--word-diff-regex --color-words --ignore-all-space --ignore-space-change --ignore-blank-lines "
    "--ignore-space-at-eol --unified --diff-filter --find-renames --find-copies --no-renames --exit-code --quiet "
    "--cached --staged --merge-base --minimal --patience --histogram --diff-algorithm --relative --no-relative --text "
    "--binary --full-index --compact-summary --dirstat --cumulative --check --no-prefix --src-prefix --dst-prefix "
    "--inter-hunk-context --function-context --submodule --ignore-submodules --no-notes --notes --use-mailmap "
    "--mailmap --walk-reflogs --parents --children --no-expand-tabs --expand-tabs --encoding --exclude --glob --not "
    "--cc --combined-all-paths --root --ours --theirs --base --no-commit-id --pretty-print --log-size --decorate-refs "
    "--clear-decorations --no-walk --max-parents --min-parents --max-age --min-age --indent-heuristic "
    "--irreversible-delete --color-moved --null"
)
_LOOKING: dict[str, tuple[str, str]] = {
    "log": ("pusnzqiEFPabRwWMCDtrcmgGSLU0123456789", _RANGE),
    "show": ("pusnzqabRwWMCDtrcmU0123456789GS", _RANGE),
    "diff": ("puszqabRwWMCDtrcmU0123456789GS", _RANGE),
    "diff-tree": ("puszqabRwWMCDtrcmU", _RANGE),
    "diff-index": ("puszqabRwWMCDtrcmU", _RANGE),
    "diff-files": ("puszqabRwWMCDtrcmU", _RANGE),
    "whatchanged": ("pusnzqU0123456789", _RANGE),
    "shortlog": ("sncewU", _RANGE + " --numbered --summary --email --group"),
    "rev-list": ("n", _RANGE + " --objects --disk-usage --use-bitmap-index --no-object-names"),
    "range-diff": ("", _RANGE),
    "status": (
        "sbuvz",
        "--short --branch --porcelain --long --verbose --untracked-files --ignored --ignore-submodules --show-stash "
        "--ahead-behind --no-ahead-behind --renames --no-renames --column --no-column --null",
    ),
    "blame": (
        "bLlstewfnpcMCw0123456789",
        "--porcelain --line-porcelain --incremental --show-email --show-name --show-number --since --date --abbrev "
        "--color-lines --root --show-stats --ignore-rev",
    ),
    "annotate": ("L", ""),
    "grep": (
        "aIinwvhHEGFPlLczopqWrABCem0123456789",
        "--cached --untracked --ignore-case --line-number --word-regexp --invert-match --count --name-only "
        "--files-with-matches --files-without-match --extended-regexp --fixed-strings --perl-regexp --and --or --not "
        "--all-match --show-function --function-context --heading --break --color --no-color --max-depth --column "
        "--only-matching --quiet --full-name --context --after-context --before-context --threads --max-count",
    ),
    "ls-files": (
        "cdmoistukzvf",
        "--cached --deleted --modified --others --ignored --stage --unmerged --killed --directory --no-empty-directory "
        "--exclude-standard --exclude --error-unmatch --full-name --abbrev --debug --eol --recurse-submodules "
        "--deduplicate",
    ),
    "ls-tree": ("dzrtl", "--name-only --name-status --full-name --full-tree --abbrev --long --object-only --format"),
    "rev-parse": (
        "q",
        "--show-toplevel --abbrev-ref --short --verify --git-dir --git-common-dir --is-inside-work-tree "
        "--is-inside-git-dir --is-bare-repository --show-prefix --show-cdup --show-current --symbolic-full-name "
        "--symbolic --all --branches --tags --remotes --absolute-git-dir --quiet --is-shallow-repository "
        "--show-superproject-working-tree --sq --show-object-format --revs-only --no-revs --flags --no-flags --default "
        "--git-path --path-format --not",
    ),
    "describe": (
        "",
        "--all --tags --contains --abbrev --candidates --exact-match --long --match --exclude --always --dirty "
        "--broken --debug --first-parent",
    ),
    "name-rev": ("", "--tags --refs --exclude --all --name-only --always --no-undefined"),
    "merge-base": ("a", "--all --octopus --independent --is-ancestor --fork-point"),
    "cat-file": ("tpes", "--batch-check --batch-all-objects --unordered"),
    "for-each-ref": (
        "",
        "--format --sort --count --points-at --merged --no-merged --contains --no-contains --color --ignore-case "
        "--exclude",
    ),
    "show-ref": ("dqs", "--head --heads --tags --branches --hash --abbrev --verify --quiet --dereference"),
    "show-branch": (
        "ar",
        "--all --remotes --list --current --topo-order --date-order --merge-base --independent --topics",
    ),
    "count-objects": ("vH", "--verbose --human-readable"),
    "check-ignore": ("vqnz", "--verbose --quiet --non-matching --no-index --stdin"),
    "check-attr": ("az", "--all --cached"),
    "cherry": ("v", "--abbrev"),
    "version": ("", "--build-options"),
    "symbolic-ref": ("q", "--short --quiet"),
    "patch-id": ("", "--stable --unstable"),
    "stripspace": ("s", "--strip-comments"),
    "get-tar-commit-id": ("", ""),
}
"""Sub-commands that only look: short options that pass, and long ones. None of the short ones takes a value that
could be mistaken for something else."""

_LISTING: dict[str, tuple[str, str]] = {
    "branch": (
        "avrqi",
        "--all --remotes --list --verbose --show-current --contains --no-contains --merged --no-merged --points-at "
        "--sort --format --column --no-column --color --no-color --abbrev --no-abbrev --ignore-case",
    ),
    "tag": (
        "lni0123456789",
        "--list --contains --no-contains --merged --no-merged --points-at --sort --format --column --no-column --color "
        "--ignore-case",
    ),
}
_LISTING_SIGNS = frozenset(
    words_of(
        "--list -l --contains --no-contains --merged --no-merged --points-at --show-current -a -r --all --remotes -av "
        "-va -vv -avv -rv -vva"
    )
)
"""With one of them an operand is a pattern or a commit, not the name of something new."""

_CHOOSING = frozenset(
    ("--list", "-l", "--contains", "--no-contains", "--merged", "--no-merged", "--points-at", "--sort", "--format")
)

_FIXED: dict[str, re.Pattern[str]] = {
    "remote": re.compile(r"(?:-v|--verbose|show(?: -n \S+)?|get-url(?: --all| --push)? \S+|-v show)?"),
    "stash": re.compile(
        r"list(?: .*)?|show(?: -p| --stat| --patch| -u| --name-only| --name-status| stash@\{\d+\}| \d+)*"
    ),
    "worktree": re.compile(r"list(?: --porcelain| -v| --verbose| -z)*"),
    "submodule": re.compile(r"(?:status)?(?: --recursive| --cached)*|summary"),
    "reflog": re.compile(r"(?:show)?(?: ?(?:-n ?\d+|-\d+|--date=\w+|--all|--oneline|[A-Za-z][\w/.~^@{}-]*))*"),
    "notes": re.compile(r"(?:list|show)(?: [\w~^/.]+)?"),
    "bisect": re.compile(r"log"),
    "config": re.compile(
        r"(?:(?:--global|--local|--system|--show-origin|--show-scope|--name-only|-z|--null) ?)*"
        r"(?:--list|-l|list|(?:--get|--get-all|get|--get-regexp)? ?[A-Za-z][\w.*^$-]*)"
        r"(?: --show-origin| --show-scope| --name-only)*"
    ),
    "lfs": re.compile(r"ls-files|status"),
    "sparse-checkout": re.compile(r"list"),
    "rerere": re.compile(r"status|diff"),
    "bundle": re.compile(r"verify \S+|list-heads \S+"),
}
_SECRET_KEYS = re.compile(r"(?i)credential|token|password|extraheader|secret|\.\*|insteadof|smtp|^url\.")
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


_TAKE_THE_REST = "nGSLUMCBADem"
_GREP_TAKES_THE_REST = "ABCefm"
"""Short options after which the rest of the word is a value."""


def split(words: Sequence[str]) -> tuple[list[str], int]:
    """Return the options before the sub-command (values joined by `=`) and where the sub-command stands in `words`."""
    options: list[str] = []
    at = 1
    while at < len(words) and words[at].startswith("-"):
        if words[at] in _VALUED and at + 1 < len(words):
            options.append(f"{words[at]}={words[at + 1]}")
            at += 2
        else:
            options.append(words[at])
            at += 1
    return options, at


def folder_of(words: Sequence[Word], folder: Path | None) -> Path | None:
    """Where `git -C …` works, when it is called in `folder`; None if that is not known."""
    for option in split([word.text for word in words])[0]:
        if option.startswith("-C=") and folder is not None:
            folder = Path(posixpath.normpath(posixpath.join(str(folder), option[3:])))
    return folder


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
        if (
            option not in _HARMLESS_GLOBAL
            and not option.startswith("-C=")
            and re.fullmatch(
                r"-c=(?:color\.\w+(?:\.\w+)?|core\.(?:quotepath|abbrev)|log\.\w+|diff\.(?:renames|algorithm|noprefix|mnemonicprefix)"
                r"|core\.pager=cat|pager\.\w+=false|column\.\w+|core\.optionallocks)=?\w*",
                option,
                re.IGNORECASE,
            )
            is None
        ):
            return f"`git {option.replace('=', ' ', 1)[:60]}` changes what git runs or where"
    if at >= len(texts):
        return None
    command = texts[at]
    rest = words[at + 1 :]
    if any(not word.is_known and word.may_be_flag and not _is_commit(word) for word in _before_dashes(rest)):
        return "an argument of it could be an option that cannot be seen here"
    arguments = [word.text for word in rest]
    if command in _FIXED:
        return _why_fixed(command, arguments)
    if command in _LISTING:
        return _why_listing(command, arguments)
    if command not in _LOOKING:
        return f"`git {command[:40]}` does more than look"
    short, long = _LOOKING[command]
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
    if any(" " in text or not text for text in arguments) or not _FIXED[command].fullmatch(" ".join(arguments)):
        return f"`git {command} {' '.join(arguments)[:60]}` does more than look"
    if command == "config" and (any(_SECRET_KEYS.search(text) for text in arguments) or "system" in arguments):
        return "the settings of git can hold secrets"
    if command in ("remote",) and arguments[:1] == ["show"] and len(arguments) > 1 and "-n" not in arguments:
        return "`git remote show` asks the remote"
    if command == "stash" and _odd_option(arguments[1:], _LOOKING["log"][0], frozenset(_LOOKING["log"][1].split())):
        return "an option of it is not known to only look"
    return None


def _why_listing(command: str, arguments: Sequence[str]) -> str | None:
    short, long = _LISTING[command]
    if odd := _odd_option(arguments, short, frozenset(long.split())):
        return f"`git {command} {odd[:60]}` is not known to only look"
    names = [text for text in arguments if not text.startswith("-")]
    lists = any(text.partition("=")[0] in _LISTING_SIGNS or re.fullmatch(r"-n\d*", text) for text in arguments)
    if names and not lists:
        return f"`git {command} {names[0][:40]}` makes a {command}"
    if names and command == "branch" and not any(text.partition("=")[0] in _CHOOSING for text in arguments):
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


def _names_files(operand: str) -> bool:
    """Whether git takes it for files rather than for a branch, as far as a name tells."""
    if operand in (".", "./", ":/", "*", "..") or "*" in operand:
        return True
    return re.search(r"\.[A-Za-z]{1,4}$", operand) is not None and not operand.startswith("v")


def danger(words: Sequence[str]) -> tuple[str, str] | None:
    """Return the rule and the reason if this call of git loses or reaches what it must not."""
    options, at = split(words)
    for option in options:
        key = option.removeprefix("-c=").removeprefix("--config-env=")
        sets = option.startswith(("-c", "--config-env="))
        if sets and _RUNS_PROGRAMS.match(key.removeprefix("-c").strip()) and not _SWITCHES_OFF.fullmatch(key):
            return "git:config-runs", f"`git -c {key[:60]}` makes git run something"
        if option.startswith("--exec-path="):
            return "git:exec-path", "`git --exec-path` makes git run other programs"
    if at >= len(words):
        return None
    command, arguments = words[at], list(words[at + 1 :])
    flags = "".join(a[1:] for a in arguments if re.match(r"-[A-Za-z]", a))
    operands = [a for a in arguments if not a.startswith("-")]

    def has(*names: str) -> bool:
        """Whether a long option is given, maybe shortened as git allows."""
        return any(
            text.startswith("--") and len(text) > 2 and name.startswith(text.partition("=")[0])
            for text in arguments
            for name in names
        )

    match command:
        case "push":
            if has("--force", "--force-with-lease", "--force-if-includes") or "f" in flags.split("o")[0]:
                return "git:push-force", "`git push --force` rewrites history on the remote"
            if has("--delete", "--mirror", "--prune") or "d" in flags.split("o")[0]:
                return "git:push-delete", "`git push --delete` removes branches or tags on the remote"
            if any(text.startswith(("+", ":")) for text in operands):
                return "git:push-force", "`git push` with `+` or `:` rewrites or removes a branch on the remote"
            if has("--receive-pack", "--exec"):
                return "git:runs", "`git push --receive-pack` runs a program"
        case "reset":
            if has("--hard", "--merge", "--keep"):
                return "git:reset-hard", "`git reset --hard` throws away what is not committed"
        case "clean":
            if ("f" in flags or has("--force")) and not ("n" in flags or has("--dry-run")):
                return "git:clean", "`git clean -f` deletes files that git does not keep"
            if "i" not in flags and "n" not in flags and not has("--dry-run", "--interactive", "--help"):
                return "git:clean", "`git clean` deletes files that git does not keep"
        case "checkout" | "switch":
            if "f" in flags or has("--force", "--discard-changes"):
                return "git:discard", f"`git {command} --force` throws away what is not committed"
            if command == "checkout" and (
                "--" in arguments or any(_names_files(operand) for operand in operands) or "p" in flags
            ):
                return "git:discard", "`git checkout` of files throws away what is not committed in them"
            if "B" in flags or "C" in flags or has("--force-create"):
                return "git:discard", f"`git {command}` with -B or -C moves a branch away from its commits"
        case "restore":
            if not (has("--staged") or "S" in flags) or has("--worktree") or "W" in flags:
                return "git:discard", "`git restore` throws away what is not committed"
        case "branch":
            if set(flags) & set("DdMCf") or has("--delete", "--force"):
                return "git:branch-delete", "`git branch -D` removes a branch, or overwrites one"
        case "tag":
            if set(flags.split("m")[0]) & set("df") or has("--delete", "--force"):
                return "git:tag-delete", "`git tag -d` removes a tag, or moves one"
        case "stash":
            if arguments[:1] in (["drop"], ["clear"]):
                return "git:stash-drop", f"`git stash {arguments[0]}` throws away what was stashed"
        case "reflog":
            if arguments[:1] in (["expire"], ["delete"]):
                return "git:reflog", f"`git reflog {arguments[0]}` removes the last way back to lost commits"
        case "gc" | "prune" | "repack":
            if command == "prune" or (
                has("--prune", "--aggressive") and any("now" in a or "all" in a for a in arguments)
            ):
                return "git:prune", f"`git {command}` removes the last way back to lost commits"
        case "filter-branch" | "filter-repo" | "fast-import" | "replace":
            return "git:rewrite", f"`git {command}` rewrites the history"
        case "update-ref":
            return "git:update-ref", "`git update-ref` moves or removes references without a check"
        case "symbolic-ref":
            if "d" in flags or has("--delete"):
                return "git:update-ref", "`git symbolic-ref -d` removes a reference"
        case "worktree":
            if arguments[:1] in (["remove"], ["prune"]) and (arguments[0] == "prune" or has("--force") or "f" in flags):
                return "git:worktree", f"`git worktree {arguments[0]}` deletes a folder with all that is in it"
        case "submodule":
            if arguments[:1] == ["deinit"] and (has("--force", "--all") or "f" in flags):
                return "git:submodule", "`git submodule deinit` deletes a folder with all that is in it"
        case "remote":
            if arguments[:1] in (["rm"], ["remove"]):
                return "git:remote", "`git remote remove` forgets a remote and its branches"
        case "rm":
            if "f" in flags or has("--force"):
                return "git:rm-force", "`git rm -f` deletes files with what is not committed"
        case "config":
            reads = has("--get", "--get-all", "--get-regexp", "--list") or operands[:1] in (["get"], ["list"])
            keys = [operand for operand in operands if operand != "set"]
            if not reads and len(keys) > 1 and any(_RUNS_PROGRAMS.match(key) for key in keys[:2]):
                return "git:config-runs", f"`git config {keys[0][:60]}` decides what git runs"
            if not reads and len(keys) > 1 and has("--global", "--system", "--file"):
                return "git:config-global", "it changes git's settings outside this repository"
        case "credential" | "credential-store" | "credential-cache":
            if command != "credential-cache" or "exit" not in operands:
                return "git:credential", f"`git {command}` hands out passwords"
        case "send-email" | "imap-send" | "svn":
            return "publish:git", f"`git {command}` sends commits away"
        case "lfs":
            if arguments[:1] == ["prune"]:
                return "git:prune", "`git lfs prune` deletes local copies"
        case _:
            return None
    return None
