"""Logging of the command line."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from io import StringIO
from urllib.parse import urlsplit

import pytest

from tests.support.malformed import SECRET, check_log, send_all
from voicelive_mockserver import MockServer
from voicelive_mockserver.server.logs import LogFormat, logging_to

KEY = "a-secret-key"
_logger = logging.getLogger("voicelive_mockserver.test")


@contextmanager
def logged(log_format: LogFormat, level: str = "info") -> Iterator[StringIO]:
    stream = StringIO()
    with logging_to(stream, level, log_format, KEY, worker=1):
        yield stream


def test_the_text_format() -> None:
    """A line has the time, the level, the message and the fields."""
    with logged("text") as stream:
        _logger.info("session opened", extra={"session": "sess_1", "code": None})
    line = stream.getvalue()
    assert line[2] == line[5] == ":"
    assert line[8:] == " INFO    session opened worker=1 session=sess_1 code=None\n"


@pytest.mark.parametrize("log_format", ["text", "json"])
def test_a_key_is_never_written(log_format: LogFormat) -> None:
    """The key is redacted in message, fields and traceback."""
    with logged(log_format) as stream:
        _logger.info("got %s", KEY, extra={"reason": f"bad {KEY}"})
        try:
            raise ValueError(KEY)
        except ValueError:
            _logger.exception("failed")
    text = stream.getvalue()
    assert KEY not in text
    assert text.count("***") >= 3
    assert "Traceback" in text


@pytest.mark.parametrize("log_format", ["text", "json"])
def test_client_values_cannot_forge_lines(log_format: LogFormat) -> None:
    """Line breaks and escape sequences in values are escaped."""
    with logged(log_format) as stream:
        _logger.info("refused", extra={"reason": "a\nb\x1b[31m"})
    assert len(stream.getvalue().splitlines()) == 1
    assert "\x1b" not in stream.getvalue()


def test_the_json_format() -> None:
    """One object per line; every value keeps its type."""
    with logged("json", "warning") as stream:
        _logger.info("not this")
        _logger.warning("that", extra={"seconds": 1.5, "kind": {"x"}})
    record = json.loads(stream.getvalue())
    assert record["message"] == "that"
    assert record["level"] == "warning"
    assert record["worker"] == 1
    assert record["seconds"] == 1.5
    assert record["time"].endswith("+00:00")


def test_logging_ends_with_the_context() -> None:
    """Afterwards nothing is logged."""
    level = logging.getLogger().level
    with logged("text", "error") as stream:
        pass
    _logger.error("late")
    assert stream.getvalue() == ""
    assert logging.getLogger().level == level


@pytest.mark.parametrize("api_key", ["test-key", SECRET])
async def test_handshakes_that_cannot_be_read(
    api_key: str, caplog: pytest.LogCaptureFixture
) -> None:
    """Without a configured log, no key in them reaches a handler."""
    caplog.set_level(logging.DEBUG)
    async with MockServer(api_key=api_key) as server:
        await send_all(urlsplit(server.endpoint).port or 0)
    check_log(caplog)
