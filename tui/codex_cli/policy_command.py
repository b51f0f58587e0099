"""`codex-py policy check`: how a shell line would be judged here, what would become of it, and why. Nothing is run.

`--json` prints one object: `{"verdict": "safe|ask|danger", "action": "run|ask|deny", "reason": …, "rule": …,
"commands": [[argv], …]}`; `commands` is empty if the line is not fully understood.
"""

from __future__ import annotations

import json
import sys
from typing import cast

from codex_cli.argument_values import folder_of
from codex_cli.arguments import Request, UsageError
from codex_cli.configured import configured_in
from codex_core.policy.decide import decide
from codex_core.policy.judge import Judgement, judge
from codex_core.protocol import MODES, Action, Mode, Settings
from codex_tools.sandbox.policy_defaults import default_policy

_MOST_CHARACTERS = 4_000_000
"""A line of more is `danger` anyway."""


def run_policy(request: Request) -> int:
    """Run `policy check`.

    Raises:
        ConfigError: the configuration is wrong, and where.
        UsageError: there is no line, or no such folder.
    """
    line = _line(request)
    folder = folder_of(request)
    configured = configured_in(folder, profile=request.text("profile"), assignments=request.texts("config"))
    config = configured.config
    mode = cast("Mode | None", request.text("mode"))
    sandbox_mode, approval_policy = MODES[mode] if mode else (config.sandbox_mode, config.approval_policy)
    policy = default_policy(
        sandbox_mode, workspace=folder, home=configured.home, network=config.network, add_dirs=config.writable_roots
    )
    judged = judge(Action(kind="exec", summary=line, argv=("bash", "-c", line)), policy)
    settings = Settings(
        model=config.model, sandbox_mode=sandbox_mode, approval_policy=approval_policy, network=config.network
    )
    action = decide(judged.verdict, settings)
    print(_as_json(judged, action) if request.flag("json") else _in_words(judged, action))  # noqa: T201
    return 0


def _line(request: Request) -> str:
    if not request.words:
        raise UsageError("policy check needs a line: codex-py policy check -- 'SHELL LINE', or - to read it from stdin")
    if request.words != ("-",):
        return " ".join(request.words)
    if sys.stdin is None or sys.stdin.isatty():
        raise UsageError("policy check -: there is nothing on stdin; write the line behind --")
    return sys.stdin.buffer.read(_MOST_CHARACTERS).decode(errors="surrogateescape")


def _as_json(judged: Judgement, action: str) -> str:
    return json.dumps(
        {
            "verdict": judged.verdict,
            "action": action,
            "reason": judged.why,
            "rule": judged.rule,
            "commands": [list(argv) for argv in judged.commands],
        }
    )


def _in_words(judged: Judgement, action: str) -> str:
    lines = [f"{judged.verdict}: {judged.why}", f"  rule    {judged.rule}", f"  action  {action}"]
    lines += [f"  runs    {json.dumps(argv, ensure_ascii=False)}" for argv in judged.commands]
    lines += [f"  beyond  {what}" for what in judged.beyond]
    return "".join(c if c.isprintable() or c == "\n" else "�" for c in "\n".join(lines))
