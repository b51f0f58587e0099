"""Danger in all that a command may turn out to be, once its expansions are known."""

from __future__ import annotations

from collections.abc import Sequence

from codex_core.policy import lexical
from codex_core.policy.assessment import Assessment
from codex_core.policy.danger import find_danger
from codex_core.policy.danger_elsewhere import TAKE_STATEMENTS
from codex_core.policy.feeders import name_of
from codex_core.policy.places import Surroundings
from codex_core.policy.words import Command, Word

MOST_VARIANTS = 8


def add_danger(found: Assessment, command: Command, around: Surroundings) -> None:
    given = _given_text(command) if name_of(command) in TAKE_STATEMENTS else []
    for argv in _variants((*command.words, *given)):
        if danger := find_danger(argv, command.folder, around):
            found.add("danger", *danger)
            return


def add_danger_behind(found: Assessment, command: Command, around: Surroundings) -> None:
    """An unknown program may run the words behind it."""
    for at, word in enumerate(command.words[1:20], start=1):
        if lexical.looks_dangerous(word.text):
            add_danger(found, command.with_words(command.words[at:]), around)


def _given_text(command: Command) -> list[Word]:
    """What a program gets by its input, as far as it stands in the line."""
    feeders = [feeder for feeder in command.fed_by[-1:] if name_of(feeder) in ("echo", "printf", "cat")]
    redirects = (*command.redirects, *(redirect for feeder in feeders for redirect in feeder.redirects))
    texts = [redirect.target for redirect in redirects if redirect.operator in ("<<", "<<<")]
    return [*texts, *(word for feeder in feeders for word in feeder.words[1:])]


def _variants(words: Sequence[Word]) -> list[list[str]]:
    """The command line for each text that its words can have, as many as are worth a look."""
    choices = [word.texts or word.guesses or (word.shown,) for word in words]
    count = min(max(map(len, choices)), MOST_VARIANTS) if choices else 1
    found = [[texts[min(number, len(texts) - 1)] for texts in choices] for number in range(count)]
    if any(not word.texts and word.guesses for word in words):
        found.append([(word.texts or (word.shown,))[0] for word in words])
    return found
