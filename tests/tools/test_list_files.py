from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from codex_tools.list_files import CUT, listed


def listing(folder: Path) -> tuple[list[str], list[str]]:
    """The newest files, and everything."""
    done = subprocess.run(
        [sys.executable, "-I", "-m", "codex_tools.list_files", str(folder)], capture_output=True, check=True, cwd="/"
    )
    names = done.stdout.decode().split("\0")[:-1]
    at = names.index("")
    return names[:at], names[at + 1 :]


def test_it_lists_files_and_folders_without_git_and_leaves_out_what_git_ignores(tmp_path: Path) -> None:
    (tmp_path / ".gitignore").write_text("*.log\nbuild/\n")
    (tmp_path / "src").mkdir()
    (tmp_path / "build").mkdir()
    (tmp_path / ".git").mkdir()
    for name in ("src/a b.py", "x.log", "build/out.o", ".git/config", ".env.example"):
        (tmp_path / name).write_text("")
    _, everything = listing(tmp_path)
    assert everything == [".env.example", ".gitignore", "src/", "src/a b.py"]


def test_the_newest_files_come_first(tmp_path: Path) -> None:
    for age, name in enumerate(("new.py", "older.py", "oldest.py")):
        (tmp_path / name).write_text("")
        os.utime(tmp_path / name, (1_000_000 - age, 1_000_000 - age))
    recent, _ = listing(tmp_path)
    assert recent == ["new.py", "older.py", "oldest.py"]


def test_names_that_cannot_be_typed_are_left_out(tmp_path: Path) -> None:
    for name in (b"a\nb", b"c\x1b[2Jd", b"e\xffg", b"fine"):
        (tmp_path / os.fsdecode(name)).write_text("")
    _, everything = listing(tmp_path)
    assert everything == ["fine"]


def test_more_than_the_most_is_cut_and_said(tmp_path: Path) -> None:
    for number in range(8):
        (tmp_path / f"{number}").write_text("")
    names = list(listed(tmp_path, most=5))
    assert names[names.index("") + 1 :] == ["0", "1", "2", "3", "4", CUT]
