"""The scratch project of the demo: a tiny program, its tests, one real bug."""

from __future__ import annotations

import os
from pathlib import Path

from codex_core.protocol import ConfigError

_MARKER = ".codex-py-demo"
"""Says that the folder is the demo's own."""

PROGRAM = "basket.py"
TESTS = "test_basket.py"

BUG = "if total > DISCOUNT_FROM_CENTS:"
FIX = "if total >= DISCOUNT_FROM_CENTS:"

_FILES = {
    "README.md": """\
# Basket

A shopping basket, small enough to read at a glance.

- Prices are whole cents.
- From 50.00 on, the customer gets 10 % off.

Run the tests with `python3 -m unittest`.
""",
    PROGRAM: f'''\
"""A shopping basket. Prices are whole cents."""

DISCOUNT_FROM_CENTS = 50_00
DISCOUNT_PERCENT = 10


class Basket:
    def __init__(self):
        self._lines = []

    def add(self, name, price_cents, count=1):
        if count < 1:
            raise ValueError(f"count must be at least 1, not {{count}}")
        self._lines.append((name, price_cents, count))

    def total_cents(self):
        """What the customer pays. From 50.00 on there is a discount."""
        total = sum(price_cents * count for _, price_cents, count in self._lines)
        {BUG}
            total -= total * DISCOUNT_PERCENT // 100
        return total
''',
    TESTS: """\
import unittest

from basket import Basket


class BasketTest(unittest.TestCase):
    def test_empty_basket_costs_nothing(self):
        self.assertEqual(Basket().total_cents(), 0)

    def test_small_basket_costs_the_sum_of_its_lines(self):
        basket = Basket()
        basket.add("tea", 4_50, count=2)
        basket.add("cup", 12_00)
        self.assertEqual(basket.total_cents(), 21_00)

    def test_discount_begins_at_exactly_fifty(self):
        basket = Basket()
        basket.add("kettle", 50_00)
        self.assertEqual(basket.total_cents(), 45_00)

    def test_count_must_be_positive(self):
        with self.assertRaises(ValueError):
            Basket().add("tea", 4_50, count=0)


if __name__ == "__main__":
    unittest.main()
""",
}


def write_demo_project(folder: Path) -> None:
    """Make the project, or make it anew where an earlier demo left it.

    Raises:
        ConfigError: the folder holds something that is not the demo's, or cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if any(folder.iterdir()) and not _is_ours(folder):
            raise ConfigError(f"{folder} is not empty and not the demo's. Move it away, or choose another folder.")
        _write(folder / _MARKER, "Made by the demo of codex-py. It may be deleted.\n")
        for name, text in _FILES.items():
            _write(folder / name, text)
    except OSError as error:
        raise ConfigError(f"The demo project cannot be written to {folder}: {error.strerror}.") from error


def _is_ours(folder: Path) -> bool:
    marker = folder / _MARKER
    return marker.is_file() and not marker.is_symlink()


def _write(path: Path, text: str) -> None:
    """Write a file. A link in its place, put there to lead the write elsewhere, is refused."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC, 0o644)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
