from __future__ import annotations

import logging
from pathlib import Path

import pytest

from codex_cli.log_file import LogFile


@pytest.fixture
def logger(tmp_path: Path) -> logging.Logger:
    logger = logging.Logger("test")
    logger.addHandler(LogFile(tmp_path / "codex-py.log"))
    return logger


def test_it_is_opened_by_the_first_record(logger: logging.Logger, tmp_path: Path) -> None:
    assert list(tmp_path.iterdir()) == []
    logger.warning("lone \ud800")
    assert (tmp_path / "codex-py.log").read_text() == "lone \\ud800\n"


def test_a_full_one_is_set_aside_and_no_record_is_lost(logger: logging.Logger, tmp_path: Path) -> None:
    for number in range(15):
        logger.warning("%s %s", number, "x" * 100_000)

    older, newer = ((tmp_path / f"codex-py.log{suffix}").read_text().splitlines() for suffix in (".1", ""))
    assert [line.split()[0] for line in older + newer] == [str(number) for number in range(15)]
    assert len(older) == 11


def test_a_disk_that_takes_nothing_raises_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logging, "raiseExceptions", False)
    logger = logging.Logger("test")
    logger.addHandler(LogFile(tmp_path / "no" / "such" / "folder.log"))
    logger.warning("lost")
