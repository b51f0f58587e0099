from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncGenerator, Callable
from pathlib import Path

import pytest

from codex_core.protocol import CommandSpec, Limits, SandboxPolicy
from codex_tools.sandbox import open_sandbox
from codex_tools.sandbox.output import Printed
from codex_tools.sandbox.process_tree import children, descendants
from codex_tools.sandbox.runner import ConfinedRunner
from codex_tools.sandbox.unconfined import run_unconfined
from tests.sandbox.conftest import Station

# Ignores what it can, in a session of its own, and says who it is.
_STUBBORN_DAEMON = "setsid bash -c 'trap \"\" TERM HUP INT; echo $$ > pid; exec -a codex-py-stubborn sleep 600' & "
_UNTIL_PID = "until [ -s pid ]; do sleep 0.01; done; "


def is_alive(told: Path) -> bool:
    """Whether the process lives that has written its number, as it knows it, to a file in its working folder."""
    number = told.read_text().strip()
    return any(_is_it(process, number, told.parent) for process in Path("/proc").glob("[0-9]*"))


def _is_it(process: Path, number: str, folder: Path) -> bool:
    try:
        status = dict(line.split(":\t", 1) for line in (process / "status").read_text().splitlines())
        # Of all its numbers, one for each namespace, the last is the one that it sees itself.
        return (
            status["NSpid"].split()[-1] == number
            and status["State"][0] not in "ZX"
            and ((process / "cwd").readlink() == folder)
        )
    except (OSError, KeyError):
        return False


def wait_until(condition: Callable[[], bool], limit_s: float = 15.0) -> bool:
    until = time.monotonic() + limit_s
    while not condition():
        if time.monotonic() > until:
            return False
        time.sleep(0.02)
    return True


@pytest.fixture
async def sandbox(tmp_path: Path) -> AsyncGenerator[ConfinedRunner]:
    opened = await open_sandbox(state_dir=tmp_path / "state")
    if opened.status.tier == "C":
        await opened.close()
        pytest.skip(f"nothing can be confined here: {opened.status.reason}")
    yield opened
    await opened.close()


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    folder = tmp_path / "workspace"
    folder.mkdir()
    return folder.resolve()


def command(workspace: Path, line: str, **limits: float) -> CommandSpec:
    return CommandSpec(
        argv=("bash", "-c", line),
        cwd=workspace,
        environment={"PATH": os.environ["PATH"]},
        policy=SandboxPolicy(mode="workspace-write", workspace=workspace, limits=Limits(**limits)),  # type: ignore[arg-type]
    )


def test_time_is_up_for_a_tree_that_ignores_it(station: Station) -> None:
    line = _STUBBORN_DAEMON + "trap '' TERM; while :; do sleep 1; done"

    ran = station.run(line, wall_s=0.5)

    assert ran.ended_by == "timeout"
    assert ran.exit_code is None
    assert 0.5 <= ran.duration_s < 8
    assert not is_alive(station.workspace / "pid")


def test_a_command_may_clean_up_when_its_time_is_up(station: Station) -> None:
    ran = station.run("trap 'echo cleaned > up; exit 3' TERM; while :; do sleep 0.05; done", wall_s=0.3)

    assert ran.ended_by == "timeout"
    assert (station.workspace / "up").read_text() == "cleaned\n"
    assert ran.duration_s < 2


def test_what_a_command_leaves_running_ends_with_it(station: Station) -> None:
    ran = station.run(_STUBBORN_DAEMON + _UNTIL_PID + "echo done")

    assert (ran.exit_code, ran.output) == (0, "done\n")
    assert not is_alive(station.workspace / "pid")


def test_a_process_that_hops_from_pid_to_pid_is_caught(station: Station) -> None:
    hop = "import os\nfor n in range(5000):\n    if os.fork(): os._exit(0)\n"
    hop += "    os.setsid(); open('hops', 'w').write(str(n))"

    ran = station.run(f'"$PY" -c "{hop}" & until [ -s hops ]; do sleep 0.01; done')
    hops = (station.workspace / "hops").read_text()

    assert ran.exit_code == 0
    assert ran.duration_s < 8
    assert not wait_until(lambda: (station.workspace / "hops").read_text() != hops, 0.3)


def test_unconfined_commands_are_bounded_too(station: Station) -> None:
    ran = station.run(_STUBBORN_DAEMON + _UNTIL_PID + "sleep 600", mode="danger-full-access", wall_s=1.0)

    assert ran.ended_by == "timeout"
    assert not is_alive(station.workspace / "pid")


def test_a_flood_keeps_its_head_and_tail_and_is_ended(station: Station) -> None:
    ran = station.run("echo first; yes", output_bytes=10_000)

    assert ran.ended_by == "output"
    assert ran.output.startswith("first\ny\ny\n")
    assert ran.output.endswith("y\n")
    assert len(ran.output) < 10_200
    assert ran.cut_bytes > 20_000


