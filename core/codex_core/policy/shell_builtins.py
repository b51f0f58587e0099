"""Commands of the shell itself that look, or only change what does not outlive the line."""

from __future__ import annotations

import re
from collections.abc import Sequence

from codex_core.policy.forms import why_form
from codex_core.policy.places import Surroundings
from codex_core.policy.programs import FORMS
from codex_core.policy.secret_names import is_secret_variable
from codex_core.policy.words import Command, Word


def why_test(words: Sequence[Word], command: Command, around: Surroundings) -> str | None:
    is_keyword = command.words[0].text == "[["
    for before, word in zip([None, *words], words, strict=False):
        if before is not None and before.text in ("-v", "-R") and re.fullmatch(r"\w+", word.text) is None:
            return "it calculates with what it does not know"
        if is_keyword and re.fullmatch(r"-(?:eq|ne|lt|le|gt|ge)", word.text):
            at = words.index(word)
            sides = (*words[max(0, at - 1) : at], *words[at + 1 : at + 2])
            if not all(re.fullmatch(r"-?\d+", text) for side in sides for text in side.texts or ("?",)):
                return "it calculates with what it does not know"
        if any(text in ("-v", "-R") for text in word.texts) and word.text == "-v" and len(words) < 2:
            return "it calculates with what it does not know"
    if (
        not is_keyword
        and any(not word.is_known and word.splits for word in words)
        and any(w.text in ("-v", "-R") for w in words)
    ):
        return "it calculates with what it does not know"
    return None


def why_read(words: Sequence[Word], command: Command, around: Surroundings) -> str | None:
    takes_value = False
    for word in words:
        if takes_value:
            takes_value = False
        elif re.fullmatch(r"-[rs]*[dnNpu]", word.text):
            takes_value = True
        elif re.fullmatch(r"-[rs]+", word.text):
            continue
        elif not word.is_known or not re.fullmatch(r"[a-z][a-z0-9_]*|[A-Z]|REPLY|LINE|FILE|NAME|FILENAME", word.text):
            return f"it gives `{word.shown[:40]}` a value that is not known"
    return None


def why_cd(words: Sequence[Word], command: Command, around: Surroundings) -> str | None:
    return None


def why_command_lookup(words: Sequence[Word], command: Command, around: Surroundings) -> str | None:
    if words and words[0].is_known and words[0].text in ("-v", "-V", "-pv"):
        return None
    return "it runs a command"


def why_printenv(words: Sequence[Word], command: Command, around: Surroundings) -> str | None:
    if not words or not all(word.is_known and re.fullmatch(r"[A-Za-z_]\w*", word.text) for word in words):
        return "it shows all variables, secrets among them"
    if any(is_secret_variable(word.text) for word in words):
        return "it may show a secret"
    return None


def why_set(words: Sequence[Word], command: Command, around: Surroundings) -> str | None:
    text = " ".join(word.text for word in words)
    if all(word.is_known for word in words) and re.fullmatch(
        r"(?:(?:[-+][euxvf]*o (?:pipefail|errexit|nounset|xtrace)|[-+][euxvf]+)(?: |$))+", text
    ):
        return None
    return "it shows or changes variables, or how the shell reads the line"


def why_mapfile(words: Sequence[Word], command: Command, around: Surroundings) -> str | None:
    names = [word for word in words if not word.text.startswith("-")]
    if not all(word.is_known and re.fullmatch(r"[a-z]\w*", word.text) for word in names[-1:]):
        return "it gives a variable a value that is not known"
    return why_form(FORMS["mapfile"], words, command, around)


def why_export(words: Sequence[Word], command: Command, around: Surroundings) -> str | None:
    """The names and values have been looked at as assignments."""
    if command.words[0].text in ("export", "local", "readonly", "declare", "typeset") and command.assignments:
        flags = [word for word in words if word.text.startswith("-")]
        plain = [word for word in words if not word.text.startswith("-")]
        if len(plain) == len(command.assignments) and all(re.fullmatch(r"-[rxg]+", word.text) for word in flags):
            return None
    return "it shows or changes variables"
