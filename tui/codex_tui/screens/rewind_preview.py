"""What a rewind would do: every file that is not as it was then, to be restored or kept, and its diff."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.content import Content
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from codex_core.protocol import Block, DiffBlock, FileDecision, RewindFile, RewindPreview, TextBlock
from codex_tui.choice_list import ChoiceList
from codex_tui.chrome import spread
from codex_tui.detail import DetailPane
from codex_tui.diff.layout import DiffLayout
from codex_tui.sanitize import clip, sanitize_line
from codex_tui.screens.key_line import KeyLine
from codex_tui.screens.pane_screen import PaneScreen

_DOES = {"create": "bring back", "change": "put back", "delete": "delete"}
_MOST_BLOCKED = 2000


class RewindPreviewScreen(PaneScreen[dict[str, FileDecision] | None]):
    """Gives what was decided by path, where it differs from the preview, or None: nothing shall be done."""

    CSS_PATH = "rewind.tcss"
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (110, "-wide")]  # noqa: RUF012 -- Textual's own type is not a ClassVar
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("space", "turn", show=False),
        Binding("r,y", "decide('restore')", show=False),
        Binding("k,n", "decide('keep')", show=False),
        Binding("A", "decide_all('restore')", show=False),
        Binding("N", "decide_all('keep')", show=False),
        Binding("enter", "confirm", show=False, priority=True),
        Binding("escape,q", "leave", show=False),
    ]

    def __init__(self, preview: RewindPreview, layout: DiffLayout) -> None:
        super().__init__(layout)
        self._preview = preview
        self._decisions: dict[str, FileDecision] = {}
        self._diffs = {file.path: file for file in preview.diff.files}

    def compose(self) -> ComposeResult:
        yield Static(id="rewind-head", markup=False)
        with Horizontal(id="rewind-body"):
            yield ChoiceList(id="rewind-files")
            yield DetailPane(id="rewind-diff")
        yield KeyLine(())

    def on_mount(self) -> None:
        self.pane.layout_choice = self._layout
        listed = self.query_one(OptionList)
        listed.display = bool(self._preview.files)
        listed.focus()
        self._tell()
        self.call_after_refresh(self._fill)
        if not self._preview.files:
            self.pane.show("No files", (TextBlock(text=self._no_files()),))

    def on_resize(self) -> None:
        self.call_after_refresh(self._fill)

    # What it says.

    def _no_files(self) -> str:
        if self._preview.problem:
            return f"No file can be restored: {self._preview.problem}"
        if self._preview.what == "conversation":
            return "The files stay as they are now."
        return "All files are as they were then."

    def _tell(self) -> None:
        preview = self._preview
        goal = "Take back" if preview.is_undo else "Rewind to before"
        prompt = clip(sanitize_line(" ".join(preview.prompt.split())), 200)
        lines = [Content.assemble((f"{goal} ", "$muted"), (f"“{prompt}”", "bold $foreground"))]
        lines.append(Content.styled(" · ".join(self._facts()), "$muted"))
        if open_conflicts := self._undecided():
            words = "1 file was" if len(open_conflicts) == 1 else f"{len(open_conflicts)} files were"
            lines.append(
                Content.styled(f"! {words} changed by somebody else: kept, unless you restore with r", "bold $warning")
            )
        self.query_one("#rewind-head", Static).update(Content("\n").join(lines))
        restored = sum(self._is_restored(file) for file in preview.files)
        does = f"rewind, restore {restored} of {len(preview.files)}" if preview.files else "rewind"
        keys = [("Enter", does), ("Esc", "back")]
        if preview.files:
            keys += [("space", "restore or keep"), ("r", "restore"), ("k", "keep"), ("↑↓", "file")]
            keys += [("A", "all"), ("N", "none"), ("s", "split"), ("PgUp PgDn", "scroll")]
        self.query_one(KeyLine).tell(keys)

    def _facts(self) -> Iterable[str]:
        preview = self._preview
        if preview.what == "files":
            yield "the conversation stays"
        elif preview.is_undo:
            yield "what was rewound counts again"
        else:
            yield "what was said and done since will not count"
        if preview.what == "conversation":
            yield "the files stay"
        elif preview.problem:
            yield f"no files: {preview.problem}"
        else:
            yield f"{len(preview.files)} file{'' if len(preview.files) == 1 else 's'} not as then"

    def _undecided(self) -> list[RewindFile]:
        return [file for file in self._preview.conflicts if file.path not in self._decisions]

    # The files.

    def _fill(self) -> None:
        listed = self.query_one(OptionList)
        width = max(16, listed.scrollable_content_region.width - 2)
        at = listed.highlighted or 0
        listed.clear_options()
        files = self._preview.files[:_MOST_BLOCKED]
        listed.add_options([Option(self._line(file, width), id=str(index)) for index, file in enumerate(files)])
        if files:
            listed.highlighted = min(at, len(files) - 1)

    def _line(self, file: RewindFile, width: int) -> Content:
        if file.verdict == "not_covered":
            mark, words, colour = "·", "stays", "$muted"
        elif self._is_restored(file):
            mark, words, colour = "✓", _DOES[file.does], "$danger" if file.does == "delete" else "$success"
        elif file.verdict == "conflict" and file.path not in self._decisions:
            mark, words, colour = "!", "conflict: kept", "$warning"
        else:
            mark, words, colour = "✗", "keep", "$muted"
        path = clip(sanitize_line(file.path, reveal=True), 300)
        left = Content.assemble((f"{mark} ", f"bold {colour}"), (path, "$foreground"))
        return spread(left, Content.styled(words, colour), width)

    def _is_restored(self, file: RewindFile) -> bool:
        return file.is_restored(self._decisions.get(file.path))

    @property
    def _current(self) -> RewindFile | None:
        at = self.query_one(OptionList).highlighted
        return self._preview.files[at] if at is not None and at < len(self._preview.files) else None

    @on(OptionList.OptionHighlighted)
    def _look(self) -> None:
        if (file := self._current) is None:
            return
        blocks: list[Block] = []
        if file.why:
            blocks.append(TextBlock(text=f"{file.why[:1].upper()}{file.why[1:]}."))
        diff = self._diffs.get(file.path)
        if diff is None and not file.why:
            blocks.append(TextBlock(text=_without_diff(file)))
        elif diff is not None:
            blocks.append(DiffBlock(files=(diff,)))
        self.pane.show(file.path, blocks)

    # What the keys do.

    def action_turn(self) -> None:
        if (file := self._current) is not None:
            self.action_decide("keep" if self._is_restored(file) else "restore")

    def action_decide(self, decision: FileDecision) -> None:
        if (file := self._current) is not None and file.verdict != "not_covered":
            self._decisions[file.path] = decision
            self._again()

    def action_decide_all(self, decision: FileDecision) -> None:
        """Conflicts are decided one by one: what is in them is somebody's work."""
        for file in self._preview.files:
            if file.verdict == "restore" or (file.verdict == "conflict" and decision == "keep"):
                self._decisions[file.path] = decision
        self._again()

    def _again(self) -> None:
        self._tell()
        self._fill()

    def action_confirm(self) -> None:
        """Without files, the conversation goes back alone; where only files were wanted, nothing can."""
        if self._preview.problem and self._preview.what == "files":
            self.notify(self._no_files(), severity="warning", markup=False, timeout=6)
        else:
            self.dismiss(dict(self._decisions))

    def action_leave(self) -> None:
        self.dismiss(None)


def _without_diff(file: RewindFile) -> str:
    what = {"create": "a folder, or an empty file", "change": "only its permissions differ", "delete": "a folder"}
    return f"No lines to show: {what[file.does]}."
