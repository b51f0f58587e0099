"""Puts a session together: the only place where core, tools, providers and settings meet."""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import cast, get_args

from codex_cli import early_host
from codex_cli.checkpointing import pruning
from codex_cli.chosen_session import open_journal
from codex_cli.early_host import provider_environment
from codex_cli.log_file import log_to
from codex_cli.model_choice import choose_model
from codex_cli.options import Options
from codex_cli.project_opener import ProjectOpener
from codex_cli.session_config import session_config
from codex_cli.theme_choice import checked_theme
from codex_cli.wording import own_command
from codex_core.agent.secrets import Masker
from codex_core.config.home import home_path, logs_path
from codex_core.config.saved_rules import RulesFile
from codex_core.llm.default_model import DEMO_MODEL
from codex_core.llm.demo_project import write_demo_project
from codex_core.llm.demo_provider import DemoProvider
from codex_core.llm.endpoints import provider_variables
from codex_core.llm.host_start import host_start
from codex_core.llm.litellm_provider import LiteLLMProvider
from codex_core.llm.provider import Provider
from codex_core.protocol import ApprovalPolicy, ConfigError, JsonObject, SandboxMode, Settings
from codex_core.session.services import Services
from codex_core.session.session import Session
from codex_core.session.store import SessionStore
from codex_tools.sandbox.environment import child_environment
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
    environ = provider_environment(os.environ, config)
    secrets = provider_variables(environ)
    for_servers = {name: value for name, value in environ.items() if name not in secrets}
    children = child_environment(environ, provider_variables=secrets)
    masker = Masker(environ[name] for name in secrets)
    store = await stack.enter_async_context(SessionStore.open(home / DATABASE, masker))
    workspace, journal, place_note = await open_journal(store, options)
    sandbox = await open_sandbox(state_dir=home)
    stack.push_async_callback(sandbox.close)
    providers = _Providers(home, environ, is_watched=options.front_end == "tui")
    stack.push_async_callback(providers.close)
    open_project = ProjectOpener(
        home=home,
        options=options,
        environ=environ,
        servers_environment=for_servers,
        sandbox=sandbox,
        session_id=journal.session_id,
    )
    children |= {name: for_servers[name] for name in config.granted_variables if name in for_servers}
    project = await open_project(workspace, trust=None)
    stack.push_async_callback(project.close)  # also if there will be no session to do it; twice does no harm
    settings = _with_stored(project.settings, await journal.settings(), options)
    settings, notice = await _with_model(settings, environ, options)
    if settings.model == DEMO_MODEL:
        early_host.drop()
    if options.front_end == "exec" and settings.model == DEMO_MODEL and settings.sandbox_mode != "read-only":
        # Nobody is there to be asked: the tour needs its project, and only an empty folder is taken for it.
        with contextlib.suppress(ConfigError):
            await asyncio.to_thread(write_demo_project, workspace)
    if config.checkpoints:
        await stack.enter_async_context(pruning(home, store))
    rules = RulesFile(home)
    notes = tuple(note for note in (store.notice, place_note) if note)
    try:
        await asyncio.to_thread(rules.load)
    except ConfigError as error:
        if options.front_end == "exec":
            raise
        notes = (*notes, f"Saved rules cannot be read, so none of them allows anything: {error}")
    services = Services(
        provider_for=providers,
        open_project=open_project,
        demo_folder=options.folder / DEMO_FOLDER,
        make_demo=write_demo_project,
        sandbox=sandbox,
        environment=children,
        masker=masker,
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
        warnings=notes,
    )


def _with_stored(settings: Settings, stored: JsonObject, options: Options) -> Settings:
    """What a resumed session was set to, where the command line does not say otherwise."""
    said = options.overrides()
    model = stored.get("model")
    if isinstance(model, str) and model and "model" not in said:
        settings = replace(settings, model=model)
    if options.front_end == "exec" or said.keys() & {"mode", "sandbox_mode", "approval_policy"}:
        return settings
    sandbox_mode, approval_policy = stored.get("sandbox_mode"), stored.get("approval_policy")
    if sandbox_mode in {"read-only", "workspace-write"} and approval_policy in get_args(ApprovalPolicy):
        # Never back into `full` by itself: that has to be asked for each time.
        return replace(
            settings,
            sandbox_mode=cast(SandboxMode, sandbox_mode),
            approval_policy=cast(ApprovalPolicy, approval_policy),
        )
    return settings


async def _with_model(settings: Settings, environ: Mapping[str, str], options: Options) -> tuple[Settings, str]:
    """Settle on a model; the second value is a standing remark about it for the screen.

    Raises:
        ConfigError: there is none that can be called, and nobody is there to be told.
    """
    choice = await choose_model(settings.model, environ)
    if choice.problem and options.front_end == "exec":
        raise ConfigError(choice.problem)
    return replace(settings, model=choice.model or DEMO_MODEL), choice.notice


class _Providers:
    """Makes each provider when it is first needed."""

    def __init__(self, home: Path, environ: Mapping[str, str], *, is_watched: bool) -> None:
        """`is_watched`: somebody sees the demo's words come, one by one."""
        self._is_watched = is_watched
        self._home = home
        self._environ = environ
        self._demo: DemoProvider | None = None
        self._litellm: LiteLLMProvider | None = None

    def __call__(self, model: str) -> Provider:
        if model == DEMO_MODEL:
            if self._demo is None:
                command = own_command()
                self._demo = (
                    DemoProvider(command=command) if self._is_watched else DemoProvider(command=command, chunk_s=0)
                )
            return self._demo
        if self._litellm is None:
            self._litellm = LiteLLMProvider(
                state_folder=self._home,
                environ=self._environ,
                spawned=early_host.take(host_start(self._home, self._environ)),
            )
        return self._litellm

    async def close(self) -> None:
        early_host.drop()
        for provider in (self._demo, self._litellm):
            if provider is not None:
                await provider.close()
