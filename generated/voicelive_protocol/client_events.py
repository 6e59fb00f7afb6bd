# Generated from schema/ by `make generate`. Do not edit.
"""Events that the client sends over the WebSocket, one JSON object per text frame.

They are handled in order; a rejected one is answered by `error` and the session
continues.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Literal, TypeAlias

from msgspec import UNSET, UnsetType

from voicelive_core.model import Event
from voicelive_core.scalars import MYPY, Base64Bytes
from voicelive_protocol.discriminators import ClientEventType

from .items import AnyConversationRequestItem
from .response import ResponseCreateParams
from .session import RequestSession


class ClientEvent(Event, kw_only=True):
    """Base of everything that a client sends.

    `type` selects the concrete event.
    """

    if TYPE_CHECKING:
        type: ClassVar[Any]
        """The wire name of the variant; each narrows it to its own."""

    event_id: str | None | UnsetType = UNSET
    """Identifier chosen by the client.

    The service repeats it in `error.event_id` when it rejects this event.
    """


class ClientEventConversationItemCreate(
    ClientEvent, kw_only=True, tag_field="type", tag="conversation.item.create"
):
    """Adds an item to the history, such as a text message or a function result.

    Answered by `conversation.item.created`; it does not make the assistant speak, so
    send `response.create` too.
    """

    if MYPY:
        type: ClassVar[Literal[ClientEventType.CONVERSATION_ITEM_CREATE]]
    else:
        type: ClassVar[
            Literal[
                ClientEventType.CONVERSATION_ITEM_CREATE, "conversation.item.create"
            ]
        ] = ClientEventType.CONVERSATION_ITEM_CREATE

    previous_item_id: str | None | UnsetType = UNSET
    """Where to insert: after this item, or at the beginning with `root`.

    Omitted appends at the end; an unknown identifier gets `error` and nothing is added.
    """

    item: AnyConversationRequestItem | None | UnsetType = UNSET
    """The item to add.

    Assistant messages take text only, not audio.
    """


class ClientEventConversationItemDelete(
    ClientEvent, kw_only=True, tag_field="type", tag="conversation.item.delete"
):
    """Removes an item from the history.

    Answered by `conversation.item.deleted`, or `error` if the item is unknown.
    """

    if MYPY:
        type: ClassVar[Literal[ClientEventType.CONVERSATION_ITEM_DELETE]]
    else:
        type: ClassVar[
            Literal[
                ClientEventType.CONVERSATION_ITEM_DELETE, "conversation.item.delete"
            ]
        ] = ClientEventType.CONVERSATION_ITEM_DELETE

    item_id: str
    """Identifier of the item to remove."""


class ClientEventConversationItemRetrieve(
    ClientEvent, kw_only=True, tag_field="type", tag="conversation.item.retrieve"
):
    """Asks for an item as the service holds it.

    Answered by `conversation.item.retrieved`, or `error` if the item is unknown.
    """

    if MYPY:
        type: ClassVar[Literal[ClientEventType.CONVERSATION_ITEM_RETRIEVE]]
    else:
        type: ClassVar[
            Literal[
                ClientEventType.CONVERSATION_ITEM_RETRIEVE, "conversation.item.retrieve"
            ]
        ] = ClientEventType.CONVERSATION_ITEM_RETRIEVE

    item_id: str
    """Identifier of the item to return."""


class ClientEventConversationItemTruncate(
    ClientEvent, kw_only=True, tag_field="type", tag="conversation.item.truncate"
):
    """Cuts an assistant audio item to what the user heard, after an interruption.

    Answered by `conversation.item.truncated`; the transcript of the item is dropped.
    Not needed with `auto_truncate`.
    """

    if MYPY:
        type: ClassVar[Literal[ClientEventType.CONVERSATION_ITEM_TRUNCATE]]
    else:
        type: ClassVar[
            Literal[
                ClientEventType.CONVERSATION_ITEM_TRUNCATE, "conversation.item.truncate"
            ]
        ] = ClientEventType.CONVERSATION_ITEM_TRUNCATE

    item_id: str
    """Identifier of the assistant audio item to cut.

    Text and user items are refused.
    """

    content_index: int
    """Position of the audio part in the item.

    Always send 0.
    """

    audio_end_ms: int
    """Length of the audio to keep, in ms from its start.

    A value beyond the audio produced gets `error` and changes nothing.
    """


class ClientEventInputAudioBufferAppend(
    ClientEvent, kw_only=True, tag_field="type", tag="input_audio_buffer.append"
):
    """Adds microphone audio to the input buffer.

    There is no acknowledgement; with voice activity detection on, keep sending real
    silence, or the end of speech is never found.
    """

    if MYPY:
        type: ClassVar[Literal[ClientEventType.INPUT_AUDIO_BUFFER_APPEND]]
    else:
        type: ClassVar[
            Literal[
                ClientEventType.INPUT_AUDIO_BUFFER_APPEND, "input_audio_buffer.append"
            ]
        ] = ClientEventType.INPUT_AUDIO_BUFFER_APPEND

    audio: Base64Bytes
    """Audio bytes in the session's input format, base64 on the wire, at most 15 MiB per
    event. `pcm16` is mono 16-bit little-endian, 24000 Hz by default.
    """


class ClientEventInputAudioBufferClear(
    ClientEvent, kw_only=True, tag_field="type", tag="input_audio_buffer.clear"
):
    """Discards audio that was appended but not committed.

    Answered by `input_audio_buffer.cleared`.
    """

    if MYPY:
        type: ClassVar[Literal[ClientEventType.INPUT_AUDIO_BUFFER_CLEAR]]
    else:
        type: ClassVar[
            Literal[
                ClientEventType.INPUT_AUDIO_BUFFER_CLEAR, "input_audio_buffer.clear"
            ]
        ] = ClientEventType.INPUT_AUDIO_BUFFER_CLEAR


class ClientEventInputAudioBufferCommit(
    ClientEvent, kw_only=True, tag_field="type", tag="input_audio_buffer.commit"
):
    """Ends the user turn by hand and turns the buffer into a user item.

    Answered by `input_audio_buffer.committed`, or `error` with less than 100 ms of
    audio; send `response.create` for a reply.
    """

    if MYPY:
        type: ClassVar[Literal[ClientEventType.INPUT_AUDIO_BUFFER_COMMIT]]
    else:
        type: ClassVar[
            Literal[
                ClientEventType.INPUT_AUDIO_BUFFER_COMMIT, "input_audio_buffer.commit"
            ]
        ] = ClientEventType.INPUT_AUDIO_BUFFER_COMMIT


class ClientEventInputAudioClear(
    ClientEvent, kw_only=True, tag_field="type", tag="input_audio.clear"
):
    """Discards all input audio that is being streamed.

    No server event is documented as its answer.
    """

    if MYPY:
        type: ClassVar[Literal[ClientEventType.INPUT_AUDIO_CLEAR]]
    else:
        type: ClassVar[
            Literal[ClientEventType.INPUT_AUDIO_CLEAR, "input_audio.clear"]
        ] = ClientEventType.INPUT_AUDIO_CLEAR


class ClientEventInputAudioTurnAppend(
    ClientEvent, kw_only=True, tag_field="type", tag="input_audio.turn.append"
):
    """Adds audio to a turn opened by `input_audio.turn.start`.

    No server event is documented as its answer.
    """

    if MYPY:
        type: ClassVar[Literal[ClientEventType.INPUT_AUDIO_TURN_APPEND]]
    else:
        type: ClassVar[
            Literal[ClientEventType.INPUT_AUDIO_TURN_APPEND, "input_audio.turn.append"]
        ] = ClientEventType.INPUT_AUDIO_TURN_APPEND

    turn_id: str
    """Identifier of the open turn that the audio belongs to."""

    audio: Base64Bytes
    """Audio bytes in the session's input format, base64 on the wire."""


