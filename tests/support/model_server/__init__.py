"""A scripted model on loopback that speaks OpenAI's and Anthropic's formats over real HTTP.

Clients cannot tell it from a provider, except that it is stricter: it checks every request's history.
"""

from tests.support.model_server.request import SeenRequest
from tests.support.model_server.script import (
    Call,
    Cut,
    HttpError,
    Malformed,
    Reply,
    Script,
    Stall,
    Step,
    Tokens,
    step_from_json,
)
from tests.support.model_server.server import ModelServer
from tests.support.model_server.threaded import ThreadedModelServer

__all__ = [
    "Call",
    "Cut",
    "HttpError",
    "Malformed",
    "ModelServer",
    "Reply",
    "Script",
    "SeenRequest",
    "Stall",
    "Step",
    "ThreadedModelServer",
    "Tokens",
    "step_from_json",
]
