"""How a yes may be remembered, and what a refused command may be given: what the approval panel offers.

Pure, but for looking whether a path is there.
"""

from __future__ import annotations

import os
import shlex
from collections.abc import Iterable
from pathlib import Path, PurePosixPath

from codex_core.policy.prefixes import prefix_depth
from codex_core.policy.rules import Case, host_of, is_open, too_wide, unsafe_commands
from codex_core.protocol import (
    CommandRule,
    Denial,
    EditRule,
    HostRule,
    Offer,
    Pattern,
    ToolRule,
    Widening,
    WideningOffer,
    WideningRule,
    WideningScope,
    pattern_words,
    widening_words,
)


def offers_for(case: Case) -> tuple[Offer, ...]:
    """The narrowest first. None for danger: that is asked each time."""
    if case.judgement.verdict == "danger":
        return ()
    match case.action.kind:
        case "exec":
            return _of_commands(case)
        case "write":
            return _of_edits(case)
        case "network":
            return _of_hosts(case)
        case "other":
            return _of_tool(case.tool)
        case "read":
            return ()


def _of_commands(case: Case) -> tuple[Offer, ...]:
    unsafe = unsafe_commands(case)
    if not unsafe:
        return (_line_offer(case),)
    exact = tuple(CommandRule(prefix=words, is_exact=True) for words in unsafe)
    wider = tuple(dict.fromkeys(_prefix_rule(words) for words in unsafe))
    # What a word with an expansion stands for may differ the next time: then only the line as a whole is the same.
    is_fixed = not any(is_open(word) for words in unsafe for word in words)
    offers = [_command_offer(case, exact) if is_fixed else _line_offer(case)]
    if wider != exact and not any(rule.is_exact and any(map(is_open, rule.prefix)) for rule in wider):
        offers.append(_command_offer(case, wider))
    return tuple(offers)


def _line_offer(case: Case) -> Offer:
    return Offer(
        patterns=(CommandRule(prefix=case.action.argv, is_exact=True),),
        words="exactly this line",
        matches=(case.line,),
        misses=("the same line with anything added or left out",),
    )


def _prefix_rule(words: tuple[str, ...]) -> CommandRule:
    prefix = words[: prefix_depth(words)]
    if (
        not prefix
        or len(prefix) < prefix_depth(words)
        or too_wide(prefix)
        or any(c in "".join(prefix) for c in "$`*?[")
    ):
        return CommandRule(prefix=words, is_exact=True)
    return CommandRule(prefix=prefix)


def _command_offer(case: Case, rules: tuple[CommandRule, ...]) -> Offer:
    open_ones = [rule for rule in rules if not rule.is_exact]
    first = shlex.join(rules[0].prefix)
    matches = [case.line, *(f"{shlex.join(rule.prefix)} …" for rule in open_ones)]
    misses = [f"{rule.prefix[0]} … in any other form" for rule in open_ones if len(rule.prefix) > 1]
    misses += [f"{first} > FILE", f"NAME=VALUE {first}", f"{first}; anything that is not allowed too"]
    return Offer(
        patterns=rules,
        words=_listed(map(pattern_words, rules)),
        matches=tuple(dict.fromkeys(matches)),
        misses=tuple(misses),
        is_editable=bool(open_ones),
    )


def _of_edits(case: Case) -> tuple[Offer, ...]:
    workspace = case.policy.workspace
    names = [PurePosixPath(p.relative_to(workspace)) for p in case.action.paths if p.is_relative_to(workspace)]
    offers: list[Offer] = []
    plain = [name for name in names if not any(c in str(name) for c in "*?")]
    if names and plain == names:
        offers.append(_edit_offer(tuple(EditRule(glob=str(name)) for name in dict.fromkeys(names)), names))
        folder = _common_folder(names)
        if folder.parts:
            offers.append(_edit_offer((EditRule(glob=f"{folder}/**"),), names))
    everything = Offer(
        patterns=(EditRule(glob="**"),),
        words=pattern_words(EditRule(glob="**")),
        matches=tuple(map(str, names)),
        misses=(*_NEVER_BY_RULE, "files outside the workspace"),
        scopes=("session", "project"),
    )
    return (*offers, everything)


_NEVER_BY_RULE = ("AGENTS.md, .git/hooks and whatever else steers programs or the agent",)


def _edit_offer(rules: tuple[EditRule, ...], names: list[PurePosixPath]) -> Offer:
    return Offer(
        patterns=rules,
        words=_listed(map(pattern_words, rules)),
        matches=tuple(map(str, names)),
        misses=("other files", *_NEVER_BY_RULE),
        is_editable=True,
    )


