"""Which models can be named here: those of local servers, those of providers with a key, the demo."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping

from codex_core.llm.default_model import DEMO_MODEL
from codex_core.llm.endpoints import own_server, provider_variables
from codex_core.llm.local_servers import find_local_servers
from codex_core.protocol import KnownModel

OF_KEY, OF_DEMO = "key in the environment", "built in, offline"


async def known_models(
    environ: Mapping[str, str], of_providers: Callable[[], Awaitable[tuple[str, ...]]]
) -> tuple[KnownModel, ...]:
    """Ask all who may have some. `of_providers` is asked only if there is a key: it may wait for LiteLLM."""
    asked = of_providers() if provider_variables(environ) else _none()
    servers, known = await asyncio.gather(find_local_servers(), asked)
    return (
        *(
            KnownModel(name=model, source=f"{server.name} at {server.address}")
            for server in servers
            for model in server.models
        ),
        *(KnownModel(name=model, source=_source(model, environ)) for model in known),
        KnownModel(name=DEMO_MODEL, source=OF_DEMO),
    )


def _source(model: str, environ: Mapping[str, str]) -> str:
    server = own_server(model, environ)
    if server is None:
        return OF_KEY
    where = server.address.partition("://")[2].partition("/")[0]
    return f"at {where.rpartition('@')[2]}"


async def _none() -> tuple[str, ...]:
    return ()
