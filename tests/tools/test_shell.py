from __future__ import annotations

import asyncio
import os
import re
from dataclasses import replace

import pytest

from codex_core.protocol import CommandBlock, Limits, ToolError
from codex_tools.output_excerpt import excerpt, plain_text
from tests.tools.conftest import Bench


async def test_a_command_runs_in_the_workspace_and_tells_how_it_ended(confined: Bench) -> None:
    confined.write("a.txt", "hi\n")
    action = await confined.preview("shell", command="cat a.txt; exit 3")
    assert (action.kind, action.argv) == ("exec", ("bash", "-c", "cat a.txt; exit 3"))
    result = await confined.run("shell", action, command="cat a.txt; exit 3")
    assert re.fullmatch(r"exit code 3, \d+\.\d s\nhi", result.output)
    assert result.status == "error"
    (block,) = result.display
    assert isinstance(block, CommandBlock)
    assert (block.command, block.output, block.exit_code) == ("cat a.txt; exit 3", "hi", 3)
    assert "".join(confined.printed) == "hi\n"


async def test_what_runs_is_what_was_approved(confined: Bench) -> None:
    action = await confined.preview("shell", command="echo approved")
    result = await confined.run("shell", action, command="echo other")
    assert result.output.endswith("\napproved")
    assert result.status == "ok"


async def test_pagers_prompts_and_colours_are_off(confined: Bench) -> None:
    confined.environment["FORCE_COLOR"] = "1"
    result = await confined.call(
        "shell", command='echo "$TERM $PAGER $GIT_PAGER $GIT_TERMINAL_PROMPT $NO_COLOR[$FORCE_COLOR]"'
    )
    assert result.output.endswith("\ndumb cat cat 0 1[]")


async def test_a_command_that_takes_too_long_is_stopped_with_its_children(confined: Bench) -> None:
    result = await confined.call("shell", command="echo begun; sleep 100 & sleep 100", timeout_s=1)
    assert result.status == "timeout"
    assert "Stopped after 1 s with all it had started" in result.output
    assert result.output.endswith("\nbegun")


async def test_long_output_is_cut_in_its_middle_to_the_byte(confined: Bench) -> None:
    result = await confined.call("shell", command="seq 1 20000")
    cut = re.search(r"\[\.\.\. ([\d,]+) bytes \(([\d,]+) lines\) cut out here", result.output)
    assert cut is not None
    head, tail = result.output.split(cut[0])[0], result.output.split("look at parts of it ...]\n")[1]
    shown = [*head.splitlines()[1:], *tail.splitlines()]
    assert shown[0] == "1"
    assert shown[-1] == "20000"
    assert int(cut[2].replace(",", "")) == 20000 - len(shown)
    whole = len("\n".join(map(str, range(1, 20001))))
    assert int(cut[1].replace(",", "")) == whole - sum(len(line) + 1 for line in shown) + 1


async def test_output_beyond_what_the_sandbox_keeps_is_counted_too(confined: Bench) -> None:
    confined.policy = replace(confined.policy, limits=Limits(output_bytes=100_000))
    result = await confined.call("shell", command="seq 1 30000")
    (block,) = result.display
    assert isinstance(block, CommandBlock)
    whole = len("\n".join(map(str, range(1, 30001))))
    note = re.search(r"\n\[\.\.\. [^\n]* \.\.\.\]\n", block.output)
    assert note is not None
    assert abs(len(block.output) - len(note[0]) + block.cut_bytes - whole) <= 2
    assert block.output.count("[") == 1


@pytest.mark.parametrize(
    ("command", "words"),
    [("echo x > /usr/x", "refused"), ("echo 'connect: Network is unreachable' >&2; exit 1", "no network")],
)
async def test_a_refusal_of_the_sandbox_says_what_is_allowed(confined: Bench, command: str, words: str) -> None:
    result = await confined.call("shell", command=command)
    if "refused this" not in result.output:
        pytest.skip("the sandbox did not recognise its own refusal here")
    assert "only in the workspace and in $TMPDIR" in result.output
    assert words in result.output


async def test_nothing_is_said_of_the_sandbox_when_it_does_not_matter(confined: Bench) -> None:
    assert "sandbox" not in (await confined.call("shell", command="false")).output


async def test_cancelling_ends_what_runs(confined: Bench) -> None:
    os.mkfifo(confined.folder / "pipe")
    command = "echo running; sleep 100 & exec cat pipe"
    action = await confined.preview("shell", command=command)
    has_begun = asyncio.Event()
    confined.on_print = has_begun.set
    running = asyncio.create_task(confined.run("shell", action, command=command))
    async with asyncio.timeout(20):
        await has_begun.wait()
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    # Nobody reads any more: a writer that does not wait is told so.
    with pytest.raises(OSError, match="No such device or address"):
        os.open(confined.folder / "pipe", os.O_WRONLY | os.O_NONBLOCK)


async def test_an_empty_command_is_refused(bench: Bench) -> None:
    assert "empty" in await bench.refusal("shell", command=" \n")
    assert "NUL" in await bench.refusal("shell", command="a\0b")
    assert "`timeout_s` must be at least 1" in await bench.refusal("shell", command="ls", timeout_s=0)


def test_escape_sequences_and_progress_bars_come_out_plain() -> None:
    assert plain_text("\x1b[31mred\x1b[0m \x1b]0;title\x07ok\x1b]8;;u\x1b\\l\r\n") == "red okl\n"
    assert plain_text("10%\r50%\r100%\ndone\r") == "100%\ndone"
    assert plain_text("a\x00b\x08c\x7f\x1b") == "abc"


def test_an_excerpt_cuts_no_character_in_two() -> None:
    shown = excerpt("é" * 50_000, cut_bytes=0, limit_bytes=1001)
    assert "�" not in shown.text
    assert shown.cut_bytes == 100_000 - 2 * shown.text.count("é")


async def test_a_command_longer_than_bash_takes_is_refused_at_once_with_the_remedy(confined: Bench) -> None:
    longest = "true " + "x" * 131_066
    result = await confined.call("shell", command=longest)
    assert result.status == "ok"
    for command in (longest + "x", ": " + "x" * 3_000_000, "é" * 70_000):
        with pytest.raises(ToolError, match="Write it to a file with write_file"):
            await confined.preview("shell", command=command)