class ClientEventInputAudioTurnCancel(
    ClientEvent, kw_only=True, tag_field="type", tag="input_audio.turn.cancel"
):
    """Abandons an open input turn and its audio.

    No server event is documented as its answer.
    """

    if MYPY:
        type: ClassVar[Literal[ClientEventType.INPUT_AUDIO_TURN_CANCEL]]
    else:
        type: ClassVar[
            Literal[ClientEventType.INPUT_AUDIO_TURN_CANCEL, "input_audio.turn.cancel"]
        ] = ClientEventType.INPUT_AUDIO_TURN_CANCEL

    turn_id: str
    """Identifier of the turn to abandon."""


class ClientEventInputAudioTurnEnd(
    ClientEvent, kw_only=True, tag_field="type", tag="input_audio.turn.end"
):
    """Closes an input turn: the user has finished speaking.

    No server event is documented as its answer.
    """

    if MYPY:
        type: ClassVar[Literal[ClientEventType.INPUT_AUDIO_TURN_END]]
    else:
        type: ClassVar[
            Literal[ClientEventType.INPUT_AUDIO_TURN_END, "input_audio.turn.end"]
        ] = ClientEventType.INPUT_AUDIO_TURN_END

    turn_id: str
    """Identifier of the turn to close."""


class ClientEventInputAudioTurnStart(
    ClientEvent, kw_only=True, tag_field="type", tag="input_audio.turn.start"
):
    """Opens an input turn whose limits the client sets itself.

    Follow with `input_audio.turn.append`, then `input_audio.turn.end` or
    `input_audio.turn.cancel`.
    """

    if MYPY:
        type: ClassVar[Literal[ClientEventType.INPUT_AUDIO_TURN_START]]
    else:
        type: ClassVar[
            Literal[ClientEventType.INPUT_AUDIO_TURN_START, "input_audio.turn.start"]
        ] = ClientEventType.INPUT_AUDIO_TURN_START

    turn_id: str
    """Identifier that you choose for the turn; unique, and repeated in the other turn
    events.
    """


