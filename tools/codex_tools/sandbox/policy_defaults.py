"""The policy that a mode means in a workspace, before any configuration: what is writable, protected and hidden."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from codex_core.protocol import Limits, Network, SandboxMode, SandboxPolicy
from codex_tools.sandbox.guarded.protected import PROTECTED_NAMES, protected_paths

_SECRET_FILES_AT_HOME: Final = (
    *(".ssh", ".aws", ".azure", ".gnupg", ".docker", ".kube", ".netrc", ".git-credentials", ".pypirc", ".npmrc"),
    *(".config/gh", ".config/gcloud", ".config/hub", ".config/op", ".config/git/credentials", ".password-store"),
    *(".config/containers/auth.json", ".terraform.d/credentials.tfrc.json", ".local/share/keyrings"),
    *(".cargo/credentials", ".cargo/credentials.toml", ".gem/credentials", ".vault-token", ".pgpass", ".my.cnf"),
    *(".codex/auth.json", ".claude/.credentials.json", ".claude.json", ".gemini/oauth_creds.json"),
    *(".config/google-chrome", ".config/chromium", ".mozilla", ".thunderbird"),
    *(".bash_history", ".zsh_history", ".python_history", ".node_repl_history", ".psql_history", ".mysql_history"),
)
_SECRET_FOLDERS: Final = ("/run/secrets", "/run/user")


def default_policy(
    mode: SandboxMode,
    workspace: Path,
    home: Path,
    network: Network = "off",
    add_dirs: Iterable[Path] = (),
    limits: Limits | None = None,
) -> SandboxPolicy:
    """Return the policy of `mode`. `home` is our own folder, `$CODEX_PY_HOME`: hidden, as are the user's keys.

    All paths of the result are absolute and without links, whatever the arguments were.
    """
    writable = tuple(dict.fromkeys(path.resolve() for path in add_dirs))
    roots = (workspace.resolve(), *writable)
    return SandboxPolicy(
        mode=mode,
        workspace=roots[0],
        writable_roots=writable,
        hidden_paths=hidden_paths(home),
        protected_paths=tuple(path for root in roots for path in protected_paths(root)),
        protected_names=PROTECTED_NAMES,
        network=network,
        limits=limits or Limits(),
    )


def hidden_paths(home: Path) -> tuple[Path, ...]:
    """Our own folder, and where the programs that people use keep their keys."""
    user_home = Path(os.path.expanduser("~"))  # noqa: PTH111 (Path.home() raises where there is none)
    candidates = (home, *(user_home / name for name in _SECRET_FILES_AT_HOME), *map(Path, _SECRET_FOLDERS))
    # A key may be a link into a folder of dotfiles: hide what is linked to as well as the link's place.
    return tuple(dict.fromkeys(hidden for path in candidates for hidden in (_in_place(path), path.resolve())))


def _in_place(path: Path) -> Path:
    """Resolve all but the last part."""
    return path.parent.resolve() / path.name
