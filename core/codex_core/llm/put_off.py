"""Modules that run when something of them is used, not when it is imported.

LiteLLM imports, with itself, all that any of its users may want: its proxy server, its router, fine-tuning, realtime
speech and more. That is half of the time that its import takes, and a chat needs none of it. A module that is put off
is there at once and gives out stand-ins for its names; the first real use of one of them runs the module.

A stand-in serves as an annotation, a base class, a function to call, and in `isinstance`. It is no class for `except`
and `match`, and it is not the same object as what it stands for: which modules can be put off is for their users'
sources to say (`not_for_chat`, and the tests that read these sources).
"""

from __future__ import annotations

import importlib
import sys
import threading
from collections.abc import Callable, Iterable, Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder
from types import ModuleType
from typing import Any, Final, Union, cast

_MISSING: Final = object()
_running = threading.RLock()


def put_off(modules: Iterable[str]) -> None:
    """Let these modules, if they are imported from now on, run only when something of them is used."""
    sys.meta_path.insert(0, _Finder(frozenset(modules)))


def is_put_off(module: ModuleType) -> bool:
    """Whether nothing of it has been used yet."""
    return type(module) is _PutOff


class _Finder(MetaPathFinder):
    def __init__(self, modules: frozenset[str]) -> None:
        self._modules = modules

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname not in self._modules:
            return None
        spec = PathFinder.find_spec(fullname, path, target)
        # A package is not put off: its modules would be imported before it.
        if spec is not None and spec.loader is not None and spec.submodule_search_locations is None:
            spec.loader = _Later(spec.loader)
        return spec


class _Later(Loader):
    def __init__(self, loader: Loader) -> None:
        self.loader = loader

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        return _PutOff(spec.name)

    def exec_module(self, module: ModuleType) -> None:
        """Do nothing yet."""


class _PutOff(ModuleType):
    def __getattr__(self, name: str) -> object:
        if name == "__all__" or name.isupper():
            # A star wants the names themselves; a constant is a value, which nothing can stand in for.
            _run(self)
            return getattr(self, name)
        if _is_dunder(name):
            raise AttributeError(f"module {self.__name__!r} has no attribute {name!r}")
        stand_in = self.__dict__[name] = _StandIn(self, name)
        return stand_in


def _run(module: ModuleType) -> None:
    with _running:
        if type(module) is not _PutOff:
            return
        spec = cast(ModuleSpec, module.__spec__)
        loader = cast(_Later, spec.loader).loader
        given = {name: value for name, value in vars(module).items() if type(value) is _StandIn}
        for name in given:
            delattr(module, name)
        _turn_into(module, ModuleType)
        try:
            loader.exec_module(module)
        except BaseException:
            _turn_into(module, _PutOff)
            raise
        module.__loader__ = spec.loader = loader


def _turn_into(module: ModuleType, kind: type[ModuleType]) -> None:
    cast(Any, module).__class__ = kind


def _is_dunder(name: str) -> bool:
    return name.startswith("__") and name.endswith("__")


class _StandIn:
    """A name of a module that has not run."""

    def __init__(self, module: ModuleType, name: str) -> None:
        self.put_off_module = module
        self.put_off_name = name
        self._found: Any = _MISSING
        # What says who a class or a function is must not need it.
        self.__name__ = self.__qualname__ = name
        self.__module__ = module.__name__

    def _use(self) -> Any:
        if self._found is _MISSING:
            self._found = _resolved(self.put_off_module, self.put_off_name)
        return self._found

    def __call__(self, *args: object, **kwargs: object) -> object:
        return self._use()(*args, **kwargs)

    def __getattr__(self, name: str) -> object:
        # typing, dataclasses, pydantic and others ask everything for marks like `__origin__`: that is no use.
        if _is_dunder(name) and name not in _REAL_DUNDERS and self._found is _MISSING:
            raise AttributeError(name)
        return getattr(self._use(), name)

    def __mro_entries__(self, bases: tuple[object, ...]) -> tuple[Any, ...]:
        return (self._use(),)

    def __instancecheck__(self, instance: object) -> bool:
        return isinstance(instance, self._use())

    def __subclasscheck__(self, subclass: type) -> bool:
        return issubclass(subclass, self._use())

    def __get_pydantic_core_schema__(self, source: object, handler: Any) -> object:
        return handler.generate_schema(self._use())

    def __getitem__(self, key: object) -> object:
        return self._use()[key]

    def __iter__(self) -> object:
        return iter(self._use())

    def __contains__(self, item: object) -> bool:
        return item in self._use()

    def __or__(self, other: object) -> object:
        return Union[self, other]  # noqa: UP007 - it is what this makes

    def __ror__(self, other: object) -> object:
        return Union[other, self]  # noqa: UP007

    def __reduce__(self) -> tuple[Callable[..., object], tuple[object, ...]]:
        return _resolved_in, (self.__module__, self.__name__)


def _resolved(module: ModuleType, name: str) -> Any:
    """The real one, be it that the module has it from another that is put off."""
    _run(module)
    found: object = getattr(module, name)
    return _resolved(found.put_off_module, found.put_off_name) if type(found) is _StandIn else found


def _resolved_in(module: str, name: str) -> Any:
    return _resolved(importlib.import_module(module), name)


_REAL_DUNDERS: Final = frozenset({"__annotations__", "__members__", "__mro__", "__subclasses__", "__total__"})
