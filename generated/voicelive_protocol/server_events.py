# Generated from schema/ by `make generate`. Do not edit.
"""Events that the service sends over the WebSocket, one JSON object per text frame.

They form one ordered stream, distinguished by `type`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Literal, TypeAlias

from voicelive_core.model import Event
from voicelive_core.scalars import MYPY, Base64Bytes
from voicelive_protocol.discriminators import ServerEventType

from .audio import LogProbProperties, TranscriptionPhrase
from .content import AnyContentPart
from .errors import (
    RtcCallErrorDetails,
    ServerEventErrorDetails,
    ServerEventWarningDetails,
    VoiceLiveErrorDetails,
)
from .items import AnyResponseItem
from .response import RateLimit, Response
from .session import ResponseSession


class ServerEvent(Event, kw_only=True):
    """Base of everything that the service sends.

    `type` selects the concrete event; skip types you do not know, because the service
    adds new ones without a new API version.
    """

    if TYPE_CHECKING:
        type: ClassVar[Any]
        """The wire name of the variant; each narrows it to its own."""

    event_id: str | None = None
    """Identifier that the service gives this event, unique within the session.

    May be absent on an error that ends the connection.
    """


class ServerEventConversationItemCreated(
    ServerEvent, kw_only=True, tag_field="type", tag="conversation.item.created"
):
    """An item now exists in the conversation; this also acknowledges
    `conversation.item.create`. It is sent for user audio and assistant output too, so
    assistant items can still be `in_progress` and empty here.
    """

    if MYPY:
        type: ClassVar[Literal[ServerEventType.CONVERSATION_ITEM_CREATED]]
    else:
        type: ClassVar[
            Literal[
                ServerEventType.CONVERSATION_ITEM_CREATED, "conversation.item.created"
            ]
        ] = ServerEventType.CONVERSATION_ITEM_CREATED

    previous_item_id: str | None = None
    """Identifier of the item directly before the new one.

    `null` for the first item on native realtime models; cascaded models have been seen
    to send an empty string.
    """

    item: AnyResponseItem | None = None
    """The item as the service stored it, with its `id`.

    Content can differ slightly from what was sent: assistant `output_text` is returned
    as `text`.
    """


class ServerEventConversationItemDeleted(
    ServerEvent, kw_only=True, tag_field="type", tag="conversation.item.deleted"
):
    """The item named by `conversation.item.delete` is gone.

    Remove it from your own copy of the history.
    """

    if MYPY:
        type: ClassVar[Literal[ServerEventType.CONVERSATION_ITEM_DELETED]]
    else:
        type: ClassVar[
            Literal[
                ServerEventType.CONVERSATION_ITEM_DELETED, "conversation.item.deleted"
            ]
        ] = ServerEventType.CONVERSATION_ITEM_DELETED

    item_id: str
    """Identifier of the conversation item this belongs to."""


class ServerEventConversationItemDone(
    ServerEvent, kw_only=True, tag_field="type", tag="conversation.item.done"
):
    """The user audio item is complete; it directly follows its
    `conversation.item.created`. Sent only for turns committed by voice activity
    detection.

    Recorded from the service; no SDK declares it.
    """

    if MYPY:
        type: ClassVar[Literal[ServerEventType.CONVERSATION_ITEM_DONE]]
    else:
        type: ClassVar[
            Literal[ServerEventType.CONVERSATION_ITEM_DONE, "conversation.item.done"]
        ] = ServerEventType.CONVERSATION_ITEM_DONE

    previous_item_id: str | None = None
    """Identifier of the item directly before this one.

    `null` when it is the first item of the conversation.
    """

    item: AnyResponseItem | None = None
    """The same user item as in the preceding `conversation.item.created`.

    Its transcript can still be `null`.
    """


class ServerEventConversationItemInputAudioTranscriptionCompleted(
    ServerEvent,
    kw_only=True,
    tag_field="type",
    tag="conversation.item.input_audio_transcription.completed",
):
    """The final transcript of a user audio item is ready.

    Native models send it while or even after the response runs; cascaded models send it
    before the user item is created.
    """

    if MYPY:
        type: ClassVar[
            Literal[
                ServerEventType.CONVERSATION_ITEM_INPUT_AUDIO_TRANSCRIPTION_COMPLETED
            ]
        ]
    else:
        type: ClassVar[
            Literal[
                ServerEventType.CONVERSATION_ITEM_INPUT_AUDIO_TRANSCRIPTION_COMPLETED,
                "conversation.item.input_audio_transcription.completed",
            ]
        ] = ServerEventType.CONVERSATION_ITEM_INPUT_AUDIO_TRANSCRIPTION_COMPLETED

    item_id: str
    """Identifier of the conversation item this belongs to."""

    content_index: int = 0
    """Zero-based position of the content part in its item."""

    transcript: str = ""
    """Full transcript of the user's speech.

    It may be empty; an empty one may also repeat for an item that was already
    transcribed, so do not overwrite text with it.
    """

    logprobs: list[LogProbProperties] | None = None
    """Log probability of each transcript token.

    Present only when the session `include` lists
    `item.input_audio_transcription.logprobs`. Since API version 2026-04-10.
    """

    phrases: list[TranscriptionPhrase] | None = None
    """Transcript split into phrases with times in ms.

    Present only when the session `include` lists
    `item.input_audio_transcription.phrases`. Since API version 2026-04-10.
    """

    language: str | None = None
    """Locale of the recognised speech, for example `en-US`.

    It comes with `azure-speech` and `mai-transcribe*`. Seen on the service; no SDK
    declares it.
    """


class ServerEventConversationItemInputAudioTranscriptionDelta(
    ServerEvent,
    kw_only=True,
    tag_field="type",
    tag="conversation.item.input_audio_transcription.delta",
):
    """A piece of the user transcript, to append to what you already show for `item_id`.
    `whisper-1` was recorded sending the whole text in one delta; `azure-speech` and
    `mai-transcribe*` send none.
    """

    if MYPY:
        type: ClassVar[
            Literal[ServerEventType.CONVERSATION_ITEM_INPUT_AUDIO_TRANSCRIPTION_DELTA]
        ]
    else:
        type: ClassVar[
            Literal[
                ServerEventType.CONVERSATION_ITEM_INPUT_AUDIO_TRANSCRIPTION_DELTA,
                "conversation.item.input_audio_transcription.delta",
            ]
        ] = ServerEventType.CONVERSATION_ITEM_INPUT_AUDIO_TRANSCRIPTION_DELTA

    item_id: str
    """Identifier of the conversation item this belongs to."""

    content_index: int | None = None
    """Zero-based position of the content part in its item."""

    delta: str | None = None
    """Text to append to the transcript so far."""

    logprobs: list[LogProbProperties] | None = None
    """Log probability of each token in this delta.

    Present only when the session `include` lists
    `item.input_audio_transcription.logprobs`.
    """


class ServerEventConversationItemInputAudioTranscriptionFailed(
    ServerEvent,
    kw_only=True,
    tag_field="type",
    tag="conversation.item.input_audio_transcription.failed",
):
    """The user audio could not be transcribed.

    The item keeps no transcript, but the response to it continues, so show a
    placeholder.
    """

    if MYPY:
        type: ClassVar[
            Literal[ServerEventType.CONVERSATION_ITEM_INPUT_AUDIO_TRANSCRIPTION_FAILED]
        ]
    else:
        type: ClassVar[
            Literal[
                ServerEventType.CONVERSATION_ITEM_INPUT_AUDIO_TRANSCRIPTION_FAILED,
                "conversation.item.input_audio_transcription.failed",
            ]
        ] = ServerEventType.CONVERSATION_ITEM_INPUT_AUDIO_TRANSCRIPTION_FAILED

    item_id: str
    """Identifier of the conversation item this belongs to."""

    content_index: int = 0
    """Zero-based position of the content part in its item."""

    error: VoiceLiveErrorDetails
    """Why the transcription failed, for example code `DeploymentNotFound` when the
    transcription model is missing.
    """


class ServerEventConversationItemRetrieved(
    ServerEvent, kw_only=True, tag_field="type", tag="conversation.item.retrieved"
):
    """Answer to `conversation.item.retrieve`, with the item as the service holds it."""

    if MYPY:
        type: ClassVar[Literal[ServerEventType.CONVERSATION_ITEM_RETRIEVED]]
    else:
        type: ClassVar[
            Literal[
                ServerEventType.CONVERSATION_ITEM_RETRIEVED,
                "conversation.item.retrieved",
            ]
        ] = ServerEventType.CONVERSATION_ITEM_RETRIEVED

    item: AnyResponseItem | None = None
    """The complete stored item, including its content."""


class ServerEventConversationItemTruncated(
    ServerEvent, kw_only=True, tag_field="type", tag="conversation.item.truncated"
):
    """An assistant audio item was cut to what the user heard.

    It answers `conversation.item.truncate`, and is sent without a request on an
    interruption when `auto_truncate` is on; the transcript of the item is dropped.
    """

    if MYPY:
        type: ClassVar[Literal[ServerEventType.CONVERSATION_ITEM_TRUNCATED]]
    else:
        type: ClassVar[
            Literal[
                ServerEventType.CONVERSATION_ITEM_TRUNCATED,
                "conversation.item.truncated",
            ]
        ] = ServerEventType.CONVERSATION_ITEM_TRUNCATED

    item_id: str
    """Identifier of the conversation item this belongs to."""

    content_index: int = 0
    """Zero-based position of the content part in its item."""

    audio_end_ms: int | None = None
    """Length of the audio that was kept, in ms from the start of the content part."""


class ServerEventError(ServerEvent, kw_only=True, tag_field="type", tag="error"):
    """A client event was rejected or something failed; the session normally continues.
    Fatal are an `error` instead of `session.created`, an unknown Azure voice name and
    session expiry; most others are safe to log.
    """

    if MYPY:
        type: ClassVar[Literal[ServerEventType.ERROR]]
    else:
        type: ClassVar[Literal[ServerEventType.ERROR, "error"]] = ServerEventType.ERROR

    error: ServerEventErrorDetails
    """The error, and the client event that caused it."""


class ServerEventInputAudioBufferCleared(
    ServerEvent, kw_only=True, tag_field="type", tag="input_audio_buffer.cleared"
):
    """The input audio buffer is empty; answers `input_audio_buffer.clear`.

    Audio appended before it will not be part of a later commit.
    """

    if MYPY:
        type: ClassVar[Literal[ServerEventType.INPUT_AUDIO_BUFFER_CLEARED]]
    else:
        type: ClassVar[
            Literal[
                ServerEventType.INPUT_AUDIO_BUFFER_CLEARED, "input_audio_buffer.cleared"
            ]
        ] = ServerEventType.INPUT_AUDIO_BUFFER_CLEARED


class ServerEventInputAudioBufferCommitted(
    ServerEvent, kw_only=True, tag_field="type", tag="input_audio_buffer.committed"
):
    """The buffered audio became a user turn, by voice activity detection or by
    `input_audio_buffer.commit`. The user item with `item_id` follows; a response
    follows only if turn detection creates it.
    """

    if MYPY:
        type: ClassVar[Literal[ServerEventType.INPUT_AUDIO_BUFFER_COMMITTED]]
    else:
        type: ClassVar[
            Literal[
                ServerEventType.INPUT_AUDIO_BUFFER_COMMITTED,
                "input_audio_buffer.committed",
            ]
        ] = ServerEventType.INPUT_AUDIO_BUFFER_COMMITTED

    previous_item_id: str | None = None
    """Identifier of the item after which the user item is placed.

    `null` when it is the first item of the conversation.
    """

    item_id: str
    """Identifier of the conversation item this belongs to."""


class ServerEventInputAudioBufferSpeechStarted(
    ServerEvent, kw_only=True, tag_field="type", tag="input_audio_buffer.speech_started"
):
    """The user began to speak: stop playback and drop queued audio at once.

    `item_id` is that of the user item to come. With `interrupt_response` on, the
    service cancels a running response by itself.
    """

    if MYPY:
        type: ClassVar[Literal[ServerEventType.INPUT_AUDIO_BUFFER_SPEECH_STARTED]]
    else:
        type: ClassVar[
            Literal[
                ServerEventType.INPUT_AUDIO_BUFFER_SPEECH_STARTED,
                "input_audio_buffer.speech_started",
            ]
        ] = ServerEventType.INPUT_AUDIO_BUFFER_SPEECH_STARTED

    audio_start_ms: int | None = None
    """Start of the turn, in ms of all audio appended since the session began.

    It is the moment of detection, on a 32 ms grid, less `prefix_padding_ms` and never
    below 0.
    """

    item_id: str
    """Identifier of the conversation item this belongs to."""


class ServerEventInputAudioBufferSpeechStopped(
    ServerEvent, kw_only=True, tag_field="type", tag="input_audio_buffer.speech_stopped"
):
    """The user stopped speaking; `input_audio_buffer.committed` for the same `item_id`
    follows.
    """

    if MYPY:
        type: ClassVar[Literal[ServerEventType.INPUT_AUDIO_BUFFER_SPEECH_STOPPED]]
    else:
        type: ClassVar[
            Literal[
                ServerEventType.INPUT_AUDIO_BUFFER_SPEECH_STOPPED,
                "input_audio_buffer.speech_stopped",
            ]
        ] = ServerEventType.INPUT_AUDIO_BUFFER_SPEECH_STOPPED

    audio_end_ms: int | None = None
    """End of the turn, in ms of all audio appended since the session began.

    It includes `silence_duration_ms` and is rounded up to the 32 ms grid.
    """

    item_id: str
    """Identifier of the conversation item this belongs to."""


class ServerEventInputAudioBufferTimeoutTriggered(
    ServerEvent,
    kw_only=True,
    tag_field="type",
    tag="input_audio_buffer.timeout_triggered",
):
    """The user was silent for `idle_timeout_ms` after the last answer was played.

    The silence is committed as a user item, and a response to it follows. It is an
    event of the model behind the service, and Foundry voice agents have it too; this
    API itself was not seen to send it.

    Documented by the vendor; no SDK declares it.
    """

    if MYPY:
        type: ClassVar[Literal[ServerEventType.INPUT_AUDIO_BUFFER_TIMEOUT_TRIGGERED]]
    else:
        type: ClassVar[
            Literal[
                ServerEventType.INPUT_AUDIO_BUFFER_TIMEOUT_TRIGGERED,
                "input_audio_buffer.timeout_triggered",
            ]
        ] = ServerEventType.INPUT_AUDIO_BUFFER_TIMEOUT_TRIGGERED

    audio_start_ms: int | None = None
    """Start of the silence after the playback of the last answer, in ms of all audio
    appended since the session began.
    """

    audio_end_ms: int | None = None
    """End of the silence, in ms of all audio appended since the session began."""

    item_id: str
    """Identifier of the user item that holds the silence."""


class ServerEventMcpListToolsCompleted(
    ServerEvent, kw_only=True, tag_field="type", tag="mcp_list_tools.completed"
):
    """The tools of an MCP server were read, and the model can use them from now on.

    The tools themselves are not in this event.

    Since API version 2026-01-01-preview.
    """

    if MYPY:
        type: ClassVar[Literal[ServerEventType.MCP_LIST_TOOLS_COMPLETED]]
    else:
        type: ClassVar[
            Literal[
                ServerEventType.MCP_LIST_TOOLS_COMPLETED, "mcp_list_tools.completed"
            ]
        ] = ServerEventType.MCP_LIST_TOOLS_COMPLETED

    item_id: str
    """Identifier of the conversation item this belongs to."""


class ServerEventMcpListToolsFailed(
    ServerEvent, kw_only=True, tag_field="type", tag="mcp_list_tools.failed"
):
    """The tools of an MCP server could not be read, for example because its URL is
    wrong. The session stays usable without them.

    Since API version 2026-01-01-preview.
    """

    if MYPY:
        type: ClassVar[Literal[ServerEventType.MCP_LIST_TOOLS_FAILED]]
    else:
        type: ClassVar[
            Literal[ServerEventType.MCP_LIST_TOOLS_FAILED, "mcp_list_tools.failed"]
        ] = ServerEventType.MCP_LIST_TOOLS_FAILED

    item_id: str
    """Identifier of the conversation item this belongs to."""


class ServerEventMcpListToolsInProgress(
    ServerEvent, kw_only=True, tag_field="type", tag="mcp_list_tools.in_progress"
):
    """The service has begun to read the tools of an MCP server.

    It follows the creation of the `mcp_list_tools` item; `mcp_list_tools.completed` or
    `mcp_list_tools.failed` follows.

    Since API version 2026-01-01-preview.
    """

    if MYPY:
        type: ClassVar[Literal[ServerEventType.MCP_LIST_TOOLS_IN_PROGRESS]]
    else:
        type: ClassVar[
            Literal[
                ServerEventType.MCP_LIST_TOOLS_IN_PROGRESS, "mcp_list_tools.in_progress"
            ]
        ] = ServerEventType.MCP_LIST_TOOLS_IN_PROGRESS

    item_id: str
    """Identifier of the conversation item this belongs to."""


class ServerEventOutputAudioBufferCleared(
    ServerEvent, kw_only=True, tag_field="type", tag="output_audio_buffer.cleared"
):
    """The avatar output buffer is empty; answers `output_audio_buffer.clear`.

    Sent in avatar sessions only.

    Since API version 2026-04-10.
    """

    if MYPY:
        type: ClassVar[Literal[ServerEventType.OUTPUT_AUDIO_BUFFER_CLEARED]]
    else:
        type: ClassVar[
            Literal[
                ServerEventType.OUTPUT_AUDIO_BUFFER_CLEARED,
                "output_audio_buffer.cleared",
            ]
        ] = ServerEventType.OUTPUT_AUDIO_BUFFER_CLEARED


class ServerEventOutputAudioBufferStarted(
    ServerEvent, kw_only=True, tag_field="type", tag="output_audio_buffer.started"
):
    """The service began to play the audio of a response, so the client can show that
    the assistant speaks.

    Only in API version 2026-06-01-preview.
    """

    if MYPY:
        type: ClassVar[Literal[ServerEventType.OUTPUT_AUDIO_BUFFER_STARTED]]
    else:
        type: ClassVar[
            Literal[
                ServerEventType.OUTPUT_AUDIO_BUFFER_STARTED,
                "output_audio_buffer.started",
            ]
        ] = ServerEventType.OUTPUT_AUDIO_BUFFER_STARTED

    response_id: str | None = None
    """Identifier of the response this belongs to."""


class ServerEventOutputAudioBufferStopped(
    ServerEvent, kw_only=True, tag_field="type", tag="output_audio_buffer.stopped"
):
    """The service finished playing the audio of a response.

    Only in API version 2026-06-01-preview.
    """

    if MYPY:
        type: ClassVar[Literal[ServerEventType.OUTPUT_AUDIO_BUFFER_STOPPED]]
    else:
        type: ClassVar[
            Literal[
                ServerEventType.OUTPUT_AUDIO_BUFFER_STOPPED,
                "output_audio_buffer.stopped",
            ]
        ] = ServerEventType.OUTPUT_AUDIO_BUFFER_STOPPED

    response_id: str | None = None
    """Identifier of the response this belongs to."""


class ServerEventRateLimitsUpdated(
    ServerEvent, kw_only=True, tag_field="type", tag="rate_limits.updated"
):
    """How much of each limit is left, said to come at the beginning of a response.

    Since API version 2026-07-15. Documented by the vendor; no SDK declares it.
    """

    if MYPY:
        type: ClassVar[Literal[ServerEventType.RATE_LIMITS_UPDATED]]
    else:
        type: ClassVar[
            Literal[ServerEventType.RATE_LIMITS_UPDATED, "rate_limits.updated"]
        ] = ServerEventType.RATE_LIMITS_UPDATED

    rate_limits: list[RateLimit]
    """The limits, each with its remainder."""


class ServerEventResponseAnimationBlendshapeDelta(
    ServerEvent,
    kw_only=True,
    tag_field="type",
    tag="response.animation_blendshapes.delta",
):
    """Blendshape frames for animating a face in step with the response audio.

    Sent when `animation.outputs` has `blendshapes` and an Azure voice speaks.
    """

    if MYPY:
        type: ClassVar[Literal[ServerEventType.RESPONSE_ANIMATION_BLENDSHAPES_DELTA]]
    else:
        type: ClassVar[
            Literal[
                ServerEventType.RESPONSE_ANIMATION_BLENDSHAPES_DELTA,
                "response.animation_blendshapes.delta",
            ]
        ] = ServerEventType.RESPONSE_ANIMATION_BLENDSHAPES_DELTA

    response_id: str
    """Identifier of the response this belongs to."""

    item_id: str
    """Identifier of the conversation item this belongs to."""

    output_index: int = 0
    """Zero-based position of the item in the output of its response."""

    content_index: int = 0
    """Zero-based position of the content part in its item."""

    frames: list[list[float]] | str
    """The animation frames, one list of blendshape weights per frame; they can also
    come as a string.
    """

    frame_index: int | None = None
    """Position of the first frame of this delta in the whole animation.

    Strictly increasing.
    """


class ServerEventResponseAnimationBlendshapeDone(
    ServerEvent,
    kw_only=True,
    tag_field="type",
    tag="response.animation_blendshapes.done",
):
    """No more blendshape frames follow for this item.

    Unlike the delta it has no `content_index`.
    """

    if MYPY:
        type: ClassVar[Literal[ServerEventType.RESPONSE_ANIMATION_BLENDSHAPES_DONE]]
    else:
        type: ClassVar[
            Literal[
                ServerEventType.RESPONSE_ANIMATION_BLENDSHAPES_DONE,
                "response.animation_blendshapes.done",
            ]
        ] = ServerEventType.RESPONSE_ANIMATION_BLENDSHAPES_DONE

    response_id: str
    """Identifier of the response this belongs to."""

    item_id: str
    """Identifier of the conversation item this belongs to."""

    output_index: int = 0
    """Zero-based position of the item in the output of its response."""


class ServerEventResponseAnimationVisemeDelta(
    ServerEvent, kw_only=True, tag_field="type", tag="response.animation_viseme.delta"
):
    """One mouth position and the moment it applies, for lip sync.

    Sent when `animation.outputs` has `viseme_id` and an Azure voice speaks.
    """

    if MYPY:
        type: ClassVar[Literal[ServerEventType.RESPONSE_ANIMATION_VISEME_DELTA]]
    else:
        type: ClassVar[
            Literal[
                ServerEventType.RESPONSE_ANIMATION_VISEME_DELTA,
                "response.animation_viseme.delta",
            ]
        ] = ServerEventType.RESPONSE_ANIMATION_VISEME_DELTA

    response_id: str
    """Identifier of the response this belongs to."""

    item_id: str
    """Identifier of the conversation item this belongs to."""

    output_index: int = 0
    """Zero-based position of the item in the output of its response."""

    content_index: int = 0
    """Zero-based position of the content part in its item."""

    audio_offset_ms: int | None = None
    """When to show the mouth position, in ms from the start of the response audio.

    Strictly increasing.
    """

    viseme_id: int
    """Mouth position to show, from 0 to 21, as numbered by Azure Speech."""


class ServerEventResponseAnimationVisemeDone(
    ServerEvent, kw_only=True, tag_field="type", tag="response.animation_viseme.done"
):
    """No more visemes follow for this content part.

    Sent exactly once.
    """

    if MYPY:
        type: ClassVar[Literal[ServerEventType.RESPONSE_ANIMATION_VISEME_DONE]]
    else:
        type: ClassVar[
            Literal[
                ServerEventType.RESPONSE_ANIMATION_VISEME_DONE,
                "response.animation_viseme.done",
            ]
        ] = ServerEventType.RESPONSE_ANIMATION_VISEME_DONE

    response_id: str
    """Identifier of the response this belongs to."""

    item_id: str
    """Identifier of the conversation item this belongs to."""

    output_index: int = 0
    """Zero-based position of the item in the output of its response."""

    content_index: int = 0
    """Zero-based position of the content part in its item."""


class ServerEventResponseAudioDelta(
    ServerEvent, kw_only=True, tag_field="type", tag="response.audio.delta"
):
    """A chunk of spoken output to queue for playback.

    Chunks come faster than real time and not at all when an avatar plays over WebRTC;
    drop late ones of a cancelled response.
    """

    if MYPY:
        type: ClassVar[Literal[ServerEventType.RESPONSE_AUDIO_DELTA]]
    else:
        type: ClassVar[
            Literal[ServerEventType.RESPONSE_AUDIO_DELTA, "response.audio.delta"]
        ] = ServerEventType.RESPONSE_AUDIO_DELTA

    response_id: str
    """Identifier of the response this belongs to."""

    item_id: str
    """Identifier of the conversation item this belongs to."""

    output_index: int = 0
    """Zero-based position of the item in the output of its response."""

    content_index: int = 0
    """Zero-based position of the content part in its item."""

    delta: Base64Bytes
    """Audio bytes in the session's output format, base64 on the wire.

    `pcm16` is 24000 Hz mono; native voices send about 250 ms (12000 bytes) per chunk.
    """


class ServerEventResponseAudioDone(
    ServerEvent, kw_only=True, tag_field="type", tag="response.audio.done"
):
    """All audio of this content part was sent.

    Playback usually still has seconds to go; the event carries no audio.
    """

    if MYPY:
        type: ClassVar[Literal[ServerEventType.RESPONSE_AUDIO_DONE]]
    else:
        type: ClassVar[
            Literal[ServerEventType.RESPONSE_AUDIO_DONE, "response.audio.done"]
        ] = ServerEventType.RESPONSE_AUDIO_DONE

    response_id: str
    """Identifier of the response this belongs to."""

    item_id: str
    """Identifier of the conversation item this belongs to."""

    output_index: int = 0
    """Zero-based position of the item in the output of its response."""

    content_index: int = 0
    """Zero-based position of the content part in its item."""


class ServerEventResponseAudioTimestampDelta(
    ServerEvent, kw_only=True, tag_field="type", tag="response.audio_timestamp.delta"
):
    """When a word is spoken in the response audio, for example for captions.

    Sent when `output_audio_timestamp_types` has `word` and an Azure voice speaks.
    """

    if MYPY:
        type: ClassVar[Literal[ServerEventType.RESPONSE_AUDIO_TIMESTAMP_DELTA]]
    else:
        type: ClassVar[
            Literal[
                ServerEventType.RESPONSE_AUDIO_TIMESTAMP_DELTA,
                "response.audio_timestamp.delta",
            ]
        ] = ServerEventType.RESPONSE_AUDIO_TIMESTAMP_DELTA

    response_id: str
    """Identifier of the response this belongs to."""

    item_id: str
    """Identifier of the conversation item this belongs to."""

    output_index: int = 0
    """Zero-based position of the item in the output of its response."""

    content_index: int = 0
    """Zero-based position of the content part in its item."""

    audio_offset_ms: int | None = None
    """Start of the word in ms from the start of the response audio."""

    audio_duration_ms: int | None = None
    """Length of the spoken word in ms."""

    text: str
    """The spoken word."""

    timestamp_type: str = "word"
    """Unit of the timestamp.

    Only `word` is known.
    """


class ServerEventResponseAudioTimestampDone(
    ServerEvent, kw_only=True, tag_field="type", tag="response.audio_timestamp.done"
):
    """No more timestamps follow for this content part."""

    if MYPY:
        type: ClassVar[Literal[ServerEventType.RESPONSE_AUDIO_TIMESTAMP_DONE]]
    else:
        type: ClassVar[
            Literal[
                ServerEventType.RESPONSE_AUDIO_TIMESTAMP_DONE,
                "response.audio_timestamp.done",
            ]
        ] = ServerEventType.RESPONSE_AUDIO_TIMESTAMP_DONE

    response_id: str
    """Identifier of the response this belongs to."""

    item_id: str
    """Identifier of the conversation item this belongs to."""

    output_index: int = 0
    """Zero-based position of the item in the output of its response."""

    content_index: int = 0
    """Zero-based position of the content part in its item."""


class ServerEventResponseAudioTranscriptAnnotationAdded(
    ServerEvent,
    kw_only=True,
    tag_field="type",
    tag="response.audio_transcript.annotation.added",
):
    """A citation or other annotation was attached to the transcript of spoken output.
    Expected in agent sessions that search.

    Since API version 2026-04-10.
    """

    if MYPY:
        type: ClassVar[
            Literal[ServerEventType.RESPONSE_AUDIO_TRANSCRIPT_ANNOTATION_ADDED]
        ]
    else:
        type: ClassVar[
            Literal[
                ServerEventType.RESPONSE_AUDIO_TRANSCRIPT_ANNOTATION_ADDED,
                "response.audio_transcript.annotation.added",
            ]
        ] = ServerEventType.RESPONSE_AUDIO_TRANSCRIPT_ANNOTATION_ADDED

    response_id: str
    """Identifier of the response this belongs to."""

    item_id: str
    """Identifier of the conversation item this belongs to."""

    output_index: int = 0
    """Zero-based position of the item in the output of its response."""

    content_index: int = 0
    """Zero-based position of the content part in its item."""

    annotation_index: int | None = None
    """Zero-based position of the annotation among those of its content part."""

    annotation: Any
    """The annotation itself; its shape is not specified."""


class ServerEventResponseAudioTranscriptDelta(
    ServerEvent, kw_only=True, tag_field="type", tag="response.audio_transcript.delta"
):
    """A piece of the text that the assistant is speaking, for live captions.

    It runs a little ahead of the audio.
    """

    if MYPY:
        type: ClassVar[Literal[ServerEventType.RESPONSE_AUDIO_TRANSCRIPT_DELTA]]
    else:
        type: ClassVar[
            Literal[
                ServerEventType.RESPONSE_AUDIO_TRANSCRIPT_DELTA,
                "response.audio_transcript.delta",
            ]
        ] = ServerEventType.RESPONSE_AUDIO_TRANSCRIPT_DELTA

    response_id: str
    """Identifier of the response this belongs to."""

    item_id: str
    """Identifier of the conversation item this belongs to."""

    output_index: int = 0
    """Zero-based position of the item in the output of its response."""

    content_index: int = 0
    """Zero-based position of the content part in its item."""

    delta: str
    """Text to append to the transcript so far, usually one word with its leading space."""


class ServerEventResponseAudioTranscriptDone(
    ServerEvent, kw_only=True, tag_field="type", tag="response.audio_transcript.done"
):
    """The transcript of this spoken content part is complete.

    It follows `response.audio.done` on native models.
    """

    if MYPY:
        type: ClassVar[Literal[ServerEventType.RESPONSE_AUDIO_TRANSCRIPT_DONE]]
    else:
        type: ClassVar[
            Literal[
                ServerEventType.RESPONSE_AUDIO_TRANSCRIPT_DONE,
                "response.audio_transcript.done",
            ]
        ] = ServerEventType.RESPONSE_AUDIO_TRANSCRIPT_DONE

    response_id: str
    """Identifier of the response this belongs to."""

    item_id: str
    """Identifier of the conversation item this belongs to."""

    output_index: int = 0
    """Zero-based position of the item in the output of its response."""

    content_index: int = 0
    """Zero-based position of the content part in its item."""

    transcript: str = ""
    """The full spoken text, equal to all deltas joined."""


class ServerEventResponseContentPartAdded(
    ServerEvent, kw_only=True, tag_field="type", tag="response.content_part.added"
):
    """The assistant starts a new text or audio part of its message; deltas for it
    follow. Function calls have no content parts.
    """

    if MYPY:
        type: ClassVar[Literal[ServerEventType.RESPONSE_CONTENT_PART_ADDED]]
    else:
        type: ClassVar[
            Literal[
                ServerEventType.RESPONSE_CONTENT_PART_ADDED,
                "response.content_part.added",
            ]
        ] = ServerEventType.RESPONSE_CONTENT_PART_ADDED

    response_id: str
    """Identifier of the response this belongs to."""

    item_id: str
    """Identifier of the conversation item this belongs to."""

    output_index: int = 0
    """Zero-based position of the item in the output of its response."""

    content_index: int = 0
    """Zero-based position of the content part in its item."""

    part: AnyContentPart
    """The new part, still empty.

    Its `type` says whether text or audio deltas follow.
    """


class ServerEventResponseContentPartDone(
    ServerEvent, kw_only=True, tag_field="type", tag="response.content_part.done"
):
    """A text or audio part of the assistant message is finished.

    `response.output_item.done` follows once all parts are.
    """

    if MYPY:
        type: ClassVar[Literal[ServerEventType.RESPONSE_CONTENT_PART_DONE]]
    else:
        type: ClassVar[
            Literal[
                ServerEventType.RESPONSE_CONTENT_PART_DONE, "response.content_part.done"
            ]
        ] = ServerEventType.RESPONSE_CONTENT_PART_DONE

    response_id: str
    """Identifier of the response this belongs to."""

    item_id: str
    """Identifier of the conversation item this belongs to."""

    output_index: int = 0
    """Zero-based position of the item in the output of its response."""

    content_index: int = 0
    """Zero-based position of the content part in its item."""

    part: AnyContentPart
    """The finished part.

    Audio parts hold the full transcript; text parts were recorded with an empty `text`,
    so read it from `response.text.done`.
    """


class ServerEventResponseCreated(
    ServerEvent, kw_only=True, tag_field="type", tag="response.created"
):
    """A response has started, on request or after a user turn.

    It ends with exactly one `response.done`; until then no second response can run in
    the conversation.
    """

    if MYPY:
        type: ClassVar[Literal[ServerEventType.RESPONSE_CREATED]]
    else:
        type: ClassVar[
            Literal[ServerEventType.RESPONSE_CREATED, "response.created"]
        ] = ServerEventType.RESPONSE_CREATED

    response: Response
    """The response at its start: status `in_progress`, empty `output`, no `usage` yet."""


class ServerEventResponseDone(
    ServerEvent, kw_only=True, tag_field="type", tag="response.done"
):
    """The response ended, whether completed, cancelled, incomplete or failed: check
    `status`. Audio may still be playing; only now is the next `response.create` safe.
    """

    if MYPY:
        type: ClassVar[Literal[ServerEventType.RESPONSE_DONE]]
    else:
        type: ClassVar[Literal[ServerEventType.RESPONSE_DONE, "response.done"]] = (
            ServerEventType.RESPONSE_DONE
        )

    response: Response
    """The response at its end, with `status`, output items and token usage.

    Audio bytes are not repeated here.
    """


class ServerEventResponseFileSearchCallCompleted(
    ServerEvent,
    kw_only=True,
    tag_field="type",
    tag="response.file_search_call.completed",
):
    """A file search finished.

    Results are on the `file_search_call` item, if the session `include` lists
    `file_search_call.results`.

    Since API version 2026-04-10.
    """

    if MYPY:
        type: ClassVar[Literal[ServerEventType.RESPONSE_FILE_SEARCH_CALL_COMPLETED]]
    else:
        type: ClassVar[
            Literal[
                ServerEventType.RESPONSE_FILE_SEARCH_CALL_COMPLETED,
                "response.file_search_call.completed",
            ]
        ] = ServerEventType.RESPONSE_FILE_SEARCH_CALL_COMPLETED

    response_id: str
    """Identifier of the response this belongs to."""

    item_id: str
    """Identifier of the conversation item this belongs to."""

    output_index: int = 0
    """Zero-based position of the item in the output of its response."""

    sequence_number: int | None = None
    """Counts the progress events of the call."""


class ServerEventResponseFileSearchCallInProgress(
    ServerEvent,
    kw_only=True,
    tag_field="type",
    tag="response.file_search_call.in_progress",
):
    """The assistant began a file search call; nothing to do but show progress.

    Since API version 2026-04-10.
    """

    if MYPY:
        type: ClassVar[Literal[ServerEventType.RESPONSE_FILE_SEARCH_CALL_IN_PROGRESS]]
    else:
        type: ClassVar[
            Literal[
                ServerEventType.RESPONSE_FILE_SEARCH_CALL_IN_PROGRESS,
                "response.file_search_call.in_progress",
            ]
        ] = ServerEventType.RESPONSE_FILE_SEARCH_CALL_IN_PROGRESS

    response_id: str
    """Identifier of the response this belongs to."""

    item_id: str
    """Identifier of the conversation item this belongs to."""

    output_index: int = 0
    """Zero-based position of the item in the output of its response."""

    sequence_number: int | None = None
    """Counts the progress events of the call."""


class ServerEventResponseFileSearchCallSearching(
    ServerEvent,
    kw_only=True,
    tag_field="type",
    tag="response.file_search_call.searching",
):
    """The file search is running its queries.

    Since API version 2026-04-10.
    """

    if MYPY:
        type: ClassVar[Literal[ServerEventType.RESPONSE_FILE_SEARCH_CALL_SEARCHING]]
    else:
        type: ClassVar[
            Literal[
                ServerEventType.RESPONSE_FILE_SEARCH_CALL_SEARCHING,
                "response.file_search_call.searching",
            ]
        ] = ServerEventType.RESPONSE_FILE_SEARCH_CALL_SEARCHING

    response_id: str
    """Identifier of the response this belongs to."""

    item_id: str
    """Identifier of the conversation item this belongs to."""

    output_index: int = 0
    """Zero-based position of the item in the output of its response."""

    sequence_number: int | None = None
    """Counts the progress events of the call."""


class ServerEventResponseFoundryAgentCallArgumentsDelta(
    ServerEvent,
    kw_only=True,
    tag_field="type",
    tag="response.foundry_agent_call_arguments.delta",
):
    """A piece of the arguments of a Foundry agent call.

    The service makes the call itself, so this is for display only.

    Since API version 2026-01-01-preview. Documented by the vendor; no SDK declares it.
    """

    if MYPY:
        type: ClassVar[
            Literal[ServerEventType.RESPONSE_FOUNDRY_AGENT_CALL_ARGUMENTS_DELTA]
        ]
    else:
        type: ClassVar[
            Literal[
                ServerEventType.RESPONSE_FOUNDRY_AGENT_CALL_ARGUMENTS_DELTA,
                "response.foundry_agent_call_arguments.delta",
            ]
        ] = ServerEventType.RESPONSE_FOUNDRY_AGENT_CALL_ARGUMENTS_DELTA

    delta: str
    """Text to append to the arguments."""

    item_id: str
    """Identifier of the conversation item this belongs to."""

    response_id: str
    """Identifier of the response this belongs to."""

    output_index: int = 0
    """Zero-based position of the item in the output of its response."""


class ServerEventResponseFoundryAgentCallArgumentsDone(
    ServerEvent,
    kw_only=True,
    tag_field="type",
    tag="response.foundry_agent_call_arguments.done",
):
    """The arguments of a Foundry agent call are complete.

    Since API version 2026-01-01-preview. Documented by the vendor; no SDK declares it.
    """

    if MYPY:
        type: ClassVar[
            Literal[ServerEventType.RESPONSE_FOUNDRY_AGENT_CALL_ARGUMENTS_DONE]
        ]
    else:
        type: ClassVar[
            Literal[
                ServerEventType.RESPONSE_FOUNDRY_AGENT_CALL_ARGUMENTS_DONE,
                "response.foundry_agent_call_arguments.done",
            ]
        ] = ServerEventType.RESPONSE_FOUNDRY_AGENT_CALL_ARGUMENTS_DONE

    arguments: str = ""
    """The complete arguments."""

    item_id: str
    """Identifier of the conversation item this belongs to."""

    response_id: str
    """Identifier of the response this belongs to."""

    output_index: int = 0
    """Zero-based position of the item in the output of its response."""


class ServerEventResponseFoundryAgentCallCompleted(
    ServerEvent,
    kw_only=True,
    tag_field="type",
    tag="response.foundry_agent_call.completed",
):
    """A Foundry agent call succeeded.

    Since API version 2026-01-01-preview. Documented by the vendor; no SDK declares it.
    """

    if MYPY:
        type: ClassVar[Literal[ServerEventType.RESPONSE_FOUNDRY_AGENT_CALL_COMPLETED]]
    else:
        type: ClassVar[
            Literal[
                ServerEventType.RESPONSE_FOUNDRY_AGENT_CALL_COMPLETED,
                "response.foundry_agent_call.completed",
            ]
        ] = ServerEventType.RESPONSE_FOUNDRY_AGENT_CALL_COMPLETED

    item_id: str
    """Identifier of the conversation item this belongs to."""

    output_index: int = 0
    """Zero-based position of the item in the output of its response."""

    agent_response_id: str | None = None
    """Identifier of the agent's own response, if it has one."""


