"""What is sent in a session most often, as methods of it."""

from __future__ import annotations

import uuid
from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any

from voicelive_protocol import (
    AnyConversationRequestItem,
    ClientMessage,
    ConnectionResources,
    RequestSession,
)

AudioData = bytes | bytearray | memoryview
"""Samples as the session wants them, mostly 16-bit PCM at 24,000 Hz."""


class SessionMethods(ConnectionResources, ABC):
    """The methods of `VoiceLiveSession` that send something."""

    # The session in which the active audio turn was started, and the turn.
    _active_turn: tuple[str | None, str] | None = None

    @property
    @abstractmethod
    def is_connected(self) -> bool:
        """Whether the session has begun and has a connection, now."""

    @property
    @abstractmethod
    def session_id(self) -> str | None:
        """The id that the service gave the latest session; None before it has."""

    @abstractmethod
    async def send(self, event: ClientMessage) -> None:
        """Send an event; the same as `send_event`."""

    @property
    def active_turn_id(self) -> str | None:
        """The id of the audio turn that was started and not ended, if there is one.

        A turn ends with its session, also when `reconnect` begins another one.
        """
        if not self.is_connected or self._active_turn is None:
            return None
        session_id, turn_id = self._active_turn
        return turn_id if session_id == self.session_id else None

    async def send_event(self, event: ClientMessage) -> None:
        """Send an event; until the session is configured, it waits.

        It is either sent or an error is raised, as by `VoiceLiveConnection.send`.

        Args:
            event: A client event; a mapping, whose values may be models; or JSON text,
                which is sent as it is.

        Raises:
            ConnectionClosed: The connection has ended, or ends meanwhile.
            ConfigurationFailed: The service has refused the settings of the session.
            SendQueueFull: 1,024 events wait for the configuration.
            TypeError: The event is none of these, or a field has no JSON form.
            RuntimeError: `connect()` was not called yet.
        """
        await self.send(event)

    async def update_session(self, session: RequestSession | Mapping[str, Any]) -> None:
        """Change settings of the session; `session.updated` answers.

        It is sent at once, also while other events wait for the configuration.

        Args:
            session: What to change. Settings that it leaves out stay.

        Raises:
            ConnectionClosed: The connection has ended.
        """
        await self.session.update(session=session)

    async def send_audio(self, data: AudioData, *, turn_id: str | None = None) -> None:
        """Send a piece of input audio.

        Args:
            data: Raw samples in the input format of the session, by default 16-bit mono
                PCM at 24,000 Hz, little-endian; anything bytes-like. Empty data sends
                nothing.
            turn_id: The audio turn it belongs to, as `start_audio_turn` returned it.
                Without one it goes to the input buffer, where the service looks for
                speech.

        Raises:
            ConnectionClosed: The connection has ended.
            TypeError: The data is not bytes-like.
        """
        audio = data if isinstance(data, bytes) else memoryview(data).tobytes()
        if not audio:
            return
        if turn_id is None:
            await self.input_audio_buffer.append(audio=audio)
        else:
            await self.input_audio.turn.append(turn_id=turn_id, audio=audio)

    async def start_audio_turn(self, turn_id: str | None = None) -> str:
        """Start a turn of input audio whose end you decide.

        Args:
            turn_id: An id of your choice; one is made up if it is missing.

        Returns:
            The id, for `send_audio`. It is also the `active_turn_id` until it ends.

        Raises:
            ConnectionClosed: The connection has ended.
        """
        turn_id = turn_id or f"turn_{uuid.uuid4().hex}"
        await self.input_audio.turn.start(turn_id=turn_id)
        self._active_turn = (self.session_id, turn_id)
        return turn_id

    async def end_audio_turn(self, turn_id: str | None = None) -> None:
        """End a turn of input audio; the service then works on it.

        Args:
            turn_id: The turn; by default the active one.

        Raises:
            ConnectionClosed: The connection has ended.
            RuntimeError: No turn is given and none is active.
        """
        turn_id = turn_id or self.active_turn_id
        if turn_id is None:
            raise RuntimeError("no audio turn is active: call start_audio_turn() first")
        await self.input_audio.turn.end(turn_id=turn_id)
        if turn_id == self.active_turn_id:
            self._active_turn = None

    async def add_conversation_item(
        self,
        item: AnyConversationRequestItem | Mapping[str, Any],
        *,
        previous_item_id: str | None = None,
    ) -> None:
        """Add an item to the conversation; `conversation.item.created` answers.

        The assistant answers only when asked to (`session.response.create()`).

        Args:
            item: A message, or the output of a function call.
            previous_item_id: The item to put it after; by default the last one.

        Raises:
            ConnectionClosed: The connection has ended.
        """
        await self.conversation.item.create(
            item=item, previous_item_id=previous_item_id
        )
