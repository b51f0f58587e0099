"""Rules that can never count, and why: what nobody should make, and what a list should tell of."""

from __future__ import annotations

from codex_core.policy.judge import judge
from codex_core.policy.rules import host_of, is_open
from codex_core.protocol import (
    Action,
    CommandRule,
    EditRule,
    Effect,
    HostRule,
    Pattern,
    SandboxPolicy,
    ToolRule,
    WideningRule,
)

_NOT_IN_A_PROGRAM = frozenset(" \t\n;&|<>()'\"")


def why_idle(pattern: Pattern, effect: Effect, policy: SandboxPolicy) -> str:
    """Why a rule never counts, in words; empty if it may."""
    match pattern:
        case CommandRule(prefix=prefix, is_exact=is_exact):
            return _command(prefix, effect, policy, is_exact=is_exact)
        case EditRule(glob=glob):
            return _edit(glob)
        case HostRule(host=host):
            return _host(host)
        case ToolRule(tool=tool):
            return _tool(tool, effect)
        case WideningRule(prefix=prefix, is_exact=is_exact):
            if effect == "ask":
                return "every widening is asked anyway; deny forbids it"
            return _command(prefix, effect, policy, is_exact=is_exact) if prefix else ""


def _command(prefix: tuple[str, ...], effect: Effect, policy: SandboxPolicy, *, is_exact: bool) -> str:
    if not prefix:
        return "a command without words is none"
    if not _NOT_IN_A_PROGRAM.isdisjoint(prefix[0]):
        return f"no program is called {prefix[0]!r:.60}: give each word by itself, as in -- git commit"
    if effect != "allow":
        return ""
    if prefix[:2] != ("bash", "-c") and (opens := [word for word in prefix if is_open(word)]):
        return f"{opens[0]!r:.60} may be something else when it runs, so it is always asked"
    judged = judge(Action(kind="exec", summary="", argv=prefix), policy)
    if is_exact and judged.verdict == "danger":
        return f"danger is always asked: {judged.why}"
    return ""


def _edit(glob: str) -> str:
    parts = glob.removeprefix("./").removesuffix("/").split("/")
    if parts[0] in ("", "~") or any(part in ("", ".", "..") for part in parts):
        return f"{glob!r:.60} is no path in the workspace: globs are relative to it, as docs/** is"
    return ""


def _host(host: str) -> str:
    name = host.removeprefix("*.").rstrip(".").lower()
    if name and "*" not in name and name in (host_of(name), host_of(f"[{name}]")):
        return ""
    said = host_of(host.removeprefix("*."))
    return f"{host!r:.60} is no host; it is only the name, as {said if said and '*' not in said else 'example.org'} is"


def _tool(tool: str, effect: Effect) -> str:
    if "*" in tool[:-1]:
        return "* means something only at the end of a tool's name"
    if effect == "allow" and not (tool.startswith("mcp__") or (tool.endswith("*") and "mcp__".startswith(tool[:-1]))):
        return f"{tool} is no tool of an MCP server; others are allowed by what they do: a command, an edit, a host"
    if tool.startswith("mcp__") and not tool.endswith("*") and "__" not in tool.removeprefix("mcp__"):
        return f"tools of MCP servers are called mcp__SERVER__TOOL; all of one server: {tool}__*"
    return ""
