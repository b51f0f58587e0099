"""Which environment variables lead to which provider: keys, addresses, and what may leave for the model host.

Names as LiteLLM 1.106 reads them. Knows nothing of litellm itself and reads no environment of its own accord.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

_KEYS: Mapping[str, tuple[str, ...]] = {
    # prefix of the model name: any one of these is enough
    "ai21": ("AI21_API_KEY",),
    "aiml": ("AIML_API_KEY", "AIMLAPI_KEY"),
    "amazon_nova": ("AMAZON_NOVA_API_KEY",),
    "anthropic": ("ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN"),
    "anyscale": ("ANYSCALE_API_KEY",),
    "azure": ("AZURE_API_KEY", "AZURE_OPENAI_API_KEY", "AZURE_AD_TOKEN", "AZURE_CLIENT_SECRET"),
    "azure_ai": ("AZURE_AI_API_KEY", "AZURE_API_KEY", "AZURE_AD_TOKEN"),
    "baseten": ("BASETEN_API_KEY",),
    "bedrock": (
        "AWS_BEARER_TOKEN_BEDROCK",
        "AWS_ACCESS_KEY_ID",
        "AWS_PROFILE",
        "AWS_ROLE_ARN",
        "AWS_WEB_IDENTITY_TOKEN_FILE",
        "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
        "AWS_CONTAINER_CREDENTIALS_FULL_URI",
    ),
    "cerebras": ("CEREBRAS_API_KEY",),
    "chutes": ("CHUTES_API_KEY",),
    "cloudflare": ("CLOUDFLARE_API_KEY",),
    "codestral": ("CODESTRAL_API_KEY",),
    "cohere": ("COHERE_API_KEY", "CO_API_KEY"),
    "cohere_chat": ("COHERE_API_KEY", "CO_API_KEY"),
    "cometapi": ("COMETAPI_API_KEY", "COMETAPI_KEY"),
    "dashscope": ("DASHSCOPE_API_KEY",),
    "databricks": ("DATABRICKS_API_KEY", "DATABRICKS_CLIENT_SECRET"),
    "datarobot": ("DATAROBOT_API_TOKEN",),
    "deepinfra": ("DEEPINFRA_API_KEY",),
    "deepseek": ("DEEPSEEK_API_KEY",),
    "featherless_ai": ("FEATHERLESS_AI_API_KEY",),
    "fireworks_ai": ("FIREWORKS_API_KEY", "FIREWORKS_AI_API_KEY", "FIREWORKSAI_API_KEY", "FIREWORKS_AI_TOKEN"),
    "friendliai": ("FRIENDLIAI_API_KEY", "FRIENDLI_TOKEN"),
    "galadriel": ("GALADRIEL_API_KEY",),
    "gemini": ("GEMINI_API_KEY", "GOOGLE_API_KEY"),
    "github": ("GITHUB_API_KEY",),
    "gigachat": ("GIGACHAT_API_KEY", "GIGACHAT_CREDENTIALS", "GIGACHAT_ACCESS_TOKEN"),
    "gradient_ai": ("GRADIENT_AI_API_KEY",),
    "groq": ("GROQ_API_KEY",),
    "heroku": ("HEROKU_API_KEY",),
    "huggingface": ("HF_TOKEN", "HUGGINGFACE_API_KEY"),
    "hyperbolic": ("HYPERBOLIC_API_KEY",),
    "inception": ("INCEPTION_API_KEY",),
    "lambda_ai": ("LAMBDA_API_KEY",),
    "litellm_proxy": ("LITELLM_PROXY_API_KEY",),
    "meta_llama": ("LLAMA_API_KEY",),
    "minimax": ("MINIMAX_API_KEY",),
    "mistral": ("MISTRAL_API_KEY",),
    "modelscope": ("MODELSCOPE_API_KEY",),
    "moonshot": ("MOONSHOT_API_KEY",),
    "morph": ("MORPH_API_KEY",),
    "nano-gpt": ("NANOGPT_API_KEY",),
    "nebius": ("NEBIUS_API_KEY",),
    "novita": ("NOVITA_API_KEY",),
    "nscale": ("NSCALE_API_KEY",),
    "nvidia_nim": ("NVIDIA_NIM_API_KEY",),
    "openai": ("OPENAI_API_KEY",),
    "openrouter": ("OPENROUTER_API_KEY", "OR_API_KEY"),
    "ovhcloud": ("OVHCLOUD_API_KEY",),
    "perplexity": ("PERPLEXITYAI_API_KEY", "PERPLEXITY_API_KEY"),
    "poe": ("POE_API_KEY",),
    "replicate": ("REPLICATE_API_KEY", "REPLICATE_API_TOKEN"),
    "sambanova": ("SAMBANOVA_API_KEY",),
    "scaleway": ("SCW_SECRET_KEY",),
    "snowflake": ("SNOWFLAKE_JWT",),
    "synthetic": ("SYNTHETIC_API_KEY",),
    "tencent": ("TENCENT_API_KEY",),
    "together_ai": ("TOGETHER_API_KEY", "TOGETHER_AI_API_KEY", "TOGETHERAI_API_KEY", "TOGETHER_AI_TOKEN"),
    "v0": ("V0_API_KEY",),
    "vercel_ai_gateway": ("VERCEL_AI_GATEWAY_API_KEY", "VERCEL_OIDC_TOKEN"),
    "volcengine": ("VOLCENGINE_API_KEY", "ARK_API_KEY"),
    "wandb": ("WANDB_API_KEY",),
    "watsonx": ("WATSONX_API_KEY", "WATSONX_APIKEY", "WATSONX_TOKEN", "WATSONX_ZENAPIKEY", "WX_API_KEY"),
    "xai": ("XAI_API_KEY",),
    "zai": ("ZAI_API_KEY",),
}

_BASES: Mapping[str, tuple[str, ...]] = {
    "openai": ("OPENAI_BASE_URL", "OPENAI_API_BASE"),
    "anthropic": ("ANTHROPIC_BASE_URL", "ANTHROPIC_API_BASE"),
}
"""Providers whose address is often one's own: then a key is not a must."""

