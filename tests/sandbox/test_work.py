"""Real work goes on inside."""

# One line for each.
# ruff: noqa: E501

from __future__ import annotations

import shutil

import pytest

from tests.sandbox.conftest import Station

GIT = "git -c user.name=A -c user.email=a@b.c -c init.defaultBranch=main"
NEEDS = {
    "a repository": (
        "git",
        f"{GIT} init -q . && echo a > a && git add a && {GIT} commit -qm one && git log --oneline && git status --short",
    ),
    "branches": (
        "git",
        f"{GIT} init -q . && {GIT} commit -q --allow-empty -m one && git checkout -qb topic && echo b > b && git add b"
        f" && {GIT} commit -qm two && git checkout -q main && {GIT} merge -q topic && git branch -d topic && cat b",
    ),
    "a worktree": (
        "git",
        f"{GIT} init -q . && {GIT} commit -q --allow-empty -m one && git worktree add -q tree && cd tree && touch c"
        f" && git add c && {GIT} commit -qm c && cd .. && git gc -q && git worktree list && git fsck",
    ),
    "an author's name": (
        "git",
        "git init -q . && GIT_COMMITTER_NAME=C GIT_COMMITTER_EMAIL=c@d.e GIT_AUTHOR_EMAIL=x@y.z"
        ' git commit -q --allow-empty -m one && git log --format=%an | grep -x "A. Author"',
    ),
    "a clone": ("git", f"{GIT} init -q a && {GIT} -C a commit -q --allow-empty -m one && git clone -q a b && git -C b log"),
    "tests": (
        "bash",
        "printf 'import unittest\\nclass T(unittest.TestCase):\\n    def test_it(self): self.assertTrue(1)\\n' > test_it.py"
        ' && "$PY" -m unittest -q',
    ),
    "a temporary file": ("bash", '"$PY" -c "import tempfile; print(tempfile.TemporaryDirectory())" && mktemp && mktemp -d'),
    "a virtual environment": ("bash", '"$PY" -m venv --without-pip env && env/bin/python -c "import json"'),
    "threads": ("bash", '"$PY" -c "import threading; t = threading.Thread(target=print); t.start(); t.join()"'),
    "subprocesses of asyncio": (
        "bash",
        '"$PY" -c "import asyncio\nasync def main():\n    p = await asyncio.create_subprocess_exec(\'true\')\n'
        '    assert await p.wait() == 0\nasyncio.run(main())"',
    ),
    "pipes": ("bash", "seq 1000 | sort -rn | head -1 | grep -x 1000"),
    "a broken pipe": ("bash", "yes | head -1"),
    "process substitution": ("bash", "diff <(echo a) <(echo a) && cat <<< here"),
    "the null device": ("bash", "echo x > /dev/null && head -c 4 /dev/urandom | wc -c | grep -x 4"),
    "an executable of one's own": ("bash", "printf '#!/bin/sh\\necho mine\\n' > run && chmod +x run && ./run"),
    "links and modes": (
        "bash",
        "touch a && chmod 600 a && ln -s a b && ln a c && mkdir d && mv a d/ && mkfifo e && cp -a d f && rm -r d f && touch -d @1 b",
    ),
    "moving and linking between folders": (
        "bash",
        """mkdir d && "$PY" -c "import os; open('a', 'w'); os.rename('a', 'd/b'); os.link('d/b', 'c'); os.rename('d', 'e')" """,
    ),
    "an archive": ("tar", "mkdir d && echo x > d/f && tar czf a.tgz d && rm -r d && tar xzf a.tgz && cat d/f"),
    "a listing of everything": ("bash", "ls / > /dev/null && ls ~ && ls /etc > /dev/null && cat /etc/passwd > /dev/null"),
    "make": ("make", "printf 'all:\\n\\t@echo made > out\\n' > Makefile && make -s -j2 && cat out"),
    "a C program": (
        "gcc",
        'printf \'#include <stdio.h>\\nint main(void) { puts("hello"); return 0; }\\n\' > h.c && gcc h.c -o h && ./h | grep -x hello',
    ),
    "node": ("node", "node -e 'require(\"fs\").writeFileSync(\"n\", String(6 * 7))' && grep -x 42 n"),
    "a child of node": ("node", "node -e 'console.log(require(\"child_process\").execSync(\"echo child\").toString())'"),
    "a database": ("bash", '"$PY" -c "import sqlite3; c = sqlite3.connect(\'d\'); c.execute(\'create table t (x)\'); c.commit()"'),
    "priorities of one's own": ("bash", "nice -n 5 true && taskset 1 true 2>/dev/null || nice -n 5 true"),
    "job control": ("bash", "sleep 5 & kill %1; wait; echo fine"),
}  # fmt: skip


@pytest.mark.parametrize("work", NEEDS)
def test_real_work_goes_on(station: Station, work: str) -> None:
    needed, line = NEEDS[work]
    if shutil.which(needed) is None:
        pytest.skip(f"{needed} is not installed")

    ran = station.run(line)

    assert ran.exit_code == 0, ran
    assert ran.denial is None


def test_a_read_only_command_has_its_private_temp(station: Station) -> None:
    ran = station.run("echo x > $TMPDIR/f && cat $TMPDIR/f && echo $TMPDIR", mode="read-only")

    assert ran.exit_code == 0
    assert not ran.output.split()[1].startswith(str(station.workspace))


def test_with_the_network_on_there_is_one(station: Station) -> None:
    ran = station.run("echo > /dev/tcp/127.0.0.1/$TCP_PORT && echo there", network="on")

    assert ran.output == "there\n"


def test_with_the_network_on_there_are_still_no_unix_sockets(station: Station) -> None:
    code = "import os, socket; socket.socket(socket.AF_UNIX).connect(os.environ['STREAM_SOCKET'])"
    ran = station.run(f'"$PY" -c "{code}"', network="on")

    assert ran.exit_code == 1


@pytest.mark.parametrize(
    ("line", "code"),
    [("exit 7", 7), ("kill -9 $$", 137), ("no-such-program", 127), ("/etc/passwd", 126), ("exit 125", 125)],
)
def test_exit_codes_are_those_of_a_shell(station: Station, line: str, code: int) -> None:
    ran = station.run(line)

    assert (ran.exit_code, ran.ended_by) == (code, "exit")


def test_secrets_are_not_in_the_environment(station: Station) -> None:
    ran = station.run("env")

    assert "the-secret" not in ran.output
    assert "GIT_AUTHOR_NAME=A. Author" in ran.output


def test_a_command_sees_that_it_is_confined(station: Station) -> None:
    ran = station.run("grep -E '^(NoNewPrivs|Seccomp|CapEff|CapPrm|CapAmb):' /proc/self/status")

    assert ran.output.split() == [
        *("CapPrm:", "0000000000000000", "CapEff:", "0000000000000000", "CapAmb:", "0000000000000000"),
        *("NoNewPrivs:", "1", "Seccomp:", "2"),
    ]
