"""Where our own files lie. Imports next to nothing: the first frame is read from there."""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Mapping

TYPE_CHECKING = False  # type checkers read it as true; `import typing` is not cheap
if TYPE_CHECKING:
    from pathlib import Path

APP_NAME = "codex-py"


def home_folder(environ: Mapping[str, str]) -> str:
    """Return `$CODEX_PY_HOME`, else the platform's folder for a user's data, absolute; nothing is made or read.

    The default is the one of platformdirs; on Linux its rule is repeated here, because importing it would cost a
    start 10 ms.
    """
    if named := environ.get("CODEX_PY_HOME"):
        return os.path.abspath(os.path.expanduser(named))  # noqa: PTH100, PTH111 - pathlib is not imported here
    if sys.platform == "linux":
        data = environ.get("XDG_DATA_HOME", "").strip() or os.path.expanduser("~/.local/share")  # noqa: PTH111
        return os.path.join(data, APP_NAME)  # noqa: PTH118
    import platformdirs  # deferred: see above

    return platformdirs.user_data_dir(APP_NAME, appauthor=False)


def home_path(environ: Mapping[str, str]) -> Path:
    """Return the home folder, made if need be, open to nobody but the user.

    Raises:
        ConfigError: it cannot be made, or is not a folder of ours.
    """
    from pathlib import Path  # deferred: see the head of this module

    home = Path(home_folder(environ))
    _make_private(home)
    return home


def logs_path(home: Path) -> Path:
    """Return the folder of our logs, made if need be."""
    logs = home / "logs"
    _make_private(logs)
    return logs


def _make_private(folder: Path) -> None:
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        found = folder.stat()
        if stat.S_IMODE(found.st_mode) & 0o077 and found.st_uid == os.getuid():
            folder.chmod(0o700)
    except OSError as error:
        from codex_core.protocol.errors import ConfigError  # deferred: it brings the whole vocabulary

        raise ConfigError(
            f"the folder for sessions and settings cannot be used: {folder}: {error.strerror}"
            " (CODEX_PY_HOME names another)"
        ) from error