_LOCAL: Mapping[str, tuple[str, str, str]] = {
    # prefix: variable of the address, default address, name of the server. No key needed.
    "ollama": ("OLLAMA_API_BASE", "http://127.0.0.1:11434", "Ollama"),
    "ollama_chat": ("OLLAMA_API_BASE", "http://127.0.0.1:11434", "Ollama"),
    "lm_studio": ("LM_STUDIO_API_BASE", "http://127.0.0.1:1234/v1", "LM Studio"),
    "hosted_vllm": ("HOSTED_VLLM_API_BASE", "http://127.0.0.1:8000/v1", "vLLM"),
    "llamafile": ("LLAMAFILE_API_BASE", "http://127.0.0.1:8080/v1", "llamafile"),
}

_LOCAL_KEYS = ("OLLAMA_API_KEY", "LM_STUDIO_API_KEY", "HOSTED_VLLM_API_KEY", "LLAMAFILE_API_KEY")
_NO_KEY = "no-key-needed"

_FAMILIES = ("AWS_", "AZURE_", "VERTEX_", "VERTEXAI_", "WATSONX_", "WX_", "DATABRICKS_", "SNOWFLAKE_", "GIGACHAT_")
"""Providers that take many variables: the model host gets all of them."""

_ALSO_FOR_THE_HOST = (
    "BEDROCK_MANTLE_API_KEY",
    "CLOUDFLARE_ACCOUNT_ID",
    "DATAROBOT_ENDPOINT",
    "FIREWORKS_ACCOUNT_ID",
    "GEMINI_API_BASE",
    "GOOGLE_APPLICATION_CREDENTIALS",
    "GRADIENT_AI_AGENT_ENDPOINT",
    "OPENAI_ORGANIZATION",
    "OPENAI_PROJECT",
    "OR_APP_NAME",
    "OR_SITE_URL",
    "WML_URL",
)

_SECRET_IN_FAMILY = re.compile(r"KEY|TOKEN|SECRET|PASSWORD|CREDENTIALS|JWT")
_PASSWORD_IN_URL = re.compile(r"://[^/@\s]+@")

