import json
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from codex_core.llm.default_model import DEMO_MODEL
from codex_core.llm.demo_project import write_demo_project
from codex_core.llm.demo_provider import DemoProvider
from codex_core.llm.provider import ModelCall, ModelRequest, ReplyEnded, TextChunk
from codex_core.protocol import ConfigError

Message = dict[str, Any]
TOUR = "Show me the tour: fix the failing test of this little project."


async def no_wait(seconds: float) -> None:
    assert seconds > 0


async def ask(messages: Sequence[Message]) -> tuple[str, tuple[ModelCall, ...], int]:
    request = ModelRequest(model=DEMO_MODEL, messages=tuple(messages), tools=(), session_id="s")
    events = [event async for event in DemoProvider(sleep=no_wait).stream(request)]
    chunks = [event.text for event in events if isinstance(event, TextChunk)]
    assert isinstance(events[-1], ReplyEnded)
    assert sum(isinstance(event, ReplyEnded) for event in events) == 1
    return "".join(chunks), events[-1].calls, len(chunks)


def run_tool(folder: Path, call: ModelCall) -> str:
    arguments = json.loads(call.arguments)
    match call.name:
        case "read_file":
            return (folder / arguments["path"]).read_text()
        case "edit_file":
            path = folder / arguments["path"]
            text = path.read_text()
            assert text.count(arguments["old_text"]) == 1
            path.write_text(text.replace(arguments["old_text"], arguments["new_text"]))
            return "edited"
        case "shell":
            done = subprocess.run(
                ["bash", "-c", arguments["command"]], cwd=folder, capture_output=True, text=True, check=False
            )
            return f"exit code {done.returncode}\n{done.stdout}{done.stderr}"
        case name:
            raise AssertionError(name)


class Tour:
    def __init__(self, folder: Path, answer: Callable[[ModelCall], str | None] = lambda call: None) -> None:
        self.folder = folder
        self.answer = answer
        self.messages: list[Message] = [{"role": "system", "content": "Be good."}, {"role": "user", "content": TOUR}]
        self.calls: list[ModelCall] = []

    async def step(self) -> tuple[str, bool]:
        text, calls, _ = await ask(self.messages)
        message: Message = {"role": "assistant", "content": text}
        if calls:
            message["tool_calls"] = [
                {"id": c.call_id, "type": "function", "function": {"name": c.name, "arguments": c.arguments}}
                for c in calls
            ]
        self.messages.append(message)
        for call in calls:
            self.calls.append(call)
            result = self.answer(call) or run_tool(self.folder, call)
            self.messages.append({"role": "tool", "tool_call_id": call.call_id, "content": result})
        return text, not calls

    async def play(self) -> str:
        for _ in range(12):
            text, is_over = await self.step()
            if is_over:
                return text
        raise AssertionError("the tour does not end")

    @property
    def names(self) -> list[str]:
        return [call.name for call in self.calls]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write_demo_project(tmp_path / "demo")
    return tmp_path / "demo"


def is_fixed(folder: Path) -> bool:
    return (
        subprocess.run(["python3", "-B", "-m", "unittest"], cwd=folder, capture_output=True, check=False).returncode
        == 0
    )


async def test_tour_reads_runs_edits_and_ends_with_passing_tests(folder: Path) -> None:
    assert not is_fixed(folder)
    tour = Tour(folder)
    text = await tour.play()
    assert tour.names == ["read_file", "read_file", "shell", "edit_file", "shell"]
    assert is_fixed(folder)
    assert "All tests pass: the bug is fixed" in text
    assert "codex-py -m" in text


async def test_denied_edit_changes_nothing_and_is_said(folder: Path) -> None:
    tour = Tour(folder, lambda call: "The user said no to this." if call.name == "edit_file" else None)
    text = await tour.play()
    assert "turned down" in text
    assert not is_fixed(folder)


async def test_denied_test_run_leads_to_an_edit_that_is_not_called_tested(folder: Path) -> None:
    tour = Tour(folder, lambda call: "Denied by policy: no." if call.name == "shell" else None)
    text = await tour.play()
    assert "was not tested" in text
    assert is_fixed(folder)


