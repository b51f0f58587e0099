"""The modules that LiteLLM imports with itself and a chat does not use: what `put_off` is for.

Found by measuring LiteLLM 1.106: with all of them its import takes 1.45 s of CPU, without 0.87 s. Each one that was
left out of the list made it 3 ms longer or more. One that another version does not have does no harm.
"""

from __future__ import annotations

from typing import Final

NOT_FOR_CHAT: Final = frozenset(
    {
        "httpx._main",
        "litellm.batches.batch_utils",
        "litellm.completion_extras.litellm_responses_transformation.handler",
        "litellm.completion_extras.litellm_responses_transformation.transformation",
        "litellm.google_genai.main",
        "litellm.integrations.agentops.agentops",
        "litellm.integrations.arize.arize",
        "litellm.integrations.arize.arize_phoenix",
        "litellm.integrations.clickhouse.clickhouse_spend_logger",
        "litellm.integrations.custom_guardrail",
        "litellm.integrations.datadog.datadog_llm_obs",
        "litellm.integrations.dotprompt.prompt_manager",
        "litellm.integrations.langfuse.langfuse",
        "litellm.integrations.langfuse.langfuse_prompt_management",
        "litellm.integrations.langsmith",
        "litellm.integrations.opentelemetry",
        "litellm.integrations.opik.opik",
        "litellm.integrations.otel.model.metadata",
        "litellm.integrations.otel.model.payloads",
        "litellm.integrations.s3_v2",
        "litellm.interactions.main",
        "litellm.litellm_core_utils.cli_token_utils",
        "litellm.litellm_core_utils.health_check_utils",
        "litellm.litellm_core_utils.model_param_helper",
        "litellm.litellm_core_utils.secret_redaction",
        "litellm.litellm_core_utils.sensitive_data_masker",
        "litellm.litellm_core_utils.token_counter",
        "litellm.litellm_core_utils.tokenizer",
        "litellm.llms.anthropic.pass_through.adapters.handler",
        "litellm.llms.anthropic.pass_through.adapters.transformation",
        "litellm.llms.anthropic.wif",
        "litellm.llms.openai_like.responses.transformation",
        "litellm.llms.vertex_ai.batches.transformation",
        "litellm.llms.vertex_ai.files.transformation",
        "litellm.llms.vertex_ai.gemini_embeddings.batch_embed_content_transformation",
        "litellm.passthrough.main",
        "litellm.realtime_api.main",
        "litellm.repositories.unit_of_work",
        "litellm.responses.litellm_completion_transformation.transformation",
        "litellm.router",
        "litellm.rust_bridge.tokenizer",
        "litellm.types.agents",
        "litellm.types.guardrails",
        "litellm.types.integrations.slack_alerting",
        "litellm.types.interactions.generated",
        "litellm.types.llms.gemini",
        "litellm.types.llms.oci",
        "litellm.types.mcp_server.mcp_server_manager",
        "litellm.vector_stores.vector_store_registry",
        "openai.types.beta.assistant",
        "openai.types.beta.threads.run",
        "openai.types.responses.response",
    }
)
