"""Programs that tell about the machine, of which some calls set something or never end."""

from __future__ import annotations

import re
from collections.abc import Sequence

from codex_core.policy.call_form import form_of
from codex_core.policy.forms import why_form
from codex_core.policy.places import Surroundings
from codex_core.policy.programs import FORMS
from codex_core.policy.words import Command, Word

_LONGEST_SLEEP_S = 60


def why_date(words: Sequence[Word], command: Command, around: Surroundings) -> str | None:
    words = [word for word in words if not re.fullmatch(r"-I(?:date|hours|minutes|seconds|ns)", word.text)]
    why = why_form(FORMS["date"], words, command, around)
    if why:
        return why
    takes_value = False
    for word in words:
        if takes_value or word.text.startswith("-"):
            takes_value = not takes_value and word.text in ("-d", "-r", "--date", "--reference")
            continue
        if not word.text.startswith("+") or word.splits:
            return "it would set the clock"
    return None


def why_sleep(words: Sequence[Word], command: Command, around: Surroundings) -> str | None:
    seconds = (
        re.fullmatch(r"(\d{0,3}(?:\.\d{1,6})?)s?", words[0].text) if len(words) == 1 and words[0].is_known else None
    )
    is_short = seconds is not None and seconds[1] != "" and float(seconds[1]) <= _LONGEST_SLEEP_S
    return None if is_short else "it waits for long"


def why_ps(words: Sequence[Word], command: Command, around: Surroundings) -> str | None:
    for word in words:
        if not word.texts:
            return "an option of it cannot be seen here"
        if (
            re.fullmatch(r"[A-Za-z]+", word.text)
            and "e" in word.text
            and not re.search(r"pid|comm|user|time|mem|args|stat|rss", word.text)
        ):
            return "it shows the variables of programs, secrets among them"
        if "environ" in word.text:
            return "it shows the variables of programs, secrets among them"
    return why_form(FORMS["ps"], words, command, around)


def why_lsof(words: Sequence[Word], command: Command, around: Surroundings) -> str | None:
    if any(word.text.startswith("+") or not word.texts for word in words):
        return "it may never end"
    return why_form(FORMS["lsof"], words, command, around)


def why_top(words: Sequence[Word], command: Command, around: Surroundings) -> str | None:
    joined = " ".join(word.text for word in words)
    is_plain = all(
        word.is_known and re.fullmatch(r"-[bcHiSwE]*n?\d{0,2}|-[opu]|[%+\w]{1,20}", word.text) for word in words
    )
    if is_plain and re.search(r"-\w*b", joined) and re.search(r"-\w*n ?\d{1,2}\b", joined):
        return None
    return "it never ends by itself"


def why_journalctl(words: Sequence[Word], command: Command, around: Surroundings) -> str | None:
    if not any(word.text == "--no-pager" for word in words):
        return "it shows its output in a pager"
    return why_form(_JOURNAL, words, command, around)


_JOURNAL = form_of(
    "bkrxqe",
    "nupSUtog",
    "--no-pager --reverse --quiet --dmesg --boot --utc --no-hostname --no-tail",
    "--lines --unit --priority --since --until --identifier --output --grep --user-unit",
    reads="nothing",
)
