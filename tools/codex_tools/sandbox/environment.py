"""Which of the user's variables a child process gets: all but secrets, and those that make programs load code.

Names are judged by whole words: a search for AUTH inside them would take GIT_AUTHOR_NAME away. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import Final

_WORD: Final = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")

_SECRET_WORDS: Final = frozenset(
    (
        *("AUTH", "AUTHORIZATION", "BEARER", "COOKIE", "COOKIES", "CREDENTIAL", "CREDENTIALS", "CREDS", "KEY", "KEYS"),
        *("PASS", "PASSPHRASE", "PASSWD", "PASSWORD", "PAT", "SECRET", "SECRETS", "TOKEN", "TOKENS"),
    )
)
_SECRET_ENDINGS: Final = ("PASSWORD", "PASSWD", "PASSPHRASE", "TOKEN", "SECRET", "APIKEY", "ACCESSKEY", "PRIVATEKEY")
"""Of a word: PGPASSWORD."""
_SECRET_NAMES: Final = frozenset({"MYSQL_PWD", "SSH_AGENT_PID", "GPG_AGENT_INFO", "XAUTHORITY", "KUBECONFIG"})

_SECRET_VALUE: Final = re.compile(
    r"""
    (sk|pk|rk)[-_][A-Za-z0-9_-]{16,}$               # OpenAI, Anthropic, Stripe
    | (gh[opusr]|github_pat)_[A-Za-z0-9_]{16,}$     # GitHub
    | glpat-[A-Za-z0-9_-]{16,}$                     # GitLab
    | (AKIA|ASIA)[A-Z0-9]{16}$                      # AWS
    | xox[abeoprs]-[A-Za-z0-9-]{10,}$               # Slack
    | AIza[A-Za-z0-9_-]{30,}$                       # Google
    | hf_[A-Za-z0-9]{20,}$ | npm_[A-Za-z0-9]{30,}$ | pypi-[A-Za-z0-9_-]{30,}$ | gsk_[A-Za-z0-9]{20,}$
    | eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}\.   # JSON web tokens
    | -----BEGIN[ ].*PRIVATE[ ]KEY
    | [a-z][a-z0-9+.-]*://[^\s/:@]*:[^\s/@]+@       # a URL with a password
    """,
    re.VERBOSE | re.IGNORECASE,
)

_CODE_PREFIXES: Final = ("LD_", "DYLD_", "BASH_FUNC_", "DBUS_", "GIT_CONFIG_", "MALLOC_")
_CODE_NAMES: Final = frozenset(
    (
        *("BASH_ENV", "ENV", "PROMPT_COMMAND", "SHELLOPTS", "BASHOPTS", "PS4", "ZDOTDIR"),
        *("PYTHONPATH", "PYTHONSTARTUP", "PYTHONHOME", "PYTHONBREAKPOINT", "PYTHONINSPECT", "PYTHONUSERBASE"),
        *("NODE_OPTIONS", "NODE_PATH", "PERL5OPT", "PERL5LIB", "PERLLIB", "PERL5DB", "RUBYOPT", "RUBYLIB"),
        *("JAVA_TOOL_OPTIONS", "_JAVA_OPTIONS", "JDK_JAVA_OPTIONS"),
        *("GLIBC_TUNABLES", "GCONV_PATH", "LOCPATH", "NLSPATH", "HOSTALIASES"),
        *("GIT_SSH", "GIT_SSH_COMMAND", "GIT_ASKPASS", "GIT_EXTERNAL_DIFF", "GIT_PROXY_COMMAND", "GIT_EXEC_PATH"),
        *("GIT_TEMPLATE_DIR", "GIT_CONFIG", "GIT_EDITOR", "GIT_SEQUENCE_EDITOR", "SSH_ASKPASS", "SUDO_ASKPASS"),
        *("DOCKER_HOST", "CONTAINER_HOST", "TMUX", "TMUX_PANE", "STY"),
    )
)
"""They make programs run or load something, or lead to a server that does."""


def child_environment(environ: Mapping[str, str], *, provider_variables: Collection[str]) -> dict[str, str]:
    """Return the variables of `environ` for a child process; `provider_variables` never are among them."""
    providers = {name.upper() for name in provider_variables}
    return {
        name: value
        for name, value in environ.items()
        if name.upper() not in providers and not _loads_code(name) and not is_secret(name, value)
    }


def is_secret(name: str, value: str) -> bool:
    """Whether the variable looks like a secret, by its name or by its value."""
    if name in _SECRET_NAMES or _SECRET_VALUE.match(value):
        return True
    words = [word.upper() for word in _WORD.findall(name)]
    return any(word in _SECRET_WORDS or word.endswith(_SECRET_ENDINGS) for word in words)


def _loads_code(name: str) -> bool:
    return name in _CODE_NAMES or name.startswith(_CODE_PREFIXES)
