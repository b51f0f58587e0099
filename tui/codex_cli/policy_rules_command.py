"""`codex-py policy rules list|add|remove`: what may be done without asking, and what may not.

`--json` prints one object:
- `list`: `{"rules": [{"id", "effect", "scope", "project", "pattern": {"type", …}, "words", "made_at", "origin"}],
  "problems": [SENTENCE…]}`; `pattern` as `codex_core.protocol.codec` writes it, `project` null if it counts everywhere
- `add`: `{"added": RULE, "file": PATH}`
- `remove`: `{"removed": RULE, "file": PATH}`

Rules of sessions are not here: they live and end with theirs. An id that is not there, or a rule that would allow too
much or never count, exits 2; so does a damaged file.
"""

from __future__ import annotations

import argparse
import datetime
import json
import os
import time
from collections.abc import Sequence
from pathlib import Path

from codex_cli.arguments import UsageError
from codex_cli.delegated import Parser, parse_delegated
from codex_cli.plain_output import complain, show
from codex_core.config.home import home_path
from codex_core.config.rule_tables import BadRule, check_width, effect_of, pattern_of
from codex_core.config.saved_rules import RulesFile
from codex_core.config.settings import load_config
from codex_core.config.trust import found_in, trust_state
from codex_core.policy.idle_rules import why_idle
from codex_core.policy.rules import too_much
from codex_core.protocol import (
    ConfigError,
    Effect,
    Json,
    JsonObject,
    Pattern,
    Rule,
    SandboxPolicy,
    new_id,
    pattern_words,
)
from codex_core.protocol.codec import encode_value
from codex_core.spelling import nearest
from codex_tools.sandbox.policy_defaults import default_policy

_WHAT = ("list", "add", "remove")


def run_policy_rules(arguments: Sequence[str]) -> int:
    """Run one `policy rules` command; returns the exit code.

    Raises:
        UsageError: it cannot be understood.
        ConfigError: the rules cannot be read or written.
    """
    asked = _parse(arguments)
    home = home_path(os.environ)
    match asked.what:
        case "list":
            return _list(home, _folder(asked.cd), scope=asked.scope, everything=asked.all, as_json=asked.json)
        case "add":
            return _add(home, asked)
        case _:
            return _remove(home, asked.id, as_json=asked.json)


def _list(home: Path, workspace: Path, *, scope: str | None, everything: bool, as_json: bool) -> int:
    rules = [rule for rule in RulesFile(home).load() if everything or rule.project in (None, workspace)]
    own, problem = _of_project(home, workspace)
    rules = [rule for rule in (*rules, *own) if scope is None or rule.scope == scope]
    problems = [problem] if problem else []
    policy = _policy(home, workspace)
    problems += [f"{rule.rule_id} covers nothing: {why}" for rule in rules if (why := _why_nothing(rule, policy))]
    if as_json:
        shown: list[Json] = [_as_json(rule) for rule in rules]
        told: list[Json] = [*problems]
        show(json.dumps({"rules": shown, "problems": told}, indent=2))
        return 0
    complain(problems)
    for rule in rules:
        made = datetime.datetime.fromtimestamp(rule.made_at).astimezone() if rule.made_at else None
        where = str(rule.project) if rule.project is not None and everything else rule.scope
        facts = [rule.rule_id, f"{rule.effect:5}", pattern_words(rule.pattern), f"({where})"]
        facts += [f"{made:%Y-%m-%d}"] if made is not None else []
        show("  ".join((*facts, rule.origin)))
    if not rules:
        show("no rules; a yes that is remembered makes one, so does codex-py policy rules add")
    return 0


def _why_nothing(rule: Rule, policy: SandboxPolicy) -> str:
    wide = too_much(rule.pattern) if rule.effect == "allow" else ""
    return wide or why_idle(rule.pattern, rule.effect, policy)


def _policy(home: Path, workspace: Path) -> SandboxPolicy:
    return default_policy("workspace-write", workspace=workspace, home=home, network="off", add_dirs=())


def _of_project(home: Path, workspace: Path) -> tuple[tuple[Rule, ...], str]:
    """What the folder's own config tightens, if it is trusted; and why it does not count, if it does not."""
    found = found_in(workspace)
    config = found.only("config")
    if config is None:
        return (), ""
    if trust_state(home, found) != "trusted":
        return (), f"{config.name} is not trusted, so what it asks and forbids does not count"
    try:
        return load_config(home, environ={}, project=(config.path, config.content)).project_rules, ""
    except ConfigError as error:
        return (), str(error)


