"""Assistant messages as text or speech."""

from __future__ import annotations

from collections import deque
from typing import Any, ClassVar

from voicelive_mockserver.engine.interfaces import EncodedSpeech
from voicelive_mockserver.engine.json_templates import NUMBER, VALUE, encode, json_form
from voicelive_mockserver.engine.outbox import Stem, delta_stem, keyed_form
from voicelive_mockserver.engine.outputs.base import Place, Steps, Stream
from voicelive_mockserver.engine.outputs.pieces import Pieces, pieces_of
from voicelive_mockserver.engine.replies import Say
from voicelive_mockserver.engine.speech_marks import Mark, SpeechMarks
from voicelive_mockserver.engine.usage import AUDIO_TOKEN_MS
from voicelive_protocol import (
    ServerEventResponseAudioDelta,
    ServerEventResponseAudioDone,
    ServerEventResponseAudioTranscriptAnnotationAdded,
    ServerEventResponseAudioTranscriptDelta,
    ServerEventResponseAudioTranscriptDone,
    ServerEventResponseContentPartAdded,
    ServerEventResponseContentPartDone,
    ServerEventResponseTextDelta,
    ServerEventResponseTextDone,
)

# Tokens in addition to those of the text.
_TEXT_OVERHEAD = 2
_SPEECH_OVERHEAD = 8


def _part_keys(response_id: Any, item_id: Any, output_index: Any) -> dict[str, Any]:
    """Return the identifying keys of the only content part of a message."""
    return {
        "response_id": response_id,
        "item_id": item_id,
        "output_index": output_index,
        "content_index": 0,
    }


_PART_ADDED = keyed_form(ServerEventResponseContentPartAdded.type, "part")
_PART_DONE = keyed_form(ServerEventResponseContentPartDone.type, "part")
_TEXT_DONE = keyed_form(ServerEventResponseTextDone.type, "text")
_TRANSCRIPT_DONE = keyed_form(ServerEventResponseAudioTranscriptDone.type, "transcript")
_PART_KEYS = json_form(_part_keys(VALUE, VALUE, NUMBER))[1:-1]


_MAX_AT_ONCE = 256
"""The maximum number of pieces that are sent at once."""


class MessageStream(Stream):
    """Base class of text and speech messages."""

    __slots__ = ("_keys",)

    part: ClassVar[bytes]
    """The JSON of the content part when it is added."""

    def __init__(self, place: Place, *, spoken: bool) -> None:
        data = {
            "id": place.context.new_item_id(),
            "object": "realtime.item",
            "type": "message",
            "status": place.context.model.pipeline.started_message_status,
            "role": "assistant",
            "content": [],
        }
        super().__init__(place, data, spoken=spoken)
        self._keys = _PART_KEYS % (
            encode(place.response_id),
            encode(data["id"]),
            place.index,
        )
        self._outbox.keyed(_PART_ADDED, self._keys, self.part)


class TextStream(MessageStream):
    """A message as text."""

    __slots__ = ()

    overhead = _TEXT_OVERHEAD
    part: ClassVar[bytes] = encode({"type": "text", "text": ""})

    def __init__(self, place: Place, output: Say) -> None:
        super().__init__(place, spoken=False)
        pieces = self._pieces_within_limit(output.text)
        self._pieces = pieces.joined() if output.at_once else pieces

    def steps(self) -> Steps:
        """Produce the text."""
        stem = delta_stem(ServerEventResponseTextDelta.type, self._keys, "delta")
        pause = 1 / self._latency.text_rate
        try_advance_by = self._place.context.try_advance_by
        values = self._pieces.values
        if 0 < len(values) <= _MAX_AT_ONCE and try_advance_by(
            pause * (len(values) - 1)
        ):
            # No other action is due before the end of the text, so send it at once.
            self._outbox.deltas(stem, values)
            self._sent = len(values)
            return
        for value in values:
            if self._sent and not try_advance_by(pause):
                yield pause
            self._outbox.delta(stem, value)
            self._sent += 1

    def close(self, status: str) -> None:
        """End the text, its content part and the item."""
        text = self._said()
        send, keys = self._outbox.keyed, self._keys
        send(_TEXT_DONE, keys, encode(text))
        part = {"type": "text", "text": text}
        repeated = part if self._pipeline.repeats_text_in_part else part | {"text": ""}
        send(_PART_DONE, keys, encode(repeated))
        self.item.data["content"] = [part]
        self._finish_item(status, text)


