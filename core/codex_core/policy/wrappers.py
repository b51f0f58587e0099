"""Programs that run others: which part of their words is a command of its own, or a whole shell line."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from codex_core.policy.words import Assignment, Command, Script, Word, known, unknown
from codex_core.policy.wrapper_tables import AS_ANOTHER, LINE_OPTIONS, OWN_WAY, SHAPES, SHELLS, XARGS, Shape

FED = "…"
"""Shown in the place of what a program gets from its input."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unwrapped:
    commands: tuple[Command, ...] = ()
    """Commands that the wrapper runs, by their words."""
    lines: tuple[Word, ...] = ()
    """Shell lines that it runs."""
    concern: str = ""
    """Why the wrapper itself is more than a way to run them; empty if it is not."""
    is_unclear: bool = False
    """Its own options are not all known: where the command begins is a guess, for finding danger only."""


def unwrap(program: str, command: Command) -> Unwrapped | None:
    """Return what `command` runs, if its program is one that runs others."""
    words = command.words
    match program:
        case "env":
            return _env(command)
        case "xargs":
            return _xargs(command)
        case "find":
            return _find(command)
        case "fd" | "fdfind":
            return _after_flags(command, ("-x", "-X", "--exec", "--exec-batch"))
        case "eval":
            return Unwrapped(lines=(joined(words[1:]),), concern="it runs text as a command")
        case "trap":
            return Unwrapped(lines=tuple(words[1:2]), concern="it runs a command later")
        case "ssh":
            return _ssh(command)
        case "git":
            return _git(command)
        case _ if program in SHELLS:
            return _shell(command)
        case "docker" | "podman" | "kubectl" | "flock" | "busybox" | "toybox" | "tmux" | "screen" | "start-stop-daemon":
            return _guess(command, SHAPES.get(program, Shape(concern=OWN_WAY)).concern, _lines(program, words))
        case _ if program in SHAPES:
            return _by_shape(command, SHAPES[program])
        case _ if program in LINE_OPTIONS:
            lines = _lines(program, words)
            return Unwrapped(lines=lines, concern="it runs another program") if lines else None
        case _:
            return None


def joined(words: Sequence[Word]) -> Word:
    """Several words as the one line that they make."""
    scripts = tuple(script for word in words for script in word.scripts)
    shown = " ".join(word.shown for word in words)
    if any(len(word.texts) != 1 for word in words):
        guess = " ".join(word.texts[0] if word.texts else (word.guesses or (word.shown,))[0] for word in words)
        return Word(shown=shown, splits=True, scripts=scripts, guesses=(guess,))
    return Word(shown=shown, texts=(" ".join(word.text for word in words),), scripts=scripts)


def _by_shape(command: Command, shape: Shape) -> Unwrapped:
    words = command.words
    at, is_unclear = 1, False
    while at < len(words):
        text = words[at].text
        if text == "--":
            at += 1
            break
        if not text.startswith("-") or len(text) == 1:
            is_unclear = is_unclear or words[at].may_be_flag
            break
        name, equals, _ = text.partition("=")
        at += 1
        if text.startswith("--"):
            is_unclear = is_unclear or name not in shape.long | shape.long_values
            at += not equals and name in shape.long_values
            continue
        for position, letter in enumerate(text[1:], start=2):
            if letter in shape.values:
                at += position == len(text)
                break
            is_unclear = is_unclear or letter not in shape.flags
    at += shape.operands
    if shape.concern == AS_ANOTHER:  # `sudo NAME=value command`
        at = next((later for later in range(at, len(words)) if not re.match(r"[A-Za-z_]\w*=", words[later].text)), at)
    rest = words[at:]
    inner = (command.with_words(rest),) if rest else ()
    if shape.line:  # quotes that the words had may be gone when it is read, or may not
        lines = (joined(rest),) if rest else ()
        return Unwrapped(commands=inner, lines=lines, concern=shape.concern, is_unclear=is_unclear)
    return Unwrapped(commands=inner, concern=shape.concern, is_unclear=is_unclear)


