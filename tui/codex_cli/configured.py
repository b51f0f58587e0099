"""What is configured for a folder, for commands that look at it without opening a session.

The folder's own files count only where they are trusted, as in a session; nobody is asked here.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from codex_cli.theme_choice import checked_theme
from codex_core.config.home import home_path
from codex_core.config.settings import Config, load_config
from codex_core.config.trust import Found, found_in, trust_state
from codex_tools.mcp.files import LoadedServers, load_servers


@dataclass(frozen=True, slots=True, kw_only=True)
class Configured:
    home: Path
    found: Found
    is_trusted: bool
    config: Config

    @property
    def passed_over(self) -> tuple[str, ...]:
        """The folder's own files that would count if it were trusted, a sentence each."""
        if self.is_trusted:
            return ()
        own = (self.found.only("config"), self.found.only("mcp"))
        return tuple(f"{file.path} does not count: the folder is not trusted" for file in own if file is not None)

    def servers(self) -> LoadedServers:
        return servers_of(self.config, self.home, self.found, is_trusted=self.is_trusted)


def configured_in(
    folder: Path,
    *,
    profile: str | None = None,
    assignments: Sequence[str] = (),
    flags: Mapping[str, str | int] | None = None,
) -> Configured:
    """Read what is configured.

    Raises:
        ConfigError: something in it is wrong, and where.
    """
    home = home_path(os.environ).resolve()
    found = found_in(folder)
    is_trusted = trust_state(home, found) in {"nothing", "trusted"}
    project = found.only("config") if is_trusted else None
    config = load_config(
        home,
        environ=os.environ,
        project=(project.path, project.content) if project is not None else None,
        profile=profile,
        assignments=assignments,
        flags=flags,
    )
    checked_theme(config, home)
    return Configured(home=home, found=found, is_trusted=is_trusted, config=config)


def servers_of(config: Config, home: Path, found: Found, *, is_trusted: bool) -> LoadedServers:
    """Read the MCP servers of the user and, where it is trusted, of the folder. Reads files: call in a thread."""
    own = found.only("mcp")
    return load_servers(
        home,
        found.folder,
        is_trusted,
        # As it was read for the question of trust: a file that comes or changes after it does not count.
        project_content=own.content if own is not None else b'{"mcpServers": {}}',
        user_tables=config.mcp_servers,
        project_tables=config.project_mcp_servers,
    )
