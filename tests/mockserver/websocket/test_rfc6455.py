"""Requirements of RFC 6455 on a server: framing, text, closing, handshake."""

from __future__ import annotations

import asyncio
import json
import struct
from math import inf
from random import Random

import pytest

from tests.support.raw_websocket import (
    CLOSE,
    CONTINUATION,
    PING,
    PONG,
    TEXT,
    frame,
    peer,
    session,
    sessions_closed,
    upgrade,
)
from voicelive_mockserver import MockServer
from voicelive_mockserver.websocket.validator import FrameValidator

CLEAR = {"type": "input_audio_buffer.clear"}
COMMA = "caf\u00e9 \U0001f600".encode()


@pytest.mark.slow
@pytest.mark.parametrize(
    "sent",
    [
        pytest.param(frame(CLEAR, masked=False), id="unmasked text"),
        pytest.param(frame(b"", masked=False), id="unmasked and empty"),
        pytest.param(frame(b"x", kind=PING, masked=False), id="unmasked ping"),
        pytest.param(frame(b"\x03\xe8", kind=CLOSE, masked=False), id="unmasked close"),
        pytest.param(frame(b"x" * 200, masked=False), id="unmasked, 2 bytes of length"),
        pytest.param(b"\xc1\x80" + bytes(4), id="first reserved bit"),
        pytest.param(b"\xa1\x80" + bytes(4), id="second reserved bit"),
        pytest.param(b"\x91\x80" + bytes(4), id="third reserved bit"),
        *(
            pytest.param(frame(b"", kind=kind), id=f"opcode {kind}")
            for kind in (3, 4, 5, 6, 7, 11, 12, 13, 14, 15)
        ),
        pytest.param(frame(b"x" * 126, kind=PING), id="ping of 126 bytes"),
        pytest.param(frame(b"x" * 126, kind=PONG), id="pong of 126 bytes"),
        pytest.param(frame(b"x", kind=PING, final=False), id="fragmented ping"),
        pytest.param(frame(b"\x03\xe8", kind=CLOSE, final=False), id="half a close"),
        pytest.param(frame(b"x", kind=CONTINUATION), id="continuation of nothing"),
        pytest.param(
            frame(b"", final=False) + frame(CLEAR), id="text within an empty text"
        ),
        pytest.param(frame(b"{", final=False) + frame(CLEAR), id="text within a text"),
        pytest.param(
            b"\x81\xfe" + (5).to_bytes(2, "big") + bytes(9), id="5 in 2 bytes"
        ),
        pytest.param(
            b"\x81\xff" + (300).to_bytes(8, "big") + bytes(304), id="300 in 8 bytes"
        ),
        pytest.param(b"\x81\xff" + b"\xff" * 8 + bytes(4), id="a length of 64 bits"),
    ],
)
@pytest.mark.parametrize("piece", [1, 1000])
async def test_invalid_frames_end_with_1002(sent: bytes, piece: int) -> None:
    """A frame that violates RFC 6455 closes the connection with 1002.

    What came before it is answered, however the bytes are cut.
    """
    async with MockServer(speed=inf) as mock, session(mock) as client:
        sent = frame(CLEAR) + sent + frame(CLEAR)
        for at in range(0, len(sent), piece):
            client.writer.write(sent[at : at + piece])
            if piece == 1:
                await asyncio.sleep(0)
        assert (await client.event())["type"] == "input_audio_buffer.cleared"
        kind, payload = await client.message()
        assert (kind, payload[:2]) == (CLOSE, struct.pack("!H", 1002))


