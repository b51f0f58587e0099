"""What the user can do about a model call that failed. Where waiting and trying again is all, it says nothing."""

from __future__ import annotations

from collections.abc import Mapping

from codex_core.llm.endpoints import key_variable, own_server
from codex_core.llm.providers import SEE_MODELS
from codex_core.protocol import ProviderErrorKind

_OTHER_MODEL = "Another model can go on with this session: /model in the app, -m on the command line."


def remedy_for(kind: ProviderErrorKind, status: int | None, model: str, environ: Mapping[str, str]) -> str:
    """Return a sentence, or nothing."""
    match kind:
        case "auth":
            return f"Check {variable}. {_OTHER_MODEL}" if (variable := key_variable(model)) else _OTHER_MODEL
        case "connect":
            return _connect(model, environ)
        case "bad_request" if status == 404:
            return _not_found(model, environ)
        case "quota":
            return _OTHER_MODEL
        case _:
            return ""


def _connect(model: str, environ: Mapping[str, str]) -> str:
    server = own_server(model, environ)
    if server is None:
        return "Check the network, and the proxy if there is one."
    if server.name:
        return f"Start {server.name} at {server.address}, or say with {server.variable} where it is."
    return f"Check {server.variable}, which says {server.address}."


def _not_found(model: str, environ: Mapping[str, str]) -> str:
    server = own_server(model, environ)
    address = f", and {server.variable} (now {server.address})" if server is not None else ""
    return f"Check the model's name{address}; {SEE_MODELS}."
