"""The model host: `python -I -m codex_core.llm.host`. Keeps litellm out of the front end's process."""

from __future__ import annotations

import asyncio
import os
import sys
import warnings

from codex_core.llm.lazy_packages import import_lazily

import_lazily("codex_core")  # of the vocabulary's 150 data classes it speaks five

from codex_core.host.server import claim_stdout  # noqa: E402
from codex_core.llm.host_methods import serve  # noqa: E402
from codex_core.llm.tamed_litellm import load_litellm  # noqa: E402

if __name__ == "__main__":
    descriptor = claim_stdout()
    warnings.simplefilter("ignore")  # pydantic's, about litellm's own objects
    load_litellm()
    asyncio.run(serve(descriptor))
    sys.stderr.flush()
    os._exit(0)  # litellm's exit hooks wait for its background work; nothing of it is ours
