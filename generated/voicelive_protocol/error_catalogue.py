# Generated from schema/ by `make generate`. Do not edit.
"""Error catalogue: errors of the service with message template and consequence."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any


@dataclass(frozen=True, slots=True)
class KnownError:
    """An entry of the error catalogue.

    Attributes:
        code: The code, or None for errors that the service sends without one.
        message: Template of the message; names in braces are placeholders.
        param: Template of the path of the offending field.
        error_type: Broad kind of error, such as `invalid_request_error`.
        fatal: Whether the service closes the connection after it.
        close_code: The close code after a fatal error; None if it is not known.
        example: A value for each placeholder.
    """

    code: str | None
    message: str
    param: str | None = None
    error_type: str = "invalid_request_error"
    fatal: bool = False
    close_code: int | None = None
    example: Mapping[str, Any] = field(default_factory=dict)


ERROR_CATALOGUE: Mapping[str, KnownError] = MappingProxyType(
    {
        # The only event of a connection whose session cannot start.
        "invalid_model": KnownError(
            "invalid_model",
            "Model {model} is not supported in this region.",
            fatal=True,
            example={"model": "unknown"},
        ),
        "invalid_profile": KnownError(
            "invalid_profile",
            "Profile {profile} is not supported.",
            fatal=True,
            example={"profile": "unknown"},
        ),
        "byom_connection": KnownError(
            "byom_realtime_connection_error",
            "Connection error to BYOM Realtime service: status 400, message: Invalid response status",
            error_type="server_error",
            fatal=True,
        ),
        "model_connection": KnownError(
            None,
            "Connection error to Realtime service: Invalid response status",
            error_type="server_error",
            fatal=True,
        ),
        "agent_initialization_failed": KnownError(
            "agent_initialization_failed",
            "Failed to initialize the agent: {reason}",
            fatal=True,
            example={"reason": "the agent was not found."},
        ),
        "agent_without_project": KnownError(
            None, "Missing required agent project name", fatal=True
        ),
        "classic_agent_without_project": KnownError(
            None, "Missing required agent connection string or project name", fatal=True
        ),
        "classic_agent": KnownError(
            None,
            "Classic foundry agent is not supported in API version 2026-04-10 and above",
            fatal=True,
        ),
        "agent_with_key": KnownError(
            None, "Key authentication is not supported in Agent mode", fatal=True
        ),
        "agent_unauthorized": KnownError(
            None, "Authentication error to AI Agent service: Unauthorized", fatal=True
        ),
        # About any client event.
        "invalid_json": KnownError(
            "invalid_json",
            "The frame could not be parsed: {problem}.",
            example={"problem": "it is not JSON"},
        ),
        "invalid_event": KnownError(
            "invalid_event",
            "Unknown client event type: '{event_type}'.",
            "type",
            example={"event_type": "unknown"},
        ),
        "unsupported_event": KnownError(
            "unsupported_event",
            "The mock service does not support '{event_type}' yet.",
            "type",
            example={"event_type": "unknown"},
        ),
        "missing_required_parameter": KnownError(
            "missing_required_parameter",
            "Missing required parameter: '{param}'.",
            "{param}",
            example={"param": "item"},
        ),
        "unknown_parameter": KnownError(
            "unknown_parameter",
            "Unknown parameter: '{param}'.",
            "{param}",
            example={"param": "session.unknown"},
        ),
        "invalid_type": KnownError(
            "invalid_type",
            "Invalid type for '{param}': expected {expected}, but got {found} instead.",
            "{param}",
            example={"param": "item", "expected": "an object", "found": "a string"},
        ),
        "invalid_value": KnownError(
            "invalid_value",
            "Invalid value: '{value}'. Supported values are: {supported}.",
            "{param}",
            example={
                "param": "item.type",
                "value": "unknown",
                "supported": "'message', 'function_call_output'",
            },
        ),
        "internal_error": KnownError(
            "server_error",
            "The mock service had an error while processing your request; see its log.",
            error_type="server_error",
        ),
        # Before the first accepted `session.update`.
        "session_not_configured": KnownError(
            "invalid_session_update_message",
            "The session is not configured: the first message must be a session.update, not {found}. Send one, with an empty session if necessary, and wait for session.updated.",
            "type",
            example={"found": "an unknown message"},
        ),
        "max_config_attempts_exceeded": KnownError(
            "max_config_attempts_exceeded",
            "Session configuration failed after {attempts} attempts.",
            "type",
            fatal=True,
            close_code=1008,
            example={"attempts": 5},
        ),
        # About `session.update`.
        "unexpected_field": KnownError(
            "invalid_session_update_message",
            "'{param}' unexpected (extra fields not permitted)",
            "{param}",
            example={"param": "session.unknown"},
        ),
        "invalid_field": KnownError(
            "invalid_session_update_message",
            "'{param}' is not valid: {problem}",
            "{param}",
            example={"param": "session.unknown", "problem": "the field is required."},
        ),
        "unknown_kind": KnownError(
            "invalid_session_update_message",
            "'{place}' is not valid: its type is {problem}.",
            "type",
            example={"place": "session.turn_detection", "problem": "unknown"},
        ),
        "missing_tag": KnownError(
            "invalid_session_update_message",
            "'{place}' is not valid: Unable to extract tag using discriminator '{tag}'",
            "type",
            example={"place": "session.input_audio_noise_reduction", "tag": "type"},
        ),
        "pattern_mismatch": KnownError(
            "invalid_value",
            "Invalid '{param}': string does not match pattern. Expected a string that matches the pattern '{pattern}'.",
            "{param}",
            example={"param": "item.call_id", "pattern": "^[a-zA-Z0-9_-]+$"},
        ),
        "duplicate_tool_name": KnownError(
            "invalid_value",
            "Invalid '{param}': another function has the name '{tool}'. Names of functions have to be unique.",
            "{param}",
            example={"param": "session.tools[1].name", "tool": "get_weather"},
        ),
        "model_is_fixed": KnownError(
            "invalid_request_error",
            "The model of a session cannot be changed to '{model}'.",
            "session.model",
            example={"model": "unknown"},
        ),
        "audio_alone": KnownError(
            "invalid_value",
            "Invalid modalities: ['audio']. Supported combinations are: ['text'] and ['audio', 'text'].",
            "session.modalities",
        ),
        "voice_is_fixed": KnownError(
            "cannot_update_voice",
            "Cannot update a conversation's voice if assistant audio is present.",
            "session.voice",
        ),
        "voice_with_avatar": KnownError(
            None, "Cannot update voice when avatar is configured", "session.voice"
        ),
        "no_synthesizer": KnownError(
            None, "Text to speech synthesizer is not configured", "session.voice"
        ),
        "voice_of_another_model": KnownError(
            "invalid_request_error",
            "Voices of type '{kind}' are not supported by the model {model}.",
            "{param}",
            example={
                "kind": "azure-standard",
                "model": "azure-realtime",
                "param": "session.voice",
            },
        ),
        "azure_voice_as_text": KnownError(
            "invalid_value",
            "Invalid value: '{voice}' is not the name of an OpenAI voice. Voices of Azure are objects: send one with the type 'azure-standard' and the name '{voice}'.",
            "{param}",
            example={"voice": "en-US-AvaNeural", "param": "session.voice"},
        ),
        "unknown_voice": KnownError(
            "invalid_voice",
            "Voice {voice} is not supported.",
            "session.voice",
            fatal=True,
            example={"voice": "en-US-Unknown"},
        ),
        "input_audio_is_fixed": KnownError(
            "invalid_request_error",
            "Cannot change {key} after input audio was received.",
            "session.{key}",
            example={"key": "input_audio_format"},
        ),
        "ec_channels_require_client": KnownError(
            "invalid_ec_channels_requires_client",
            "Two channels of input audio are only supported with the reference source 'client' of echo cancellation.",
            "session.input_audio_echo_cancellation.channels",
        ),
        "ec_reference_channels": KnownError(
            "invalid_ec_reference_channels",
            "The reference source 'client' of echo cancellation requires two channels of pcm16 input audio.",
            "session.input_audio_echo_cancellation.reference_source",
        ),
        "ec_text_only": KnownError(
            "ec_not_supported",
            "Echo cancellation is not supported when modalities is text-only.",
            "session.input_audio_echo_cancellation",
            fatal=True,
        ),
        "noise_reduction_text_only": KnownError(
            "noise_reduction_not_supported",
            "Noise reduction is not supported when modalities is text-only.",
            "session.input_audio_noise_reduction",
            fatal=True,
        ),
        "ec_feature_missing": KnownError(
            "invalid_request_error",
            "The reference of echo cancellation can only be chosen by connections with features=client_ec_reference:true.",
            "session.input_audio_echo_cancellation.reference_source",
        ),
        "eou_on_native": KnownError(
            "invalid_request_error",
            "Text-based end-of-utterance detection requires a local speech recognizer and is only supported on cascaded pipelines.",
            "session.turn_detection.end_of_utterance_detection",
        ),
        "semantic_vad_on_cascaded": KnownError(
            "invalid_request_error",
            "Turn detection of type 'semantic_vad' is only supported by realtime models.",
            "session.turn_detection.type",
        ),
        "azure_speech_detection": KnownError(
            "invalid_request_error",
            "When using azure-speech as InputAudioTranscription, turn_detection must be of type AzureSemanticVAD",
            "session.turn_detection",
        ),
        "transcription_model": KnownError(
            "invalid_input_audio_transcription_model",
            "Input audio transcription model '{recognizer}' is not supported for the model {model}; use azure-speech.",
            "session.input_audio_transcription.model",
            example={"recognizer": "whisper-1", "model": "gpt-4o"},
        ),
        "phrase_list_unsupported": KnownError(
            "invalid_session_update_message",
            "Value error, phrase_list is only supported for azure-mrs, mai-transcribe-1.5, azure-fast-transcription, mai-transcribe, azure-speech",
            "session.input_audio_transcription.phrase_list",
        ),
        "logprobs_unsupported": KnownError(
            "invalid_session_update_message",
            "Value error, item.input_audio_transcription.logprobs is not supported for the transcription model {recognizer}; only gpt-4o-transcribe and gpt-4o-mini-transcribe have log probabilities.",
            "session.include",
            example={"recognizer": "mai-transcribe-1"},
        ),
        "parallel_tool_calls": KnownError(
            "invalid_request_error",
            "parallel_tool_calls is not supported by the model {model}.",
            "session.parallel_tool_calls",
            example={"model": "gpt-realtime"},
        ),
        "agent_instructions": KnownError(
            "instructions_configuration_not_supported",
            "Updating instructions is not supported in Agent mode",
            "session.instructions",
        ),
        "agent_tools": KnownError(
            "tools_configuration_not_supported",
            "Updating tools is not supported in Agent mode",
            "session.tools",
        ),
        # About input audio and streamed text.
        "input_audio_buffer_commit_empty": KnownError(
            "input_audio_buffer_commit_empty",
            "Error committing input audio buffer: buffer too small. Expected at least 100ms of audio, but buffer only has {buffered_ms:.2f}ms of audio.",
            example={"buffered_ms": 0.0},
        ),
        "request_too_long": KnownError(
            "invalid_value",
            "The event is too long: expected at most 1 MiB without audio and images, got {size} bytes.",
            example={"size": 2000000},
        ),
        "too_many_responses": KnownError(
            "rate_limit_exceeded",
            "Too many concurrent out-of-band responses: the maximum is {most}.",
            error_type="rate_limit_error",
            example={"most": 32},
        ),
        "audio_too_long": KnownError(
            "invalid_value",
            "Invalid value for 'audio': expected at most 15 MiB of audio, got {size} bytes.",
            "audio",
            example={"size": 20000000},
        ),
        "half_a_sample": KnownError(
            "invalid_value",
            "Invalid value for 'audio': expected whole samples of pcm16 (an even number of bytes), got {size} bytes.",
            "audio",
            example={"size": 4801},
        ),
        "turn_is_open": KnownError(
            "invalid_value",
            "The input audio turn '{turn_id}' has not ended yet.",
            "turn_id",
            example={"turn_id": "turn_1"},
        ),
        "no_such_turn": KnownError(
            "invalid_value",
            "There is no input audio turn with turn_id '{turn_id}'.",
            "turn_id",
            example={"turn_id": "turn_1"},
        ),
        "no_such_text": KnownError(
            "invalid_value",
            "There is no user message with id '{text_id}' to stream text into. Create it first, with an empty text.",
            "id",
            example={"text_id": "item_1"},
        ),
        "text_has_ended": KnownError(
            "invalid_value",
            "The text of the item '{text_id}' has already ended.",
            "id",
            example={"text_id": "item_1"},
        ),
        "no_text_part": KnownError(
            "invalid_value",
            "Invalid value: {index}. The item has no text at that index.",
            "content_index",
            example={"index": 1},
        ),
        "too_much_text": KnownError(
            "invalid_value", "The text streamed into the item is too long.", "delta"
        ),
        # About conversation items.
        "item_retrieve_invalid_item_id": KnownError(
            "item_retrieve_invalid_item_id",
            "Cannot retrieve the item: item with item_id '{item_id}' not found.",
            "item_id",
            example={"item_id": "item_unknown"},
        ),
        "item_delete_invalid_item_id": KnownError(
            "item_delete_invalid_item_id",
            "Cannot delete the item: item with item_id '{item_id}' not found.",
            "item_id",
            example={"item_id": "item_unknown"},
        ),
        "item_truncate_invalid_item_id": KnownError(
            "item_truncate_invalid_item_id",
            "Cannot truncate the item: item with item_id '{item_id}' not found.",
            "item_id",
            example={"item_id": "item_unknown"},
        ),
        "invalid_previous_item_id": KnownError(
            "invalid_previous_item_id",
            "Previous item with id '{item_id}' not found; the item was not added.",
            "previous_item_id",
            example={"item_id": "item_unknown"},
        ),
        "item_exists": KnownError(
            "invalid_value",
            "An item with id '{item_id}' already exists in the conversation.",
            "item.id",
            example={"item_id": "item_1"},
        ),
        "invalid_tool_call_id": KnownError(
            "invalid_tool_call_id",
            "Tool call ID '{call_id}' not found in conversation.",
            example={"call_id": "call_Xz0z4X8aSYDdkTf2"},
        ),
        "unsupported_content_type": KnownError(
            "unsupported_content_type",
            "Only model output audio messages can be truncated",
        ),
        "no_such_content": KnownError(
            "invalid_value",
            "Invalid value: {index}. The item has no audio content at that index.",
            "content_index",
            example={"index": 1},
        ),
        "truncate_below_zero": KnownError(
            "invalid_value",
            "Invalid value: {audio_end_ms}. Expected 0 or more.",
            "audio_end_ms",
            example={"audio_end_ms": -1},
        ),
        "truncate_past_end": KnownError(
            "invalid_value",
            "Audio content of {length:.0f}ms is already shorter than {audio_end_ms}ms",
            "audio_end_ms",
            example={"length": 2650, "audio_end_ms": 9100},
        ),
        "item_already_truncated": KnownError(
            "item_already_truncated",
            "The item '{item_id}' was truncated already.",
            "item_id",
            example={"item_id": "item_1"},
        ),
        # About responses.
        "conversation_already_has_active_response": KnownError(
            "conversation_already_has_active_response",
            "Conversation already has an active response in progress: {response_id}. Wait until the response is finished before creating a new one.",
            example={"response_id": "resp_1"},
        ),
        "response_cancel_not_active": KnownError(
            "response_cancel_not_active",
            "Cancellation failed: no active response found",
        ),
        "agent_response_instructions": KnownError(
            None,
            "Overriding instructions in response.create is not supported",
            "response.instructions",
        ),
        "output_audio_format_version": KnownError(
            "invalid_value",
            "Invalid value: '{audio_format}' is not available in API version {version}.",
            "{param}",
            example={
                "audio_format": "pcm16-16000hz",
                "version": "2026-04-10",
                "param": "session.output_audio_format",
            },
        ),
        "output_audio_format": KnownError(
            "invalid_value",
            "Invalid value: '{audio_format}' is not supported for the voice in use. Every voice supports 'pcm16', 'g711_ulaw' and 'g711_alaw'.",
            "{param}",
            example={
                "audio_format": "pcm16_16000hz",
                "param": "session.output_audio_format",
            },
        ),
        "response_modalities": KnownError(
            "invalid_value",
            "Invalid modalities: {modalities}. Supported combinations are: ['text'] and ['audio'].",
            "response.modalities",
            example={"modalities": ["text", "audio"]},
        ),
        "max_output_tokens": KnownError(
            "invalid_value",
            "Invalid value: {limit}. Expected a positive integer or 'inf'.",
            "response.max_output_tokens",
            example={"limit": 0},
        ),
        "response_metadata": KnownError(
            "invalid_value",
            "Invalid metadata: at most 16 pairs are allowed, with keys of 64 and values of 512 characters.",
            "response.metadata",
        ),
        "invoke_input_without_agent": KnownError(
            "invalid_request_error",
            "invoke_input is only supported in Agent mode",
            "response.invoke_input",
        ),
        # About MCP servers.
        "mcp_unsupported": KnownError(
            "invalid_request_error",
            "MCP servers are not supported by the model {model}.",
            "session.tools",
            example={"model": "phi4-mini"},
        ),
        "no_such_approval_request": KnownError(
            "invalid_value",
            "There is no pending MCP approval request with id '{request_id}'.",
            "item.approval_request_id",
            example={"request_id": "item_1"},
        ),
        # Inside a failed response or transcription, not as an `error` event.
        "temperature_unsupported": KnownError(
            "unsupported_value",
            "Unsupported value: 'temperature' is not supported with this model.",
            "temperature",
        ),
        "reasoning_effort_unsupported": KnownError(
            "unsupported_value",
            "Unsupported value: 'reasoning_effort' is not supported with this model.",
            "reasoning_effort",
        ),
        "responder_failed": KnownError(
            "server_error",
            "The responder of the mock service raised an exception; see its log.",
            error_type="server_error",
        ),
        "production_failed": KnownError(
            "server_error",
            "The mock service could not produce the response; see its log.",
            error_type="server_error",
        ),
        "message_creation_failed": KnownError(
            "message_creation_failed",
            "Failed to create message",
            error_type="server_error",
        ),
        "rate_limit_exceeded": KnownError(
            "rate_limit_exceeded",
            "The rate limit of this resource was exceeded. Try again later.",
            error_type="rate_limit_error",
        ),
        "transcription_failed": KnownError(
            "transcription_failed",
            "Input transcription failed for item '{item_id}'.",
            error_type="server_error",
            example={"item_id": "item_1"},
        ),
        "deployment_not_found": KnownError(
            "DeploymentNotFound",
            "Input transcription failed for item '{item_id}'.",
            error_type="server_error",
            example={"item_id": "item_1"},
        ),
        # About avatars.
        "no_avatar": KnownError(
            "invalid_request_error", "Avatar is not configured for this session."
        ),
        "avatar_in_call": KnownError(
            "invalid_request_error",
            "Avatars are not supported over WebRTC.",
            "session.avatar",
        ),
        "avatar_rate_limited": KnownError(
            None,
            "Avatar request was rate-limited. Retry after {seconds:.1f}s.",
            error_type="server_error",
            example={"seconds": 7.0},
        ),
        "avatar_allocation": KnownError(
            None,
            "allocate client error: Remote client allocation failed",
            error_type="server_error",
        ),
        "avatar_connected": KnownError(None, "WebRTC connection is in connected state"),
        "avatar_negotiation": KnownError(
            None,
            "Avatar connection failed: WebRTC SDP negotiation failed: {reason}",
            example={"reason": "the offer has no video."},
        ),
        # At the end of a session.
        "session_expired": KnownError(
            "session_expired",
            "Your session hit the maximum duration of {minutes:g} minutes.",
            fatal=True,
            close_code=1001,
            example={"minutes": 60},
        ),
        "session_output_overflow": KnownError(
            "session_output_overflow",
            "The session was closed because the client did not read its output fast enough.",
            fatal=True,
            close_code=1008,
        ),
    }
)
"""Known errors by name. Names are unique; many errors share a code, some have none."""
