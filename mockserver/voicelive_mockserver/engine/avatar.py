"""Simulated avatar: WebRTC negotiation, speaking and idle states, video."""

from __future__ import annotations

import zlib
from base64 import b64decode, b64encode
from typing import Any

from voicelive_mockserver.engine.errors import rejected
from voicelive_mockserver.engine.ids import IdSource
from voicelive_mockserver.engine.json_templates import members
from voicelive_mockserver.engine.outbox import EventOutbox, delta_stem
from voicelive_mockserver.engine.playback import Playback, PlaybackWatch
from voicelive_mockserver.engine.scheduler import Scheduler
from voicelive_mockserver.engine.sdp import answer_to
from voicelive_protocol import (
    ServerEventOutputAudioBufferCleared,
    ServerEventResponseVideoDelta,
    ServerEventSessionAvatarConnecting,
    ServerEventSessionAvatarSwitchToIdle,
    ServerEventSessionAvatarSwitchToSpeaking,
    encode,
    is_available,
    parse,
)

_ICE_URL = "turn:relay.communication.microsoft.com:3478"
_VIDEO = {
    "bitrate": 2_000_000,
    "codec": "h264",
    "crop": None,
    "resolution": None,
    "background": None,
    "gop_size": 10,
}
_MAX_ATTEMPTS_PER_MINUTE = 3
_FRAMES_PER_DELTA = 5
_START_CODE = b"\0\0\0\1"
_PARAMETER_SETS = b"\0\0\0\1\x67\x42\xc0\x1e\xd9\0\xa0\0\0\0\1\x68\xce\x3c\x80"


