# Generated from schema/ by `make generate`. Do not edit.
"""The wire names that tell the variants of each union apart: events, items, content
parts, tools and the rest.
"""

from __future__ import annotations

from voicelive_core.scalars import OpenEnum


class AzureVoiceType(OpenEnum):
    """Distinguishes the kinds of Azure text-to-speech voice by their `type`."""

    AZURE_STANDARD = "azure-standard"
    """A ready-made Azure voice, high-definition voices included."""

    AZURE_CUSTOM = "azure-custom"
    """A professional voice trained for your brand."""

    AZURE_PERSONAL = "azure-personal"
    """A copy of a person's own voice, made from a short recording."""

    AVATAR_VOICE_SYNC = "avatar-voice-sync"
    """A personal voice that belongs to the configured avatar.

    Since API version 2026-04-10.
    """


class ClientEventType(OpenEnum):
    """Wire names of all known client events, derived from the `type` of each event
    model, plus one reserved name that has no event.
    """

    CONVERSATION_ITEM_CREATE = "conversation.item.create"
    """Adds an item to the history, such as a text message or a function result."""

    CONVERSATION_ITEM_DELETE = "conversation.item.delete"
    """Removes an item from the history."""

    CONVERSATION_ITEM_RETRIEVE = "conversation.item.retrieve"
    """Asks for an item as the service holds it."""

    CONVERSATION_ITEM_TRUNCATE = "conversation.item.truncate"
    """Cuts an assistant audio item to what the user heard, after an interruption."""

    INPUT_AUDIO_BUFFER_APPEND = "input_audio_buffer.append"
    """Adds microphone audio to the input buffer."""

    INPUT_AUDIO_BUFFER_CLEAR = "input_audio_buffer.clear"
    """Discards audio that was appended but not committed."""

    INPUT_AUDIO_BUFFER_COMMIT = "input_audio_buffer.commit"
    """Ends the user turn by hand and turns the buffer into a user item."""

    INPUT_AUDIO_CLEAR = "input_audio.clear"
    """Discards all input audio that is being streamed."""

    INPUT_AUDIO_TURN_APPEND = "input_audio.turn.append"
    """Adds audio to a turn opened by `input_audio.turn.start`."""

    INPUT_AUDIO_TURN_CANCEL = "input_audio.turn.cancel"
    """Abandons an open input turn and its audio."""

    INPUT_AUDIO_TURN_END = "input_audio.turn.end"
    """Closes an input turn: the user has finished speaking."""

    INPUT_AUDIO_TURN_START = "input_audio.turn.start"
    """Opens an input turn whose limits the client sets itself."""

    INPUT_TEXT_DELTA = "input_text.delta"
    """Appends a piece of text to an item of the user while it is being written.

    Since API version 2026-06-01-preview.
    """

    INPUT_TEXT_DONE = "input_text.done"
    """Says that the streamed text of an item is complete.

    Since API version 2026-06-01-preview.
    """

    OUTPUT_AUDIO_BUFFER_CLEAR = "output_audio_buffer.clear"
    """Stops avatar speech that is buffered but not yet played.

    Since API version 2026-04-10.
    """

    RESPONSE_CANCEL = "response.cancel"
    """Stops the running response."""

    RESPONSE_CREATE = "response.create"
    """Makes the assistant reply now."""

    SESSION_AVATAR_CONNECT = "session.avatar.connect"
    """Offers a WebRTC connection for avatar video and audio."""

    SESSION_UPDATE = "session.update"
    """Changes session settings."""

    RTC_CALL_SDP_CREATE = "rtc.call.sdp.create"
    """Offers a WebRTC call that carries the session's audio.

    Since API version 2026-01-01-preview.
    """

    TRANSCRIPTION_SESSION_UPDATE = "transcription_session.update"
    """Asks to change the settings of a transcription-only session.

    Known from an SDK only.
    """

    MCP_APPROVAL_RESPONSE = "mcp_approval_response"
    """Reserved name without an event.

    Send the approval as an `mcp_approval_response` item in `conversation.item.create`.
    Since API version 2026-01-01-preview.
    """


