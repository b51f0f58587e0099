from __future__ import annotations

import importlib
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from codex_core.llm.lazy_packages import import_lazily

FILES = {
    "lazily_gathered/__init__.py": "",
    "lazily_gathered/shapes/__init__.py": (
        '"""Shapes."""\nfrom __future__ import annotations\n'
        "from .circle import Circle as Circle, AREA as CIRCLE_AREA\nfrom .square import Square\n__all__ = ['Circle']\n"
    ),
    "lazily_gathered/shapes/circle.py": "class Circle: ...\nAREA = 3\n",
    "lazily_gathered/shapes/square.py": "class Square: ...\n",
    "lazily_gathered/same/__init__.py": "from .thing import thing\n",
    "lazily_gathered/same/thing.py": "def thing(): return 1\n",
    "lazily_gathered/works/__init__.py": "from .part import PART\nTWICE = PART * 2\n",
    "lazily_gathered/works/part.py": "PART = 2\n",
}


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    for path, text in FILES.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(sys, "meta_path", [*sys.meta_path])
    import_lazily("lazily_gathered")
    yield "lazily_gathered"
    for name in [name for name in sys.modules if name.partition(".")[0] == "lazily_gathered"]:
        del sys.modules[name]


def test_a_module_is_imported_when_a_name_of_it_is_asked_for(package: str) -> None:
    shapes = importlib.import_module(f"{package}.shapes")
    assert f"{package}.shapes.circle" not in sys.modules
    assert shapes.CIRCLE_AREA == 3
    assert shapes.Circle is importlib.import_module(f"{package}.shapes.circle").Circle
    assert f"{package}.shapes.square" not in sys.modules
    assert "CIRCLE_AREA" in vars(shapes)


def test_what_a_package_does_not_have_it_does_not_have(package: str) -> None:
    shapes = importlib.import_module(f"{package}.shapes")
    assert not hasattr(shapes, "Triangle")
    scope: dict[str, object] = {}
    exec(f"from {package}.shapes import *", scope)
    assert {"Circle", "Square", "CIRCLE_AREA"} <= scope.keys()


@pytest.mark.parametrize(
    ("name", "attribute", "is_right"), [("same", "thing", callable), ("works", "TWICE", (4).__eq__)]
)
def test_a_package_that_does_more_is_imported_as_it_is(
    package: str, name: str, attribute: str, is_right: object
) -> None:
    assert callable(is_right)
    assert is_right(getattr(importlib.import_module(f"{package}.{name}"), attribute))


NAMES = """
import openai.types, openai.types.chat, openai.resources
for package in (openai.types, openai.types.chat, openai.resources):
    names = package.__all__ if hasattr(package, "__getattr__") else vars(package)
    print(sorted(name for name in names if name[0].isupper() and getattr(package, name)))
"""


def test_every_name_of_the_openai_sdk_is_still_there() -> None:
    lazily = "from codex_core.llm.lazy_packages import import_lazily; import_lazily('openai')"
    eager, lazy = (
        subprocess.run([sys.executable, "-I", "-c", f"{start}\n{NAMES}"], stdout=subprocess.PIPE, check=True).stdout
        for start in ("", lazily)
    )
    assert b"ChatCompletionChunk" in lazy
    assert lazy == eager