class ServerEventResponseFoundryAgentCallFailed(
    ServerEvent,
    kw_only=True,
    tag_field="type",
    tag="response.foundry_agent_call.failed",
):
    """A Foundry agent call failed.

    Since API version 2026-01-01-preview. Documented by the vendor; no SDK declares it.
    """

    if MYPY:
        type: ClassVar[Literal[ServerEventType.RESPONSE_FOUNDRY_AGENT_CALL_FAILED]]
    else:
        type: ClassVar[
            Literal[
                ServerEventType.RESPONSE_FOUNDRY_AGENT_CALL_FAILED,
                "response.foundry_agent_call.failed",
            ]
        ] = ServerEventType.RESPONSE_FOUNDRY_AGENT_CALL_FAILED

    item_id: str
    """Identifier of the conversation item this belongs to."""

    output_index: int = 0
    """Zero-based position of the item in the output of its response."""

    agent_response_id: str | None = None
    """Identifier of the agent's own response, if it has one."""


class ServerEventResponseFoundryAgentCallInProgress(
    ServerEvent,
    kw_only=True,
    tag_field="type",
    tag="response.foundry_agent_call.in_progress",
):
    """The service is making a Foundry agent call.

    Since API version 2026-01-01-preview. Documented by the vendor; no SDK declares it.
    """

    if MYPY:
        type: ClassVar[Literal[ServerEventType.RESPONSE_FOUNDRY_AGENT_CALL_IN_PROGRESS]]
    else:
        type: ClassVar[
            Literal[
                ServerEventType.RESPONSE_FOUNDRY_AGENT_CALL_IN_PROGRESS,
                "response.foundry_agent_call.in_progress",
            ]
        ] = ServerEventType.RESPONSE_FOUNDRY_AGENT_CALL_IN_PROGRESS

    item_id: str
    """Identifier of the conversation item this belongs to."""

    output_index: int = 0
    """Zero-based position of the item in the output of its response."""

    agent_response_id: str | None = None
    """Identifier of the agent's own response, if it has one."""


