"""What a redirection reads and writes."""

from __future__ import annotations

import re

from codex_core.policy.assessment import Assessment
from codex_core.policy.places import Surroundings, is_endless, is_secret, written_place
from codex_core.policy.sources import sources_are_known
from codex_core.policy.words import Command, Redirect, Word


def look_at_redirect(found: Assessment, redirect: Redirect, command: Command, around: Surroundings) -> None:
    target, operator = redirect.target, redirect.operator
    if operator in ("<<", "<<<"):
        return
    if operator in (">&", "<&") and target.is_known and re.fullmatch(r"\d{1,3}-?|-", target.text):
        return
    if operator in (">&-", "<&-"):
        return
    if operator == "<":
        _reading(found, target, command, around)
        return
    texts = target.texts or (target.shown,)
    if target.is_known and target.text in ("/dev/null", "/dev/stdout", "/dev/stderr"):
        return
    if target.scripts and target.shown.startswith(">("):
        return
    found.beyond.append(f"{operator} {target.shown}")
    for text in (*texts, *target.guesses):
        if re.match(r"/dev/(?:tcp|udp)/", text):
            found.add(
                "danger", "network:shell", f"`{operator} {text[:60]}` talks to the network through the shell itself"
            )
        elif place := written_place(text, command.folder, around):
            found.add("danger", *place)
    found.add("ask", "redirect:write", f"`{operator} {target.shown[:60]}` writes a file")


def _reading(found: Assessment, target: Word, command: Command, around: Surroundings) -> None:
    texts = target.texts or (target.shown,)
    if target.shown.startswith("<("):
        return
    if any(re.match(r"/dev/(?:tcp|udp)/", text) for text in texts):
        found.add("danger", "network:shell", f"`< {texts[0][:60]}` talks to the network through the shell itself")
    elif any(is_secret(text, command.folder, around, globs=target.globs) for text in texts):
        found.add("danger", "secret:read", f"`< {target.shown[:60]}` reads what may be a secret")
    elif any(is_endless(text, command.folder) for text in texts):
        found.add("ask", "redirect:device", f"`< {target.shown[:60]}` reads a device")
    elif not target.texts and not sources_are_known(target, command, around):
        found.add("ask", "redirect:unknown", f"`< {target.shown[:60]}` reads what is not known")
