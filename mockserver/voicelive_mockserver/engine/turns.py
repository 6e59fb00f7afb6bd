"""The turns of the user: from audio to items of the conversation."""

import logging
from functools import partial
from typing import Any

from voicelive_mockserver.audio.vad import SpeechStarted, SpeechStopped

from .context import SessionContext
from .conversation import Item
from .errors import RequestError, commit_empty, error_body
from .input_audio import InputAudioBuffer
from .ports import HeardAudio, Transcriber
from .responses import Responses
from .usage import HEARD_TOKEN_MS, count_item

_logger = logging.getLogger(__name__)

_SHORTEST_COMMIT_MS = 100
# Transcription by the service's own recognizer names a language and has no deltas.
_OWN_RECOGNIZERS = ("azure-speech", "mai-")
_DEFAULT_LANGUAGE = "en-US"


class UserTurns:
    """Turns the audio of one session into turns, by detection or by request.

    Args:
        context: The session.
        responses: The responses, which speech interrupts and causes.
        transcriber: Knows what the user said.
        keep_audio: Whether the transcriber looks at the audio.
    """

    def __init__(
        self,
        context: SessionContext,
        responses: Responses,
        transcriber: Transcriber,
        *,
        keep_audio: bool,
    ) -> None:
        self._context = context
        self._responses = responses
        self._transcriber = transcriber
        self._buffer = InputAudioBuffer(keep_audio=keep_audio)
        self._speech: tuple[str, int] | None = None
        self._spoken_turns = 0

    @property
    def has_audio(self) -> bool:
        """Whether audio came since the session began."""
        return self._buffer.position_ms > 0

    def configure(self) -> None:
        """Follow a change of the session."""
        session = self._context.session
        self._buffer.configure(session)
        if session["turn_detection"] is None:
            self._speech = None

    def append(self, audio: bytes) -> None:
        """Take audio and act on the speech in it."""
        for event in self._buffer.append(audio):
            match event:
                case SpeechStarted():
                    self._speech_started(event)
                case SpeechStopped():
                    self._speech_stopped(event)

    def commit(self) -> None:
        """Make a turn of the buffered audio because the client says so.

        Raises:
            RequestError: There are less than 100 ms.
        """
        buffer = self._buffer
        buffered = buffer.buffered_ms
        if buffered < _SHORTEST_COMMIT_MS:
            raise commit_empty(buffered)
        end = buffer.position_ms
        item_id = self._speech[0] if self._speech else self._context.new_id("item")
        self._speech = None
        buffer.clear()
        self._commit(item_id, end - buffered, end, detected=False)

    def clear(self) -> None:
        """Drop the audio that is not committed."""
        self._speech = None
        self._buffer.clear()
        self._context.outbox.event("input_audio_buffer.cleared", {})

    def _speech_started(self, event: SpeechStarted) -> None:
        item_id = self._context.new_id("item")
        self._speech = (item_id, event.audio_start_ms)
        self._context.outbox.event(
            "input_audio_buffer.speech_started",
            {"audio_start_ms": event.audio_start_ms, "item_id": item_id},
        )
        if self._detection["interrupt_response"]:
            self._responses.interrupt()

    def _speech_stopped(self, event: SpeechStopped) -> None:
        if self._speech is None:
            # The client committed or cleared the buffer while this was spoken.
            return
        item_id, start_ms = self._speech
        self._speech = None
        self._context.outbox.event(
            "input_audio_buffer.speech_stopped",
            {"audio_end_ms": event.audio_end_ms, "item_id": item_id},
        )
        self._buffer.commit(event.audio_end_ms)
        self._commit(item_id, start_ms, event.audio_end_ms, detected=True)

    @property
    def _detection(self) -> dict[str, Any]:
        detection: dict[str, Any] = self._context.session["turn_detection"]
        return detection

    def _commit(
        self, item_id: str, start_ms: int, end_ms: int, *, detected: bool
    ) -> None:
        context = self._context
        context.outbox.event(
            "input_audio_buffer.committed",
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
            audio_tokens=(end_ms - start_ms) // HEARD_TOKEN_MS,
        )
        heard = self._heard(start_ms, end_ms)
        item.said = heard or ""
        item.text_tokens = count_item("")
        timeline = context.timeline
        pipeline = context.model.pipeline
        if pipeline.transcribes_before_item:
            timeline.at(
                timeline.now + pipeline.latency.transcription_completed,
                partial(self._transcribe_and_add, item, heard, detected),
            )
            return
        self._add(item, detected=detected)
        if context.session["input_audio_transcription"] is not None:
            self._transcribe_later(item, heard)

    def _add(self, item: Item, *, detected: bool) -> None:
        context = self._context
        body = {
            "previous_item_id": context.conversation.add(item),
            "item": item.data,
        }
        context.outbox.event("conversation.item.created", body)
        if not detected:
            return
        if not context.model.pipeline.transcribes_before_item:
            context.outbox.event("conversation.item.done", body)
        # Detection may have been turned off while the transcript was awaited.
        detection = context.session["turn_detection"]
        if detection is not None and detection["create_response"]:
            self._respond(interrupts=detection["interrupt_response"])

    def _respond(self, *, interrupts: bool) -> None:
        responses = self._responses
        if responses.is_requested:
            # It has not begun to answer, so it will answer this turn as well.
            return
        if interrupts:
            responses.interrupt()
        try:
            responses.create({})
        except RequestError as error:
            self._context.outbox.event("error", error_body(error, None))

    def _heard(self, start_ms: int, end_ms: int) -> str | None:
        """Ask the transcriber; `None` when it fails, which must not end the session."""
        audio = HeardAudio(
            number=self._spoken_turns,
            duration_ms=float(end_ms - start_ms),
            pcm=self._buffer.between(start_ms, end_ms),
            sample_rate=self._buffer.sample_rate,
        )
        self._spoken_turns += 1
        try:
            return self._transcriber(audio)
        except Exception:
            _logger.exception("the transcriber failed")
            return None

    def _transcribe_later(self, item: Item, heard: str | None) -> None:
        """Send the transcript beside the response, some time after the commit."""
        timeline = self._context.timeline
        latency = self._context.model.pipeline.latency
        if heard is not None and not self._own_recognizer:
            timeline.at(
                timeline.now + latency.transcription_delta,
                partial(self._transcription_delta, item, heard),
            )
        timeline.at(
            timeline.now + latency.transcription_completed,
            partial(self._transcription_completed, item, heard),
        )

    def _transcribe_and_add(
        self, item: Item, heard: str | None, detected: bool
    ) -> None:
        self._transcription_completed(item, heard)
        self._add(item, detected=detected)

    def _transcription_delta(self, item: Item, heard: str) -> None:
        self._context.outbox.event(
            "conversation.item.input_audio_transcription.delta",
            {"item_id": item.id, "content_index": 0, "delta": heard},
        )

    def _transcription_completed(self, item: Item, heard: str | None) -> None:
        keys: dict[str, Any] = {"item_id": item.id, "content_index": 0}
        event_type = "conversation.item.input_audio_transcription"
        if heard is None:
            self._context.outbox.event(f"{event_type}.failed", keys | _failure(item.id))
            return
        item.data["content"][0]["transcript"] = heard
        body = keys | {"transcript": heard}
        if self._own_recognizer:
            body["language"] = self._language
        self._context.outbox.event(f"{event_type}.completed", body)

    @property
    def _own_recognizer(self) -> bool:
        options = self._context.session["input_audio_transcription"]
        return options is None or options["model"].startswith(_OWN_RECOGNIZERS)

    @property
    def _language(self) -> str:
        options = self._context.session["input_audio_transcription"] or {}
        # A list of languages means that the recognizer finds out.
        language: str = (options.get("language") or _DEFAULT_LANGUAGE).split(",")[0]
        return language


def _failure(item_id: str) -> dict[str, Any]:
    return {
        "error": {
            "type": "server_error",
            "code": "transcription_failed",
            "message": f"Input transcription failed for item '{item_id}'.",
            "param": None,
        }
    }
