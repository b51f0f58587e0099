"""Whether a call fits the form in which its program is known to only look."""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence

from codex_core.policy.call_form import Form
from codex_core.policy.places import Surroundings, absolute, is_secret, paths_in
from codex_core.policy.sources import SEARCHES, why_reads
from codex_core.policy.words import Command, Word


def why_form(form: Form, words: Sequence[Word], command: Command, around: Surroundings) -> str | None:
    operands: list[Word] = []
    only_operands = False
    takes_value = False
    pattern_given = False
    for word in words:
        if takes_value:
            takes_value = False
            if word.globs or (word.splits and not word.texts):
                return f"`{word.shown[:40]}` can become several words, options among them"
            continue
        is_input = word.is_known and word.text == "-"
        if only_operands or is_input or not (word.text.startswith("-") or word.may_be_flag):
            operands.append(word)
            continue
        if word.is_known and word.text == "--":
            only_operands = True
            continue
        if form.flags is None:
            pattern_given = pattern_given or word.text.startswith(("-e", "--regexp", "-f", "--file"))
            if not word.text.startswith("-"):
                operands.append(word)
            continue
        if not word.is_known:
            return f"`{word.shown[:40]}` could become an option that cannot be seen here"
        refused, takes_value = _option(form, word.text)
        if refused:
            return f"the option `{word.text[:40]}` is not known to be harmless"
        pattern_given = pattern_given or word.text.startswith(("-e", "--regexp"))
    if len(operands) > form.most_operands or (
        form.most_operands < len(words) and any(word.globs or (word.splits and not word.texts) for word in operands)
    ):
        return "it is given more than it only reads"
    if form.pattern_first and not pattern_given:
        operands = operands[1:]
    why = why_reads(form.reads, operands, command, around) or _why_values(form, words, command, around)
    if why is None and program_of(command) in SEARCHES:
        return _why_search(operands, words, command, around)
    return why


def program_of(command: Command) -> str:
    return command.words[0].text.rpartition("/")[2]


def _why_search(operands: Sequence[Word], words: Sequence[Word], command: Command, around: Surroundings) -> str | None:
    """A search in all of home, or for files that hold secrets, shows what is in them."""
    for before, word in itertools.pairwise((words[0], *words) if words else ()):
        found = re.match(r"(?:-\w*g|--i?glob[= ]?|--include[= ]?)(.*)", word.text, re.DOTALL)
        globs = [found[1]] if found else []
        globs += [word.text] if re.fullmatch(r"-\w*g|--i?glob|--include", before.text) else []
        if any(is_secret(glob, None, around, globs=True) for glob in globs if not glob.startswith("!")):
            return f"`{word.shown[:40]}` may hold a secret"
    is_recursive = program_of(command) == "rg" or any(re.match(r"-\w*[rR]|--rec|--deref", w.text) for w in words)
    is_piped = program_of(command) == "rg" and bool(command.fed_by) and not operands
    if not is_recursive or is_piped or any(word.text == "--files" for word in words):
        return None
    places = [text for word in operands for text in word.texts] or (["."] if not operands else [])
    for place in places:
        path = absolute(place, command.folder)
        if around.home == path or f"{around.home}/.config" == path or around.home.startswith(path.rstrip("/") + "/"):
            return f"`{place[:40]}` is searched whole, with the secrets that are kept there"
    return None


def _option(form: Form, text: str) -> tuple[bool, bool]:
    """Whether an option is refused, and whether the next word is its value."""
    name, equals, _ = text.partition("=")
    if name in form.long:
        return False, not equals and name in form.long_values
    if text.startswith("--"):
        return True, False
    for at, letter in enumerate(text[1:], start=2):
        if letter in form.values:
            return False, at == len(text)
        if letter not in (form.flags or ""):
            return True, False
    return False, False


def _why_values(form: Form, words: Sequence[Word], command: Command, around: Surroundings) -> str | None:
    """Options can name files as well: `--file=.env`, `-f/etc/shadow`."""
    if form.reads == "nothing":
        return None
    for word in words:
        if word.text.startswith("-") and len(word.text) > 2:
            for path in list(paths_in(word.text))[1:]:
                if (
                    path
                    and not path.startswith("-")
                    and is_secret(path, command.folder, around)
                    and "/" in path + word.text[:2]
                ):
                    return f"`{word.shown[:60]}` may hold a secret"
    if form.flags is None:
        for before, word in itertools.pairwise(words):
            if before.text in ("-f", "--file") and is_secret(word.text, command.folder, around):
                return f"`{word.shown[:60]}` may hold a secret"
    return None
