"""Transcription events of user turns."""

from __future__ import annotations

import math
from functools import partial
from typing import Any

from voicelive_mockserver.engine.context import SessionContext
from voicelive_mockserver.engine.conversation import Item
from voicelive_mockserver.engine.errors import error_details, rejected
from voicelive_mockserver.engine.interfaces import TranscriptionFailure
from voicelive_mockserver.engine.models import OWN_RECOGNIZERS
from voicelive_mockserver.engine.usage import text_pieces
from voicelive_protocol import SessionIncludeOption

Transcript = str | TranscriptionFailure
"""The result of transcribing a turn."""

_EVENT = "conversation.item.input_audio_transcription"
_DEFAULT_LANGUAGE = "en-US"
_CONFIDENCE = 0.95
_LOGPROBS = SessionIncludeOption.ITEM_INPUT_AUDIO_TRANSCRIPTION_LOGPROBS
_PHRASES = SessionIncludeOption.ITEM_INPUT_AUDIO_TRANSCRIPTION_PHRASES


class Transcriptions:
    """Sends the transcripts of one session.

    Args:
        context: The session.
    """

    __slots__ = ("_context",)

    def __init__(self, context: SessionContext) -> None:
        self._context = context

    def later(self, item: Item, heard: Transcript, duration_ms: float) -> None:
        """Schedule the transcript after the commit, in parallel with the response.

        Args:
            item: The turn of the user.
            heard: The result of its transcription.
            duration_ms: The duration of the turn, in milliseconds.
        """
        scheduler = self._context.scheduler
        latency = self._context.model.pipeline.latency
        if isinstance(heard, str) and not self._own_recognizer:
            scheduler.call_at(
                scheduler.now + latency.transcription_delta,
                partial(self._delta, item, heard),
            )
        scheduler.call_at(
            scheduler.now + latency.transcription_completed,
            partial(self.complete, item, heard, duration_ms),
        )

    def complete(self, item: Item, heard: Transcript, duration_ms: float) -> None:
        """Send the final transcript and store it in the item, or send the failure.

        Args:
            item: The turn of the user.
            heard: The result of its transcription.
            duration_ms: The duration of the turn, in milliseconds.
        """
        outbox = self._context.outbox
        keys: dict[str, Any] = {"item_id": item.id, "content_index": 0}
        if isinstance(heard, TranscriptionFailure):
            outbox.event(f"{_EVENT}.failed", keys | _failure(item.id, heard))
            return
        item.data["content"][0]["transcript"] = heard
        body = keys | {"transcript": heard}
        if self._own_recognizer:
            if self._includes(_PHRASES):
                body["phrases"] = _phrases(heard, int(duration_ms), self._language)
            body["language"] = self._language
        elif self._includes(_LOGPROBS):
            body["logprobs"] = _logprobs(heard)
        outbox.event(f"{_EVENT}.completed", body)

    def _delta(self, item: Item, heard: str) -> None:
        body: dict[str, Any] = {
            "item_id": item.id,
            "content_index": 0,
            "delta": heard,
        }
        if self._includes(_LOGPROBS):
            body["logprobs"] = _logprobs(heard)
        self._context.outbox.event(f"{_EVENT}.delta", body)

    def _includes(self, what: str) -> bool:
        return what in (self._context.session["include"] or ())

    @property
    def _own_recognizer(self) -> bool:
        """Whether the service transcribes with its own recognizer, without deltas."""
        options = self._context.session["input_audio_transcription"]
        return options is None or options["model"].startswith(OWN_RECOGNIZERS)

    @property
    def _language(self) -> str:
        options = self._context.session["input_audio_transcription"] or {}
        # Of a list of candidate languages, the first one counts as detected.
        language: str = (options.get("language") or _DEFAULT_LANGUAGE).split(",")[0]
        return language


def _failure(item_id: str, failure: TranscriptionFailure) -> dict[str, Any]:
    error = error_details(rejected("transcription_failed", item_id=item_id))
    error["code"] = failure.code
    error["message"] = failure.message or error["message"]
    return {"error": error}


def _logprobs(text: str) -> list[dict[str, Any]]:
    """Return a log probability for each piece of a text, higher for shorter ones."""
    return [
        {
            "token": piece,
            "logprob": round(math.log(_CONFIDENCE) * len(piece), 6),
            "bytes": list(piece.encode()),
        }
        for piece in text_pieces(text)
    ]


def _phrases(text: str, duration_ms: int, language: str) -> list[dict[str, Any]]:
    """Return a text as one phrase, its words timed in proportion to their length."""
    words = text.split()
    letters = sum(map(len, words))
    if not letters:
        return []
    shown = []
    before = 0
    for word in words:
        start = before * duration_ms // letters
        before += len(word)
        end = before * duration_ms // letters
        shown.append(
            {
                "text": word,
                "offset_milliseconds": start,
                "duration_milliseconds": end - start,
            }
        )
    return [
        {
            "offset_milliseconds": 0,
            "duration_milliseconds": duration_ms,
            "text": text,
            "words": shown,
            "locale": language,
            "confidence": _CONFIDENCE,
        }
    ]
