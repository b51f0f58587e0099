"""What it costs to judge a shell line, as CPU time: every command of an agent waits for it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

from benchmarks.budget import Measurement, median
from codex_core.policy.judge import judge
from codex_core.protocol import Action, SandboxPolicy

REPEATS = 200
LIMIT_MS = 2.0

_LINES = {
    "a loop and pipes": (
        "cd src && for f in *.py; do grep -n 'import os' \"$f\" | head -5 | sed 's/a/b/' | sort -u; done; git log "
        "--oneline -5 | cat; find . -name '*.py' -print0 | xargs -0 wc -l | tail -1 2>/dev/null || true; ls"
    ),
    "substitutions and a nested shell": (
        'x=$(git rev-parse --show-toplevel); cat "$x/README.md" | head -20; [[ -d $x/src ]] && ls -la "$x/src"; bash '
        '-c \'rg -n "def foo" src | wc -l\'; echo "$(date): $(git branch --show-current) ok" | wc -c'
    ),
}
"""Some 200 characters each."""


def measure() -> Iterator[Measurement]:
    policy = SandboxPolicy(mode="workspace-write", workspace=Path.cwd())
    for name, line in _LINES.items():
        action = Action(kind="exec", summary=line, argv=("bash", "-c", line))
        judged = judge(action, policy)
        times_ms: list[float] = []
        for _ in range(REPEATS):
            started = time.process_time()
            judge(action, policy)
            times_ms.append((time.process_time() - started) * 1000)
        note = f"CPU; {len(line)} characters, {len(judged.commands)} commands, {judged.verdict}"
        yield Measurement(name=f"judging a line: {name}", value=median(times_ms), unit="ms", limit=LIMIT_MS, note=note)
