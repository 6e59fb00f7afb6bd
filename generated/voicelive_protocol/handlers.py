# Generated from schema/ by `make generate`. Do not edit.
"""Server events as handler methods, and as handler functions of the same names."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from types import MappingProxyType
from typing import TypeAlias, TypedDict

from voicelive_protocol._codec import ReceivedEvent
from voicelive_protocol.server_events import (
    ServerEventConversationItemCreated,
    ServerEventConversationItemDeleted,
    ServerEventConversationItemDone,
    ServerEventConversationItemInputAudioTranscriptionCompleted,
    ServerEventConversationItemInputAudioTranscriptionDelta,
    ServerEventConversationItemInputAudioTranscriptionFailed,
    ServerEventConversationItemRetrieved,
    ServerEventConversationItemTruncated,
    ServerEventError,
    ServerEventInputAudioBufferCleared,
    ServerEventInputAudioBufferCommitted,
    ServerEventInputAudioBufferSpeechStarted,
    ServerEventInputAudioBufferSpeechStopped,
    ServerEventInputAudioBufferTimeoutTriggered,
    ServerEventMcpListToolsCompleted,
    ServerEventMcpListToolsFailed,
    ServerEventMcpListToolsInProgress,
    ServerEventOutputAudioBufferCleared,
    ServerEventOutputAudioBufferStarted,
    ServerEventOutputAudioBufferStopped,
    ServerEventRateLimitsUpdated,
    ServerEventResponseAnimationBlendshapeDelta,
    ServerEventResponseAnimationBlendshapeDone,
    ServerEventResponseAnimationVisemeDelta,
    ServerEventResponseAnimationVisemeDone,
    ServerEventResponseAudioDelta,
    ServerEventResponseAudioDone,
    ServerEventResponseAudioTimestampDelta,
    ServerEventResponseAudioTimestampDone,
    ServerEventResponseAudioTranscriptAnnotationAdded,
    ServerEventResponseAudioTranscriptDelta,
    ServerEventResponseAudioTranscriptDone,
    ServerEventResponseContentPartAdded,
    ServerEventResponseContentPartDone,
    ServerEventResponseCreated,
    ServerEventResponseDone,
    ServerEventResponseFileSearchCallCompleted,
    ServerEventResponseFileSearchCallInProgress,
    ServerEventResponseFileSearchCallSearching,
    ServerEventResponseFoundryAgentCallArgumentsDelta,
    ServerEventResponseFoundryAgentCallArgumentsDone,
    ServerEventResponseFoundryAgentCallCompleted,
    ServerEventResponseFoundryAgentCallFailed,
    ServerEventResponseFoundryAgentCallInProgress,
    ServerEventResponseFunctionCallArgumentsDelta,
    ServerEventResponseFunctionCallArgumentsDone,
    ServerEventResponseInvocationDelta,
    ServerEventResponseMcpCallArgumentsDelta,
    ServerEventResponseMcpCallArgumentsDone,
    ServerEventResponseMcpCallCompleted,
    ServerEventResponseMcpCallFailed,
    ServerEventResponseMcpCallInProgress,
    ServerEventResponseOutputItemAdded,
    ServerEventResponseOutputItemDone,
    ServerEventResponseTextDelta,
    ServerEventResponseTextDone,
    ServerEventResponseVideoDelta,
    ServerEventResponseWebSearchCallCompleted,
    ServerEventResponseWebSearchCallInProgress,
    ServerEventResponseWebSearchCallSearching,
    ServerEventRtcCallError,
    ServerEventRtcCallSdpCreated,
    ServerEventSessionAvatarConnecting,
    ServerEventSessionAvatarSwitchToIdle,
    ServerEventSessionAvatarSwitchToSpeaking,
    ServerEventSessionCreated,
    ServerEventSessionUpdated,
    ServerEventWarning,
)

HandlerResult: TypeAlias = Awaitable[None] | None
"""Result of a handler, which may be a function or a coroutine function."""


class ServerEventHandlers:
    """Base class of event handlers: override the methods of the events to handle.

    The other methods do nothing.
    """

    def on_server_event(self, event: ReceivedEvent) -> HandlerResult:
        """Handle any event, also unknown and invalid ones."""

    def on_conversation_item_created(
        self, event: ServerEventConversationItemCreated
    ) -> HandlerResult:
        """An item now exists in the conversation; this also acknowledges
        `conversation.item.create`.
        """

    def on_conversation_item_deleted(
        self, event: ServerEventConversationItemDeleted
    ) -> HandlerResult:
        """The item named by `conversation.item.delete` is gone."""

    def on_conversation_item_input_audio_transcription_completed(
        self, event: ServerEventConversationItemInputAudioTranscriptionCompleted
    ) -> HandlerResult:
        """The final transcript of a user audio item is ready."""

    def on_conversation_item_input_audio_transcription_delta(
        self, event: ServerEventConversationItemInputAudioTranscriptionDelta
    ) -> HandlerResult:
        """A piece of the user transcript, to append to what you already show for
        `item_id`.
        """

    def on_conversation_item_input_audio_transcription_failed(
        self, event: ServerEventConversationItemInputAudioTranscriptionFailed
    ) -> HandlerResult:
        """The user audio could not be transcribed."""

    def on_conversation_item_retrieved(
        self, event: ServerEventConversationItemRetrieved
    ) -> HandlerResult:
        """Answer to `conversation.item.retrieve`, with the item as the service holds
        it.
        """

    def on_conversation_item_truncated(
        self, event: ServerEventConversationItemTruncated
    ) -> HandlerResult:
        """An assistant audio item was cut to what the user heard."""

    def on_server_error(self, event: ServerEventError) -> HandlerResult:
        """A client event was rejected or something failed; the session normally
        continues.
        """

    def on_input_audio_buffer_cleared(
        self, event: ServerEventInputAudioBufferCleared
    ) -> HandlerResult:
        """The input audio buffer is empty; answers `input_audio_buffer.clear`."""

    def on_input_audio_buffer_committed(
        self, event: ServerEventInputAudioBufferCommitted
    ) -> HandlerResult:
        """The buffered audio became a user turn, by voice activity detection or by
        `input_audio_buffer.commit`.
        """

    def on_input_audio_buffer_speech_started(
        self, event: ServerEventInputAudioBufferSpeechStarted
    ) -> HandlerResult:
        """The user began to speak: stop playback and drop queued audio at once."""

    def on_input_audio_buffer_speech_stopped(
        self, event: ServerEventInputAudioBufferSpeechStopped
    ) -> HandlerResult:
        """The user stopped speaking; `input_audio_buffer.committed` for the same
        `item_id` follows.
        """

    def on_input_audio_buffer_timeout_triggered(
        self, event: ServerEventInputAudioBufferTimeoutTriggered
    ) -> HandlerResult:
        """The user was silent for `idle_timeout_ms` after the last answer was played."""

    def on_mcp_list_tools_completed(
        self, event: ServerEventMcpListToolsCompleted
    ) -> HandlerResult:
        """The tools of an MCP server were read, and the model can use them from now on."""

    def on_mcp_list_tools_failed(
        self, event: ServerEventMcpListToolsFailed
    ) -> HandlerResult:
        """The tools of an MCP server could not be read, for example because its URL is
        wrong.
        """

    def on_mcp_list_tools_in_progress(
        self, event: ServerEventMcpListToolsInProgress
    ) -> HandlerResult:
        """The service has begun to read the tools of an MCP server."""

    def on_output_audio_buffer_cleared(
        self, event: ServerEventOutputAudioBufferCleared
    ) -> HandlerResult:
        """The avatar output buffer is empty; answers `output_audio_buffer.clear`."""

    def on_response_animation_blendshapes_delta(
        self, event: ServerEventResponseAnimationBlendshapeDelta
    ) -> HandlerResult:
        """Blendshape frames for animating a face in step with the response audio."""

    def on_response_animation_blendshapes_done(
        self, event: ServerEventResponseAnimationBlendshapeDone
    ) -> HandlerResult:
        """No more blendshape frames follow for this item."""

    def on_response_animation_viseme_delta(
        self, event: ServerEventResponseAnimationVisemeDelta
    ) -> HandlerResult:
        """One mouth position and the moment it applies, for lip sync."""

    def on_response_animation_viseme_done(
        self, event: ServerEventResponseAnimationVisemeDone
    ) -> HandlerResult:
        """No more visemes follow for this content part."""

    def on_response_audio_delta(
        self, event: ServerEventResponseAudioDelta
    ) -> HandlerResult:
        """A chunk of spoken output to queue for playback."""

    def on_response_audio_done(
        self, event: ServerEventResponseAudioDone
    ) -> HandlerResult:
        """All audio of this content part was sent."""

    def on_response_audio_timestamp_delta(
        self, event: ServerEventResponseAudioTimestampDelta
    ) -> HandlerResult:
        """When a word is spoken in the response audio, for example for captions."""

    def on_response_audio_timestamp_done(
        self, event: ServerEventResponseAudioTimestampDone
    ) -> HandlerResult:
        """No more timestamps follow for this content part."""

    def on_response_audio_transcript_annotation_added(
        self, event: ServerEventResponseAudioTranscriptAnnotationAdded
    ) -> HandlerResult:
        """A citation or other annotation was attached to the transcript of spoken
        output.
        """

    def on_response_audio_transcript_delta(
        self, event: ServerEventResponseAudioTranscriptDelta
    ) -> HandlerResult:
        """A piece of the text that the assistant is speaking, for live captions."""

    def on_response_audio_transcript_done(
        self, event: ServerEventResponseAudioTranscriptDone
    ) -> HandlerResult:
        """The transcript of this spoken content part is complete."""

    def on_response_content_part_added(
        self, event: ServerEventResponseContentPartAdded
    ) -> HandlerResult:
        """The assistant starts a new text or audio part of its message; deltas for it
        follow.
        """

    def on_response_content_part_done(
        self, event: ServerEventResponseContentPartDone
    ) -> HandlerResult:
        """A text or audio part of the assistant message is finished."""

    def on_response_created(self, event: ServerEventResponseCreated) -> HandlerResult:
        """A response has started, on request or after a user turn."""

    def on_response_done(self, event: ServerEventResponseDone) -> HandlerResult:
        """The response ended, whether completed, cancelled, incomplete or failed: check
        `status`.
        """

    def on_response_file_search_call_completed(
        self, event: ServerEventResponseFileSearchCallCompleted
    ) -> HandlerResult:
        """A file search finished."""

    def on_response_file_search_call_in_progress(
        self, event: ServerEventResponseFileSearchCallInProgress
    ) -> HandlerResult:
        """The assistant began a file search call; nothing to do but show progress."""

    def on_response_file_search_call_searching(
        self, event: ServerEventResponseFileSearchCallSearching
    ) -> HandlerResult:
        """The file search is running its queries."""

    def on_response_function_call_arguments_delta(
        self, event: ServerEventResponseFunctionCallArgumentsDelta
    ) -> HandlerResult:
        """A piece of the arguments of a function call."""

    def on_response_function_call_arguments_done(
        self, event: ServerEventResponseFunctionCallArgumentsDone
    ) -> HandlerResult:
        """A function call is complete: run the function."""

    def on_response_invocation_delta(
        self, event: ServerEventResponseInvocationDelta
    ) -> HandlerResult:
        """A non-speech event of a hosted agent, passed through unchanged."""

    def on_response_mcp_call_arguments_delta(
        self, event: ServerEventResponseMcpCallArgumentsDelta
    ) -> HandlerResult:
        """A piece of the arguments of an MCP tool call."""

    def on_response_mcp_call_arguments_done(
        self, event: ServerEventResponseMcpCallArgumentsDone
    ) -> HandlerResult:
        """The arguments of an MCP tool call are complete."""

    def on_response_mcp_call_completed(
        self, event: ServerEventResponseMcpCallCompleted
    ) -> HandlerResult:
        """An MCP tool call succeeded; its result is in the item of
        `response.output_item.done`.
        """

    def on_response_mcp_call_failed(
        self, event: ServerEventResponseMcpCallFailed
    ) -> HandlerResult:
        """An MCP tool call failed; the `error` of its `mcp_call` item has the reason."""

    def on_response_mcp_call_in_progress(
        self, event: ServerEventResponseMcpCallInProgress
    ) -> HandlerResult:
        """The service is running an MCP tool call; `response.mcp_call.completed` or
        `response.mcp_call.failed` follows.
        """

    def on_response_output_item_added(
        self, event: ServerEventResponseOutputItemAdded
    ) -> HandlerResult:
        """The response starts a new item, such as a message or a function call."""

    def on_response_output_item_done(
        self, event: ServerEventResponseOutputItemDone
    ) -> HandlerResult:
        """An output item is finished and will not change any more."""

    def on_response_text_delta(
        self, event: ServerEventResponseTextDelta
    ) -> HandlerResult:
        """A piece of written output, to append to the message."""

    def on_response_text_done(
        self, event: ServerEventResponseTextDone
    ) -> HandlerResult:
        """The text of this content part is complete."""

    def on_response_video_delta(
        self, event: ServerEventResponseVideoDelta
    ) -> HandlerResult:
        """A chunk of avatar video to decode and show."""

    def on_response_web_search_call_completed(
        self, event: ServerEventResponseWebSearchCallCompleted
    ) -> HandlerResult:
        """A web search finished; the answer that uses it follows."""

    def on_response_web_search_call_in_progress(
        self, event: ServerEventResponseWebSearchCallInProgress
    ) -> HandlerResult:
        """The assistant began a web search call; nothing to do but show progress."""

    def on_response_web_search_call_searching(
        self, event: ServerEventResponseWebSearchCallSearching
    ) -> HandlerResult:
        """The web search is running."""

    def on_session_avatar_connecting(
        self, event: ServerEventSessionAvatarConnecting
    ) -> HandlerResult:
        """The service accepted the avatar connection; answers `session.avatar.connect`."""

    def on_session_avatar_switch_to_idle(
        self, event: ServerEventSessionAvatarSwitchToIdle
    ) -> HandlerResult:
        """The avatar stopped speaking and shows its idle pose."""

    def on_session_avatar_switch_to_speaking(
        self, event: ServerEventSessionAvatarSwitchToSpeaking
    ) -> HandlerResult:
        """The avatar began to speak, that is, playback of a turn started."""

    def on_session_created(self, event: ServerEventSessionCreated) -> HandlerResult:
        """The session is ready; always the first event of a good connection."""

    def on_session_updated(self, event: ServerEventSessionUpdated) -> HandlerResult:
        """The settings of `session.update` are in force."""

    def on_warning(self, event: ServerEventWarning) -> HandlerResult:
        """Something deserves attention but nothing was refused or changed."""

    def on_output_audio_buffer_started(
        self, event: ServerEventOutputAudioBufferStarted
    ) -> HandlerResult:
        """The service began to play the audio of a response, so the client can show
        that the assistant speaks.
        """

    def on_output_audio_buffer_stopped(
        self, event: ServerEventOutputAudioBufferStopped
    ) -> HandlerResult:
        """The service finished playing the audio of a response."""

    def on_rtc_call_error(self, event: ServerEventRtcCallError) -> HandlerResult:
        """A WebRTC call operation failed, such as the SDP exchange."""

    def on_rtc_call_sdp_created(
        self, event: ServerEventRtcCallSdpCreated
    ) -> HandlerResult:
        """The WebRTC call was accepted; answers `rtc.call.sdp.create`."""

    def on_conversation_item_done(
        self, event: ServerEventConversationItemDone
    ) -> HandlerResult:
        """The user audio item is complete; it directly follows its
        `conversation.item.created`.
        """

    def on_rate_limits_updated(
        self, event: ServerEventRateLimitsUpdated
    ) -> HandlerResult:
        """How much of each limit is left, said to come at the beginning of a response."""

    def on_response_foundry_agent_call_arguments_delta(
        self, event: ServerEventResponseFoundryAgentCallArgumentsDelta
    ) -> HandlerResult:
        """A piece of the arguments of a Foundry agent call."""

    def on_response_foundry_agent_call_arguments_done(
        self, event: ServerEventResponseFoundryAgentCallArgumentsDone
    ) -> HandlerResult:
        """The arguments of a Foundry agent call are complete."""

    def on_response_foundry_agent_call_in_progress(
        self, event: ServerEventResponseFoundryAgentCallInProgress
    ) -> HandlerResult:
        """The service is making a Foundry agent call."""

    def on_response_foundry_agent_call_completed(
        self, event: ServerEventResponseFoundryAgentCallCompleted
    ) -> HandlerResult:
        """A Foundry agent call succeeded."""

    def on_response_foundry_agent_call_failed(
        self, event: ServerEventResponseFoundryAgentCallFailed
    ) -> HandlerResult:
        """A Foundry agent call failed."""


class ServerEventFunctions(TypedDict, total=False):
    """Functions that handle events, by the name of the corresponding method.

    The result of a coroutine function is awaited; other results are ignored.
    """

    on_server_event: Callable[[ReceivedEvent], object]
    """Handle any event, also unknown and invalid ones."""

    on_conversation_item_created: Callable[[ServerEventConversationItemCreated], object]
    """An item now exists in the conversation; this also acknowledges
    `conversation.item.create`.
    """

    on_conversation_item_deleted: Callable[[ServerEventConversationItemDeleted], object]
    """The item named by `conversation.item.delete` is gone."""

    on_conversation_item_input_audio_transcription_completed: Callable[
        [ServerEventConversationItemInputAudioTranscriptionCompleted], object
    ]
    """The final transcript of a user audio item is ready."""

    on_conversation_item_input_audio_transcription_delta: Callable[
        [ServerEventConversationItemInputAudioTranscriptionDelta], object
    ]
    """A piece of the user transcript, to append to what you already show for `item_id`."""

    on_conversation_item_input_audio_transcription_failed: Callable[
        [ServerEventConversationItemInputAudioTranscriptionFailed], object
    ]
    """The user audio could not be transcribed."""

    on_conversation_item_retrieved: Callable[
        [ServerEventConversationItemRetrieved], object
    ]
    """Answer to `conversation.item.retrieve`, with the item as the service holds it."""

    on_conversation_item_truncated: Callable[
        [ServerEventConversationItemTruncated], object
    ]
    """An assistant audio item was cut to what the user heard."""

    on_server_error: Callable[[ServerEventError], object]
    """A client event was rejected or something failed; the session normally continues."""

    on_input_audio_buffer_cleared: Callable[
        [ServerEventInputAudioBufferCleared], object
    ]
    """The input audio buffer is empty; answers `input_audio_buffer.clear`."""

    on_input_audio_buffer_committed: Callable[
        [ServerEventInputAudioBufferCommitted], object
    ]
    """The buffered audio became a user turn, by voice activity detection or by
    `input_audio_buffer.commit`.
    """

    on_input_audio_buffer_speech_started: Callable[
        [ServerEventInputAudioBufferSpeechStarted], object
    ]
    """The user began to speak: stop playback and drop queued audio at once."""

    on_input_audio_buffer_speech_stopped: Callable[
        [ServerEventInputAudioBufferSpeechStopped], object
    ]
    """The user stopped speaking; `input_audio_buffer.committed` for the same `item_id`
    follows.
    """

    on_input_audio_buffer_timeout_triggered: Callable[
        [ServerEventInputAudioBufferTimeoutTriggered], object
    ]
    """The user was silent for `idle_timeout_ms` after the last answer was played."""

    on_mcp_list_tools_completed: Callable[[ServerEventMcpListToolsCompleted], object]
    """The tools of an MCP server were read, and the model can use them from now on."""

    on_mcp_list_tools_failed: Callable[[ServerEventMcpListToolsFailed], object]
    """The tools of an MCP server could not be read, for example because its URL is
    wrong.
    """

    on_mcp_list_tools_in_progress: Callable[[ServerEventMcpListToolsInProgress], object]
    """The service has begun to read the tools of an MCP server."""

    on_output_audio_buffer_cleared: Callable[
        [ServerEventOutputAudioBufferCleared], object
    ]
    """The avatar output buffer is empty; answers `output_audio_buffer.clear`."""

    on_response_animation_blendshapes_delta: Callable[
        [ServerEventResponseAnimationBlendshapeDelta], object
    ]
    """Blendshape frames for animating a face in step with the response audio."""

    on_response_animation_blendshapes_done: Callable[
        [ServerEventResponseAnimationBlendshapeDone], object
    ]
    """No more blendshape frames follow for this item."""

    on_response_animation_viseme_delta: Callable[
        [ServerEventResponseAnimationVisemeDelta], object
    ]
    """One mouth position and the moment it applies, for lip sync."""

    on_response_animation_viseme_done: Callable[
        [ServerEventResponseAnimationVisemeDone], object
    ]
    """No more visemes follow for this content part."""

    on_response_audio_delta: Callable[[ServerEventResponseAudioDelta], object]
    """A chunk of spoken output to queue for playback."""

    on_response_audio_done: Callable[[ServerEventResponseAudioDone], object]
    """All audio of this content part was sent."""

    on_response_audio_timestamp_delta: Callable[
        [ServerEventResponseAudioTimestampDelta], object
    ]
    """When a word is spoken in the response audio, for example for captions."""

    on_response_audio_timestamp_done: Callable[
        [ServerEventResponseAudioTimestampDone], object
    ]
    """No more timestamps follow for this content part."""

    on_response_audio_transcript_annotation_added: Callable[
        [ServerEventResponseAudioTranscriptAnnotationAdded], object
    ]
    """A citation or other annotation was attached to the transcript of spoken output."""

    on_response_audio_transcript_delta: Callable[
        [ServerEventResponseAudioTranscriptDelta], object
    ]
    """A piece of the text that the assistant is speaking, for live captions."""

    on_response_audio_transcript_done: Callable[
        [ServerEventResponseAudioTranscriptDone], object
    ]
    """The transcript of this spoken content part is complete."""

    on_response_content_part_added: Callable[
        [ServerEventResponseContentPartAdded], object
    ]
    """The assistant starts a new text or audio part of its message; deltas for it
    follow.
    """

    on_response_content_part_done: Callable[
        [ServerEventResponseContentPartDone], object
    ]
    """A text or audio part of the assistant message is finished."""

    on_response_created: Callable[[ServerEventResponseCreated], object]
    """A response has started, on request or after a user turn."""

    on_response_done: Callable[[ServerEventResponseDone], object]
    """The response ended, whether completed, cancelled, incomplete or failed: check
    `status`.
    """

    on_response_file_search_call_completed: Callable[
        [ServerEventResponseFileSearchCallCompleted], object
    ]
    """A file search finished."""

    on_response_file_search_call_in_progress: Callable[
        [ServerEventResponseFileSearchCallInProgress], object
    ]
    """The assistant began a file search call; nothing to do but show progress."""

    on_response_file_search_call_searching: Callable[
        [ServerEventResponseFileSearchCallSearching], object
    ]
    """The file search is running its queries."""

    on_response_function_call_arguments_delta: Callable[
        [ServerEventResponseFunctionCallArgumentsDelta], object
    ]
    """A piece of the arguments of a function call."""

    on_response_function_call_arguments_done: Callable[
        [ServerEventResponseFunctionCallArgumentsDone], object
    ]
    """A function call is complete: run the function."""

    on_response_invocation_delta: Callable[[ServerEventResponseInvocationDelta], object]
    """A non-speech event of a hosted agent, passed through unchanged."""

    on_response_mcp_call_arguments_delta: Callable[
        [ServerEventResponseMcpCallArgumentsDelta], object
    ]
    """A piece of the arguments of an MCP tool call."""

    on_response_mcp_call_arguments_done: Callable[
        [ServerEventResponseMcpCallArgumentsDone], object
    ]
    """The arguments of an MCP tool call are complete."""

    on_response_mcp_call_completed: Callable[
        [ServerEventResponseMcpCallCompleted], object
    ]
    """An MCP tool call succeeded; its result is in the item of
    `response.output_item.done`.
    """

    on_response_mcp_call_failed: Callable[[ServerEventResponseMcpCallFailed], object]
    """An MCP tool call failed; the `error` of its `mcp_call` item has the reason."""

    on_response_mcp_call_in_progress: Callable[
        [ServerEventResponseMcpCallInProgress], object
    ]
    """The service is running an MCP tool call; `response.mcp_call.completed` or
    `response.mcp_call.failed` follows.
    """

    on_response_output_item_added: Callable[
        [ServerEventResponseOutputItemAdded], object
    ]
    """The response starts a new item, such as a message or a function call."""

    on_response_output_item_done: Callable[[ServerEventResponseOutputItemDone], object]
    """An output item is finished and will not change any more."""

    on_response_text_delta: Callable[[ServerEventResponseTextDelta], object]
    """A piece of written output, to append to the message."""

    on_response_text_done: Callable[[ServerEventResponseTextDone], object]
    """The text of this content part is complete."""

    on_response_video_delta: Callable[[ServerEventResponseVideoDelta], object]
    """A chunk of avatar video to decode and show."""

    on_response_web_search_call_completed: Callable[
        [ServerEventResponseWebSearchCallCompleted], object
    ]
    """A web search finished; the answer that uses it follows."""

    on_response_web_search_call_in_progress: Callable[
        [ServerEventResponseWebSearchCallInProgress], object
    ]
    """The assistant began a web search call; nothing to do but show progress."""

    on_response_web_search_call_searching: Callable[
        [ServerEventResponseWebSearchCallSearching], object
    ]
    """The web search is running."""

    on_session_avatar_connecting: Callable[[ServerEventSessionAvatarConnecting], object]
    """The service accepted the avatar connection; answers `session.avatar.connect`."""

    on_session_avatar_switch_to_idle: Callable[
        [ServerEventSessionAvatarSwitchToIdle], object
    ]
    """The avatar stopped speaking and shows its idle pose."""

    on_session_avatar_switch_to_speaking: Callable[
        [ServerEventSessionAvatarSwitchToSpeaking], object
    ]
    """The avatar began to speak, that is, playback of a turn started."""

    on_session_created: Callable[[ServerEventSessionCreated], object]
    """The session is ready; always the first event of a good connection."""

    on_session_updated: Callable[[ServerEventSessionUpdated], object]
    """The settings of `session.update` are in force."""

    on_warning: Callable[[ServerEventWarning], object]
    """Something deserves attention but nothing was refused or changed."""

    on_output_audio_buffer_started: Callable[
        [ServerEventOutputAudioBufferStarted], object
    ]
    """The service began to play the audio of a response, so the client can show that
    the assistant speaks.
    """

    on_output_audio_buffer_stopped: Callable[
        [ServerEventOutputAudioBufferStopped], object
    ]
    """The service finished playing the audio of a response."""

    on_rtc_call_error: Callable[[ServerEventRtcCallError], object]
    """A WebRTC call operation failed, such as the SDP exchange."""

    on_rtc_call_sdp_created: Callable[[ServerEventRtcCallSdpCreated], object]
    """The WebRTC call was accepted; answers `rtc.call.sdp.create`."""

    on_conversation_item_done: Callable[[ServerEventConversationItemDone], object]
    """The user audio item is complete; it directly follows its
    `conversation.item.created`.
    """

    on_rate_limits_updated: Callable[[ServerEventRateLimitsUpdated], object]
    """How much of each limit is left, said to come at the beginning of a response."""

    on_response_foundry_agent_call_arguments_delta: Callable[
        [ServerEventResponseFoundryAgentCallArgumentsDelta], object
    ]
    """A piece of the arguments of a Foundry agent call."""

    on_response_foundry_agent_call_arguments_done: Callable[
        [ServerEventResponseFoundryAgentCallArgumentsDone], object
    ]
    """The arguments of a Foundry agent call are complete."""

    on_response_foundry_agent_call_in_progress: Callable[
        [ServerEventResponseFoundryAgentCallInProgress], object
    ]
    """The service is making a Foundry agent call."""

    on_response_foundry_agent_call_completed: Callable[
        [ServerEventResponseFoundryAgentCallCompleted], object
    ]
    """A Foundry agent call succeeded."""

    on_response_foundry_agent_call_failed: Callable[
        [ServerEventResponseFoundryAgentCallFailed], object
    ]
    """A Foundry agent call failed."""


HANDLER_NAMES: Mapping[str, str] = MappingProxyType(
    {
        "conversation.item.created": "on_conversation_item_created",
        "conversation.item.deleted": "on_conversation_item_deleted",
        "conversation.item.input_audio_transcription.completed": "on_conversation_item_input_audio_transcription_completed",
        "conversation.item.input_audio_transcription.delta": "on_conversation_item_input_audio_transcription_delta",
        "conversation.item.input_audio_transcription.failed": "on_conversation_item_input_audio_transcription_failed",
        "conversation.item.retrieved": "on_conversation_item_retrieved",
        "conversation.item.truncated": "on_conversation_item_truncated",
        "error": "on_server_error",
        "input_audio_buffer.cleared": "on_input_audio_buffer_cleared",
        "input_audio_buffer.committed": "on_input_audio_buffer_committed",
        "input_audio_buffer.speech_started": "on_input_audio_buffer_speech_started",
        "input_audio_buffer.speech_stopped": "on_input_audio_buffer_speech_stopped",
        "input_audio_buffer.timeout_triggered": "on_input_audio_buffer_timeout_triggered",
        "mcp_list_tools.completed": "on_mcp_list_tools_completed",
        "mcp_list_tools.failed": "on_mcp_list_tools_failed",
        "mcp_list_tools.in_progress": "on_mcp_list_tools_in_progress",
        "output_audio_buffer.cleared": "on_output_audio_buffer_cleared",
        "response.animation_blendshapes.delta": "on_response_animation_blendshapes_delta",
        "response.animation_blendshapes.done": "on_response_animation_blendshapes_done",
        "response.animation_viseme.delta": "on_response_animation_viseme_delta",
        "response.animation_viseme.done": "on_response_animation_viseme_done",
        "response.audio.delta": "on_response_audio_delta",
        "response.audio.done": "on_response_audio_done",
        "response.audio_timestamp.delta": "on_response_audio_timestamp_delta",
        "response.audio_timestamp.done": "on_response_audio_timestamp_done",
        "response.audio_transcript.annotation.added": "on_response_audio_transcript_annotation_added",
        "response.audio_transcript.delta": "on_response_audio_transcript_delta",
        "response.audio_transcript.done": "on_response_audio_transcript_done",
        "response.content_part.added": "on_response_content_part_added",
        "response.content_part.done": "on_response_content_part_done",
        "response.created": "on_response_created",
        "response.done": "on_response_done",
        "response.file_search_call.completed": "on_response_file_search_call_completed",
        "response.file_search_call.in_progress": "on_response_file_search_call_in_progress",
        "response.file_search_call.searching": "on_response_file_search_call_searching",
        "response.function_call_arguments.delta": "on_response_function_call_arguments_delta",
        "response.function_call_arguments.done": "on_response_function_call_arguments_done",
        "response.invocation.delta": "on_response_invocation_delta",
        "response.mcp_call_arguments.delta": "on_response_mcp_call_arguments_delta",
        "response.mcp_call_arguments.done": "on_response_mcp_call_arguments_done",
        "response.mcp_call.completed": "on_response_mcp_call_completed",
        "response.mcp_call.failed": "on_response_mcp_call_failed",
        "response.mcp_call.in_progress": "on_response_mcp_call_in_progress",
        "response.output_item.added": "on_response_output_item_added",
        "response.output_item.done": "on_response_output_item_done",
        "response.text.delta": "on_response_text_delta",
        "response.text.done": "on_response_text_done",
        "response.video.delta": "on_response_video_delta",
        "response.web_search_call.completed": "on_response_web_search_call_completed",
        "response.web_search_call.in_progress": "on_response_web_search_call_in_progress",
        "response.web_search_call.searching": "on_response_web_search_call_searching",
        "session.avatar.connecting": "on_session_avatar_connecting",
        "session.avatar.switch_to_idle": "on_session_avatar_switch_to_idle",
        "session.avatar.switch_to_speaking": "on_session_avatar_switch_to_speaking",
        "session.created": "on_session_created",
        "session.updated": "on_session_updated",
        "warning": "on_warning",
        "output_audio_buffer.started": "on_output_audio_buffer_started",
        "output_audio_buffer.stopped": "on_output_audio_buffer_stopped",
        "rtc.call.error": "on_rtc_call_error",
        "rtc.call.sdp.created": "on_rtc_call_sdp_created",
        "conversation.item.done": "on_conversation_item_done",
        "rate_limits.updated": "on_rate_limits_updated",
        "response.foundry_agent_call_arguments.delta": "on_response_foundry_agent_call_arguments_delta",
        "response.foundry_agent_call_arguments.done": "on_response_foundry_agent_call_arguments_done",
        "response.foundry_agent_call.in_progress": "on_response_foundry_agent_call_in_progress",
        "response.foundry_agent_call.completed": "on_response_foundry_agent_call_completed",
        "response.foundry_agent_call.failed": "on_response_foundry_agent_call_failed",
    }
)
"""The handler method for each wire name."""