def test_what_is_cut_out_is_counted_exactly(station: Station) -> None:
    ran = station.run("printf '%.0sé' $(seq 600); printf '%.0sz' $(seq 600)", output_bytes=1001)

    head, note, tail = ran.output.partition(f"\n[… {ran.cut_bytes} bytes left out …]\n")
    assert note
    assert set(head) == {"é"}
    assert set(tail) == {"z"}
    assert len(head.encode()) + ran.cut_bytes + len(tail) == 1800


def test_stdout_and_stderr_come_in_order(station: Station) -> None:
    ran = station.run("for i in 1 2 3 4 5; do echo out $i; echo err $i >&2; done")

    assert ran.output.split("\n")[:-1] == [f"{stream} {i}" for i in range(1, 6) for stream in ("out", "err")]


def test_a_fork_bomb_is_bounded(station: Station) -> None:
    # Each process makes two more, nine deep: 1023 in all if nothing stops it.
    bomb = "f() { [ $1 = 0 ] || { f $(($1 - 1)) & f $(($1 - 1)) & }; sleep 20; }; f 9"

    ran = station.run(bomb, processes=64)

    assert ran.ended_by == "processes" or (ran.exit_code or 0) != 0
    assert ran.duration_s < 15


def test_one_hog_of_memory_is_refused_more(station: Station) -> None:
    ran = station.run('"$PY" -c "bytearray(600 << 20)"', memory_bytes=200 << 20)

    assert ran.ended_by == "memory" or "MemoryError" in ran.output


def test_many_hogs_of_memory_are_ended_together(station: Station) -> None:
    hog = '"$PY" -c "import time; x = b\'x\' * (90 << 20); time.sleep(20)" & '

    ran = station.run(hog * 4 + "wait", memory_bytes=200 << 20)

    assert ran.ended_by == "memory"
    assert ran.duration_s < 15


_UNMAPPED = {
    "one memory file": "fds = [os.memfd_create('x')]; hold = 300",
    "many memory files": "fds = [os.memfd_create('x') for _ in range(30)]; hold = 10",
}


@pytest.mark.parametrize("way", _UNMAPPED)
def test_memory_that_is_not_mapped_is_bounded_too(station: Station, way: str) -> None:
    fill = "[os.write(fd, bytes(1 << 20)) for fd in fds for _ in range(hold)]; time.sleep(20)"

    ran = station.run(f'"$PY" -c "import os, time; {_UNMAPPED[way]}; {fill}"', memory_bytes=100 << 20)

    assert ran.ended_by == "memory"
    assert ran.duration_s < 15


def test_shared_segments_are_bounded(station: Station) -> None:
    code = (
        "import ctypes, time; c = ctypes.CDLL(None); c.shmat.restype = ctypes.c_void_p; n = 0\n"
        "for n in range(40):\n"
        "    i = c.shmget(0, ctypes.c_size_t(8 << 20), 0o1600)\n"
        "    if i < 0: break\n"
        "    p = ctypes.c_void_p(c.shmat(i, None, 0)); c.memset(p, 1, ctypes.c_size_t(8 << 20)); c.shmdt(p)\n"
        "if n > 38: time.sleep(20)"
    )

    ran = station.run(f'"$PY" -c "{code}"')

    assert ran.duration_s < 15, ran


@pytest.mark.parametrize("sanitizer", ["address", "thread", "undefined"])
def test_a_program_with_a_sanitizer_runs(station: Station, sanitizer: str) -> None:
    build = f"echo 'int main(void) {{ return 7; }}' > a.c && gcc -fsanitize={sanitizer} a.c -o a"
    if station.run(f"{build} && ./a", mode="danger-full-access").exit_code != 7:
        pytest.skip(f"no gcc with -fsanitize={sanitizer}")

    assert station.run("./a").exit_code == 7


def test_a_file_does_not_grow_over_the_limit(station: Station) -> None:
    ran = station.run("head -c 3000000 /dev/zero > big; wc -c < big", file_bytes=1 << 20)

    assert str(1 << 20) in ran.output


async def test_cancelling_ends_the_whole_tree_first(sandbox: ConfinedRunner, workspace: Path) -> None:
    started = asyncio.Event()
    line = _STUBBORN_DAEMON + _UNTIL_PID + "echo up; sleep 600"
    run = asyncio.create_task(sandbox.run(command(workspace, line), lambda _: started.set()))
    await started.wait()

    run.cancel()
    with pytest.raises(asyncio.CancelledError):
        await run

    assert not is_alive(workspace / "pid")


async def test_a_second_cancellation_does_not_leave_the_tree_behind(sandbox: ConfinedRunner, workspace: Path) -> None:
    started = asyncio.Event()
    line = _STUBBORN_DAEMON + _UNTIL_PID + "echo up; trap '' TERM; while :; do sleep 1; done"
    run = asyncio.create_task(sandbox.run(command(workspace, line), lambda _: started.set()))
    await started.wait()

    for _ in range(3):
        run.cancel()
        await asyncio.sleep(0)
    with pytest.raises(asyncio.CancelledError):
        await run

    assert not is_alive(workspace / "pid")