@pytest.mark.slow
@pytest.mark.parametrize(
    "payload",
    [
        b'{"type":"response.cancel","event_id":"\xff\xfe"}',
        b"\xed\xa0\x80",  # a surrogate
        b"\xc0\x80",  # an overlong form
        b"\xf4\x90\x80\x80",  # beyond Unicode
        b"\xe2\x82",  # the end of a character is missing
        json.dumps(CLEAR).encode("utf-16"),
        json.dumps(CLEAR).encode("utf-32"),
    ],
)
@pytest.mark.parametrize("pieces", [1, 2, 3])
async def test_text_that_is_not_utf8_ends_with_1007(
    payload: bytes, pieces: int
) -> None:
    """Invalid UTF-8 in a text message closes with 1007, also when it is fragmented."""
    async with MockServer(speed=inf) as mock, session(mock) as client:
        size = -(-len(payload) // pieces)
        parts = [payload[at : at + size] for at in range(0, len(payload), size)]
        for number, part in enumerate(parts):
            client.writer.write(
                frame(
                    part,
                    kind=CONTINUATION if number else TEXT,
                    final=number == len(parts) - 1,
                )
            )
        assert await client.close_code() == 1007
        client.abort()
        await sessions_closed(mock)
        assert mock.last_session.close_code == 1007


async def test_fragments_may_split_a_character() -> None:
    """UTF-8 is validated per message, not per frame."""
    event = {"type": "conversation.item.retrieve", "item_id": COMMA.decode()}
    payload = json.dumps(event, ensure_ascii=False).encode()
    async with MockServer(speed=inf) as mock, session(mock) as client:
        for at in range(len(payload)):
            kind = CONTINUATION if at else TEXT
            client.writer.write(frame(payload[at : at + 1], kind=kind, final=False))
        answer = await client.ask(frame(b"", kind=CONTINUATION))
        assert COMMA.decode() in answer["error"]["message"]


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "utf-32-le"])
async def test_other_encodings_are_not_json(encoding: str) -> None:
    """JSON in UTF-16 or UTF-32 is rejected, even if it is valid UTF-8."""
    async with MockServer(speed=inf) as mock, session(mock) as client:
        answer = await client.ask(frame(json.dumps(CLEAR).encode(encoding)))
        assert answer["error"]["code"] == "invalid_json"
        assert await client.is_alive()


@pytest.mark.parametrize(
    "code", [0, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65535]
)
async def test_codes_that_must_not_be_sent_end_with_1002(code: int) -> None:
    """A close frame with a reserved code is a violation."""
    async with MockServer(speed=inf) as mock, session(mock) as client:
        client.writer.write(frame(struct.pack("!H", code), kind=CLOSE))
        assert await client.close_code() == 1002


@pytest.mark.parametrize(
    ("payload", "code"), [(b"\x03", 1002), (b"\x03\xe8\xff", 1007)]
)
async def test_invalid_close_frames(payload: bytes, code: int) -> None:
    """A close frame has no code or a whole one, and its reason is UTF-8."""
    async with MockServer(speed=inf) as mock, session(mock) as client:
        client.writer.write(frame(payload, kind=CLOSE))
        assert await client.close_code() == code


@pytest.mark.parametrize("code", [1000, 1001, 1002, 1003, 1011, 1014, 3000, 4999])
async def test_a_close_code_is_echoed(code: int) -> None:
    """The answer to a close frame has its code, and nothing is sent after it."""
    async with MockServer(speed=inf) as mock, session(mock) as client:
        payload = struct.pack("!H", code) + b"Goodbye."
        client.writer.write(frame(payload, kind=CLOSE) + frame(CLEAR))
        assert await client.message() == (CLOSE, struct.pack("!H", code))
        assert await client.reader.read() == b""
        assert mock.last_session.close_code == code


async def test_a_close_without_a_code_is_answered_without_one() -> None:
    """The journal has 1005 for it, which stands for the absence of a code."""
    async with MockServer(speed=inf) as mock, session(mock) as client:
        client.writer.write(frame(b"", kind=CLOSE))
        assert await client.close_payload() == b""
        assert mock.last_session.close_code == 1005


def test_chunks_may_split_frames_anywhere() -> None:
    """Frame headers are found in chunks of any size."""
    random = Random(1)
    stream = b"".join(
        frame(random.randbytes(size), kind=kind)
        for kind, size in [(2, 0), (2, 125), (9, 3), (2, 126), (2, 70_000), (1, 1)]
    )
    for _ in range(200):
        validator = FrameValidator()
        at = 0
        while at < len(stream):
            piece = stream[at : at + random.choice([1, 2, 5, 14, 100, 50_000])]
            assert validator.check(piece) == len(piece)
            at += len(piece)
        assert validator.problem is None
        assert validator.check(b"\x81\x00") == 0
        assert validator.problem


def test_a_chunk_that_looks_like_a_message() -> None:
    """A chunk is a message of its own only between messages."""
    message = frame(b"x" * 200)
    for before, valid in [
        (b"", True),
        (message, True),
        (frame(b"x" * 500, kind=2)[:250], True),  # then it is payload
        (message[:1], False),  # then it is the rest of a header
        (frame(b"x", final=False), False),
        (frame(b"x", kind=CONTINUATION), False),
    ]:
        validator = FrameValidator()
        validator.check(before)
        assert (validator.check(message) == len(message)) is valid
        assert (validator.problem is None) is valid
    for invalid in (message[:-1] + b"xx", message[:2] + b"\0\7" + message[-11:]):
        validator = FrameValidator()
        validator.check(invalid + message)
        assert validator.problem