class ServerEventResponseFunctionCallArgumentsDelta(
    ServerEvent,
    kw_only=True,
    tag_field="type",
    tag="response.function_call_arguments.delta",
):
    """A piece of the arguments of a function call.

    Most applications wait for `response.function_call_arguments.done`; the function
    name is not repeated here.
    """

    if MYPY:
        type: ClassVar[Literal[ServerEventType.RESPONSE_FUNCTION_CALL_ARGUMENTS_DELTA]]
    else:
        type: ClassVar[
            Literal[
                ServerEventType.RESPONSE_FUNCTION_CALL_ARGUMENTS_DELTA,
                "response.function_call_arguments.delta",
            ]
        ] = ServerEventType.RESPONSE_FUNCTION_CALL_ARGUMENTS_DELTA

    response_id: str
    """Identifier of the response this belongs to."""

    item_id: str
    """Identifier of the conversation item this belongs to."""

    output_index: int = 0
    """Zero-based position of the item in the output of its response."""

    call_id: str
    """Identifier of the call, to return with the function result."""

    delta: str
    """Text to append to the JSON arguments; not valid JSON by itself."""


class ServerEventResponseFunctionCallArgumentsDone(
    ServerEvent,
    kw_only=True,
    tag_field="type",
    tag="response.function_call_arguments.done",
):
    """A function call is complete: run the function.

    Return its result in a `function_call_output` item, wait for `response.done`, then
    send `response.create`; the service does not go on by itself.
    """

    if MYPY:
        type: ClassVar[Literal[ServerEventType.RESPONSE_FUNCTION_CALL_ARGUMENTS_DONE]]
    else:
        type: ClassVar[
            Literal[
                ServerEventType.RESPONSE_FUNCTION_CALL_ARGUMENTS_DONE,
                "response.function_call_arguments.done",
            ]
        ] = ServerEventType.RESPONSE_FUNCTION_CALL_ARGUMENTS_DONE

    response_id: str
    """Identifier of the response this belongs to."""

    item_id: str
    """Identifier of the conversation item this belongs to."""

    output_index: int = 0
    """Zero-based position of the item in the output of its response."""

    call_id: str
    """Identifier of the call; put it in the `function_call_output` item."""

    arguments: str = ""
    """The arguments as JSON text straight from the model.

    Parse it leniently: native models add odd whitespace, and validity is not
    guaranteed.
    """

    name: str | None = None
    """Name of the function to run."""


