"""The turns of a session, from its items: what was asked, how it ended, which files it changed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal

from codex_core.protocol import (
    CompactionItem,
    DiffBlock,
    Item,
    Outcome,
    StepItem,
    TextPart,
    ToolResultItem,
    TurnEndItem,
    Unknown,
    UserItem,
)


@dataclass(slots=True, kw_only=True)
class ChangedFile:
    """A file that edits of a turn changed; changes that a shell command made are not known here."""

    path: str
    kind: Literal["add", "update", "delete"]
    """Of all its edits together."""
    added: int = 0
    removed: int = 0


@dataclass(slots=True, kw_only=True)
class TurnSummary:
    id: str
    """That of its prompt; of a turn without one (`/compact`), of its first item."""
    prompt: str
    started_at: float
    ended_at: float | None = None
    """None: it was cut short, by leaving or by a crash, or still runs."""
    outcome: Outcome | Unknown | None = None
    files: dict[str, ChangedFile] = field(default_factory=dict[str, ChangedFile])
    """By their path."""


def turns_of(items: Iterable[Item]) -> list[TurnSummary]:
    turns: list[TurnSummary] = []
    is_open = False
    for item in items:
        match item:
            case UserItem(origin="prompt", parts=parts):
                text = "\n".join(part.text for part in parts if isinstance(part, TextPart))
                turns.append(TurnSummary(id=item.id, prompt=text, started_at=item.at))
                is_open = True
            case StepItem() | CompactionItem() if not is_open:
                turns.append(TurnSummary(id=item.id, prompt="", started_at=item.at))
                is_open = True
            case ToolResultItem(status="ok", display=display) if turns:
                for block in display:
                    if isinstance(block, DiffBlock):
                        _count(block, turns[-1])
            case TurnEndItem(outcome=outcome, at=at) if is_open:
                turns[-1].ended_at, turns[-1].outcome = at, outcome
                is_open = False
            case _:
                pass
    return turns


def _count(block: DiffBlock, turn: TurnSummary) -> None:
    for file in block.files:
        if file.old_path is not None and file.old_path != file.path:
            before = turn.files.pop(file.old_path, None)
            if before is None or before.kind != "add":
                turn.files[file.old_path] = ChangedFile(path=file.old_path, kind="delete")
            kind = "add"
        else:
            kind = file.kind
        known = turn.files.get(file.path)
        if known is None:
            known = turn.files[file.path] = ChangedFile(path=file.path, kind=kind)
        elif known.kind == "add" and kind == "delete":
            del turn.files[file.path]  # made and removed within the turn
            continue
        else:
            known.kind = (
                "update" if known.kind == "delete" and kind == "add" else kind if kind == "delete" else known.kind
            )
        known.added += file.added
        known.removed += file.removed
