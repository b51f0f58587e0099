"""Places that matter: where secrets lie, and what must not be written without a person's yes. Text only; nothing is
looked up on the disk."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import translate
from functools import lru_cache
from pathlib import Path

from codex_core.protocol import SandboxPolicy

_LONGEST_PATH = 4_096
"""Linux opens no longer one."""
_NOWHERE = frozenset(
    ("/dev/null", "/dev/stdin", "/dev/stdout", "/dev/stderr", "/dev/tty", "/dev/fd/1", "/dev/fd/2", "/dev/fd/63")
)
TEMPORARY = ("/tmp", "/var/tmp", "/dev/shm")  # noqa: S108 - names in foreign lines

_SECRET_FOLDERS = (".ssh", ".gnupg", ".aws", ".azure", ".kube", ".docker", ".password-store", ".mozilla", ".oci")
_SECRET_FILES = (
    *(".netrc", "_netrc", ".pgpass", ".my.cnf", ".git-credentials", ".npmrc", ".pypirc", ".env", ".envrc", ".htpasswd"),
    *(".bash_history", ".zsh_history", ".python_history", ".psql_history", ".mysql_history", ".sqlite_history"),
    *(".node_repl_history", ".lesshst", ".histfile", ".vault-token", ".s3cfg", ".boto", ".rclone.conf", ".dockercfg"),
    *("id_rsa", "id_dsa", "id_ecdsa", "id_ed25519", "credentials", "credentials.json", "secrets.json", "secrets.yml"),
    *("secrets.yaml", "secrets.toml", "secrets.env", "shadow", "gshadow", "sudoers", "authinfo", ".authinfo"),
    *("private.key", "server.key", "service-account.json", "service_account.json", "client_secret.json", ".secrets"),
    *("hosts.yml", "application_default_credentials.json", "access_tokens.db", "fish_history", "key.pem", "cert.pem"),
    *("auth.json", "logins.json", "cookies.sqlite", "accesstokens.json", "token.json", "tokens.json", "key4.db"),
    *("login.keychain", "login.keychain-db", "wallet.dat", "kubeconfig", ".esmtprc", ".fetchmailrc", ".msmtprc"),
)
_SECRET_NAME = re.compile(
    r"\.env(?:\..+|rc)?|.*\.env|id_[a-z0-9_]+|.*\.(?:pem|p12|pfx|key|keystore|jks|kdbx|ppk|gpg|asc|ovpn|tfstate)"
    r"|ssh_host_.*_key|.*_history|.*credentials?(?:\.\w+){0,2}|secrets?(?:\.\w+)?|.*_rsa|.*\.kubeconfig|\.?htpasswd",
    re.IGNORECASE,
)
_HARMLESS_NAME = re.compile(r"\.env\.(?:example|sample|template|dist|defaults|test)|.*\.pub|id_map.*", re.IGNORECASE)
_SECRET_PATH = re.compile(
    r"/proc/[^/]+/(?:task/[^/]+/)?(?:environ|mem|maps|auxv|fd(?:info)?(?:/.*)?|cwd/.*|root/.*|cmdline_)"
    r"|/proc/(?:kcore|keys|kmsg)|/etc/(?:g?shadow-?|sudoers(?:\.d/.*)?|ssl/private/.*|krb5.keytab|ssh/ssh_host.*)"
    r"|/run/secrets(?:/.*)?|/var/run/secrets(?:/.*)?|/var/lib/(?:docker|kubelet)/.*|/dev/(?:mem|kmem|port)"
    r"|.*/\.config/(?:gh|gcloud|op|sops|hub|rclone|google-chrome|chromium)(?:/.*)?"
    r"|.*/\.local/share/(?:keyrings|codex-py)(?:/.*)?|.*/\.git/config\.secret"
)
_ENDLESS = re.compile(r"/dev/(?:zero|full|u?random|tty\w*|console|tcp(?:/.*)?|udp(?:/.*)?|input/.*|ptmx|kmsg|watchdog)")
_DEVICE = re.compile(r"/dev/(?!null$|stdin$|stdout$|stderr$|fd/\d+$)\S*")

_STARTUP_FILES = frozenset(
    (
        *(".bashrc", ".bash_profile", ".bash_login", ".bash_logout", ".bash_aliases", ".profile", ".zshrc", ".zshenv"),
        *(".zprofile", ".zlogin", ".zlogout", ".cshrc", ".tcshrc", ".login", ".kshrc", ".inputrc", ".xinitrc"),
        *(
            ".xprofile",
            ".xsession",
            ".xsessionrc",
            ".vimrc",
            ".exrc",
            ".emacs",
            ".gitconfig",
            ".tmux.conf",
            ".screenrc",
        ),
        *(".npmrc", ".pypirc", ".netrc", ".pythonrc", ".pythonstartup", ".gdbinit", ".lldbinit", ".irbrc", ".pryrc"),
        *(".forward", ".rhosts", ".pam_environment", "authorized_keys", ".envrc", ".git-credentials", ".curlrc"),
        *(".wgetrc", ".rprofile", ".psqlrc", ".sqliterc", "sitecustomize.py", "usercustomize.py", ".bash_history"),
    )
)
_STARTUP_PATH = re.compile(
    r".*/\.config/(?:autostart|systemd|fish|nushell|environment\.d|git|nvim|pip|kitty|alacritty|i3|sway|hypr)(?:/.*)?"
    r"|.*/\.(?:ssh|gnupg|aws|kube|docker|vim)(?:/.*)?|.*/\.local/(?:share/(?:applications|systemd|codex-py)|bin)(?:/.*)?"
    r"|.*/Library/Launch(?:Agents|Daemons)(?:/.*)?|.*/site-packages/.*\.pth|.*/\.config/[^/]*rc"
)
_INSTRUCTIONS = frozenset(
    (
        *("agents.md", "agents.override.md", "claude.md", "claude.local.md", "gemini.md", "codex.md", ".cursorrules"),
        *(".windsurfrules", ".clinerules", ".goosehints", "copilot-instructions.md", ".mcp.json"),
        *("mcp_servers_config.json",),
    )
)
_INSTRUCTION_FOLDERS = frozenset((".codex-py", ".agents", ".claude", ".cursor", ".codex", ".gemini"))
_SYSTEM = re.compile(
    r"/(?:etc|usr|bin|sbin|lib|lib32|lib64|boot|sys|proc|root|var|opt|run|srv|System|Library|Applications)(?:/.*)?|/"
)
_WIDE = re.compile(r"/[^/]*|/(?:home|Users)/[^/]+|/(?:usr|var|etc|opt|lib)/[^/]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """Where a line would run."""

    policy: SandboxPolicy
    home: str

    @property
    def workspace(self) -> Path:
        return self.policy.workspace


def absolute(text: str, folder: Path | None) -> str:
    """`text` as an absolute path without `.` and `..`; relative still if the folder is not known."""
    path = posixpath.normpath(posixpath.join(str(folder), text) if folder is not None else text)
    return "/" + path.lstrip("/") if path.startswith("//") else path


def is_secret(text: str, folder: Path | None, around: Surroundings, *, globs: bool = False) -> bool:
    """Whether a path names something that is kept from others: keys, passwords, histories, our own state."""
    if len(text) > _LONGEST_PATH:
        return False
    path = absolute(text, folder)
    if any(_is_below(path, str(hidden)) for hidden in around.policy.hidden_paths):
        return True
    if _SECRET_PATH.fullmatch(path):
        return True
    parts = [part for part in path.split("/") if part]
    if any(part in _SECRET_FOLDERS for part in parts):
        return not (parts[-1].endswith(".pub") or parts[-1] in ("known_hosts",)) and parts[-1] != ".docker"
    if globs and any(_can_match_secret(part) for part in parts if re.search(r"[*?\[]", part)):
        return True
    name = parts[-1] if parts else ""
    if name.lower() in _SECRET_FILES or _SECRET_NAME.fullmatch(name):
        return _HARMLESS_NAME.fullmatch(name) is None and not name.endswith((".py", ".js", ".ts", ".go", ".rs", ".md"))
    return False


@lru_cache(maxsize=256)
def _can_match_secret(pattern: str) -> bool:
    """A pattern of a shell, one part of a path: does it match the name of a secret?"""
    if len(pattern) > 100:
        return True
    if pattern.strip("*") == "" or (
        re.fullmatch(r"\*+[\w.-]*\.(?:\w+)", pattern) and pattern[-4:] not in (".pem", ".key")
    ):
        return pattern.endswith((".env", ".p12", ".pfx", ".kdbx", ".history"))
    hides = pattern.startswith((".", "[."))
    matcher = re.compile(translate(pattern))
    names = (*_SECRET_FILES, *_SECRET_FOLDERS)
    return any(matcher.match(name) for name in names if hides or not name.startswith("."))


def is_endless(text: str, folder: Path | None) -> bool:
    """Reading it never ends, or talks to a device or the network."""
    path = absolute(text, folder)
    return _ENDLESS.fullmatch(path) is not None or _DEVICE.fullmatch(path) is not None


def is_device(text: str) -> bool:
    path = absolute(text, None)
    return path.startswith("/dev/") and path not in _NOWHERE and not is_inside_temporary(path)


def written_place(text: str, folder: Path | None, around: Surroundings) -> tuple[str, str] | None:
    """The rule and the reason if writing there is danger; None if it is an ordinary file of the workspace."""
    if len(text) > _LONGEST_PATH:
        return None
    path = absolute(text, folder)
    if path in _NOWHERE:
        return None
    parts = [part for part in path.split("/") if part]
    name = parts[-1] if parts else ""
    lowered = [part.lower() for part in parts]
    if is_device(path):
        return "write:device", f"{text} is a device"
    if ".git" in lowered:
        return "write:git", f"{text} belongs to the repository itself and can decide what runs"
    if name.lower() in _STARTUP_FILES or _STARTUP_PATH.fullmatch(path if path.startswith("/") else f"/{path}"):
        return "write:startup", f"{text} decides what runs when the user works"
    if name.lower() in _INSTRUCTIONS or any(part in _INSTRUCTION_FOLDERS for part in lowered):
        return "write:instructions", f"{text} decides what an agent is told"
    if any(part in around.policy.protected_names for part in lowered):
        return "write:instructions", f"{text} is protected"
    if any(_is_below(path, str(own)) for own in (*around.policy.protected_paths, *around.policy.hidden_paths)):
        return "write:protected", f"{text} is protected"
    if is_inside(path, around):
        return None
    if _SYSTEM.fullmatch(path):
        return "write:system", f"{text} belongs to the system"
    if path.startswith(("/", "..", "~")):
        return "write:outside", f"{text} is outside the workspace"
    return None


def is_inside_temporary(path: str) -> bool:
    return any(_is_below(path, root) for root in TEMPORARY)


def is_inside(path: str, around: Surroundings) -> bool:
    """Whether an absolute path is in the workspace, another writable folder or a temporary one."""
    roots = (str(around.workspace), *map(str, around.policy.writable_roots), *TEMPORARY)
    return any(_is_below(path, root) for root in roots)


def is_wide(text: str, folder: Path | None, around: Surroundings) -> bool:
    """Whether all of a place that matters is meant: the root, home, the workspace, a folder right below the root."""
    if len(text) > _LONGEST_PATH:
        return True
    bare = re.sub(r"(?:/+[*.?]*)+$", "", text) or ("/" if text.startswith("/") else "")
    if re.fullmatch(r"[*?.]*|(?:\.\.?/)*\.{0,2}|(?:.*/)?\.\[?[^/]*\*|\./[*?.]+|[A-Za-z]:.*|~[\w-]*", bare):
        return True
    path = absolute(bare, folder)
    workspace = str(around.workspace)
    if path == around.home or path == workspace or _is_below(workspace, path) or _is_below(around.home, path):
        return True
    if posixpath.basename(path) in (".git", ".hg", ".svn"):
        return True
    return _WIDE.fullmatch(path) is not None


def _is_below(path: str, folder: str) -> bool:
    return path == folder or path.startswith(folder.rstrip("/") + "/")


def paths_in(text: str) -> Iterator[str]:
    """The paths that an argument may name: itself, and what follows `=`, `:` or `@` in it, or a short flag."""
    if len(text) > _LONGEST_PATH:
        return
    yield text
    for sign in ("=", "@", ":"):
        if sign in text[:200]:
            yield text.partition(sign)[2].removeprefix("@")
            yield text.rpartition(sign)[2]
    if re.match(r"-[A-Za-z][~/.\w]", text):
        yield text[2:]
