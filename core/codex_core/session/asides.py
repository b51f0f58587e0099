"""What a front end wants to know or have of a session beside its turns: each wish is answered by one event."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from codex_core.agent.collaborators import Emit
from codex_core.protocol import (
    AddRule,
    ChangesDescribed,
    CodexError,
    ContextDescribed,
    DescribeChanges,
    ModelsListed,
    PreviewRewind,
    RemoveRule,
    RewindPreviewed,
    RewindRefused,
    RulesListed,
)
from codex_core.session.conductor import Conductor
from codex_core.session.equipment import Equipment
from codex_core.session.session_changes import workspace_changes


class Asides:
    """One for a session. Nothing here changes what the model hears."""

    def __init__(self, equipment: Equipment, conductor: Conductor, publish: Emit) -> None:
        self._equipment = equipment
        self._conductor = conductor
        self._publish = publish

    async def describe_context(self) -> None:
        self._publish(ContextDescribed(use=await self._equipment.context_use()))

    async def list_models(self) -> None:
        ask = self._equipment.place.services.list_models
        self._publish(ModelsListed(models=await ask() if ask is not None else ()))

    async def describe_changes(self, wish: DescribeChanges) -> None:
        await self._equipment.files.settle()
        changes = await workspace_changes(wish, self._equipment.journal, self._equipment.place.project)
        self._publish(ChangesDescribed(changes=changes))

    async def list_turns(self) -> None:
        await self._equipment.files.settle()
        self._publish(await self._conductor.rewinding.turns())

    async def preview_rewind(self, wish: PreviewRewind) -> None:
        await self._equipment.files.settle()
        try:
            preview = await self._conductor.rewinding.preview(wish.to, wish.what)
        except CodexError as error:
            self._publish(RewindRefused(reason=str(error)))
        else:
            self._publish(RewindPreviewed(preview=preview))

    async def add_rule(self, wish: AddRule) -> None:
        add = self._equipment.rules.add
        await self._change_rules(lambda: add((wish.pattern,), wish.effect, wish.scope, "added with /rules"))

    async def remove_rule(self, wish: RemoveRule) -> None:
        await self._change_rules(lambda: self._equipment.rules.remove(wish.rule_id))

    async def list_rules(self, problem: str = "") -> None:
        """`problem`: why they could not be changed."""
        now = await self._equipment.rules.now()
        self._publish(RulesListed(rules=now.rules[::-1], problem=problem or now.problem))

    async def _change_rules(self, change: Callable[[], Awaitable[None]]) -> None:
        problem = ""
        try:
            await change()
        except CodexError as error:
            problem = str(error)
        await self.list_rules(problem)
