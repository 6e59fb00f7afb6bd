"""Whether two packages give an application the same values for the same message."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from msgspec import Struct

from tests.parity.compare import Findings
from voicelive.models import UNSET, Model

_ABSENT = object()


class Replay(Struct):
    """What `tests.parity.sdk.replay` prints."""

    events: list[Any]
    messages: dict[str, dict[str, Any]]


def different_values(sdk: Any, ours: Any) -> Findings:
    """Compare an event as the SDK gives it with ours, attribute by attribute.

    Only what the SDK has is looked at: fields that the SDK does not know are not there.

    Args:
        sdk: What `tests.parity.sdk.replay` printed for the event.
        ours: The decoded event.
    """
    return {("value", key): detail for key, detail in _walk(sdk, ours, "event")}


def _walk(sdk: Any, ours: Any, key: str) -> Iterator[tuple[str, str]]:
    match sdk:
        case {"$model": name, "$attributes": attributes}:
            if name not in [cls.__name__ for cls in type(ours).__mro__]:
                yield key, f"SDK {name}, ours {ours!r}"
                return
            for attribute, value in attributes.items():
                found = getattr(ours, attribute, _ABSENT)
                yield from _walk(value, found, f"{name}.{attribute}")
        case {"$time": seconds}:
            if not isinstance(ours, datetime) or ours.timestamp() != seconds:
                yield key, f"SDK time {seconds}, ours {ours!r}"
        case {"$bytes": text}:
            if not isinstance(ours, bytes) or b64encode(ours).decode() != text:
                yield key, f"SDK bytes {text}, ours {ours!r}"
        case dict() if isinstance(ours, Model):
            same = "same" if ours.as_dict() == sdk else f"different: {ours!r}"
            yield key, f"SDK a plain dict, ours {type(ours).__name__}, content {same}"
        case list() if isinstance(ours, list) and len(ours) == len(sdk):
            for mine, theirs in zip(ours, sdk, strict=True):
                yield from _walk(theirs, mine, key)
        case _:
            plain = _plain(ours)
            if plain != sdk or isinstance(plain, bool) != isinstance(sdk, bool):
                yield key, f"SDK {sdk!r}, ours {ours!r}"


def _plain(value: Any) -> Any:
    if value is UNSET:
        return None
    # The SDK leaves some base64 as text; that the types differ is found elsewhere.
    return b64encode(value).decode() if isinstance(value, bytes) else value
