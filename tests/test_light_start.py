"""What must not be imported yet: `--version` needs nothing, and the first paint nothing heavy."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.program import environment
from tests.support.terminal import Terminal

ENTRY = [sys.executable, "-I", "-X", "importtime", "-m", "codex_cli.entry"]
HEAVY = {"litellm", "openai", "mcp", "httpx", "pydantic", "aiohttp", "tiktoken", "requests", "numpy", "boto3"}
CHROME = b"Say what you want"
NOT_BEFORE_THE_FIRST_PAINT = {
    *HEAVY,
    "sqlite3",
    "_ssl",  # of asyncio, see `codex_cli.lean_asyncio`
    "markdown_it",
    "codex_core.protocol",
    "codex_tools",
    "tree_sitter_bash",
    "textual.widgets._tree",  # of Textual's own palette, see `codex_tui.lean_textual`
}


def imported(log: str) -> set[str]:
    """Names of the modules in Python's own report of imports, with those of the packages around them."""
    names = re.findall(r"^import time:\s+\d+ \|\s+\d+ \|\s*([\w.]+)\r?$", log, re.MULTILINE)
    return {".".join(parts[:end]) for name in names if (parts := name.split(".")) for end in range(1, len(parts) + 1)}


@pytest.mark.parametrize("arguments", [["--version"], ["--help"]], ids=" ".join)
def test_a_glance_imports_next_to_nothing(arguments: list[str], home: Path) -> None:
    result = subprocess.run(
        [*ENTRY, *arguments], env=environment(home), cwd=home, capture_output=True, text=True, check=True
    )
    modules = imported(result.stderr)
    assert "codex_cli.entry" in modules or "codex_cli" in modules
    assert modules & {*NOT_BEFORE_THE_FIRST_PAINT, "textual", "asyncio", "argparse", "dataclasses"} == set()


def test_the_first_paint_waits_for_nothing_heavy(home: Path, tmp_path: Path) -> None:
    with Terminal([*ENTRY, "--demo"], env=environment(home), cwd=tmp_path) as terminal:
        terminal.wait_for_bytes(CHROME)
        log = bytes(terminal.raw).partition(CHROME)[0].decode()
    modules = imported(log)
    assert "textual.app" in modules
    assert modules & NOT_BEFORE_THE_FIRST_PAINT == set()


def test_a_headless_run_imports_no_screen(home: Path) -> None:
    result = subprocess.run(
        [*ENTRY, "exec", "--demo", "hello"],
        env=environment(home),
        cwd=home,
        capture_output=True,
        text=True,
        check=False,
    )
    modules = imported(result.stderr)
    assert "codex_core.protocol" in modules
    assert modules & {*HEAVY, "textual", "rich", "_ssl"} == set()


WITHOUT_TLS = """
import sys
from codex_cli.lean_asyncio import import_without_tls
import_without_tls()
import asyncio
print("ssl" in sys.modules)
import ssl
print(ssl.create_default_context().verify_mode.name, asyncio.run(asyncio.sleep(0, "slept")))
"""


def test_who_needs_tls_after_all_imports_it_as_ever(home: Path) -> None:
    result = subprocess.run(
        [sys.executable, "-c", WITHOUT_TLS], env=environment(home), cwd=home, capture_output=True, text=True, check=True
    )
    assert result.stdout == "False\nCERT_REQUIRED slept\n"


ONE_THEME = """
import sys
opened = []
sys.addaudithook(lambda event, about: opened.append(about[0]) if event == "open" else None)
from pathlib import Path
from codex_themes import load_theme
from codex_tui.app import CodexApp
from codex_tui.options import ScreenOptions
load_theme("fern", Path("/nowhere/themes"))  # as the command line does
CodexApp(None, ScreenOptions(home=Path("/nowhere"), version="1", workspace=Path("/"), theme="fern"))
print(*[Path(path).name for path in opened if str(path).endswith(".toml")])
"""


def test_the_first_paint_reads_one_theme_once(home: Path) -> None:
    result = subprocess.run(
        [sys.executable, "-c", ONE_THEME], env=environment(home), cwd=home, capture_output=True, text=True, check=True
    )
    assert result.stdout == "fern.toml\n"
