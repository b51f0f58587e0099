"""Variables that make programs run or do something else."""

from __future__ import annotations

import re

HARMLESS_VARIABLES = frozenset(
    (
        *(
            "LANG",
            "LANGUAGE",
            "TZ",
            "NO_COLOR",
            "FORCE_COLOR",
            "CLICOLOR",
            "COLUMNS",
            "LINES",
            "TERM",
            "CI",
            "COLORTERM",
        ),
        *(
            "GIT_OPTIONAL_LOCKS",
            "GIT_TERMINAL_PROMPT",
            "PYTHONDONTWRITEBYTECODE",
            "PYTHONUNBUFFERED",
            "PYTHONIOENCODING",
        ),
        *("LC_ALL", "LC_CTYPE", "LC_COLLATE", "LC_MESSAGES", "LC_NUMERIC", "LC_TIME", "NODE_ENV", "DEBIAN_FRONTEND"),
        *("GREP_COLOR", "GREP_COLORS", "LS_COLORS", "BLOCK_SIZE", "POSIXLY_CORRECT", "QUOTING_STYLE", "TIME_STYLE"),
    )
)
"""They may be set for a command."""

DANGEROUS_VARIABLES = re.compile(
    r"LD_\w+|DYLD_\w+|BASH_ENV|ENV|PROMPT_COMMAND|PS[0-4]|SHELLOPTS|BASHOPTS|BASH_FUNC\w*|GIT_SSH\w*|GIT_EXTERNAL_DIFF"
    r"|GIT_CONFIG\w*|GIT_EXEC_PATH|GIT_EDITOR|GIT_SEQUENCE_EDITOR|GIT_ASKPASS|GIT_TEMPLATE_DIR|GIT_PROXY_COMMAND"
    r"|PERL5(?:OPT|LIB|DB)|PYTHON(?:STARTUP|PATH|HOME|INSPECT|USERBASE|WARNINGS|BREAKPOINT)|NODE_OPTIONS|RUBYOPT|RUBYLIB"
    r"|JAVA_TOOL_OPTIONS|_JAVA_OPTIONS|LESSOPEN|LESSCLOSE|HIST(?:FILE|SIZE|FILESIZE)|(?:MAN|GIT_)?PAGER|EDITOR|VISUAL"
    r"|RUSTUP_TOOLCHAIN|GCONV_PATH|RIPGREP_CONFIG_PATH"
)
ODD_VARIABLES = re.compile(
    r"PATH|IFS|CDPATH|HOME|PWD|OLDPWD|SHELL|EDITOR|VISUAL|BROWSER|TMPDIR|GLOBIGNORE|FIGNORE|EXECIGNORE|HIST\w*|LESS\w*|GIT_\w+"
    r"|GREP_OPTIONS|RIPGREP\w*|FZF\w*|BAT_\w+|DOCKER_\w+|KUBECONFIG|AWS_\w+|SSH_\w+|TAR_OPTIONS|GZIP|MAKE\w*|CC|CXX|RUSTC\w*"
    r"|CARGO\w*|GO[A-Z]+|NPM_\w+|PIP_\w+|UV_\w+|XDG_\w+|POSIX\w*|BASH\w*|FUNCNEST|OPTIND|OPTERR|EXEC\w*|FCEDIT"
    r"|(?:MAN|GIT_)?PAGER|TMOUT|FUNCNAME|DIRSTACK|MAPFILE|HOSTFILE|INPUTRC|TERMINFO\w*|TERMCAP|LOCPATH|NLSPATH|TZDIR|RES_\w+"
    r"|HTTPS?_PROXY|ALL_PROXY|https?_proxy|all_proxy|OPENSSL\w*|CURL\w*|WGETRC|PYTHON\w*|NODE_PATH|JAVA\w*|_\w*"
)


def is_harmless_variable(name: str, value: str) -> bool:
    """Whether a program that only looks still only looks with this variable set."""
    if name in ("PAGER", "GIT_PAGER", "MANPAGER", "BAT_PAGER"):
        return value in ("cat", "")
    if name == "TZ":
        return re.fullmatch(r"[A-Z][\w+-]*(?:/[A-Z][\w+/-]*)?", value) is not None
    return name in HARMLESS_VARIABLES and re.search(r"[$\\]|^/|\.\./", value) is None
