"""The session picker: all stored sessions, searched while one types, with a look into the current one.

What is typed is looked for; everything else is a key with Ctrl, Tab, Del and the arrows, so that no word does harm.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import ClassVar, NamedTuple

from textual import on, work
from textual.actions import SkipAction
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.content import Content
from textual.screen import Screen
from textual.widgets import Input, Static

from codex_tui.chrome import spread
from codex_tui.line_field import LineField
from codex_tui.sanitize import clip, sanitize_line
from codex_tui.screens.key_line import KeyLine
from codex_tui.sessions.filters import Filter
from codex_tui.sessions.listing import Listed, SessionList
from codex_tui.sessions.peek import Peek
from codex_tui.sessions.search_field import SearchField
from codex_tui.sessions.told import Told
from codex_tui.shelf import Hit, Preview, SessionRow, Shelf, Wanted

SEARCH_AFTER_S = 0.12
"""So long nothing was typed when a search begins."""
PEEK_AFTER_S = 0.06
"""So long a session is the current one when it is looked into."""
_FIRST_ROWS = 60
_ROOM = 66
"""Cells from which on the filters are said in full; below, their colour says it."""
_PEEKS_KEPT = 64
_DAYS: tuple[int | None, ...] = (None, 1, 7, 30)
_DAY_WORDS = {None: "any time", 1: "today", 7: "last 7 days", 30: "last 30 days"}


class Choice(NamedTuple):
    id: str
    forks: bool = False
    """Go on with a copy."""


class SessionsScreen(Screen[Choice | None]):
    """Gives what was chosen, or None."""

    CSS_PATH = "sessions.tcss"
    AUTO_FOCUS = "#sessions-words"
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (110, "-wide")]  # noqa: RUF012 -- Textual's own type is not a ClassVar
    VERTICAL_BREAKPOINTS = [(0, "-low"), (22, "-high")]  # noqa: RUF012
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "move(-1)", show=False, priority=True),
        Binding("down", "move(1)", show=False, priority=True),
        Binding("pageup", "page(-1)", show=False, priority=True),
        Binding("pagedown", "page(1)", show=False, priority=True),
        Binding("ctrl+home", "ends(-1)", show=False, priority=True),
        Binding("ctrl+end", "ends(1)", show=False, priority=True),
        Binding("tab", "filter_folder", show=False, priority=True),
        Binding("ctrl+t", "filter_time", show=False, priority=True),
        Binding("ctrl+o", "filter_archived", show=False, priority=True),
        Binding("ctrl+p", "toggle_peek", show=False, priority=True),
        Binding("shift+up", "scroll_peek(-3)", show=False, priority=True),
        Binding("shift+down", "scroll_peek(3)", show=False, priority=True),
        Binding("ctrl+r", "rename", show=False, priority=True),
        Binding("ctrl+f", "fork", show=False, priority=True),
        Binding("ctrl+a", "archive", show=False, priority=True),
        Binding("delete", "delete", show=False, priority=True),
        Binding("escape", "leave", show=False, priority=True),
    ]

    def __init__(
        self,
        shelf: Shelf,
        *,
        title: str = "Resume a session",
        leaves: str = "back",
        words: str = "",
        at: str = "",
        everywhere: bool = False,
        forks: bool = False,
        clock: Callable[[], float] = time.time,
        when_ready: Callable[[], None] = lambda: None,
    ) -> None:
        """`leaves`: what Esc does, in words. `words` are typed already. `at`: the id of the session that is the current
        one at first, if it is in the list. `forks`: Enter goes on with a copy.
        `when_ready` is called once keys have somewhere to go.
        """
        super().__init__()
        self._shelf = shelf
        self._title_words = title
        self._leaves = leaves
        self._forks = forks
        self._at = at
        self._clock = clock
        self._when_ready = when_ready
        self._wanted = Wanted(words=words, everywhere=everywhere)
        self._folder_is_chosen = everywhere
        """By the user; else a search looks everywhere, and a list shows this folder."""
        self._is_fresh = True
        self._is_looking = False
        self._problem = ""
        self._found = 0
        self._peeks: dict[str, Preview] = {}
        self._undoable: list[str] = []
        """What is marked as deleted here, in the order of the presses."""
        self._one_by_one = asyncio.Lock()
        """The deeds are done in that order, too."""

    def compose(self) -> ComposeResult:
        yield Static(id="sessions-head", markup=False)
        with Horizontal(id="sessions-search"):
            yield Static("›", id="sessions-mark", markup=False)
            yield SearchField(placeholder="type to search all that was said", id="sessions-words")
        with Horizontal(id="sessions-filters"):
            yield Filter("Tab", "filter_folder", id="filter-folder")
            yield Filter("Ctrl+T", "filter_time", id="filter-time")
            yield Filter("Ctrl+O", "filter_archived", id="filter-archived")
        with Horizontal(id="sessions-body"):
            with Horizontal(id="sessions-box"):
                yield SessionList(clock=self._clock, id="sessions-list")
                yield Static(id="sessions-empty", markup=False)
                yield LineField(id="sessions-title")
            yield Peek(id="sessions-peek")
        yield KeyLine(())

    def on_mount(self) -> None:
        self.query_one("#sessions-title").display = False
        self.query_one("#sessions-empty").display = False
        field = self._field
        with field.prevent(Input.Changed):
            field.value = self._wanted.words
        field.cursor_position = len(field.value)
        if self.size.height < 22 and self.size.width < 110:
            self.add_class("-no-peek")
        self._tell()
        self._look(0.0)
        self.call_after_refresh(self._when_ready)

    def on_resize(self) -> None:
        self.call_after_refresh(self._place_title)
        self._tell()

    @property
    def _field(self) -> SearchField:
        return self.query_one(SearchField)

    @property
    def _list(self) -> SessionList:
        return self.query_one(SessionList)

    @property
    def _everywhere(self) -> bool:
        return self._wanted.everywhere if self._folder_is_chosen else bool(self._wanted.words.split())

    # Looking for sessions. A worker that is superseded is cancelled, and its answer never comes.

    @work(exclusive=True, group="look")
    async def _look(self, after_s: float) -> None:
        self._is_looking, self._problem = True, ""
        self._tell()
        if after_s:
            await asyncio.sleep(after_s)
        wanted = self._wanted._replace(everywhere=self._everywhere)
        hits: dict[str, Hit] = {}
        try:
            if words := tuple(wanted.words.split()):
                hits = {hit.id: hit for hit in await self._shelf.search(wanted)}
                ids = list(hits)
            else:
                ids = list(await self._shelf.ids(wanted))
            ids = self._with_deleted(ids)
            rows = await self._shelf.rows(ids[:_FIRST_ROWS])
        except Exception as error:  # the border of the shelf: the user is told
            self._problem = str(error) or type(error).__name__
            words, ids, rows = (), [], dict[str, SessionRow]()
        if not self.is_current:
            return  # left meanwhile
        self._is_looking, self._found = False, len(ids)
        known = {each: row for each in ids if (row := self._list.row_of(each)) is not None}
        self._list.show(Listed(ids, hits, words, with_folder=wanted.everywhere), known | dict(rows))
        if self._is_fresh and self._at:
            self._list.go_to(self._at)
        elif self._is_fresh and (row := self._list.current_row) is not None and row.state == "here":
            self._list.move_by(1)  # nobody wants to go where they are
        self._is_fresh = False
        self._tell()
        self._peek()

    def _with_deleted(self, ids: list[str]) -> list[str]:
        """What was deleted here stays in the list, where it can be brought back, while nothing is searched."""
        if self._wanted.words.split():
            return ids
        missing = [each for each in self._undoable if each not in ids]
        return [*missing, *ids]

    @on(SessionList.RowsWanted)
    def _rows_wanted(self, event: SessionList.RowsWanted) -> None:
        self._fetch(event.ids)

    @work(group="rows")
    async def _fetch(self, ids: list[str]) -> None:
        try:
            rows = await self._shelf.rows(ids)
        except Exception as error:  # as above
            self._say(str(error))
            return
        if self.is_current:
            self._list.take(rows)

    @on(Input.Changed, "#sessions-words")
    def _typed(self, event: Input.Changed) -> None:
        if event.value != self._wanted.words:
            self._wanted = self._wanted._replace(words=event.value)
            self._field.may_undo = False  # it was a letter that counted
            self._look(SEARCH_AFTER_S)

    # Looking into one.

    @on(SessionList.Moved)
    def _peek(self) -> None:
        self._draw_peek()
        if (current := self._list.current) is not None and current not in self._peeks:
            self._read(current)

    @work(exclusive=True, group="peek")
    async def _read(self, session_id: str) -> None:
        await asyncio.sleep(PEEK_AFTER_S)
        try:
            preview = await self._shelf.preview(session_id)
        except Exception as error:  # as above
            preview = Preview(first_prompt="", last=(), files=(), place_note=str(error))
        self._peeks[session_id] = preview
        while len(self._peeks) > _PEEKS_KEPT:
            del self._peeks[next(iter(self._peeks))]
        self._draw_peek()

    def _draw_peek(self) -> None:
        if not self.is_current or not self.query(Peek):  # left, or about to be gone with the app
            return
        self._tell_keys()
        peek, row = self.query_one(Peek), self._list.current_row
        peek.visible = row is not None
        if row is None:
            peek.clear()
        else:
            deleted = self._list.is_deleted(row.id)
            peek.show_session(row, self._peeks.get(row.id), now=self._clock(), is_deleted=deleted)

    # What it says.

    def _tell(self) -> None:
        if not (self.is_mounted and self.is_attached and self.display):
            return  # not here yet, or on its way out, with some of its widgets gone already
        wanted = self._wanted
        folder, when, archived = (self.query_one(f"#filter-{name}", Filter) for name in ("folder", "time", "archived"))
        folder.value = "all folders" if self._everywhere else "this folder"
        folder.is_set = self._folder_is_chosen
        when.value, when.is_set = _DAY_WORDS[wanted.days], wanted.days is not None
        how = "" if self.size.width < _ROOM else " shown" if wanted.with_archived else " hidden"
        archived.value = f"archived{how}"
        archived.is_set = wanted.with_archived
        name = Content.styled(f" {self._title_words} ", "bold $background on $accent")
        count = Content.styled(self._state().how_many(), "$muted")
        self.query_one("#sessions-head", Static).update(spread(name, count, max(20, self.size.width - 3)))
        empty = self.query_one("#sessions-empty", Static)
        is_empty = not self._found and not self._is_looking
        if is_empty:
            empty.update(self._state().empty())
        empty.display, self._list.display = is_empty, not is_empty
        self._tell_keys()

    def _tell_keys(self) -> None:
        if lines := self.query(KeyLine):  # none is left for what ends after the screen has gone
            lines.first().tell(self._state().keys())

    def _state(self) -> Told:
        row = self._list.current_row
        return Told(
            wanted=self._wanted._replace(everywhere=self._everywhere),
            found=self._found,
            is_looking=self._is_looking,
            problem=self._problem,
            is_renaming=self._renames,
            may_undo=self._field.may_undo,
            enter="go on with a copy" if self._forks else "open",
            leaves=self._leaves,
            is_deleted=row is not None and self._list.is_deleted(row.id),
            is_archived=row is not None and row.is_archived,
            is_elsewhere=row is not None and row.state == "elsewhere",
        )

    def _say(self, text: str) -> None:
        self.notify(text, markup=False, severity="warning", timeout=6)

    # Moving.

    def action_move(self, step: int) -> None:
        self._list.move_by(step)

    def action_page(self, pages: int) -> None:
        self._list.move_by(pages * max(1, len(self._list.visible_items) - 1))

    def action_ends(self, which: int) -> None:
        if which < 0:
            self._list.move_to(0)
        else:
            self._list.move_to_end()

    def action_scroll_peek(self, lines: int) -> None:
        self.query_one(Peek).move(lines)

    def action_toggle_peek(self) -> None:
        self.toggle_class("-no-peek")

    # Filters.

    @on(Filter.Pressed)
    async def _pressed(self, event: Filter.Pressed) -> None:
        await self.run_action(event.action)

    def action_filter_folder(self) -> None:
        self._wanted = self._wanted._replace(everywhere=not self._everywhere)
        self._folder_is_chosen = True
        self._look(0.0)

    def action_filter_time(self) -> None:
        at = _DAYS.index(self._wanted.days)
        self._wanted = self._wanted._replace(days=_DAYS[(at + 1) % len(_DAYS)])
        self._look(0.0)

    def action_filter_archived(self) -> None:
        self._wanted = self._wanted._replace(with_archived=not self._wanted.with_archived)
        self._look(0.0)

    # What is done to a session.

    @on(Input.Submitted, "#sessions-words")
    @on(SessionList.Opened)
    def _open(self) -> None:
        self._choose(forks=self._forks)

    def action_fork(self) -> None:
        self._choose(forks=True)

    def _choose(self, *, forks: bool) -> None:
        row = self._list.current_row
        if row is None or self._renames:
            return
        if self._list.is_deleted(row.id):
            self._say("It is deleted. Del brings it back.")
        elif row.state == "elsewhere" and not forks:
            self._say(f"Process {row.owner} has this session open. Go on there, or with a copy of it: Ctrl+F.")
        else:
            self._leave(Choice(row.id, forks))

    def action_archive(self) -> None:
        if (row := self._list.current_row) is not None and not self._list.is_deleted(row.id):
            self._archive(row)

    @work(group="deeds")
    async def _archive(self, row: SessionRow) -> None:
        try:
            await self._shelf.archive(row.id, archived=not row.is_archived)
        except Exception as error:  # as above
            self._say(str(error))
            return
        self._changed(row._replace(is_archived=not row.is_archived))

    def _changed(self, row: SessionRow) -> None:
        if not self.is_current:
            return
        self._list.take({row.id: row})
        self._draw_peek()

    def action_delete(self) -> None:
        field = self._field
        if self.focused is not field or field.cursor_position < len(field.value):
            raise SkipAction  # it deletes a letter
        if (current := self._list.current) is None:
            return
        if self._list.is_deleted(current):
            self._bring_back(current)
        elif (row := self._list.current_row) is None:
            self._say("This one has not been read yet: press Del once more.")
        elif row.state == "here":
            self._say("You are in this session: it cannot be deleted.")
        elif row.state == "elsewhere":
            self._say(f"Process {row.owner} has this session open: it can be deleted once it is left there.")
        else:
            self._mark(current, deleted=True)
            self._list.move_by(1)  # at once, so that the next press means the next one
            self._delete(current)

    def _bring_back(self, session_id: str) -> None:
        self._mark(session_id, deleted=False)
        self._list.go_to(session_id)
        self._undelete(session_id)

    @on(SearchField.UndoWanted)
    def _undo(self) -> None:
        if self._undoable:
            self._bring_back(self._undoable[-1])

    def _mark(self, session_id: str, *, deleted: bool) -> None:
        if session_id in self._undoable:
            self._undoable.remove(session_id)
        if deleted:
            self._undoable.append(session_id)
        if not self.is_current:
            return
        self._field.may_undo = bool(self._undoable)
        self._list.mark_deleted(session_id, deleted=deleted)
        self._draw_peek()
        self._tell()

    @work(group="deeds")
    async def _delete(self, session_id: str) -> None:
        async with self._one_by_one:
            try:
                await self._shelf.delete(session_id)
            except Exception as error:  # as above
                self._mark(session_id, deleted=False)
                self._say(str(error))

    @work(group="deeds")
    async def _undelete(self, session_id: str) -> None:
        async with self._one_by_one:
            try:
                await self._shelf.undelete(session_id)
            except Exception as error:  # as above
                self._mark(session_id, deleted=True)
                self._say(str(error))

    # Renaming, in the line itself.

    @property
    def _renames(self) -> bool:
        return bool(self.query_one("#sessions-title").display)

    def action_rename(self) -> None:
        row = self._list.current_row
        if row is None or self._renames or self._list.is_deleted(row.id):
            return
        title = self.query_one("#sessions-title", Input)
        title.value = clip(sanitize_line(row.title), 200)
        title.select_on_focus = False
        title.cursor_position = len(title.value)
        title.display = True
        self._place_title()
        title.focus()
        self._tell()

    def _place_title(self) -> None:
        title = self.query_one("#sessions-title", Input)
        if title.display:
            column, line, width = self._list.title_place
            title.styles.offset = (column, line)
            title.styles.width = width

    @on(Input.Submitted, "#sessions-title")
    def _titled(self, event: Input.Submitted) -> None:
        event.stop()
        if (row := self._list.current_row) is not None:
            self._rename(row, event.value)
        self._end_rename()

    @work(group="deeds")
    async def _rename(self, row: SessionRow, title: str) -> None:
        try:
            kept = await self._shelf.rename(row.id, title)
        except Exception as error:  # as above
            self._say(str(error))
            return
        self._changed(row._replace(title=kept))

    def _end_rename(self) -> None:
        self.query_one("#sessions-title").display = False
        self._field.focus()
        self._tell()

    def action_leave(self) -> None:
        if self._renames:
            self._end_rename()
        elif self._field.value:
            self._field.value = ""
        else:
            self._leave(None)

    @work(exclusive=True, group="leaving")
    async def _leave(self, choice: Choice | None) -> None:
        async with self._one_by_one:  # what was pressed before is done before
            self.dismiss(choice)
