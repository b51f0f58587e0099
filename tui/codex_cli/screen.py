"""Starts the full-screen app from the command line: hands it what it may know, and the way to a session.

Everything before the first paint is cheap: neither the vocabulary nor the session is imported here.
"""

from __future__ import annotations

import asyncio
import importlib
import os
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from codex_cli.arguments import UsageError
from codex_cli.early_host import start_early
from codex_cli.file_listing import list_files
from codex_cli.options import Options
from codex_cli.session_config import session_config
from codex_cli.theme_choice import checked_theme
from codex_cli.wording import own_command
from codex_core import __version__
from codex_core.config.home import home_path
from codex_core.config.settings import Config
from codex_tui.options import PastPrompt, Picker, ScreenOptions
from codex_tui.start import run

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from codex_core.protocol import Envelope, Item, Op, Part
    from codex_tui.session_link import OpenSession
    from codex_tui.shelf import Shelf


def run_screen(options: Options) -> NoReturn:
    """Show the app until the user leaves it, then end the process.

    Raises:
        UsageError: an image or a model's name is none.
        ConfigError: something in the configuration is wrong, a theme among it. The project's own is looked at when it
            is trusted.
    """
    home = home_path(os.environ)
    config = session_config(options, home, os.environ)
    _check_model(config)
    opener = _Opener(options, home, config)
    report = run(
        opener.connect,
        screen=ScreenOptions(
            home=home,
            version=__version__,
            workspace=options.folder,
            theme=checked_theme(config, home),
            is_theme_for_now=options.profile is not None or config.origins.get("theme") in ("--theme", "-c"),
            keep_theme=partial(_keep_theme, home),
            prompt=options.prompt or "",
            picker=Picker(
                open_shelf=opener.open_shelf,
                comes_first=options.resume == "picker",
                may_come_first=options.resume == "id" and not _is_like_an_id(options.resume_id),
                forks=options.fork,
                everywhere=options.resume_all,
            ),
            list_files=list_files,
            past_prompts=opener.past_prompts,
            notifications=config.notifications,
            reduced_motion=config.reduced_motion or os.environ.get("TEXTUAL_ANIMATIONS") == "none",
        ),
    )
    if report.session_id:
        print(f"To go on with this session:  {own_command()} resume {report.session_id}")  # noqa: T201
    if report.error:
        print(f"codex-py: {report.error}", file=sys.stderr)  # noqa: T201
    sys.stdout.flush()
    sys.stderr.flush()
    # All is saved and closed. The interpreter's own end would wait for Textual's key thread, which never ends if the
    # terminal has gone meanwhile; and it costs 35 ms.
    os._exit(report.exit_code)


def _is_like_an_id(said: str) -> bool:
    """Or like a part of one: such a session is mostly there, and what is typed meanwhile is a prompt."""
    digits = said.removeprefix("session_")
    return all(c in "0123456789abcdef" for c in digits) and any(c.isdigit() for c in digits)


def _keep_theme(home: Path, name: str) -> None:
    from codex_core.config.user_file import set_in_user_config  # deferred: most runs keep the theme they have
    from codex_tui.first_frame import remember_theme

    set_in_user_config(home, "theme", name)
    remember_theme(str(home), name)


class _Opener:
    """Opens sessions after the first paint, with imports in a thread so that keys go on being echoed."""

    def __init__(self, options: Options, home: Path, config: Config) -> None:
        self._options = options
        self._home = home
        self._config = config
        self._images = _images(options) if options.images else ()

    async def connect(self) -> OpenSession:
        options = self._options
        return await self._open(replace(options, resume="new") if options.resume == "picker" else options)

    async def open_shelf(self) -> Shelf:
        stored: Any = await asyncio.to_thread(importlib.import_module, "codex_cli.stored_sessions")
        return stored.StoredSessions(self._options, self._open)

    async def past_prompts(self) -> Sequence[PastPrompt]:
        return await asyncio.to_thread(_past_prompts, self._options.folder)

    async def _open(self, options: Options) -> OpenSession:
        # The host comes first, but not before the first paint: it would take half of a small machine from that.
        start_early(self._home, os.environ, self._config)
        wiring: Any = await asyncio.to_thread(importlib.import_module, "codex_cli.wiring")
        session: OpenSession = await wiring.open_session(options)
        images, self._images = self._images, ()  # they are for the first one
        return _WithImages(session, images) if images else session


class _WithImages:
    """A session whose first prompt carries the images of the command line."""

    def __init__(self, session: OpenSession, images: tuple[Part, ...]) -> None:
        self._session = session
        self._images = images

    async def submit(self, op: Op) -> None:
        from codex_core.protocol import SubmitPrompt  # deferred: after the first paint

        if self._images and isinstance(op, SubmitPrompt):
            op = replace(op, parts=(*self._images, *op.parts))
            self._images = ()
        await self._session.submit(op)

    def events(self) -> AsyncIterator[Envelope]:
        return self._session.events()

    async def earlier(self, before_id: str | None, limit: int) -> tuple[Item, ...]:
        return await self._session.earlier(before_id, limit)

    async def close(self) -> None:
        await self._session.close()


def _past_prompts(workspace: Path) -> Sequence[PastPrompt]:
    from codex_core.session.past_prompts import past_prompts  # deferred: when somebody asks for them
    from codex_tui.sessions.columns import age

    now = time.time()
    found = past_prompts(home_path(os.environ) / "sessions.db", workspace)
    return [PastPrompt(prompt.text, age(now - prompt.at, prompt.at), prompt.is_here) for prompt in found]


def _images(options: Options) -> tuple[Part, ...]:
    from codex_cli.prompt import images_of  # deferred: it brings the vocabulary

    return images_of(options.images)


def _check_model(config: Config) -> None:
    """Refuse a model that cannot be right. One whose key is missing can become right, so the screen tells of it."""
    if not config.model:
        return
    from codex_core.llm.providers import obstacle_to  # deferred: most starts name no model

    if (obstacle := obstacle_to(config.model, os.environ)) is not None and obstacle.kind != "auth":
        raise UsageError(obstacle.sentence)
