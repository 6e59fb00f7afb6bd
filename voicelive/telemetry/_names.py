"""Names of spans, attributes and metrics, and constant attribute values."""

from __future__ import annotations

# On every span.
AZ_NAMESPACE = "az.namespace"
SYSTEM = "gen_ai.system"
PROVIDER_NAME = "gen_ai.provider.name"
OPERATION_NAME = "gen_ai.operation.name"
SERVER_ADDRESS = "server.address"
SERVER_PORT = "server.port"
REQUEST_MODEL = "gen_ai.request.model"
SESSION_ID = "gen_ai.voice.session_id"
CONVERSATION_ID = "gen_ai.conversation.id"

AZ_NAMESPACE_VALUE = "Microsoft.CognitiveServices"
SYSTEM_VALUE = "az.ai.voicelive"
PROVIDER_VALUE = "microsoft.foundry"

# Spans and operations.
CONNECT = "connect"
SEND = "send"
RECV = "recv"
CLOSE = "close"

# The agent, on the connect span.
AGENT_NAME = "gen_ai.agent.name"
AGENT_VERSION = "gen_ai.agent.version"
AGENT_PROJECT_NAME = "gen_ai.agent.project_name"
AGENT_ID = "gen_ai.agent.id"
AGENT_THREAD_ID = "gen_ai.agent.thread_id"

# The session, on the connect span.
INPUT_AUDIO_FORMAT = "gen_ai.voice.input_audio_format"
INPUT_SAMPLE_RATE = "gen_ai.voice.input_sample_rate"
OUTPUT_AUDIO_FORMAT = "gen_ai.voice.output_audio_format"
OUTPUT_SAMPLE_RATE = "gen_ai.voice.output_sample_rate"
REQUEST_TEMPERATURE = "gen_ai.request.temperature"
REQUEST_MAX_OUTPUT_TOKENS = "gen_ai.request.max_output_tokens"
REQUEST_TOOLS = "gen_ai.request.tools"
SYSTEM_INSTRUCTIONS = "gen_ai.system_instructions"

# Counters of the session, on the connect span.
TURN_COUNT = "gen_ai.voice.turn_count"
INTERRUPTION_COUNT = "gen_ai.voice.interruption_count"
AUDIO_BYTES_SENT = "gen_ai.voice.audio_bytes_sent"
AUDIO_BYTES_RECEIVED = "gen_ai.voice.audio_bytes_received"
MCP_CALL_COUNT = "gen_ai.voice.mcp.call_count"
MCP_LIST_TOOLS_COUNT = "gen_ai.voice.mcp.list_tools_count"

# Responses, on the span of the event and on the connect span.
FIRST_TOKEN_LATENCY_MS = "gen_ai.voice.first_token_latency_ms"
FIRST_AUDIO_LATENCY_MS = "gen_ai.voice.first_audio_latency_ms"
RESPONSE_ID = "gen_ai.response.id"
RESPONSE_FINISH_REASONS = "gen_ai.response.finish_reasons"
USAGE_INPUT_TOKENS = "gen_ai.usage.input_tokens"
USAGE_OUTPUT_TOKENS = "gen_ai.usage.output_tokens"

# Events, on their spans.
EVENT_TYPE = "gen_ai.voice.event_type"
MESSAGE_SIZE = "gen_ai.voice.message_size"
CALL_ID = "gen_ai.voice.call_id"
ITEM_ID = "gen_ai.voice.item_id"
PREVIOUS_ITEM_ID = "gen_ai.voice.previous_item_id"
OUTPUT_INDEX = "gen_ai.voice.output_index"
MCP_SERVER_LABEL = "gen_ai.voice.mcp.server_label"
MCP_TOOL_NAME = "gen_ai.voice.mcp.tool_name"
MCP_APPROVAL_REQUEST_ID = "gen_ai.voice.mcp.approval_request_id"
MCP_APPROVE = "gen_ai.voice.mcp.approve"

# Failures.
ERROR_TYPE = "error.type"
ERROR_MESSAGE = "error.message"
ERROR_CODE = "error.code"

# Span events.
INPUT_MESSAGES = "gen_ai.input.messages"
OUTPUT_MESSAGES = "gen_ai.output.messages"
SYSTEM_INSTRUCTIONS_EVENT = "gen_ai.system.instructions"
ERROR_EVENT = "gen_ai.voice.error"
EVENT_CONTENT = "gen_ai.event.content"

# Metrics.
OPERATION_DURATION = "gen_ai.client.operation.duration"
TOKEN_USAGE = "gen_ai.client.token.usage"
TOKEN_TYPE = "gen_ai.token.type"