async def test_commands_run_side_by_side(sandbox: ConfinedRunner, workspace: Path) -> None:
    # Each waits for the other's file.
    lines = ("touch a; until [ -e b ]; do sleep 0.01; done", "touch b; until [ -e a ]; do sleep 0.01; done")

    results = await asyncio.gather(*(sandbox.run(command(workspace, line), lambda _: None) for line in lines))

    assert [result.exit_code for result in results] == [0, 0]


async def test_closing_ends_what_still_runs(sandbox: ConfinedRunner, workspace: Path) -> None:
    started = asyncio.Event()
    line = _STUBBORN_DAEMON + _UNTIL_PID + "echo up; sleep 600"
    run = asyncio.create_task(sandbox.run(command(workspace, line), lambda _: started.set()))
    await started.wait()
    assert is_alive(workspace / "pid")
    temp = sandbox.private_temp

    run.cancel()
    await asyncio.gather(run, return_exceptions=True)
    await sandbox.close()

    assert not is_alive(workspace / "pid")
    assert not temp.exists()


def zygote() -> int:
    (pid,) = [pid for pid in children(os.getpid()) if b"zygote" in Path(f"/proc/{pid}/cmdline").read_bytes()]
    return pid


async def test_a_fork_server_that_was_killed_is_started_again(sandbox: ConfinedRunner, workspace: Path) -> None:
    os.kill(zygote(), signal.SIGKILL)

    result = await sandbox.run(command(workspace, "echo back"), lambda _: None)

    assert (result.exit_code, result.output) == (0, "back\n")


async def test_a_waiting_supervisor_that_was_killed_is_replaced(sandbox: ConfinedRunner, workspace: Path) -> None:
    for pid in children(zygote()):
        os.kill(pid, signal.SIGKILL)

    result = await sandbox.run(command(workspace, "echo back"), lambda _: None)

    assert (result.exit_code, result.output) == (0, "back\n")


async def test_a_supervisor_that_is_killed_leaves_nothing_behind(sandbox: ConfinedRunner, workspace: Path) -> None:
    started = asyncio.Event()
    line = _STUBBORN_DAEMON + _UNTIL_PID + "echo up; sleep 600"
    run = asyncio.create_task(sandbox.run(command(workspace, line), lambda _: started.set()))
    await started.wait()
    supervisor = max(children(zygote()), key=lambda pid: len(descendants(pid)))  # one more waits for a command
    os.kill(supervisor, signal.SIGKILL)

    result = await run

    assert (result.exit_code, result.ended_by) == (137, "exit")
    assert wait_until(lambda: not is_alive(workspace / "pid"))


async def test_the_private_files_of_an_agent_that_was_killed_are_removed(tmp_path: Path) -> None:
    abandoned = tmp_path / "state" / "sandbox" / "run-abandoned"
    (abandoned / "tmp").mkdir(parents=True)
    in_use = await open_sandbox(state_dir=tmp_path / "state")

    second = await open_sandbox(state_dir=tmp_path / "state")

    assert not abandoned.exists()
    assert in_use.private_temp.exists()
    await in_use.close()
    await second.close()


@pytest.mark.parametrize(
    ("line", "code", "ended_by"),
    [("echo out; echo err >&2; exit 3", 3, "exit"), ("kill -9 $$", -9, "exit"), ("sleep 60", -15, "timeout")],
)
async def test_without_linux_a_command_runs_in_a_group(workspace: Path, line: str, code: int, ended_by: str) -> None:
    printed = Printed(1000, lambda _: None)

    returned = await run_unconfined(command(workspace, line, wall_s=1.0), printed)

    assert returned == (code, ended_by)
    assert printed.kept.text()[0] == ("out\nerr\n" if code == 3 else "")


async def test_without_linux_a_flood_is_ended(workspace: Path) -> None:
    printed = Printed(1000, lambda _: None)

    assert await run_unconfined(command(workspace, "yes"), printed) == (-9, "output")


_AGENT = """
import asyncio, sys
from pathlib import Path
sys.path[:0] = sys.argv[3:]
from codex_core.protocol import CommandSpec, SandboxPolicy
from codex_tools.sandbox.runner import open_sandbox

async def main():
    workspace = Path(sys.argv[1])
    sandbox = await open_sandbox(state_dir=workspace.parent / "state")
    policy = SandboxPolicy(mode="workspace-write", workspace=workspace)
    argv = ("bash", "-c", sys.argv[2])
    environment = {"PATH": "/usr/bin:/bin"}
    await sandbox.run(CommandSpec(argv=argv, cwd=workspace, environment=environment, policy=policy), print)

asyncio.run(main())
"""


def test_killing_the_agent_ends_everything(workspace: Path) -> None:
    from tests.sandbox.conftest import IMPORTED_FROM

    line = _STUBBORN_DAEMON + _UNTIL_PID + "echo $$ > main; sleep 600"
    agent = subprocess.Popen([sys.executable, "-I", "-c", _AGENT, str(workspace), line, *IMPORTED_FROM])
    try:
        assert wait_until((workspace / "main").exists)
        assert wait_until(lambda: (workspace / "main").read_text() != "")
    finally:
        agent.kill()
        agent.wait()

    assert wait_until(lambda: not is_alive(workspace / "pid") and not is_alive(workspace / "main"))