def _common_folder(names: list[PurePosixPath]) -> PurePosixPath:
    folder = names[0].parent
    while not all(name.is_relative_to(folder) for name in names):
        folder = folder.parent
    return folder


def _of_hosts(case: Case) -> tuple[Offer, ...]:
    hosts = tuple(dict.fromkeys(host for url in case.action.urls if (host := host_of(url))))
    if not hosts:
        return ()
    rules = tuple(HostRule(host=host) for host in hosts)
    words = _listed(map(pattern_words, rules))
    return (Offer(patterns=rules, words=words, matches=hosts, misses=("other hosts, those below it too",)),)


def _of_tool(tool: str) -> tuple[Offer, ...]:
    offers = [Offer(patterns=(ToolRule(tool=tool),), words=pattern_words(ToolRule(tool=tool)), matches=(tool,))]
    start, divider, _ = tool.removeprefix("mcp__").partition("__")
    if tool.startswith("mcp__") and divider:
        whole = ToolRule(tool=f"mcp__{start}__*")
        offers.append(Offer(patterns=(whole,), words=f"all tools of the server {start}", matches=(tool,)))
    return tuple(offers)


# After a denial.


def widening_offers(case: Case, denial: Denial, granted: Iterable[Widening] = ()) -> tuple[WideningOffer, ...]:
    """The smallest first; what was `granted` already did not help and is not offered again."""
    smallest = _possible(case, denial.widening)
    wanted = [] if smallest is None else [smallest]
    if case.policy.mode != "read-only":
        wanted.append(Widening(kind="unconfined", target=""))
    given = set(granted)
    return tuple(_widening_offer(case, widening, denial) for widening in wanted if widening not in given)


def _possible(case: Case, widening: Widening) -> Widening | None:
    """The widening as it can be granted: a folder that is there; None if nothing less than no sandbox would do."""
    match widening.kind:
        case "network":
            return Widening(kind="network", target="")
        case "unconfined":
            return None
        case "write" if case.policy.mode == "read-only":
            return None  # `plan` changes nothing
        case "write" | "read":
            path = Path(widening.target)
            if not path.is_absolute():
                return None
            if widening.kind == "read" or any(path.is_relative_to(root) for root in case.policy.roots()):
                return widening
            there = path if path.is_dir() else path.parent  # the sandbox lets folders be written, not single files
            return (
                Widening(kind="write", target=str(there)) if there.is_dir() and not _is_too_much(there, case) else None
            )


def _is_too_much(path: Path, case: Case) -> bool:
    """A folder that holds everything, or all that is the user's."""
    home = Path(os.path.expanduser("~"))  # noqa: PTH111 (Path.home() raises where there is none)
    return len(path.parts) < 3 or path == home or case.policy.workspace.is_relative_to(path)


def _widening_offer(case: Case, widening: Widening, denial: Denial) -> WideningOffer:
    words = widening_words(widening.kind, widening.target)
    if widening.kind == "write" and widening.target != denial.widening.target:
        words += " and everything in it"
    scopes: tuple[WideningScope, ...] = ("once", "session", "project")
    if widening.kind == "unconfined" or case.judgement.verdict == "danger" or is_guarded(case, widening):
        scopes = ("once",)
    return WideningOffer(widening=widening, words=words, scopes=scopes)


def is_guarded(case: Case, widening: Widening) -> bool:
    """Whether it opens what holds secrets or steers programs: that is asked each time."""
    if widening.kind not in ("write", "read"):
        return False
    path, policy = Path(widening.target), case.policy
    guarded = (*policy.hidden_paths, *policy.protected_paths)
    return ".git" in path.parts or any(path.is_relative_to(p) or p.is_relative_to(path) for p in guarded)


def widening_rules(case: Case, widening: Widening) -> tuple[Pattern, ...]:
    """What to remember of a yes to it: for this line, or for lines of such commands."""
    unsafe = unsafe_commands(case)
    whose = [CommandRule(prefix=case.action.argv, is_exact=True)] if not unsafe else [_prefix_rule(w) for w in unsafe]
    return tuple(
        WideningRule(kind=widening.kind, target=widening.target, prefix=rule.prefix, is_exact=rule.is_exact)
        for rule in dict.fromkeys(whose)
    )


def _listed(words: Iterable[str]) -> str:
    return " and ".join(dict.fromkeys(words))
