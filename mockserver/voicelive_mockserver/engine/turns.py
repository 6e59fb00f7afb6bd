"""User turns: from input audio to items of the conversation."""

from __future__ import annotations

from typing import Any

from voicelive_core.redaction import redacting_logger
from voicelive_mockserver.engine.context import SessionContext
from voicelive_mockserver.engine.conversation import Item
from voicelive_mockserver.engine.errors import (
    RequestError,
    commit_empty,
    error_body,
)
from voicelive_mockserver.engine.idle_timeout import IdleTimeout
from voicelive_mockserver.engine.input_audio import InputAudioBuffer
from voicelive_mockserver.engine.interfaces import (
    HeardAudio,
    Transcriber,
    TranscriptionFailure,
)
from voicelive_mockserver.engine.responses import ResponseRunner
from voicelive_mockserver.engine.transcription import Transcript, Transcriptions
from voicelive_mockserver.engine.turn_detector import TurnDetector
from voicelive_mockserver.engine.usage import count_item
from voicelive_protocol import (
    ServerEventConversationItemCreated,
    ServerEventConversationItemDone,
    ServerEventInputAudioBufferCleared,
    ServerEventInputAudioBufferCommitted,
    ServerEventInputAudioBufferSpeechStarted,
    ServerEventInputAudioBufferSpeechStopped,
    ServerEventInputAudioBufferTimeoutTriggered,
)

logger = redacting_logger(__name__)

_SHORTEST_COMMIT_MS = 100


