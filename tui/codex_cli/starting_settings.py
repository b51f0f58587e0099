"""What a session begins with: the settings as configured, as it was stored with, and a model that can be called."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import cast, get_args

from codex_cli.model_choice import choose_model
from codex_cli.options import Options
from codex_core.llm.default_model import DEMO_MODEL
from codex_core.protocol import EFFORTS, ApprovalPolicy, ConfigError, JsonObject, SandboxMode, Settings


async def starting_settings(
    configured: Settings, stored: JsonObject, before: JsonObject, options: Options, environ: Mapping[str, str]
) -> tuple[Settings, str]:
    """Return the settings, and a standing remark about the model for the screen.

    `stored` is of the session itself, `before` of the one that it shall be like.

    Raises:
        ConfigError: there is no model that can be called, and nobody is there to be told.
    """
    said = {*options.overrides(), *(assigned.partition("=")[0].strip() for assigned in options.config_overrides)}
    if options.front_end == "exec":
        said.add("mode")
    settings = _with_stored(configured, stored, said)
    # The user has come to these by hand since the command line was written.
    settings = _with_stored(settings, before, said=())
    choice = await choose_model(settings.model, environ)
    if choice.problem and options.front_end == "exec":
        raise ConfigError(choice.problem)
    return replace(settings, model=choice.model or DEMO_MODEL), choice.notice


def _with_stored(settings: Settings, stored: JsonObject, said: Collection[str]) -> Settings:
    """What a session was set to, but for `said`, which somebody has said otherwise."""
    model = stored.get("model")
    if isinstance(model, str) and model and "model" not in said:
        settings = replace(settings, model=model)
    effort = stored.get("effort")
    if "effort" in stored and "model_reasoning_effort" not in said and effort in (*EFFORTS, None):
        settings = replace(settings, effort=effort)
    if not {"mode", "sandbox_mode", "approval_policy"}.isdisjoint(said):
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