def _env(command: Command) -> Unwrapped:
    words = command.words
    at = 1
    concern = ""
    assignments: list[Assignment] = []
    is_unclear = False
    while at < len(words):
        word = words[at]
        text = word.text
        if re.match(r"[A-Za-z_]\w*=", text):
            name, _, value = text.partition("=")
            assignments.append(Assignment(name=name, value=known(value) if word.texts else unknown(value)))
        elif text in ("-S", "--split-string") or text.startswith(("-S", "--split-string=", "-vS", "-iS")):
            line = (
                words[at + 1 :]
                if text in ("-S", "--split-string", "-vS", "-iS")
                else [known(re.sub(r"^(?:-[vi]?S|--split-string=)", "", text)), *words[at + 1 :]]
            )
            return Unwrapped(lines=(joined(line),), concern="it splits text into a command")
        elif text in ("-u", "--unset", "-C", "--chdir"):
            concern = concern if text in ("-u", "--unset") else "it runs a command in another folder"
            at += 1
        elif text in ("-i", "-", "--ignore-environment", "-0", "--null") or text.startswith(("-u", "--unset=")):
            pass
        elif text == "--":
            at += 1
            break
        elif text.startswith("-"):
            is_unclear = True
        else:
            break
        at += 1
    rest = words[at:]
    if not rest:
        return Unwrapped(concern="it shows all variables, secrets among them")
    return Unwrapped(
        commands=(replace(command, words=rest, assignments=tuple(assignments)),),
        concern=concern,
        is_unclear=is_unclear or words[at].may_be_flag,
    )


def _xargs(command: Command) -> Unwrapped:
    found = _by_shape(command, XARGS)
    producers = Script(commands=command.fed_by)
    if any(re.match(r"-\w*a|--arg", word.text) for word in command.words[1:]):
        producers = Script(commands=())
    fed = Word(shown=FED, splits=True, scripts=(producers,))
    if not found.commands:
        return Unwrapped(commands=(command.with_words((known("echo"), fed)),), is_unclear=found.is_unclear)
    inner = found.commands[0]
    marks = [
        command.words[at + 1].text if word.text == "-I" and at + 1 < len(command.words) else word.text[2:]
        for at, word in enumerate(command.words)
        if word.text.startswith("-I")
    ]
    if not marks:
        return Unwrapped(commands=(inner.with_words((*inner.words, fed)),), is_unclear=found.is_unclear)
    mark = marks[0] or "{}"
    replaced = tuple(
        Word(
            shown=word.shown,
            scripts=(producers,),
            splits=word.shown.startswith(mark),
            guesses=(word.shown.replace(mark, FED),),
        )
        if mark in word.shown
        else word
        for word in inner.words
    )
    return Unwrapped(commands=(inner.with_words(replaced),), is_unclear=found.is_unclear)


def _find(command: Command) -> Unwrapped | None:
    words = command.words
    found: list[Command] = []
    producers = Script(commands=(command,))
    at = 1
    while at < len(words):
        at += 1
        if words[at - 1].text not in ("-exec", "-execdir", "-ok", "-okdir"):
            continue
        begin = at
        while at < len(words) and words[at].text != ";" and not (words[at].text == "+" and words[at - 1].text == "{}"):
            at += 1
        inner = tuple(
            Word(shown=word.shown, texts=("./…",) if word.shown == "{}" else (), scripts=(producers,))
            if "{}" in word.shown
            else word
            for word in words[begin:at]
        )
        found.append(command.with_words(inner))
    return Unwrapped(commands=tuple(found)) if found else None


def _after_flags(command: Command, flags: Sequence[str]) -> Unwrapped | None:
    for at, word in enumerate(command.words):
        if word.text in flags:
            inner = tuple(
                Word(shown=w.shown, texts=("./…",), scripts=(Script(commands=(command,)),)) if "{" in w.shown else w
                for w in command.words[at + 1 :]
                if w.text != ";"
            )
            return Unwrapped(commands=(command.with_words(inner),), concern="it runs a command for all that it finds")
    return None


TAKES_ITS_INPUT = "a shell that runs what it is given"
_SAME_LANGUAGE = frozenset(("bash", "sh", "dash", "ash", "rbash"))


