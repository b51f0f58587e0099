"""Which calls end what others depend on, or cover their tracks."""

from __future__ import annotations

import re

from codex_core.policy.danger_call import Call, Found


def kill_danger(call: Call) -> Found | None:
    if any(re.fullmatch(r"-1", word) for word in call.words[1:]) or list(call.words) == ["-1"]:
        return "kill:all", "`kill -1` ends every process of the user"
    if any(word in ("1", "$PPID", "$$", "0") for word in call.operands[0:]):
        return "kill:parent", "it ends a process that others depend on"
    if any(word == "…" or re.search(r"\b(?:pgrep|pidof|ps)\b", word) for word in call.operands):
        return "kill:many", "it ends every process that is found, not only its own"
    return None


def killall_danger(call: Call) -> Found | None:
    return f"kill:{call.program}", f"`{call.program}` ends every process of that name, not only its own"


def pkill_danger(call: Call) -> Found | None:
    if call.words[:1] == ["-0"] or call.has("--help", "--version"):
        return None
    return "kill:pkill", "`pkill` ends every process that matches, not only its own"


def init_danger(call: Call) -> Found | None:
    return (
        ("system:init", f"`{call.program} {call.words[0]}` stops the machine")
        if call.words[:1] and re.fullmatch(r"[0-6sS]", call.words[0])
        else None
    )


def history_danger(call: Call) -> Found | None:
    if set(call.flags) & set("cdw"):
        return "history:clear", "`history` with this option removes or overwrites the history of the shell"
    return None