class ServerEventResponseInvocationDelta(
    ServerEvent, kw_only=True, tag_field="type", tag="response.invocation.delta"
):
    """A non-speech event of a hosted agent, passed through unchanged.

    Use it when your agent sends its own data in addition to speech.

    Since API version 2026-06-01-preview.
    """

    if MYPY:
        type: ClassVar[Literal[ServerEventType.RESPONSE_INVOCATION_DELTA]]
    else:
        type: ClassVar[
            Literal[
                ServerEventType.RESPONSE_INVOCATION_DELTA, "response.invocation.delta"
            ]
        ] = ServerEventType.RESPONSE_INVOCATION_DELTA

    delta: dict[str, Any]
    """The agent's own event as a JSON object; its keys depend on the agent."""


class ServerEventResponseMcpCallArgumentsDelta(
    ServerEvent, kw_only=True, tag_field="type", tag="response.mcp_call_arguments.delta"
):
    """A piece of the arguments of an MCP tool call.

    The service runs the tool itself, so this is for display only.

    Since API version 2026-01-01-preview.
    """

    if MYPY:
        type: ClassVar[Literal[ServerEventType.RESPONSE_MCP_CALL_ARGUMENTS_DELTA]]
    else:
        type: ClassVar[
            Literal[
                ServerEventType.RESPONSE_MCP_CALL_ARGUMENTS_DELTA,
                "response.mcp_call_arguments.delta",
            ]
        ] = ServerEventType.RESPONSE_MCP_CALL_ARGUMENTS_DELTA

    delta: str
    """Text to append to the JSON arguments; not valid JSON by itself."""

    item_id: str
    """Identifier of the conversation item this belongs to."""

    response_id: str
    """Identifier of the response this belongs to."""

    output_index: int = 0
    """Zero-based position of the item in the output of its response."""

    obfuscation: str | None = None
    """Filler that hides the size of the delta; ignore it."""


