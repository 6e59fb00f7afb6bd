"""Messages of the assistant, written or spoken."""

from collections import deque
from typing import ClassVar

import msgspec

from voicelive_mockserver.engine.outbox import delta_stem, encode_text
from voicelive_mockserver.engine.ports import Say, Speech
from voicelive_mockserver.engine.speech_marks import Mark, SpeechMarks
from voicelive_mockserver.engine.usage import AUDIO_TOKEN_MS, text_pieces

from .base import Place, Steps, Stream

# What a model produces beside the text itself.
_TEXT_OVERHEAD = 2
_SPEECH_OVERHEAD = 8


class MessageStream(Stream):
    """A message of the assistant; subclasses tell text from speech."""

    part: ClassVar[dict[str, str]]
    """The content part as it is announced."""

    def __init__(self, place: Place, *, spoken: bool) -> None:
        data = {
            "id": place.context.new_id("item"),
            "object": "realtime.item",
            "type": "message",
            "status": place.context.model.pipeline.started_message_status,
            "role": "assistant",
            "content": [],
        }
        super().__init__(place, data, spoken=spoken)
        self._sent: list[str] = []
        self._keys = {
            "response_id": place.response_id,
            "item_id": self.item.id,
            "output_index": place.index,
            "content_index": 0,
        }
        self._outbox.event(
            "response.content_part.added", self._keys | {"part": self.part}
        )

    def _send_text(self, stem: bytes, piece: str) -> None:
        self._outbox.delta(stem, encode_text(piece))
        self._sent.append(piece)
        self.text_tokens += 1


class TextStream(MessageStream):
    """A message as text."""

    overhead = _TEXT_OVERHEAD
    part: ClassVar[dict[str, str]] = {"type": "text", "text": ""}

    def __init__(self, place: Place, output: Say) -> None:
        super().__init__(place, spoken=False)
        pieces = self._pieces_within_limit(output.text)
        self._pieces = ["".join(pieces)] if output.at_once else pieces

    def steps(self) -> Steps:
        """Produce the text."""
        stem = delta_stem("response.text.delta", self._keys, "delta")
        pause = 1 / self._latency.text_rate
        passes = self._place.context.passes
        for number, piece in enumerate(self._pieces):
            if number and not passes(pause):
                yield pause
            self._send_text(stem, piece)

    def close(self, status: str) -> None:
        """End the text, its part and the item."""
        text = "".join(self._sent)
        self._outbox.event("response.text.done", self._keys | {"text": text})
        repeated = text if self._pipeline.repeats_text_in_part else ""
        self._outbox.event(
            "response.content_part.done",
            self._keys | {"part": {"type": "text", "text": repeated}},
        )
        self.item.data["content"] = [{"type": "text", "text": text}]
        self._finish_item(status, text)


class SpeechStream(MessageStream):
    """A message as speech with its transcript."""

    overhead = _SPEECH_OVERHEAD
    longest = 3000
    part: ClassVar[dict[str, str]] = {"type": "audio", "transcript": ""}

    def __init__(self, place: Place, output: Say) -> None:
        super().__init__(place, spoken=True)
        text = self._shortened(output.text)
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
        self._due_marks: deque[Mark] = deque()
        if settings.marks:
            self._marks = SpeechMarks(
                settings.marks,
                text,
                self._speech.tokens * AUDIO_TOKEN_MS,
                self._keys,
            )
            self._due_marks.extend(self._marks.deltas())
        pieces = self._within_limit(text_pieces(text))
        self._pieces = ["".join(pieces)] if output.at_once else pieces

    def _within_limit(self, pieces: list[str]) -> list[str]:
        """Cut text and audio in the same proportion to fit the limit of tokens."""
        self._count_overhead()
        speech = self._speech
        left = self._place.tokens_left
        whole = len(pieces) + speech.tokens
        if left is None or whole + self.overhead <= left:
            return pieces
        self.was_cut = True
        share = max(0, left - self.overhead) / whole
        per_delta = self._tokens_per_delta
        deltas = int(speech.tokens * share) // per_delta
        self._speech = Speech(speech.chunks[:deltas], deltas * per_delta)
        return pieces[: int(len(pieces) * share)]

    def steps(self) -> Steps:
        """Produce the transcript and the audio, each at its own pace."""
        latency = self._latency
        text_stem = delta_stem("response.audio_transcript.delta", self._keys, "delta")
        audio_stem = delta_stem("response.audio.delta", self._keys, "delta")
        pieces, chunks = self._pieces, self._speech.chunks
        chunk_pause = self._place.settings.delta_ms / 1000 / latency.audio_rate
        lead = max(0.0, latency.first_audio - latency.first_text)
        passes = self._place.context.passes
        elapsed = 0.0
        text_index = audio_index = 0
        # Merged by time; the transcript leads.
        while text_index < len(pieces) or audio_index < len(chunks):
            text_due = text_index / latency.text_rate
            audio_due = lead + audio_index * chunk_pause
            text_is_next = audio_index == len(chunks) or (
                text_index < len(pieces) and text_due <= audio_due
            )
            due = text_due if text_is_next else audio_due
            if due > elapsed:
                if not passes(due - elapsed):
                    yield due - elapsed
                elapsed = due
            if text_is_next:
                self._send_text(text_stem, pieces[text_index])
                text_index += 1
            else:
                audio_index += 1
                self._send_audio(audio_stem, audio_index)
        self._annotate()

    def _send_audio(self, stem: bytes, number: int) -> None:
        chunks = self._speech.chunks
        # The last delta carries the tokens that do not fill a delta of their own.
        is_last = number == len(chunks)
        tokens = self._speech.tokens if is_last else number * self._tokens_per_delta
        added_ms = (tokens - self.audio_tokens) * AUDIO_TOKEN_MS
        self.audio_tokens = tokens
        self.item.audio_ms = float(tokens * AUDIO_TOKEN_MS)
        self._playback.add(self.item, added_ms)
        if self._due_marks:
            self._send_marks(tokens * AUDIO_TOKEN_MS)
        if self._media is not None:
            self._media.speak(self._place.response_id, self._place.index)
            if self._media.mutes_socket:
                return
        self._outbox.delta(stem, b'"%b"' % chunks[number - 1])

    def _send_marks(self, until_ms: int) -> None:
        """Send what belongs to the audio up to a position, before that audio."""
        marks = self._due_marks
        while marks and marks[0].due_ms < until_ms:
            mark = marks.popleft()
            self._outbox.delta(mark.stem, mark.value)

    def _annotate(self) -> None:
        stem = delta_stem(
            "response.audio_transcript.annotation.added", self._keys, "annotation_index"
        )
        for index, annotation in enumerate(self._annotations):
            value = b'%d,"annotation":%b' % (index, msgspec.json.encode(annotation))
            self._outbox.delta(stem, value)

    def close(self, status: str) -> None:
        """End the audio, the transcript, their part and the item."""
        transcript = "".join(self._sent)
        part = {"type": "audio", "transcript": transcript}
        self._outbox.event("response.audio.done", self._keys)
        if self._marks is not None:
            for event_type, body in self._marks.endings():
                self._outbox.event(event_type, body)
        self._outbox.event(
            "response.audio_transcript.done", self._keys | {"transcript": transcript}
        )
        self._outbox.event("response.content_part.done", self._keys | {"part": part})
        self.item.data["content"] = [part]
        self._finish_item(status, transcript)
        if self.item.truncated:
            self.item.drop_transcript()
