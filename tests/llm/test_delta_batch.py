import asyncio
import subprocess
import sys
import time

from codex_core.llm.delta_batch import DeltaBatch
from codex_core.llm.lines import deltas_from_json
from codex_core.llm.provider import CallStarted, ReasoningChunk, TextChunk
from codex_core.protocol import JsonObject


async def test_what_comes_together_first_is_sent_together_at_once_and_the_rest_later() -> None:
    sent: list[JsonObject] = []
    with DeltaBatch(sent.append, interval_s=60) as batch:
        batch.add(ReasoningChunk(text="a"))
        batch.add(ReasoningChunk(text="b"))
        await turn_of_the_loop()
        assert len(sent) == 1
        for text in "cd":
            batch.add(ReasoningChunk(text=text))
        batch.add(TextChunk(text="e"))
        batch.add(CallStarted(name="look"))
        await turn_of_the_loop()
        batch.add(CallStarted(name="look"))
        assert len(sent) == 1
    assert [deltas_from_json(message) for message in sent] == [
        [ReasoningChunk(text="ab")],
        [
            ReasoningChunk(text="cd"),
            TextChunk(text="e"),
            CallStarted(name="look"),
            CallStarted(name="look"),
        ],
    ]


async def turn_of_the_loop() -> None:
    for _ in range(3):
        await asyncio.sleep(0)


async def test_what_waits_is_sent_when_its_time_has_come() -> None:
    told = asyncio.Event()
    sent: list[JsonObject] = []

    def emit(message: JsonObject) -> None:
        sent.append(message)
        if len(sent) == 2:
            told.set()

    with DeltaBatch(emit, interval_s=0.01) as batch:
        batch.add(TextChunk(text="a"))
        await turn_of_the_loop()
        batch.add(TextChunk(text="b"))
        async with asyncio.timeout(5):
            await told.wait()
    assert len(sent) == 2


async def test_stream_that_never_lets_the_loop_run_is_still_sent_in_time() -> None:
    sent: list[JsonObject] = []
    given_up = time.monotonic() + 5
    with DeltaBatch(sent.append, interval_s=0.01) as batch:
        while len(sent) < 4 and time.monotonic() < given_up:
            batch.add(TextChunk(text="a"))
    assert len(sent) >= 4


def test_front_end_does_not_import_litellm() -> None:
    names = "litellm_provider, demo_provider, demo_project, local_servers, endpoints"
    heavy = "{'litellm', 'openai', 'httpx', 'aiohttp', 'pydantic', 'mcp'}"
    code = f"import sys\nfrom codex_core.llm import {names}\nprint(sorted({heavy} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-I", "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