class ContentPartType(OpenEnum):
    """Distinguishes the kinds of content by their `type`."""

    INPUT_TEXT = "input_text"
    """Text from the user or the system, in an item that the service reports."""

    INPUT_AUDIO = "input_audio"
    """Speech of the user, in an item that the service reports."""

    INPUT_IMAGE = "input_image"
    """A picture in a user message, alongside text or audio.

    Since API version 2026-01-01-preview.
    """

    TEXT = "text"
    """Text that the assistant wrote."""

    AUDIO = "audio"
    """Speech of the assistant, represented by its transcript."""


class InterimResponseConfigType(OpenEnum):
    """Distinguishes fixed from generated fillers by their `type`.

    Vendor tables spell the values with hyphens; send them with underscores.
    """

    STATIC_INTERIM_RESPONSE = "static_interim_response"
    """Speaks one of your own phrases, picked at random.

    Since API version 2026-01-01-preview.
    """

    LLM_INTERIM_RESPONSE = "llm_interim_response"
    """Lets a language model word a phrase that fits the conversation.

    Since API version 2026-01-01-preview.
    """


class ItemType(OpenEnum):
    """Wire names of all known item types, derived from the `type` of each response item
    model. Clients can add only some of them.
    """

    FILE_SEARCH_CALL = "file_search_call"
    """A search in uploaded files that the assistant made while answering.

    Since API version 2026-04-10.
    """

    FOUNDRY_AGENT_CALL = "foundry_agent_call"
    """A call of a Foundry agent as a tool, made by the service itself.

    Since API version 2026-01-01-preview. Documented by the vendor; no SDK declares it.
    """

    FUNCTION_CALL = "function_call"
    """A function call that the assistant makes: run the function and return a
    `function_call_output` item with the same `call_id`.
    """

    FUNCTION_CALL_OUTPUT = "function_call_output"
    """A function result in the history, as the client sent it."""

    MCP_APPROVAL_REQUEST = "mcp_approval_request"
    """Asks whether an MCP tool may run.

    Since API version 2026-01-01-preview.
    """

    MCP_APPROVAL_RESPONSE = "mcp_approval_response"
    """The answer to an approval request, as stored in the history.

    Since API version 2026-01-01-preview.
    """

    MCP_CALL = "mcp_call"
    """A call of a tool on an MCP server, run by the service itself.

    Since API version 2026-01-01-preview.
    """

    MCP_LIST_TOOLS = "mcp_list_tools"
    """Marks that the service reads, or has read, the tools of an MCP server.

    Since API version 2026-01-01-preview.
    """

    MESSAGE = "message"
    """A message in the history, of the user, the assistant or the system."""

    WEB_SEARCH_CALL = "web_search_call"
    """A web search that the assistant made while answering.

    Since API version 2026-04-10.
    """


