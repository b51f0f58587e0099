"""Puts a session together: the only place where core, tools, providers and settings meet."""

from __future__ import annotations

import asyncio
import contextlib
import os
from pathlib import Path

from codex_cli import early_host
from codex_cli.checkpointing import pruning
from codex_cli.chosen_session import open_journal
from codex_cli.log_file import log_to
from codex_cli.model_providers import ModelProviders
from codex_cli.options import Options
from codex_cli.project_opener import ProjectOpener
from codex_cli.session_config import session_config
from codex_cli.starting_settings import starting_settings
from codex_cli.theme_choice import checked_theme
from codex_cli.variables import variables_of
from codex_core.config.home import home_path, logs_path
from codex_core.config.saved_rules import RulesFile
from codex_core.llm.default_model import DEMO_MODEL
from codex_core.llm.demo_project import write_demo_project
from codex_core.protocol import ConfigError, JsonObject, Settings
from codex_core.session.services import Services
from codex_core.session.session import Session
from codex_core.session.store import SessionStore
from codex_tools.sandbox.runner import open_sandbox

DATABASE = "sessions.db"
DEMO_FOLDER = "codex-py-demo"


async def open_session(options: Options) -> Session:
    """Open and start the session that the command line asks for. Closing it closes all that was opened for it.

    Raises:
        CodexError: in words for the user; nothing stays open.
    """
    stack = contextlib.AsyncExitStack()
    try:
        session = await _assemble(options, stack)
    except BaseException:
        await stack.aclose()
        raise
    try:
        await session.start()
    except BaseException:
        await session.close()
        raise
    return session


async def _assemble(options: Options, stack: contextlib.AsyncExitStack) -> Session:
    home = home_path(os.environ)
    log_to(logs_path(home) / "codex-py.log")
    config = session_config(options, home, os.environ)
    checked_theme(config, home)
    variables = variables_of(os.environ, config)
    store = await stack.enter_async_context(SessionStore.open(home / DATABASE, variables.masker))
    workspace, journal, place_note = await open_journal(store, options)
    sandbox = await open_sandbox(state_dir=home)
    stack.push_async_callback(sandbox.close)
    providers = ModelProviders(home, variables.providers, is_watched=options.front_end == "tui")
    stack.push_async_callback(providers.close)
    open_project = ProjectOpener(
        home=home,
        options=options,
        environ=variables.providers,
        servers_environment=variables.servers,
        sandbox=sandbox,
        session_id=journal.session_id,
    )
    project = await open_project(workspace, trust=None)
    stack.push_async_callback(project.close)  # also if there will be no session to do it; twice does no harm
    stored = await journal.settings()
    before: JsonObject = await (await store.read_session(options.like)).settings() if options.like else {}
    settings, notice = await starting_settings(project.settings, stored, before, options, variables.providers)
    await _prepare_demo(settings, workspace, options)
    if config.checkpoints:
        await stack.enter_async_context(pruning(home, store))
    rules, rules_note = await _saved_rules(home, options)
    services = Services(
        provider_for=providers,
        list_models=providers.list_models,
        open_project=open_project,
        demo_folder=options.folder / DEMO_FOLDER,
        make_demo=write_demo_project,
        sandbox=sandbox,
        environment=variables.commands,
        masker=variables.masker,
        max_steps=config.max_turns,
        auto_title=config.auto_title,
        window_tokens=config.window_tokens,
        compact_at_tokens=config.compact_at_tokens,
        rules=rules,
        close=stack.aclose,
    )
    return Session(
        journal=journal,
        project=project,
        services=services,
        settings=settings,
        is_interactive=options.front_end == "tui",
        tour="play" if options.demo and options.resume == "new" and not options.prompt else "offer",
        notice=notice,
        warnings=tuple(note for note in (store.notice, place_note, rules_note) if note),
    )


async def _prepare_demo(settings: Settings, workspace: Path, options: Options) -> None:
    """The demo model needs no model host; and in `exec` nobody is there to be asked for the tour's project."""
    if settings.model != DEMO_MODEL:
        return
    early_host.drop()
    if options.front_end == "exec" and settings.sandbox_mode != "read-only":
        with contextlib.suppress(ConfigError):  # only an empty folder is taken for it
            await asyncio.to_thread(write_demo_project, workspace)


async def _saved_rules(home: Path, options: Options) -> tuple[RulesFile, str]:
    """Return them, and what to tell the user if they cannot be read.

    Raises:
        ConfigError: they cannot, and nobody is there to be told.
    """
    rules = RulesFile(home)
    try:
        await asyncio.to_thread(rules.load)
    except ConfigError as error:
        if options.front_end == "exec":
            raise
        return rules, f"Saved rules cannot be read, so none of them allows anything: {error}"
    return rules, ""
