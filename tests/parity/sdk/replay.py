"""Read events and write messages with the installed SDK.

Run in a process of its own: `python -m tests.parity.sdk.replay`, with a JSON array of
server events on standard input.
"""

from __future__ import annotations

import datetime
import enum
import json
import sys
from base64 import b64encode
from importlib import import_module
from typing import Any

from tests.parity.sdk.messages import messages


def main() -> None:
    """Write what the SDK makes of it to standard output."""
    models = import_module("azure.ai.voicelive.models")
    json.dump(
        {
            "events": [
                _plain(models.ServerEvent._deserialize(payload, []))
                for payload in json.load(sys.stdin)
            ],
            "messages": {n: m.as_dict() for n, m in messages(models).items()},
        },
        sys.stdout,
    )


def _plain(value: Any) -> Any:
    """A value as an application sees it, with what JSON has no type for marked."""
    if hasattr(value, "_attr_to_rest_field"):
        attributes = {n: _plain(getattr(value, n)) for n in value._attr_to_rest_field}
        return {"$model": type(value).__name__, "$attributes": attributes}
    if isinstance(value, enum.Enum):
        return value.value
    if isinstance(value, datetime.datetime):
        return {"$time": value.timestamp()}
    if isinstance(value, bytes):
        return {"$bytes": b64encode(value).decode()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    return value


if __name__ == "__main__":
    main()
