"""From the words of the command line to a `Request`, which is right in form.

Every mistake is a `UsageError` that names the word and the nearest valid one. (argparse is not used: it costs every
start 20 ms, shortens flags by guessing, and has no such messages.)
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias, cast

from codex_cli.flags import COMMANDS, FIRST_WORDS, FLAGS, GROUPS, SHORT_FLAGS, Command, Flag
from codex_core.spelling import did_you_mean, is_one_slip_from, nearest

Value: TypeAlias = bool | str | tuple[str, ...]


class UsageError(Exception):
    """The command line is wrong; nothing was run. Exit code 2."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A command line that is right in form: known flags that belong to the command, known choices."""

    command: Command
    values: Mapping[str, Value]
    """By `Flag.field`; only what was given."""
    words: tuple[str, ...] = ()
    rest: tuple[str, ...] = ()
    """For a delegated command: everything but its name, unparsed."""
    wants_help: bool = False
    group: str = ""
    """Set instead of a command if help on a group of commands is wanted."""

    def flag(self, name: str) -> bool:
        return bool(self.values.get(name))

    def text(self, name: str) -> str | None:
        value = self.values.get(name)
        return value if isinstance(value, str) else None

    def texts(self, name: str) -> tuple[str, ...]:
        value = self.values.get(name, ())
        return value if isinstance(value, tuple) else ()


def parse(argv: Sequence[str]) -> Request:
    """Parse a command line without its first word.

    Raises:
        UsageError: a flag, command or choice does not exist, does not belong here, or is not in this version.
    """
    scan = _Scan(argv)
    scan.run()
    if scan.group:
        return Request(command=COMMANDS[""], values={}, wants_help=True, group=scan.group)
    command = COMMANDS[scan.command]
    if command.is_delegated:
        return Request(command=command, values={}, rest=tuple(scan.rest))
    if scan.wants_help:
        return Request(command=command, values={}, wants_help=True)
    _check(command, scan)
    return Request(command=command, values=scan.values, words=tuple(scan.words))


