"""Logging of the command line: as text, or as one JSON object per line.

Logs contain neither keys nor audio.
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

# Attributes of every record; others come from `extra`.
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
    """Log to a stream within the context.

    Args:
        stream: The stream.
        level: The minimum level: `debug`, `info`, `warning` or `error`.
        log_format: `text`, or `json` for one object per line.
        api_key: The key to redact.
        worker: The number of this worker; `None` with a single process.
    """
    handler = logging.StreamHandler(stream)
    handler.setFormatter(
        _JsonFormatter(api_key, worker)
        if log_format == "json"
        else _TextFormatter(api_key, worker)
    )
    # For loggers of other packages, such as asyncio; ours have their own.
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


class _RedactingFormatter(logging.Formatter):
    def __init__(self, api_key: str, worker: int | None) -> None:
        super().__init__()
        self._api_key = api_key
        self._worker = worker

    def redacted(self, text: str) -> str:
        """Return a text with the key redacted."""
        return text.replace(self._api_key, MASK) if self._api_key else text

    def exception(self, record: logging.LogRecord) -> str:
        """Return the traceback of a record with the key redacted; "" without one."""
        if record.exc_info:
            return self.redacted(self.formatException(record.exc_info))
        return self.redacted(record.exc_text or "")

    def fields(self, record: logging.LogRecord) -> dict[str, Any]:
        """Return the additional fields of a record."""
        fields: dict[str, Any] = {}
        if self._worker is not None:
            fields["worker"] = self._worker
        for name, value in vars(record).items():
            if name not in _STANDARD:
                fields[name] = self.redacted(value) if isinstance(value, str) else value
        return fields


class _TextFormatter(_RedactingFormatter):
    def format(self, record: logging.LogRecord) -> str:
        time = datetime.fromtimestamp(record.created).strftime("%H:%M:%S")
        fields = "".join(f" {k}={v}" for k, v in self.fields(record).items())
        message = self.redacted(record.getMessage() + fields)
        line = f"{time} {record.levelname:<7} {message}"
        exception = self.exception(record)
        return f"{line}\n{exception}" if exception else line


class _JsonFormatter(_RedactingFormatter):
    def format(self, record: logging.LogRecord) -> str:
        entry: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": self.redacted(record.getMessage()),
        }
        entry |= self.fields(record)
        if exception := self.exception(record):
            entry["exception"] = exception
        return encode(msgspec.to_builtins(entry, enc_hook=str)).decode()