class ClientEventInputTextDelta(
    ClientEvent, kw_only=True, tag_field="type", tag="input_text.delta"
):
    """Appends a piece of text to an item of the user while it is being written.

    Create the item first, with an `id` of your own and an empty text; close with
    `input_text.done`. There is no answer.

    Since API version 2026-06-01-preview.
    """

    if MYPY:
        type: ClassVar[Literal[ClientEventType.INPUT_TEXT_DELTA]]
    else:
        type: ClassVar[
            Literal[ClientEventType.INPUT_TEXT_DELTA, "input_text.delta"]
        ] = ClientEventType.INPUT_TEXT_DELTA

    id: str
    """Identifier of the item that the text belongs to."""

    delta: str
    """Text to append."""

    content_index: int | None | UnsetType = UNSET
    """Position of the content part in the item.

    Default: 0.
    """


class ClientEventInputTextDone(
    ClientEvent, kw_only=True, tag_field="type", tag="input_text.done"
):
    """Says that the streamed text of an item is complete.

    There is no answer, and no response begins: send `response.create`.

    Since API version 2026-06-01-preview.
    """

    if MYPY:
        type: ClassVar[Literal[ClientEventType.INPUT_TEXT_DONE]]
    else:
        type: ClassVar[Literal[ClientEventType.INPUT_TEXT_DONE, "input_text.done"]] = (
            ClientEventType.INPUT_TEXT_DONE
        )

    id: str
    """Identifier of the item whose text is complete."""

    content_index: int | None | UnsetType = UNSET
    """Position of the content part in the item.

    Default: 0.
    """


class ClientEventOutputAudioBufferClear(
    ClientEvent, kw_only=True, tag_field="type", tag="output_audio_buffer.clear"
):
    """Stops avatar speech that is buffered but not yet played.

    Answered by `output_audio_buffer.cleared`; useful in avatar sessions only.

    Since API version 2026-04-10.
    """

    if MYPY:
        type: ClassVar[Literal[ClientEventType.OUTPUT_AUDIO_BUFFER_CLEAR]]
    else:
        type: ClassVar[
            Literal[
                ClientEventType.OUTPUT_AUDIO_BUFFER_CLEAR, "output_audio_buffer.clear"
            ]
        ] = ClientEventType.OUTPUT_AUDIO_BUFFER_CLEAR


class ClientEventResponseCancel(
    ClientEvent, kw_only=True, tag_field="type", tag="response.cancel"
):
    """Stops the running response.

    Answered by `response.done` with status `cancelled`; late deltas may still come
    before it. With nothing running: `error` `response_cancel_not_active`, which is
    harmless.
    """

    if MYPY:
        type: ClassVar[Literal[ClientEventType.RESPONSE_CANCEL]]
    else:
        type: ClassVar[Literal[ClientEventType.RESPONSE_CANCEL, "response.cancel"]] = (
            ClientEventType.RESPONSE_CANCEL
        )

    response_id: str | None | UnsetType = UNSET
    """Identifier of the response to stop.

    Omitted means the one running in the default conversation.
    """


class ClientEventResponseCreate(
    ClientEvent, kw_only=True, tag_field="type", tag="response.create"
):
    """Makes the assistant reply now.

    Answered by `response.created`; while a response is running, native models answer
    `error` `conversation_already_has_active_response`, so wait for `response.done`.
    """

    if MYPY:
        type: ClassVar[Literal[ClientEventType.RESPONSE_CREATE]]
    else:
        type: ClassVar[Literal[ClientEventType.RESPONSE_CREATE, "response.create"]] = (
            ClientEventType.RESPONSE_CREATE
        )

    response: ResponseCreateParams | None | UnsetType = UNSET
    """Settings for this response only.

    Omitted ones come from the session.
    """

    additional_instructions: str | None | UnsetType = UNSET
    """Text added to the session instructions for this response only."""


