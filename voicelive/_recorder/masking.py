"""Masking of recorded frames: keys, tokens, and most of the audio.

Secrets are found by the kind of their name (see `is_secret_name`): in fields at any
depth, in JSON text inside fields, such as the arguments of functions, and in the
queries of URLs. All values of `headers` are masked.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from voicelive_protocol import ServerEventType, encode, parse
from voicelive_protocol._redaction import (
    MASK,
    is_distinct,
    is_secret,
    is_secret_name,
    redact,
    spellings,
)

# Of audio, as many base64 characters are kept: 33 bytes.
_KEPT = 44
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
# Fields of a JSON Schema whose keys are names, and whose values describe them.
_NAMES = frozenset({"properties", "patternProperties", "$defs", "definitions"})
# Fields of a description that hold values.
_EXAMPLES = frozenset({"const", "default", "enum", "example", "examples"})
# A field of the log probability of a token, which is a piece of text then.
_LOGPROB = "logprob"

# A value that is a secret by a name as common as `key` may be a word that appears
# elsewhere, unless it is as long as this.
_LONG_SECRET = 20
# Arguments of more functions than this are not followed at once, nor longer ones.
_MOST_CALLS = 64
_LONGEST_ARGUMENTS = 1 << 16

_NAME_IN_TEXT = re.compile(r'"((?:[^"\\]|\\.){1,128})"\s*:')
# A field in a text that is not JSON, or is cut off: plain, and inside another text.
_FIELD_IN_TEXT = re.compile(r'("([\w.$-]{1,64})"\s*:\s*")((?:[^"\\]|\\.)*)', re.DOTALL)
_QUOTED_FIELD = re.compile(
    r'((\\+)"([\w.$-]{1,64})\2"\s*:\s*\2")(.*?)(?=\2"|$)', re.DOTALL
)
_HEADERS_IN_TEXT = re.compile(rf'("{_HEADERS}"\s*:\s*\{{)[^}}]*', re.IGNORECASE)
_AUDIO_IN_TEXT = re.compile(rf"([A-Za-z0-9+/]{{{_KEPT}}})[A-Za-z0-9+/=]+")


class Masking:
    """Takes secrets and audio out of the frames of a session.

    Args:
        secrets: Keys and tokens of the connection, which are masked wherever they
            appear. What turns out to be one, from the field it is in, is too.
        keep_audio: Whether audio is kept as a whole.
    """

    def __init__(self, secrets: Iterable[str], *, keep_audio: bool) -> None:
        self._keep_audio = keep_audio
        self._secrets: list[str] = []
        # The arguments of each function call as far as they have come; None once they
        # have the name of a secret.
        self._arguments: dict[object, str | None] = {}
        for secret in secrets:
            self._learn(secret)

    def event(self, event: dict[str, Any]) -> dict[str, Any]:
        """Return a copy of an event without them.

        Raises:
            RecursionError: It is nested too deeply.
        """
        kind, delta = event.get("type"), event.get("delta")
        if isinstance(delta, str) and kind in _LONG_DELTAS:
            return {**self._object({**event, "delta": ""}), "delta": self._audio(delta)}
        masked = self._object(event)
        if isinstance(delta, str) and kind in _ARGUMENTS_DELTAS:
            masked["delta"] = self._piece_of_arguments(event, delta)
        return masked

    def text(self, text: str) -> str:
        """Return a text that is not an event, without those that can be found."""
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
        """Return data that is not text, without those that can be found."""
        # In this encoding every byte is a character.
        data = self.text(data.decode("latin-1")).encode("latin-1")
        cut = may_be_audio and not self._keep_audio
        return data[: _KEPT * 3 // 4] if cut else data

    def _learn(self, secret: str) -> None:
        known = {*self._secrets, *spellings(secret)}
        # The longer ones first, which contain others.
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
        """Mask the JSON Schema of a field, whose name says what its examples are."""
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
            case dict() if key in _NAMES:
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
        """Mask JSON inside of a text; one without a secret stays as it is written."""
        if text.lstrip()[:1] not in ("{", "["):
            return text
        try:
            value = parse(text)
        except (ValueError, RecursionError):
            return self.text(text)
        masked = self._any(value)
        return text if masked == value else encode(masked).decode()

    def _piece_of_arguments(self, event: dict[str, Any], piece: str) -> str:
        """Mask what follows the name of a secret in arguments that come in pieces.

        Where its value ends is not known until the arguments are complete.
        """
        key = event.get("response_id"), event.get("item_id"), event.get("output_index")
        known = self._arguments.pop(key, "")
        if known is not None:
            known += piece
            names = map(_unquoted, _NAME_IN_TEXT.findall(known))
            if len(known) > _LONGEST_ARGUMENTS or any(map(is_secret_name, names)):
                known = None
        self._arguments[key] = known
        if len(self._arguments) > _MOST_CALLS:
            del self._arguments[next(iter(self._arguments))]
        return MASK if known is None else self._clean(piece)

    def _hidden(self, name: str, value: Any) -> Any:
        if isinstance(value, str) and (
            is_distinct(name) or name == _HEADERS or len(value) >= _LONG_SECRET
        ):
            self._learn(value)
        # That there is no value is worth knowing.
        return MASK if value else value

    def _field_in_text(self, whole: str, before: str, name: str, value: str) -> str:
        if not is_secret(name, value):
            return whole
        return f"{before}{self._hidden(name, value)}"

    def _audio(self, audio: str) -> str:
        return audio if self._keep_audio else audio[:_KEPT]

    def _clean(self, text: str) -> str:
        return redact(text, self._secrets)


def _unquoted(name: str) -> str:
    """Return the name of a field without the escapes of JSON."""
    if "\\" not in name:
        return name
    try:
        return parse(f'"{name}"', str)
    except ValueError:
        return name