class Avatar:
    """The simulated avatar of one session, without real video.

    Args:
        scheduler: The scheduler of the session.
        outbox: Receives the events.
        playback: The audio that is not played yet.
        ids: The source of random digits.
        api_version: The API version of the connection.
    """

    __slots__ = (
        "_attempts",
        "_config",
        "_connected",
        "_frame",
        "_has_video",
        "_ids",
        "_outbox",
        "_playback",
        "_scheduler",
        "_watch",
        "is_live",
        "mutes_socket",
    )

    def __init__(
        self,
        scheduler: Scheduler,
        outbox: EventOutbox,
        playback: Playback,
        ids: IdSource,
        api_version: str,
    ) -> None:
        self.is_live = False
        """Whether it renders speech: it is configured and, for WebRTC, connected."""
        self.mutes_socket = False
        """Whether spoken audio is sent over WebRTC instead of the WebSocket."""
        self._scheduler = scheduler
        self._outbox = outbox
        self._playback = playback
        self._ids = ids
        has_states = is_available(
            "ServerEventSessionAvatarSwitchToSpeaking", api_version
        )
        self._has_video = is_available("ServerEventResponseVideoDelta", api_version)
        self._config: dict[str, Any] | None = None
        self._connected = False
        self._attempts: list[float] = []
        self._watch = PlaybackWatch(
            scheduler,
            playback,
            outbox if has_states else None,
            began=ServerEventSessionAvatarSwitchToSpeaking.type,
            ended=ServerEventSessionAvatarSwitchToIdle.type,
            key="turn_id",
        )
        self._frame = 0

    def shown(
        self, config: dict[str, Any] | None, before: dict[str, Any] | None
    ) -> dict[str, Any] | None:
        """Return a configuration with all values, as in `session.updated`.

        Args:
            config: The configuration in the update.
            before: The configuration before the update, whose video settings are kept.
        """
        if config is None or config is before:
            return config
        shown = dict(config)
        if shown.get("customized") is None:
            shown["customized"] = False
        if before is not None:
            shown["video"] = before["video"]
        else:
            given = shown.get("video") or {}
            shown["video"] = _VIDEO | {k: v for k, v in given.items() if v is not None}
        if not shown.get("ice_servers") and not self._over_socket(shown):
            shown["ice_servers"] = (before or {}).get("ice_servers") or [
                {
                    "urls": [_ICE_URL],
                    "username": self._ids.token().decode(),
                    "credential": self._ids.token().decode(),
                }
            ]
        return shown

    def configure(self, config: dict[str, Any] | None) -> None:
        """Apply the avatar settings of the session.

        Args:
            config: The result of `shown`.
        """
        self._config = config
        if config is None:
            self.stop()
            self._connected = False
        self._refresh()

    def connect(self, client_sdp: str) -> None:
        """Answer the offer of a WebRTC connection.

        Args:
            client_sdp: The offer, as the client sent it.

        Raises:
            RequestError: No avatar is configured, it is already connected, the rate
                limit is exceeded, or the offer is invalid.
        """
        if self._config is None:
            raise rejected("no_avatar")
        if self._connected:
            raise rejected("avatar_connected")
        now = self._scheduler.now
        self._attempts = [at for at in self._attempts if now - at < 60]
        if len(self._attempts) >= _MAX_ATTEMPTS_PER_MINUTE:
            wait = 60 - (now - self._attempts[0])
            raise rejected("avatar_rate_limited", seconds=wait)
        self._attempts.append(now)
        answer = answer_to(_offer(client_sdp), self._ids)
        self._connected = True
        self._refresh()
        description = encode({"type": "answer", "sdp": answer})
        self._outbox.event(
            ServerEventSessionAvatarConnecting.type,
            {"server_sdp": b64encode(description).decode()},
        )

    def clear(self) -> None:
        """Discard the audio that is not played yet.

        Raises:
            RequestError: No avatar is configured.
        """
        if self._config is None:
            raise rejected("no_avatar")
        self._playback.clear()
        self._outbox.event(ServerEventOutputAudioBufferCleared.type, {})
        self.stop()

    def speak(self, turn_id: str, output_index: int) -> None:
        """Render audio that was added to the playback.

        Args:
            turn_id: The identifier of the response.
            output_index: The `output_index` of the item.
        """
        self._watch.begin(turn_id)
        assert self._config is not None
        if self._has_video and self._over_socket(self._config):
            stem = delta_stem(
                ServerEventResponseVideoDelta.type,
                members({"output_index": output_index, "codec": "h264"}),
                "delta",
            )
            self._outbox.base64_delta(stem, b64encode(self._video_frames()))

    def stop(self) -> None:
        """Stop speaking."""
        self._watch.stop()

    def _refresh(self) -> None:
        config = self._config or {}
        over_socket = self._over_socket(config)
        self.is_live = bool(config) and (over_socket or self._connected)
        self.mutes_socket = (
            self.is_live and not over_socket and not config.get("output_audit_audio")
        )

    @staticmethod
    def _over_socket(config: dict[str, Any]) -> bool:
        return config.get("output_protocol") == "websocket"

    def _video_frames(self) -> bytes:
        """Return H.264 frames with valid framing and meaningless content."""
        assert self._config is not None
        group: int = self._config["video"]["gop_size"]
        data = bytearray()
        for _ in range(_FRAMES_PER_DELTA):
            is_key = self._frame % group == 0
            if is_key:
                data += _PARAMETER_SETS
            noise = zlib.crc32(self._frame.to_bytes(4, "big")) | 0x80808080
            data += _START_CODE + (b"\x65" if is_key else b"\x41")
            data += noise.to_bytes(4, "big") * 4
            self._frame += 1
        return bytes(data)


def _offer(client_sdp: str) -> str:
    """Return the SDP of an offer, which is JSON in base64."""
    try:
        description = parse(b64decode(client_sdp, validate=True))
        sdp = description["sdp"]
    except (ValueError, TypeError, KeyError, RecursionError):
        sdp = None
    if not isinstance(sdp, str):
        reason = "the offer is not a JSON description in base64."
        raise rejected("avatar_negotiation", reason=reason)
    if "\nm=video" not in sdp:
        reason = "the offer has no m=video section."
        raise rejected("avatar_negotiation", reason=reason)
    return sdp
