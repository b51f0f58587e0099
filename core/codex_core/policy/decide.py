"""What becomes of a judged action: the table of the modes (DESIGN, safety model), as pure functions."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Literal, TypeAlias

from codex_core.protocol import Action, Effect, SandboxPolicy, Settings, Verdict, Widening

Decision: TypeAlias = Literal["run", "ask", "deny"]


def decide(verdict: Verdict, settings: Settings, ruled: Effect | None = None) -> Decision:
    """`ruled` is what the user's rules say: a denial always counts, a yes where it would be asked and is no danger."""
    if ruled == "deny":
        return "deny"
    if settings.sandbox_mode == "danger-full-access" and settings.approval_policy == "never":
        return "run"
    by_table = _by_table(verdict, settings)
    if ruled == "ask" and by_table == "run":
        return "deny" if settings.approval_policy == "never" else "ask"
    if ruled == "allow" and by_table == "ask" and verdict == "ask":
        return "run"
    return by_table


def _by_table(verdict: Verdict, settings: Settings) -> Decision:
    match verdict, settings.approval_policy:
        case "safe", _:
            return "run"
        case "ask", "never":
            return "run"  # confined: what the sandbox denies is told to the model
        case "danger", "never":
            return "deny"
        case "danger", _ if settings.sandbox_mode == "read-only":
            return "deny"
        case "ask", "on-request" if settings.sandbox_mode != "read-only":
            return "run"
        case _:
            return "ask"


def widened(policy: SandboxPolicy, action: Action) -> SandboxPolicy:
    """The policy under which an action runs that the user has said yes to: wider by just what was shown."""
    if policy.mode == "danger-full-access":
        return policy
    if action.kind == "exec":
        # A command that is approved in `plan` may write where `ask` lets it write, and nowhere else.
        return replace(policy, mode="workspace-write")
    if action.kind != "write":
        return policy
    # A root that is the very file is a grant for it alone; inside `.git` the file tools write by nothing less.
    outside = tuple(
        path
        for path in action.paths
        if ".git" in path.parts or not any(path.is_relative_to(root) for root in policy.roots())
    )
    return replace(
        policy,
        mode="workspace-write",
        writable_roots=(*policy.writable_roots, *outside),
        # A protected folder (`.git/hooks`) that holds an approved path stays protected for everything else: the
        # writing tools write exactly `action.changes`.
        protected_paths=tuple(
            path for path in policy.protected_paths if not any(own.is_relative_to(path) for own in action.paths)
        ),
    )


def with_widening(policy: SandboxPolicy, widening: Widening) -> SandboxPolicy:
    """The policy with this allowed in addition."""
    path = Path(widening.target)
    match widening.kind:
        case "network":
            return replace(policy, network="on")
        case "unconfined":
            return replace(policy, mode="danger-full-access")
        case "read":
            return replace(policy, hidden_paths=tuple(p for p in policy.hidden_paths if not path.is_relative_to(p)))
        case "write":
            is_inside = any(path.is_relative_to(root) for root in policy.roots())
            return replace(
                policy,
                writable_roots=policy.writable_roots if is_inside else (*policy.writable_roots, path),
                hidden_paths=tuple(p for p in policy.hidden_paths if not path.is_relative_to(p)),
                protected_paths=tuple(p for p in policy.protected_paths if not path.is_relative_to(p)),
            )
