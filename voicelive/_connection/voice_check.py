"""Check of client events for Azure voices that are given as a plain string."""

from __future__ import annotations

import re
from collections.abc import Mapping

from voicelive_protocol import ClientEvent, ClientEventType, Model, OpenAIVoice

# The field of an event that holds a voice.
_VOICE_OWNERS: dict[str, str] = {
    ClientEventType.SESSION_UPDATE: "session",
    ClientEventType.RESPONSE_CREATE: "response",
}

# A language, a region, and a name; the voices of OpenAI are single words.
_AZURE_NAME = re.compile(r"[a-z]{2,3}-[A-Za-z0-9]{2,}-\w+")


def check_voice(event: ClientEvent | Mapping[str, object]) -> None:
    """Reject the name of an Azure voice given as a string.

    The service reads a string as an OpenAI voice and refuses the session.

    Raises:
        ValueError: The voice is such a string; the message shows the correct form.
    """
    kind = event.type if isinstance(event, ClientEvent) else event.get("type")
    place = _VOICE_OWNERS.get(kind) if isinstance(kind, str) else None
    if place is None:
        return
    voice = _within(event.get(place), "voice")
    if _within(voice, "type") == OpenAIVoice.type:
        voice = _within(voice, "name")
    if isinstance(voice, str) and _AZURE_NAME.match(voice):
        name = str(voice)
        raise ValueError(
            f"{place}.voice: {name!r} is the name of an Azure voice, not of a voice of "
            f"OpenAI; write AzureStandardVoice(name={name!r}), or "
            f'{{"type": "azure-standard", "name": {name!r}}}'
        )


def _within(value: object, key: str) -> object:
    return value.get(key) if isinstance(value, Model | Mapping) else None
