"""Events about the user's speech in the account: start, end, commit, transcript."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from voicelive._connection.reading import text
from voicelive._conversation.item_content import add_text, set_text
from voicelive._conversation.ledger import Ledger
from voicelive._conversation.records import MAX_ERROR_CHARACTERS, ItemRecord
from voicelive._conversation.response_log import ResponseLog
from voicelive._conversation.untyped import EventHandler, identifier, index_of
from voicelive._conversation.user_speech import UserSpeech
from voicelive_protocol import ReceivedEvent, ServerEventType

_T = ServerEventType


class SpeechEvents:
    """Reads the events about the user's speech.

    Args:
        ledger: The items of the conversation.
        responses: The responses.
        speech: The turns of the user.
    """

    def __init__(
        self, ledger: Ledger, responses: ResponseLog, speech: UserSpeech
    ) -> None:
        self._ledger = ledger
        self._responses = responses
        self._speech = speech

    @property
    def handlers(self) -> Mapping[str, EventHandler]:
        """Handlers by wire type."""
        return {
            _T.INPUT_AUDIO_BUFFER_SPEECH_STARTED: self._started,
            _T.INPUT_AUDIO_BUFFER_SPEECH_STOPPED: self._stopped,
            _T.INPUT_AUDIO_BUFFER_TIMEOUT_TRIGGERED: self._timed_out,
            _T.INPUT_AUDIO_BUFFER_COMMITTED: self._committed,
            _T.INPUT_AUDIO_BUFFER_CLEARED: self._cleared,
            _T.CONVERSATION_ITEM_INPUT_AUDIO_TRANSCRIPTION_DELTA: self._delta,
            _T.CONVERSATION_ITEM_INPUT_AUDIO_TRANSCRIPTION_COMPLETED: self._transcript,
            _T.CONVERSATION_ITEM_INPUT_AUDIO_TRANSCRIPTION_FAILED: self._failed,
        }

    def _started(self, fields: Any, _: ReceivedEvent, now: float) -> None:
        self._responses.interrupt(now)
        self._speech.started(identifier(fields.item_id), fields.audio_start_ms, now)

    def _stopped(self, fields: Any, _: ReceivedEvent, now: float) -> None:
        self._speech.stopped(identifier(fields.item_id), fields.audio_end_ms, now)

    def _timed_out(self, fields: Any, _: ReceivedEvent, now: float) -> None:
        self._speech.timed_out(identifier(fields.item_id))

    def _committed(self, fields: Any, _: ReceivedEvent, now: float) -> None:
        # `previous_item_id` may be older than speech that was committed before.
        self._responses.stop_waiting()
        self._speech.committed(identifier(fields.item_id), now)

    def _cleared(self, _: Any, _event: ReceivedEvent, _now: float) -> None:
        self._speech.cleared()

    def _delta(self, fields: Any, _: ReceivedEvent, now: float) -> None:
        item, delta = self._transcribed(fields, now), fields.delta
        if item is None or not isinstance(delta, str):
            return
        if add_text(self._ledger, item, index_of(fields.content_index), delta):
            self._ledger.changed(item.turn)

    def _transcript(self, fields: Any, _: ReceivedEvent, now: float) -> None:
        item, found = self._transcribed(fields, now), fields.transcript
        # The service may repeat the event for an old item, without text.
        if item is not None and isinstance(found, str):
            set_text(self._ledger, item, index_of(fields.content_index), found)
            if found.strip():
                self._speech.heard(item, now)
            self._ledger.changed(item.turn)

    def _failed(self, fields: Any, _: ReceivedEvent, now: float) -> None:
        item, error = self._transcribed(fields, now), fields.error
        if item is not None:
            why = text(error, "message") or text(error, "code") or "no reason given"
            item.error = why[:MAX_ERROR_CHARACTERS]
            self._ledger.changed(item.turn)

    def _transcribed(self, fields: Any, now: float) -> ItemRecord | None:
        return self._speech.transcribed(identifier(fields.item_id), now)
