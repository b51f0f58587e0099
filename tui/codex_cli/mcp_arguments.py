"""The words of `codex-py mcp list|test|add|remove`."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from codex_cli.delegated import Parser, parse_delegated


def parse_mcp(arguments: Sequence[str]) -> argparse.Namespace:
    """Return `what` and its flags; what follows `--` is `command`, whatever it looks like.

    Raises:
        UsageError: naming the nearest valid word.
    """
    return parse_delegated("mcp", _parsers(), arguments)


def _parsers() -> tuple[Parser, dict[str, Parser]]:
    """The parser of everything, and those of the commands by name."""
    parser = Parser(prog="codex-py mcp", description="MCP servers: list, test, add and remove them.")
    commands = parser.add_subparsers(dest="what", required=True, metavar="list|test|add|remove", parser_class=Parser)

    listing = commands.add_parser("list", allow_abbrev=False, help="the servers that are configured here")
    listing.add_argument("--presets", action="store_true", help="also the ones that we ship ready to be added")

    test = commands.add_parser("test", allow_abbrev=False, help="start servers, confined, and list their tools")
    test.add_argument("names", nargs="*", metavar="NAME", help="all that are on, if none is named")

    add = commands.add_parser(
        "add",
        allow_abbrev=False,
        help="add a server for you",
        usage="codex-py mcp add NAME [OPTIONS] [-- COMMAND [ARG …]]",
        description="COMMAND and its ARGs may hold ${VAR}, ${workspaceFolder} and ${serverCache}.",
    )
    add.add_argument("name", metavar="NAME", help="without a command: of a preset")
    add.add_argument("--env", action="append", default=[], metavar="NAME=VALUE", help="value may be ${VAR}")
    add.add_argument("--cwd", default="", metavar="DIR", help="where it runs; else the workspace")
    add.add_argument("--mode", choices=("read-only", "workspace-write", "danger-full-access"))
    add.add_argument("--network", choices=("on", "off"))
    add.add_argument("--writable", action="append", default=[], metavar="DIR", help="may be given again")
    add.add_argument("--disabled", action="store_true", help="add it switched off")

    remove = commands.add_parser("remove", allow_abbrev=False, help="remove a server of yours")
    remove.add_argument("name", metavar="NAME")

    for command in (listing, test):
        command.add_argument("-C", "--cd", default=".", metavar="DIR", help="the workspace")
    for command in (listing, test, add, remove):
        command.add_argument("--json", action="store_true", help="print JSON")
    return parser, {"list": listing, "test": test, "add": add, "remove": remove}
