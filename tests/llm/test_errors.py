import email.utils
import ssl
import time
from collections.abc import Mapping
from typing import Any

import pytest

from codex_core.llm.errors import KeyMasker, to_provider_error


class Response:
    def __init__(self, status_code: int, headers: dict[str, str] | None = None) -> None:
        self.status_code = status_code
        self.headers = headers or {}


class HTTPStatusError(Exception):
    """Named as httpx names it: classes are known by name."""

    def __init__(self, text: str, status: int, headers: dict[str, str] | None = None, body: Any = None) -> None:
        super().__init__(text)
        self.response = Response(status, headers)
        self.body = body


class ClientPayloadError(Exception):
    """Named as aiohttp names it."""


class APIConnectionError(Exception):
    """Named as openai names it."""


APIConnectionError.__module__ = "openai"


class InternalServerError(Exception):
    status_code = 500


def classify(
    error: Exception,
    *,
    model: str = "openai/gpt-5",
    environ: Mapping[str, str] | None = None,
    has_begun: bool = False,
    secrets: tuple[str, ...] = (),
):
    return to_provider_error(error, model=model, has_begun=has_begun, masker=KeyMasker(secrets), environ=environ or {})


def caused(error: Exception, cause: Exception) -> Exception:
    error.__cause__ = cause
    return error


def test_real_status_goes_before_the_one_that_was_made_up() -> None:
    error = classify(caused(InternalServerError("litellm.InternalServerError: x"), HTTPStatusError("x", 529)))
    assert (error.kind, error.status) == ("overloaded", 529)


@pytest.mark.parametrize(
    ("cause", "has_begun", "kind"),
    [
        (ConnectionRefusedError(111, "refused"), False, "connect"),
        (ConnectionResetError(104, "reset"), False, "connect"),
        (ConnectionResetError(104, "reset"), True, "truncated"),
        (TimeoutError("late"), True, "timeout"),
        (ValueError("no JSON"), True, "server"),
    ],
)
def test_cause_decides_where_there_was_no_status(cause: Exception, has_begun: bool, kind: str) -> None:
    error = classify(caused(InternalServerError("Connection error."), cause), has_begun=has_begun)
    assert error.kind == kind
    assert error.retryable


def test_circle_of_causes_ends() -> None:
    first, second = ValueError("a"), ValueError("b")
    first.__cause__, second.__cause__ = second, first
    assert classify(first).kind == "unknown"


def test_retry_after_may_be_a_date() -> None:
    date = email.utils.formatdate(time.time() + 30, usegmt=True)
    delay_s = classify(HTTPStatusError("x", 429, {"Retry-After": date})).retry_after_s
    assert delay_s is not None
    assert 20 < delay_s <= 30


@pytest.mark.parametrize("value", ["soon", "-5", "", "Wed, 99 Nov 9999", "nan", "inf"])
def test_retry_after_that_makes_no_sense_is_ignored_or_nothing(value: str) -> None:
    assert classify(HTTPStatusError("x", 429, {"Retry-After": value})).retry_after_s in (None, 0.0)


def test_control_characters_and_html_of_a_server_do_not_reach_the_message() -> None:
    error = classify(HTTPStatusError("<html><b>\x1b]0;owned\x07Bad\u202e gate</b>" + "x" * 5000, 502))
    assert "\x1b" not in str(error)
    assert "\u202e" not in str(error)
    assert "<b>" not in str(error)
    assert len(str(error)) < 600


@pytest.mark.parametrize(
    "text",
    [
        "Incorrect API key: my-very-own-secret",
        "Bearer abc.def.ghi was refused",
        "sk-ant-0123456789abcdef is wrong",
        "cannot reach http://user:hunter22@host/v1",
    ],
)
def test_keys_are_masked(text: str) -> None:
    message = str(classify(HTTPStatusError(text, 401), secrets=("my-very-own-secret", "short")))
    assert "[key]" in message
    assert not any(secret in message for secret in ("my-very-own-secret", "abc.def", "0123456789", "hunter22"))


def test_providers_words_are_found_in_the_body() -> None:
    body = {"message": "You exceeded your current quota", "code": "insufficient_quota"}
    error = classify(HTTPStatusError("Error code: 429 - {...}", 429, body=body))
    assert error.kind == "quota"
    assert "You exceeded your current quota (insufficient_quota)" in str(error)


REFUSED = ConnectionRefusedError(111, "Connect call failed ('127.0.0.1', 9)")


@pytest.mark.parametrize(
    ("model", "environ", "said"),
    [
        (
            "openai/gpt-5",
            {"OPENAI_BASE_URL": "http://127.0.0.1:9/v1"},
            "No connection to openai: Connection refused. Check OPENAI_BASE_URL, which says http://127.0.0.1:9/v1.",
        ),
        (
            "ollama_chat/qwen3",
            {},
            "No connection to ollama_chat: Connection refused. "
            "Start Ollama at http://127.0.0.1:11434, or say with OLLAMA_API_BASE where it is.",
        ),
        (
            "openai/gpt-5",
            {},
            "No connection to openai: Connection refused. Check the network, and the proxy if there is one.",
        ),
    ],
)
def test_a_refused_connection_names_the_address_and_what_to_do(model: str, environ: dict[str, str], said: str) -> None:
    assert str(classify(caused(InternalServerError("x"), REFUSED), model=model, environ=environ)) == said


def test_an_address_with_a_password_is_told_without_it() -> None:
    environ = {"OPENAI_BASE_URL": "http://me:secret@127.0.0.1:9/v1"}
    assert "secret" not in str(classify(caused(InternalServerError("x"), REFUSED), environ=environ))


def test_a_certificate_is_not_taken_for_an_error_number() -> None:
    error = ssl.SSLCertVerificationError(1, "certificate verify failed")
    assert "certificate verify failed" in str(
        classify(caused(InternalServerError("x"), caused(APIConnectionError(), error)))
    )


def test_what_is_not_there_points_to_the_name_and_the_address() -> None:
    error = classify(HTTPStatusError("no such page", 404), environ={"OPENAI_BASE_URL": "http://127.0.0.1:9"})
    assert str(error) == (
        "openai/gpt-5 was not found (404): no such page. Check the model's name, and OPENAI_BASE_URL "
        "(now http://127.0.0.1:9); `codex-py models` lists what can be used here."
    )


def test_a_stream_that_is_cut_is_told_in_our_words() -> None:
    cut = ClientPayloadError("Response payload is not completed: . ConnectionResetError(104, 'reset')")
    error = classify(caused(InternalServerError("x"), cut), has_begun=True)
    assert str(error) == "The connection to openai broke in the middle of the reply."


def test_a_name_that_only_litellm_can_refuse_is_refused_in_our_words() -> None:
    raw = "litellm.BadRequestError: LLM Provider NOT provided. You passed model=gpt-foo Learn more: https://docs"
    error = classify(ValueError(raw), model="gpt-foo")
    assert str(error) == (
        "LiteLLM knows no model gpt-foo. Name its provider too, as in openai/gpt-foo; "
        "`codex-py models` lists what can be used here."
    )
    assert (error.kind, error.retryable) == ("bad_request", False)
