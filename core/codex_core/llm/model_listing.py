"""The answer of a server that is asked which models it has: OpenAI's format, Anthropic's (the same), or Ollama's.

Anybody may answer there; what does not look right is left out.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import cast

_MAX_MODELS = 200
_NAME = re.compile(r"[\w./:@+-]{1,200}")
_NO_CHAT = re.compile(r"embed|rerank|whisper|tts", re.IGNORECASE)


def chat_models_in(body: bytes) -> tuple[str, ...]:
    """Return the names of chat models in `{"data": [{"id"}]}` or `{"models": [{"name"}]}`; none if it is neither."""
    try:
        parsed = cast(object, json.loads(body))
    except (ValueError, RecursionError):
        return ()
    if not isinstance(parsed, dict):
        return ()
    listing = cast(Mapping[str, object], parsed)
    key, entries = ("id", listing["data"]) if "data" in listing else ("name", listing.get("models"))
    if not isinstance(entries, list):
        return ()
    listed = cast(list[object], entries)[:_MAX_MODELS]
    names = [cast(Mapping[str, object], entry).get(key) for entry in listed if isinstance(entry, Mapping)]
    return tuple(
        name for name in names if isinstance(name, str) and _NAME.fullmatch(name) and not _NO_CHAT.search(name)
    )