class SpeechStream(MessageStream):
    """A message as speech with its transcript."""

    __slots__ = (
        "_annotations",
        "_due_marks",
        "_marks",
        "_media",
        "_playback",
        "_speech",
        "_tokens_per_delta",
    )

    overhead = _SPEECH_OVERHEAD
    max_characters = 3000
    part: ClassVar[bytes] = encode({"type": "audio", "transcript": ""})

    def __init__(self, place: Place, output: Say) -> None:
        super().__init__(place, spoken=True)
        text = self.spoken_text(output)
        self.was_truncated = text != output.text
        context, settings = place.context, place.settings
        self._playback = context.playback
        media = (context.rtc_call, context.avatar)
        self._media = next((m for m in media if m.is_live), None)
        self._annotations = (
            output.annotations
            if context.has("ServerEventResponseAudioTranscriptAnnotationAdded")
            else ()
        )
        self._tokens_per_delta = settings.delta_ms // AUDIO_TOKEN_MS
        self._speech = context.speech.speak(
            text,
            settings.voice,
            settings.output_audio_format,
            settings.delta_ms,
        )
        self._marks: SpeechMarks | None = None
        self._due_marks: deque[Mark] | None = None
        if settings.marks:
            self._marks = SpeechMarks(
                settings.marks,
                text,
                self._speech.tokens * AUDIO_TOKEN_MS,
                _part_keys(place.response_id, self.item.id, place.index),
            )
            self._due_marks = deque(self._marks.deltas())
        pieces = self._within_limit(pieces_of(text))
        self._pieces = pieces.joined() if output.at_once else pieces

    @classmethod
    def spoken_text(cls, output: Say) -> str:
        """Return the text, cut to the maximum length of speech."""
        return output.text[: cls.max_characters]

    def _within_limit(self, pieces: Pieces) -> Pieces:
        """Cut text and audio in the same proportion to fit the token limit."""
        self._count_overhead()
        speech = self._speech
        left = self._place.tokens_left
        count = len(pieces.texts)
        whole = count + speech.tokens
        if left is None or whole + self.overhead <= left:
            return pieces
        self.was_truncated = True
        share = max(0, left - self.overhead) / max(1, whole)
        per_delta = self._tokens_per_delta
        deltas = int(speech.tokens * share) // per_delta
        self._speech = EncodedSpeech(speech.chunks[:deltas], deltas * per_delta)
        return pieces.first(int(count * share))

    def steps(self) -> Steps:
        """Produce the transcript and the audio, each at its own rate."""
        latency = self._latency
        keys = self._keys
        text_stem = delta_stem(
            ServerEventResponseAudioTranscriptDelta.type, keys, "delta"
        )
        audio_stem = delta_stem(ServerEventResponseAudioDelta.type, keys, "delta")
        pieces, chunks = len(self._pieces.texts), len(self._speech.chunks)
        chunk_pause = self._place.settings.delta_ms / 1000 / latency.audio_rate
        lead = max(0.0, latency.first_audio - latency.first_text)
        try_advance_by = self._place.context.try_advance_by
        elapsed = 0.0
        audio_index = 0
        # Merged by time; the transcript leads.
        while self._sent < pieces or audio_index < chunks:
            text_due = self._sent / latency.text_rate
            audio_due = lead + audio_index * chunk_pause
            text_is_next = audio_index == chunks or (
                self._sent < pieces and text_due <= audio_due
            )
            due = text_due if text_is_next else audio_due
            if due > elapsed:
                if not try_advance_by(due - elapsed):
                    yield due - elapsed
                elapsed = due
            if text_is_next:
                self._send_next(text_stem)
            else:
                audio_index += 1
                self._send_audio(audio_stem, audio_index)
        self._annotate()

    def _send_audio(self, stem: Stem, number: int) -> None:
        chunks = self._speech.chunks
        # The last delta also carries the tokens that do not fill a whole delta.
        is_last = number == len(chunks)
        tokens = self._speech.tokens if is_last else number * self._tokens_per_delta
        added_ms = (tokens - self.audio_tokens) * AUDIO_TOKEN_MS
        self.audio_tokens = tokens
        self.item.audio_ms = float(tokens * AUDIO_TOKEN_MS)
        self._playback.add(self.item, added_ms)
        if self._due_marks:
            self._send_marks(self._due_marks, tokens * AUDIO_TOKEN_MS)
        if self._media is not None:
            self._media.speak(self._place.response_id, self._place.index)
            if self._media.mutes_socket:
                return
        self._outbox.base64_delta(stem, chunks[number - 1])

    def _send_marks(self, marks: deque[Mark], until_ms: int) -> None:
        """Send the marks before a position, ahead of the audio up to it."""
        while marks and marks[0].due_ms < until_ms:
            mark = marks.popleft()
            self._outbox.delta(mark.stem, mark.value)

    def _annotate(self) -> None:
        stem = delta_stem(
            ServerEventResponseAudioTranscriptAnnotationAdded.type,
            self._keys,
            "annotation_index",
        )
        for index, annotation in enumerate(self._annotations):
            value = b'%d,"annotation":%b' % (index, encode(annotation))
            self._outbox.delta(stem, value)

    def close(self, status: str) -> None:
        """End the audio, the transcript, their content part and the item."""
        transcript = self._said()
        part = {"type": "audio", "transcript": transcript}
        keys = _part_keys(self._place.response_id, self.item.id, self._place.index)
        self._outbox.event(ServerEventResponseAudioDone.type, keys)
        if self._marks is not None:
            for event_type, body in self._marks.endings():
                self._outbox.event(event_type, body)
        self._outbox.keyed(_TRANSCRIPT_DONE, self._keys, encode(transcript))
        self._outbox.keyed(_PART_DONE, self._keys, encode(part))
        self.item.data["content"] = [part]
        self._finish_item(status, transcript)
        if self.item.truncated:
            self.item.drop_transcript()