def _add(home: Path, asked: argparse.Namespace) -> int:
    try:
        pattern, effect = _pattern(asked), effect_of({"effect": asked.effect})
        _check_use(pattern, effect, _policy(home, _folder(asked.cd)))
        check_width(pattern, effect)
    except BadRule as problem:
        raise UsageError(f"policy rules add: {problem}") from problem
    rule = Rule(
        rule_id=new_id("rule"),
        pattern=pattern,
        effect=effect,
        scope=asked.scope,
        project=_folder(asked.cd) if asked.scope == "project" else None,
        made_at=float(int(time.time())),
        origin="codex-py policy rules add",
    )
    file = RulesFile(home)
    file.add([rule])
    if asked.json:
        show(json.dumps({"added": _as_json(rule), "file": str(file.path)}, indent=2))
    else:
        show(f"{rule.rule_id}: {rule.effect} {pattern_words(pattern)} ({rule.scope})")
    return 0


def _check_use(pattern: Pattern, effect: Effect, policy: SandboxPolicy) -> None:
    if why := why_idle(pattern, effect, policy):
        raise BadRule(f"such a rule would never count: {why}")


def _pattern(asked: argparse.Namespace) -> Pattern:
    """The flags as the table of a rule, so that file and command line know the same words."""
    table: dict[str, object] = {name: getattr(asked, name) for name in ("edit", "host", "tool", "widen", "target")}
    table = {name: value for name, value in table.items() if value is not None}
    if asked.command:
        table["command"] = list(asked.command)
    if asked.exact:
        table["exact"] = True
    return pattern_of(table)


def _remove(home: Path, rule_id: str, *, as_json: bool) -> int:
    file = RulesFile(home)
    gone = file.remove(rule_id)
    if gone is None:
        near = nearest(rule_id, [rule.rule_id for rule in file.load()])
        hint = f"; did you mean {near}?" if near else "; see codex-py policy rules list --all"
        raise UsageError(f"there is no saved rule {rule_id}{hint}")
    if as_json:
        show(json.dumps({"removed": _as_json(gone), "file": str(file.path)}, indent=2))
    else:
        show(f"removed: {gone.effect} {pattern_words(gone.pattern)} ({gone.scope})")
    return 0


def _as_json(rule: Rule) -> JsonObject:
    return {
        "id": rule.rule_id,
        "effect": rule.effect,
        "scope": rule.scope,
        "project": str(rule.project) if rule.project is not None else None,
        "pattern": encode_value(Pattern, rule.pattern),
        "words": pattern_words(rule.pattern),
        "made_at": rule.made_at,
        "origin": rule.origin,
    }


def _folder(name: str) -> Path:
    folder = Path(name).resolve()
    if not folder.is_dir():
        raise UsageError(f"there is no folder {folder}")
    return folder


# The words.


def _parse(arguments: Sequence[str]) -> argparse.Namespace:
    return parse_delegated("policy rules", _parsers(), arguments, unknown="word")


def _parsers() -> tuple[Parser, dict[str, Parser]]:
    parser = Parser(prog="codex-py policy rules", description="What may be done without asking, and what may not.")
    commands = parser.add_subparsers(dest="what", required=True, metavar="|".join(_WHAT), parser_class=Parser)
    listing = commands.add_parser("list", allow_abbrev=False, help="the rules that count in this folder")
    listing.add_argument("--all", action="store_true", help="those of other projects too")
    listing.add_argument("--scope", choices=("user", "project"))
    add = commands.add_parser(
        "add",
        allow_abbrev=False,
        help="make a rule",
        usage="codex-py policy rules add [OPTIONS] [-- COMMAND [WORD …]]",
        description="A rule is about commands that begin with these words, or about one of the others.",
    )
    add.add_argument("--effect", choices=("allow", "ask", "deny"), default="allow", help="default: allow")
    add.add_argument("--scope", choices=("user", "project"), default="user", help="everywhere, or here; default: user")
    add.add_argument("--exact", action="store_true", help="exactly these words and no more")
    add.add_argument("--edit", metavar="GLOB", help="files, relative to the workspace: docs/**")
    add.add_argument("--host", metavar="HOST", help="a host, or *.HOST for those below it")
    add.add_argument("--tool", metavar="NAME", help="a tool of an MCP server: mcp__git__git_log, mcp__git__*")
    add.add_argument("--widen", choices=("write", "read", "network", "unconfined"), help="beyond the sandbox")
    add.add_argument("--target", metavar="PATH", help="what --widen write and --widen read are about")
    remove = commands.add_parser("remove", allow_abbrev=False, help="forget a rule")
    remove.add_argument("id", metavar="ID", help="as list shows it")
    for command in (listing, add):
        command.add_argument("-C", "--cd", default=".", metavar="DIR", help="the workspace")
    for command in (listing, add, remove):
        command.add_argument("--json", action="store_true", help="print JSON")
    return parser, {"list": listing, "add": add, "remove": remove}