class ServerEventType(OpenEnum):
    """Wire names of all known server events, derived from the `type` of each event
    model. The list is open: the service may send names that are not in it.
    """

    CONVERSATION_ITEM_CREATED = "conversation.item.created"
    """An item now exists in the conversation; this also acknowledges
    `conversation.item.create`.
    """

    CONVERSATION_ITEM_DELETED = "conversation.item.deleted"
    """The item named by `conversation.item.delete` is gone."""

    CONVERSATION_ITEM_INPUT_AUDIO_TRANSCRIPTION_COMPLETED = (
        "conversation.item.input_audio_transcription.completed"
    )
    """The final transcript of a user audio item is ready."""

    CONVERSATION_ITEM_INPUT_AUDIO_TRANSCRIPTION_DELTA = (
        "conversation.item.input_audio_transcription.delta"
    )
    """A piece of the user transcript, to append to what you already show for `item_id`."""

    CONVERSATION_ITEM_INPUT_AUDIO_TRANSCRIPTION_FAILED = (
        "conversation.item.input_audio_transcription.failed"
    )
    """The user audio could not be transcribed."""

    CONVERSATION_ITEM_RETRIEVED = "conversation.item.retrieved"
    """Answer to `conversation.item.retrieve`, with the item as the service holds it."""

    CONVERSATION_ITEM_TRUNCATED = "conversation.item.truncated"
    """An assistant audio item was cut to what the user heard."""

    ERROR = "error"
    """A client event was rejected or something failed; the session normally continues."""

    INPUT_AUDIO_BUFFER_CLEARED = "input_audio_buffer.cleared"
    """The input audio buffer is empty; answers `input_audio_buffer.clear`."""

    INPUT_AUDIO_BUFFER_COMMITTED = "input_audio_buffer.committed"
    """The buffered audio became a user turn, by voice activity detection or by
    `input_audio_buffer.commit`.
    """

    INPUT_AUDIO_BUFFER_SPEECH_STARTED = "input_audio_buffer.speech_started"
    """The user began to speak: stop playback and drop queued audio at once."""

    INPUT_AUDIO_BUFFER_SPEECH_STOPPED = "input_audio_buffer.speech_stopped"
    """The user stopped speaking; `input_audio_buffer.committed` for the same `item_id`
    follows.
    """

    INPUT_AUDIO_BUFFER_TIMEOUT_TRIGGERED = "input_audio_buffer.timeout_triggered"
    """The user was silent for `idle_timeout_ms` after the last answer was played.

    Documented by the vendor; no SDK declares it.
    """

    MCP_LIST_TOOLS_COMPLETED = "mcp_list_tools.completed"
    """The tools of an MCP server were read, and the model can use them from now on.

    Since API version 2026-01-01-preview.
    """

    MCP_LIST_TOOLS_FAILED = "mcp_list_tools.failed"
    """The tools of an MCP server could not be read, for example because its URL is
    wrong. Since API version 2026-01-01-preview.
    """

    MCP_LIST_TOOLS_IN_PROGRESS = "mcp_list_tools.in_progress"
    """The service has begun to read the tools of an MCP server.

    Since API version 2026-01-01-preview.
    """

    OUTPUT_AUDIO_BUFFER_CLEARED = "output_audio_buffer.cleared"
    """The avatar output buffer is empty; answers `output_audio_buffer.clear`.

    Since API version 2026-04-10.
    """

    RESPONSE_ANIMATION_BLENDSHAPES_DELTA = "response.animation_blendshapes.delta"
    """Blendshape frames for animating a face in step with the response audio."""

    RESPONSE_ANIMATION_BLENDSHAPES_DONE = "response.animation_blendshapes.done"
    """No more blendshape frames follow for this item."""

    RESPONSE_ANIMATION_VISEME_DELTA = "response.animation_viseme.delta"
    """One mouth position and the moment it applies, for lip sync."""

    RESPONSE_ANIMATION_VISEME_DONE = "response.animation_viseme.done"
    """No more visemes follow for this content part."""

    RESPONSE_AUDIO_DELTA = "response.audio.delta"
    """A chunk of spoken output to queue for playback."""

    RESPONSE_AUDIO_DONE = "response.audio.done"
    """All audio of this content part was sent."""

    RESPONSE_AUDIO_TIMESTAMP_DELTA = "response.audio_timestamp.delta"
    """When a word is spoken in the response audio, for example for captions."""

    RESPONSE_AUDIO_TIMESTAMP_DONE = "response.audio_timestamp.done"
    """No more timestamps follow for this content part."""

    RESPONSE_AUDIO_TRANSCRIPT_ANNOTATION_ADDED = (
        "response.audio_transcript.annotation.added"
    )
    """A citation or other annotation was attached to the transcript of spoken output.
    Since API version 2026-04-10.
    """

    RESPONSE_AUDIO_TRANSCRIPT_DELTA = "response.audio_transcript.delta"
    """A piece of the text that the assistant is speaking, for live captions."""

    RESPONSE_AUDIO_TRANSCRIPT_DONE = "response.audio_transcript.done"
    """The transcript of this spoken content part is complete."""

    RESPONSE_CONTENT_PART_ADDED = "response.content_part.added"
    """The assistant starts a new text or audio part of its message; deltas for it
    follow.
    """

    RESPONSE_CONTENT_PART_DONE = "response.content_part.done"
    """A text or audio part of the assistant message is finished."""

    RESPONSE_CREATED = "response.created"
    """A response has started, on request or after a user turn."""

    RESPONSE_DONE = "response.done"
    """The response ended, whether completed, cancelled, incomplete or failed: check
    `status`.
    """

    RESPONSE_FILE_SEARCH_CALL_COMPLETED = "response.file_search_call.completed"
    """A file search finished.

    Since API version 2026-04-10.
    """

    RESPONSE_FILE_SEARCH_CALL_IN_PROGRESS = "response.file_search_call.in_progress"
    """The assistant began a file search call; nothing to do but show progress.

    Since API version 2026-04-10.
    """

    RESPONSE_FILE_SEARCH_CALL_SEARCHING = "response.file_search_call.searching"
    """The file search is running its queries.

    Since API version 2026-04-10.
    """

    RESPONSE_FUNCTION_CALL_ARGUMENTS_DELTA = "response.function_call_arguments.delta"
    """A piece of the arguments of a function call."""

    RESPONSE_FUNCTION_CALL_ARGUMENTS_DONE = "response.function_call_arguments.done"
    """A function call is complete: run the function."""

    RESPONSE_INVOCATION_DELTA = "response.invocation.delta"
    """A non-speech event of a hosted agent, passed through unchanged.

    Since API version 2026-06-01-preview.
    """

    RESPONSE_MCP_CALL_ARGUMENTS_DELTA = "response.mcp_call_arguments.delta"
    """A piece of the arguments of an MCP tool call.

    Since API version 2026-01-01-preview.
    """

    RESPONSE_MCP_CALL_ARGUMENTS_DONE = "response.mcp_call_arguments.done"
    """The arguments of an MCP tool call are complete.

    Since API version 2026-01-01-preview.
    """

    RESPONSE_MCP_CALL_COMPLETED = "response.mcp_call.completed"
    """An MCP tool call succeeded; its result is in the item of
    `response.output_item.done`. Since API version 2026-01-01-preview.
    """

    RESPONSE_MCP_CALL_FAILED = "response.mcp_call.failed"
    """An MCP tool call failed; the `error` of its `mcp_call` item has the reason.

    Since API version 2026-01-01-preview.
    """

    RESPONSE_MCP_CALL_IN_PROGRESS = "response.mcp_call.in_progress"
    """The service is running an MCP tool call; `response.mcp_call.completed` or
    `response.mcp_call.failed` follows. Since API version 2026-01-01-preview.
    """

    RESPONSE_OUTPUT_ITEM_ADDED = "response.output_item.added"
    """The response starts a new item, such as a message or a function call."""

    RESPONSE_OUTPUT_ITEM_DONE = "response.output_item.done"
    """An output item is finished and will not change any more."""

    RESPONSE_TEXT_DELTA = "response.text.delta"
    """A piece of written output, to append to the message."""

    RESPONSE_TEXT_DONE = "response.text.done"
    """The text of this content part is complete."""

    RESPONSE_VIDEO_DELTA = "response.video.delta"
    """A chunk of avatar video to decode and show.

    Since API version 2026-04-10.
    """

    RESPONSE_WEB_SEARCH_CALL_COMPLETED = "response.web_search_call.completed"
    """A web search finished; the answer that uses it follows.

    Since API version 2026-04-10.
    """

    RESPONSE_WEB_SEARCH_CALL_IN_PROGRESS = "response.web_search_call.in_progress"
    """The assistant began a web search call; nothing to do but show progress.

    Since API version 2026-04-10.
    """

    RESPONSE_WEB_SEARCH_CALL_SEARCHING = "response.web_search_call.searching"
    """The web search is running.

    Since API version 2026-04-10.
    """

    SESSION_AVATAR_CONNECTING = "session.avatar.connecting"
    """The service accepted the avatar connection; answers `session.avatar.connect`."""

    SESSION_AVATAR_SWITCH_TO_IDLE = "session.avatar.switch_to_idle"
    """The avatar stopped speaking and shows its idle pose.

    Since API version 2026-04-10.
    """

    SESSION_AVATAR_SWITCH_TO_SPEAKING = "session.avatar.switch_to_speaking"
    """The avatar began to speak, that is, playback of a turn started.

    Since API version 2026-04-10.
    """

    SESSION_CREATED = "session.created"
    """The session is ready; always the first event of a good connection."""

    SESSION_UPDATED = "session.updated"
    """The settings of `session.update` are in force."""

    WARNING = "warning"
    """Something deserves attention but nothing was refused or changed.

    Since API version 2026-01-01-preview.
    """

    OUTPUT_AUDIO_BUFFER_STARTED = "output_audio_buffer.started"
    """The service began to play the audio of a response, so the client can show that
    the assistant speaks. Only in API version 2026-06-01-preview.
    """

    OUTPUT_AUDIO_BUFFER_STOPPED = "output_audio_buffer.stopped"
    """The service finished playing the audio of a response.

    Only in API version 2026-06-01-preview.
    """

    RTC_CALL_ERROR = "rtc.call.error"
    """A WebRTC call operation failed, such as the SDP exchange.

    Since API version 2026-01-01-preview.
    """

    RTC_CALL_SDP_CREATED = "rtc.call.sdp.created"
    """The WebRTC call was accepted; answers `rtc.call.sdp.create`.

    Since API version 2026-01-01-preview.
    """

    CONVERSATION_ITEM_DONE = "conversation.item.done"
    """The user audio item is complete; it directly follows its
    `conversation.item.created`. Recorded from the service; no SDK declares it.
    """

    RATE_LIMITS_UPDATED = "rate_limits.updated"
    """How much of each limit is left, said to come at the beginning of a response.

    Since API version 2026-07-15. Documented by the vendor; no SDK declares it.
    """

    RESPONSE_FOUNDRY_AGENT_CALL_ARGUMENTS_DELTA = (
        "response.foundry_agent_call_arguments.delta"
    )
    """A piece of the arguments of a Foundry agent call.

    Since API version 2026-01-01-preview. Documented by the vendor; no SDK declares it.
    """

    RESPONSE_FOUNDRY_AGENT_CALL_ARGUMENTS_DONE = (
        "response.foundry_agent_call_arguments.done"
    )
    """The arguments of a Foundry agent call are complete.

    Since API version 2026-01-01-preview. Documented by the vendor; no SDK declares it.
    """

    RESPONSE_FOUNDRY_AGENT_CALL_IN_PROGRESS = "response.foundry_agent_call.in_progress"
    """The service is making a Foundry agent call.

    Since API version 2026-01-01-preview. Documented by the vendor; no SDK declares it.
    """

    RESPONSE_FOUNDRY_AGENT_CALL_COMPLETED = "response.foundry_agent_call.completed"
    """A Foundry agent call succeeded.

    Since API version 2026-01-01-preview. Documented by the vendor; no SDK declares it.
    """

    RESPONSE_FOUNDRY_AGENT_CALL_FAILED = "response.foundry_agent_call.failed"
    """A Foundry agent call failed.

    Since API version 2026-01-01-preview. Documented by the vendor; no SDK declares it.
    """


