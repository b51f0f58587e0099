"""Which code runs which command. Every command imports only its own."""

from __future__ import annotations

import os
import sys

from codex_cli.arguments import Request, UsageError
from codex_cli.lean_asyncio import import_without_tls

# Imports below are deferred on purpose: see above.


def run_request(request: Request) -> int:
    """Run what was asked for and return its exit code.

    Raises:
        UsageError: it cannot be done here.
        CodexError: in words for the user.
    """
    match request.command.name:
        case "" | "resume" | "fork":
            return _run_screen(request)
        case "exec" | "exec resume":
            return _run_exec(request)
        case name if name.startswith("sessions "):
            from codex_cli.sessions_command import run_sessions

            return run_sessions(request)
        case "config show" | "config path":
            from codex_cli.config_command import run_config

            return run_config(request)
        case "policy check":
            from codex_cli.policy_command import run_policy

            return run_policy(request)
        case "policy rules":
            from codex_cli.policy_rules_command import run_policy_rules

            return run_policy_rules(list(request.rest))
        case "themes list" | "themes show":
            from codex_cli.themes_command import run_themes

            return run_themes(request)
        case "models":
            from codex_cli.models_command import run_models

            return run_models(as_json=request.flag("json"))
        case "completion":
            from codex_cli.completion import run_completion

            return run_completion(request.words[0])
        case "sandbox":
            from codex_cli.sandbox_command import run_sandbox

            return run_sandbox(list(request.rest))
        case "mcp":
            from codex_cli.mcp_command import run_mcp

            return run_mcp(list(request.rest))
        case "apply":
            return _run_apply(request)
        case "doctor":
            return _run_doctor(request)
        case name:
            raise AssertionError(f"the tables know a command that nobody runs: {name}")


def _run_screen(request: Request) -> int:
    from codex_cli.options import options_of

    options = options_of(request)
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise UsageError('the full-screen app needs a terminal; without one: codex-py exec "…"')
    if os.environ.get("TERM") == "dumb":
        raise UsageError('the full-screen app cannot work with TERM=dumb; use codex-py exec "…"')
    import_without_tls()
    from codex_cli.screen import run_screen

    return run_screen(options)


def _run_exec(request: Request) -> int:
    import_without_tls()
    from codex_cli.early_host import start_early
    from codex_cli.options import options_of
    from codex_cli.session_config import session_config
    from codex_core.config.home import home_path
    from codex_core.protocol.errors import CodexError

    options = options_of(request)
    try:
        home = home_path(os.environ)
        start_early(home, os.environ, session_config(options, home, os.environ))
    except CodexError:  # `exec` finds the same, and has its own way to say it
        pass
    from codex_cli.exec import run_exec

    return run_exec(options)


def _run_apply(request: Request) -> int:
    from codex_cli.apply_command import run_apply
    from codex_cli.argument_values import folder_of

    return run_apply(
        next(iter(request.words), "-"),
        folder=folder_of(request),
        dry_run=request.flag("dry_run"),
        as_json=request.flag("json"),
    )


def _run_doctor(request: Request) -> int:
    import asyncio

    from codex_cli.doctor_command import run_doctor

    return asyncio.run(run_doctor(request.flag("json")))
