from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator

import pytest
import pytest_asyncio

from codex_core.protocol import TextBlock
from codex_tools.mcp.client import McpClient
from tests.mcp.support import Caller, configured, entry, surroundings, until

pytestmark = pytest.mark.asyncio(loop_scope="module")

SECRET = "sesame-open-1234"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def sample(tmp_path_factory: pytest.TempPathFactory) -> AsyncGenerator[Caller]:
    around = surroundings(
        tmp_path_factory.mktemp("calls"),
        environment={"OTHER_SECRET": "not yours", "GRANTED": "granted", "LC_TIME": "C", "TOKEN_FOR_SAMPLE": SECRET},
    )
    client = McpClient(around)
    await client.start(
        configured(
            sample=entry(
                "sample.py",
                env={"API_TOKEN": "${TOKEN_FOR_SAMPLE}", "MODE": "${MODE:-gentle}"},
                sandbox={"env": ["GRANTED", "NOT_THERE"]},
            ),
            off=entry("sample.py", disabled=True),
        )
    )
    async with asyncio.timeout(60):
        await client.settled()
    yield Caller(client, around)
    await client.close()


async def test_tools_are_named_after_server_and_tool_and_never_trusted(sample: Caller) -> None:
    spec = sample.tool("mcp__sample__echo").spec
    assert spec.server == "sample"
    assert spec.read_only is False
    assert spec.description == "Say it again."
    assert spec.parameters["required"] == ["text"]


async def test_status_tells_ready_and_disabled_servers(sample: Caller) -> None:
    ready = sample.status("sample")
    assert (ready.state, ready.tool_count) == ("ready", len(sample.client.tools()))
    assert ready.start_s is not None
    assert ready.protocol >= "2026"
    assert sample.status("off").state == "disabled"


async def test_a_call_returns_the_text(sample: Caller) -> None:
    result = await sample.run("mcp__sample__echo", text="grüße\n你好")
    assert (result.status, result.output) == ("ok", "grüße\n你好")
    assert result.display == (TextBlock(text="grüße\n你好"),)


async def test_structured_results_are_not_said_twice(sample: Caller) -> None:
    assert (await sample.run("mcp__sample__add", a=2, b=40)).output == "42"


async def test_the_preview_shows_all_arguments(sample: Caller) -> None:
    action = await sample.tool("mcp__sample__add").preview({"a": 1, "b": 2})
    assert action.kind == "other"
    assert action.summary == "sample: add a=1, b=2"
    block = action.display[0]
    assert isinstance(block, TextBlock)
    assert json.loads(block.text) == {"a": 1, "b": 2}


async def test_a_failing_tool_is_an_error_result_with_its_words(sample: Caller) -> None:
    result = await sample.run("mcp__sample__fail")
    assert result.status == "error"
    assert "the disk is made of cheese" in result.output


async def test_wrong_arguments_are_an_error_result(sample: Caller) -> None:
    result = await sample.run("mcp__sample__add", a="one")
    assert result.status == "error"
    assert "b" in result.output


async def test_progress_is_shown_while_it_runs(sample: Caller) -> None:
    result = await sample.run("mcp__sample__count", upto=3)
    assert result.output == "counted"
    assert sample.output[0] == "1/3 at 1\n"


async def test_cancelling_a_call_tells_the_server_and_leaves_it_usable(sample: Caller) -> None:
    marker = sample.around.workspace / "marker"
    call = asyncio.create_task(sample.run("mcp__sample__hang", marker=str(marker)))
    await until(marker.exists)
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call
    await until(lambda: marker.read_text() == "cancelled")
    assert (await sample.run("mcp__sample__echo", text="still here")).output == "still here"


async def test_long_results_are_cut_in_the_middle_with_an_exact_note(sample: Caller) -> None:
    result = await sample.run("mcp__sample__big", characters=5_000_000)
    assert result.output.startswith("headx")
    assert result.output.endswith("xtail")
    assert "[4,960,000 of 5,000,000 characters are left out here]" in result.output
    assert len(result.output) < 40_200


async def test_images_are_noted(sample: Caller) -> None:
    assert (await sample.run("mcp__sample__picture")).output == "[image, image/png, 100 bytes: not shown]"


async def test_a_server_sees_a_small_environment_and_what_it_was_granted(sample: Caller) -> None:
    seen = json.loads((await sample.run("mcp__sample__environment")).output)
    assert seen["API_TOKEN"] == SECRET
    assert seen["MODE"] == "gentle"
    assert seen["GRANTED"] == "granted"
    assert seen["LC_TIME"] == "C"
    assert seen["TMPDIR"] == str(sample.around.home / "mcp" / "sample" / "tmp")
    assert "OTHER_SECRET" not in seen
    assert "TOKEN_FOR_SAMPLE" not in seen


async def test_the_log_holds_stderr_without_secrets(sample: Caller) -> None:
    await sample.run("mcp__sample__log", text=f"my token is {SECRET}")
    log = sample.around.home / "logs" / "mcp-sample.log"
    await until(lambda: "my token is" in log.read_text())
    assert "my token is ********" in log.read_text()
    assert log.stat().st_mode & 0o777 == 0o600


async def test_a_question_to_the_user_does_not_hang(sample: Caller) -> None:
    async with asyncio.timeout(20):
        result = await sample.run("mcp__sample__ask")
    assert result.output


async def test_new_tools_are_offered_when_the_server_says_so(sample: Caller) -> None:
    await sample.run("mcp__sample__grow")
    await until(lambda: "mcp__sample__grown" in {tool.spec.name for tool in sample.client.tools()})
    assert (await sample.run("mcp__sample__grown")).output == "grown"


async def test_many_calls_at_once(sample: Caller) -> None:
    tool = sample.client.call
    results = await asyncio.gather(
        *(tool("sample", "echo", {"text": str(number)}, 20.0, lambda _: None) for number in range(50))
    )
    assert [result["text"] for result in results] == [str(number) for number in range(50)]


async def test_a_call_that_takes_too_long_is_a_timeout(sample: Caller) -> None:
    marker = str(sample.around.workspace / "slow-marker")
    result = await sample.client.call("sample", "hang", {"marker": marker}, 0.3, lambda _: None)
    assert result == {"status": "timeout", "text": "sample did not answer within 0.3 s"}
