"""What the user's rules say of an action: pure matching, on parsed words and resolved paths, never on raw text.

An `allow` covers a line only if each of its simple commands is judged safe or begins as a rule says, nothing is judged
dangerous, and nothing beside the commands (a redirection into a file, an assignment) does something of its
own. `deny` and `ask` err the other way: one command of the line is enough, and what cannot be parsed may be it.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias
from urllib.parse import urlsplit

from codex_core.policy.globs import glob_matches
from codex_core.policy.judge import Judgement, judge, shell_line
from codex_core.policy.prefixes import prefix_depth
from codex_core.protocol import (
    Action,
    CommandRule,
    EditRule,
    Effect,
    HostRule,
    Pattern,
    Rule,
    SandboxPolicy,
    ToolRule,
    WideningRule,
)

Words: TypeAlias = tuple[str, ...]
_Fit: TypeAlias = Literal["yes", "maybe", "no"]

_MOST_COMMANDS = 64
"""A line with more is not covered by rules."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """An action as it was judged."""

    action: Action
    judgement: Judgement
    tool: str
    policy: SandboxPolicy

    @property
    def line(self) -> str:
        return shell_line(self.action.argv)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ruling:
    effect: Effect
    rules: tuple[Rule, ...]
    """Those that decided."""


def ruling_on(case: Case, rules: Sequence[Rule]) -> Ruling | None:
    """What the rules say; None if they say nothing. An `allow` is only ever returned for the verdict `ask`."""
    fits = [(rule, _fit(rule.pattern, case)) for rule in rules if rule.effect != "allow"]
    if denying := tuple(rule for rule, fit in fits if rule.effect == "deny" and fit == "yes"):
        return Ruling(effect="deny", rules=denying)
    if asking := tuple(rule for rule, fit in fits if fit != "no"):
        return Ruling(effect="ask", rules=asking)
    if case.judgement.verdict == "ask" and (used := covering(case, rules)):
        return Ruling(effect="allow", rules=used)
    return None


def covering(case: Case, rules: Iterable[Rule]) -> tuple[Rule, ...]:
    """The `allow` rules that together cover the action; none if they do not. Danger is never covered."""
    if case.judgement.verdict == "danger":
        return ()
    allowing = [rule for rule in rules if rule.effect == "allow"]
    match case.action.kind:
        case "exec":
            return _covering_line(case, [(rule, rule.pattern) for rule in allowing])
        case "write":
            return _covering_paths(case, allowing)
        case "network":
            return _covering_hosts(case, allowing)
        case "other":
            return tuple(rule for rule in allowing if _names_tool(rule.pattern, case.tool))[:1]
        case "read":
            return ()


def remembered_widenings(case: Case, rules: Sequence[Rule]) -> tuple[Rule, ...]:
    """The rules by which a command may do more than its mode says."""
    if case.action.kind != "exec" or case.judgement.verdict == "danger":
        return ()
    found: list[Rule] = []
    by_grant: dict[tuple[str, str], list[tuple[Rule, Pattern]]] = {}
    for rule in rules:
        pattern = rule.pattern
        if rule.effect == "allow" and isinstance(pattern, WideningRule) and not too_much(pattern):
            if not pattern.prefix:
                found.append(rule)
            else:
                whose = CommandRule(prefix=pattern.prefix, is_exact=pattern.is_exact)
                by_grant.setdefault((pattern.kind, pattern.target), []).append((rule, whose))
    for candidates in by_grant.values():
        found += _covering_line(case, candidates)
    refused = [rule.pattern for rule in rules if rule.effect != "allow"]
    return tuple(rule for rule in found if not any(_same_grant(rule.pattern, other) for other in refused))


def unsafe_commands(case: Case) -> tuple[Words, ...] | None:
    """The commands of the line that need a yes, each once; None if more than its commands decides what it does."""
    commands = case.judgement.commands
    if not commands or len(commands) > _MOST_COMMANDS or case.judgement.beyond or _assigns(case.line, commands):
        return None
    return tuple(dict.fromkeys(words for words in commands if not _is_safe(words, case)))


def too_wide(prefix: Words) -> str:
    """Why a rule may not allow all that begins so, in words; empty if it may."""
    if prefix_depth(prefix) == 0:
        return f"{shlex.join(prefix)} … can run anything or destroy: only exactly the same words can be allowed"
    if prefix_depth((*prefix, "word")) > len(prefix):
        return f"all of {shlex.join(prefix)} is too much: name the word that says what it does, too"
    return ""


def too_much(pattern: Pattern) -> str:
    """Why no rule may allow this, in words; empty if one may."""
    match pattern:
        case WideningRule(kind="unconfined", prefix=prefix, is_exact=is_exact) if not (prefix and is_exact):
            return "no sandbox at all can be allowed only for exactly one command"
        case CommandRule(prefix=()):
            return "a command without words is none"
        case CommandRule(prefix=prefix, is_exact=False) | WideningRule(prefix=prefix, is_exact=False) if prefix:
            return too_wide(prefix)
        case _:
            return ""


# Commands.


def _covering_line(case: Case, candidates: Sequence[tuple[Rule, Pattern]]) -> tuple[Rule, ...]:
    commands = [(rule, pattern) for rule, pattern in candidates if isinstance(pattern, CommandRule)]
    whole = [rule for rule, pattern in commands if pattern.is_exact and pattern.prefix == case.action.argv]
    if whole:
        return (whole[0],)
    unsafe = unsafe_commands(case)
    if unsafe is None:
        return ()
    used: list[Rule] = []
    for words in unsafe:
        rule = next((rule for rule, pattern in commands if _covers(pattern, words)), None)
        if rule is None:
            return ()
        used.append(rule)
    return tuple(dict.fromkeys(used))


def _covers(pattern: CommandRule, words: Words) -> bool:
    prefix = pattern.prefix
    if not prefix or any(is_open(word) for word in words[: len(prefix)]):
        return False
    if pattern.is_exact:
        return words == prefix
    return words[: len(prefix)] == prefix and not too_wide(prefix) and len(prefix) >= prefix_depth(words) > 0


def _is_safe(words: Words, case: Case) -> bool:
    if any(is_open(word) for word in words):
        return False  # judged by itself it would be taken for what it is written as
    alone = Action(kind="exec", summary="", argv=words)
    return judge(alone, case.policy).verdict == "safe"


_OPEN = re.compile(r"[$`*?\[\]{}~]")


def is_open(word: str) -> bool:
    """Its text may be something else when it runs."""
    return _OPEN.search(word) is not None


_ASSIGNMENT = re.compile(r"(?<![\w./:=-])([A-Za-z_]\w*)(?:\[[^\]]{0,64}\])?\+?=")


def _assigns(line: str, commands: Sequence[Words]) -> bool:
    """Whether it sets a variable, which may change what a command is or does. Quoted text is taken for it, too."""
    as_words = [found for words in commands for word in words[1:] for found in _ASSIGNMENT.findall(word)]
    return len(_ASSIGNMENT.findall(line)) > len(as_words)


def _fit_of_line(pattern: CommandRule, case: Case) -> _Fit:
    """Whether the line has such a command, for rules that tighten."""
    if case.action.kind != "exec":
        return "no"
    if pattern.prefix == case.action.argv:
        return "yes"
    if not case.judgement.commands:
        return "maybe"
    fits = [_fit_of_words(pattern, words) for words in case.judgement.commands]
    return "yes" if "yes" in fits else "maybe" if "maybe" in fits else "no"


def _fit_of_words(pattern: CommandRule, words: Words) -> _Fit:
    wanted = pattern.prefix
    if (pattern.is_exact and len(words) != len(wanted)) or len(words) < len(wanted):
        return "maybe" if any(is_open(word) for word in words) else "no"
    program = words[0].rpartition("/")[2]
    if any(is_open(word) for word in words[: len(wanted)]):
        return "maybe"
    return "yes" if (program, *words[1 : len(wanted)]) == (wanted[0].rpartition("/")[2], *wanted[1:]) else "no"


# Edits, hosts, tools.


def _fit(pattern: Pattern, case: Case) -> _Fit:
    action = case.action
    match pattern:
        case CommandRule():
            return _fit_of_line(pattern, case)
        case EditRule(glob=glob):
            names = _relative_paths(case)
            fits = action.kind == "write" and (glob == "**" or any(glob_matches(glob, name) for name in names))
        case HostRule(host=host):
            fits = action.kind == "network" and any(_is_host(host, name) for name in _hosts(action))
        case ToolRule():
            fits = _names_tool(pattern, case.tool)
        case WideningRule():
            fits = False  # of what is widened, not of what is done
    return "yes" if fits else "no"


def _covering_paths(case: Case, rules: Sequence[Rule]) -> tuple[Rule, ...]:
    names = _relative_paths(case)
    if len(names) != len(case.action.paths):
        return ()
    used: list[Rule] = []
    for name in names or ("",):
        rule = next((rule for rule in rules if isinstance(p := rule.pattern, EditRule) and _edits(p, name)), None)
        if rule is None:
            return ()
        used.append(rule)
    return tuple(dict.fromkeys(used))


def _edits(pattern: EditRule, name: str) -> bool:
    return pattern.glob == "**" or glob_matches(pattern.glob, name)


def _relative_paths(case: Case) -> tuple[str, ...]:
    """Of the paths inside the workspace."""
    workspace = case.policy.workspace
    return tuple(p.relative_to(workspace).as_posix() for p in case.action.paths if p.is_relative_to(workspace))


def _covering_hosts(case: Case, rules: Sequence[Rule]) -> tuple[Rule, ...]:
    used: list[Rule] = []
    for host in _hosts(case.action):
        rule = next((rule for rule in rules if _names_host(rule.pattern, host)), None)
        if rule is None:
            return ()
        used.append(rule)
    return tuple(dict.fromkeys(used))


def _hosts(action: Action) -> tuple[str, ...]:
    return tuple(map(host_of, action.urls))


def host_of(url: str) -> str:
    """The host of a URL or of what is a host already, in lower case; empty if it names none."""
    try:
        host = urlsplit(url if "://" in url else f"//{url}").hostname or ""
    except ValueError:
        return ""
    return host.rstrip(".").lower()


def _is_host(pattern: str, host: str) -> bool:
    wanted = pattern.rstrip(".").lower()
    if not host:
        return False
    return host.endswith(wanted[1:]) and host != wanted[2:] if wanted.startswith("*.") else host == wanted


def _names_host(pattern: Pattern, host: str) -> bool:
    return isinstance(pattern, HostRule) and _is_host(pattern.host, host)


def _names_tool(pattern: Pattern, tool: str) -> bool:
    if not isinstance(pattern, ToolRule):
        return False
    return tool.startswith(pattern.tool[:-1]) if pattern.tool.endswith("*") else tool == pattern.tool


def _same_grant(pattern: Pattern, other: Pattern) -> bool:
    if not (isinstance(pattern, WideningRule) and isinstance(other, WideningRule)):
        return False
    return other.kind == pattern.kind and other.target in ("", pattern.target)
