"""What is protected stays so beside users, servers, kills and in large workspaces, and what git may not do is said."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import threading
import time
from pathlib import Path

import pytest

from tests.sandbox.conftest import Station, start_station
from tests.sandbox.test_protected import EVIL, GIT, MAKE, PLANT, USE


def test_what_the_user_changes_in_the_config_meanwhile_stays_without_what_the_command_did(station: Station) -> None:
    station.run(f"{MAKE}; git config filter.lfs.clean 'git-lfs clean'", mode="danger-full-access")

    user = station.as_user("until [ -e go ]; do sleep 0.01; done; git config user.name Other; touch done")
    evil = f'printf "[core]\\n\\tfsmonitor = {EVIL}\\n[filter \\"lfs\\"]\\n\\tclean = evil\\n" >> .git/config'
    ran = station.run(f"touch go; until [ -e done ]; do sleep 0.01; done; sed -i s/git-lfs/evil/ .git/config; {evil}")
    user.wait(20)
    config = (station.workspace / ".git/config").read_text()

    assert "name = Other" in config, ran
    assert "clean = git-lfs clean" in config or 'clean = "git-lfs clean"' in config
    assert "evil" not in config
    assert "fsmonitor" not in config
    assert ran.denial is not None


def test_a_sparse_checkout_that_needs_the_config_is_explained(station: Station) -> None:
    station.run(f"{MAKE}; mkdir d; echo d > d/d; git add d; {GIT} commit -qm d", mode="danger-full-access")

    ran = station.run("git sparse-checkout set d")

    if station.tier == "B":
        assert (ran.exit_code, ran.denial) == (0, None), ran
    else:
        assert ran.exit_code != 0
        assert ran.denied_path == str(station.workspace / ".git/config"), ran


LATER = "until [ -e d/go ]; do sleep 0.01; done; {}; touch d/done; sleep 600"


@pytest.mark.parametrize(
    "attack", [f'git -C d/lib config core.fsmonitor "{EVIL}"', PLANT.format("d/lib/.git/hooks/pre-commit")]
)
def test_what_a_command_in_the_background_makes_is_looked_at_after_each_other_command(
    station: Station, attack: str
) -> None:
    use = f"cd d/lib; git status; {GIT} commit -q --allow-empty -m x; true"
    assert station.was_pwned(f"mkdir d; git init -q d/lib; {attack}; {use}")
    station.run(f"{MAKE}; mkdir d", mode="danger-full-access")

    station.ask("start", LATER.format(f"git init -q d/lib; {attack}"))
    (station.workspace / "d/go").touch()
    station.wait_for("d/done")
    seen, again = station.run("true"), station.run("true")
    station.run(use, mode="danger-full-access")
    station.ask("stop")

    assert not (station.outside / "pwned").exists(), (seen, again)
    assert seen.denial is not None
    assert again.denial is None


def test_what_the_user_changes_in_a_repository_beside_a_server_stays(station: Station) -> None:
    station.run(f"{MAKE}; git init -q d/lib", mode="danger-full-access")

    station.ask("start", "sleep 600")
    station.as_user("git -C d/lib config core.hooksPath mine; touch d/lib/.git/hooks/pre-push").wait(20)
    ran = station.run("true")
    station.ask("stop")

    assert "mine" in (station.workspace / "d/lib/.git/config").read_text(), ran
    assert (station.workspace / "d/lib/.git/hooks/pre-push").exists()


def test_a_repository_moved_elsewhere_is_looked_at(station: Station) -> None:
    make = "mkdir -p a; git init -q a/lib"
    attack = f'printf "[core]\\n\\tfsmonitor = {EVIL}\\n" >> a/lib/.git/config; mv a b'
    in_time = f'mv a b; printf "[core]\\n\\tfsmonitor = {EVIL}\\n" >> b/lib/.git/config'
    assert station.was_pwned(f"{make}; {attack}; git -C b/lib status")
    for line in (attack, in_time):
        station.reset()
        station.run(make, mode="danger-full-access")

        ran = station.run(line)
        station.run("git -C b/lib status", mode="danger-full-access")

        assert not (station.outside / "pwned").exists(), ran


def test_repositories_behind_those_that_are_guarded_are_looked_at(station: Station) -> None:
    make = "for n in $(seq 10 50); do git init -q d$n; done"
    attack = f'git -C d50 config core.fsmonitor "{EVIL}"; {PLANT.format("d49/.git/hooks/pre-commit")}'
    use = f"git -C d50 status; {GIT} -C d49 commit -q --allow-empty -m x; true"
    assert station.was_pwned(f"{make}; {attack}; {use}")
    station.run(make, mode="danger-full-access")

    ran = station.run(attack)
    station.run(use, mode="danger-full-access")

    assert not (station.outside / "pwned").exists(), ran
    assert ran.denial is not None


def test_a_repository_of_an_earlier_command_that_has_gone_is_no_hindrance(station: Station) -> None:
    station.run("mkdir -p a; git init -q a/lib; git init -q --bare a/bare", mode="danger-full-access")
    station.run("true")

    station.run("rm -rf a/lib a/bare")
    ran = station.run("echo fine")

    assert (ran.exit_code, ran.output) == (0, "fine\n")


def test_that_not_all_folders_were_looked_into_is_said_once(station: Station) -> None:
    make = "import os\nfor n in range(2200): os.makedirs(f'deep/{n}/x')"
    station.run(f'"$PY" -c "{make}"', mode="danger-full-access")

    first, second = station.run("true"), station.run("true")

    assert [str(station.workspace) in notice for notice in first.notices] == [True]
    assert not second.notices


def test_folders_without_others_in_them_do_not_keep_new_repositories_from_being_found(station: Station) -> None:
    make = "import os\nfor n in range(2200): os.makedirs(f'wide/{n}')\nos.makedirs('z/z/z/z')"
    station.run(f'"$PY" -c "{make}"', mode="danger-full-access")

    ran = station.run(f'git init -q z/z/z/z; git -C z/z/z/z config core.fsmonitor "{EVIL}"')

    assert not ran.notices
    assert ran.denial is not None
    assert "fsmonitor" not in (station.workspace / "z/z/z/z/.git/config").read_text()


def _kill_all(process: subprocess.Popen[str]) -> None:
    """Kill the agent and all helpers of it at once: whoever holds a file of its state."""
    pids = [process.pid, *_descendants(process.pid)]
    stopped = {pid: _line(pid) for pid in pids if _signal(pid, signal.SIGSTOP)}
    own = [pid for pid, line in stopped.items() if line.split(b"\0")[-2:-1] == [b"1000"]]  # it would keep our pipe open
    helpers = [pid for pid, line in stopped.items() if b"zygote" in line]
    for pid in (*helpers, *own, process.pid):
        _signal(pid, signal.SIGKILL)
    for pid in stopped:
        _signal(pid, signal.SIGCONT)
    process.wait()


def _signal(pid: int, number: signal.Signals) -> bool:
    """Whether it was still there: what the command starts comes and goes."""
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return False
    return True


def _line(pid: int) -> bytes:
    return Path(f"/proc/{pid}/cmdline").read_bytes()


def _descendants(pid: int) -> list[int]:
    try:
        tasks = [(task / "children").read_text() for task in Path(f"/proc/{pid}/task").iterdir()]
    except (FileNotFoundError, ProcessLookupError):
        return []
    children = [int(child) for task in tasks for child in task.split()]
    return [*children, *(below for child in children for below in _descendants(child))]


def test_what_is_left_when_all_is_killed_is_put_back_by_the_next_start(station: Station) -> None:
    station.run(f"{MAKE}; echo before > AGENTS.md", mode="danger-full-access")
    base = station.base / "other"
    base.mkdir()
    os.chown(base, station.user, station.user)
    process = start_station(station.python, station.user, station.tier, base)
    other = Station(process, base, station.user, station.tier, station.python)
    again = None
    try:
        assert process.stdout is not None
        process.stdout.readline()
        other.run(f"{MAKE}; echo before > AGENTS.md; git init -q lib", mode="danger-full-access")
        attack = f"{PLANT.format('.git/hooks/pre-commit')}; echo evil > AGENTS.md; git config core.fsmonitor '{EVIL}'"
        new = f'git init -q new; git -C new config core.fsmonitor "{EVIL}"'
        line = f"({attack}; {new}; touch ready; while sleep 0.1; do date > alive; done) & wait"
        with pytest.raises(ValueError, match="Expecting value"):
            _ask_and_kill(other, line)

        again = start_station(station.python, station.user, station.tier, base)
        assert again.stdout is not None
        again.stdout.readline()
        next_one = Station(again, base, station.user, station.tier, station.python)
        ran = next_one.run("true")
        (other.workspace / "alive").unlink(missing_ok=True)
        next_one.run(f"{USE.replace('{}', 'x')}; git -C new status", mode="danger-full-access")
        time.sleep(0.3)

        assert not (other.outside / "pwned").exists(), ran
        assert (other.workspace / "AGENTS.md").read_text() == "before\n"
        assert not (other.workspace / ".git/commondir").exists()
        assert not (other.workspace / "alive").exists()
        assert ran.notices or station.tier == "A", ran
    finally:
        for started in (process, again):
            if started is not None and started.poll() is None:
                started.communicate(timeout=30)
        shutil.rmtree(base, ignore_errors=True)


def _ask_and_kill(station: Station, line: str) -> None:
    def kill() -> None:
        station.wait_for("ready")
        _kill_all(station.process)

    killer = threading.Thread(target=kill)
    killer.start()
    try:
        station.run(line)
    finally:
        killer.join()


def test_a_supervisor_that_is_killed_alone_leaves_nothing_either(station: Station) -> None:
    station.run(f"{MAKE}; echo before > AGENTS.md", mode="danger-full-access")

    def kill() -> None:
        station.wait_for("ready")
        for journal in (station.base / "state/sandbox").glob("run-*/journals/*"):
            os.kill(int(journal.name), signal.SIGKILL)

    killer = threading.Thread(target=kill)
    killer.start()
    ran = station.run(f"{PLANT.format('.git/hooks/pre-commit')}; echo evil > AGENTS.md; touch ready; sleep 20")
    killer.join()
    station.run(USE.replace("{}", "x"), mode="danger-full-access")

    assert ran.exit_code == 137
    assert not (station.outside / "pwned").exists(), ran
    assert (station.workspace / "AGENTS.md").read_text() == "before\n"
    assert not (station.workspace / ".git/commondir").exists()