class ClientEventRtcCallSdpCreate(
    ClientEvent, kw_only=True, tag_field="type", tag="rtc.call.sdp.create"
):
    """Offers a WebRTC call that carries the session's audio.

    Answered by `rtc.call.sdp.created` or `rtc.call.error`. Declared in the SDK of
    2026-06-01-preview; documented with 2026-01-01-preview.

    Since API version 2026-01-01-preview.
    """

    if MYPY:
        type: ClassVar[Literal[ClientEventType.RTC_CALL_SDP_CREATE]]
    else:
        type: ClassVar[
            Literal[ClientEventType.RTC_CALL_SDP_CREATE, "rtc.call.sdp.create"]
        ] = ClientEventType.RTC_CALL_SDP_CREATE

    sdp_offer: str
    """SDP offer of the client's WebRTC peer connection."""

    session: RequestSession | None | UnsetType = UNSET
    """Session settings to apply before the call is set up."""


class ClientEventSessionAvatarConnect(
    ClientEvent, kw_only=True, tag_field="type", tag="session.avatar.connect"
):
    """Offers a WebRTC connection for avatar video and audio.

    Answered by `session.avatar.connecting`; configure `avatar` in `session.update`
    first.
    """

    if MYPY:
        type: ClassVar[Literal[ClientEventType.SESSION_AVATAR_CONNECT]]
    else:
        type: ClassVar[
            Literal[ClientEventType.SESSION_AVATAR_CONNECT, "session.avatar.connect"]
        ] = ClientEventType.SESSION_AVATAR_CONNECT

    client_sdp: str
    """WebRTC offer of the client: the JSON description, base64-encoded.

    It must contain a video section.
    """


class ClientEventSessionUpdate(
    ClientEvent, kw_only=True, tag_field="type", tag="session.update"
):
    """Changes session settings.

    Answered by `session.updated` with all effective settings, or `error`; may be sent
    before `session.created` is read.
    """

    if MYPY:
        type: ClassVar[Literal[ClientEventType.SESSION_UPDATE]]
    else:
        type: ClassVar[Literal[ClientEventType.SESSION_UPDATE, "session.update"]] = (
            ClientEventType.SESSION_UPDATE
        )

    session: RequestSession
    """Settings to change; top-level keys left out keep their value.

    Nested objects are replaced, not merged, and unknown keys are refused.
    """


class ClientEventTranscriptionSessionUpdate(
    ClientEvent, kw_only=True, tag_field="type", tag="transcription_session.update"
):
    """Asks to change the settings of a transcription-only session.

    No server event is known to answer it.

    Known from an SDK only.
    """

    if MYPY:
        type: ClassVar[Literal[ClientEventType.TRANSCRIPTION_SESSION_UPDATE]]
    else:
        type: ClassVar[
            Literal[
                ClientEventType.TRANSCRIPTION_SESSION_UPDATE,
                "transcription_session.update",
            ]
        ] = ClientEventType.TRANSCRIPTION_SESSION_UPDATE

    session: dict[str, Any]
    """Transcription settings as a free JSON object; no shape is specified."""


AnyClientEvent: TypeAlias = (
    ClientEventConversationItemCreate
    | ClientEventConversationItemDelete
    | ClientEventConversationItemRetrieve
    | ClientEventConversationItemTruncate
    | ClientEventInputAudioBufferAppend
    | ClientEventInputAudioBufferClear
    | ClientEventInputAudioBufferCommit
    | ClientEventInputAudioClear
    | ClientEventInputAudioTurnAppend
    | ClientEventInputAudioTurnCancel
    | ClientEventInputAudioTurnEnd
    | ClientEventInputAudioTurnStart
    | ClientEventInputTextDelta
    | ClientEventInputTextDone
    | ClientEventOutputAudioBufferClear
    | ClientEventResponseCancel
    | ClientEventResponseCreate
    | ClientEventSessionAvatarConnect
    | ClientEventSessionUpdate
    | ClientEventRtcCallSdpCreate
    | ClientEventTranscriptionSessionUpdate
)
"""Any variant of `ClientEvent`."""


__all__ = [
    "AnyClientEvent",
    "ClientEvent",
    "ClientEventConversationItemCreate",
    "ClientEventConversationItemDelete",
    "ClientEventConversationItemRetrieve",
    "ClientEventConversationItemTruncate",
    "ClientEventInputAudioBufferAppend",
    "ClientEventInputAudioBufferClear",
    "ClientEventInputAudioBufferCommit",
    "ClientEventInputAudioClear",
    "ClientEventInputAudioTurnAppend",
    "ClientEventInputAudioTurnCancel",
    "ClientEventInputAudioTurnEnd",
    "ClientEventInputAudioTurnStart",
    "ClientEventInputTextDelta",
    "ClientEventInputTextDone",
    "ClientEventOutputAudioBufferClear",
    "ClientEventResponseCancel",
    "ClientEventResponseCreate",
    "ClientEventRtcCallSdpCreate",
    "ClientEventSessionAvatarConnect",
    "ClientEventSessionUpdate",
    "ClientEventTranscriptionSessionUpdate",
]
