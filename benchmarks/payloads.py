"""Frames as the service sends them, with the sizes of real sessions.

Every process gets the same bytes.
"""

from __future__ import annotations

import base64
import json
import random
import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

AUDIO_BYTES = 4800
"""Size of one chunk of audio: 100 ms of 16-bit mono at 24 kHz."""

AUDIO = random.Random(1).randbytes(AUDIO_BYTES)
"""One chunk of audio: noise, whose base64 text resembles that of real audio."""

_RESPONSE = "resp_7Kq2mXw9RtYb4LcV1nZsPd"
_ITEM = "item_3HfJ8uGaQeT6oNvB5kWxCy"
_CONVERSATION = "conv_9ZpDq4LmRwS2tXhEJ6gUvA"
_PLACE = {
    "response_id": _RESPONSE,
    "item_id": _ITEM,
    "output_index": 0,
    "content_index": 0,
}
_WORDS = ("The", " museum", " opens", " at", " ten", " tomorrow.")
_TRANSCRIPT = "".join(_WORDS)
# Two seconds of speech, at three words a second.
_CHUNKS_PER_WORD = (4, 3, 3, 4, 3, 3)

_VOICE = {
    "type": "azure-standard",
    "name": "en-US-AvaNeural",
    "temperature": 0.7,
    "custom_lexicon_url": None,
    "prefer_locales": ["en-US", "en-GB"],
    "style": "friendly",
    "pitch": "+2%",
    "rate": "1.05",
    "volume": "-1.5%",
}

_SESSION = {
    "id": "sess_2MvTq8YcWn5RbXe7KaLzHd",
    "object": "realtime.session",
    "model": "gpt-4.1-global-standard",
    "modalities": ["text", "audio"],
    "instructions": (
        "You answer the telephone of a city museum. Visitors ask about opening hours, "
        "tickets, guided tours, the cafe and how to get there. Keep each answer to two "
        "short sentences, since it will be spoken. Say times the way people do. Look "
        "up prices and free places with the tools and never guess them; if a tool "
        "fails, say so and offer to call back. When somebody wants to book, repeat the "
        "date, the time and the number of people before you use the booking tool."
    ),
    "voice": _VOICE,
    "input_audio_format": "pcm16",
    "output_audio_format": "pcm16",
    "input_audio_sampling_rate": 24000,
    "input_audio_transcription": {
        "model": "azure-speech",
        "language": "en-US",
        "prompt": None,
        "custom_speech": None,
        "phrase_list": ["planetarium", "Rosetta room", "audio guide"],
    },
    "input_audio_noise_reduction": {"type": "azure_deep_noise_suppression"},
    "input_audio_echo_cancellation": {"type": "server_echo_cancellation"},
    "turn_detection": {
        "type": "azure_semantic_vad",
        "threshold": 0.5,
        "prefix_padding_ms": 300,
        "silence_duration_ms": 500,
        "speech_duration_ms": 80,
        "remove_filler_words": False,
        "languages": ["en"],
        "end_of_utterance_detection": {
            "model": "semantic_detection_v1",
            "threshold_level": "default",
            "timeout_ms": 1000,
        },
        "create_response": True,
        "interrupt_response": True,
        "auto_truncate": True,
        "appended_text_after_truncation": None,
    },
    "tools": [
        {
            "type": "function",
            "name": "free_places",
            "description": "Free places of a guided tour.",
            "parameters": {
                "type": "object",
                "properties": {
                    "tour": {"type": "string", "enum": ["highlights", "children"]},
                    "date": {"type": "string", "description": "Day, as YYYY-MM-DD."},
                },
                "required": ["tour", "date"],
            },
        },
        {
            "type": "function",
            "name": "book_tour",
            "description": "Books places of a guided tour and returns a code.",
            "parameters": {
                "type": "object",
                "properties": {
                    "tour": {"type": "string", "enum": ["highlights", "children"]},
                    "date": {"type": "string", "description": "Day, as YYYY-MM-DD."},
                    "people": {"type": "integer", "minimum": 1, "maximum": 20},
                },
                "required": ["tour", "date", "people"],
            },
        },
    ],
    "tool_choice": "auto",
    "parallel_tool_calls": True,
    "temperature": 0.8,
    "max_response_output_tokens": 1200,
    "reasoning_effort": "low",
    "interim_response": {
        "type": "static_interim_response",
        "triggers": ["tool", "latency"],
        "latency_threshold_ms": 1500,
        "texts": ["One moment, please.", "Let me have a look."],
    },
    "include": ["item.input_audio_transcription.logprobs"],
    "output_audio_timestamp_types": ["word"],
    "animation": {"outputs": ["viseme_id"]},
    "avatar": None,
    "metadata": {"desk": "visitor-line", "release": "2026-10"},
    "truncation_strategy": None,
    "expires_at": 1794668572,
}

_USAGE = {
    "total_tokens": 684,
    "input_tokens": 611,
    "output_tokens": 73,
    "input_token_details": {
        "cached_tokens": 448,
        "text_tokens": 592,
        "audio_tokens": 19,
        "image_tokens": 0,
        "cached_tokens_details": {
            "text_tokens": 448,
            "audio_tokens": 0,
            "image_tokens": 0,
        },
    },
    "output_token_details": {
        "text_tokens": 33,
        "audio_tokens": 40,
        "reasoning_tokens": 0,
    },
}