def _shell(command: Command) -> Unwrapped:
    words = command.words
    is_same = words[0].text.rpartition("/")[2] in _SAME_LANGUAGE
    concern = "" if is_same else "it is another shell, which reads the line in its own way"
    at = 1
    while at < len(words):
        text = words[at].text
        if not re.match(r"[-+]\w|--", text) or text == "--":
            break
        if re.fullmatch(r"-[abefhkmnprtuvxBCHPlis]*c[abefhkmnprtuvxBCHPlis]*", text):
            if set("lis") & set(text) or (words[at].may_be_flag and not words[at].is_known):
                concern = "it starts a shell of its own, with its start-up files"
            line_at = at + 1
            while line_at < len(words) and re.match(r"[-+]\w", words[line_at].text):
                concern = "the shell gets further options"
                line_at += 2 if re.search(r"[oO]$", words[line_at].text) else 1
            return Unwrapped(lines=tuple(words[line_at : line_at + 1]), concern=concern)
        concern = "it starts a shell of its own"
        at += 2 if re.fullmatch(r"[-+]\w*[oO]|--rcfile|--init-file", text) else 1
    rest = words[at:]
    if rest and rest[0].text not in ("-s", "-", "--", "/dev/stdin", FED):
        return Unwrapped(concern=f"it runs the script {rest[0].shown[:40]}")
    lines: list[Word] = [r.target for r in command.redirects if r.operator in ("<<", "<<<")]
    return Unwrapped(lines=tuple(lines), concern=f"it starts {TAKES_ITS_INPUT}")


def _ssh(command: Command) -> Unwrapped:
    words = command.words
    at = 1
    lines: list[Word] = []
    while at < len(words) and words[at].text.startswith("-"):
        text = words[at].text
        if re.match(r"-o", text):
            option = text[2:] or (words[at + 1].text if at + 1 < len(words) else "")
            if re.match(r"(?i)(?:proxycommand|localcommand|knownhostscommand)[= ]", option):
                lines.append(known(re.split(r"[= ]", option, maxsplit=1)[1]))
        at += 2 if re.fullmatch(r"-\w*[bcDEeFIiJLlmOopQRSWw]", text) else 1
    rest = words[at + 1 :]
    return Unwrapped(lines=(*lines, *((joined(rest),) if rest else ())), concern="it works on another machine")


def _git(command: Command) -> Unwrapped | None:
    texts = [word.text for word in command.words]
    lines = list(_lines("git", command.words))
    commands: list[Command] = []
    for first, second in (("bisect", "run"), ("submodule", "foreach")):
        if first in texts and second in texts[texts.index(first) :]:
            rest = command.words[texts.index(second, texts.index(first)) + 1 :]
            rest = rest[1:] if rest and rest[0].text == "--recursive" else rest
            (lines.append(joined(rest)) if first == "submodule" else commands.append(command.with_words(rest)))
    for text in texts:
        if value := re.match(
            r"(?:alias\.[\w-]+|core\.\w+|[\w.-]+\.(?:cmd|command|clean|smudge|textconv))=!?(.+)", text
        ):
            lines.append(known(value[1]))
    if not lines and not commands:
        return None
    return Unwrapped(commands=tuple(commands), lines=tuple(lines), concern="git runs another program with this")


def _lines(program: str, words: Sequence[Word]) -> tuple[Word, ...]:
    options = LINE_OPTIONS.get(program, frozenset())
    lines: list[Word] = []
    for at, word in enumerate(words):
        name, equals, value = word.text.partition("=")
        is_clustered = program in ("script", "su", "flock", "runuser") and re.fullmatch(r"-\w+c", name) is not None
        if name in options or is_clustered:
            found = [known(value)] if equals else list(words[at + 1 : at + 2])
            if program in ("vim", "vi", "nvim"):
                found = [known(word.text.lstrip(":!")) for word in found]
            lines.extend(found)
        elif program in ("vim", "vi", "nvim", "less") and word.text.startswith(("+!", "+:!")):
            lines.append(known(word.text.lstrip("+:!")))
        elif (action := re.match(r"--checkpoint-action=exec=(.*)", word.text, re.DOTALL)) or (
            action := re.search(r"(?:EXEC|SYSTEM|exec|system):['\"]?([^,'\"]+)", word.text)
        ):
            lines.append(known(action[1]))
    return tuple(lines)


def _guess(command: Command, concern: str, lines: tuple[Word, ...]) -> Unwrapped:
    """Where the command begins cannot be told: every place is looked at, for danger."""
    rest = command.words[1:]
    texts = [word.text for word in rest]
    begins = [at for at, text in enumerate(texts) if not text.startswith("-")]
    inner = tuple(command.with_words(rest[at:]) for at in begins[:12])
    return Unwrapped(commands=inner, lines=lines, concern=concern or "it runs a command", is_unclear=True)
