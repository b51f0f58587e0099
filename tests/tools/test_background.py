from __future__ import annotations

import pytest

from tests.tools.conftest import Bench


def identity(output: str) -> str:
    return output.partition(":")[0]


async def test_a_command_goes_on_and_is_read_bit_by_bit(confined: Bench) -> None:
    line = "echo one; until [ -e go ]; do sleep 0.02; done; echo two; sleep 600"
    started = await confined.call("background", action="start", command=line)
    assert "running" in started.output
    assert "one" in started.output

    confined.write("go", "")
    read = await confined.call("background", action="read", id=identity(started.output), wait_s=1)

    assert "two" in read.output
    assert "one" not in read.output


async def test_stopping_ends_all_of_it_and_tells_what_it_printed_last(confined: Bench) -> None:
    line = "trap 'echo leaving; exit 0' TERM; touch up; while :; do sleep 0.02; done"
    started = await confined.call("background", action="start", command=line)

    stopped = await confined.call("background", action="stop", id=identity(started.output))

    assert stopped.status == "ok"
    assert "stopped" in stopped.output
    assert "leaving" in stopped.output


async def test_one_that_fails_at_its_start_says_so_at_once(confined: Bench) -> None:
    started = await confined.call("background", action="start", command="echo no such port >&2; exit 3")

    assert started.status == "error"
    assert "exit code 3" in started.output
    assert "no such port" in started.output


async def test_a_server_is_reached_by_the_shell(confined: Bench) -> None:
    if confined.sandbox.status.tier != "A":
        pytest.skip("without namespaces there is no loopback inside")
    confined.write("page", "hello from the server")
    await confined.call("background", action="start", command="python3 -m http.server 8766 --bind 127.0.0.1", wait_s=0)
    fetch = "import urllib.request; print(urllib.request.urlopen('http://127.0.0.1:8766/page').read())"
    wait = "for _ in $(seq 300); do (echo > /dev/tcp/127.0.0.1/8766) 2>/dev/null && break; sleep 0.02; done"

    fetched = await confined.call("shell", command=f'{wait}; python3 -c "{fetch}"')

    assert "hello from the server" in fetched.output


async def test_it_may_not_write_to_the_repository(confined: Bench) -> None:
    await confined.call("shell", command="git init -q .")
    line = "echo x > .git/evil; echo x > AGENTS.md; echo x > file; ls -A . .git"

    started = await confined.call("background", action="start", command=line, wait_s=5)

    assert not (confined.folder / ".git/evil").exists(), started.output


async def test_nor_to_one_further_down(confined: Bench) -> None:
    if confined.sandbox.status.tier != "A":
        pytest.skip("without namespaces only the repository at the top is read-only")
    await confined.call("shell", command="git init -q lib && mkdir src")
    plant = "echo x > lib/.git/hooks/pre-commit; git -C lib config core.fsmonitor x; echo ../x > lib/.git/commondir"
    line = f"{plant}; echo ok > src/new"

    started = await confined.call("background", action="start", command=line, wait_s=5)

    assert not {"lib/.git/hooks/pre-commit", "lib/.git/commondir"} & confined.names(), started.output
    assert b"fsmonitor" not in confined.read("lib/.git/config")
    assert confined.read("src/new") == b"ok\n"


async def test_all_are_listed_and_a_wrong_id_names_them(confined: Bench) -> None:
    assert "No command" in (await confined.call("background", action="read")).output
    await confined.call("background", action="start", command="sleep 600", wait_s=0)

    assert "bg1: running: sleep 600" in (await confined.call("background", action="read")).output
    assert "bg1" in await confined.refusal("background", action="stop", id="bg7")
    assert "Which one" in await confined.refusal("background", action="stop")


async def test_only_so_many_run_at_once(confined: Bench) -> None:
    for _ in range(8):
        await confined.call("background", action="start", command="sleep 600", wait_s=0)

    assert "stop one first" in await confined.refusal("background", action="start", command="true")


async def test_a_flood_costs_no_more_memory_than_what_is_kept(confined: Bench) -> None:
    started = await confined.call(
        "background", action="start", command="head -c 30000000 /dev/zero | tr '\\0' x; echo end", wait_s=20
    )

    assert "exit code 0" in started.output, started.output[-300:]
    assert "cut out here" in started.output
    assert len(started.output) < 40_000


async def test_starting_is_judged_like_a_command_and_reading_is_not(bench: Bench) -> None:
    start = await bench.preview("background", action="start", command="rm -rf /")

    assert (start.kind, start.argv) == ("exec", ("bash", "-c", "rm -rf /"))
    assert (await bench.preview("background", action="read")).kind == "read"
