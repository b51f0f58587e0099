"""Packages that only gather names of their modules, imported without these until one of the names is asked for.

The OpenAI SDK, which LiteLLM builds on, has hundreds of modules of data classes, and each of its packages imports all
of its own: of those a chat needs a tenth.
"""

from __future__ import annotations

import ast
import importlib
import sys
from collections.abc import Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from types import ModuleType


def import_lazily(package: str) -> None:
    """Let packages below this one, imported from now on, import their modules only when a name of them is asked for."""
    sys.meta_path.insert(0, _Finder(f"{package}."))


class _Finder(MetaPathFinder):
    def __init__(self, prefix: str) -> None:
        self._prefix = prefix

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if not fullname.startswith(self._prefix):
            return None
        spec = PathFinder.find_spec(fullname, path, target)
        if spec is not None and spec.submodule_search_locations and type(spec.loader) is SourceFileLoader:
            spec.loader = _Gatherer(spec.loader.name, spec.loader.path)
        return spec


class _Gatherer(SourceFileLoader):
    def exec_module(self, module: ModuleType) -> None:
        source = self.get_source(module.__name__)
        names = _gathered(source, module.__name__) if source is not None else None
        if names is None:
            super().exec_module(module)
            return

        def get(name: str) -> object:
            try:
                origin = names[name]
            except KeyError:
                raise AttributeError(f"module {module.__name__!r} has no attribute {name!r}") from None
            found = getattr(importlib.import_module(f".{origin.module}", module.__name__), origin.name)
            setattr(module, name, found)
            return found

        module.__dict__.update(__getattr__=get, __all__=list(names))


class _Origin:
    __slots__ = ("module", "name")

    def __init__(self, module: str, name: str) -> None:
        self.module = module
        self.name = name


def _gathered(source: str, package: str) -> dict[str, _Origin] | None:
    """The names that a package takes from its modules, if it does nothing else and none is a module's own name."""
    own = f"{package}."
    names: dict[str, _Origin] = {}
    modules: set[str] = set()
    for statement in ast.parse(source).body:
        match statement:
            case ast.ImportFrom(module="__future__"):
                continue
            case ast.ImportFrom(module=str(module), names=aliases, level=1 | 0 as level) if aliases[0].name != "*" and (
                level == 1 or module.startswith(own)
            ):
                module = module if level == 1 else module.removeprefix(own)
                modules.add(module.partition(".")[0])
                names.update({alias.asname or alias.name: _Origin(module, alias.name) for alias in aliases})
            case ast.Assign(targets=[ast.Name(id="__all__")]) | ast.Expr(value=ast.Constant()):
                continue
            case _:
                return None
    return None if modules & names.keys() else names