class ToolType(OpenEnum):
    """Distinguishes the kinds of tool by their `type`."""

    FUNCTION = "function"
    """A function that the client runs when the model asks for it."""

    MCP = "mcp"
    """A remote MCP server whose tools the service calls itself.

    Since API version 2026-01-01-preview.
    """


class TurnDetectionType(OpenEnum):
    """Distinguishes the turn detection methods by their `type`."""

    SERVER_VAD = "server_vad"
    """Detects speech by its sound alone."""

    AZURE_SEMANTIC_VAD = "azure_semantic_vad"
    """Azure detector that tells speech from noise by meaning; made mainly for English."""

    AZURE_SEMANTIC_VAD_EN = "azure_semantic_vad_en"
    """Azure detector that tells speech from noise by meaning, for English only."""

    AZURE_SEMANTIC_VAD_MULTILINGUAL = "azure_semantic_vad_multilingual"
    """Azure detector that tells speech from noise by meaning in several languages."""

    SEMANTIC_VAD = "semantic_vad"
    """OpenAI's detector, which judges by meaning when the user has finished.

    Documented by the vendor; no SDK declares it.
    """


__all__ = [
    "AzureVoiceType",
    "ClientEventType",
    "ContentPartType",
    "InterimResponseConfigType",
    "ItemType",
    "ServerEventType",
    "ToolType",
    "TurnDetectionType",
]
