"""Handlers of WebRTC signalling and of the output audio buffer."""

from __future__ import annotations

from typing import ClassVar

from voicelive_mockserver.engine.client_handlers import Handlers
from voicelive_mockserver.engine.context import SessionContext
from voicelive_mockserver.engine.session_updates import SessionUpdates
from voicelive_protocol import (
    ClientEventOutputAudioBufferClear,
    ClientEventRtcCallSdpCreate,
    ClientEventSessionAvatarConnect,
    RequestSession,
)


class Signalling:
    """Connects the avatar or the WebRTC call of one session.

    Args:
        context: The session.
        updates: Applies the settings that an offer carries.
    """

    __slots__ = ("_context", "_updates")

    def __init__(self, context: SessionContext, updates: SessionUpdates) -> None:
        self._context = context
        self._updates = updates

    def _connect_avatar(
        self, event: ClientEventSessionAvatarConnect, _frame: bytes
    ) -> None:
        self._context.avatar.connect(event.client_sdp)

    def _connect_call(self, event: ClientEventRtcCallSdpCreate, frame: bytes) -> None:
        if isinstance(event.session, RequestSession):
            self._updates.apply(event.session, frame)
        call = self._context.rtc_call
        if self._context.session["avatar"] is None:
            call.connect(event.sdp_offer)
        else:
            call.refuse_avatar()

    def _clear_output(
        self, _event: ClientEventOutputAudioBufferClear, _frame: bytes
    ) -> None:
        call = self._context.rtc_call
        (call if call.is_live else self._context.avatar).clear()

    HANDLERS: ClassVar[Handlers] = {
        ClientEventSessionAvatarConnect: _connect_avatar,
        ClientEventRtcCallSdpCreate: _connect_call,
        ClientEventOutputAudioBufferClear: _clear_output,
    }
