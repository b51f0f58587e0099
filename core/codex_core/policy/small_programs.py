"""Programs that are given a small program or the form of their output: echo, printf, sed, awk, jq and their like."""

from __future__ import annotations

import re
from collections.abc import Sequence

from codex_core.policy.escapes import has_escape
from codex_core.policy.forms import why_form
from codex_core.policy.places import Surroundings
from codex_core.policy.programs import FORMS
from codex_core.policy.script_texts import why_awk_asks, why_jq_asks, why_sed_asks
from codex_core.policy.sources import why_reads
from codex_core.policy.words import Command, Word


def why_echo(words: Sequence[Word], command: Command, around: Surroundings) -> str | None:
    interprets = any(re.fullmatch(r"-[neE]*e[neE]*", word.text) for word in words[:2])
    if interprets and any(has_escape(text) for word in words for text in word.texts or (word.shown,)):
        return "it prints characters that steer the terminal"
    return None


def why_printf(words: Sequence[Word], command: Command, around: Surroundings) -> str | None:
    if not words:
        return None
    if not words[0].is_known or (words[0].text.startswith("-") and words[0].text != "--"):
        return "the form of what it prints is not known"
    if re.search(r"%[^%\s]*n", re.sub(r"%[-+ #0]*\d*(?:\.\d+)?[sdiouxXeEfgGcqb%]", "", words[0].text)):
        return "it gives a variable a value"
    if any(has_escape(text) for word in words for text in word.texts or (word.shown,)):
        return "it prints characters that steer the terminal"
    return None


def why_sed(words: Sequence[Word], command: Command, around: Surroundings) -> str | None:
    scripts: list[Word] = []
    files: list[Word] = []
    at = 0
    only_files = False
    while at < len(words):
        word = words[at]
        text = word.text
        at += 1
        if not only_files and text.startswith("-") and len(text) > 1:
            if not word.is_known:
                return "an option of it cannot be seen here"
            if text == "--":
                only_files = True
            elif re.fullmatch(r"-[nErsuz]*e|--expression", text):
                scripts.extend(words[at : at + 1])
                at += 1
            elif found := re.fullmatch(r"(?:-[nErsuz]*e|--expression=)(.+)", text, re.DOTALL):
                scripts.append(Word(shown=found[1], texts=(found[1],)))
            elif not re.fullmatch(
                r"-[nErsuz]+|--(?:quiet|silent|regexp-extended|separate|null-data|sandbox|posix|debug)", text
            ):
                return f"the option `{text[:40]}` is not known to be harmless"
        else:
            if not only_files and word.may_be_flag:
                return f"`{word.shown[:40]}` could become an option that cannot be seen here"
            files.append(word)
    if not scripts:
        scripts, files = files[:1], files[1:]
    for script in scripts:
        if script.globs or len(script.texts) != 1:
            return "what sed shall do is not known"
        if why := why_sed_asks(script.text):
            return why
    return why_reads("content", files, command, around)


def why_awk(words: Sequence[Word], command: Command, around: Surroundings) -> str | None:
    at = 0
    while at < len(words) and words[at].text.startswith("-"):
        word = words[at]
        if not word.is_known:
            return "an option of it cannot be seen here"
        at += 1
        if word.text == "--":
            break
        if re.fullmatch(r"-F.*|--field-separator(?:=.*)?", word.text, re.DOTALL):
            if word.text in ("-F", "--field-separator"):
                if not words[at : at + 1] or not words[at].is_known:
                    return "an option of it cannot be seen here"
                at += 1
        elif word.text == "-v":
            if not words[at : at + 1] or words[at].globs or (words[at].splits and not words[at].texts):
                return "an option of it cannot be seen here"
            at += 1
        elif not re.fullmatch(r"-v\w+=.*", word.text, re.DOTALL):
            return f"the option `{word.text[:40]}` is not known to be harmless"
    program = words[at] if at < len(words) else None
    if program is None or not program.is_known:
        return "what awk shall do is not known"
    files = words[at + 1 :]
    # gawk takes options behind its program as files, mawk and busybox do as well.
    return why_awk_asks(program.text) or why_reads("content", files, command, around)


def why_jq(words: Sequence[Word], command: Command, around: Surroundings) -> str | None:
    plain: list[Word] = []
    at = 0
    while at < len(words):
        text = words[at].text
        if text in ("--arg", "--argjson"):
            if any(w.may_be_flag and not w.is_known and w.splits for w in words[at + 1 : at + 3]):
                return "an option of it cannot be seen here"
            at += 3
            continue
        if text == "--indent":
            at += 2
            continue
        plain.append(words[at])
        at += 1
    for word in plain:
        if not word.text.startswith("-"):
            if not word.is_known:
                return "what jq shall do is not known"
            if why := why_jq_asks(word.text):
                return why
            break
    return why_form(FORMS["jq"], plain, command, around)


def why_yq(words: Sequence[Word], command: Command, around: Surroundings) -> str | None:
    operands = [word for word in words if not word.text.startswith("-")]
    if any(not word.is_known for word in (*words[:1], *operands[:1])) or any(
        word.may_be_flag and not word.is_known for word in words
    ):
        return "what yq shall do is not known"
    if not all(
        re.fullmatch(r"-[rjPCMeN]+|-(?:o|p)=?\w+|--(?:output|input)-format=\w+|--no-colors|--colors", w.text)
        for w in words
        if w not in operands
    ):
        return "an option of it is not known to be harmless"
    expressions = operands[1:2] if operands and operands[0].text in ("e", "eval") else operands[:1]
    if not expressions or re.search(r"load|str|split_doc|system|\bdocument\b", expressions[0].text):
        return "yq can read other files and variables, and this program may do so"
    files = [word for word in operands if word not in expressions and word.text not in ("e", "eval")]
    return why_jq_asks(expressions[0].text) or why_reads("content", files, command, around)


def why_bc(words: Sequence[Word], command: Command, around: Surroundings) -> str | None:
    given = [r.target for r in command.redirects if r.operator in ("<<<", "<<")]
    given += [
        word
        for feeder in command.fed_by[-1:]
        for word in feeder.words[1:]
        if feeder.words[0].text in ("echo", "printf")
    ]
    if (
        all(re.fullmatch(r"-[lqs]+", word.text) for word in words)
        and given
        and not any(
            re.search(r"while|for|define|read|!|\d{5}", text) for word in given for text in word.texts or ("read",)
        )
    ):
        return None
    return "it may never end"


def why_seq(words: Sequence[Word], command: Command, around: Surroundings) -> str | None:
    steps = [word.text for word in words if not word.text.startswith("-w")]
    ok = not (len(steps) > 2 and re.fullmatch(r"-?0+(?:\.0+)?", steps[1])) and all(
        re.fullmatch(r"-?\d{1,7}(?:\.\d+)?|-w|-s[ ,;:]?|[ ,;:]|\\\\n", text)
        for w in words
        for text in w.texts or ("?",)
    )
    return None if ok else "it may never end"
