"""Masking of recorded frames: secrets are replaced, audio is truncated.

Secrets are detected by field name (see `is_secret_name`): in fields at any
depth, in JSON inside strings, such as function arguments, and in the
queries of URLs. All values of `headers` are masked.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from voicelive_core.redaction import (
    MASK,
    is_distinct,
    is_secret,
    is_secret_name,
    redact,
    spellings,
)
from voicelive_protocol import ServerEventType, encode, parse

# Base64 characters of truncated audio: 33 bytes.
_KEPT_CHARS = 44
_LONG_DELTAS = frozenset(
    {ServerEventType.RESPONSE_AUDIO_DELTA, ServerEventType.RESPONSE_VIDEO_DELTA}
)
_ARGUMENTS_DELTAS = frozenset(
    {
        ServerEventType.RESPONSE_FUNCTION_CALL_ARGUMENTS_DELTA,
        ServerEventType.RESPONSE_MCP_CALL_ARGUMENTS_DELTA,
    }
)

_HEADERS = "headers"
# JSON Schema keywords that map names to subschemas.
_SCHEMA_MAPS = frozenset({"properties", "patternProperties", "$defs", "definitions"})
# JSON Schema keywords that hold example values.
_EXAMPLES = frozenset({"const", "default", "enum", "example", "examples"})
# Marks a log probability, whose `token` is a piece of text.
_LOGPROB = "logprob"

# The value of a generic name such as `key` may be an ordinary word; from this
# length on it is masked everywhere.
_MIN_SECRET_LENGTH = 20
# Bounds of the state for streamed function arguments.
_MAX_CALLS = 64
_MAX_ARGUMENTS_LENGTH = 1 << 16

_NAME_IN_TEXT = re.compile(r'"((?:[^"\\]|\\.){1,128})"\s*:')
# A field in invalid or truncated JSON: plain, and inside another string.
_FIELD_IN_TEXT = re.compile(r'("([\w.$-]{1,64})"\s*:\s*")((?:[^"\\]|\\.)*)', re.DOTALL)
_QUOTED_FIELD = re.compile(
    r'((\\+)"([\w.$-]{1,64})\2"\s*:\s*\2")(.*?)(?=\2"|$)', re.DOTALL
)
_HEADERS_IN_TEXT = re.compile(rf'("{_HEADERS}"\s*:\s*\{{)[^}}]*', re.IGNORECASE)
_AUDIO_IN_TEXT = re.compile(rf"([A-Za-z0-9+/]{{{_KEPT_CHARS}}})[A-Za-z0-9+/=]+")


class Masking:
    """Masks secrets and truncates audio in the frames of a session.

    Args:
        secrets: Keys and tokens of the connection, masked wherever they appear.
            Secrets that are found in fields are added.
        keep_audio: Whether to keep audio in full.
    """

    def __init__(self, secrets: Iterable[str], *, keep_audio: bool) -> None:
        self._keep_audio = keep_audio
        self._secrets: list[str] = []
        # Streamed arguments of each function call so far; None once they contain the
        # name of a secret.
        self._arguments: dict[object, str | None] = {}
        for secret in secrets:
            self._learn(secret)

    def event(self, event: dict[str, Any]) -> dict[str, Any]:
        """Return a masked copy of an event.

        Raises:
            RecursionError: The event is nested too deeply.
        """
        kind, delta = event.get("type"), event.get("delta")
        if isinstance(delta, str) and kind in _LONG_DELTAS:
            return {**self._object({**event, "delta": ""}), "delta": self._audio(delta)}
        masked = self._object(event)
        if isinstance(delta, str) and kind in _ARGUMENTS_DELTAS:
            masked["delta"] = self._arguments_delta(event, delta)
        return masked

    def text(self, text: str) -> str:
        """Mask text that is not a JSON object, as far as secrets are recognizable."""
        text = _FIELD_IN_TEXT.sub(
            lambda found: self._field_in_text(found[0], found[1], found[2], found[3]),
            text,
        )
        text = _QUOTED_FIELD.sub(
            lambda found: self._field_in_text(found[0], found[1], found[3], found[4]),
            text,
        )
        text = _HEADERS_IN_TEXT.sub(rf"\1{MASK}", text)
        text = self._clean(text)
        return text if self._keep_audio else _AUDIO_IN_TEXT.sub(r"\1", text)

    def data(self, data: bytes, *, may_be_audio: bool) -> bytes:
        """Mask binary data, as far as secrets are recognizable."""
        # Latin-1 maps every byte to one character.
        data = self.text(data.decode("latin-1")).encode("latin-1")
        cut = may_be_audio and not self._keep_audio
        return data[: _KEPT_CHARS * 3 // 4] if cut else data

    def _learn(self, secret: str) -> None:
        known = {*self._secrets, *spellings(secret)}
        # Longest first: a secret may contain another one.
        self._secrets = sorted(known, key=len, reverse=True)

    def _object(self, value: dict[str, Any], *, names: bool = False) -> dict[str, Any]:
        plain = "token" if _LOGPROB in value else None
        return {
            self._clean(key): (
                self._any(item)
                if key == plain
                else self._description(key, item)
                if names and isinstance(item, dict)
                else self._field(key, item)
            )
            for key, item in value.items()
        }

    def _description(self, name: str, schema: dict[str, Any]) -> Any:
        """Mask the examples in the JSON Schema of a secret field."""
        masked = self._object(schema)
        if is_secret_name(name):
            for key in _EXAMPLES & schema.keys():
                masked[key] = self._hidden(name, schema[key])
        return masked

    def _field(self, key: str, value: Any) -> Any:
        name = key.lower()
        if is_secret(key, value):
            return self._hidden(key, value)
        match value:
            case dict() if name == _HEADERS:
                return {
                    header: self._hidden(_HEADERS, item)
                    for header, item in value.items()
                }
            case str() | list() if name == _HEADERS:
                return self._hidden(_HEADERS, value)
            case dict() if key in _SCHEMA_MAPS:
                return self._object(value, names=True)
            case str() if name == "audio":
                return self._audio(value)
            case _:
                return self._any(value)

    def _any(self, value: Any) -> Any:
        match value:
            case str():
                return self._clean(self._inner(value))
            case dict():
                return self._object(value)
            case list():
                return [self._any(item) for item in value]
            case _:
                return value

    def _inner(self, text: str) -> str:
        """Mask JSON inside a string; keep its spelling if nothing is masked."""
        if text.lstrip()[:1] not in ("{", "["):
            return text
        try:
            value = parse(text)
        except (ValueError, RecursionError):
            return self.text(text)
        masked = self._any(value)
        return text if masked == value else encode(masked).decode()

    def _arguments_delta(self, event: dict[str, Any], piece: str) -> str:
        """Mask streamed arguments after the name of a secret.

        The end of its value is unknown until the arguments are complete.
        """
        key = event.get("response_id"), event.get("item_id"), event.get("output_index")
        known = self._arguments.pop(key, "")
        if known is not None:
            known += piece
            names = map(_unquoted, _NAME_IN_TEXT.findall(known))
            if len(known) > _MAX_ARGUMENTS_LENGTH or any(map(is_secret_name, names)):
                known = None
        self._arguments[key] = known
        if len(self._arguments) > _MAX_CALLS:
            del self._arguments[next(iter(self._arguments))]
        return MASK if known is None else self._clean(piece)

    def _hidden(self, name: str, value: Any) -> Any:
        if isinstance(value, str) and (
            is_distinct(name) or name == _HEADERS or len(value) >= _MIN_SECRET_LENGTH
        ):
            self._learn(value)
        # Keep empty values: their absence is informative.
        return MASK if value else value

    def _field_in_text(self, whole: str, before: str, name: str, value: str) -> str:
        if not is_secret(name, value):
            return whole
        return f"{before}{self._hidden(name, value)}"

    def _audio(self, audio: str) -> str:
        return audio if self._keep_audio else audio[:_KEPT_CHARS]

    def _clean(self, text: str) -> str:
        return redact(text, self._secrets)


def _unquoted(name: str) -> str:
    """Return a field name with its JSON escapes decoded."""
    if "\\" not in name:
        return name
    try:
        return parse(f'"{name}"', str)
    except ValueError:
        return name