_SYSTEM = (
    *("PATH", "HOME", "LANG", "LC_ALL", "LC_CTYPE", "TZ", "TMPDIR"),
    *("SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"),
    *("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """Where a model is reached; None leaves it to LiteLLM."""

    api_base: str | None = None
    api_key: str | None = None


def prefix_of(model: str) -> str:
    """Return the provider's part of a model name, guessed as LiteLLM does for the well-known bare names."""
    prefix, slash, _ = model.partition("/")
    if slash:
        return prefix
    if re.match(r"gpt-|chatgpt-|o\d", model):
        return "openai"
    if model.startswith("claude"):
        return "anthropic"
    return "vertex_ai" if model.startswith("gemini") else ""


def missing_variable(model: str, environ: Mapping[str, str]) -> str | None:
    """Return the variable that must be set before this model can be called; None if nothing is known to be missing."""
    prefix = prefix_of(model)
    if any(environ.get(name) for name in _BASES.get(prefix, ())):
        return None
    keys = _KEYS.get(prefix, ())
    return keys[0] if keys and not any(environ.get(name) for name in keys) else None


def key_variable(model: str) -> str | None:
    """Return the usual name of the key for this model, for messages."""
    return next(iter(_KEYS.get(prefix_of(model), ())), None)


def endpoint_of(model: str, environ: Mapping[str, str]) -> Endpoint:
    prefix = prefix_of(model)
    if (local := _LOCAL.get(prefix)) is not None:
        variable, default, _ = local
        return Endpoint(api_base=environ.get(variable) or default)
    base = next((environ[name] for name in _BASES.get(prefix, ()) if environ.get(name)), None)
    if base is None:
        return Endpoint()
    key = next((environ[name] for name in _KEYS[prefix] if environ.get(name)), _NO_KEY)
    if prefix == "anthropic":
        # LiteLLM appends /v1/messages; people write the address with and without the /v1.
        base = base.rstrip("/").removesuffix("/v1/messages").removesuffix("/v1")
    return Endpoint(api_base=base, api_key=key)


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnServer:
    """A server at an address that is the user's to say."""

    name: str
    """Empty: the variable alone says what it is."""
    address: str
    variable: str
    """Says the address, or could."""


def own_server(model: str, environ: Mapping[str, str]) -> OwnServer | None:
    """Return the server of one's own that a model is reached at, for messages; None: it is the provider's."""
    prefix = prefix_of(model)
    if (local := _LOCAL.get(prefix)) is not None:
        variable, default, name = local
        return OwnServer(name=name, address=environ.get(variable) or default, variable=variable)
    variable = next((name for name in _BASES.get(prefix, ()) if environ.get(name)), None)
    return OwnServer(name="", address=environ[variable], variable=variable) if variable else None


def is_local(model: str) -> bool:
    """Does the model run on a server of one's own, free of charge?"""
    return prefix_of(model) in _LOCAL


def provider_variables(environ: Mapping[str, str]) -> tuple[str, ...]:
    """Return the names of the variables that hold a provider's secret: no tool may get them."""
    return tuple(name for name, value in environ.items() if _is_secret(name, value))


def host_environment(environ: Mapping[str, str]) -> dict[str, str]:
    """Return the whole environment of the model host."""
    environment = {
        name: value
        for name, value in environ.items()
        if name in _SYSTEM or name in _ALSO_FOR_THE_HOST or name in _ALL_KEYS or _is_of_provider(name)
    }
    no_proxy = environ.get("no_proxy") or environ.get("NO_PROXY") or ""
    environment["NO_PROXY"] = ",".join(filter(None, (no_proxy, "127.0.0.1,localhost,::1")))
    return environment


def _is_secret(name: str, value: str) -> bool:
    if name in _ALL_KEYS:
        return name not in _NOT_SECRET
    if name.startswith(_FAMILIES):
        return _SECRET_IN_FAMILY.search(name) is not None and name not in _NOT_SECRET
    return _is_of_provider(name) and _PASSWORD_IN_URL.search(value) is not None


def _is_of_provider(name: str) -> bool:
    """Is it an address or a version that belongs to a provider we know?"""
    if name.startswith(_FAMILIES):
        return True
    stem = re.sub(r"_(API_BASE|BASE_URL|API_VERSION)$", "", name)
    return stem != name and stem in _STEMS


_ALL_KEYS = frozenset((*(name for names in _KEYS.values() for name in names), *_LOCAL_KEYS))
_NOT_SECRET = frozenset(("AWS_PROFILE", "AWS_ROLE_ARN", "AWS_WEB_IDENTITY_TOKEN_FILE"))
_STEMS = frozenset(re.sub(r"_(API_KEY|API_TOKEN|TOKEN|KEY)$", "", name) for name in _ALL_KEYS)