async def test_missing_python_is_tried_under_its_full_path(folder: Path) -> None:
    def answer(call: ModelCall) -> str | None:
        return "exit code 127\nbash: python3: command not found" if '"python3 ' in call.arguments else None

    text = await Tour(folder, answer).play()
    assert "the bug is fixed" in text


async def test_edit_without_effect_is_tried_again_and_then_given_up_honestly(folder: Path) -> None:
    tour = Tour(folder, lambda call: "That text is not in the file." if call.name == "edit_file" else None)
    text = await tour.play()
    assert tour.names.count("edit_file") == 2
    assert "still fail" in text


async def test_project_that_is_not_there_is_said(tmp_path: Path) -> None:
    text = await Tour(tmp_path, lambda call: "There is no such file.").play()
    assert "cannot play the tour here" in text


async def test_fixed_project_is_left_alone(folder: Path) -> None:
    await Tour(folder).play()
    again = Tour(folder)
    assert "pass already" in await again.play()
    assert "edit_file" not in again.names


async def test_call_that_was_not_run_is_made_again(folder: Path) -> None:
    answers = iter(["Not run: the user wanted something else first."])
    tour = Tour(folder, lambda call: next(answers, None) if call.name == "edit_file" else None)
    while "edit_file" not in tour.names:
        await tour.step()
    tour.messages.append({"role": "user", "content": "Be quick about it."})
    text, _ = await tour.step()
    assert "You said: “Be quick about it.”" in text
    assert tour.names.count("edit_file") == 2
    assert "the bug is fixed" in await tour.play()


async def test_same_history_gives_the_same_words(folder: Path) -> None:
    tour = Tour(folder)
    await tour.step()
    assert (await ask(tour.messages))[0] == (await ask(tour.messages))[0]


@pytest.mark.parametrize("prompt", ["Write me a poem.", "", "tourism"])
async def test_free_text_is_told_what_this_is_and_how_to_connect_a_model(prompt: str) -> None:
    text, calls, chunks = await ask([{"role": "user", "content": prompt}])
    assert "not a language model" in text
    assert "ANTHROPIC_API_KEY" in text
    assert not calls
    assert chunks > 20


async def test_the_command_that_is_named_is_the_one_that_works_here(folder: Path) -> None:
    request = ModelRequest(
        model=DEMO_MODEL, messages=({"role": "user", "content": "Hello?"},), tools=(), session_id="s"
    )
    provider = DemoProvider(command="/some/where/codex-py", sleep=no_wait)
    text = "".join([event.text async for event in provider.stream(request) if isinstance(event, TextChunk)])
    assert "\n/some/where/codex-py -m openai/gpt-5.5\n" in text
    assert "{" not in text
    # Said by that one, it is the end of a tour for one that is called otherwise, too.
    told = [{"role": "user", "content": TOUR}, {"role": "assistant", "content": text}]
    assert not (await ask([*told, {"role": "user", "content": "Thanks!"}]))[1]


async def test_free_text_after_the_tour_is_free_text_again(folder: Path) -> None:
    tour = Tour(folder)
    await tour.play()
    text, calls, _ = await ask([*tour.messages, {"role": "user", "content": "Thanks! And now?"}])
    assert "not a language model" in text
    assert not calls


async def test_content_in_parts_is_understood() -> None:
    _, calls, _ = await ask([{"role": "user", "content": [{"type": "text", "text": "the tour please"}]}])
    assert [call.name for call in calls] == ["read_file", "read_file"]


def test_project_is_made_anew_in_a_folder_of_its_own(folder: Path) -> None:
    (folder / "basket.py").write_text("broken")
    write_demo_project(folder)
    assert "total_cents" in (folder / "basket.py").read_text()


def test_folder_of_somebody_else_is_not_touched(tmp_path: Path) -> None:
    (tmp_path / "basket.py").write_text("mine")
    with pytest.raises(ConfigError, match="not empty"):
        write_demo_project(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["basket.py"]
    assert (tmp_path / "basket.py").read_text() == "mine"


def test_link_in_the_project_does_not_lead_a_write_outside(folder: Path, tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    victim.write_text("precious")
    (folder / "README.md").unlink()
    (folder / "README.md").symlink_to(victim)
    with pytest.raises(ConfigError):
        write_demo_project(folder)
    assert victim.read_text() == "precious"
