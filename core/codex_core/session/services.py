"""What a session is given to work with."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from codex_core.agent.collaborators import SavedRules
from codex_core.agent.secrets import Masker
from codex_core.llm.provider import Provider
from codex_core.protocol import KnownModel, Sandbox
from codex_core.session.project import OpenProject


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """Made and wired by somebody else; the session makes none of it."""

    provider_for: Callable[[str], Provider]
    """The provider of a model name; always the same object for the same provider."""
    open_project: OpenProject
    demo_folder: Path
    """Where the demo would make its scratch project."""
    make_demo: Callable[[Path], None]
    """Makes it, or raises CodexError. Blocks for as long as it takes to write a few files."""
    sandbox: Sandbox
    environment: Mapping[str, str]
    """For children of tools: without keys."""
    masker: Masker
    rules: SavedRules
    """The user's, of this and of other projects."""
    close: Callable[[], Awaitable[None]]
    """Closes everything here; the session calls it last."""
    list_models: Callable[[], Awaitable[tuple[KnownModel, ...]]] | None = None
    """Asks whoever has models; may take seconds, and raises nothing."""
    max_steps: int | None = None
    auto_title: bool = False
    """Ask the model for a title when the first turn has ended."""
    window_tokens: int | None = None
    """The model's window, as the user knows it; None: as its provider tells."""
    compact_at_tokens: int | None = None
    """How much of it may be used before older items are summarised; None: a share of it."""
