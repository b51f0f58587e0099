"""What the model is told before the conversation: how to work, where it is, and what the project wants."""

from __future__ import annotations

import datetime
import platform
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from codex_core.agent.prompt_files import prompt
from codex_core.protocol import SandboxPolicy, SandboxStatus, Settings

MAX_FILE_BYTES = 64_000
"""A longer file is cut: it would fill the window in every request."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InstructionFile:
    path: Path
    text: str


def instruction_file(path: Path, content: bytes) -> InstructionFile:
    """What a file says, without control characters, and no longer than is good for the model's window."""
    text = _ESCAPES.sub("", content[:MAX_FILE_BYTES].decode("utf-8", "replace"))
    if len(content) > MAX_FILE_BYTES:
        text += "\n[cut here: the file is longer]"
    return InstructionFile(path=path, text=text)


def build_instructions(
    files: Sequence[InstructionFile], settings: Settings, policy: SandboxPolicy, status: SandboxStatus
) -> str:
    """The system message: the same text as long as nothing changes, so that providers can cache it."""
    parts = [prompt("system").strip(), f"# Where you are\n\n{_environment(settings, policy, status)}"]
    if files:
        texts = "\n\n".join(
            f'<instructions file="{file.path}">\n{file.text.strip()}\n</instructions>' for file in files
        )
        parts.append(
            "# Instructions of the user and of this project\n\n"
            f"Later ones go before earlier ones; what the user says goes before all.\n\n{texts}"
        )
    return "\n\n".join(parts)


def _environment(settings: Settings, policy: SandboxPolicy, status: SandboxStatus) -> str:
    lines = [
        f"- Working folder: {policy.workspace}",
        f"- System: {platform.system()} {platform.machine()}, shell commands run in bash",
        f"- Date: {datetime.datetime.now().astimezone():%Y-%m-%d}",
        f"- Mode: {settings.mode}. {_MODES[settings.mode]}",
        f"- Commands: {_confinement(policy, status)}",
    ]
    return "\n".join(lines)


_MODES = {
    "plan": (
        "You may only look; do not try to change anything. Work out a plan, show its steps with update_plan, and end"
        " with the plan as your answer: the user accepts it, changes it or says what is missing."
    ),
    "ask": "Edits, and commands that are not known to be harmless, are shown to the user first, who says yes or no.",
    "auto": "You work without asking inside the sandbox; leaving it needs the user's yes.",
    "full": "Nothing is confined and nothing is asked. Take care.",
    "custom": "What is asked and what is confined was set by the user.",
}


def _confinement(policy: SandboxPolicy, status: SandboxStatus) -> str:
    if policy.mode == "danger-full-access":
        return "not confined."
    if status.tier == "C":
        return "cannot be confined on this machine, so they are refused."
    if policy.network == "on":
        network = "the network is open"
    elif status.tier == "A":
        network = "no network but a loopback of its own for each command"
    else:
        network = "no network (sockets are refused)"
    temp = "/tmp, which is private to them (the file tools and the user do not see it)"  # noqa: S108
    if status.tier == "B":
        temp = "$TMPDIR (not /tmp itself)"
    if policy.mode == "read-only":
        return f"confined by the kernel: they can write only below {temp}; {network}."
    return (
        f"confined by the kernel: they can write only below the working folder and {temp}; "
        f"git hooks and configuration are read-only; {network}."
    )


_ESCAPES = re.compile(
    r"\x1b(?:\[[0-?]*[ -/]*[@-~]|[\]PX^_][^\x07\x1b]*(?:\x07|\x1b\\)?|.)?|[\x00-\x08\x0b-\x1f\x7f-\x9f]"
)
