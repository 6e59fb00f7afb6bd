"""Signalling of a WebRTC call: offer, answer and errors."""

from __future__ import annotations

from voicelive_mockserver.engine.ids import IdSource
from voicelive_mockserver.engine.outbox import EventOutbox
from voicelive_mockserver.engine.playback import Playback, PlaybackWatch
from voicelive_mockserver.engine.scheduler import Scheduler
from voicelive_mockserver.engine.sdp import answer_to
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
    """The simulated WebRTC call of one session: signalling without media.

    Args:
        scheduler: The scheduler of the session.
        outbox: The outgoing events.
        playback: The simulated playback.
        ids: The source of random tokens.
        call_id: The identifier of the call, which is that of the session.
        api_version: The API version of the connection.
    """

    mutes_socket = True
    """Spoken audio goes over WebRTC instead of the socket."""

    __slots__ = ("_call_id", "_ids", "_outbox", "_playback", "_watch", "is_live")

    def __init__(
        self,
        scheduler: Scheduler,
        outbox: EventOutbox,
        playback: Playback,
        ids: IdSource,
        call_id: str,
        api_version: str,
    ) -> None:
        self.is_live = False
        """Whether the call is established."""
        self._outbox = outbox
        self._playback = playback
        self._ids = ids
        self._call_id = call_id
        tells = is_available(ServerEventOutputAudioBufferStarted.__name__, api_version)
        self._watch = PlaybackWatch(
            scheduler,
            playback,
            outbox if tells else None,
            began=ServerEventOutputAudioBufferStarted.type,
            ended=ServerEventOutputAudioBufferStopped.type,
            key="response_id",
        )

    def connect(self, sdp_offer: str) -> None:
        """Answer the offer of a call, or reject it with `rtc.call.error`.

        Args:
            sdp_offer: The offer of the client; empty if it is missing.
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
        """Reject the offer of a session with an avatar."""
        self._refuse("avatar_not_supported", "Avatars are not supported over WebRTC.")

    def clear(self) -> None:
        """Discard the audio that is not played yet."""
        self._playback.clear()
        self._outbox.event(ServerEventOutputAudioBufferCleared.type, {})
        self.stop()

    def speak(self, response_id: str, _output_index: int) -> None:
        """Start playing the audio that was added to the playback.

        Args:
            response_id: The identifier of the response.
        """
        self._watch.begin(response_id)

    def stop(self) -> None:
        """Stop playing immediately."""
        self._watch.stop()

    def _refuse(self, code: str, message: str) -> None:
        error = {"type": "invalid_request_error", "code": code, "message": message}
        refused = {
            "operation": _OPERATION,
            "rtc_call_id": self._call_id,
            "error": error,
        }
        self._outbox.event(ServerEventRtcCallError.type, refused)
