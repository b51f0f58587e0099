"""With namespaces of its own a command sees a private system, and real work finds in it what it needs."""

# One line for each.
# ruff: noqa: E501

from __future__ import annotations

import os
import socket
import subprocess
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.sandbox.conftest import Station
from tests.sandbox.test_bounds import wait_until


@pytest.fixture(autouse=True)
def _only_with_namespaces(station: Station) -> None:
    if station.tier != "A":
        pytest.skip("about namespaces")


@pytest.mark.parametrize("folder", ["/tmp", "/var/tmp", "/dev/shm"])
def test_what_is_written_to_a_common_folder_stays_private(station: Station, folder: str) -> None:
    name = f"{folder}/codex-py-test-{os.getpid()}"

    ran = station.run(f"echo x > {name} && cat {name}")

    assert (ran.exit_code, ran.output) == (0, "x\n")
    assert not Path(name).exists()


def test_what_one_command_leaves_in_tmp_is_there_for_the_next(station: Station) -> None:
    station.run("echo kept > /tmp/note")

    assert station.run("cat $TMPDIR/note").output == "kept\n"


def test_a_file_in_tmp_that_is_named_can_be_read_and_not_written(station: Station) -> None:
    with tempfile.NamedTemporaryFile("w", prefix="codex-py-test-") as file:
        file.write("of the user")
        file.flush()
        Path(file.name).chmod(0o644)

        ran = station.run(f"cat {file.name}; echo x > {file.name}; ls /tmp")

        assert ran.output.startswith("of the user")
        assert Path(file.name).read_text() == "of the user"
        assert Path(file.name).name not in station.run("ls /tmp").output


def test_a_program_below_tmp_is_found_by_its_own_place(station: Station) -> None:
    with tempfile.TemporaryDirectory(prefix="codex-py-test-") as name:
        Path(name).chmod(0o755)
        (Path(name) / "link").symlink_to("/bin/echo")

        ran = station.run("link found", environment={"PATH": f"{name}:/usr/bin:/bin"})

    assert ran.output == "found\n"


def test_a_server_and_its_client_meet_on_a_loopback_that_nobody_else_reaches(station: Station) -> None:
    serve = '"$PY" -m http.server 8765 --bind 127.0.0.1 >/dev/null 2>&1 &'
    fetch = "import urllib.request; print(urllib.request.urlopen('http://127.0.0.1:8765/a').read())"
    wait = "for _ in $(seq 200); do (echo > /dev/tcp/127.0.0.1/8765) 2>/dev/null && break; sleep 0.02; done"

    ran = station.run(f'echo hi > a; {serve} {wait}; "$PY" -c "{fetch}"')

    assert ran.output.splitlines()[-1] == "b'hi\\n'", ran


def test_a_port_of_the_machine_is_not_there(station: Station) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]

        assert station.run(f"echo > /dev/tcp/127.0.0.1/{port}").exit_code != 0


def test_no_other_process_is_to_be_seen(station: Station) -> None:
    numbers = station.run("echo /proc/[0-9]*").output.split()

    assert 1 <= len(numbers) <= 4, numbers


@pytest.mark.parametrize(
    "change", ["chmod 600 $OUTSIDE/file", "touch -d @1 $OUTSIDE/file", "chmod 700 $OUTSIDE", "touch $OUTSIDE"]
)
def test_not_even_the_mode_or_time_of_a_file_outside_changes(station: Station, change: str) -> None:
    before = [(path.stat().st_mode, path.stat().st_mtime) for path in (station.outside, station.outside / "file")]

    assert station.run(change).exit_code != 0
    assert [(p.stat().st_mode, p.stat().st_mtime) for p in (station.outside, station.outside / "file")] == before


@pytest.mark.parametrize(
    "change", ["chmod 1666 /dev/zero", "touch -d @1 /dev/zero", "\"$PY\" -c 'import os; os.fchmod(0, 0o1666)'"]
)
def test_the_devices_of_everybody_stay_as_they_are(station: Station, change: str) -> None:
    before = [(Path(name).stat().st_mode, Path(name).stat().st_mtime) for name in ("/dev/zero", "/dev/null")]

    station.run(f"{change}; echo x > /dev/null")

    assert [(Path(name).stat().st_mode, Path(name).stat().st_mtime) for name in ("/dev/zero", "/dev/null")] == before


def test_the_names_of_hidden_files_cannot_be_listed(station: Station) -> None:
    assert "key" not in station.run("ls -a $HIDDEN").output


@pytest.mark.parametrize(
    "move", ["mv .git g && mkdir .git", "rm -rf .git; test ! -d .git", "mv .git/hooks h", "ln .git/config c"]
)
def test_a_repository_cannot_be_taken_apart(station: Station, move: str) -> None:
    git = "git -c user.name=A -c user.email=a@b.c"
    station.run(f"git init -q . && {git} commit -q --allow-empty -m one", mode="danger-full-access")

    assert station.run(move).exit_code != 0
    assert (station.workspace / ".git/config").is_file()


def test_a_config_that_the_user_replaces_meanwhile_stays_protected(station: Station) -> None:
    station.run("git init -q .", mode="danger-full-access")
    config = station.workspace / ".git/config"
    line = "touch up; until [ -e go ]; do sleep 0.01; done; git config core.fsmonitor evil; grep -c evil .git/config"
    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(station.run, line)
        assert wait_until((station.workspace / "up").exists)
        set_in_config(config, "user.name", "Ada")  # replaces the file, and a mount over it goes
        (station.workspace / "go").touch()
        ran = running.result(30)

    assert "evil" not in config.read_text(), ran


def set_in_config(config: Path, key: str, value: str) -> None:
    subprocess.run(["git", "config", "-f", str(config), key, value], check=True)


WORK = {
    "a pseudo-terminal": '"$PY" -c "import pty, os; pid, fd = pty.fork()\nif pid == 0: os.execlp(\'tty\', \'tty\')\nprint(os.read(fd, 99)); os.waitpid(pid, 0)"',
    "semaphores": '"$PY" -c "import multiprocessing as m; m.Lock(); p = m.Pool(2); print(p.map(abs, [-1, 2])); p.close()"',
    "a Unix socket of one's own": "\"$PY\" -c \"import socket; s = socket.socket(socket.AF_UNIX); s.bind('s'); s.listen(); c = socket.socket(socket.AF_UNIX); c.connect('s'); print('met')\"",
    "a datagram pair": '"$PY" -c "import socket; a, b = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM); a.send(b\'x\'); print(b.recv(1))"',
    "shared memory": '"$PY" -c "from multiprocessing.shared_memory import SharedMemory as S; s = S(create=True, size=8); s.close(); s.unlink()"',
    "descriptors by name": "echo x | cat /dev/stdin | tee /dev/stderr > /dev/null && diff <(echo a) <(echo a)",
}  # fmt: skip


@pytest.mark.parametrize("work", WORK)
def test_programs_find_what_they_need(station: Station, work: str) -> None:
    ran = station.run(WORK[work])

    assert ran.exit_code == 0, ran
