from __future__ import annotations

import pytest

from codex_tui.intents import Intent, Phase, Situation, may_take_focus, on_ctrl_c, on_enter, on_escape, on_tab


@pytest.mark.parametrize(
    ("now", "intent"),
    [
        (Situation(phase="running"), Intent.PAUSE),
        (Situation(phase="pausing"), Intent.CANCEL_CURRENT),
        (Situation(phase="pausing", was_cancelled=True), Intent.ARM_QUIT),
        (Situation(phase="pausing", was_cancelled=True, since_interrupt_s=1.0), Intent.QUIT),
        (Situation(phase="paused"), Intent.ARM_QUIT),
        (Situation(phase="paused", since_interrupt_s=1.9), Intent.QUIT),
        (Situation(phase="idle", has_text=True), Intent.CLEAR_COMPOSER),
        (Situation(phase="idle"), Intent.ARM_QUIT),
        (Situation(phase="idle", since_interrupt_s=2.0), Intent.QUIT),
        (Situation(phase="idle", since_interrupt_s=2.1), Intent.ARM_QUIT),
        (Situation(phase="connecting", since_interrupt_s=0.5), Intent.QUIT),
        (Situation(phase="failed", since_interrupt_s=0.5), Intent.QUIT),
        (Situation(phase="running", has_selection=True), Intent.COPY_SELECTION),
        (Situation(phase="running", is_something_open=True), Intent.CLOSE_TOPMOST),
        (Situation(phase="running", since_interrupt_s=0.5), Intent.PAUSE),
    ],
)
def test_ctrl_c_does_the_nearest_thing(now: Situation, intent: Intent) -> None:
    assert on_ctrl_c(now) is intent


@pytest.mark.parametrize(
    ("now", "intent"),
    [
        (Situation(phase="running"), Intent.PAUSE),
        (Situation(phase="running", is_something_open=True), Intent.CLOSE_TOPMOST),
        (Situation(phase="pausing"), Intent.NOTHING),
        (Situation(phase="idle"), Intent.ARM_REWIND),
        (Situation(phase="idle", since_escape_s=0.5), Intent.REWIND),
        (Situation(phase="idle", since_escape_s=1.5), Intent.ARM_REWIND),
        (Situation(phase="running", since_escape_s=0.5), Intent.PAUSE),
    ],
)
def test_escape_closes_what_is_open_else_pauses_and_twice_it_goes_back(now: Situation, intent: Intent) -> None:
    assert on_escape(now) is intent


@pytest.mark.parametrize(
    ("phase", "intent"),
    [
        ("connecting", Intent.HOLD),
        ("idle", Intent.SEND),
        ("running", Intent.STEER),
        ("pausing", Intent.STEER),
        ("paused", Intent.REDIRECT),
        ("closed", Intent.NOTHING),
    ],
)
def test_enter_sends_the_text_where_it_belongs(phase: Phase, intent: Intent) -> None:
    assert on_enter(Situation(phase=phase, has_text=True)) is intent
    assert on_enter(Situation(phase=phase)) is Intent.NOTHING


def test_enter_tries_again_where_there_is_no_session() -> None:
    assert on_enter(Situation(phase="failed")) is Intent.TRY_AGAIN
    assert on_enter(Situation(phase="failed", has_text=True)) is Intent.TRY_AGAIN


def test_tab_completes_queues_or_moves() -> None:
    assert on_tab(Situation(phase="running", has_text=True), is_popup_open=True) is Intent.COMPLETE
    assert on_tab(Situation(phase="running", has_text=True), is_popup_open=False) is Intent.QUEUE
    assert on_tab(Situation(phase="running"), is_popup_open=False) is Intent.MOVE_FOCUS
    assert on_tab(Situation(phase="idle", has_text=True), is_popup_open=False) is Intent.MOVE_FOCUS


def test_a_panel_takes_the_focus_only_from_a_user_at_rest() -> None:
    assert may_take_focus(has_text=False, untouched_s=1.0)
    assert not may_take_focus(has_text=True, untouched_s=60.0)
    assert not may_take_focus(has_text=False, untouched_s=0.9)
