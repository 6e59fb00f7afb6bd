"""The log of the command line, for people or one JSON object a line.

Neither keys nor audio are ever in it.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, Literal, TextIO

import msgspec

from voicelive_core.redaction import MASK, RedactingFilter
from voicelive_protocol import encode

# What every record has; the rest was given as `extra`.
_STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "taskName"}

LogFormat = Literal["text", "json"]


@contextmanager
def logging_to(
    stream: TextIO,
    level: str,
    log_format: LogFormat,
    api_key: str,
    worker: int | None = None,
) -> Iterator[None]:
    """Let all loggers of this process write to a stream, for a while.

    Args:
        stream: Where they write.
        level: The least level that is written: `debug`, `info`, `warning` or `error`.
        log_format: `text` for people, `json` for one object a line.
        api_key: Never written, wherever it appears.
        worker: Which process this is, when there are several.
    """
    handler = logging.StreamHandler(stream)
    handler.setFormatter(
        _Json(api_key, worker) if log_format == "json" else _Text(api_key, worker)
    )
    # For loggers of other packages, such as asyncio; ours have it themselves.
    handler.addFilter(RedactingFilter())
    root = logging.getLogger()
    previous = root.level
    root.addHandler(handler)
    root.setLevel(level.upper())
    try:
        yield
    finally:
        root.removeHandler(handler)
        root.setLevel(previous)


class _Formatter(logging.Formatter):
    def __init__(self, api_key: str, worker: int | None) -> None:
        super().__init__()
        self._api_key = api_key
        self._worker = worker

    def hidden(self, text: str) -> str:
        """Return a text without the key."""
        return text.replace(self._api_key, MASK) if self._api_key else text

    def exception(self, record: logging.LogRecord) -> str:
        """Return the traceback of a record without the key; "" if there is none."""
        if record.exc_info:
            return self.hidden(self.formatException(record.exc_info))
        return self.hidden(record.exc_text or "")

    def fields(self, record: logging.LogRecord) -> dict[str, Any]:
        """Return what was logged besides the message."""
        fields: dict[str, Any] = {}
        if self._worker is not None:
            fields["worker"] = self._worker
        for name, value in vars(record).items():
            if name not in _STANDARD:
                fields[name] = self.hidden(value) if isinstance(value, str) else value
        return fields


class _Text(_Formatter):
    def format(self, record: logging.LogRecord) -> str:
        time = datetime.fromtimestamp(record.created).strftime("%H:%M:%S")
        fields = "".join(f" {k}={v}" for k, v in self.fields(record).items())
        message = self.hidden(record.getMessage() + fields)
        line = f"{time} {record.levelname:<7} {message}"
        exception = self.exception(record)
        return f"{line}\n{exception}" if exception else line


class _Json(_Formatter):
    def format(self, record: logging.LogRecord) -> str:
        entry: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": self.hidden(record.getMessage()),
        }
        entry |= self.fields(record)
        if exception := self.exception(record):
            entry["exception"] = exception
        return encode(msgspec.to_builtins(entry, enc_hook=str)).decode()
