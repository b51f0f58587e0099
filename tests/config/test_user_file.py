from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from codex_core.config.settings import load_config
from codex_core.config.user_file import set_in_user_config
from codex_core.protocol import ConfigError

COMMENTED = """\
# My settings.
model = "openai/gpt-5"   # the good one
theme = 'day'            # for the balcony

# Servers
[mcp_servers.time]
command = "time-server"
theme = "not this one"
"""


def saved(home: Path, text: str, value: str = "fern") -> str:
    (home / "config.toml").write_bytes(text.encode())
    set_in_user_config(home, "theme", value)
    return (home / "config.toml").read_bytes().decode()


def test_only_the_value_changes_and_comments_stay(tmp_path: Path) -> None:
    assert saved(tmp_path, COMMENTED) == COMMENTED.replace("'day'", '"fern"')
    assert load_config(tmp_path, environ={}).theme == "fern"


def test_a_file_is_made_where_there_is_none(tmp_path: Path) -> None:
    set_in_user_config(tmp_path, "theme", "fern")
    path = tmp_path / "config.toml"
    assert path.read_text() == 'theme = "fern"\n'
    assert path.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('model = "x"\n', 'model = "x"\ntheme = "fern"\n'),
        ('model = "x"', 'model = "x"\ntheme = "fern"\n'),
        ('[profiles.p]\nmodel = "x"\n', 'theme = "fern"\n\n[profiles.p]\nmodel = "x"\n'),
        ("# about p\n[profiles.p]\n", 'theme = "fern"\n\n# about p\n[profiles.p]\n'),
        ('model = "x"\n\n# about p\n[profiles.p]\n', 'model = "x"\ntheme = "fern"\n\n# about p\n[profiles.p]\n'),
        ('model = "x"\r\ntheme = "day"\r\n', 'model = "x"\r\ntheme = "fern"\r\n'),
        ("# theme = 'day'\n", "# theme = 'day'\ntheme = \"fern\"\n"),
    ],
)
def test_a_new_key_comes_before_the_tables(tmp_path: Path, before: str, after: str) -> None:
    assert saved(tmp_path, before) == after
    assert tomllib.loads(after)["theme"] == "fern"


@pytest.mark.parametrize("text", ['theme = """\nday"""\n', 'x = """\ntheme = "day"\n"""\n', '"theme" = "day"\n'])
def test_what_is_written_too_strangely_is_refused_and_stays(tmp_path: Path, text: str) -> None:
    with pytest.raises(ConfigError, match=r"config\.toml"):
        saved(tmp_path, text)
    assert (tmp_path / "config.toml").read_text() == text


def test_a_broken_file_is_named_and_stays(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"config\.toml: not valid TOML: .*line 2"):
        saved(tmp_path, 'theme = "day"\nmodel = \n')
    assert (tmp_path / "config.toml").read_text() == 'theme = "day"\nmodel = \n'


def test_a_link_to_a_file_elsewhere_stays_one(tmp_path: Path) -> None:
    (tmp_path / "dotfiles").mkdir()
    target = tmp_path / "dotfiles" / "codex.toml"
    target.write_text('theme = "day"\n')
    target.chmod(0o644)
    (tmp_path / "config.toml").symlink_to(target)
    set_in_user_config(tmp_path, "theme", "fern")
    assert (tmp_path / "config.toml").is_symlink()
    assert target.read_text() == 'theme = "fern"\n'
    assert target.stat().st_mode & 0o777 == 0o644


def test_a_value_that_the_key_does_not_take_is_not_written(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="theme should be text"):
        set_in_user_config(tmp_path, "theme", " ")
    assert not (tmp_path / "config.toml").exists()
