"""A diff full screen: its files at the left where there is room for them, and one key away where there is not."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, cast

from textual import on, work
from textual.app import App, ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal

from codex_core.protocol import DiffBlock, FileDiff
from codex_tui.detail import DetailPane
from codex_tui.diff.file_list import FileList
from codex_tui.diff.layout import DiffLayout
from codex_tui.diff.patch import hunk_patch
from codex_tui.diff.section import Diff
from codex_tui.editor import at_line, editor_command, open_outside
from codex_tui.screens.key_line import KeyLine
from codex_tui.screens.pane_screen import PaneScreen

if TYPE_CHECKING:
    from codex_core.protocol import Block


class DiffScreen(PaneScreen[None]):
    """Shows any blocks; hunks and files are for those that have some."""

    CSS_PATH = "diff.tcss"
    AUTO_FOCUS = "#diff-pane"
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (110, "-wide")]  # noqa: RUF012 -- Textual's own type is not a ClassVar
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("n,right_square_bracket", "hunk(1)", show=False),
        Binding("p,left_square_bracket", "hunk(-1)", show=False),
        Binding("N,right_curly_bracket", "file(1)", show=False),
        Binding("P,left_curly_bracket", "file(-1)", show=False),
        Binding("f", "files", show=False),
        Binding("c", "copy_hunk", show=False),
        Binding("y", "say_yes", show=False),
        Binding("o,ctrl+g", "open_file", show=False),
        Binding("space", "page(1)", show=False, priority=True),
        Binding("escape", "back", show=False),
        Binding("q,d", "leave", show=False),
    ]

    def __init__(
        self, title: str, blocks: Sequence[Block], *, layout: DiffLayout | None = None, folder: str = ""
    ) -> None:
        """`folder`: where relative paths start from; empty: files cannot be opened."""
        super().__init__(layout or DiffLayout())
        self._title = title
        self._blocks = blocks
        self._folder = folder

    def compose(self) -> ComposeResult:
        with Horizontal(id="diff-body"):
            yield FileList(id="diff-files")
            yield DetailPane(id="diff-pane")
        yield KeyLine(())

    def on_mount(self) -> None:
        self.pane.layout_choice = self._layout
        self.show(self._title, self._blocks)

    def on_resize(self) -> None:
        self.tell_keys()

    @property
    def _list(self) -> FileList:
        return self.query_one(FileList)

    # What is shown.

    def show(self, title: str, blocks: Sequence[Block], *, keeps_place: bool = False) -> None:
        """Show other blocks. `keeps_place`: they are mostly the same, and what was read is still to be read."""
        place = self._place() if keeps_place else None
        self._title, self._blocks = title, blocks
        files = self._files
        self.pane.show(title, blocks)
        self._list.show(files)
        self.set_class(len(files) > 1, "-files")
        self.remove_class("-listing")
        if not self.has_class("-files") and self._list.has_focus:
            self.pane.focus()
        if place is not None:
            self._find(*place)
        self.tell_keys()

    @property
    def _files(self) -> list[FileDiff]:
        return [file for block in self._blocks if isinstance(block, DiffBlock) for file in block.files]

    def _place(self) -> tuple[str, int] | None:
        """The path of the file at the top, and the number of its topmost line."""
        section, line = self.pane.at_top()
        return (section.file.path, section.number_at(line)) if isinstance(section, Diff) else None

    def _find(self, path: str, number: int) -> None:
        for start, section in self.pane.sections():
            if isinstance(section, Diff) and section.file.path == path:
                self.pane.jump(start + section.line_of(number))
                return

    def tell_keys(self) -> None:
        self.query_one(KeyLine).tell(tuple(self.keys()))

    def keys(self) -> list[tuple[str, str]]:
        """What can be done, the most important first."""
        if self._list.has_focus:
            return [("Enter", "show"), ("Esc", "back to the diff"), ("↑↓", "file"), ("PgUp PgDn", "scroll the diff")]
        files, pane = len(self._files), self.pane
        keys = [("Esc", "back")]
        if pane.hunks > 1:
            keys.append(("n p", "hunk"))
        if files > 1:
            keys += [("N P", "file"), ("f", "files")]
        if files:
            keys.append(("s", self.layout_word))
        keys += self.own_keys()
        if pane.hunks:
            keys.append(("c", "copy"))
        if files and self._folder:
            keys.append(("o", "open"))
        keys.append(("PgUp PgDn", "scroll"))
        return keys

    def own_keys(self) -> list[tuple[str, str]]:
        """Those of a subclass."""
        return []

    # Files and hunks.

    @on(DetailPane.FileSeen)
    def _file_seen(self, event: DetailPane.FileSeen) -> None:
        self._list.point(event.number)

    @on(FileList.Pointed)
    def _file_pointed(self, event: FileList.Pointed) -> None:
        self.pane.go_to_file(event.number)
        if event.is_final:
            self._show_list(wanted=False)

    def action_hunk(self, step: int) -> None:
        if step > 0:
            self.pane.next_hunk()
        else:
            self.pane.prev_hunk()

    def action_file(self, step: int) -> None:
        self.pane.go_to_file(self.pane.current_file + step)

    def action_files(self) -> None:
        """To the list of files and back."""
        if self.has_class("-files"):
            self._show_list(wanted=not self._list.has_focus)

    def _show_list(self, *, wanted: bool) -> None:
        self.set_class(wanted, "-listing")
        if wanted:
            self._list.focus()
        else:
            self.pane.focus()
        self.call_after_refresh(self.tell_keys)

    def action_back(self) -> None:
        """From the list to the diff, from there out."""
        if self._list.has_focus:
            self._show_list(wanted=False)
        else:
            self.action_leave()

    def action_leave(self) -> None:
        self.dismiss()

    # Taking it elsewhere.

    @property
    def _app(self) -> App[None]:
        return cast("App[None]", self.app)

    def _current(self) -> tuple[Diff, int] | None:
        """The diff of the current hunk, and which of its hunks that is."""
        section, line = self.pane.hunk_line()
        if not isinstance(section, Diff) or (number := section.hunk_at(line)) is None:
            return None
        return section, number

    def action_say_yes(self) -> None:
        """Nothing: what is only shown here is answered where it is asked."""
        self.notify("Nothing is answered here: Esc goes back.", markup=False, timeout=4)

    def action_copy_hunk(self) -> None:
        """The hunk as a patch, into the clipboard."""
        current = self._current()
        patch = hunk_patch(current[0].file, current[1]) if current is not None else ""
        if not patch:
            self.notify("There is no hunk to copy.", markup=False, timeout=4)
            return
        self._app.copy_to_clipboard(patch)
        self.notify("The hunk is in the clipboard, as a patch.", markup=False, timeout=4)

    def action_open_file(self) -> None:
        """The file in the user's editor, at the current hunk."""
        files, number = self._files, self.pane.current_file
        if not self._folder or not 0 <= number < len(files):
            return
        path, line = Path(self._folder, files[number].path), 1
        current = self._current()
        if current is not None and current[0].file is files[number]:
            line = current[0].hunks.first_changed(current[1])
        if not (command := editor_command(os.environ)):
            self.notify("Neither VISUAL nor EDITOR names an editor.", markup=False, timeout=4)
        elif not path.is_file():
            self.notify(f"{files[number].path} is not there any more.", markup=False, timeout=4)
        else:
            self._open(at_line(command, path, line))

    @work(exclusive=True, group="editor")
    async def _open(self, command: list[str]) -> None:
        try:
            await open_outside(self._app, command)
        except OSError as error:
            self.notify(f"{command[0]} cannot be started: {error.strerror}", markup=False, timeout=4)
