"""All that has changed, in one place: by the edit in question, in this session, and since the commit of git."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, ClassVar, Literal, TypeAlias

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType

from codex_core.protocol import CONTEXT_LINES, Block, ChangesSince, DiffBlock, TextBlock, WorkspaceChanges
from codex_tui.diff.layout import DiffLayout
from codex_tui.screens.diff import DiffScreen
from codex_tui.screens.source_bar import SourceBar

if TYPE_CHECKING:
    from codex_tui.panels.view import PanelView

Source: TypeAlias = Literal["question", "session", "commit"]
Ask: TypeAlias = Callable[[ChangesSince, int], None]

ALL_LINES = 1_000_000
_CONTEXTS = (CONTEXT_LINES, 12, ALL_LINES)
_ID_SHOWN = 10


class ChangesScreen(DiffScreen):
    """What is asked of the session comes by `take`."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("g", "against_git", show=False),
        Binding("tab", "next_source(1)", show=False, priority=True),
        Binding("shift+tab", "next_source(-1)", show=False, priority=True),
        Binding("r", "refresh_changes", show=False),
        Binding("x", "more_context", show=False),
    ]

    def __init__(
        self,
        question: PanelView | None,
        start: Source,
        *,
        ask: Ask,
        edits: Callable[[], DiffBlock],
        layout: DiffLayout,
        folder: str,
    ) -> None:
        """`ask` the session for changes; `edits` are those that tools have made, where nothing better is known."""
        super().__init__("", (), layout=layout, folder=folder)
        self._question = question
        self._source: Source = start
        self._ask = ask
        self._edits = edits
        self._context_lines = CONTEXT_LINES
        self._known: dict[Source, tuple[str, Sequence[Block]]] = {}

    @property
    def _sources(self) -> tuple[tuple[Source, str], ...]:
        asked: tuple[tuple[Source, str], ...] = (("question", "in question"),) if self._question is not None else ()
        return (*asked, ("session", "this session"), ("commit", "against git"))

    def compose(self) -> ComposeResult:
        yield SourceBar(self._sources)
        yield from super().compose()

    def on_mount(self) -> None:
        super().on_mount()
        self._turn_to(self._source)

    @property
    def _bar(self) -> SourceBar:
        return self.query_one(SourceBar)

    # What is compared with.

    def _turn_to(self, source: Source) -> None:
        self._source = source
        self._bar.current = source
        if source == "question":
            assert self._question is not None
            self._bar.remark = ""
            self.show(self._question.title, self._question.blocks)
            return
        known = self._known.get(source)
        self.show(*(known or (_TITLES[source], (TextBlock(text="Looking at the files…"),))))
        self.action_refresh_changes()

    @on(SourceBar.Chosen)
    def _tab_clicked(self, event: SourceBar.Chosen) -> None:
        for source, _ in self._sources:
            if source == event.name and source != self._source:
                self._turn_to(source)

    def action_next_source(self, step: int) -> None:
        sources: list[Source] = [source for source, _ in self._sources]
        self._turn_to(sources[(sources.index(self._source) + step) % len(sources)])

    def action_against_git(self) -> None:
        """To what differs from the commit, and back to the session."""
        self._turn_to("session" if self._source == "commit" else "commit")

    def action_refresh_changes(self) -> None:
        """Look again at the files."""
        if self._source != "question":
            self._bar.remark = "looking…"
            self._ask(self._source, self._context_lines)

    def action_more_context(self) -> None:
        """More unchanged lines around each change, at last all; then few again."""
        if self._source != "question":
            self._context_lines = _CONTEXTS[(_CONTEXTS.index(self._context_lines) + 1) % len(_CONTEXTS)]
            self.action_refresh_changes()

    def own_keys(self) -> list[tuple[str, str]]:
        if self._source == "question":
            return [("Tab", "this session"), ("g", "against git")]
        other = "session" if self._source == "commit" else "git"
        more = "fewer lines" if self._context_lines == ALL_LINES else "more lines"
        return [("g", other), ("r", "refresh"), *([("x", more)] if self._files else [])]

    # What has come.

    def take(self, changes: WorkspaceChanges) -> None:
        """They have been told."""
        if changes.since != self._source or changes.context_lines != self._context_lines:
            return  # the user wants something else by now
        is_known = changes.since in self._known
        title, blocks = _title(changes), self._blocks_of(changes)
        self._known[changes.since] = (title, blocks)
        self._bar.remark = _context_words(self._context_lines)
        self.show(title, blocks, keeps_place=is_known)

    def _blocks_of(self, changes: WorkspaceChanges) -> Sequence[Block]:
        blocks: list[Block] = []
        diff = changes.diff
        if changes.problem:
            problem = changes.problem if changes.problem.endswith(".") else f"{changes.problem}."
            edits = self._edits() if changes.since == "session" else diff
            more = " What edits have changed is below; what commands have changed is not." if edits.files else ""
            blocks.append(TextBlock(text=f"{problem[:1].upper()}{problem[1:]}{more}"))
            diff = edits
        elif not diff.files:
            is_undone = changes.since == "session" and bool(self._edits().files)
            blocks.append(TextBlock(text=_UNDONE if is_undone else _NOTHING[changes.since]))
        if diff.files:
            blocks.append(diff)
        return (*blocks, *(TextBlock(text=remark) for remark in changes.remarks))


_TITLES: dict[Source, str] = {"session": "Changed in this session", "commit": "Changed since the commit"}
_NOTHING: dict[Source, str] = {
    "session": "No file was changed yet.",
    "commit": "All files are as they are in the commit.",
}
_UNDONE = "All files are as they were before this session: what its edits changed was put back since."


def _title(changes: WorkspaceChanges) -> str:
    if changes.since == "session":
        return _TITLES["session"]
    if changes.base:
        return f"Changed since commit {changes.base[:_ID_SHOWN]}"
    return "Against git" if changes.problem else "Not committed yet"


def _context_words(context_lines: int) -> str:
    if context_lines == CONTEXT_LINES:
        return ""
    return "whole files" if context_lines == ALL_LINES else f"{context_lines} lines around each change"
