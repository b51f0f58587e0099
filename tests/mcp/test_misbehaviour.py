from __future__ import annotations

import asyncio
import os
import re
import signal
from collections.abc import AsyncGenerator
from pathlib import Path

import pytest
import pytest_asyncio

from codex_core.protocol import ToolError
from codex_tools.mcp.client import McpClient
from tests.mcp.support import Caller, configured, entry, surroundings, until

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def all_of_them(tmp_path_factory: pytest.TempPathFactory) -> AsyncGenerator[Caller]:
    around = surroundings(tmp_path_factory.mktemp("misbehaviour"))
    client = McpClient(around)
    await client.start(
        configured(
            good=entry("sample.py"),
            silent=entry("raw.py", "silent", startup_timeout=1),
            garbage=entry("raw.py", "garbage", startup_timeout=1),
            dies=entry("raw.py", "dies"),
            chatty=entry("raw.py", "chatty"),
            hostile=entry("raw.py", "hostile", disabled_tools=["tool-0"]),
            nonsense=entry("raw.py", "nonsense"),
            line=entry("raw.py", "long-line"),
            crash=entry("raw.py", "crash"),
            missing={"command": "no-such-program-anywhere", "install": "ask your mother"},
            variable={"command": "true", "args": ["${NOT_SET_ANYWHERE}"]},
        )
    )
    async with asyncio.timeout(60):
        await client.settled()
    yield Caller(client, around)
    await client.close()


async def test_a_silent_server_fails_after_its_startup_timeout(all_of_them: Caller) -> None:
    status = all_of_them.status("silent")
    assert (status.state, status.reason) == ("failed", "it did not answer within 1 s")


async def test_what_a_server_printed_instead_of_answering_is_shown(all_of_them: Caller) -> None:
    status = all_of_them.status("garbage")
    assert status.state == "failed"
    assert '(on stdout it printed "Welcome to my server![2J", which is not MCP)' in status.reason


async def test_a_server_that_dies_at_start_is_failed_with_its_last_words(all_of_them: Caller) -> None:
    status = all_of_them.status("dies")
    assert status.state == "failed"
    assert status.reason == "it ended with exit code 1: ModuleNotFoundError: No module named 'nothing'"


async def test_a_missing_program_is_named_with_the_way_to_get_it(all_of_them: Caller) -> None:
    reason = all_of_them.status("missing").reason
    assert reason.endswith('command: there is no program "no-such-program-anywhere"; install it: ask your mother')


async def test_a_missing_variable_fails_its_server_only(all_of_them: Caller) -> None:
    status = all_of_them.status("variable")
    assert status.state == "failed"
    assert "/mcp.json: mcpServers.variable.args[0]: the variable NOT_SET_ANYWHERE is not set" in status.reason


async def test_the_good_server_among_them_works(all_of_them: Caller) -> None:
    assert (await all_of_them.run("mcp__good__echo", text="fine")).output == "fine"


async def test_noise_between_the_messages_is_skipped(all_of_them: Caller) -> None:
    assert (await all_of_them.run("mcp__chatty__echo", text="x")).output == "hello"


async def test_hostile_listings_are_mended_or_left_out(all_of_them: Caller) -> None:
    tools = {tool.spec.name: tool.spec for tool in all_of_them.client.tools() if tool.spec.server == "hostile"}
    assert len(tools) == 100
    assert all(re.fullmatch(r"[a-zA-Z0-9_-]{1,64}", name) for name in tools)
    assert sum(name.startswith("mcp__hostile__a_b") for name in tools) == 2
    assert "mcp__hostile__tool-0" not in tools
    assert {spec.parameters["type"] for spec in tools.values()} == {"object"}
    description = tools["mcp__hostile__escape"].description
    assert description.startswith("Be[31mware of this!!!")
    assert len(description) == 4000
    assert tools["mcp__hostile__deep"].parameters == {"type": "object", "properties": {}}
    assert "anyOf" not in tools["mcp__hostile__top"].parameters
    left_out = " / ".join(all_of_them.status("hostile").left_out)
    assert "list schema: its schema is not of type object" in left_out
    assert 'bad property: providers refuse the property name "a b"' in left_out
    assert "choose with enabled_tools" in left_out


async def test_an_output_schema_with_a_runaway_expression_does_not_stall_the_host(all_of_them: Caller) -> None:
    async with asyncio.timeout(10):
        result = await all_of_them.run("mcp__hostile__slow", text="x")
    assert result.status == "ok"


async def test_an_answer_that_is_no_result_is_an_error(all_of_them: Caller) -> None:
    result = await all_of_them.run("mcp__nonsense__echo", text="x")
    assert result.status == "error"
    assert "its answer is not valid" in result.output


async def test_an_endless_line_ends_the_server_and_not_the_session(all_of_them: Caller) -> None:
    result = await all_of_them.run("mcp__line__echo", text="x")
    assert result.status == "error"
    assert "it sent a line of more than 16 MB" in result.output


async def test_a_server_that_dies_in_a_call_says_so_and_comes_back(all_of_them: Caller) -> None:
    result = await all_of_them.run("mcp__crash__echo", text="x")
    assert result.status == "error"
    assert "The MCP server crash died during the call: killed by SIGKILL" in result.output
    assert "mcp__crash__echo" in {tool.spec.name for tool in all_of_them.client.tools()}
    await until(lambda: all_of_them.status("crash").state == "ready")
    assert all_of_them.tool("mcp__crash__echo").spec.description == ""


async def test_calls_to_a_server_that_is_down_fail_at_once(all_of_them: Caller) -> None:
    result = await all_of_them.run("mcp__good__die", code=3)
    assert "it ended with exit code 3: last words on stderr" in result.output
    await until(lambda: all_of_them.status("good").state == "restarting")
    with pytest.raises(ToolError, match="the MCP server good is restarting: it ended with exit code 3"):
        await all_of_them.tool("mcp__good__echo").preview({"text": "x"})
    result = await all_of_them.client.call("good", "echo", {"text": "x"}, 20.0, lambda _: None)
    assert result["status"] == "error"
    assert 'the MCP server "good" is not running' in str(result["text"])


async def test_closing_ends_every_server_the_stubborn_too(tmp_path: Path) -> None:
    client = McpClient(surroundings(tmp_path))
    await client.start(configured(stubborn=entry("raw.py", "stubborn"), good=entry("raw.py", "plain")))
    async with asyncio.timeout(60):
        await client.settled()
    servers = running_servers(tmp_path)
    assert len(servers) == 2
    await client.close()
    assert running_servers(tmp_path) == []


async def test_a_dead_host_is_started_again_with_its_servers(tmp_path: Path) -> None:
    client = McpClient(surroundings(tmp_path))
    await client.start(configured(good=entry("raw.py", "plain")))
    caller = Caller(client, client.around)
    async with asyncio.timeout(60):
        await client.settled()
    assert client.host_pid is not None
    os.kill(client.host_pid, signal.SIGKILL)
    await until(lambda: caller.status("good").state == "restarting")
    await until(lambda: caller.status("good").state == "ready")
    assert (await caller.run("mcp__good__echo", text="again")).output == "hello"
    await client.close()


def running_servers(folder: Path) -> list[int]:
    """Processes whose TMPDIR is inside `folder`: the servers that were started there."""
    found: list[int] = []
    for entry_path in Path("/proc").iterdir():
        try:
            if entry_path.name.isdigit() and f"TMPDIR={folder}".encode() in (entry_path / "environ").read_bytes():
                found.append(int(entry_path.name))
        except OSError:
            continue
    return found
