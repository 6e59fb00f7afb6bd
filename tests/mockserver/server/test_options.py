"""Validation of options and attributes, with suggestions."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from math import inf, nan
from pathlib import Path
from typing import Any

import pytest

from tests.support.engine_driver import appends, respond, spoken, update
from tests.support.raw_websocket import frame, session
from voicelive_mockserver import (
    BackgroundMockServer,
    HeardAudio,
    MockServer,
    Transcriber,
    VirtualSession,
)
from voicelive_mockserver.faults import Close, Delay, Duplicate, Refuse

# `Any`, since type checkers would reject the invalid arguments.
any_close: Any = Close
any_delay: Any = Delay
any_duplicate: Any = Duplicate

Make = Callable[..., Any]
SERVERS = [MockServer, BackgroundMockServer]
ALL = [*SERVERS, VirtualSession]


@pytest.mark.parametrize("make", ALL)
@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"scenarios": "echo"}, 'no option "scenarios"; did you mean "scenario"?'),
        ({"respond": str}, 'no option "respond"; did you mean "responder"?'),
        ({"xyz": 1}, 'no option "xyz"; expected one of '),
        ({"responder": "Hello."}, "responder: expected a function that returns the"),
        ({"responder": "Hello."}, "did you mean lambda request: 'Hello.'?"),
        ({"responder": None}, "responder: expected a function"),
        ({"transcript": 5}, "transcript: expected a text, or a function"),
        ({"transcript": None}, "transcript: expected a text, or a function"),
        ({"mcp": "https://x"}, "mcp: expected an object with the methods list_tools"),
        ({"seed": "1"}, "seed: expected a whole number, not '1'"),
        ({"seed": 1.5}, "seed: expected a whole number, not 1.5"),
        ({"seed": True}, "seed: expected a whole number, not True"),
        ({"scenario": 5}, "scenario: expected a Scenario, a file, or the name of an"),
        ({"scenario": {"turns": []}}, "scenario: expected a Scenario"),
        ({"scenario": "weather"}, "did you mean"),
        ({"require_configuration": "yes"}, "require_configuration: expected True"),
    ],
)
def test_options_of_all(make: Make, options: dict[str, Any], says: str) -> None:
    """Every value is validated by the constructor."""
    with pytest.raises((TypeError, ValueError)) as raised:
        make(**options)
    assert says in str(raised.value)


@pytest.mark.parametrize("make", SERVERS)
@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"host": None}, "host: expected a text, not None"),
        ({"port": "80"}, "port: expected a whole number"),
        ({"port": -1}, "port: expected a whole number from 0 up to 65535, not -1"),
        ({"port": 70_000}, "port: expected"),
        ({"speed": "fast"}, "speed: expected a number, not 'fast'"),
        ({"speed": 0}, "speed: expected a number above 0, not 0"),
        ({"speed": nan}, "speed: expected a number above 0, not nan"),
        ({"speed": True}, "speed: expected a number, not True"),
        (
            {"voice": "espaek"},
            "voice: unknown voice 'espaek'; did you mean \"espeak\"?",
        ),
        ({"journal_limit": -1}, "journal_limit: expected a whole number from 0"),
        ({"journal_bytes": None}, "journal_bytes: expected a whole number"),
        ({"tls": "cert.pem"}, "tls: expected an ssl.SSLContext, not 'cert.pem'"),
        ({"worker": 2, "workers": 2}, "worker: expected"),
        ({"workers": 0}, "workers: expected a whole number from 1"),
        ({"peer_dir": "/tmp"}, "peer_dir: expected a Path"),
        ({"session_seconds": 0}, "session_seconds: expected a number above 0"),
        ({"session_seconds": None}, "session_seconds: expected a number"),
        ({"fatal_close_code": 1006}, "fatal_close_code: 1006 is not a valid"),
        ({"fatal_close_code": "1008"}, "fatal_close_code: expected a whole number"),
        ({"new_sessions_per_minute": "30"}, "new_sessions_per_minute: expected a"),
        ({"clock": 5.0}, "clock: expected a function, not 5.0"),
        ({"api_key": None}, "api_key: expected a text, not NoneType"),
        ({"faults": 5}, "faults: expected a list of faults, not 5"),
        ({"faults": [5]}, "faults: expected a fault, a text such as"),
        ({"faults": ["clsoe:1011"]}, 'unknown type; did you mean "close"?'),
        ({"faults": [{"code": 1011}]}, '"type" is missing; expected one of close, '),
        ({"faults": [{"type": "clsoe"}]}, 'unknown type; did you mean "close"?'),
        ({"faults": [{"type": "close", "cod": 1}]}, "field 'cod'; did you mean"),
        ({"faults": [{"type": "close", "code": "x"}]}, "Expected `int`, got `str`"),
        ({"faults": [{"type": "close", "code": 1006}]}, "code: 1006 cannot be sent"),
        ({"faults": [{"type": "delay", "seconds": -1}]}, "seconds: expected 0 to"),
    ],
)
def test_options_of_servers(make: Make, options: dict[str, Any], says: str) -> None:
    """Options of servers only are validated, too."""
    with pytest.raises((TypeError, ValueError)) as raised:
        make(**options)
    assert says in str(raised.value)


@pytest.mark.parametrize(
    "key", ["", "schl\u00fcssel", "two words", "line\nend", "\x7f"]
)
def test_keys_that_no_header_has(key: str) -> None:
    """A key is visible ASCII; the message does not contain it."""
    with pytest.raises(ValueError, match="api_key: expected visible ASCII") as raised:
        MockServer(api_key=key)
    assert not key or key not in str(raised.value)


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"model": "gpt-realtme"}, "model: unknown model 'gpt-realtme'; did you mean"),
        ({"model": None}, "model: expected a text"),
        ({"api_version": "2026-04-11"}, "api_version: unknown name"),
        ({"ordinal": -1}, "ordinal: expected a whole number from 0"),
        ({"started_at": "now"}, "started_at: expected a number"),
        ({"speed": 1}, 'VirtualSession has no option "speed"'),
    ],
)
def test_options_of_virtual_sessions(options: dict[str, Any], says: str) -> None:
    """Sessions without a server have further options."""
    with pytest.raises((TypeError, ValueError)) as raised:
        VirtualSession(**options)
    assert says in str(raised.value)


@pytest.mark.parametrize("make", SERVERS)
@pytest.mark.parametrize(
    "faults",
    [
        ["close:1011:after=2"],
        [{"type": "close", "code": 1011, "after": 2}],
        [Close(code=1011, after=2)],
        ('{"type": "close", "code": 1011, "after": 2}',),
        "close:1011:after=2",
        {"type": "close", "code": 1011, "after": 2},
        Close(code=1011, after=2),
    ],
)
def test_faults_in_any_form(make: Make, faults: Any) -> None:
    """Short forms, mappings and faults are equivalent, alone or in a list."""
    server: Any = make(faults=faults)
    found = list((server if make is MockServer else server.server).faults)
    assert found == [Close(code=1011, after=2)]


async def test_faults_as_mappings_strike() -> None:
    """A fault that is given as a mapping has its effect."""
    faults = [{"type": "close", "code": 1011, "event": "input_audio_buffer.cleared"}]
    async with MockServer(speed=inf, faults=faults) as mock, session(mock) as client:
        client.writer.write(frame({"type": "input_audio_buffer.clear"}))
        assert await client.close_code() == 1011
        mock.faults.add({"type": "refuse", "status": 429})
        assert Refuse(status=429) in list(mock.faults)


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("duplicate:100000000", "copies: expected 1 to 100"),
        ("duplicate:0", "copies: expected 1 to 100"),
        ("delay:1e308", "seconds: expected 0 to 86,400"),
        ("delay:nan", "seconds: expected 0 to 86,400"),
        ("delay:0:jitter=inf", "jitter: expected 0 to 86,400"),
        ("slow_handshake:inf", "seconds: expected"),
        ("stall:inf", "duration: expected"),
        ("close:1011:seconds=inf", "seconds: expected"),
        ("close:1011:after=-1", "after: expected 0 to"),
        ("close:1011:after=99999999999999999999", "after: expected 0 to"),
        ("reorder:1000000000000", "by: expected 1 to 1,000"),
        ("refuse:429:retry_after=inf", "retry_after: expected 0 to"),
        ("refuse:429:retry_after=-1", "retry_after: expected 0 to"),
        ("refuse:200", "status: expected 300 to 599"),
        ("rate_limit:-1", "limit: expected 0 to"),
        ("rate_limit:1:window=inf", "window: expected"),
        ("omit:nth=0", "nth: expected 1 to"),
        ("fail_response:nth=99999999999999", "nth: expected 1 to"),
        ("omit:connection=0", "connection: expected 1 to"),
        ("omit:probability=nan", "probability: expected 0 to 1"),
    ],
)
def test_numbers_of_faults_are_bounded(line: str, says: str) -> None:
    """Values that need unlimited memory or time are rejected."""
    with pytest.raises(ValueError, match="fault") as raised:
        MockServer(faults=[line])
    assert says in str(raised.value)


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda: any_close(code="1011"), "code: expected `int`, got `str` ('1011')"),
        (lambda: any_delay(seconds="1"), "seconds: expected `float`, got `str`"),
        (lambda: any_duplicate(copies=1.5), "copies: expected `int`, got `float`"),
        (lambda: any_close(connection="1"), "connection: expected"),
        (lambda: any_close(reason=None), "reason: expected `str`, got `null`"),
    ],
)
def test_types_in_faults(make: Callable[[], Any], says: str) -> None:
    """A fault is validated by its constructor."""
    with pytest.raises(ValueError, match="expected") as raised:
        make()
    assert says in str(raised.value)


def test_a_fault_that_was_changed() -> None:
    """A fault is validated again when it is added to a server."""
    fault = Duplicate()
    fault.copies = 10**9
    with pytest.raises(ValueError, match="copies: expected 1 to 100"):
        MockServer(faults=[fault])


async def test_copies_of_copies_are_bounded() -> None:
    """Several faults make at most a thousand copies of an event."""
    faults = ["duplicate:100:event=input_audio_buffer.cleared"] * 20
    async with MockServer(speed=inf, faults=faults) as mock, session(mock) as client:
        client.writer.write(frame({"type": "input_audio_buffer.clear"}) * 2)
        for _ in range(2000):
            assert (await client.event())["type"] == "input_audio_buffer.cleared"
        client.writer.write(frame({"type": "response.cancel"}))
        assert (await client.event())["type"] == "error"


@pytest.mark.parametrize("make", ALL)
def test_attributes_that_do_not_exist(make: Make) -> None:
    """Assigning an unknown attribute is an error with a suggestion."""
    server = make()
    with pytest.raises(AttributeError, match="has no attribute 'responders'"):
        server.responders = str
    with pytest.raises(AttributeError, match="has no attribute 'xyz'"):
        server.xyz = 1
    with pytest.raises(AttributeError, match=r"problems cannot be assigned"):
        server.problems = []


@pytest.mark.parametrize("make", SERVERS)
def test_attributes_of_servers(make: Make) -> None:
    """Assigned values are validated; the error for a read-only attribute has a hint."""
    server = make()
    server.transcript = "Hello."
    assert server.transcript == "Hello."
    server.responder = lambda _: "Hi."
    for name, value, says in [
        ("transcripts", "Hello.", 'did you mean "transcript"?'),
        ("transcrpit", "Hello.", 'did you mean "transcript"?'),
        ("speed", 10, f"give it as an option: {make.__name__}(speed=...)"),
        ("scenario", "echo", f"give it as an option: {make.__name__}(scenario=...)"),
        ("use", "echo", "is a method: call it, as use(...)"),
        ("sessions", [], "sessions cannot be assigned"),
        ("endpoint", "http://x", "endpoint cannot be assigned"),
    ]:
        with pytest.raises(AttributeError) as raised:
            setattr(server, name, value)
        assert says in str(raised.value)
    for name, value in [("responder", "Hello."), ("transcript", 5)]:
        with pytest.raises(TypeError, match=name):
            setattr(server, name, value)
    assert server.transcript == "Hello."


def test_attributes_of_subclasses() -> None:
    """Subclasses may have other attributes."""

    class Subclass(MockServer):
        def __init__(self, path: Path) -> None:
            super().__init__()
            self.path = path

    assert Subclass(Path("x")).path == Path("x")


async def test_the_transcript_can_be_changed() -> None:
    """A new transcript applies to later sessions."""
    configure = frame(update(input_audio_transcription={"model": "whisper-1"}))
    audio = b"".join(map(frame, appends(spoken())))

    def transcriber(audio: HeardAudio) -> str:
        return f"{audio.number} and {len(audio.pcm) > 0}"

    transcripts: list[tuple[str | Transcriber, str]] = [
        ("First.", "First."),
        (transcriber, "0 and True"),
    ]
    async with MockServer(speed=inf) as mock:
        for transcript, words in transcripts:
            mock.transcript = transcript
            async with session(mock) as client:
                client.writer.write(configure + audio)
                async with asyncio.timeout(20):
                    event = await client.event()
                    while not event["type"].endswith("transcription.completed"):
                        event = await client.event()
                assert event["transcript"] == words


async def test_a_rejected_assignment_has_no_effect() -> None:
    """The server keeps its options."""
    async with MockServer(speed=inf) as mock:
        with pytest.raises(TypeError):
            mock.responder = "Hello."  # type: ignore[assignment]
        async with session(mock) as client:
            client.writer.write(frame(respond()))
            event = await client.event()
            while event["type"] != "response.done":
                event = await client.event()
            assert event["response"]["status"] == "completed"
