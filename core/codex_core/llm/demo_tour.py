"""What the demo model says, and when: from the messages it is sent to its next reply.

It keeps no state of its own. The step that comes next follows from the history alone, so a session of the demo can be
killed and resumed at any point like any other.
"""

from __future__ import annotations

import json
import re
import shlex
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import cast

from codex_core.llm.demo_project import BUG, FIX, PROGRAM, TESTS
from codex_core.protocol import Json, JsonObject

_LABEL = "**Demo** (scripted, no AI, works offline)"

_COMMAND = "{codex-py}"
"""Stands in the texts for the command that starts us: not every way to start the demo puts `codex-py` on the PATH."""

CONNECT = f"""\
To work with a real model, leave, set your key, and start again with one of these:

```sh
export ANTHROPIC_API_KEY=…
{_COMMAND} -m anthropic/claude-sonnet-5-5

export OPENAI_API_KEY=…
{_COMMAND} -m openai/gpt-5.5

# a local server, no key; also lm_studio/…, hosted_vllm/…, llamafile/…
{_COMMAND} -m ollama_chat/qwen3
```

Any model that LiteLLM knows will do. A server of your own that speaks OpenAI's format: set `OPENAI_BASE_URL`."""

_INTRODUCTION = f"""\
{_LABEL}. I am not a language model: I can play one tour in a small scratch project, with real tools, and \
nothing else. So I cannot do what you just asked.

Say `tour` to see me fix a failing test in the scratch project.

{CONNECT}
"""

_OPENING = f"""\
{_LABEL}. What I say was written beforehand; what the tools do is real. \
The tests of this little project fail. First I read the program and its tests, both at once: \
reading needs nobody's leave."""

_RUN_TESTS = """\
It is short: a basket that gives a discount from 50.00 on. Let me see the tests fail before I touch anything. \
The command runs confined by the kernel: it can write only in this project, and it has no network."""

_EXPLANATION = f"""\
One test fails: a basket of **exactly** 50.00 gets no discount.

- `README.md` and the docstring say *from 50.00 on*, so 50.00 is included;
- `total_cents` in `{PROGRAM}` asks for *more than* that: `>` where `>=` is meant.

The test is right and the program is wrong, so I change the program, in one place. You will be shown the diff before \
a byte is written: **y** applies it, **n** turns it down. (While I talk you can press **Ctrl+C** to pause me: \
then continue, redirect or stop.)"""

_UNSEEN = f"""\
I did not see the tests run, so I go by what I read: the README says *from 50.00 on*, but `total_cents` in `{PROGRAM}` \
asks for *more than* 50.00. That is the bug, and this is the fix. You will be shown the diff before a byte is \
written."""

_TEST_AGAIN = "The edit is in place. Whether it is right only the tests can say."

_OTHER_PYTHON = "That did not run here. I try the interpreter that I run on myself."

_EDIT_AGAIN = "The tests still fail, so the edit did not do it. I try once more, with more of the text around the line."

_DONE = f"""\
All tests pass: the bug is fixed, and the test that showed it stays as a guard. \
On the right, or with F3, is every step that was taken, with its time; select one to see its output or diff.

This session is stored: `{_COMMAND} resume --last` brings it back, even if the terminal had been killed in the middle.

{CONNECT}
"""

_ALREADY_DONE = f"""\
All tests pass already, so there is nothing to fix: an earlier tour has done it.

{CONNECT}
"""

_EDIT_DENIED = f"""\
That was turned down, so nothing was changed, and the test goes on failing. A real model would read your words now and \
find another way; I know only this one. Say `tour` to see it again.

{CONNECT}
"""

_UNTESTED = f"""\
The fix is in `{PROGRAM}`, but it was not tested: the tests could not be run, or were not allowed. \
Try `python3 -m unittest` there yourself.

{CONNECT}
"""

_STILL_FAILING = f"""\
The tests still fail, and I have no other idea: I am only a script. Say `tour` in a fresh scratch project \
(delete this folder first), or let a real model have a look.

{CONNECT}
"""

_NOT_HERE = f"""\
I cannot play the tour here: I expected the scratch project's `{PROGRAM}` and did not get to read it. \
Start `{_COMMAND} --demo` and let it make the project.

{CONNECT}
"""

_ENDINGS = (_INTRODUCTION, _DONE, _ALREADY_DONE, _EDIT_DENIED, _UNTESTED, _STILL_FAILING, _NOT_HERE)
_ENDING = re.compile(  # whatever the command was when it was said
    rf"(?:{'|'.join(re.escape(text.strip()).replace(re.escape(_COMMAND), '.+?') for text in _ENDINGS)})\Z"
)

_WISHES_TOUR = re.compile(r"\btour\b|\bfix\b.*\btests?\b", re.IGNORECASE | re.DOTALL)
_DENIED = re.compile(r"\A(?:The user said no|The user ended this|Denied)")
_NOT_RUN = re.compile(r"\A(?:Not run:|This call was interrupted before)")
_PASSED = re.compile(r"^OK\b", re.MULTILINE)
_FAILED = re.compile(r"^FAILED \(", re.MULTILINE)