class UserTurns:
    """Splits the audio of one session into user turns, by detection or by request.

    Args:
        context: The session.
        responses: The responses, which speech starts and interrupts.
        transcriber: Transcribes the audio of the user.
        keep_audio: Whether the transcriber reads the audio.
    """

    __slots__ = (
        "__weakref__",
        "_announced_id",
        "_buffer",
        "_context",
        "_detector",
        "_idle_timeout",
        "_responses",
        "_spoken_turns",
        "_transcriber",
        "_transcriptions",
        "keep_audio",
    )

    def __init__(
        self,
        context: SessionContext,
        responses: ResponseRunner,
        transcriber: Transcriber,
        *,
        keep_audio: bool,
    ) -> None:
        self.keep_audio = keep_audio
        """Whether the transcriber reads the audio."""
        self._context = context
        self._responses = responses
        self._transcriber = transcriber
        self._transcriptions = Transcriptions(context)
        self._buffer = InputAudioBuffer(keep_audio=keep_audio)
        self._detector = TurnDetector(self._buffer)
        self._idle_timeout = IdleTimeout(context, self._buffer, self._idle_timed_out)
        responses.on_done = self._idle_timeout.start
        self._announced_id: str | None = None
        self._spoken_turns = 0

    @property
    def has_audio(self) -> bool:
        """Whether the session has received audio."""
        return self._buffer.position_ms > 0

    def configure(self) -> None:
        """Apply the current settings of the session."""
        session = self._context.session
        self._buffer.configure(session)
        self._detector.configure(session["turn_detection"])
        self._idle_timeout.configure()
        if session["turn_detection"] is None:
            self._forget_announced()

    def append(self, audio: bytes) -> None:
        """Process audio and react to the speech in it."""
        self._detector.append(audio, self)

    def commit(self) -> None:
        """Create a turn from the buffered audio at the request of the client.

        Raises:
            RequestError: The buffer has less than 100 ms of audio.
        """
        buffer = self._buffer
        buffered = buffer.buffered_ms
        if buffered < _SHORTEST_COMMIT_MS:
            raise commit_empty(buffered)
        end = buffer.position_ms
        item_id, self._announced_id = self._announced_id, None
        self._drop_speech()
        self._commit(item_id, self._heard_audio(end - buffered, end))

    def clear(self) -> None:
        """Drop the uncommitted audio."""
        self._drop_speech()
        self._context.outbox.event(ServerEventInputAudioBufferCleared.type, {})

    def add(self, pcm: bytes, duration_ms: int, sample_rate: int) -> None:
        """Create a turn from audio that did not pass through the buffer.

        If turn detection is on, the turn is answered like a detected one.

        Args:
            pcm: The audio as mono pcm16; empty unless `keep_audio`.
            duration_ms: The duration, in milliseconds.
            sample_rate: The sample rate in Hz.

        Raises:
            RequestError: The audio is shorter than 100 ms.
        """
        if duration_ms < _SHORTEST_COMMIT_MS:
            raise commit_empty(duration_ms)
        heard = HeardAudio(self._spoken_turns, float(duration_ms), pcm, sample_rate)
        self._commit(None, heard, answered=True)

    def respond(self) -> None:
        """Create a response if turn detection is on and creates responses."""
        detection = self._context.session["turn_detection"]
        if detection is None or not detection["create_response"]:
            return
        responses = self._responses
        if responses.is_requested:
            # The requested response has not started, so it answers this turn as well.
            return
        if self._interrupts(detection):
            responses.interrupt()
        if responses.is_finishing:
            responses.when_idle(self.respond)
            return
        try:
            responses.create({})
        except RequestError as error:
            self._context.outbox.error(error_body(error, None))

    def words(self, start_ms: int, end_ms: int) -> str | None:
        """Return the partial transcript of a turn, or `None` if transcription fails."""
        heard = self._transcribe(self._heard_audio(start_ms, end_ms, final=False))
        return heard if isinstance(heard, str) else None

    def turn_started(self, start_ms: int) -> None:
        """Announce the start of speech, and interrupt the assistant."""
        detection = self._context.session["turn_detection"]
        self._idle_timeout.stop()
        self._announced_id = self._reserved_id()
        if _is_silent(detection):
            return
        self._context.outbox.event(
            ServerEventInputAudioBufferSpeechStarted.type,
            {"audio_start_ms": start_ms, "item_id": self._announced_id},
        )
        if self._interrupts(detection):
            self._responses.interrupt()

    def turn_stopped(self, start_ms: int, end_ms: int) -> None:
        """Announce the end of speech, and create a turn from it."""
        item_id = self._announced_id
        if not _is_silent(self._context.session["turn_detection"]):
            self._context.outbox.event(
                ServerEventInputAudioBufferSpeechStopped.type,
                {"audio_end_ms": end_ms, "item_id": item_id},
            )
        self._buffer.commit(end_ms)
        audio = self._heard_audio(start_ms, end_ms)
        self._commit(item_id, audio, detected=True, answered=True)

    def turn_ignored(self) -> None:
        """Skip this utterance so that later transcripts keep their numbers."""
        self._spoken_turns += 1

    def _idle_timed_out(self, start_ms: int) -> None:
        """Commit the silence since the last response, and respond to it."""
        is_speaking = self._announced_id is not None
        if is_speaking or self._responses.is_requested or self._responses.is_active:
            return
        item_id = self._reserved_id()
        end_ms = self._buffer.position_ms
        self._context.outbox.event(
            ServerEventInputAudioBufferTimeoutTriggered.type,
            {"audio_start_ms": start_ms, "audio_end_ms": end_ms, "item_id": item_id},
        )
        self._buffer.commit(end_ms)
        silence = HeardAudio(
            self._spoken_turns, float(end_ms - start_ms), b"", self._buffer.sample_rate
        )
        self._commit(item_id, silence, words="", detected=True, answered=True)

    @staticmethod
    def _interrupts(detection: dict[str, Any]) -> bool:
        interrupts: bool = detection["interrupt_response"]
        return interrupts and not _is_silent(detection)

    def _reserved_id(self) -> str:
        """Return an identifier reserved for a turn."""
        item_id = self._context.new_item_id()
        self._context.conversation.reserve(item_id)
        return item_id

    def _forget_announced(self) -> None:
        if self._announced_id is not None:
            self._context.conversation.release(self._announced_id)
            self._announced_id = None

    def _drop_speech(self) -> None:
        self._forget_announced()
        self._detector.forget()
        self._buffer.clear()

    def _commit(
        self,
        item_id: str | None,
        audio: HeardAudio,
        *,
        words: Transcript | None = None,
        detected: bool = False,
        answered: bool = False,
    ) -> None:
        """Create the item of a turn.

        Args:
            item_id: The announced identifier, if any.
            audio: The audio of the turn.
            words: The transcript, if it is known; the transcriber is not called then.
            detected: Whether turn detection committed it, rather than the client.
            answered: Whether to create a response, if turn detection creates them.
        """
        context = self._context
        self._announced_id = None
        self._idle_timeout.stop()
        item_id = item_id or self._reserved_id()
        context.outbox.event(
            ServerEventInputAudioBufferCommitted.type,
            {"previous_item_id": context.conversation.last_id, "item_id": item_id},
        )
        item = Item(
            {
                "id": item_id,
                "object": "realtime.item",
                "type": "message",
                "status": "completed",
                "role": "user",
                "content": [{"type": "input_audio", "transcript": None}],
            },
            audio_tokens=int(audio.duration_ms) // context.model.traits.heard_token_ms,
        )
        heard = words
        if heard is None:
            heard = self._transcribe(audio)
            self._spoken_turns += 1
        item.said = heard if isinstance(heard, str) else ""
        item.text_tokens = count_item("")
        duration = audio.duration_ms
        pipeline = context.model.pipeline
        if not pipeline.transcribes_before_item:
            self._add(item, detected=detected, answered=answered)
            if context.session["input_audio_transcription"] is not None:
                self._transcriptions.later(item, heard, duration)
            return

        def transcribe_and_add() -> None:
            try:
                self._transcriptions.complete(item, heard, duration)
            finally:
                self._add(item, detected=False, answered=answered)

        scheduler = context.scheduler
        scheduler.call_at(
            scheduler.now + pipeline.latency.transcription_completed, transcribe_and_add
        )

    def _add(self, item: Item, *, detected: bool, answered: bool) -> None:
        context = self._context
        context.conversation.release(item.id)
        body = {
            "previous_item_id": context.conversation.add(item),
            "item": item.data,
        }
        context.outbox.event(ServerEventConversationItemCreated.type, body)
        if detected:
            context.outbox.event(ServerEventConversationItemDone.type, body)
        if answered:
            self.respond()

    def _heard_audio(
        self, start_ms: int, end_ms: int, *, final: bool = True
    ) -> HeardAudio:
        return HeardAudio(
            number=self._spoken_turns,
            duration_ms=float(end_ms - start_ms),
            pcm=self._buffer.between(start_ms, end_ms),
            sample_rate=self._buffer.sample_rate,
            final=final,
        )

    def _transcribe(self, audio: HeardAudio) -> Transcript:
        """Call the transcriber; its failure must not end the session."""
        try:
            return self._transcriber(audio)
        except Exception:
            logger.exception("the transcriber failed")
            return TranscriptionFailure()


def _is_silent(detection: dict[str, Any]) -> bool:
    """Return whether detection commits turns without announcing speech.

    On this service, OpenAI's own semantic detection was observed to announce no speech
    and to interrupt nothing.
    """
    return bool(detection["type"] == "semantic_vad")
