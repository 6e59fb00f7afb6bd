# Generated from schema/ by `make generate`. Do not edit.
"""Client events as methods: `conversation.item.create` is `conversation.item.create()`.

The path of an event is the path of its resource; the last part is the method.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol, TypeAlias

from voicelive_protocol.client_events import (
    ClientEvent,
    ClientEventConversationItemCreate,
    ClientEventConversationItemDelete,
    ClientEventConversationItemRetrieve,
    ClientEventConversationItemTruncate,
    ClientEventInputAudioBufferAppend,
    ClientEventInputAudioBufferClear,
    ClientEventInputAudioBufferCommit,
    ClientEventInputAudioClear,
    ClientEventInputAudioTurnAppend,
    ClientEventInputAudioTurnCancel,
    ClientEventInputAudioTurnEnd,
    ClientEventInputAudioTurnStart,
    ClientEventInputTextDelta,
    ClientEventInputTextDone,
    ClientEventOutputAudioBufferClear,
    ClientEventResponseCancel,
    ClientEventResponseCreate,
    ClientEventRtcCallSdpCreate,
    ClientEventSessionAvatarConnect,
    ClientEventSessionUpdate,
    ClientEventTranscriptionSessionUpdate,
)
from voicelive_protocol.items import AnyConversationRequestItem
from voicelive_protocol.response import ResponseCreateParams
from voicelive_protocol.session import RequestSession

ClientMessage: TypeAlias = ClientEvent | Mapping[str, Any] | str | bytes
"""What a connection can send: an event, its fields as a mapping, or JSON text."""


class Sender(Protocol):
    """Interface of an object that sends client events."""

    async def send(self, event: ClientMessage) -> None:
        """Send one event."""
        ...


class _Resource:
    __slots__ = ("_sender",)

    def __init__(self, sender: Sender) -> None:
        self._sender = sender

    async def _send(self, event: type[ClientEvent], **fields: Any) -> None:
        given = {name: value for name, value in fields.items() if value is not None}
        await self._sender.send(event(**given))


class ConversationItemResource(_Resource):
    """Sends the `conversation.item` events of a client."""

    __slots__ = ()

    async def create(
        self,
        *,
        previous_item_id: str | None = None,
        item: AnyConversationRequestItem | Mapping[str, Any] | None = None,
        event_id: str | None = None,
    ) -> None:
        """Adds an item to the history, such as a text message or a function result.

        Answered by `conversation.item.created`; it does not make the assistant speak,
        so send `response.create` too.

        Sends `conversation.item.create`.

        Args:
            previous_item_id: Where to insert: after this item, or at the beginning with
                `root`. Omitted appends at the end; an unknown identifier gets `error`
                and nothing is added.
            item: The item to add. Assistant messages take text only, not audio.
            event_id: Identifier chosen by the client. The service repeats it in
                `error.event_id` when it rejects this event.
        """
        await self._send(
            ClientEventConversationItemCreate,
            previous_item_id=previous_item_id,
            item=item,
            event_id=event_id,
        )

    async def delete(self, *, item_id: str, event_id: str | None = None) -> None:
        """Removes an item from the history.

        Answered by `conversation.item.deleted`, or `error` if the item is unknown.

        Sends `conversation.item.delete`.

        Args:
            item_id: Identifier of the item to remove.
            event_id: Identifier chosen by the client. The service repeats it in
                `error.event_id` when it rejects this event.
        """
        await self._send(
            ClientEventConversationItemDelete, item_id=item_id, event_id=event_id
        )

    async def retrieve(self, *, item_id: str, event_id: str | None = None) -> None:
        """Asks for an item as the service holds it.

        Answered by `conversation.item.retrieved`, or `error` if the item is unknown.

        Sends `conversation.item.retrieve`.

        Args:
            item_id: Identifier of the item to return.
            event_id: Identifier chosen by the client. The service repeats it in
                `error.event_id` when it rejects this event.
        """
        await self._send(
            ClientEventConversationItemRetrieve, item_id=item_id, event_id=event_id
        )

    async def truncate(
        self,
        *,
        item_id: str,
        content_index: int,
        audio_end_ms: int,
        event_id: str | None = None,
    ) -> None:
        """Cuts an assistant audio item to what the user heard, after an interruption.
        Answered by `conversation.item.truncated`; the transcript of the item is
        dropped. Not needed with `auto_truncate`.

        Sends `conversation.item.truncate`.

        Args:
            item_id: Identifier of the assistant audio item to cut. Text and user items
                are refused.
            content_index: Position of the audio part in the item. Always send 0.
            audio_end_ms: Length of the audio to keep, in ms from its start. A value
                beyond the audio produced gets `error` and changes nothing.
            event_id: Identifier chosen by the client. The service repeats it in
                `error.event_id` when it rejects this event.
        """
        await self._send(
            ClientEventConversationItemTruncate,
            item_id=item_id,
            content_index=content_index,
            audio_end_ms=audio_end_ms,
            event_id=event_id,
        )


class ConversationResource(_Resource):
    """Sends the `conversation` events of a client."""

    __slots__ = ("item",)

    def __init__(self, sender: Sender) -> None:
        super().__init__(sender)
        self.item: ConversationItemResource = ConversationItemResource(sender)


class InputAudioBufferResource(_Resource):
    """Sends the `input_audio_buffer` events of a client."""

    __slots__ = ()

    async def append(self, *, audio: bytes | str, event_id: str | None = None) -> None:
        """Adds microphone audio to the input buffer.

        There is no acknowledgement; with voice activity detection on, keep sending real
        silence, or the end of speech is never found.

        Sends `input_audio_buffer.append`.

        Args:
            audio: Audio bytes in the session's input format, base64 on the wire, at
                most 15 MiB per event. `pcm16` is mono 16-bit little-endian, 24000 Hz by
                default. Raw bytes are encoded; text is taken for base64.
            event_id: Identifier chosen by the client. The service repeats it in
                `error.event_id` when it rejects this event.
        """
        await self._send(
            ClientEventInputAudioBufferAppend, audio=audio, event_id=event_id
        )

    async def clear(self, *, event_id: str | None = None) -> None:
        """Discards audio that was appended but not committed.

        Answered by `input_audio_buffer.cleared`.

        Sends `input_audio_buffer.clear`.

        Args:
            event_id: Identifier chosen by the client. The service repeats it in
                `error.event_id` when it rejects this event.
        """
        await self._send(ClientEventInputAudioBufferClear, event_id=event_id)

    async def commit(self, *, event_id: str | None = None) -> None:
        """Ends the user turn by hand and turns the buffer into a user item.

        Answered by `input_audio_buffer.committed`, or `error` with less than 100 ms of
        audio; send `response.create` for a reply.

        Sends `input_audio_buffer.commit`.

        Args:
            event_id: Identifier chosen by the client. The service repeats it in
                `error.event_id` when it rejects this event.
        """
        await self._send(ClientEventInputAudioBufferCommit, event_id=event_id)


class InputAudioTurnResource(_Resource):
    """Sends the `input_audio.turn` events of a client."""

    __slots__ = ()

    async def append(
        self, *, turn_id: str, audio: bytes | str, event_id: str | None = None
    ) -> None:
        """Adds audio to a turn opened by `input_audio.turn.start`.

        No server event is documented as its answer.

        Sends `input_audio.turn.append`.

        Args:
            turn_id: Identifier of the open turn that the audio belongs to.
            audio: Audio bytes in the session's input format, base64 on the wire. Raw
                bytes are encoded; text is taken for base64.
            event_id: Identifier chosen by the client. The service repeats it in
                `error.event_id` when it rejects this event.
        """
        await self._send(
            ClientEventInputAudioTurnAppend,
            turn_id=turn_id,
            audio=audio,
            event_id=event_id,
        )

    async def cancel(self, *, turn_id: str, event_id: str | None = None) -> None:
        """Abandons an open input turn and its audio.

        No server event is documented as its answer.

        Sends `input_audio.turn.cancel`.

        Args:
            turn_id: Identifier of the turn to abandon.
            event_id: Identifier chosen by the client. The service repeats it in
                `error.event_id` when it rejects this event.
        """
        await self._send(
            ClientEventInputAudioTurnCancel, turn_id=turn_id, event_id=event_id
        )

    async def end(self, *, turn_id: str, event_id: str | None = None) -> None:
        """Closes an input turn: the user has finished speaking.

        No server event is documented as its answer.

        Sends `input_audio.turn.end`.

        Args:
            turn_id: Identifier of the turn to close.
            event_id: Identifier chosen by the client. The service repeats it in
                `error.event_id` when it rejects this event.
        """
        await self._send(
            ClientEventInputAudioTurnEnd, turn_id=turn_id, event_id=event_id
        )

    async def start(self, *, turn_id: str, event_id: str | None = None) -> None:
        """Opens an input turn whose limits the client sets itself.

        Follow with `input_audio.turn.append`, then `input_audio.turn.end` or
        `input_audio.turn.cancel`.

        Sends `input_audio.turn.start`.

        Args:
            turn_id: Identifier that you choose for the turn; unique, and repeated in
                the other turn events.
            event_id: Identifier chosen by the client. The service repeats it in
                `error.event_id` when it rejects this event.
        """
        await self._send(
            ClientEventInputAudioTurnStart, turn_id=turn_id, event_id=event_id
        )


class InputAudioResource(_Resource):
    """Sends the `input_audio` events of a client."""

    __slots__ = ("turn",)

    def __init__(self, sender: Sender) -> None:
        super().__init__(sender)
        self.turn: InputAudioTurnResource = InputAudioTurnResource(sender)

    async def clear(self, *, event_id: str | None = None) -> None:
        """Discards all input audio that is being streamed.

        No server event is documented as its answer.

        Sends `input_audio.clear`.

        Args:
            event_id: Identifier chosen by the client. The service repeats it in
                `error.event_id` when it rejects this event.
        """
        await self._send(ClientEventInputAudioClear, event_id=event_id)


class InputTextResource(_Resource):
    """Sends the `input_text` events of a client."""

    __slots__ = ()

    async def delta(
        self,
        *,
        id: str,
        delta: str,
        content_index: int | None = None,
        event_id: str | None = None,
    ) -> None:
        """Appends a piece of text to an item of the user while it is being written.

        Create the item first, with an `id` of your own and an empty text; close with
        `input_text.done`. There is no answer.

        Sends `input_text.delta`. Since API version 2026-06-01-preview.

        Args:
            id: Identifier of the item that the text belongs to.
            delta: Text to append.
            content_index: Position of the content part in the item.
            event_id: Identifier chosen by the client. The service repeats it in
                `error.event_id` when it rejects this event.
        """
        await self._send(
            ClientEventInputTextDelta,
            id=id,
            delta=delta,
            content_index=content_index,
            event_id=event_id,
        )

    async def done(
        self, *, id: str, content_index: int | None = None, event_id: str | None = None
    ) -> None:
        """Says that the streamed text of an item is complete.

        There is no answer, and no response begins: send `response.create`.

        Sends `input_text.done`. Since API version 2026-06-01-preview.

        Args:
            id: Identifier of the item whose text is complete.
            content_index: Position of the content part in the item.
            event_id: Identifier chosen by the client. The service repeats it in
                `error.event_id` when it rejects this event.
        """
        await self._send(
            ClientEventInputTextDone,
            id=id,
            content_index=content_index,
            event_id=event_id,
        )


class OutputAudioBufferResource(_Resource):
    """Sends the `output_audio_buffer` events of a client."""

    __slots__ = ()

    async def clear(self, *, event_id: str | None = None) -> None:
        """Stops avatar speech that is buffered but not yet played.

        Answered by `output_audio_buffer.cleared`; useful in avatar sessions only.

        Sends `output_audio_buffer.clear`. Since API version 2026-04-10.

        Args:
            event_id: Identifier chosen by the client. The service repeats it in
                `error.event_id` when it rejects this event.
        """
        await self._send(ClientEventOutputAudioBufferClear, event_id=event_id)


class ResponseResource(_Resource):
    """Sends the `response` events of a client."""

    __slots__ = ()

    async def cancel(
        self, *, response_id: str | None = None, event_id: str | None = None
    ) -> None:
        """Stops the running response.

        Answered by `response.done` with status `cancelled`; late deltas may still come
        before it. With nothing running: `error` `response_cancel_not_active`, which is
        harmless.

        Sends `response.cancel`.

        Args:
            response_id: Identifier of the response to stop. Omitted means the one
                running in the default conversation.
            event_id: Identifier chosen by the client. The service repeats it in
                `error.event_id` when it rejects this event.
        """
        await self._send(
            ClientEventResponseCancel, response_id=response_id, event_id=event_id
        )

    async def create(
        self,
        *,
        response: ResponseCreateParams | Mapping[str, Any] | None = None,
        additional_instructions: str | None = None,
        event_id: str | None = None,
    ) -> None:
        """Makes the assistant reply now.

        Answered by `response.created`; while a response is running, native models
        answer `error` `conversation_already_has_active_response`, so wait for
        `response.done`.

        Sends `response.create`.

        Args:
            response: Settings for this response only. Omitted ones come from the
                session.
            additional_instructions: Text added to the session instructions for this
                response only.
            event_id: Identifier chosen by the client. The service repeats it in
                `error.event_id` when it rejects this event.
        """
        await self._send(
            ClientEventResponseCreate,
            response=response,
            additional_instructions=additional_instructions,
            event_id=event_id,
        )


class SessionAvatarResource(_Resource):
    """Sends the `session.avatar` events of a client."""

    __slots__ = ()

    async def connect(self, *, client_sdp: str, event_id: str | None = None) -> None:
        """Offers a WebRTC connection for avatar video and audio.

        Answered by `session.avatar.connecting`; configure `avatar` in `session.update`
        first.

        Sends `session.avatar.connect`.

        Args:
            client_sdp: WebRTC offer of the client: the JSON description,
                base64-encoded. It must contain a video section.
            event_id: Identifier chosen by the client. The service repeats it in
                `error.event_id` when it rejects this event.
        """
        await self._send(
            ClientEventSessionAvatarConnect, client_sdp=client_sdp, event_id=event_id
        )


class SessionResource(_Resource):
    """Sends the `session` events of a client."""

    __slots__ = ("avatar",)

    def __init__(self, sender: Sender) -> None:
        super().__init__(sender)
        self.avatar: SessionAvatarResource = SessionAvatarResource(sender)

    async def update(
        self,
        *,
        session: RequestSession | Mapping[str, Any],
        event_id: str | None = None,
    ) -> None:
        """Changes session settings.

        Answered by `session.updated` with all effective settings, or `error`; may be
        sent before `session.created` is read.

        Sends `session.update`.

        Args:
            session: Settings to change; top-level keys left out keep their value.
                Nested objects are replaced, not merged, and unknown keys are refused.
            event_id: Identifier chosen by the client. The service repeats it in
                `error.event_id` when it rejects this event.
        """
        await self._send(ClientEventSessionUpdate, session=session, event_id=event_id)


class RtcCallSdpResource(_Resource):
    """Sends the `rtc.call.sdp` events of a client."""

    __slots__ = ()

    async def create(
        self,
        *,
        sdp_offer: str,
        session: RequestSession | Mapping[str, Any] | None = None,
        event_id: str | None = None,
    ) -> None:
        """Offers a WebRTC call that carries the session's audio.

        Answered by `rtc.call.sdp.created` or `rtc.call.error`. Declared in the SDK of
        2026-06-01-preview; documented with 2026-01-01-preview.

        Sends `rtc.call.sdp.create`. Since API version 2026-01-01-preview.

        Args:
            sdp_offer: SDP offer of the client's WebRTC peer connection.
            session: Session settings to apply before the call is set up.
            event_id: Identifier chosen by the client. The service repeats it in
                `error.event_id` when it rejects this event.
        """
        await self._send(
            ClientEventRtcCallSdpCreate,
            sdp_offer=sdp_offer,
            session=session,
            event_id=event_id,
        )


class RtcCallResource(_Resource):
    """Sends the `rtc.call` events of a client."""

    __slots__ = ("sdp",)

    def __init__(self, sender: Sender) -> None:
        super().__init__(sender)
        self.sdp: RtcCallSdpResource = RtcCallSdpResource(sender)


class RtcResource(_Resource):
    """Sends the `rtc` events of a client."""

    __slots__ = ("call",)

    def __init__(self, sender: Sender) -> None:
        super().__init__(sender)
        self.call: RtcCallResource = RtcCallResource(sender)


class TranscriptionSessionResource(_Resource):
    """Sends the `transcription_session` events of a client."""

    __slots__ = ()

    async def update(
        self, *, session: Mapping[str, Any], event_id: str | None = None
    ) -> None:
        """Asks to change the settings of a transcription-only session.

        No server event is known to answer it.

        Sends `transcription_session.update`. Known from an SDK only.

        Args:
            session: Transcription settings as a free JSON object; no shape is
                specified.
            event_id: Identifier chosen by the client. The service repeats it in
                `error.event_id` when it rejects this event.
        """
        await self._send(
            ClientEventTranscriptionSessionUpdate, session=session, event_id=event_id
        )


class ConnectionResources:
    """The resource tree of a connection."""

    conversation: ConversationResource

    input_audio_buffer: InputAudioBufferResource

    input_audio: InputAudioResource

    input_text: InputTextResource

    output_audio_buffer: OutputAudioBufferResource

    response: ResponseResource

    session: SessionResource

    rtc: RtcResource

    transcription_session: TranscriptionSessionResource

    def _attach_resources(self, sender: Sender) -> None:
        """Create the tree; every resource sends through `sender`."""
        self.conversation = ConversationResource(sender)
        self.input_audio_buffer = InputAudioBufferResource(sender)
        self.input_audio = InputAudioResource(sender)
        self.input_text = InputTextResource(sender)
        self.output_audio_buffer = OutputAudioBufferResource(sender)
        self.response = ResponseResource(sender)
        self.session = SessionResource(sender)
        self.rtc = RtcResource(sender)
        self.transcription_session = TranscriptionSessionResource(sender)
