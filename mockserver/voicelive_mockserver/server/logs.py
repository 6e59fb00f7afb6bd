"""The log of the command line, for people or one JSON object a line.

Neither keys nor audio are ever in it.
"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, Literal, TextIO

import msgspec

# What every record has; the rest was given as `extra`.
_STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "taskName"}
_HIDDEN = "[key]"

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
    handler.addFilter(_without_requests)
    root = logging.getLogger()
    previous = root.level
    root.addHandler(handler)
    root.setLevel(level.upper())
    try:
        yield
    finally:
        root.removeHandler(handler)
        root.setLevel(previous)


def _without_requests(record: logging.LogRecord) -> bool:
    """Take out of what aiohttp logs the bytes of requests that it could not read.

    They come from anybody and may hold anything, a key included.
    """
    if record.name.startswith("aiohttp.") and record.exc_info:
        kind = record.exc_info[0]
        if kind is not None and kind.__module__ == "aiohttp.http_exceptions":
            record.msg = f"{record.getMessage()}: {kind.__name__}"
            record.args = ()
            record.exc_info = None
            record.levelno, record.levelname = logging.WARNING, "WARNING"
    return True


class _Formatter(logging.Formatter):
    def __init__(self, api_key: str, worker: int | None) -> None:
        super().__init__()
        self._api_key = api_key
        self._worker = worker

    def hidden(self, text: str) -> str:
        """Return a text without the key."""
        return text.replace(self._api_key, _HIDDEN) if self._api_key else text

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
        # One line, whatever a client has put into it.
        message = self.hidden(record.getMessage() + fields)
        line = f"{time} {record.levelname:<7} {_in_one_line(message)}"
        if record.exc_info:
            line += "\n" + self.hidden(self.formatException(record.exc_info))
        return line


class _Json(_Formatter):
    def format(self, record: logging.LogRecord) -> str:
        entry: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": self.hidden(record.getMessage()),
        }
        entry |= self.fields(record)
        if record.exc_info:
            entry["exception"] = self.hidden(self.formatException(record.exc_info))
        return msgspec.json.encode(entry, enc_hook=str).decode()


def _in_one_line(text: str) -> str:
    return text if text.isprintable() else text.encode("unicode_escape").decode()
