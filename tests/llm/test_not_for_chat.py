"""What is put off, held against the sources of the LiteLLM that is installed: a stand-in is no constant, no class for
`except` or `match`, and never false.
"""

from __future__ import annotations

import ast
import importlib.util
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import TypeAlias

import pytest

from codex_core.llm.not_for_chat import NOT_FOR_CHAT

LOOK_AT_TYPES = {"get_type_hints", "is_typeddict", "isclass", "fields", "is_dataclass", "get_origin", "get_args"}

_Name: TypeAlias = tuple[str, str]
"""A module, and what it is called there."""


def installed(package: str) -> Path:
    spec = importlib.util.find_spec(package)
    assert spec is not None
    assert spec.origin is not None
    return Path(spec.origin).parent


ROOT = installed("litellm").parent

OTHERS = {"proxy", "integrations", "guardrail_translation"}
"""Parts of LiteLLM for its proxy server, and for callbacks and guardrails, of which we have none."""
CALLBACKS = {("litellm.litellm_core_utils.litellm_logging", "OpenTelemetry")}
"""The same, in the middle of another part."""


@cache
def syntax(path: Path) -> ast.Module:
    return ast.parse(path.read_bytes())


def path_of(module: str) -> Path:
    return ROOT / f"{module.replace('.', '/')}.py"


@cache
def importers() -> tuple[tuple[str, Path], ...]:
    """LiteLLM's modules that may import one that is put off."""
    found: list[tuple[str, Path]] = []
    names = [module.split(".")[-2:] for module in NOT_FOR_CHAT]
    for path in (ROOT / "litellm").rglob("*.py"):
        relative = path.relative_to(ROOT)
        if not OTHERS.isdisjoint(relative.parts):
            continue
        source = path.read_text()
        where = f"{relative} {source}"
        if any(f".{name} import" in source and parent in where for parent, name in names):
            package = relative.parent if path.name == "__init__.py" else relative.with_suffix("")
            found.append((".".join(package.parts), path))
    return tuple(found)


@cache
def imported(module: str, path: Path) -> dict[str, _Name]:
    """The names in it that are stand-ins, and what they stand for."""
    package = module.split(".") if path.name == "__init__.py" else module.split(".")[:-1]
    found: dict[str, _Name] = {}
    for node in ast.walk(syntax(path)):
        if isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            origin = ".".join([*base, *([node.module] if node.module else [])])
            if origin in NOT_FOR_CHAT:
                found.update({alias.asname or alias.name: (origin, alias.name) for alias in node.names})
    return found


def made_in(module: str) -> dict[str, ast.stmt]:
    """What makes each name of a module. Of names that are made twice, either."""
    made: dict[str, ast.stmt] = {}
    todo: list[ast.stmt] = [*syntax(path_of(module)).body]
    while todo:
        match todo.pop():
            case ast.ClassDef(name=name) | ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) as statement:
                made[name] = statement
            case ast.Assign(targets=[ast.Name(id=name)]) | ast.AnnAssign(target=ast.Name(id=name)) as statement:
                made[name] = statement
            case ast.Import(names=names) | ast.ImportFrom(names=names) as statement:
                made.update({alias.asname or alias.name: statement for alias in names})
            case ast.If(body=body, orelse=other):
                todo += body + other
            case ast.Try(body=body, handlers=handlers):
                todo += body + [statement for handler in handlers for statement in handler.body]
            case _:
                pass
    return made


def needs_the_real_one(node: ast.AST) -> list[ast.expr | None]:
    """The expressions in it that a stand-in must not be."""
    match node:
        case ast.ExceptHandler(type=ast.Tuple(elts=kinds)):
            return [*kinds]
        case ast.ExceptHandler(type=kind):
            return [kind]
        case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name), args=arguments) if name in LOOK_AT_TYPES:
            return [*arguments]
        case ast.MatchClass(cls=kind):
            return [kind]
        case ast.Raise(exc=error):
            return [error]
        case ast.BoolOp(values=values):
            return [*values]
        case ast.If(test=test) | ast.While(test=test) | ast.IfExp(test=test) | ast.Assert(test=test):
            return [test]
        case ast.UnaryOp(operand=operand):
            return [operand]
        case ast.BinOp(left=left, op=operator, right=right) if not isinstance(operator, ast.BitOr):
            return [left, right]
        case ast.Compare(left=left, ops=operators, comparators=others):
            # `x in Colours` asks the stand-in; in all others it would be compared itself.
            asked = {
                id(other) for other, op in zip(others, operators, strict=True) if isinstance(op, ast.In | ast.NotIn)
            }
            listed = [
                one for other in others if isinstance(other, ast.Tuple | ast.List | ast.Set) for one in other.elts
            ]
            return [left, *listed, *(other for other in others if id(other) not in asked)]
        case _:
            return []


def test_there_is_none_of_a_library_that_looks_at_its_own_types() -> None:
    assert [module for module in NOT_FOR_CHAT if module.partition(".")[0] in ("openai", "pydantic")] == []


def test_each_is_a_module_that_can_be_put_off() -> None:
    assert [module for module in NOT_FOR_CHAT if not path_of(module).is_file()] == []


def test_no_source_needs_the_real_one_where_it_gets_a_stand_in() -> None:
    wrong: list[str] = []
    for module, path in importers():
        stand_ins = imported(module, path)
        if not stand_ins:
            continue
        for node in ast.walk(syntax(path)):
            for expression in needs_the_real_one(node):
                if (
                    isinstance(expression, ast.Name)
                    and expression.id in stand_ins
                    and not expression.id.isupper()
                    and (module, expression.id) not in CALLBACKS
                ):
                    wrong.append(f"{module}:{expression.lineno} {expression.id} of {stand_ins[expression.id][0]}")
    assert wrong == []


def test_what_is_asked_of_them_is_there_and_no_value() -> None:
    wrong: list[str] = []
    asked = {name for module, path in importers() for name in imported(module, path).values()}
    for module, name in sorted(asked):
        match made_in(module).get(name):
            case None if name != "*":
                wrong.append(f"{module} has no {name}")
            case ast.Assign(value=value) if not name.isupper() and not is_type(value):
                wrong.append(f"{module}.{name} = {ast.unparse(value)}")
            case _:
                pass
    assert wrong == []


def is_type(value: ast.expr) -> bool:
    """An alias of a type, which is only ever an annotation."""
    return isinstance(value, ast.Subscript | ast.Name | ast.Attribute) or (
        isinstance(value, ast.BinOp) and isinstance(value.op, ast.BitOr)
    )


_USE_ALL = """
import importlib, random, sys
from codex_core.llm.tamed_litellm import load_litellm
from codex_core.llm.not_for_chat import NOT_FOR_CHAT
from codex_core.llm.put_off import is_put_off
load_litellm()
modules = list(NOT_FOR_CHAT)
random.Random(int(sys.argv[1])).shuffle(modules)
print(sum(is_put_off(module) for module in sys.modules.values()))
for name in modules:
    module = importlib.import_module(name)
    getattr(module, "__all__", None)
    assert not is_put_off(module), name
"""


@pytest.mark.parametrize("order", range(2))
def test_all_of_them_run_in_any_order_once_they_are_used(order: int) -> None:
    ran = subprocess.run(
        [sys.executable, "-I", "-W", "ignore", "-c", _USE_ALL, str(order)], capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0, ran.stderr
    assert int(ran.stdout) > len(NOT_FOR_CHAT) / 2