class ServerEventResponseMcpCallArgumentsDone(
    ServerEvent, kw_only=True, tag_field="type", tag="response.mcp_call_arguments.done"
):
    """The arguments of an MCP tool call are complete.

    `response.mcp_call.in_progress` follows when the service runs the tool.

    Since API version 2026-01-01-preview.
    """

    if MYPY:
        type: ClassVar[Literal[ServerEventType.RESPONSE_MCP_CALL_ARGUMENTS_DONE]]
    else:
        type: ClassVar[
            Literal[
                ServerEventType.RESPONSE_MCP_CALL_ARGUMENTS_DONE,
                "response.mcp_call_arguments.done",
            ]
        ] = ServerEventType.RESPONSE_MCP_CALL_ARGUMENTS_DONE

    item_id: str
    """Identifier of the conversation item this belongs to."""

    response_id: str
    """Identifier of the response this belongs to."""

    output_index: int = 0
    """Zero-based position of the item in the output of its response."""

    arguments: str | None = None
    """The complete arguments as JSON text."""


class ServerEventResponseMcpCallCompleted(
    ServerEvent, kw_only=True, tag_field="type", tag="response.mcp_call.completed"
):
    """An MCP tool call succeeded; its result is in the item of
    `response.output_item.done`. Send `response.create` to have it spoken.

    Since API version 2026-01-01-preview.
    """

    if MYPY:
        type: ClassVar[Literal[ServerEventType.RESPONSE_MCP_CALL_COMPLETED]]
    else:
        type: ClassVar[
            Literal[
                ServerEventType.RESPONSE_MCP_CALL_COMPLETED,
                "response.mcp_call.completed",
            ]
        ] = ServerEventType.RESPONSE_MCP_CALL_COMPLETED

    item_id: str
    """Identifier of the conversation item this belongs to."""

    output_index: int = 0
    """Zero-based position of the item in the output of its response."""


