from __future__ import annotations

import copy
import importlib
import pickle
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any, Optional, Union, get_type_hints

import pytest
from pydantic import BaseModel

from codex_core.llm.put_off import is_put_off, put_off

SHAPES = """
from enum import Enum
RUNS = 1
class Circle:
    def __init__(self, radius=1): self.radius = radius
class Colour(str, Enum):
    RED = "red"
def area(circle): return 3 * circle.radius ** 2
Shapes = dict[str, Circle]
"""
FILES = {
    "put_off_here/__init__.py": "",
    "put_off_here/shapes.py": SHAPES,
    "put_off_here/again.py": "from put_off_here.shapes import Circle, area",
    "put_off_here/broken.py": "import os\nif 'BREAKS' in os.environ: raise RuntimeError('no')\nclass Thing: ...",
    "put_off_here/family/__init__.py": "from put_off_here.family.child import CHILD",
    "put_off_here/family/child.py": "CHILD = 1",
    "put_off_here/user.py": "from put_off_here.shapes import Circle\nclass Ball(Circle): ...",
}


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    for path, text in FILES.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(sys, "meta_path", [*sys.meta_path])
    put_off(f"put_off_here.{name}" for name in ("shapes", "again", "broken", "family", "never_there"))
    yield "put_off_here"
    for name in [name for name in sys.modules if name.partition(".")[0] == "put_off_here"]:
        del sys.modules[name]


@pytest.fixture
def shapes(here: str) -> Any:
    module = importlib.import_module(f"{here}.shapes")
    assert is_put_off(module)
    return module


def test_annotations_do_not_run_it(shapes: ModuleType) -> None:
    circle: Any = shapes.Circle

    class Drawing(BaseModel, defer_build=True):
        main: Optional[circle] = None  # noqa: UP045 - the old spelling is a case of its own
        others: list[circle | None] = []
        more: Union[str, circle] = ""  # noqa: UP007

        def add(self, circle: circle | str) -> Optional[circle]: ...  # noqa: UP045

    assert repr(circle | None)
    assert is_put_off(shapes)


def test_a_model_with_such_a_field_validates_the_real_class(shapes: Any) -> None:
    of_circle: Any = shapes.Circle
    of_colour: Any = shapes.Colour

    class Drawing(BaseModel, arbitrary_types_allowed=True):
        circle: of_circle
        colour: of_colour

    drawing = Drawing(circle=shapes.Circle(2), colour="red")
    assert drawing.circle.radius == 2
    assert drawing.colour is shapes.Colour.RED
    with pytest.raises(ValueError, match="instance of Circle"):
        Drawing(circle="round", colour="red")


@pytest.mark.parametrize(
    "use",
    [
        lambda shapes: shapes.Circle(2).radius == 2,
        lambda shapes: shapes.area(shapes.Circle(2)) == 12,
        lambda shapes: shapes.RUNS == 1,
        lambda shapes: shapes.Colour.RED == "red",
        lambda shapes: shapes.Colour["RED"] is shapes.Colour.RED,
        lambda shapes: [colour.value for colour in shapes.Colour] == ["red"],
        lambda shapes: "red" in [*shapes.Colour],
        lambda shapes: not isinstance(3, shapes.Circle),
        lambda shapes: not isinstance(3, (str, shapes.Circle)),
        lambda shapes: isinstance(shapes.Circle(), shapes.Circle),
        lambda shapes: not issubclass(int, shapes.Circle),
        lambda shapes: get_type_hints(type("A", (), {"__annotations__": {"a": shapes.Circle}}))["a"](2).radius == 2,
        lambda shapes: pickle.loads(pickle.dumps(shapes.Circle))().radius == 1,
        lambda shapes: copy.deepcopy(shapes.Circle)(2).radius == 2,
    ],
)
def test_a_use_runs_it(shapes: Any, use: Any) -> None:
    names = shapes.Circle, shapes.Colour, shapes.area
    assert use(shapes)
    assert not is_put_off(shapes)
    assert isinstance(names[0](2), shapes.Circle)


def test_a_subclass_is_one_of_the_real_class(here: str, shapes: Any) -> None:
    ball = importlib.import_module(f"{here}.user").Ball
    assert isinstance(ball(2), shapes.Circle)
    assert ball.__mro__[1] is shapes.Circle


def test_a_name_that_another_module_passes_on_is_the_same(here: str, shapes: Any) -> None:
    again: Any = importlib.import_module(f"{here}.again")
    circle = again.Circle
    assert is_put_off(shapes)
    assert isinstance(shapes.Circle(), circle)
    assert circle(3).radius == 3
    assert again.area(circle(1)) == 3


def test_a_star_gets_the_real_names(here: str) -> None:
    scope: dict[str, Any] = {}
    exec(f"from {here}.shapes import *", scope)
    assert isinstance(scope["Circle"], type)


def test_what_it_does_not_have_is_said_when_it_is_used(shapes: Any) -> None:
    nothing = shapes.nothing
    with pytest.raises(AttributeError, match="nothing"):
        nothing()
    with pytest.raises(AttributeError):
        shapes.nothing  # noqa: B018 - it has run by now


def test_one_that_fails_can_be_tried_again(here: str, monkeypatch: pytest.MonkeyPatch) -> None:
    broken: Any = importlib.import_module(f"{here}.broken")
    thing = broken.Thing
    monkeypatch.setenv("BREAKS", "1")
    with pytest.raises(RuntimeError):
        thing()
    monkeypatch.delenv("BREAKS")
    assert isinstance(thing(), broken.Thing)


def test_packages_and_others_are_as_they_are(here: str) -> None:
    assert importlib.import_module(f"{here}.family").CHILD == 1
    assert not is_put_off(importlib.import_module(f"{here}.user"))
    with pytest.raises(ModuleNotFoundError):
        importlib.import_module(f"{here}.never_there")


def test_it_runs_once_however_many_use_it(shapes: Any) -> None:
    circle = shapes.Circle
    start = threading.Barrier(4)
    made: list[object] = []

    def use() -> None:
        start.wait()
        made.append(circle())

    threads = [threading.Thread(target=use) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {type(one) for one in made} == {shapes.Circle}
