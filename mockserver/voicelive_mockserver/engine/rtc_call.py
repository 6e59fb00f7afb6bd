"""A call over WebRTC, which only API version 2026-06-01-preview has."""

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
)

_OPERATION = ClientEventRtcCallSdpCreate.type


class RtcCall:
    """The WebRTC call of one session. There is no media, only its traces on the wire.

    Args:
        timeline: The time of the session.
        outbox: Where events go.
        playback: What is still to be played.
        ids: Where identifiers and random digits come from.
    """

    mutes_socket = True
    """Spoken audio goes over WebRTC instead of the socket."""

    __slots__ = (
        "_id",
        "_ids",
        "_outbox",
        "_playback",
        "_watch",
    )

    def __init__(
        self, timeline: Timeline, outbox: Outbox, playback: Playback, ids: IdSource
    ) -> None:
        self._outbox = outbox
        self._playback = playback
        self._ids = ids
        self._id: str | None = None
        self._watch = PlaybackWatch(
            timeline,
            playback,
            outbox,
            began=ServerEventOutputAudioBufferStarted.type,
            ended=ServerEventOutputAudioBufferStopped.type,
            key="response_id",
        )

    @property
    def is_live(self) -> bool:
        """Whether there is a call."""
        return self._id is not None

    def connect(self, sdp_offer: str) -> None:
        """Answer the offer of a call, or refuse it with `rtc.call.error`.

        Args:
            sdp_offer: The offer, as the client sent it.
        """
        if self._id is not None:
            self._refuse("rtc_call_exists", "The session has a WebRTC call already.")
        elif "\nm=audio" not in sdp_offer:
            self._refuse("invalid_sdp_offer", "The offer has no m=audio section.")
        else:
            self._id = self._ids.own("rtc")
            answer = answer_to(sdp_offer, self._ids)
            created = {"rtc_call_id": self._id, "sdp_answer": answer}
            self._outbox.event(ServerEventRtcCallSdpCreated.type, created)

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
        refused = {"operation": _OPERATION, "rtc_call_id": self._id, "error": error}
        self._outbox.event(ServerEventRtcCallError.type, refused)
