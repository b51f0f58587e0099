"""Which single commands destroy what cannot be brought back, or reach for root, secrets, persistence or accounts."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from pathlib import Path

from codex_core.policy.danger_call import Call, Found
from codex_core.policy.danger_elsewhere import (
    SENDERS,
    TAKE_STATEMENTS,
    curl_danger,
    docker_danger,
    nc_danger,
    remote_copy_danger,
    sends,
    sql_danger,
)
from codex_core.policy.danger_files import (
    WRITERS,
    dd_danger,
    fd_danger,
    find_call_danger,
    ln_danger,
    mv_danger,
    recursive_mode_danger,
    rm_danger,
    tar_danger,
    truncate_danger,
    writes,
)
from codex_core.policy.danger_git import git_danger
from codex_core.policy.danger_processes import history_danger, init_danger, kill_danger, killall_danger, pkill_danger
from codex_core.policy.danger_tables import PERSISTENT, PHRASES, ROOT, SYSTEM
from codex_core.policy.places import Surroundings


def find_danger(argv: Sequence[str], folder: Path | None, around: Surroundings) -> Found | None:
    """Look at one command: its words as they would be, expansions that are not known as they were written."""
    if not argv:
        return None
    program = argv[0].rpartition("/")[2].lower().removesuffix(".exe")
    if program in ROOT:
        return f"root:{program}", f"`{program}` acts with the rights of another user"
    if program in SYSTEM or program.startswith("mkfs."):
        return f"system:{program}", f"`{program}` changes the machine itself"
    if program in PERSISTENT:
        return f"persistence:{program}", f"`{program}` makes something run later, out of sight"
    if phrase := _phrase(program, argv):
        return phrase
    rule = _RULES.get(program)
    if rule is not None and (found := rule(Call(program, argv[1:], folder, around))):
        return found
    if program in WRITERS and (found := writes(program, argv[1:], folder, around)):
        return found
    if program in SENDERS and (found := sends(program, argv[1:], folder, around)):
        return found
    return None


def is_always_danger(program: str) -> bool:
    return program in ROOT or program in SYSTEM or program in PERSISTENT or program.startswith("mkfs.")


@cache
def _compiled(program: str) -> tuple[tuple[re.Pattern[str], str, str], ...]:
    """Only what is used is compiled: all of it would cost the first line that is judged."""
    return tuple(
        (re.compile(rf"(?:{pattern})(?:\s.*)?", re.DOTALL), rule, does)
        for pattern, rule, does in PHRASES.get(program, ())
    )


def _phrase(program: str, argv: Sequence[str]) -> Found | None:
    text = " ".join(argv[1:])[:2_000]
    for pattern, rule, does in _compiled(program):
        if pattern.fullmatch(text):
            return rule, f"`{program} {text[:60]}` {does}"
    return None


_RULES: Mapping[str, Callable[[Call], Found | None]] = {
    "rm": rm_danger,
    "unlink": rm_danger,
    "rmdir": lambda call: (
        ("rm:outside", f"`rmdir {p}` removes what is outside the workspace") if (p := call.outside()) else None
    ),
    "find": find_call_danger,
    "fd": fd_danger,
    "fdfind": fd_danger,
    "git": git_danger,
    "dd": dd_danger,
    "kill": kill_danger,
    "killall": killall_danger,
    "killall5": killall_danger,
    "skill": killall_danger,
    "pkill": pkill_danger,
    "init": init_danger,
    "chmod": recursive_mode_danger,
    "chown": recursive_mode_danger,
    "chgrp": recursive_mode_danger,
    "mv": mv_danger,
    "curl": curl_danger,
    "wget": curl_danger,
    "ln": ln_danger,
    "truncate": truncate_danger,
    "history": history_danger,
    "tar": tar_danger,
    "bsdtar": tar_danger,
    "rsync": remote_copy_danger,
    "scp": remote_copy_danger,
    "nc": nc_danger,
    "ncat": nc_danger,
    "netcat": nc_danger,
    "nc.traditional": nc_danger,
    "socat": nc_danger,
    "docker": docker_danger,
    "podman": docker_danger,
    "docker-compose": docker_danger,
    **dict.fromkeys(TAKE_STATEMENTS, sql_danger),
}