class ServerEventResponseMcpCallFailed(
    ServerEvent, kw_only=True, tag_field="type", tag="response.mcp_call.failed"
):
    """An MCP tool call failed; the `error` of its `mcp_call` item has the reason.

    The session continues.

    Since API version 2026-01-01-preview.
    """

    if MYPY:
        type: ClassVar[Literal[ServerEventType.RESPONSE_MCP_CALL_FAILED]]
    else:
        type: ClassVar[
            Literal[
                ServerEventType.RESPONSE_MCP_CALL_FAILED, "response.mcp_call.failed"
            ]
        ] = ServerEventType.RESPONSE_MCP_CALL_FAILED

    item_id: str
    """Identifier of the conversation item this belongs to."""

    output_index: int = 0
    """Zero-based position of the item in the output of its response."""


class ServerEventResponseMcpCallInProgress(
    ServerEvent, kw_only=True, tag_field="type", tag="response.mcp_call.in_progress"
):
    """The service is running an MCP tool call; `response.mcp_call.completed` or
    `response.mcp_call.failed` follows.

    Since API version 2026-01-01-preview.
    """

    if MYPY:
        type: ClassVar[Literal[ServerEventType.RESPONSE_MCP_CALL_IN_PROGRESS]]
    else:
        type: ClassVar[
            Literal[
                ServerEventType.RESPONSE_MCP_CALL_IN_PROGRESS,
                "response.mcp_call.in_progress",
            ]
        ] = ServerEventType.RESPONSE_MCP_CALL_IN_PROGRESS

    item_id: str
    """Identifier of the conversation item this belongs to."""

    output_index: int = 0
    """Zero-based position of the item in the output of its response."""


class ServerEventResponseOutputItemAdded(
    ServerEvent, kw_only=True, tag_field="type", tag="response.output_item.added"
):
    """The response starts a new item, such as a message or a function call.

    Tell parallel items apart by `item.id`: `output_index` was seen as 0 for all of them
    on cascaded models.
    """

    if MYPY:
        type: ClassVar[Literal[ServerEventType.RESPONSE_OUTPUT_ITEM_ADDED]]
    else:
        type: ClassVar[
            Literal[
                ServerEventType.RESPONSE_OUTPUT_ITEM_ADDED, "response.output_item.added"
            ]
        ] = ServerEventType.RESPONSE_OUTPUT_ITEM_ADDED

    response_id: str
    """Identifier of the response this belongs to."""

    output_index: int = 0
    """Zero-based position of the item in the output of its response."""

    item: AnyResponseItem | None = None
    """The new item without content.

    Status is `in_progress` on native models; cascaded models send `incomplete` for
    messages.
    """


class ServerEventResponseOutputItemDone(
    ServerEvent, kw_only=True, tag_field="type", tag="response.output_item.done"
):
    """An output item is finished and will not change any more.

    `response.done` follows after the last one.
    """

    if MYPY:
        type: ClassVar[Literal[ServerEventType.RESPONSE_OUTPUT_ITEM_DONE]]
    else:
        type: ClassVar[
            Literal[
                ServerEventType.RESPONSE_OUTPUT_ITEM_DONE, "response.output_item.done"
            ]
        ] = ServerEventType.RESPONSE_OUTPUT_ITEM_DONE

    response_id: str
    """Identifier of the response this belongs to."""

    output_index: int = 0
    """Zero-based position of the item in the output of its response."""

    item: AnyResponseItem | None = None
    """The final item with its full text, transcript or arguments.

    Its status is `completed`, or `incomplete` when the response was cut short.
    """


class ServerEventResponseTextDelta(
    ServerEvent, kw_only=True, tag_field="type", tag="response.text.delta"
):
    """A piece of written output, to append to the message.

    Sent instead of audio when the modalities are `["text"]`.
    """

    if MYPY:
        type: ClassVar[Literal[ServerEventType.RESPONSE_TEXT_DELTA]]
    else:
        type: ClassVar[
            Literal[ServerEventType.RESPONSE_TEXT_DELTA, "response.text.delta"]
        ] = ServerEventType.RESPONSE_TEXT_DELTA

    response_id: str
    """Identifier of the response this belongs to."""

    item_id: str
    """Identifier of the conversation item this belongs to."""

    output_index: int = 0
    """Zero-based position of the item in the output of its response."""

    content_index: int = 0
    """Zero-based position of the content part in its item."""

    delta: str
    """Text to append, usually one word with its leading space."""


