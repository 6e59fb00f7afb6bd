"""Signalling of a WebRTC call: offer, answer and refusals."""

from __future__ import annotations

from voicelive_mockserver.engine.ids import IdSource
from voicelive_mockserver.engine.outbox import Outbox
from voicelive_mockserver.engine.playback import Playback, PlaybackWatch
from voicelive_mockserver.engine.sdp import answer_to
from voicelive_mockserver.engine.timeline import Timeline
from voicelive_protocol import (
    ClientEventRtcCallSdpCreate,
    ServerEventOutputAudioBufferCleared,
    ServerEventOutputAudioBufferStarted,
    ServerEventOutputAudioBufferStopped,
    ServerEventRtcCallError,
    ServerEventRtcCallSdpCreated,
    is_available,
)

_OPERATION = ClientEventRtcCallSdpCreate.type


class RtcCall:
    """The WebRTC call of one session. There is no media, only its traces on the wire.

    Args:
        timeline: The time of the session.
        outbox: Where events go.
        playback: What is still to be played.
        ids: Where random digits come from.
        call_id: The identifier of the call: that of the session.
        api_version: The API version of the connection.
    """

    mutes_socket = True
    """Spoken audio goes over WebRTC instead of the socket."""

    __slots__ = ("_call_id", "_ids", "_outbox", "_playback", "_watch", "is_live")

    def __init__(
        self,
        timeline: Timeline,
        outbox: Outbox,
        playback: Playback,
        ids: IdSource,
        call_id: str,
        api_version: str,
    ) -> None:
        self.is_live = False
        """Whether there is a call."""
        self._outbox = outbox
        self._playback = playback
        self._ids = ids
        self._call_id = call_id
        tells = is_available(ServerEventOutputAudioBufferStarted.__name__, api_version)
        self._watch = PlaybackWatch(
            timeline,
            playback,
            outbox if tells else None,
            began=ServerEventOutputAudioBufferStarted.type,
            ended=ServerEventOutputAudioBufferStopped.type,
            key="response_id",
        )

    def connect(self, sdp_offer: str) -> None:
        """Answer the offer of a call, or refuse it with `rtc.call.error`.

        Args:
            sdp_offer: The offer, as the client sent it; empty when there was none.
        """
        if not sdp_offer.strip():
            self._refuse("missing_sdp", "SDP offer is required")
        elif self.is_live:
            self._refuse("rtc_call_exists", "The session has a WebRTC call already.")
        elif "\nm=audio" not in sdp_offer:
            self._refuse("invalid_sdp_offer", "The offer has no m=audio section.")
        else:
            self.is_live = True
            answer = answer_to(sdp_offer, self._ids)
            created = {"rtc_call_id": self._call_id, "sdp_answer": answer}
            self._outbox.event(ServerEventRtcCallSdpCreated.type, created)

    def refuse_avatar(self) -> None:
        """Refuse the offer of a session that shows an avatar."""
        self._refuse("avatar_not_supported", "Avatars are not supported over WebRTC.")

    def clear(self) -> None:
        """Drop what is spoken and not played yet, because the client says so."""
        self._playback.clear()
        self._outbox.event(ServerEventOutputAudioBufferCleared.type, {})
        self.stop()

    def speak(self, response_id: str, _output_index: int) -> None:
        """Play audio that has just been added to the playback.

        Args:
            response_id: The response it belongs to.
        """
        self._watch.begin(response_id)

    def stop(self) -> None:
        """Stop playing at once."""
        self._watch.stop()

    def _refuse(self, code: str, message: str) -> None:
        error = {"type": "invalid_request_error", "code": code, "message": message}
        refused = {
            "operation": _OPERATION,
            "rtc_call_id": self._call_id,
            "error": error,
        }
        self._outbox.event(ServerEventRtcCallError.type, refused)
