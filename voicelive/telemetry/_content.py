"""Message content for traces, without audio, video and secrets."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from typing import Any

import msgspec

from voicelive._connection.reading import field
from voicelive_protocol import CLIENT_EVENTS, SERVER_EVENTS, Model, encode, parse

# Passwords and tokens for MCP servers and relays, and the WebRTC offers and answers,
# which hold passwords too.
SECRET_FIELDS = frozenset(
    {
        "authorization",
        "headers",
        "username",
        "credential",
        "client_sdp",
        "server_sdp",
        "sdp_offer",
        "sdp_answer",
    }
)

# The field of content parts that holds audio.
AUDIO_FIELD = "audio"

# Matches base64 in events newer than this version and data URLs, but no natural
# language.
_ENCODED = re.compile(r"(data:[\w/+.;-]+,)?[A-Za-z0-9+/_=-]{200,}")

# Deeper nesting is cut; no known event reaches it.
_MAX_DEPTH = 60
_CUT = "..."


def content_of(frame: bytes) -> str | None:
    """Return a message as JSON text, without audio, images and secrets.

    Args:
        frame: The message.

    Returns:
        The text; None if the message is not a JSON object.
    """
    try:
        data = parse(frame)
    except (ValueError, RecursionError):
        return None
    if not isinstance(data, dict):
        return None
    binary = _binary_fields(str(data.get("type")))
    return to_text(_clean({k: v for k, v in data.items() if k not in binary}))


def tools_of(tools: Any, *, whole: bool) -> str:
    """Return the tools of a session as JSON text.

    Args:
        tools: The list in a session.
        whole: Whether to include descriptions and parameters, or types and names only.
    """
    plain = [_plain(tool) for tool in tools]
    if whole:
        return to_text(_clean(plain))
    kept = ("type", "name", "server_label")
    return to_text([{k: field(tool, k) for k in kept if k in tool} for tool in plain])


def to_text(value: object) -> str:
    """Return JSON text."""
    return encode(value).decode()


def _plain(value: Any) -> Any:
    if isinstance(value, Model):
        return value.as_dict()
    return dict(value) if isinstance(value, Mapping) else {}


def _clean(value: Any, depth: int = 0) -> Any:
    if isinstance(value, dict | list) and depth == _MAX_DEPTH:
        return _CUT
    if isinstance(value, dict):
        return {k: _clean(v, depth + 1) for k, v in value.items() if not _hidden(k, v)}
    if isinstance(value, list):
        return [_clean(item, depth + 1) for item in value]
    return value


def _hidden(name: str, value: Any) -> bool:
    if name in SECRET_FIELDS:
        return True
    if not isinstance(value, str):
        return False
    return name == AUDIO_FIELD or _ENCODED.fullmatch(value) is not None


@cache
def _binary_fields(kind: str) -> frozenset[str]:
    """Return the names of the fields that hold audio or video."""
    event = CLIENT_EVENTS.get(kind) or SERVER_EVENTS.get(kind)
    if event is None:
        return frozenset()
    fields = msgspec.structs.fields(event)
    return frozenset(f.encode_name for f in fields if _is_binary(f.type))


def _is_binary(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, bytes)


def readable(event: object) -> object:
    """Return the event, parsed if it is JSON text; None if it cannot be parsed."""
    if not isinstance(event, str | bytes | bytearray | memoryview):
        return event
    try:
        return parse(event if isinstance(event, str) else bytes(event))
    except (ValueError, RecursionError):
        return None
