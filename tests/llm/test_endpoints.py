import pytest

from codex_core.llm.endpoints import (
    Endpoint,
    endpoint_of,
    host_environment,
    missing_variable,
    prefix_of,
    provider_variables,
)


@pytest.mark.parametrize(
    ("model", "environ", "missing"),
    [
        ("openai/gpt-5", {}, "OPENAI_API_KEY"),
        ("gpt-5", {}, "OPENAI_API_KEY"),
        ("o3", {}, "OPENAI_API_KEY"),
        ("claude-sonnet-4-5", {}, "ANTHROPIC_API_KEY"),
        ("openai/gpt-5", {"OPENAI_API_KEY": ""}, "OPENAI_API_KEY"),
        ("openai/gpt-5", {"OPENAI_API_KEY": "x"}, None),
        ("openai/own", {"OPENAI_BASE_URL": "http://127.0.0.1:1/v1"}, None),
        ("anthropic/claude", {"ANTHROPIC_AUTH_TOKEN": "x"}, None),
        ("gemini/gemini-2.5-pro", {"GOOGLE_API_KEY": "x"}, None),
        ("gemini/gemini-2.5-pro", {}, "GEMINI_API_KEY"),
        ("bedrock/anthropic.claude", {"AWS_PROFILE": "work"}, None),
        ("ollama_chat/qwen3", {}, None),
        ("hosted_vllm/x", {}, None),
        ("demo", {}, None),
        ("nobody-knows/x", {}, None),
    ],
)
def test_missing_variable_is_named(model: str, environ: dict[str, str], missing: str | None) -> None:
    assert missing_variable(model, environ) == missing


def test_own_address_without_a_key_gets_a_stand_in() -> None:
    endpoint = endpoint_of("openai/own", {"OPENAI_API_BASE": "http://127.0.0.1:1/v1"})
    assert endpoint.api_base == "http://127.0.0.1:1/v1"
    assert endpoint.api_key


def test_providers_own_address_is_left_to_litellm() -> None:
    assert endpoint_of("openai/gpt-5", {"OPENAI_API_KEY": "x"}) == Endpoint()


@pytest.mark.parametrize("written", ["http://h", "http://h/", "http://h/v1", "http://h/v1/", "http://h/v1/messages"])
def test_anthropic_address_may_be_written_in_every_usual_way(written: str) -> None:
    assert endpoint_of("anthropic/claude", {"ANTHROPIC_BASE_URL": written}).api_base == "http://h"


def test_local_servers_have_their_usual_address() -> None:
    assert endpoint_of("ollama_chat/qwen3", {}).api_base == "http://127.0.0.1:11434"
    assert endpoint_of("ollama_chat/qwen3", {"OLLAMA_API_BASE": "http://box:1"}).api_base == "http://box:1"


def test_prefix_of_a_name_is_its_first_part() -> None:
    assert prefix_of("openrouter/anthropic/claude") == "openrouter"
    assert prefix_of("something") == ""


ENVIRON = {
    "PATH": "/bin",
    "HOME": "/home/u",
    "OPENAI_API_KEY": "k1",
    "OPENAI_BASE_URL": "http://127.0.0.1:1/v1",
    "OPENROUTER_API_BASE": "http://user:password@host/v1",
    "AWS_SECRET_ACCESS_KEY": "k2",
    "AWS_REGION": "eu-central-1",
    "AWS_PROFILE": "work",
    "VERTEXAI_PROJECT": "p",
    "GITHUB_TOKEN": "k3",
    "STRIPE_API_KEY": "k4",
    "SHOP_API_BASE": "http://shop",
    "PYTHONPATH": ".",
    "LITELLM_MODE": "DEV",
    "JSON_LOGS": "1",
    "https_proxy": "http://proxy:3128",
    "no_proxy": "internal",
}


def test_tools_get_no_secret_of_a_provider() -> None:
    assert set(provider_variables(ENVIRON)) == {"OPENAI_API_KEY", "AWS_SECRET_ACCESS_KEY", "OPENROUTER_API_BASE"}


def test_host_gets_what_its_providers_need_and_nothing_else() -> None:
    environment = host_environment(ENVIRON)
    left_out = {
        "GITHUB_TOKEN",
        "STRIPE_API_KEY",
        "SHOP_API_BASE",
        "PYTHONPATH",
        "LITELLM_MODE",
        "JSON_LOGS",
        "no_proxy",
    }
    assert set(environment) == set(ENVIRON) - left_out | {"NO_PROXY"}
    assert environment["NO_PROXY"] == "internal,127.0.0.1,localhost,::1"
