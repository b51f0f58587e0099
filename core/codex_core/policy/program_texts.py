"""Danger in the programs that interpreters and editors are given as a text."""

from __future__ import annotations

import re

from codex_core.policy import lexical
from codex_core.policy.assessment import Assessment
from codex_core.policy.feeders import FETCHERS, name_of
from codex_core.policy.places import Surroundings
from codex_core.policy.variants import add_danger
from codex_core.policy.words import Command


def look_at_interpreter(found: Assessment, command: Command, around: Surroundings) -> None:
    texts = [text for word in command.words[1:] for text in word.texts or (word.shown,)]
    add_danger(found, command.with_words(command.words[1:]), around)
    if "-m" in texts:
        add_danger(found, command.with_words(command.words[texts.index("-m") + 2 :]), around)
    texts += [redirect.target.text for redirect in command.redirects if redirect.operator in ("<<", "<<<")]
    for text in texts[:40]:
        if (" " in text or "(" in text or "`" in text) and (danger := lexical.scan_code(text, command.folder, around)):
            found.add("danger", *danger)
    feeders = (*command.fed_by, *(c for word in command.words for script in word.scripts for c in script.commands))
    is_short = len(command.words) < 3 or (len(command.words) == 3 and bool(command.words[2].scripts))
    if any(name_of(feeder) in FETCHERS for feeder in feeders) and is_short:
        found.add("danger", "fetched-and-run", "it runs what it has just fetched or decoded")


def look_at_editor(found: Assessment, command: Command, around: Surroundings) -> None:
    """`e` in a script of sed and `!` in one of ed run a command; so does what `git grep -O` opens files with."""
    texts = [text for word in command.words[1:] for text in word.texts or (word.shown,)]
    texts += [redirect.target.text for redirect in command.redirects if redirect.operator in ("<<", "<<<")]
    for text in texts:
        if name_of(command) == "git":
            pieces = re.findall(r"^(?:-O|--open-files-in-pager=)(.+)", text)
        else:
            pieces = [p for sign in "/|,#" for p in text.replace("\\" + sign, "\0").split(sign)]
            pieces = [
                re.sub(r"^(?:-\w*e|--\w+=)?[\d,$~]*\s*[e!]\s*", "", p.replace("\0", "/")) for p in (*pieces, text)
            ]
        for piece in pieces[:60]:
            if " " in piece and (danger := lexical.scan(piece, command.folder, around)):
                found.add("danger", *danger)
                return
