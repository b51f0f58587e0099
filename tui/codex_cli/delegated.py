"""The words of a command that parses its own: it has commands of its own, and one of them, `add`, takes a command line.

These are no everyday starts, so argparse may cost what it costs. Its messages are made like all of ours.
"""

from __future__ import annotations

import argparse
import re
from collections.abc import Mapping, Sequence
from typing import NoReturn

from codex_cli.arguments import UsageError
from codex_core.spelling import did_you_mean


class Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        """In the style of all our messages: argparse knows what is wrong, and says it in its own."""
        called = self.prog.removeprefix("codex-py ")
        missing = re.fullmatch(r"the following arguments are required: (.+)", message)
        if missing is None:
            raise UsageError(f"{called}: {message}")
        choices = missing[1].split("|")
        raise UsageError(f"{called} needs {'one of: ' + ', '.join(choices) if len(choices) > 1 else choices[0]}")


def parse_delegated(
    name: str, parsers: tuple[Parser, Mapping[str, Parser]], arguments: Sequence[str], *, unknown: str = "flag"
) -> argparse.Namespace:
    """Return `what` and its flags; what follows `--` is `command`, whatever it looks like.

    `parsers` are that of everything, and those of the commands of `name`; `unknown` is what a word is called that none
    of them knows.

    Raises:
        UsageError: naming the nearest valid word.
    """
    words = list(arguments)
    cut = words.index("--") if "--" in words else len(words)
    words, command = words[:cut], words[cut + 1 :]
    parser, commands = parsers
    if words and not words[0].startswith("-") and words[0] not in commands:
        raise UsageError(f"no command '{name} {words[0]}'{did_you_mean(words[0], commands)}")
    asked, odd = parser.parse_known_args(words, argparse.Namespace(command=command))
    if odd:
        flags = re.findall(r"--[a-z]+", commands[asked.what].format_help())
        raise UsageError(f"{name} {asked.what}: unknown {unknown} {odd[0]}{did_you_mean(odd[0], flags)}")
    if command and asked.what != "add":
        raise UsageError(f"{name} {asked.what} takes no command")
    return asked
