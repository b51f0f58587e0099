"""Completes what is being typed: decides what the popup above the composer offers, and does what is chosen from it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from textual.content import Content
from textual.screen import Screen

from codex_themes import list_themes
from codex_tui.commands import COMMANDS, EFFORT_WORDS, MODE_WORDS, Command, slash_commands
from codex_tui.composer import Composer
from codex_tui.intents import shell_line
from codex_tui.wardrobe import Wardrobe

if TYPE_CHECKING:
    from codex_tui.mention.finder import FileFinder
    from codex_tui.mention.index import Match
    from codex_tui.mention.word import Word
    from codex_tui.options import ListFiles
    from codex_tui.popup import Popup, Row

# The popup, and all that finds files, is imported when it is first needed: it is no part of the first paint.


_COMMAND_CELLS = max(len(command.usage) for command in COMMANDS) + 2


class CommandOffer(NamedTuple):
    command: Command


class ArgumentOffer(NamedTuple):
    command: Command
    argument: str


class FileOffer(NamedTuple):
    path: str


Offer: TypeAlias = CommandOffer | ArgumentOffer | FileOffer


class Completing:
    """One for the main screen."""

    def __init__(
        self, screen: Screen[None], list_files: ListFiles | None, *, workspace: Callable[[], str], themes: Wardrobe
    ) -> None:
        """`workspace` says where the session works, whose files can be named."""
        self._screen = screen
        self._workspace = workspace
        self._themes = themes
        self._list_files = list_files
        self._finder: FileFinder | None = None
        self._popup: Popup | None = None
        self._offers: tuple[Offer, ...] = ()
        self._word: tuple[int, Word] | None = None
        """The mention that files are offered for, and its line."""
        self._refused: tuple[int, int] | None = None
        """Line and column of a mention whose popup the user closed."""

    @property
    def is_open(self) -> bool:
        return self._popup is not None

    @property
    def current(self) -> Offer | None:
        """What Enter and Tab would take."""
        return self._offers[self._popup.index] if self._popup is not None and self._offers else None

    def offer(self, index: int) -> Offer | None:
        return self._offers[index] if index < len(self._offers) else None

    def move(self, step: int) -> None:
        if self._popup is not None:
            self._popup.move(step)

    def refuse(self) -> None:
        """The user closed it: the same mention does not open it again."""
        if self._word is not None:
            self._refused = (self._word[0], self._word[1].start)
        self.close()

    def close(self) -> None:
        self._composer.is_popup_open = False
        self._offers, self._word = (), None
        if self._popup is not None:
            self._popup.remove()
            self._popup = None

    def end(self) -> None:
        """The screen goes."""
        if self._finder is not None:
            self._finder.close()

    def typed(self) -> None:
        """The text or the cursor is another."""
        text = self._composer.text if len(self._composer.document.text) < 200 else ""
        name, blank, argument = text.partition(" ")
        if text.startswith("/") and "\n" not in text:
            if blank:
                self._offer_arguments(name[1:], argument)
            elif matches := slash_commands(name[1:]):
                self._show([CommandOffer(command) for command in matches], [_command_row(c) for c in matches])
            else:
                self.close()
        else:
            self._offer_files()

    def complete_by(self, key: str) -> bool:
        """Write what is current where the user is writing, if `key` does not run it instead."""
        offer = self.current
        if offer is None or (key == "enter" and not isinstance(offer, FileOffer)):
            return False
        self.complete(offer)
        return True

    def complete(self, offer: Offer) -> None:
        """Write it where the user is writing."""
        match offer:
            case CommandOffer(command):
                self._composer.put(f"/{command.slash} ")
            case ArgumentOffer(command, argument):
                self._composer.put(f"/{command.slash} {argument}")
                self.close()
            case FileOffer(path):
                self._mention(path)

    # Commands and their arguments.

    def _offer_arguments(self, name: str, typed: str) -> None:
        command = next((c for c in slash_commands(name) if c.slash == name), None)
        choices = self._choices(command) if command is not None else []
        found = [(value, words) for value, words in choices if value.startswith(typed)]
        if command is None or not found or typed in dict(found):
            self.close()
            return
        from codex_tui.popup import Row  # deferred: see above

        rows = [
            Row(Content.styled(f"{value:<28}", "$foreground"), Content.styled(words, "$muted"))
            for value, words in found
        ]
        self._show([ArgumentOffer(command, value) for value, _ in found], rows)

    def _choices(self, command: Command) -> list[tuple[str, str]]:
        match command.action:
            case "mode":
                return list(MODE_WORDS)
            case "effort":
                return list(EFFORT_WORDS)
            case "theme":
                return [(name, "") for name in list_themes(self._themes.user_themes)]
            case _:
                return []

    # Files.

    def _offer_files(self) -> None:
        if self._list_files is None:
            self.close()
            return
        from codex_tui.mention.word import word_before  # deferred: see above

        row, column = self._composer.cursor_location
        word = word_before(self._composer.document.get_line(row), column)
        if word is None or self._composer.selected_text:
            self._refused = None if word is None else self._refused
            self.close()
        elif self._refused != (row, word.start):
            if self._finder is None:
                from codex_tui.mention.finder import FileFinder  # deferred: see above

                self._finder = FileFinder(self._list_files)
            is_new = self._word is None or (self._word[0], self._word[1].start) != (row, word.start)
            if is_new or not self._offers:  # what is not found may have come meanwhile
                self._finder.refresh(Path(self._workspace()))
            self._word = (row, word)
            self._screen.run_worker(partial(self._look, self._finder, word), group="mention", exclusive=True)

    async def _look(self, finder: FileFinder, word: Word) -> None:
        if not finder.is_ready:
            self._show([], [], "looking for files …")
        is_listing = finder.is_listing
        if finder.is_ready:
            self._show_files(await finder.find(word.query), word, finder)
        if is_listing:
            await finder.settled()
            self._show_files(await finder.find(word.query), word, finder)

    def _show_files(self, matches: list[Match] | None, word: Word, finder: FileFinder) -> None:
        if matches is None or self._word is None or self._word[1] != word:
            return
        note = "" if matches else "no file matches" if word.query else "there are no files"
        if finder.is_cut:
            note = note or "only the first files of this very large folder are known"
        before = self.current
        self._show([FileOffer(match.path) for match in matches], [_file_row(match) for match in matches], note)
        if self._popup is not None and before in self._offers:  # a listing that came later moves nothing away
            self._popup.index = self._offers.index(before)

    def _mention(self, path: str) -> None:
        if self._word is None:
            return
        from codex_tui.mention.word import written  # deferred: see above

        row, word = self._word
        if self._finder is not None:
            self._finder.used(path)
        text = _for_shell(path) if shell_line(self._composer.text) is not None else written(path)
        self._word = None
        self._composer.replace(text, (row, word.start), self._composer.cursor_location)
        if not path.endswith("/"):
            self.close()

    # The popup.

    @property
    def _composer(self) -> Composer:
        return self._screen.query_one(Composer)

    def _show(
        self,
        offers: list[Offer] | list[CommandOffer] | list[ArgumentOffer] | list[FileOffer],
        rows: list[Row],
        note: str = "",
    ) -> None:
        if self._popup is None:
            from codex_tui.popup import Popup  # deferred: see above

            self._popup = Popup()
            self._screen.query_one("#below").mount(self._popup, before="#composer-box")
        self._offers = tuple(offers)
        self._popup.rows, self._popup.note = tuple(rows), note
        self._composer.is_popup_open = bool(offers)


def _command_row(command: Command) -> Row:
    from codex_tui.popup import Row  # deferred: see above

    remark = Content.assemble(
        (command.help, "$muted"), (f"   {command.key_name}" if command.key_name else "", "$accent")
    )
    return Row(Content.styled(f"{command.usage:<{_COMMAND_CELLS}}", "$foreground"), remark)


def _file_row(match: Match) -> Row:
    from codex_tui.popup import Row  # deferred: see above
    from codex_tui.sanitize import sanitize_line

    path = match.path
    if sanitize_line(path, reveal=True) != path:  # then the letters are not where they were
        return Row(Content.styled(sanitize_line(path, reveal=True), "$foreground"), keeps_end=True)
    name_at = path.rstrip("/").rfind("/") + 1
    label = Content.assemble((path[:name_at], "$muted"), (path[name_at:], "$foreground"))
    for start, end in _runs(match.letters):
        label = label.stylize("bold underline $accent", start, end)
    return Row(label, keeps_end=True)


def _runs(letters: tuple[int, ...]) -> list[tuple[int, int]]:
    """`(1, 2, 3, 7)` as `[(1, 4), (7, 8)]`."""
    runs: list[tuple[int, int]] = []
    for letter in letters:
        if runs and runs[-1][1] == letter:
            runs[-1] = (runs[-1][0], letter + 1)
        else:
            runs.append((letter, letter + 1))
    return runs


def _for_shell(path: str) -> str:
    import shlex  # deferred: see above

    quoted = shlex.quote(path)
    return quoted if path.endswith("/") else f"{quoted} "