class ServerEventResponseTextDone(
    ServerEvent, kw_only=True, tag_field="type", tag="response.text.done"
):
    """The text of this content part is complete."""

    if MYPY:
        type: ClassVar[Literal[ServerEventType.RESPONSE_TEXT_DONE]]
    else:
        type: ClassVar[
            Literal[ServerEventType.RESPONSE_TEXT_DONE, "response.text.done"]
        ] = ServerEventType.RESPONSE_TEXT_DONE

    response_id: str
    """Identifier of the response this belongs to."""

    item_id: str
    """Identifier of the conversation item this belongs to."""

    output_index: int = 0
    """Zero-based position of the item in the output of its response."""

    content_index: int = 0
    """Zero-based position of the content part in its item."""

    text: str = ""
    """The full text, equal to all deltas joined."""


class ServerEventResponseVideoDelta(
    ServerEvent, kw_only=True, tag_field="type", tag="response.video.delta"
):
    """A chunk of avatar video to decode and show.

    Sent only when the avatar `output_protocol` is `websocket`.

    Since API version 2026-04-10.
    """

    if MYPY:
        type: ClassVar[Literal[ServerEventType.RESPONSE_VIDEO_DELTA]]
    else:
        type: ClassVar[
            Literal[ServerEventType.RESPONSE_VIDEO_DELTA, "response.video.delta"]
        ] = ServerEventType.RESPONSE_VIDEO_DELTA

    output_index: int = 0
    """Zero-based position of the item in the output of its response."""

    codec: str | None = None
    """Video codec of the chunk, for example `h264`."""

    delta: Base64Bytes
    """Encoded video bytes, base64 on the wire."""


class ServerEventResponseWebSearchCallCompleted(
    ServerEvent,
    kw_only=True,
    tag_field="type",
    tag="response.web_search_call.completed",
):
    """A web search finished; the answer that uses it follows.

    Since API version 2026-04-10.
    """

    if MYPY:
        type: ClassVar[Literal[ServerEventType.RESPONSE_WEB_SEARCH_CALL_COMPLETED]]
    else:
        type: ClassVar[
            Literal[
                ServerEventType.RESPONSE_WEB_SEARCH_CALL_COMPLETED,
                "response.web_search_call.completed",
            ]
        ] = ServerEventType.RESPONSE_WEB_SEARCH_CALL_COMPLETED

    response_id: str
    """Identifier of the response this belongs to."""

    item_id: str
    """Identifier of the conversation item this belongs to."""

    output_index: int = 0
    """Zero-based position of the item in the output of its response."""

    sequence_number: int | None = None
    """Counts the progress events of the call."""


class ServerEventResponseWebSearchCallInProgress(
    ServerEvent,
    kw_only=True,
    tag_field="type",
    tag="response.web_search_call.in_progress",
):
    """The assistant began a web search call; nothing to do but show progress.

    Since API version 2026-04-10.
    """

    if MYPY:
        type: ClassVar[Literal[ServerEventType.RESPONSE_WEB_SEARCH_CALL_IN_PROGRESS]]
    else:
        type: ClassVar[
            Literal[
                ServerEventType.RESPONSE_WEB_SEARCH_CALL_IN_PROGRESS,
                "response.web_search_call.in_progress",
            ]
        ] = ServerEventType.RESPONSE_WEB_SEARCH_CALL_IN_PROGRESS

    response_id: str
    """Identifier of the response this belongs to."""

    item_id: str
    """Identifier of the conversation item this belongs to."""

    output_index: int = 0
    """Zero-based position of the item in the output of its response."""

    sequence_number: int | None = None
    """Counts the progress events of the call."""


class ServerEventResponseWebSearchCallSearching(
    ServerEvent,
    kw_only=True,
    tag_field="type",
    tag="response.web_search_call.searching",
):
    """The web search is running.

    Since API version 2026-04-10.
    """

    if MYPY:
        type: ClassVar[Literal[ServerEventType.RESPONSE_WEB_SEARCH_CALL_SEARCHING]]
    else:
        type: ClassVar[
            Literal[
                ServerEventType.RESPONSE_WEB_SEARCH_CALL_SEARCHING,
                "response.web_search_call.searching",
            ]
        ] = ServerEventType.RESPONSE_WEB_SEARCH_CALL_SEARCHING

    response_id: str
    """Identifier of the response this belongs to."""

    item_id: str
    """Identifier of the conversation item this belongs to."""

    output_index: int = 0
    """Zero-based position of the item in the output of its response."""

    sequence_number: int | None = None
    """Counts the progress events of the call."""


class ServerEventRtcCallError(
    ServerEvent, kw_only=True, tag_field="type", tag="rtc.call.error"
):
    """A WebRTC call operation failed, such as the SDP exchange.

    Declared in the SDK of 2026-06-01-preview; documented with 2026-01-01-preview.

    Since API version 2026-01-01-preview.
    """

    if MYPY:
        type: ClassVar[Literal[ServerEventType.RTC_CALL_ERROR]]
    else:
        type: ClassVar[Literal[ServerEventType.RTC_CALL_ERROR, "rtc.call.error"]] = (
            ServerEventType.RTC_CALL_ERROR
        )

    operation: str | None = None
    """Wire name of the client event that failed, for example `rtc.call.sdp.create`."""

    rtc_call_id: str | None = None
    """Identifier of the call, if one existed already."""

    error: RtcCallErrorDetails
    """Why the operation failed."""


class ServerEventRtcCallSdpCreated(
    ServerEvent, kw_only=True, tag_field="type", tag="rtc.call.sdp.created"
):
    """The WebRTC call was accepted; answers `rtc.call.sdp.create`.

    Declared in the SDK of 2026-06-01-preview; documented with 2026-01-01-preview.

    Since API version 2026-01-01-preview.
    """

    if MYPY:
        type: ClassVar[Literal[ServerEventType.RTC_CALL_SDP_CREATED]]
    else:
        type: ClassVar[
            Literal[ServerEventType.RTC_CALL_SDP_CREATED, "rtc.call.sdp.created"]
        ] = ServerEventType.RTC_CALL_SDP_CREATED

    rtc_call_id: str
    """Identifier that the service gave the call."""

    sdp_answer: str
    """SDP answer to apply to your WebRTC peer connection."""


class ServerEventSessionAvatarConnecting(
    ServerEvent, kw_only=True, tag_field="type", tag="session.avatar.connecting"
):
    """The service accepted the avatar connection; answers `session.avatar.connect`.

    Apply the answer to your WebRTC peer connection to receive video and audio.
    """

    if MYPY:
        type: ClassVar[Literal[ServerEventType.SESSION_AVATAR_CONNECTING]]
    else:
        type: ClassVar[
            Literal[
                ServerEventType.SESSION_AVATAR_CONNECTING, "session.avatar.connecting"
            ]
        ] = ServerEventType.SESSION_AVATAR_CONNECTING

    server_sdp: str
    """WebRTC answer of the service, as base64 text."""


class ServerEventSessionAvatarSwitchToIdle(
    ServerEvent, kw_only=True, tag_field="type", tag="session.avatar.switch_to_idle"
):
    """The avatar stopped speaking and shows its idle pose.

    Since API version 2026-04-10.
    """

    if MYPY:
        type: ClassVar[Literal[ServerEventType.SESSION_AVATAR_SWITCH_TO_IDLE]]
    else:
        type: ClassVar[
            Literal[
                ServerEventType.SESSION_AVATAR_SWITCH_TO_IDLE,
                "session.avatar.switch_to_idle",
            ]
        ] = ServerEventType.SESSION_AVATAR_SWITCH_TO_IDLE

    turn_id: str | None = None
    """Identifier of the turn that ended; may be absent."""


class ServerEventSessionAvatarSwitchToSpeaking(
    ServerEvent, kw_only=True, tag_field="type", tag="session.avatar.switch_to_speaking"
):
    """The avatar began to speak, that is, playback of a turn started.

    Since API version 2026-04-10.
    """

    if MYPY:
        type: ClassVar[Literal[ServerEventType.SESSION_AVATAR_SWITCH_TO_SPEAKING]]
    else:
        type: ClassVar[
            Literal[
                ServerEventType.SESSION_AVATAR_SWITCH_TO_SPEAKING,
                "session.avatar.switch_to_speaking",
            ]
        ] = ServerEventType.SESSION_AVATAR_SWITCH_TO_SPEAKING

    turn_id: str | None = None
    """Identifier of the turn that is spoken; may be absent."""


