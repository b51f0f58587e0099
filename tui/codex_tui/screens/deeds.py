"""What each command of the table does, whether it came by key, palette or slash."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, cast

from textual.app import App
from textual.screen import Screen

from codex_tui.commands import COMMANDS, EFFORT_WORDS, MODE_WORDS
from codex_tui.composer import Composer
from codex_tui.palette import palette_named
from codex_tui.timeline import Timeline
from codex_tui.transcript import Transcript

if TYPE_CHECKING:
    from codex_tui.conversation import Conversation
    from codex_tui.screens.backstage import Backstage
    from codex_tui.screens.changes import Source
    from codex_tui.screens.finding import Finding
    from codex_tui.screens.interrupting import Interrupting
    from codex_tui.screens.recalling import Recalling
    from codex_tui.wardrobe import Wardrobe

_WITHOUT_THIS_ONE = ("resume", "new")
"""They bring another session, so they work where this one could not be opened."""

# The screens are imported when they are first opened: none of them is part of the first paint.


class Deeds:
    """`run` is the only door; every method but it is named as its command's action."""

    def __init__(
        self,
        screen: Screen[None],
        backstage: Backstage,
        *,
        finding: Finding,
        recalling: Recalling,
        interrupting: Interrupting,
        themes: Wardrobe,
        show_tab: Callable[[str], None],
    ) -> None:
        """`show_tab` shows one of the views of the narrow form."""
        self._screen = screen
        self._back = backstage
        self._finding = finding
        self._recalling = recalling
        self._interrupting = interrupting
        self._themes = themes
        self._show_tab = show_tab

    def run(self, action: str, argument: str = "") -> None:
        """Do it. `argument` is what followed a slash command; commands that take none ignore it."""
        command = next((command for command in COMMANDS if command.action == action), None)
        if command is not None and command.needs_session:
            if self._back.phase == "connecting":
                self._back.once_open(partial(self.run, action, argument))
                return
            if self._back.phase == "failed" and action not in _WITHOUT_THIS_ONE:
                self._say("There is no session: Enter tries again.")
                return
        deed = getattr(self, action)
        if command is not None and command.argument:
            deed(argument)
        else:
            deed()

    @property
    def _app(self) -> App[None]:
        return cast("App[None]", self._screen.app)

    # Looking.

    def help(self) -> None:
        from codex_tui.screens.help import HelpScreen

        self._app.push_screen(HelpScreen())

    def palette(self) -> None:
        from codex_tui.screens.picker import Choice, PickerScreen

        choices = [
            Choice(command.action, command.title, command.help, command.key_name or f"/{command.slash}".rstrip("/"))
            for command in COMMANDS
            if command.on_palette
        ]

        def chosen(action: str | None) -> None:
            if action is not None:
                self.run(action)

        self._app.push_screen(PickerScreen("Commands", choices), chosen)

    def show_chat(self) -> None:
        """From the composer to the conversation, from there back; from other tabs and panes first to the chat."""
        transcript, composer = self._screen.query_one(Transcript), self._screen.query_one(Composer)
        is_shown = transcript.display and bool(transcript.size)
        self._show_tab("chat")
        if not is_shown and not self._screen.has_class("-fresh"):
            if self._back.crew is None or not self._back.crew.questions.has_keyboard:
                composer.focus()
        elif self._screen.focused is transcript or self._screen.has_class("-fresh"):
            composer.focus()
        else:
            transcript.focus()

    def show_timeline(self) -> None:
        self._show_tab("timeline")
        self._screen.query_one(Timeline).focus()

    def show_changes(self) -> None:
        self._show_diff("session")

    def full_diff(self, against: str = "") -> None:
        self._show_diff("commit" if against == "git" else "question")

    def _show_diff(self, start: Source) -> None:
        if (scene := self._back.scene) is None:
            return
        panel = self._back.panel
        scene.diffs.open(panel.view if panel is not None else None, start)

    def rules(self) -> None:
        if (scene := self._back.scene) is not None:
            scene.sheets.list_rules()

    def follow(self) -> None:
        self._screen.query_one(Transcript).scroll_to_end()

    def page_up(self) -> None:
        self._screen.query_one(Transcript).action_page_up()

    def page_down(self) -> None:
        self._screen.query_one(Transcript).action_page_down()

    # Steering.

    def interrupt(self) -> None:
        self._interrupting.interrupt()

    def escape(self) -> None:
        self._interrupting.escape()

    def pause(self) -> None:
        if (conversation := self._at_work()) is not None:
            conversation.pause()

    def cancel(self) -> None:
        if (conversation := self._at_work()) is not None:
            conversation.cancel()

    def skip_wait(self) -> None:
        if self._back.phase == "failed":
            self._back.try_again()
        elif (conversation := self._at_work()) is not None:
            conversation.skip_wait()

    def _at_work(self) -> Conversation | None:
        """The conversation in which something runs; None, and said, if nothing does."""
        conversation = self._back.conversation
        if conversation is not None and (conversation.view.activity or self._back.phase in ("running", "pausing")):
            return conversation
        self._say("Nothing is at work.")
        return None

    def focus_panel(self) -> None:
        if self._back.crew is None or not self._back.crew.questions.take_focus():
            self._say("No question is open.")

    def cycle_mode(self) -> None:
        if (conversation := self._back.conversation) is not None:
            conversation.cycle_mode()

    def mode(self, name: str = "") -> None:
        conversation = self._back.conversation
        if conversation is None or conversation.view.mode is None:
            return
        if not name:
            self._choose_word("Mode", MODE_WORDS, conversation.view.mode, conversation.change_mode)
        elif not conversation.change_mode(name):
            self._say(f"There is no mode {name}: plan, ask, auto or full.")

    def effort(self, name: str = "") -> None:
        conversation = self._back.conversation
        if conversation is None or (state := conversation.view.state) is None:
            return
        if not name:
            now = state.settings.effort or "default"
            self._choose_word("Effort", EFFORT_WORDS, now, conversation.change_effort)
        elif not conversation.change_effort(name):
            self._say(f"There is no effort {name}: {', '.join(word for word, _ in EFFORT_WORDS)}.")

    def _choose_word(
        self, title: str, words: Sequence[tuple[str, str]], current: str, choose: Callable[[str], object]
    ) -> None:
        from codex_tui.screens.picker import Choice, PickerScreen

        def chosen(word: str | None) -> None:
            if word is not None:
                choose(word)

        choices = [Choice(word, word, means) for word, means in words]
        self._app.push_screen(PickerScreen(title, choices, current=current), chosen)

    def full_access(self) -> None:
        self.mode("full")

    def model(self, name: str = "") -> None:
        conversation = self._back.conversation
        if conversation is None or (state := conversation.view.state) is None:
            return
        if name:
            conversation.change_model(name)
        elif (scene := self._back.scene) is not None:
            scene.sheets.choose_model(state.settings.model or "", conversation.change_model)

    def compact(self, focus: str = "") -> None:
        if (conversation := self._back.conversation) is not None:
            conversation.compact(focus)

    def context(self) -> None:
        if (conversation := self._back.conversation) is not None:
            conversation.describe_context()

    def rewind(self) -> None:
        if (conversation := self._back.conversation) is not None and self._back.phase in ("idle", "paused"):
            conversation.list_turns()
        else:
            self._say("Rewind is for when nothing runs: pause or stop the turn first.")

    # Other sessions.

    def resume(self, words: str = "") -> None:
        if self._back.switching is not None:
            self._back.switching.resume(words)

    def new(self) -> None:
        if self._back.switching is not None:
            self._back.switching.begin_new()

    # Oneself.

    def theme(self, name: str = "") -> None:
        if name:
            if error := self._themes.choose(name):
                self._say(error)
            return
        from codex_tui.screens.theme_picker import ThemePickerScreen

        themes = self._themes
        worn = palette_named(self._app.theme).source  # its file may be changed, or broken, meanwhile

        def chosen(theme: str | None) -> None:
            if theme is None:
                themes.put_on(worn)
            elif error := themes.choose(theme):
                themes.put_on(worn)
                self._say(error)

        self._app.push_screen(ThemePickerScreen(themes.user_themes, worn.name, themes.wear), chosen)

    def copy_answer(self, what: str = "") -> None:
        from codex_tui.clipboard import copied
        from codex_tui.copying import CodeBlock, Copying
        from codex_tui.screens.picker import Choice, PickerScreen

        def choose(blocks: list[CodeBlock], copy: Callable[[CodeBlock], None]) -> None:
            choices = [
                Choice(str(number), f"{number + 1}  {block.first_line}", block.language)
                for number, block in enumerate(blocks)
            ]

            def chosen(number: str | None) -> None:
                if number is not None:
                    copy(blocks[int(number)])

            self._app.push_screen(PickerScreen("Copy a code block", choices), chosen)

        def put(text: str) -> None:
            self._app.copy_to_clipboard(copied(text))

        answers = self._screen.query_one(Transcript).answers
        Copying(answers, put=put, say=self._say, choose=choose).copy(what)

    def copy_code(self) -> None:
        self.copy_answer("code")

    # The conversation.

    def find(self, words: str = "") -> None:
        if self._screen.has_class("-fresh"):
            self._say("Nothing was said yet.")
            return
        self._show_tab("chat")
        self._screen.run_worker(self._finding.open(words), group="find", exclusive=True)

    def previous_turn(self) -> None:
        self._show_tab("chat")
        self._screen.query_one(Transcript).previous_turn()

    def next_turn(self) -> None:
        self._show_tab("chat")
        self._screen.query_one(Transcript).next_turn()

    def resume_info(self) -> None:
        conversation = self._back.conversation
        if conversation is not None and conversation.view.state is not None:
            command = f"codex-py resume {conversation.view.state.session_id}"
            self._back.tell("resume-info", f"This session opens again with: {command}")

    def search_history(self) -> None:
        self._recalling.search()

    def edit_outside(self) -> None:
        from codex_tui.editor import edit_focused

        edit_focused(self._app)

    def redraw(self) -> None:
        from codex_tui.redraw import redraw

        redraw(self._app)

    def suspend(self) -> None:
        self._app.action_suspend_process()

    def quit(self) -> None:
        self._app.exit()

    def _say(self, text: str) -> None:
        self._screen.notify(text, markup=False, timeout=4)