@pytest.mark.parametrize(
    ("old", "new", "status", "header"),
    [
        (b"GET ", b"POST ", 405, b"Allow: GET"),
        (b"HTTP/1.1", b"HTTP/1.0", 400, None),
        (b"Host: x\r\n", b"", 400, None),
        (b"Host: x\r\n", b"Host: x\r\nHost: y\r\n", 400, None),
        (b"Version: 13", b"Version: 12", 426, b"Sec-WebSocket-Version: 13"),
        (b"Version: 13", b"Version: 8", 426, b"Sec-WebSocket-Version: 13"),
        (b"Version: 13", b"Version: 0", 426, b"Sec-WebSocket-Version: 13"),
        (
            b"Sec-WebSocket-Version: 13\r\n",
            b"",
            426,
            b"Sec-WebSocket-Version: 13",
        ),
        (b"Key: AAAAAAAAAAAAAAAAAAAAAA==", b"Key: AAAA", 400, None),
        (b"Key: AAAAAAAAAAAAAAAAAAAAAA==", b"Key: " + b"A" * 44, 400, None),
        (
            b"Key: AAAAAAAAAAAAAAAAAAAAAA==",
            b"Key: AAAA AAAAAAAAAAAAAAAAAA==",
            400,
            None,
        ),
        (b"Key: AAAAAAAAAAAAAAAAAAAAAA==", b"Key: \xff\xfe", 400, None),
        (b"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n", b"", 400, None),
        (b"Connection: Upgrade\r\n", b"", None, None),
        (b"Upgrade: websocket\r\n", b"", 426, b"Upgrade: websocket"),
        (b"Upgrade: websocket", b"Upgrade: h2c", 426, b"Upgrade: websocket"),
    ],
)
async def test_handshakes_that_are_refused(
    old: bytes, new: bytes, status: int | None, header: bytes | None
) -> None:
    """An invalid upgrade request gets an HTTP error with the required headers."""
    async with MockServer(speed=inf) as mock, peer(mock) as client:
        request = upgrade(mock)
        assert old in request
        client.writer.write(request.replace(old, new))
        async with asyncio.timeout(20):
            answer = await client.reader.read()
        line = answer.partition(b"\r\n")[0]
        assert b" 101 " not in line
        assert status is None or f" {status} ".encode() in line
        assert header is None or header.lower() in answer.lower()
        assert json.loads(answer.partition(b"\r\n\r\n")[2])["error"]["message"]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"Upgrade: websocket", b"upgrade: WebSocket"),
        (b"Connection: Upgrade", b"Connection: keep-alive, Upgrade"),
        (b"Version: 13", b"Version:13"),
    ],
)
async def test_handshakes_in_other_spellings(old: bytes, new: bytes) -> None:
    """Header names and tokens are case-insensitive; lists of tokens are accepted."""
    async with MockServer(speed=inf) as mock, peer(mock) as client:
        client.writer.write(upgrade(mock).replace(old, new))
        assert b" 101 " in await client.reader.readuntil(b"\r\n\r\n")


@pytest.mark.parametrize(
    "request_bytes",
    [
        b"GET /voice-live/realtime?api-key=s3cr3t\x00 HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET /x HTTP/1.1\r\nHost: x\r\napi-key s3cr3t\r\n\r\n",
        b"GET /x HTTP/1.1\r\nHost: x\r\napi key: s3cr3t\r\n\r\n",
        b"GET /x HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer s3cr3t\x00\r\n\r\n",
        b"G\xffT /?api-key=s3cr3t HTTP/1.1\r\n\r\n",
        b"GET /?api-key=s3cr3t HTTP/9.9.9\r\n\r\n",
        b"s3cr3t",
        b"POST /mock/faults HTTP/1.1\r\nHost: x\r\nContent-Length: s3cr3t\r\n\r\n",
    ],
)
async def test_malformed_requests_do_not_show_their_secrets(
    request_bytes: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    """A malformed request gives 400 and is neither logged nor sent back."""
    caplog.set_level(0)
    async with MockServer(speed=inf) as mock, peer(mock) as client:
        client.writer.write(request_bytes)
        async with asyncio.timeout(20):
            answer = await client.reader.read()
    assert answer.startswith(b"HTTP/1.1 400 ")
    assert b"s3cr3t" not in answer
    assert "s3cr3t" not in caplog.text


async def test_a_body_has_a_length(caplog: pytest.LogCaptureFixture) -> None:
    """A chunked body is refused with 411, before it is read."""
    async with MockServer(speed=inf) as mock, peer(mock) as client:
        client.writer.write(
            b"POST /mock/faults HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n"
            b"\r\ns3cr3t\r\n\r\n"
        )
        async with asyncio.timeout(20):
            answer = await client.reader.read()
    assert answer.startswith(b"HTTP/1.1 411 ")
    assert b"s3cr3t" not in answer
    assert "s3cr3t" not in caplog.text