class _Scan:
    """One pass over the words: flags may stand before, between and after the words of a command."""

    def __init__(self, argv: Sequence[str]) -> None:
        self._argv = list(argv)
        self._at = 0
        self.command = ""
        self.group = ""
        self.words: list[str] = []
        self.rest: list[str] = []
        self.values: dict[str, Value] = {}
        self.given: list[Flag] = []
        self.wants_help = False

    def run(self) -> None:
        only_words = False
        may_name_command = True
        while self._at < len(self._argv):
            word = self._argv[self._at]
            self._at += 1
            if only_words or word == "-" or not word.startswith("-"):
                if may_name_command and not only_words and self._names_command(word):
                    may_name_command = word in GROUPS and self.command == word  # `exec` may go on with `resume`
                    if COMMANDS[self.command].is_delegated:
                        name_words = len(self.command.split())
                        self.rest = [*self._argv[: self._at - name_words], *self._argv[self._at :]]
                        return
                    continue
                may_name_command = False
                self.words.append(word)
            elif word == "--":
                only_words = True
            elif word.startswith("--"):
                self._take_long(word)
            else:
                self._take_short(word)
            if self.group:
                return

    def _names_command(self, word: str) -> bool:
        """Take `word` as the name of a command, with the word after it where it is a group."""
        if self.command:  # an `exec` is open
            if word not in GROUPS[self.command]:
                return False
            self.command = f"{self.command} {word}"
            return True
        if word not in FIRST_WORDS:
            return False
        if word in COMMANDS:
            self.command = word
            return True
        self._take_second_word(word)
        return True

    def _take_second_word(self, group: str) -> None:
        names = GROUPS[group]
        second = self._argv[self._at] if self._at < len(self._argv) else ""
        if second in ("--help", "-h"):
            self.group = group
            self.command = f"{group} {names[0]}"
            return
        if not second or second.startswith("-"):
            raise UsageError(f"{group} needs one of: {', '.join(names)}")
        if second not in names:
            raise UsageError(f"no command '{group} {second}'{did_you_mean(second, names)}")
        self._at += 1
        self.command = f"{group} {second}"

    def _take_long(self, word: str) -> None:
        name, equals, value = word.partition("=")
        flag = FLAGS.get(name)
        if flag is None:
            valid = COMMANDS[self.command].flags
            near = nearest(name, valid) or nearest(name, FLAGS)
            raise UsageError(f"unknown flag {name}" + (f"; did you mean {near}?" if near else "; see codex-py --help"))
        self._take(flag, name, value if equals else None)

    def _take_short(self, word: str) -> None:
        named = SHORT_FLAGS.get(word[:2])
        if named is None:
            raise UsageError(f"unknown flag {word[:2]}; see codex-py --help")
        flag = next((each for each in named if each.long in COMMANDS[self.command].flags), named[0])
        attached = word[2:]
        if attached and not flag.value:
            raise UsageError(f"{word[:2]} takes no value: {word}")
        self._take(flag, word[:2], attached.removeprefix("=") if attached else None)

    def _take(self, flag: Flag, typed: str, value: str | None) -> None:
        self.given.append(flag)
        if flag.long == "--help":
            self.wants_help = True
        if not flag.value:
            if value is not None:
                raise UsageError(f"{typed} takes no value")
            self.values[flag.field] = True
            return
        if value is None and flag.value_is_optional:
            self.values[flag.field] = True
            return
        if value is None:
            value = self._next_value(flag, typed)
        if flag.choices and value not in flag.choices:
            raise UsageError(f"{typed} cannot be '{value}'{did_you_mean(value, flag.choices)}")
        before = self.values.get(flag.field, ())
        self.values[flag.field] = (*cast(tuple[str, ...], before), value) if flag.is_list else value

    def _next_value(self, flag: Flag, typed: str) -> str:
        following = self._argv[self._at] if self._at < len(self._argv) else None
        if following is None or (following.startswith("-") and following != "-"):
            hint = f"; write {flag.long}={following} if that is the value" if following else ""
            raise UsageError(f"{typed} needs a value: {flag.long} {flag.value}{hint}")
        self._at += 1
        return following


def _check(command: Command, scan: _Scan) -> None:
    called = f"codex-py {command.name}".rstrip()
    if not command.built:
        raise UsageError(f"not in this version: {called}")
    for flag in scan.given:
        if flag.long not in (*command.flags, "--help"):
            homes = [other.name for other in COMMANDS.values() if flag.long in other.flags and other.built]
            firsts = dict.fromkeys(name.split()[0] if name else "codex-py alone" for name in homes)
            where = f"; it goes with: {', '.join(firsts)}" if firsts else ""
            raise UsageError(f"{flag.long} does not go with {called}{where}")
        if not flag.built:
            raise UsageError(f"not in this version: {flag.long}")
    if len(scan.words) > command.most_words:
        raise UsageError(_too_many(command, called, scan.words))
    if len(scan.words) < command.least_words:
        raise UsageError(f"{command.name} needs {command.words}")
    if not command.name and len(scan.words) == 1:
        _refuse_slip(scan.words[0])


def _too_many(command: Command, called: str, words: Sequence[str]) -> str:
    if command.name in ("", "exec"):
        near = nearest(words[0], (*FIRST_WORDS, *GROUPS)) if not command.name else None
        if near is not None:
            return f"no command '{words[0]}'; did you mean {near}?"
        return f'more than one prompt; put it in quotes: {called} "{" ".join(words)}"'
    return f"{command.name} takes {command.words or 'no further words'}, not '{words[command.most_words]}'"


def _refuse_slip(word: str) -> None:
    """A lone word that is one slip away from a command is hardly a prompt for an agent."""
    for name in FIRST_WORDS:
        if is_one_slip_from(word.lower(), name) or (word != name and word.lower() == name):
            raise UsageError(f"no command '{word}'; did you mean {name}? As a prompt: codex-py --task {word}")
