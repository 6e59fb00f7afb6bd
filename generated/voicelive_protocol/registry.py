# Generated from schema/ by `make generate`. Do not edit.
"""Registry of event classes by wire name."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from voicelive_protocol import client_events, server_events

CLIENT_EVENTS: Mapping[str, type[client_events.AnyClientEvent]] = MappingProxyType(
    {
        "conversation.item.create": client_events.ClientEventConversationItemCreate,
        "conversation.item.delete": client_events.ClientEventConversationItemDelete,
        "conversation.item.retrieve": client_events.ClientEventConversationItemRetrieve,
        "conversation.item.truncate": client_events.ClientEventConversationItemTruncate,
        "input_audio_buffer.append": client_events.ClientEventInputAudioBufferAppend,
        "input_audio_buffer.clear": client_events.ClientEventInputAudioBufferClear,
        "input_audio_buffer.commit": client_events.ClientEventInputAudioBufferCommit,
        "input_audio.clear": client_events.ClientEventInputAudioClear,
        "input_audio.turn.append": client_events.ClientEventInputAudioTurnAppend,
        "input_audio.turn.cancel": client_events.ClientEventInputAudioTurnCancel,
        "input_audio.turn.end": client_events.ClientEventInputAudioTurnEnd,
        "input_audio.turn.start": client_events.ClientEventInputAudioTurnStart,
        "input_text.delta": client_events.ClientEventInputTextDelta,
        "input_text.done": client_events.ClientEventInputTextDone,
        "output_audio_buffer.clear": client_events.ClientEventOutputAudioBufferClear,
        "response.cancel": client_events.ClientEventResponseCancel,
        "response.create": client_events.ClientEventResponseCreate,
        "session.avatar.connect": client_events.ClientEventSessionAvatarConnect,
        "session.update": client_events.ClientEventSessionUpdate,
        "rtc.call.sdp.create": client_events.ClientEventRtcCallSdpCreate,
        "transcription_session.update": client_events.ClientEventTranscriptionSessionUpdate,
    }
)
"""Events that a client sends."""

SERVER_EVENTS: Mapping[str, type[server_events.AnyServerEvent]] = MappingProxyType(
    {
        "conversation.item.created": server_events.ServerEventConversationItemCreated,
        "conversation.item.deleted": server_events.ServerEventConversationItemDeleted,
        "conversation.item.input_audio_transcription.completed": server_events.ServerEventConversationItemInputAudioTranscriptionCompleted,
        "conversation.item.input_audio_transcription.delta": server_events.ServerEventConversationItemInputAudioTranscriptionDelta,
        "conversation.item.input_audio_transcription.failed": server_events.ServerEventConversationItemInputAudioTranscriptionFailed,
        "conversation.item.retrieved": server_events.ServerEventConversationItemRetrieved,
        "conversation.item.truncated": server_events.ServerEventConversationItemTruncated,
        "error": server_events.ServerEventError,
        "input_audio_buffer.cleared": server_events.ServerEventInputAudioBufferCleared,
        "input_audio_buffer.committed": server_events.ServerEventInputAudioBufferCommitted,
        "input_audio_buffer.speech_started": server_events.ServerEventInputAudioBufferSpeechStarted,
        "input_audio_buffer.speech_stopped": server_events.ServerEventInputAudioBufferSpeechStopped,
        "mcp_list_tools.completed": server_events.ServerEventMcpListToolsCompleted,
        "mcp_list_tools.failed": server_events.ServerEventMcpListToolsFailed,
        "mcp_list_tools.in_progress": server_events.ServerEventMcpListToolsInProgress,
        "output_audio_buffer.cleared": server_events.ServerEventOutputAudioBufferCleared,
        "response.animation_blendshapes.delta": server_events.ServerEventResponseAnimationBlendshapeDelta,
        "response.animation_blendshapes.done": server_events.ServerEventResponseAnimationBlendshapeDone,
        "response.animation_viseme.delta": server_events.ServerEventResponseAnimationVisemeDelta,
        "response.animation_viseme.done": server_events.ServerEventResponseAnimationVisemeDone,
        "response.audio.delta": server_events.ServerEventResponseAudioDelta,
        "response.audio.done": server_events.ServerEventResponseAudioDone,
        "response.audio_timestamp.delta": server_events.ServerEventResponseAudioTimestampDelta,
        "response.audio_timestamp.done": server_events.ServerEventResponseAudioTimestampDone,
        "response.audio_transcript.annotation.added": server_events.ServerEventResponseAudioTranscriptAnnotationAdded,
        "response.audio_transcript.delta": server_events.ServerEventResponseAudioTranscriptDelta,
        "response.audio_transcript.done": server_events.ServerEventResponseAudioTranscriptDone,
        "response.content_part.added": server_events.ServerEventResponseContentPartAdded,
        "response.content_part.done": server_events.ServerEventResponseContentPartDone,
        "response.created": server_events.ServerEventResponseCreated,
        "response.done": server_events.ServerEventResponseDone,
        "response.file_search_call.completed": server_events.ServerEventResponseFileSearchCallCompleted,
        "response.file_search_call.in_progress": server_events.ServerEventResponseFileSearchCallInProgress,
        "response.file_search_call.searching": server_events.ServerEventResponseFileSearchCallSearching,
        "response.function_call_arguments.delta": server_events.ServerEventResponseFunctionCallArgumentsDelta,
        "response.function_call_arguments.done": server_events.ServerEventResponseFunctionCallArgumentsDone,
        "response.invocation.delta": server_events.ServerEventResponseInvocationDelta,
        "response.mcp_call_arguments.delta": server_events.ServerEventResponseMcpCallArgumentsDelta,
        "response.mcp_call_arguments.done": server_events.ServerEventResponseMcpCallArgumentsDone,
        "response.mcp_call.completed": server_events.ServerEventResponseMcpCallCompleted,
        "response.mcp_call.failed": server_events.ServerEventResponseMcpCallFailed,
        "response.mcp_call.in_progress": server_events.ServerEventResponseMcpCallInProgress,
        "response.output_item.added": server_events.ServerEventResponseOutputItemAdded,
        "response.output_item.done": server_events.ServerEventResponseOutputItemDone,
        "response.text.delta": server_events.ServerEventResponseTextDelta,
        "response.text.done": server_events.ServerEventResponseTextDone,
        "response.video.delta": server_events.ServerEventResponseVideoDelta,
        "response.web_search_call.completed": server_events.ServerEventResponseWebSearchCallCompleted,
        "response.web_search_call.in_progress": server_events.ServerEventResponseWebSearchCallInProgress,
        "response.web_search_call.searching": server_events.ServerEventResponseWebSearchCallSearching,
        "session.avatar.connecting": server_events.ServerEventSessionAvatarConnecting,
        "session.avatar.switch_to_idle": server_events.ServerEventSessionAvatarSwitchToIdle,
        "session.avatar.switch_to_speaking": server_events.ServerEventSessionAvatarSwitchToSpeaking,
        "session.created": server_events.ServerEventSessionCreated,
        "session.updated": server_events.ServerEventSessionUpdated,
        "warning": server_events.ServerEventWarning,
        "output_audio_buffer.started": server_events.ServerEventOutputAudioBufferStarted,
        "output_audio_buffer.stopped": server_events.ServerEventOutputAudioBufferStopped,
        "rtc.call.error": server_events.ServerEventRtcCallError,
        "rtc.call.sdp.created": server_events.ServerEventRtcCallSdpCreated,
        "conversation.item.done": server_events.ServerEventConversationItemDone,
        "rate_limits.updated": server_events.ServerEventRateLimitsUpdated,
        "response.foundry_agent_call_arguments.delta": server_events.ServerEventResponseFoundryAgentCallArgumentsDelta,
        "response.foundry_agent_call_arguments.done": server_events.ServerEventResponseFoundryAgentCallArgumentsDone,
        "response.foundry_agent_call.in_progress": server_events.ServerEventResponseFoundryAgentCallInProgress,
        "response.foundry_agent_call.completed": server_events.ServerEventResponseFoundryAgentCallCompleted,
        "response.foundry_agent_call.failed": server_events.ServerEventResponseFoundryAgentCallFailed,
    }
)
"""Events that the service sends."""
