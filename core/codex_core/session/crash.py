"""What a kill left open: calls without a result. It is kept as it is until somebody has said what becomes of it."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from codex_core.agent.history import interrupted
from codex_core.agent.secrets import MASK
from codex_core.protocol import (
    Asked,
    CrashedCall,
    CrashQuestion,
    Retry,
    TextBlock,
    ToolCallItem,
    ToolResultItem,
    new_id,
)
from codex_core.session.record import SessionRecord

RUN_AGAIN = (
    "The calls above were running when the program was killed, so they may have had an effect then. "
    "The user wanted them run again: their results are of this second time."
)
_SHOWN = 100
"""Characters of the arguments that are told in a line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Crash:
    """The calls without a result, in their order. Without any, nothing was left open."""

    calls: tuple[ToolCallItem, ...] = ()
    started: frozenset[str] = frozenset()
    """The ids of those that had begun to run."""
    refused: Mapping[str, Retry] = field(default_factory=dict[str, Retry])
    """Of those, by their id, that had run into the sandbox: whether to widen it was asked last."""

    @property
    def cut_any_short(self) -> bool:
        """Whether the effect of a call is not known; else none had begun."""
        return bool(self.started)

    @property
    def can_run(self) -> bool:
        """False: their arguments held a secret, which was not kept."""
        return not any(MASK in call.arguments for call in self.calls)

    @property
    def question(self) -> CrashQuestion:
        return CrashQuestion(
            calls=tuple(
                CrashedCall(
                    call_id=call.call_id,
                    name=call.name,
                    arguments=call.arguments,
                    was_started=call.call_id in self.started,
                )
                for call in self.calls
            ),
            can_run_again=self.can_run,
        )

    def results(self) -> list[ToolResultItem]:
        """What the model is told of them if nothing more comes of them."""
        return [self._result(call) for call in self.calls]

    def _result(self, call: ToolCallItem) -> ToolResultItem:
        result = interrupted(call, was_started=call.call_id in self.started)
        if (retry := self.refused.get(call.call_id)) is None:
            return result
        said = f"{result.output} The sandbox had refused this: {retry.denial.what}."
        if not retry.output.strip():
            return replace(result, output=said)
        output = f"{said} The end of what it had printed:\n{retry.output}"
        return replace(result, output=output, display=(TextBlock(text=retry.output),))

    def drops(self) -> list[ToolResultItem]:
        """Results for calls that will not count: each call has one, whatever is done with both."""
        return [
            ToolResultItem(
                id=new_id("result"),
                at=time.time(),
                call_id=call.call_id,
                name=call.name,
                status="interrupted",
                output="The user dropped this call.",
            )
            for call in self.calls
        ]

    def told(self) -> str:
        """What somebody should know who cannot be asked."""
        return f"When codex-py was killed, this ran: {self.words()}. It is not run again; the model is told."

    def words(self) -> str:
        """Those that had begun, in a line each would recognise."""
        return ", ".join(_line(call) for call in self.calls if call.call_id in self.started)


def _line(call: ToolCallItem) -> str:
    arguments = " ".join(call.arguments.split())
    return f"{call.name} {arguments[:_SHOWN]}{'…' if len(arguments) > _SHOWN else ''}"


async def left_open(record: SessionRecord) -> Crash:
    calls: Sequence[ToolCallItem] = await record.open_calls()
    if not calls:
        return Crash()
    started = await record.started_calls() & {call.call_id for call in calls}
    asked = [line.entry.request for line in await record.audit("asked") if isinstance(line.entry, Asked)]
    refused = {each.call_id: each.retry for each in asked if each.retry is not None and each.call_id in started}
    return Crash(calls=tuple(calls), started=started, refused=refused)
