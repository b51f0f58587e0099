"""Opens what a question needs the whole screen for, and answers it with what came of that."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, assert_never

from textual.app import App

from codex_core.protocol import (
    AnswerApproval,
    ApproveHunks,
    KnownModel,
    ListModels,
    ListRules,
    Op,
    RemoveRule,
    RulesListed,
)
from codex_tui.panels.view import EditTexts, Explain, PickHunks, ShowDiff

if TYPE_CHECKING:
    from codex_tui.panels.panel import QuestionPanel
    from codex_tui.screens.diffs import Diffs
    from codex_tui.screens.picker import Choice

# The screens are imported when they are first opened.


class Sheets:
    """One for the main screen. Also knows the rules and the models, as they were told last."""

    def __init__(self, app: App[None], submit: Callable[[Op], None], clock: Callable[[], float], diffs: Diffs) -> None:
        self._app = app
        self._submit = submit
        self._clock = clock
        self._diffs = diffs
        self._rules: RulesListed | None = None
        self._models: list[Choice] = []
        self._model = ""
        """In use when the list was opened: it is in it, whoever knows it."""
        self._drafts: tuple[str, dict[str, str]] = ("", {})
        """Texts that were changed for a question, by name, and its id."""

    def open(self, panel: QuestionPanel, does: EditTexts | PickHunks | ShowDiff | Explain) -> None:
        match does:
            case ShowDiff():
                self._diffs.open_question(panel.view)
            case Explain():
                self._explain(does)
            case PickHunks():
                self._hunks(panel, does)
            case EditTexts():
                self._texts(panel, does)
            case _:
                assert_never(does)

    def take_rules(self, listed: RulesListed) -> None:
        """They have been told: whoever shows them shows these."""
        from codex_tui.screens.explain import ExplainScreen
        from codex_tui.screens.rules import RulesScreen

        self._rules = listed
        for screen in self._app.screen_stack:
            if isinstance(screen, RulesScreen | ExplainScreen) and screen.is_mounted:
                screen.show_rules(listed)

    def list_rules(self) -> None:
        from codex_tui.screens.rules import RulesScreen

        def remove(rule_id: str) -> None:
            self._submit(RemoveRule(rule_id=rule_id))

        self._app.push_screen(RulesScreen(self._rules, remove=remove, clock=self._clock))
        self._submit(ListRules())

    def choose_model(self, current: str, choose: Callable[[str], None]) -> None:
        """Offer what was told last, and what is told from now on; any other name can be typed."""
        from codex_tui.screens.picker import PickerScreen

        def chosen(name: str | None) -> None:
            if name is not None:
                choose(name)

        self._model = current
        picker = PickerScreen(
            "Model",
            self._with_current(),
            current=current,
            empty="looking for models…",
            takes_any=True,
            placeholder="type to search, or any model: provider/name",
        )
        self._app.push_screen(picker, chosen)
        self._submit(ListModels())

    def take_models(self, models: Sequence[KnownModel]) -> None:
        from codex_tui.screens.picker import Choice, PickerScreen

        self._models = [Choice(model.name, model.name, model.source) for model in models]
        if isinstance(screen := self._app.screen, PickerScreen) and screen.takes_any:
            screen.offer(self._with_current())

    def _with_current(self) -> list[Choice]:
        from codex_tui.screens.picker import Choice

        marked = [choice._replace(right="in use") if choice.id == self._model else choice for choice in self._models]
        if not self._model or any(choice.id == self._model for choice in marked):
            return marked
        return [Choice(self._model, self._model, "" if marked else "looking for more…", "in use"), *marked]

    def _explain(self, does: Explain) -> None:
        from codex_tui.screens.explain import ExplainScreen

        self._app.push_screen(ExplainScreen(does.sections, self._rules))
        self._submit(ListRules())

    def _hunks(self, panel: QuestionPanel, does: PickHunks) -> None:
        from codex_tui.screens.hunks import HunksScreen

        def picked(accepted: tuple[str, ...] | None) -> None:
            if accepted is not None:
                answer = ApproveHunks(accepted=accepted)
                self._answer(panel, AnswerApproval(request_id=does.request.request_id, answer=answer))

        self._app.push_screen(HunksScreen(does.request, self._diffs.layout), picked)

    def _texts(self, panel: QuestionPanel, does: EditTexts) -> None:
        from codex_tui.screens.texts import TextsScreen

        if self._drafts[0] != panel.view.id:
            self._drafts = (panel.view.id, {})
        drafts = self._drafts[1]

        def sent(counts: bool | None) -> None:
            if counts:
                self._answer(panel, does.make(dict(drafts)))

        self._app.push_screen(TextsScreen(does.title, does.texts, drafts, sends=does.sends), sent)

    def _answer(self, panel: QuestionPanel, op: Op) -> None:
        if panel.is_attached:
            panel.answer(op)
        else:
            self._app.notify("The question has gone meanwhile; nothing was answered.", markup=False, timeout=4)
