"""Client events and speech of the tests."""

from __future__ import annotations

import wave
from base64 import b64encode
from pathlib import Path
from typing import Any

from voicelive_protocol import (
    ClientEventType,
    ContentPartType,
    ItemType,
    MessageRole,
    Modality,
    ToolType,
)

Event = dict[str, Any]

TEXT = [Modality.TEXT]
AUDIO = [Modality.TEXT, Modality.AUDIO]
SAMPLE_RATE = 24_000
BYTES_PER_MS = 2 * SAMPLE_RATE // 1000

# Long enough to be interrupted, on any service.
STORY = "Tell me a long story about the sea, in at least ten sentences."
WEATHER = {
    "type": ToolType.FUNCTION,
    "name": "get_weather",
    "description": "Look up the weather in a city.",
    "parameters": {
        "type": "object",
        "properties": {"city": {"type": "string"}},
        "required": ["city"],
    },
}

_SPEECH = (
    Path(__file__).resolve().parents[2]
    / "loadtest"
    / "voicelive_loadtest"
    / "speech_files"
    / "weather.wav"
)
_CHUNK_MS = 100


def user_text(text: str, **item: Any) -> Event:
    """Return a `conversation.item.create` of a text of the user."""
    return {
        "type": ClientEventType.CONVERSATION_ITEM_CREATE,
        "item": {
            "type": ItemType.MESSAGE,
            "role": MessageRole.USER,
            "content": [{"type": ContentPartType.INPUT_TEXT, "text": text}],
            **item,
        },
    }


def respond(**event: Any) -> Event:
    """Return a `response.create`."""
    return {"type": ClientEventType.RESPONSE_CREATE, **event}


def about_item(event_type: ClientEventType, item_id: str, **event: Any) -> Event:
    """Return an event about an item."""
    return {"type": event_type, "item_id": item_id, **event}


def appends(pcm: bytes) -> list[Event]:
    """Return audio as `input_audio_buffer.append` events of 100 ms."""
    size = _CHUNK_MS * BYTES_PER_MS
    return [
        {
            "type": ClientEventType.INPUT_AUDIO_BUFFER_APPEND,
            "audio": b64encode(pcm[at : at + size]).decode(),
        }
        for at in range(0, len(pcm), size)
    ]


def silence(milliseconds: int) -> bytes:
    """Return silence as 16 bit PCM at 24 kHz."""
    return bytes(milliseconds * BYTES_PER_MS)


def question() -> bytes:
    """Return the spoken "What is the weather like?" as 16 bit PCM at 24 kHz."""
    with wave.open(str(_SPEECH)) as source:
        assert source.getframerate() == SAMPLE_RATE
        audio: bytes = source.readframes(source.getnframes())
        return audio
