"""Random input of a client: frames, pauses and what stands for ids of the session."""

from __future__ import annotations

import json
from base64 import b64encode
from functools import cache
from random import Random
from typing import Any

from tests.fuzz.mutations import dump, mutate, mutate_text
from tests.fuzz.target import Case
from tests.fuzz.values import SchemaValues
from tests.support.signals import silence, tone
from voicelive_protocol import API_VERSIONS, DEFAULT_API_VERSION

Event = dict[str, Any]

MODELS = ("gpt-realtime", "gpt-4o", "gpt-4.1", "gpt-5", "phi4-mini")
# Its voice is in no schema of an earlier API version.
_AZURE_REALTIME_SINCE = "2026-06-01-preview"
IDS = ("@item@", "@call@", "@response@", "@turn@", "root", "mine", "", "é" * 40)

_WEATHER = {
    "type": "function",
    "name": "get_weather",
    "parameters": {"type": "object", "properties": {"city": {"type": "string"}}},
}
_MCP = {"type": "mcp", "server_label": "docs", "server_url": "https://example.com/mcp"}
_AZURE_VOICE = {"type": "azure-standard", "name": "en-US-AvaNeural"}


def _update(**session: Any) -> Event:
    return {"type": "session.update", "session": session}


def _item(kind: str, **fields: Any) -> Event:
    return {"type": "conversation.item.create", "item": {"type": kind, **fields}}


def _say(text: str, **fields: Any) -> Event:
    content = [{"type": "input_text", "text": text}]
    return _item("message", role="user", content=content, **fields)


CONFIGURATIONS: tuple[Event, ...] = (
    _update(),
    _update(modalities=["text"], tools=[_WEATHER], tool_choice="auto"),
    _update(modalities=["text", "audio"], voice=_AZURE_VOICE),
    _update(turn_detection=None, input_audio_transcription={"model": "whisper-1"}),
    _update(turn_detection={"type": "azure_semantic_vad", "remove_filler_words": True}),
    _update(tools=[_WEATHER, _MCP], voice=_AZURE_VOICE, temperature=0.7),
    _update(input_audio_echo_cancellation={"type": "server_echo_cancellation"}),
)

EVENTS: tuple[Event, ...] = (
    *CONFIGURATIONS,
    _say("What is the weather in Rome?"),
    _say("Tell me a long story.", id="mine"),
    _say("", id="streamed"),
    _item("function_call_output", call_id="@call@", output='{"degrees":12}'),
    _item("mcp_approval_response", approval_request_id="@item@", approve=True),
    {"type": "response.create"},
    {"type": "response.create"},
    {
        "type": "response.create",
        "response": {
            "modalities": ["text"],
            "conversation": "none",
            "input_items": [_say("Hi")["item"]],
            "metadata": {"a": "b"},
            "max_output_tokens": 20,
        },
    },
    {"type": "response.cancel"},
    {"type": "response.cancel", "response_id": "@response@"},
    {"type": "input_audio_buffer.append", "audio": "@speech@"},
    {"type": "input_audio_buffer.append", "audio": "@silence@"},
    {"type": "input_audio_buffer.commit"},
    {"type": "input_audio_buffer.clear"},
    {"type": "output_audio_buffer.clear"},
    {"type": "input_audio.turn.start", "turn_id": "mine"},
    {"type": "input_audio.turn.append", "turn_id": "mine", "audio": "@speech@"},
    {"type": "input_audio.turn.end", "turn_id": "mine"},
    {"type": "input_audio.turn.cancel", "turn_id": "mine"},
    {"type": "input_text.delta", "id": "streamed", "delta": "What is the time?"},
    {"type": "input_text.done", "id": "streamed"},
    {"type": "conversation.item.retrieve", "item_id": "@item@"},
    {"type": "conversation.item.delete", "item_id": "@item@"},
    {
        "type": "conversation.item.truncate",
        "item_id": "@item@",
        "content_index": 0,
        "audio_end_ms": 100,
    },
    {"type": "session.avatar.connect", "client_sdp": "v=0"},
    {"type": "rtc.call.sdp.create", "sdp_offer": "v=0"},
)

_PAUSES = (0.0, 0.02, 0.3, 2.0, 10.0)


def make_session(chance: Random) -> Case:
    """Return a random session: its query and the steps of the client.

    A step is a frame as text, or a pause in seconds.
    """
    version = chance.choice((DEFAULT_API_VERSION, *API_VERSIONS))
    values = SchemaValues(chance, version, IDS)
    steps: list[str | float] = []
    if chance.random() < 0.9:
        steps.append(dump(chance.choice(CONFIGURATIONS[:3])))
    for _ in range(chance.randint(1, 12)):
        roll = chance.random()
        if roll < 0.15:
            steps.append(chance.choice(_PAUSES))
            continue
        event = chance.choice(EVENTS)
        if roll > 0.75:
            event = values.client_event()
        roll = chance.random()
        if roll < 0.5:
            event = mutate(event, chance)
        text = dump(event)
        steps.append(mutate_text(text, chance) if roll > 0.9 else text)
    newer = ("azure-realtime",) if version >= _AZURE_REALTIME_SINCE else ()
    model = chance.choice((*MODELS, *newer))
    return {"model": model, "api_version": version, "steps": steps}


class KnownIds:
    """Puts ids that the service has given in the place of their markers."""

    def __init__(self) -> None:
        self._known = {
            "@speech@": _audio(speech=True),
            "@silence@": _audio(speech=False),
        }

    def fill(self, frame: str) -> str:
        """Return a frame with all markers replaced."""
        if "@" in frame:
            for marker, value in self._known.items():
                frame = frame.replace(marker, value)
        return frame

    def see(self, event: Event) -> None:
        """Remember the ids of a server event."""
        item, response = event.get("item"), event.get("response")
        found = {
            "@item@": item.get("id") if item else event.get("item_id"),
            "@call@": (item or event).get("call_id"),
            "@response@": response.get("id") if response else event.get("response_id"),
            "@turn@": event.get("turn_id"),
        }
        for marker, value in found.items():
            if isinstance(value, str):
                self._known[marker] = json.dumps(value)[1:-1]


@cache
def _audio(*, speech: bool) -> str:
    return b64encode(tone(700) if speech else silence(900)).decode()
