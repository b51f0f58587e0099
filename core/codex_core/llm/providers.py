"""Which providers a model's name can begin with, and whether a model can be called at all.

Names as LiteLLM 1.106 knows them, as data: importing it to hear that a name is wrong would take seconds.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from codex_core.llm.endpoints import missing_variable
from codex_core.spelling import nearest

if TYPE_CHECKING:  # the command line asks before the first paint, which may not wait for the vocabulary
    from codex_core.protocol import ProviderErrorKind

PROVIDERS = frozenset(
    """
    a2a a2a_agent abliteration ai21 ai21_chat aihubmix aiml aiohttp_openai amazon_nova anthropic anthropic_text
    apertis assemblyai auto_router aws_polly aws_textract azure azure_ai azure_speech azure_text baseten bedrock
    bedrock_mantle black_forest_labs bytez cerebras charity_engine chatgpt chutes clarifai cloudflare codestral
    cognition cohere cohere_chat cometapi compactifai cortecs crusoe cursor custom custom_openai darkbloom dashscope
    databricks datarobot deepgram deepinfra deepseek docker_model_runner dotprompt edenai elevenlabs empiriolabs
    empower fal_ai featherless_ai fireworks_ai friendliai galadriel gdc gemini gigachat github github_copilot gmi
    gradient_ai groq helicone heroku hosted_vllm huggingface humanloop hyperbolic inception infinity jina_ai
    lambda_ai langflow langfuse langgraph lemonade libertai litellm_agent litellm_proxy llamafile llamagate
    lm_studio manus maritalk meta meta_llama milvus minimax mistral modelscope mongodb moonshot morph nadir nano-gpt
    nebius neosantara nlp_cloud novita nscale nvidia_nim nvidia_riva oci ollama ollama_chat oobabooga openai
    openai_like openrouter ovhcloud parasail perplexity petals pg_vector pinstripes poe predibase prism publicai
    qwen_ai_platform qwencloud ragflow recraft reducto reka replicate runwayml s3_vectors sagemaker sagemaker_chat
    sagemaker_nova sail sambanova sap sarvam scaleway scx-ai snowflake soniox stability strands_decider synthetic
    tencent tensormesh text-completion-codestral text-completion-inception text-completion-openai together_ai topaz
    transcribe triton typesafe v0 valkey veniceai vercel_ai_gateway vertex_ai vertex_ai_beta vllm volcengine voyage
    wandb watsonx watsonx_text xai xiaomi_mimo xinference zai
    """.split()  # noqa: SIM905 - as a list it would be 166 lines
)
"""LiteLLM's `provider_list` and its providers of `openai_like/providers.json`; a test compares."""

SEE_MODELS = "`codex-py models` lists what can be used here"

_OF_REPLICATE = re.compile(r"[^/]+/[^/]+:[0-9a-f]{64}")
"""The one kind of name that LiteLLM takes with a slash and without a provider."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Obstacle:
    """Why a model cannot be called, known without calling it."""

    kind: ProviderErrorKind
    short: str
    """For a status line."""
    sentence: str
    """With the remedy."""


def obstacle_to(model: str, environ: Mapping[str, str]) -> Obstacle | None:
    """Return what stands in the way of calling this model; None if nothing is known to."""
    prefix, slash, _ = model.partition("/")
    if slash and prefix not in PROVIDERS and not _OF_REPLICATE.fullmatch(model):
        near = nearest(prefix, PROVIDERS)
        meant = f"did you mean {near}? " if near else ""
        short = f"no provider is named '{prefix}'"
        sentence = f"{short}, as the model {model} wants; {meant}{SEE_MODELS}"
        return Obstacle(kind="bad_request", short=short, sentence=sentence)
    if (variable := missing_variable(model, environ)) is not None:
        sentence = f"{model} needs a key: set {variable} in the environment, or choose another model with -m"
        return Obstacle(kind="auth", short=f"{variable} is not set", sentence=sentence)
    return None
