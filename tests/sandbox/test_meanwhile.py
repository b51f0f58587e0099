"""What happens outside while a command runs opens nothing to it."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Callable, Generator, Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from codex_core.protocol import CommandSpec, SandboxPolicy
from codex_tools.sandbox import open_sandbox
from tests.sandbox.conftest import Mode, Ran, Station, run_as
from tests.sandbox.test_bounds import wait_until
from tests.sandbox.test_escapes import python

SECRET = "the-secret-that-must-not-be-read"
WAIT = "touch up; until [ -e go ]; do sleep 0.01; done; "


@pytest.fixture(params=["in /tmp", "elsewhere"])
def users(request: pytest.FixtureRequest, station: Station) -> Generator[Path]:
    """A folder of the user's, outside the workspace: beside it in /tmp, or where no view puts anything of its own."""
    try:
        parent = station.outside if request.param == "in /tmp" else Path("/opt" if os.geteuid() == 0 else Path.home())
        folder = Path(tempfile.mkdtemp(prefix="codex-py-test-", dir=parent))
    except OSError as error:
        pytest.skip(f"no folder can be made: {error}")
    os.chown(folder, station.user, station.user)
    yield folder
    shutil.rmtree(folder)


def run_while(
    station: Station,
    line: str,
    change: Callable[[], None],
    *,
    mode: Mode = "workspace-write",
    hidden: Iterable[Path] = (),
) -> Ran:
    """Run the line after a `change` that was made when its command had already started."""
    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(station.run, WAIT + line, mode=mode, hidden=hidden)
        assert wait_until((station.workspace / "up").exists)
        change()
        (station.workspace / "go").touch()
        return running.result(60)


def owned(station: Station, path: Path, content: str) -> None:
    path.write_text(content)
    os.chown(path, station.user, station.user)


def replace(station: Station, path: Path) -> None:
    new = path.with_name("new")
    owned(station, new, SECRET)
    new.rename(path)


def make_folder(station: Station, path: Path) -> None:
    path.mkdir()
    owned(station, path / "key", SECRET)


@pytest.mark.parametrize("way", ["a file that is replaced", "a file that is made", "a folder that is made"])
def test_a_hidden_place_stays_hidden(station: Station, users: Path, way: str) -> None:
    secret = users / ".netrc"
    if way == "a file that is replaced":
        owned(station, secret, "old")
    change = make_folder if way == "a folder that is made" else replace
    line = f"cat {secret} {secret}/key; ln {secret} way; cat way; cat /proc/self/root{secret}"

    ran = run_while(station, line, lambda: change(station, secret), hidden=[secret])

    assert SECRET not in ran.output, ran
    station.reset()
    users.mkdir(exist_ok=True)
    teeth = run_while(station, line, lambda: secret.exists() or change(station, secret), mode="danger-full-access")
    assert SECRET in teeth.output


def test_a_file_beside_a_hidden_one_can_be_read(station: Station, users: Path) -> None:
    owned(station, users / "beside", "to be read")
    owned(station, users / ".netrc", SECRET)

    ran = station.run(f"cat {users}/beside {users}/.netrc", hidden=[users / ".netrc"])

    assert "to be read" in ran.output
    assert SECRET not in ran.output


_SERVERS = {
    "by a relative name": "s.bind('socket')",
    "renamed": "s.bind(here + '/other'); os.rename('other', 'socket')",
    "linked": "s.bind(here + '/other'); os.link('other', 'socket')",
    "moved down": "s.bind(os.path.dirname(here) + '/other'); os.rename('../other', 'socket')",
}


@pytest.mark.parametrize("way", _SERVERS)
def test_a_socket_outside_is_not_reached_whatever_its_name(station: Station, users: Path, way: str) -> None:
    folder = users / "below"
    folder.mkdir()
    os.chown(folder, station.user, station.user)
    line = python(f's = socket.socket(socket.AF_UNIX); s.connect("{folder}/socket"); escaped()')
    serve = f"import os, socket; here = os.getcwd(); s = socket.socket(socket.AF_UNIX); {_SERVERS[way]}; s.listen()"
    server = subprocess.Popen(
        [*run_as(station.user), "python3", "-I", "-S", "-c", f"{serve}; print('up', flush=True); input()"],
        cwd=folder,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    with server:
        assert server.stdout is not None
        assert server.stdout.readline() == b"up\n"
        assert "ESCAPED" in station.run(line, mode="danger-full-access").output

        assert "ESCAPED" not in station.run(line).output
        server.communicate(b"\n")


def test_a_socket_in_tmp_that_is_opened_meanwhile_is_not_reached(station: Station) -> None:
    place = station.outside / "socket"
    line = python(f's = socket.socket(socket.AF_UNIX); s.connect("{place}"); escaped()')
    with socket.socket(socket.AF_UNIX) as server:

        def open_it() -> None:
            server.bind(str(place))
            place.chmod(0o777)
            server.listen()

        ran = run_while(station, line, open_it)

        assert "ESCAPED" not in ran.output
        assert "ESCAPED" in station.run(line, mode="danger-full-access").output


def test_a_pipe_outside_is_neither_written_nor_read(station: Station, users: Path) -> None:
    pipe = users / "pipe"
    os.mkfifo(pipe)
    os.chown(pipe, station.user, station.user)
    line = python(f'import os; os.write(os.open("{pipe}", os.O_WRONLY | os.O_NONBLOCK), b"ESCAPED")')
    descriptor = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    try:
        station.run(line)
        assert os.read(descriptor, 100) == b""
        station.run(line, mode="danger-full-access")
        assert os.read(descriptor, 100) == b"ESCAPED"
    finally:
        os.close(descriptor)


async def test_a_command_in_the_background_reads_beside_its_folder_in_tmp_but_nothing_hidden(tmp_path: Path) -> None:
    places = {name: tmp_path / name for name in ("workspace", "hidden", "beside")}
    for place in places.values():
        place.mkdir()
        (place / "file").write_text(f"of {place.name}")
    sandbox = await open_sandbox(state_dir=tmp_path / "state")
    if sandbox.status.tier == "C":
        pytest.skip(f"nothing can be confined here: {sandbox.status.reason}")
    try:
        background = await sandbox.start(
            CommandSpec(
                argv=("sh", "-c", "cat ../*/file"),
                cwd=places["workspace"],
                environment={"PATH": "/usr/bin:/bin"},
                policy=SandboxPolicy(
                    mode="workspace-write", workspace=places["workspace"], hidden_paths=(places["hidden"],)
                ),
            )
        )
        await background.wait_for_news(30)
        assert background.result is not None
        output = background.result.output
    finally:
        await sandbox.close()

    assert "of beside" in output
    assert "of workspace" in output
    assert "of hidden" not in output
