"""`codex-py models`: what can be named with `-m` here: local servers' models, those of providers with a key, the demo.

`--json` is `{"used": NAME or null, "models": [{"name", "from"}]}`; `used` is what a start without `-m` takes.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys

from codex_cli.known_models import known_models
from codex_core.config.home import home_path
from codex_core.config.settings import load_config
from codex_core.llm.default_model import default_model
from codex_core.llm.endpoints import is_local
from codex_core.llm.litellm_provider import LiteLLMProvider
from codex_tui.sanitize import sanitize_line


def run_models(*, as_json: bool) -> int:
    """Print the models.

    Raises:
        ConfigError: the configuration is wrong.
    """
    return asyncio.run(_run(as_json))


async def _run(as_json: bool) -> int:
    home = home_path(os.environ)
    configured = load_config(home, environ=os.environ).model
    provider = LiteLLMProvider(state_folder=home, environ=os.environ)
    try:
        models = await known_models(os.environ, provider.models)
    finally:
        await provider.close()
    rows = [(model.name, model.source) for model in models]
    used = configured or default_model(os.environ) or _local(rows)
    if used is not None and used not in dict(rows):
        rows.insert(0, (used, "configured" if configured else "for the key in the environment"))
    if as_json:
        listed = [{"name": name, "from": source} for name, source in rows]
        print(json.dumps({"used": used, "models": listed}, indent=1))  # noqa: T201
        return 0
    width = min(60, max(len(name) for name, _ in rows))
    for name, source in rows:
        mark = "→" if name == used else " "
        print(sanitize_line(f"{mark} {name:{width}}  {source}"))  # noqa: T201
    if used is None:
        print("codex-py: no key and no local server found; see the demo: codex-py --demo", file=sys.stderr)  # noqa: T201
    return 0


def _local(rows: list[tuple[str, str]]) -> str | None:
    """What a local server has, if one was found."""
    return next((name for name, _ in rows if is_local(name)), None)
