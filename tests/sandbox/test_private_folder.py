from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from codex_tools.sandbox.private_folder import PrivateFolder

MANY = """
import sys
from pathlib import Path
from codex_tools.sandbox.private_folder import PrivateFolder
for _ in range(60):
    folder = PrivateFolder.create(Path(sys.argv[1]))
    assert folder.places.temp.is_dir()
    folder.remove()
"""


def test_processes_that_start_at_once_do_not_take_each_other_for_abandoned(tmp_path: Path) -> None:
    started = [
        subprocess.Popen([sys.executable, "-I", "-c", MANY, str(tmp_path / "sandbox")], stderr=subprocess.PIPE)
        for _ in range(4)
    ]
    assert [process.communicate()[1] for process in started] == [b""] * 4
    assert list((tmp_path / "sandbox").iterdir()) == []


def test_what_a_killed_process_left_is_removed_by_the_next_and_what_is_in_use_stays(tmp_path: Path) -> None:
    left = tmp_path / "run-killed"
    (left / "tmp").mkdir(parents=True)
    (left / "tmp" / "secret").write_text("of the last command")
    first = PrivateFolder.create(tmp_path)
    second = PrivateFolder.create(tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == {first.path.name, second.path.name}
    first.remove()
    second.remove()
    assert list(tmp_path.iterdir()) == []
