"""How many words of a command make a prefix that is worth remembering.

A prefix names a task (`npm run build`), not a program that could be told anything: what runs other programs, takes a
program text, or destroys is never remembered by prefix.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from codex_core.policy.danger import is_always_danger
from codex_core.policy.wrapper_tables import INTERPRETERS, RUNS_OTHERS, SHELLS

_NEVER = frozenset(
    (
        *(
            "rm",
            "rmdir",
            "unlink",
            "dd",
            "kill",
            "killall",
            "pkill",
            "curl",
            "wget",
            "ssh",
            "scp",
            "rsync",
            "nc",
            "ncat",
        ),
        *(
            "socat",
            "find",
            "fd",
            "fdfind",
            "awk",
            "gawk",
            "sed",
            "perl",
            "chmod",
            "chown",
            "chgrp",
            "mv",
            "ln",
            "tee",
            "eval",
        ),
        *(
            "source",
            ".",
            "trap",
            "alias",
            "set",
            "unset",
            "export",
            "declare",
            "cd",
            "psql",
            "mysql",
            "sqlite3",
            "redis-cli",
        ),
        *("vim", "vi", "nvim", "ed", "less", "man", "tar", "git-filter-repo", "aws", "gcloud", "az", "gh"),
        *(
            "xonsh",
            "nu",
            "elvish",
            "erl",
            "elixir",
            "iex",
            "kotlin",
            "kotlinc",
            "clojure",
            "clj",
            "bb",
            "racket",
            "sbcl",
        ),
        *("swipl", "octave", "R", "nix", "nix-shell", "ansible", "cmake", "entr", "watchexec", "nodemon"),
        *("osascript", "[", "[[", "test", "read", "exec", "command", "builtin", "tmux", "screen"),
    )
)
_DEPTHS: dict[tuple[str, ...], int] = {
    ("git",): 2,
    **{
        ("git", name): 3
        for name in ("remote", "stash", "worktree", "submodule", "bisect", "notes", "flow", "lfs", "config")
    },
    **{
        ("git", name): 0
        for name in ("clean", "rebase", "filter-branch", "filter-repo", "update-ref", "difftool", "mergetool")
    },
    ("npm",): 2,
    **{(name, word): 3 for name in ("npm", "pnpm", "yarn", "bun") for word in ("run", "run-script", "workspace")},
    **{
        (name, word): 0
        for name in ("npm", "pnpm", "yarn", "bun")
        for word in ("exec", "dlx", "x", "explore", "publish")
    },
    ("npx",): 0,
    ("bunx",): 0,
    ("uvx",): 0,
    ("docker",): 2,
    ("docker", "compose"): 3,
    **{("docker", word): 0 for word in ("run", "exec", "rm", "rmi", "cp", "system", "volume")},
    **{("docker", "compose", word): 0 for word in ("run", "exec", "down", "rm")},
    ("podman",): 2,
    **{("podman", word): 0 for word in ("run", "exec", "rm", "rmi")},
    ("kubectl",): 2,
    **{("kubectl", word): 0 for word in ("exec", "delete", "apply", "run", "cp", "proxy", "debug")},
    ("uv", "pip"): 3,
    **{(name, "shell"): 0 for name in ("flask", "django-admin", "hatch", "nix")},
    **{("rails", name): 0 for name in ("runner", "r", "console", "c", "dbconsole", "db")},
    ("terraform", "console"): 0,
    ("dotnet",): 2,
    ("go", "mod"): 3,
    ("go", "run"): 3,
    ("go", "tool"): 3,
    ("conda", "run"): 0,
    ("systemctl", "--user"): 3,
    ("terraform", "state"): 3,
}
"""Words that begin a command, and how many words name its task."""
_RUNNERS = frozenset(
    (
        *(("uv", "run"), ("poetry", "run"), ("pipenv", "run"), ("pdm", "run"), ("hatch", "run"), ("rye", "run")),
        *(("bundle", "exec"), ("yarn", "node"), ("yarn", "python")),
    )
)
"""They run the command behind them: what is worth remembering of that is worth it here."""
_WITH_SUBCOMMANDS = frozenset(
    (
        *(
            "pnpm",
            "yarn",
            "bun",
            "deno",
            "cargo",
            "rustup",
            "go",
            "pip",
            "pip3",
            "pipx",
            "uv",
            "poetry",
            "pipenv",
            "pdm",
        ),
        *("hatch", "rye", "conda", "mamba", "gem", "bundle", "rails", "rake", "mix", "composer", "dotnet", "terraform"),
        *("helm", "make", "just", "task", "ruff", "apt", "apt-get", "brew", "systemctl", "turbo"),
        *("nx", "lerna", "gradle", "mvn", "bazel", "flutter", "dart", "swift", "zig", "stack", "cabal", "opam", "nix"),
        *(
            "alembic",
            "flask",
            "django-admin",
            "celery",
            "prisma",
            "supabase",
            "firebase",
            "vercel",
            "wrangler",
            "ng",
            "vue",
        ),
        *("ollama", "pre-commit", "tox", "nox", "invoke", "fab", "ansible", "vagrant", "buf", "sqlx", "diesel", "mise"),
    )
)


def prefix_depth(argv: Sequence[str]) -> int:
    """Return how many words of `argv` to remember; 0: never by prefix, only this very command."""
    if not argv or not re.fullmatch(r"[\w.+/~-]+", argv[0]):
        return 0
    program = argv[0].rpartition("/")[2]
    if program in _NEVER or program in SHELLS or is_always_danger(program):
        return 0
    if (program in INTERPRETERS and program != "make") or re.fullmatch(
        r"(?:python|pypy|perl|ruby|php|node)[\d.]*", program
    ):
        return _of_interpreter(argv)
    if tuple(argv[:2]) in _RUNNERS:
        inner = prefix_depth(argv[1 if argv[0] == "yarn" else 2 :])
        return inner and inner + (1 if argv[0] == "yarn" else 2)
    for length in (3, 2, 1):
        if tuple(argv[:length]) in _DEPTHS and len(argv) >= length:
            return _checked(argv, _DEPTHS[tuple(argv[:length])])
    if program in RUNS_OTHERS:
        return 0
    if program in _WITH_SUBCOMMANDS:
        return _checked(argv, 2)
    return 1


def _of_interpreter(argv: Sequence[str]) -> int:
    """`python -m pytest` and `python x.py` name what is run; anything else could be told anything."""
    if len(argv) > 2 and argv[1] == "-m" and re.fullmatch(r"[\w.]+", argv[2]):
        if argv[2] in ("pip", "uv", "poetry"):
            return min(len(argv), 4)
        return 0 if argv[2] in ("timeit", "pdb", "code", "runpy", "trace", "profile", "cProfile") else 3
    if len(argv) > 1 and argv[1].rpartition("/")[2] in ("manage.py", "artisan", "console"):
        takes_code = len(argv) < 3 or re.match(r"(?:db)?shell|tinker|-|runscript", argv[2]) is not None
        return 0 if takes_code else 3
    if len(argv) > 1 and re.fullmatch(r"[\w./+][\w./+-]*", argv[1]) and argv[1] not in ("eval", "repl", "exec", "x"):
        return 2
    return 0


def _checked(argv: Sequence[str], depth: int) -> int:
    """The words of the prefix have to be plain names: an option among them could mean anything."""
    words = argv[1:depth]
    if len(argv) < depth:
        return len(argv) if all(re.fullmatch(r"\w[\w:./@+-]*", word) for word in argv[1:]) else 0
    return depth if all(re.fullmatch(r"\w[\w:./@+-]*", word) for word in words) else 0
