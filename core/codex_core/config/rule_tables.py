"""A rule as a table of TOML: how it is written in `rules.toml`, and in the config of a project."""

from __future__ import annotations

import calendar
import json
import time
from collections.abc import Mapping
from pathlib import Path
from typing import cast, get_args

from codex_core.policy.rules import too_much
from codex_core.protocol import (
    CommandRule,
    EditRule,
    Effect,
    HostRule,
    Pattern,
    Rule,
    RuleScope,
    ToolRule,
    WideningKind,
    WideningRule,
)
from codex_core.spelling import did_you_mean

_KINDS = ("command", "edit", "host", "tool", "widen")
_KEYS = (*_KINDS, "exact", "target", "effect", "scope", "project", "id", "made", "origin")
_TIME = "%Y-%m-%dT%H:%M:%SZ"


class BadRule(ValueError):
    """The table says no rule: which key is wrong, and what it should be."""


def pattern_of(table: Mapping[str, object]) -> Pattern:
    """Return what the table's `command`, `edit`, `host`, `tool` or `widen` says.

    Raises:
        BadRule: there is none or more than one, or its value means nothing.
    """
    for key in table:
        if key not in _KEYS:
            raise BadRule(f"unknown key {key}{did_you_mean(key, _KEYS)}")
    kinds = [kind for kind in _KINDS if kind in table and not (kind == "command" and "widen" in table)]
    if len(kinds) != 1:
        raise BadRule(f"it needs one of {', '.join(_KINDS)}, and has {' and '.join(kinds) or 'none'}")
    if "exact" in table and "command" not in table:
        raise BadRule("exact goes with command")
    if "target" in table and "widen" not in table:
        raise BadRule("target goes with widen")
    words, is_exact = _words(table), _exact(table)
    match kinds[0]:
        case "command":
            return CommandRule(prefix=words, is_exact=is_exact)
        case "edit":
            return EditRule(glob=_text(table, "edit"))
        case "host":
            return HostRule(host=_text(table, "host"))
        case "tool":
            return ToolRule(tool=_text(table, "tool"))
        case _:
            kind = _one_of(table, "widen", get_args(WideningKind))
            if (needs := kind in ("write", "read")) != ("target" in table):
                raise BadRule("widen = " + kind + (" needs a target: a path" if needs else " takes no target"))
            target = _text(table, "target") if needs else ""
            if needs and not Path(target).is_absolute():
                raise BadRule("target should be an absolute path")
            return WideningRule(kind=cast(WideningKind, kind), target=target, prefix=words, is_exact=is_exact)


def effect_of(table: Mapping[str, object]) -> Effect:
    return cast(Effect, _one_of(table, "effect", get_args(Effect)))


def rule_of(table: Mapping[str, object]) -> Rule:
    """Return the saved rule that a table of `rules.toml` says.

    Raises:
        BadRule: it says none.
    """
    scope = cast(RuleScope, _one_of(table, "scope", ("project", "user")))
    if (scope == "project") != ("project" in table):
        raise BadRule("project = its folder goes with scope = project, and only with it")
    return Rule(
        rule_id=_text(table, "id"),
        pattern=pattern_of(table),
        effect=effect_of(table),
        scope=scope,
        project=Path(_text(table, "project")) if scope == "project" else None,
        made_at=_made_at(table),
        origin=_text(table, "origin") if "origin" in table else "",
    )


def tightening_rule(table: Mapping[str, object], *, rule_id: str, origin: str) -> Rule:
    """Return the rule of a project that a table of its config says: `effect` and what it is about, nothing else.

    Raises:
        BadRule: it says none, or would allow something.
    """
    for key in ("id", "scope", "project", "made", "origin"):
        if key in table:
            raise BadRule(f"{key} means nothing in a project's rule")
    effect = effect_of(table)
    if effect == "allow":
        raise BadRule("effect = allow: a project can only tighten, with ask and deny; what is allowed is yours to say")
    pattern = pattern_of(table)
    if isinstance(pattern, WideningRule) and effect == "ask":
        raise BadRule("effect = ask: every widening is asked anyway; deny forbids it")
    return Rule(rule_id=rule_id, pattern=pattern, effect=effect, scope="project", made_at=0.0, origin=origin)


