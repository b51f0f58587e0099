"""A few hundred random moves of fixed seeds; `make fuzz` makes 10,000. `FUZZ_SEED` and `FUZZ_EVENTS` choose others."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.fuzz.run import Run

EVENTS = int(os.environ.get("FUZZ_EVENTS", "100"))
SEEDS = [int(seed) for seed in os.environ.get("FUZZ_SEED", "1 2").split()]


@pytest.mark.time_limit(60 + EVENTS)
@pytest.mark.parametrize("seed", SEEDS)
def test_whatever_is_pressed_the_screen_is_right_and_the_terminal_is_given_back(tmp_path: Path, seed: int) -> None:
    run = Run(seed, tmp_path)
    run.play(EVENTS)
    print(f"{run.moves} moves, {run.lives} sessions, {run.checks} pictures compared, {run.unsure} not sure")  # noqa: T201
