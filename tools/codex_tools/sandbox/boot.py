"""How our own child processes are started: the interpreter, isolated, with the folders that they import from."""

from __future__ import annotations

import importlib.util
import sys
from functools import lru_cache
from pathlib import Path
from typing import Literal


@lru_cache(maxsize=1)
def _folders() -> tuple[str, ...]:
    """The folder of this package and that of `landlock`, for a Python that looks at no site-packages."""
    ours = Path(__file__).resolve().parents[2]
    landlock = importlib.util.find_spec("landlock")
    if landlock is None or landlock.origin is None:
        return (str(ours),)
    return tuple(dict.fromkeys((str(ours), str(Path(landlock.origin).resolve().parents[1]))))


def child_argv(module: Literal["zygote", "foreground"], argument: str) -> tuple[str, ...]:
    """Return the command line of a child that runs `main()` of `module` with `argument`.

    Neither the environment nor the working folder decides what it imports, and the standard library comes first.
    `-c` rather than the file itself: only imported modules are kept as byte code.
    """
    boot = f"import sys; sys.path += sys.argv[2:]; from codex_tools.sandbox.{module} import main; main()"
    return (sys.executable, "-I", "-S", "-c", boot, argument, *_folders())