def _item(status: str, *content: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "id": _ITEM,
        "object": "realtime.item",
        "type": "message",
        "status": status,
        "role": "assistant",
        "content": list(content),
    }


def _response(
    status: str, output: list[dict[str, Any]], usage: dict[str, Any] | None
) -> dict[str, Any]:
    return {
        "id": _RESPONSE,
        "object": "realtime.response",
        "status": status,
        "status_details": None,
        "output": output,
        "usage": usage,
        "conversation_id": _CONVERSATION,
        "modalities": ["text", "audio"],
        "voice": _VOICE,
        "output_audio_format": "pcm16",
        "temperature": 0.8,
        "max_output_tokens": 1200,
        "metadata": {"turn": "7"},
    }


_SPEECH = {"type": "audio", "transcript": _TRANSCRIPT}

_CALL = {
    "id": "item_6QrLz1TbYw8EoKmXsD4vNc",
    "object": "realtime.item",
    "type": "function_call",
    "status": "completed",
    "name": "free_places",
    "call_id": "call_5tRw9XeKq2LdMzBv",
    "arguments": '{"tour":"highlights","date":"2026-10-31"}',
}


class Frame(NamedTuple):
    """A message of the service.

    Attributes:
        text: The event as JSON.
        field: The attribute that an application reads.
    """

    text: bytes
    field: str


def _frame(event_type: str, field: str, values: Mapping[str, Any]) -> Frame:
    event = {"type": event_type, "event_id": "event_4NcRz8WqTy2JmLbXvK6sEh", **values}
    return Frame(json.dumps(event, separators=(",", ":")).encode(), field)


def _transcript_delta(word: str) -> Frame:
    return _frame("response.audio_transcript.delta", "delta", {**_PLACE, "delta": word})


_AUDIO_DELTA = _frame(
    "response.audio.delta",
    "delta",
    {**_PLACE, "delta": base64.b64encode(AUDIO).decode()},
)
_RESPONSE_DONE = _frame(
    "response.done",
    "response",
    {"response": _response("completed", [_item("completed", _SPEECH), _CALL], _USAGE)},
)


def _spoken_reply(sentences: int = 1) -> list[Frame]:
    """Return the events of a spoken reply, in the order of the service.

    Args:
        sentences: Number of sentences of two seconds.
    """
    speech = {"type": "audio", "transcript": _TRANSCRIPT * sentences}
    started = _response("in_progress", [], None)
    empty = _item("in_progress")
    in_response = {"response_id": _RESPONSE, "output_index": 0}
    in_conversation = {"previous_item_id": None}
    no_speech = {"type": "audio", "transcript": ""}
    said = _item("completed", speech)
    done = _response("completed", [said], _USAGE)
    frames = [
        _frame("response.created", "response", {"response": started}),
        _frame("response.output_item.added", "item", {**in_response, "item": empty}),
        _frame("conversation.item.created", "item", {**in_conversation, "item": empty}),
        _frame("response.content_part.added", "part", {**_PLACE, "part": no_speech}),
    ]
    for word, chunks in list(zip(_WORDS, _CHUNKS_PER_WORD, strict=True)) * sentences:
        frames += [_transcript_delta(word), *[_AUDIO_DELTA] * chunks]
    words = {**_PLACE, "transcript": _TRANSCRIPT * sentences}
    return [
        *frames,
        _frame("response.audio.done", "item_id", _PLACE),
        _frame("response.audio_transcript.done", "transcript", words),
        _frame("response.content_part.done", "part", {**_PLACE, "part": speech}),
        _frame("response.output_item.done", "item", {**in_response, "item": said}),
        _frame("response.done", "response", {"response": done}),
    ]


SESSION_CREATED = _frame("session.created", "session", {"session": _SESSION})
"""The first event of a session."""

SPOKEN_REPLY = [*_spoken_reply()[:-1], _RESPONSE_DONE]
"""Two seconds of speech: chunks of audio, words, and the events around them."""


# Prefixes of identifiers.
_IDENTIFIERS = [
    (prefix, re.compile(prefix + rb"_[A-Za-z0-9]{6}"))
    for prefix in (b'"resp', b'"item', b'"call')
]


def spoken_replies(count: int, sentences: int) -> Iterator[bytes]:
    """Yield the events of spoken replies with unique identifiers.

    Args:
        count: Number of replies.
        sentences: Length of a reply in sentences of two seconds.
    """
    frames = [frame.text for frame in _spoken_reply(sentences)]
    for number in range(count):
        mark = f"_{number:06}".encode()
        for text in frames:
            for prefix, pattern in _IDENTIFIERS:
                text = pattern.sub(prefix + mark, text)
            yield text


TO_DECODE: Mapping[str, list[Frame]] = {
    "response.audio.delta": [_AUDIO_DELTA],
    "response.audio_transcript.delta": [_transcript_delta(" tomorrow.")],
    "response.done": [_RESPONSE_DONE],
    "session.updated": [_frame("session.updated", "session", {"session": _SESSION})],
    "a spoken reply": SPOKEN_REPLY,
}
"""Frames to decode, by the name of the row."""
