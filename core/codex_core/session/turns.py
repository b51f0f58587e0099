"""The turns of a session, from its items: what was asked, how it ended, which files it changed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from codex_core.protocol import (
    CompactionItem,
    DiffBlock,
    Item,
    Outcome,
    StepItem,
    TextPart,
    ToolResultItem,
    TurnEndItem,
    TurnFile,
    Unknown,
    UserItem,
)


@dataclass(slots=True, kw_only=True)
class TurnSummary:
    id: str
    """That of its prompt; of a turn without one (`/compact`), of its first item."""
    prompt: str
    started_at: float
    ended_at: float | None = None
    """None: it was cut short, by leaving or by a crash, or still runs."""
    outcome: Outcome | Unknown | None = None
    files: dict[str, TurnFile] = field(default_factory=dict[str, TurnFile])
    """By their path: those that edits changed, until `take_changes` has told of all."""
    has_prompt: bool = True

    def take_changes(self, changes: Iterable[TurnFile]) -> None:
        """Know what has changed in truth, by whatever means. How many lines only edits tell."""
        for change in changes:
            edit = self.files.get(change.path)
            self.files[change.path] = change if edit is None else replace(edit, kind=change.kind)


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
                turns.append(TurnSummary(id=item.id, prompt="", started_at=item.at, has_prompt=False))
                is_open = True
            case ToolResultItem(status="ok", display=display) if turns:
                for block in display:
                    if isinstance(block, DiffBlock):
                        count_edits(block, turns[-1])
            case TurnEndItem(outcome=outcome, at=at) if is_open:
                turns[-1].ended_at, turns[-1].outcome = at, outcome
                is_open = False
            case _:
                pass
    return turns


def count_edits(block: DiffBlock, turn: TurnSummary) -> None:
    """Add what an edit changed to the files of `turn`."""
    for file in block.files:
        if file.old_path is not None and file.old_path != file.path:
            before = turn.files.pop(file.old_path, None)
            if before is None or before.kind != "add":
                turn.files[file.old_path] = TurnFile(path=file.old_path, kind="delete", added=0, removed=0)
            kind = "add"
        else:
            kind = file.kind
        known = turn.files.get(file.path) or TurnFile(path=file.path, kind=kind)
        if known.kind == "add" and kind == "delete":
            turn.files.pop(file.path, None)  # made and removed within the turn
            continue
        if known.kind == "delete" and kind == "add":
            kind = "update"
        elif kind != "delete":
            kind = known.kind
        turn.files[file.path] = replace(
            known, kind=kind, added=(known.added or 0) + file.added, removed=(known.removed or 0) + file.removed
        )
