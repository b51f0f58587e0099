"""Where a session works and how it is set; and what follows from the two: policy, tools, instructions, model."""

from __future__ import annotations

from dataclasses import replace

from codex_core.agent.instructions import build_instructions
from codex_core.agent.turn import ModelChoice
from codex_core.protocol import ChangeSettings, JsonObject, SandboxPolicy, Settings, ToolBox
from codex_core.session.project import Project
from codex_core.session.services import Services


class Place:
    """One for a session. Settings and project change while it runs, so everybody asks here, each time anew."""

    def __init__(self, project: Project, settings: Settings, services: Services) -> None:
        self.project = project
        self.settings = settings
        self.services = services

    def change(self, wish: ChangeSettings) -> None:
        self.settings = _changed(self.settings, wish)

    def opens_everything(self, wish: ChangeSettings) -> bool:
        """Whether by this wish nothing would be confined any more, or nothing asked of what is not."""
        now, then = self.settings, _changed(self.settings, wish)
        return then.sandbox_mode == "danger-full-access" and (
            now.sandbox_mode != then.sandbox_mode or (then.mode == "full" and now.mode != "full")
        )

    def enter(self, project: Project) -> None:
        """Work in `project` from now on. It may set what it says, where nobody has said otherwise."""
        before, after, now = self.project.settings, project.settings, self.settings
        if _bounds(now) == _bounds(before):
            now = replace(after, model=now.model, effort=now.effort)
        if after.model and after.model != before.model and before.model in ("", now.model):
            now = replace(now, model=after.model)
        if after.effort != before.effort == now.effort:
            now = replace(now, effort=after.effort)
        self.project, self.settings = project, now

    def policy(self) -> SandboxPolicy:
        return self.project.policy(self.settings)

    def toolbox(self) -> ToolBox:
        return self.project.toolbox(self.policy())

    def instructions(self) -> str:
        return build_instructions(
            self.project.instruction_files, self.settings, self.policy(), self.services.sandbox.status
        )

    def choice(self) -> ModelChoice:
        model = self.settings.model
        return ModelChoice(provider=self.services.provider_for(model), model=model, effort=self.settings.effort)

    def stored(self) -> JsonObject:
        """The settings as the journal keeps them."""
        settings = self.settings
        return {
            "model": settings.model,
            "sandbox_mode": settings.sandbox_mode,
            "approval_policy": settings.approval_policy,
            "network": settings.network,
            "effort": settings.effort,
        }


def _changed(now: Settings, wish: ChangeSettings) -> Settings:
    return Settings(
        model=wish.model or now.model,
        sandbox_mode=wish.sandbox_mode or now.sandbox_mode,
        approval_policy=wish.approval_policy or now.approval_policy,
        network=wish.network or now.network,
        effort=None if wish.effort == "default" else wish.effort or now.effort,
    )


def _bounds(settings: Settings) -> tuple[str, str, str]:
    return settings.sandbox_mode, settings.approval_policy, settings.network
