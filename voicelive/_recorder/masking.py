"""What is not written into a recording: keys, tokens, and most of the audio."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any
from urllib.parse import quote

from voicelive_protocol import ServerEventType

MASK = "***"

# Of audio so many base64 characters are kept: 33 bytes.
_KEPT = 44
_LONG_DELTAS = frozenset(
    {ServerEventType.RESPONSE_AUDIO_DELTA, ServerEventType.RESPONSE_VIDEO_DELTA}
)

# What holds a key or token, in small letters: a field of whatever event or item, a
# header of the handshake, and a parameter in the query of a URL.
_SECRET_FIELDS = frozenset(
    {
        "access_token",
        "api-key",
        "api_key",
        "authorization",
        "credential",
        "ocp-apim-subscription-key",
        "subscription-key",
    }
)
_SECRET_PARAMETERS = _SECRET_FIELDS | {"code", "key", "sig", "token"}
_HEADERS = "headers"
# The parameters of a function may have any names; they are no values.
_NAMES_OF_OTHERS = "properties"
# A shorter text would be found in words that have nothing to do with it.
_SHORTEST_SECRET = 8

_PARAMETER = re.compile(
    rf"([?&](?:{'|'.join(_SECRET_PARAMETERS)})=)[^&#\s]+", re.IGNORECASE
)
_USER = re.compile(r"://[^/?#\s@]*@")

# The same in a text that is no JSON.
_FIELD_IN_TEXT = re.compile(
    rf'("(?:{"|".join(_SECRET_FIELDS)})"\s*:\s*")(?:[^"\\]|\\.)*', re.IGNORECASE
)
_HEADERS_IN_TEXT = re.compile(rf'("{_HEADERS}"\s*:\s*\{{)[^}}]*', re.IGNORECASE)
_AUDIO_IN_TEXT = re.compile(rf"([A-Za-z0-9+/]{{{_KEPT}}})[A-Za-z0-9+/=]+")


def is_secret_header(name: str) -> bool:
    """Whether a header of this name holds a key or token."""
    return name.lower() in _SECRET_FIELDS


def is_secret_parameter(name: str) -> bool:
    """Whether a query parameter of this name holds a key or token."""
    return name.lower() in _SECRET_PARAMETERS


class Masking:
    """Takes out of the frames of a session what is not to be written down.

    Args:
        secrets: Keys and tokens of the connection, which are masked wherever they
            stand. What turns out to be one, from the field it stands in, is too.
        keep_audio: Whether audio is kept as a whole.
    """

    def __init__(self, secrets: Iterable[str], *, keep_audio: bool) -> None:
        self._keep_audio = keep_audio
        self._secrets: list[str] = []
        for secret in secrets:
            self._learn(secret)

    def event(self, event: dict[str, Any]) -> dict[str, Any]:
        """A copy of an event without them.

        Raises:
            RecursionError: It is nested too deeply.
        """
        masked = self._object(event)
        if event.get("type") in _LONG_DELTAS and isinstance(event.get("delta"), str):
            masked["delta"] = self._audio(event["delta"])
        return masked

    def text(self, text: str) -> str:
        """A text that is no event, without them as far as they can be found."""
        text = _FIELD_IN_TEXT.sub(rf"\1{MASK}", text)
        text = _HEADERS_IN_TEXT.sub(rf"\1{MASK}", text)
        text = self._clean(text)
        return text if self._keep_audio else _AUDIO_IN_TEXT.sub(r"\1", text)

    def data(self, data: bytes, *, may_be_audio: bool) -> bytes:
        """Data that is no text, without them as far as they can be found."""
        # In this encoding every byte is a character.
        data = self.text(data.decode("latin-1")).encode("latin-1")
        cut = may_be_audio and not self._keep_audio
        return data[: _KEPT * 3 // 4] if cut else data

    def _learn(self, secret: str) -> None:
        # `Bearer` and a token; the token may also be named without it.
        found = {secret, secret.rpartition(" ")[2]}
        found |= {quote(text, safe="") for text in found}
        known = {text for text in found if len(text) >= _SHORTEST_SECRET}
        # The longer ones first, which contain others.
        self._secrets = sorted({*self._secrets, *known}, key=len, reverse=True)

    def _object(self, value: dict[str, Any], *, names: bool = False) -> dict[str, Any]:
        return {
            self._clean(key): self._any(item) if names else self._field(key, item)
            for key, item in value.items()
        }

    def _field(self, key: str, value: Any) -> Any:
        name = key.lower()
        if name in _SECRET_FIELDS:
            return self._hidden(value)
        match value:
            case dict() if name == _HEADERS:
                return {header: self._hidden(item) for header, item in value.items()}
            case str() | list() if name == _HEADERS:
                return self._hidden(value)
            case dict() if name == _NAMES_OF_OTHERS:
                return self._object(value, names=True)
            case str() if name == "audio":
                return self._audio(value)
            case _:
                return self._any(value)

    def _any(self, value: Any) -> Any:
        match value:
            case str():
                return self._clean(value)
            case dict():
                return self._object(value)
            case list():
                return [self._any(item) for item in value]
            case _:
                return value

    def _hidden(self, value: Any) -> Any:
        if isinstance(value, str):
            self._learn(value)
        # Nothing is worth knowing too.
        return MASK if value else value

    def _audio(self, audio: str) -> str:
        return audio if self._keep_audio else audio[:_KEPT]

    def _clean(self, text: str) -> str:
        for secret in self._secrets:
            if secret in text:
                text = text.replace(secret, MASK)
        if "://" in text:
            text = _USER.sub(f"://{MASK}@", _PARAMETER.sub(rf"\1{MASK}", text))
        return text
