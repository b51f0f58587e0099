from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from codex_core.llm.providers import PROVIDERS, obstacle_to

WITH_KEY = {"OPENAI_API_KEY": "sk-of-nobody"}

ASK_LITELLM = """
import json, litellm
from litellm.llms.openai_like.json_loader import JSONProviderRegistry
names = {str(getattr(name, "value", name)) for name in litellm.provider_list}
print(json.dumps(sorted(names | set(JSONProviderRegistry.list_providers()))))
"""


def test_the_table_of_providers_is_that_of_litellm() -> None:
    env = {"PATH": os.environ["PATH"], "LITELLM_MODE": "PRODUCTION", "LITELLM_LOCAL_MODEL_COST_MAP": "True"}
    done = subprocess.run(
        [sys.executable, "-I", "-c", ASK_LITELLM], env=env, capture_output=True, text=True, check=True, timeout=120
    )
    assert sorted(PROVIDERS) == json.loads(done.stdout.splitlines()[-1])


@pytest.mark.parametrize(
    ("model", "meant"),
    [
        ("opanai/gpt-5", "did you mean openai?"),
        ("nosuchprovider/foo", "codex-py models"),
        ("/foo", "codex-py models"),
    ],
)
def test_a_provider_that_does_not_exist_is_refused_with_the_nearest(model: str, meant: str) -> None:
    obstacle = obstacle_to(model, WITH_KEY)
    assert obstacle is not None
    assert obstacle.kind == "bad_request"
    assert meant in obstacle.sentence


@pytest.mark.parametrize("model", ["openai/gpt-5", "gpt-5", "some-model", "veniceai/x", "owner/name:" + "0a" * 32])
def test_what_litellm_may_know_is_let_through(model: str) -> None:
    assert obstacle_to(model, WITH_KEY) is None