_MAX_EDITS = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoCall:
    name: str
    arguments: JsonObject

    def arguments_json(self) -> str:
        return json.dumps(self.arguments)


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoReply:
    text: str
    calls: tuple[DemoCall, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Done:
    """A call that was made and what came of it."""

    name: str
    output: str

    @property
    def is_denied(self) -> bool:
        return _DENIED.match(self.output) is not None


_READ = (
    DemoCall(name="read_file", arguments={"path": PROGRAM}),
    DemoCall(name="read_file", arguments={"path": TESTS}),
)
_EDITS = (
    DemoCall(name="edit_file", arguments={"path": PROGRAM, "old_text": BUG, "new_text": FIX}),
    DemoCall(
        name="edit_file",
        arguments={
            "path": PROGRAM,
            "old_text": f"        {BUG}\n            total -=",
            "new_text": f"        {FIX}\n            total -=",
        },
    ),
)
_TEST = DemoCall(name="shell", arguments={"command": "python3 -B -m unittest"})
_TEST_OTHERWISE = DemoCall(name="shell", arguments={"command": f"{shlex.quote(sys.executable)} -B -m unittest"})


def next_reply(messages: Sequence[JsonObject], *, command: str) -> DemoReply:
    """Return what the demo model says to these messages. `command` starts us, as the user would type it."""
    reply = _reply_to(messages)
    return DemoReply(text=reply.text.replace(_COMMAND, command), calls=reply.calls)


def _reply_to(messages: Sequence[JsonObject]) -> DemoReply:
    start = _start_of_tour(messages)
    if start is None:
        return DemoReply(text=_INTRODUCTION)
    reply = _next_step(_done_since(messages[start:]))
    if start == len(messages) - 1 or messages[-1].get("role") != "user":
        return reply
    return DemoReply(
        text=f"You said: “{_shortened(_text(messages[-1]))}”. A real model would take that up now; "
        f"I only know the tour, so I go on with it.\n\n{reply.text}",
        calls=reply.calls,
    )


def _next_step(done: Sequence[_Done]) -> DemoReply:
    reads = [step for step in done if step.name == "read_file"]
    if not reads:
        return DemoReply(text=_OPENING, calls=_READ)
    if not any("total_cents" in step.output for step in reads):
        return DemoReply(text=_NOT_HERE)
    edits = [at for at, step in enumerate(done) if step.name == "edit_file"]
    if not edits:
        return _before_the_edit([step for step in done if step.name == "shell"])
    if done[edits[-1]].is_denied:
        return DemoReply(text=_EDIT_DENIED)
    return _after_the_edit([step for step in done[edits[-1] :] if step.name == "shell"], edit_count=len(edits))


def _before_the_edit(runs: Sequence[_Done]) -> DemoReply:
    if not runs:
        return DemoReply(text=_RUN_TESTS, calls=(_TEST,))
    if _PASSED.search(runs[-1].output):
        return DemoReply(text=_ALREADY_DONE)
    if _FAILED.search(runs[-1].output):
        return DemoReply(text=_EXPLANATION, calls=_EDITS[:1])
    if runs[-1].is_denied or len(runs) > 1:
        return DemoReply(text=_UNSEEN, calls=_EDITS[:1])
    return DemoReply(text=_OTHER_PYTHON, calls=(_TEST_OTHERWISE,))


def _after_the_edit(runs: Sequence[_Done], *, edit_count: int) -> DemoReply:
    if not runs:
        return DemoReply(text=_TEST_AGAIN, calls=(_TEST,))
    if _PASSED.search(runs[-1].output):
        return DemoReply(text=_DONE)
    if _FAILED.search(runs[-1].output):
        if edit_count < _MAX_EDITS:
            return DemoReply(text=_EDIT_AGAIN, calls=_EDITS[edit_count : edit_count + 1])
        return DemoReply(text=_STILL_FAILING)
    if runs[-1].is_denied or len(runs) > 1:
        return DemoReply(text=_UNTESTED)
    return DemoReply(text=_OTHER_PYTHON, calls=(_TEST_OTHERWISE,))


def _start_of_tour(messages: Sequence[JsonObject]) -> int | None:
    """The last wish for a tour that has not ended yet; None if the last thing said is no such wish."""
    for at in range(len(messages) - 1, -1, -1):
        message = messages[at]
        if message.get("role") == "assistant" and not message.get("tool_calls") and _is_ending(_text(message)):
            return None
        if message.get("role") == "user" and _WISHES_TOUR.search(_text(message)):
            return at
    return None


def _is_ending(text: str) -> bool:
    return _ENDING.search(text.strip()) is not None


def _done_since(messages: Sequence[JsonObject]) -> list[_Done]:
    """The calls in order with their results. A call that was not run does not count: it is made again."""
    results = {
        str(message.get("tool_call_id")): _text(message) for message in messages if message.get("role") == "tool"
    }
    done: list[_Done] = []
    for message in messages:
        for call in cast(Sequence[JsonObject], message.get("tool_calls") or ()):
            output = results.get(str(call.get("id")), "")
            if not _NOT_RUN.match(output):
                function = cast(Mapping[str, str], call["function"])
                done.append(_Done(name=function["name"], output=output))
    return done


def _text(message: JsonObject) -> str:
    content: Json = message.get("content")
    if isinstance(content, str):
        return content
    if not isinstance(content, Sequence):
        return ""
    return "\n".join(str(part.get("text", "")) for part in content if isinstance(part, Mapping))


def _shortened(text: str, limit: int = 80) -> str:
    line = " ".join(text.split())
    return line if len(line) <= limit else line[: limit - 1] + "…"