def check_width(pattern: Pattern, effect: Effect) -> None:
    """Refuse to make a rule that allows too much. One that is in the file already covers nothing; see `policy.rules`.

    Raises:
        BadRule: the words of a command that can run anything, or a program without what it does.
    """
    if effect == "allow" and (problem := too_much(pattern)):
        raise BadRule(problem)


def table_text(rule: Rule) -> str:
    """Return the rule as `[[rule]]` and its keys."""
    lines = [f"id = {_quoted(rule.rule_id)}", f"effect = {_quoted(rule.effect)}", f"scope = {_quoted(rule.scope)}"]
    if rule.project is not None:
        lines.append(f"project = {_quoted(str(rule.project))}")
    match rule.pattern:
        case CommandRule(prefix=prefix, is_exact=is_exact):
            lines += _command_lines(prefix, is_exact=is_exact)
        case EditRule(glob=glob):
            lines.append(f"edit = {_quoted(glob)}")
        case HostRule(host=host):
            lines.append(f"host = {_quoted(host)}")
        case ToolRule(tool=tool):
            lines.append(f"tool = {_quoted(tool)}")
        case WideningRule(kind=kind, target=target, prefix=prefix, is_exact=is_exact):
            lines.append(f"widen = {_quoted(kind)}")
            if target:
                lines.append(f"target = {_quoted(target)}")
            if prefix:
                lines += _command_lines(prefix, is_exact=is_exact)
    lines.append(f"made = {_quoted(time.strftime(_TIME, time.gmtime(rule.made_at)))}")
    if rule.origin.strip():
        lines.append(f"origin = {_quoted(rule.origin)}")
    return "\n".join(("[[rule]]", *lines, ""))


def _command_lines(prefix: tuple[str, ...], *, is_exact: bool) -> list[str]:
    words = ", ".join(map(_quoted, prefix))
    return [f"command = [{words}]", *(["exact = true"] if is_exact else [])]


def _quoted(text: str) -> str:
    """A basic string of TOML: as JSON writes it, but for DEL."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _text(table: Mapping[str, object], key: str) -> str:
    if key not in table:
        raise BadRule(f"{key} is missing")
    value = table[key]
    if not isinstance(value, str) or not value.strip():
        raise BadRule(f"{key} is {value!r:.60}; it should be text")
    return value


def _one_of(table: Mapping[str, object], key: str, values: tuple[str, ...]) -> str:
    value = _text(table, key)
    if value not in values:
        raise BadRule(f"{key} is {value!r:.60}; it should be one of {', '.join(values)}{did_you_mean(value, values)}")
    return value


def _words(table: Mapping[str, object]) -> tuple[str, ...]:
    if "command" not in table:
        return ()
    value = table["command"]
    words = cast(list[object], value) if isinstance(value, list) else []
    if not words or not all(isinstance(word, str) for word in words) or not words[0]:
        raise BadRule(f"command is {value!r:.60}; it should be a list of words, the program first")
    return tuple(cast(list[str], words))


def _exact(table: Mapping[str, object]) -> bool:
    value = table.get("exact", False)
    if not isinstance(value, bool):
        raise BadRule(f"exact is {value!r:.60}; it should be true or false")
    return value


def _made_at(table: Mapping[str, object]) -> float:
    if "made" not in table:
        return 0.0
    text = _text(table, "made")
    try:
        return float(calendar.timegm(time.strptime(text, _TIME)))
    except ValueError:
        raise BadRule(f"made is {text!r:.60}; it should be a time such as 2026-01-31T12:00:00Z") from None