class ServerEventSessionCreated(
    ServerEvent, kw_only=True, tag_field="type", tag="session.created"
):
    """The session is ready; always the first event of a good connection.

    An `error` in its place means that the model, profile or agent was refused after the
    WebSocket opened.
    """

    if MYPY:
        type: ClassVar[Literal[ServerEventType.SESSION_CREATED]]
    else:
        type: ClassVar[Literal[ServerEventType.SESSION_CREATED, "session.created"]] = (
            ServerEventType.SESSION_CREATED
        )

    session: ResponseSession
    """Settings before any update.

    `model` is the internal deployment name, for example `gpt-realtime-global-standard`,
    not the one you asked for.
    """


class ServerEventSessionUpdated(
    ServerEvent, kw_only=True, tag_field="type", tag="session.updated"
):
    """The settings of `session.update` are in force.

    One is sent for each accepted update; a rejected one is answered with `error`
    instead.
    """

    if MYPY:
        type: ClassVar[Literal[ServerEventType.SESSION_UPDATED]]
    else:
        type: ClassVar[Literal[ServerEventType.SESSION_UPDATED, "session.updated"]] = (
            ServerEventType.SESSION_UPDATED
        )

    session: ResponseSession
    """The full effective settings after the update, with the defaults that the service
    filled in.
    """


class ServerEventWarning(ServerEvent, kw_only=True, tag_field="type", tag="warning"):
    """Something deserves attention but nothing was refused or changed.

    Log it and go on.

    Since API version 2026-01-01-preview.
    """

    if MYPY:
        type: ClassVar[Literal[ServerEventType.WARNING]]
    else:
        type: ClassVar[Literal[ServerEventType.WARNING, "warning"]] = (
            ServerEventType.WARNING
        )

    warning: ServerEventWarningDetails
    """The warning."""


AnyServerEvent: TypeAlias = (
    ServerEventConversationItemCreated
    | ServerEventConversationItemDeleted
    | ServerEventConversationItemInputAudioTranscriptionCompleted
    | ServerEventConversationItemInputAudioTranscriptionDelta
    | ServerEventConversationItemInputAudioTranscriptionFailed
    | ServerEventConversationItemRetrieved
    | ServerEventConversationItemTruncated
    | ServerEventError
    | ServerEventInputAudioBufferCleared
    | ServerEventInputAudioBufferCommitted
    | ServerEventInputAudioBufferSpeechStarted
    | ServerEventInputAudioBufferSpeechStopped
    | ServerEventInputAudioBufferTimeoutTriggered
    | ServerEventMcpListToolsCompleted
    | ServerEventMcpListToolsFailed
    | ServerEventMcpListToolsInProgress
    | ServerEventOutputAudioBufferCleared
    | ServerEventResponseAnimationBlendshapeDelta
    | ServerEventResponseAnimationBlendshapeDone
    | ServerEventResponseAnimationVisemeDelta
    | ServerEventResponseAnimationVisemeDone
    | ServerEventResponseAudioDelta
    | ServerEventResponseAudioDone
    | ServerEventResponseAudioTimestampDelta
    | ServerEventResponseAudioTimestampDone
    | ServerEventResponseAudioTranscriptAnnotationAdded
    | ServerEventResponseAudioTranscriptDelta
    | ServerEventResponseAudioTranscriptDone
    | ServerEventResponseContentPartAdded
    | ServerEventResponseContentPartDone
    | ServerEventResponseCreated
    | ServerEventResponseDone
    | ServerEventResponseFileSearchCallCompleted
    | ServerEventResponseFileSearchCallInProgress
    | ServerEventResponseFileSearchCallSearching
    | ServerEventResponseFunctionCallArgumentsDelta
    | ServerEventResponseFunctionCallArgumentsDone
    | ServerEventResponseInvocationDelta
    | ServerEventResponseMcpCallArgumentsDelta
    | ServerEventResponseMcpCallArgumentsDone
    | ServerEventResponseMcpCallCompleted
    | ServerEventResponseMcpCallFailed
    | ServerEventResponseMcpCallInProgress
    | ServerEventResponseOutputItemAdded
    | ServerEventResponseOutputItemDone
    | ServerEventResponseTextDelta
    | ServerEventResponseTextDone
    | ServerEventResponseVideoDelta
    | ServerEventResponseWebSearchCallCompleted
    | ServerEventResponseWebSearchCallInProgress
    | ServerEventResponseWebSearchCallSearching
    | ServerEventSessionAvatarConnecting
    | ServerEventSessionAvatarSwitchToIdle
    | ServerEventSessionAvatarSwitchToSpeaking
    | ServerEventSessionCreated
    | ServerEventSessionUpdated
    | ServerEventWarning
    | ServerEventOutputAudioBufferStarted
    | ServerEventOutputAudioBufferStopped
    | ServerEventRtcCallError
    | ServerEventRtcCallSdpCreated
    | ServerEventConversationItemDone
    | ServerEventRateLimitsUpdated
    | ServerEventResponseFoundryAgentCallArgumentsDelta
    | ServerEventResponseFoundryAgentCallArgumentsDone
    | ServerEventResponseFoundryAgentCallInProgress
    | ServerEventResponseFoundryAgentCallCompleted
    | ServerEventResponseFoundryAgentCallFailed
)
"""Any variant of `ServerEvent`."""


__all__ = [
    "AnyServerEvent",
    "ServerEvent",
    "ServerEventConversationItemCreated",
    "ServerEventConversationItemDeleted",
    "ServerEventConversationItemDone",
    "ServerEventConversationItemInputAudioTranscriptionCompleted",
    "ServerEventConversationItemInputAudioTranscriptionDelta",
    "ServerEventConversationItemInputAudioTranscriptionFailed",
    "ServerEventConversationItemRetrieved",
    "ServerEventConversationItemTruncated",
    "ServerEventError",
    "ServerEventInputAudioBufferCleared",
    "ServerEventInputAudioBufferCommitted",
    "ServerEventInputAudioBufferSpeechStarted",
    "ServerEventInputAudioBufferSpeechStopped",
    "ServerEventInputAudioBufferTimeoutTriggered",
    "ServerEventMcpListToolsCompleted",
    "ServerEventMcpListToolsFailed",
    "ServerEventMcpListToolsInProgress",
    "ServerEventOutputAudioBufferCleared",
    "ServerEventOutputAudioBufferStarted",
    "ServerEventOutputAudioBufferStopped",
    "ServerEventRateLimitsUpdated",
    "ServerEventResponseAnimationBlendshapeDelta",
    "ServerEventResponseAnimationBlendshapeDone",
    "ServerEventResponseAnimationVisemeDelta",
    "ServerEventResponseAnimationVisemeDone",
    "ServerEventResponseAudioDelta",
    "ServerEventResponseAudioDone",
    "ServerEventResponseAudioTimestampDelta",
    "ServerEventResponseAudioTimestampDone",
    "ServerEventResponseAudioTranscriptAnnotationAdded",
    "ServerEventResponseAudioTranscriptDelta",
    "ServerEventResponseAudioTranscriptDone",
    "ServerEventResponseContentPartAdded",
    "ServerEventResponseContentPartDone",
    "ServerEventResponseCreated",
    "ServerEventResponseDone",
    "ServerEventResponseFileSearchCallCompleted",
    "ServerEventResponseFileSearchCallInProgress",
    "ServerEventResponseFileSearchCallSearching",
    "ServerEventResponseFoundryAgentCallArgumentsDelta",
    "ServerEventResponseFoundryAgentCallArgumentsDone",
    "ServerEventResponseFoundryAgentCallCompleted",
    "ServerEventResponseFoundryAgentCallFailed",
    "ServerEventResponseFoundryAgentCallInProgress",
    "ServerEventResponseFunctionCallArgumentsDelta",
    "ServerEventResponseFunctionCallArgumentsDone",
    "ServerEventResponseInvocationDelta",
    "ServerEventResponseMcpCallArgumentsDelta",
    "ServerEventResponseMcpCallArgumentsDone",
    "ServerEventResponseMcpCallCompleted",
    "ServerEventResponseMcpCallFailed",
    "ServerEventResponseMcpCallInProgress",
    "ServerEventResponseOutputItemAdded",
    "ServerEventResponseOutputItemDone",
    "ServerEventResponseTextDelta",
    "ServerEventResponseTextDone",
    "ServerEventResponseVideoDelta",
    "ServerEventResponseWebSearchCallCompleted",
    "ServerEventResponseWebSearchCallInProgress",
    "ServerEventResponseWebSearchCallSearching",
    "ServerEventRtcCallError",
    "ServerEventRtcCallSdpCreated",
    "ServerEventSessionAvatarConnecting",
    "ServerEventSessionAvatarSwitchToIdle",
    "ServerEventSessionAvatarSwitchToSpeaking",
    "ServerEventSessionCreated",
    "ServerEventSessionUpdated",
    "ServerEventWarning",
]
