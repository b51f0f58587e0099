"""What git sub-commands take that only look, as data."""

from __future__ import annotations

import re

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
LOOKING: dict[str, tuple[str, str]] = {
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

LISTING: dict[str, tuple[str, str]] = {
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
"""Sub-commands that list or make something: the options with which they may list."""

LISTING_SIGNS = frozenset(
    (
        *("--list", "-l", "--contains", "--no-contains", "--merged", "--no-merged", "--points-at", "--show-current"),
        *("-a", "-r", "--all", "--remotes", "-av", "-va", "-vv", "-avv", "-rv", "-vva"),
    )
)
"""With one of them an operand is a pattern or a commit, not the name of something new."""

CHOOSING = frozenset(
    ("--list", "-l", "--contains", "--no-contains", "--merged", "--no-merged", "--points-at", "--sort", "--format")
)
"""With one of them an operand of `git branch` makes no branch."""

FIXED: dict[str, re.Pattern[str]] = {
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
"""Sub-commands of which only these arguments look, joined by blanks."""
