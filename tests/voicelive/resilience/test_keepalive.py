"""Silence while a microphone is paused."""

from __future__ import annotations

import asyncio
import base64
import math
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from tests.support.client import dial
from tests.support.memory_service import MemoryPeer, serve_in_memory
from tests.support.scripted_service import TEXT
from tests.voicelive.resilience.support import KEY, created, updated
from voicelive._connection.protocol import ConnectionProtocol
from voicelive.aio import ConnectionClosed, VoiceLiveConnection, connect
from voicelive.resilience import SilenceKeepAlive
from voicelive_mockserver import MockServer

pytestmark = pytest.mark.virtual_time

VAD = {"turn_detection": {"type": "server_vad"}}
STOPPED = {
    "type": "input_audio_buffer.speech_stopped",
    "audio_end_ms": 1,
    "item_id": "i",
}


class RecordingService:
    """A service that keeps the audio it gets."""

    def __init__(self, **session: Any) -> None:
        self.audio: list[bytes] = []
        self.kinds: list[str] = []
        self._session = session
        self.peer: MemoryPeer | None = None

    async def script(self, peer: MemoryPeer) -> None:
        self.peer = peer
        await peer.accept()
        await peer.send(created(**self._session))
        while (frame := await peer.receive()).opcode == TEXT:
            event = frame.event
            self.kinds.append(event["type"])
            if "audio" in event:
                self.audio.append(base64.b64decode(event["audio"]))
        await peer.close()


@asynccontextmanager
async def keepalive(
    service: RecordingService, **options: Any
) -> AsyncIterator[tuple[VoiceLiveConnection, SilenceKeepAlive]]:
    """Connect to a service, and send silence while the microphone is paused."""
    async with (
        serve_in_memory(service.script) as server,
        dial(server) as connection,
        SilenceKeepAlive(connection, **options) as quiet,
    ):
        yield connection, quiet


async def test_silence_after_a_gap_at_the_pace_of_a_microphone() -> None:
    """Silence starts after the gap, continues in real time, and stops for audio."""
    service = RecordingService(**VAD)
    async with keepalive(service) as (connection, quiet):
        await quiet.recv()
        await asyncio.sleep(5)
        assert quiet.silence_ms == 0  # nothing was said yet
        await quiet.input_audio_buffer.append(audio=b"\1" * 480)
        await asyncio.sleep(0.19)
        assert quiet.silence_ms == 0
        await asyncio.sleep(0.02)
        assert quiet.silence_ms == 100
        await asyncio.sleep(0.95)
        assert quiet.silence_ms == 1000
        await quiet.input_audio_buffer.append(audio=b"\1" * 480)
        await asyncio.sleep(0.15)
        assert quiet.silence_ms == 1000
        await connection.close()
    assert service.audio[1] == bytes(4800)
    assert len(service.audio) == 12


@pytest.mark.parametrize(
    ("session", "expected"),
    [
        ({"input_audio_sampling_rate": 16000}, bytes(3200)),
        ({"input_audio_format": "g711_ulaw"}, b"\xff" * 800),
        ({"input_audio_format": "g711_alaw"}, b"\xd5" * 800),
        (
            {
                "input_audio_echo_cancellation": {
                    "type": "server_echo_cancellation",
                    "reference_source": "client",
                    "channels": 2,
                }
            },
            bytes(9600),
        ),
    ],
)
async def test_silence_in_the_format_of_the_session(
    session: dict[str, Any], expected: bytes
) -> None:
    """100 ms of silence look different in each format."""
    service = RecordingService(**VAD, **session)
    async with keepalive(service) as (connection, quiet):
        await quiet.recv()
        await quiet.input_audio_buffer.append(audio=b"\1")
        await asyncio.sleep(0.25)
        await connection.close()
    assert service.audio[1:] == [expected]


async def test_silence_ends() -> None:
    """Not later than the limit, and not before the next audio begins a new pause."""
    service = RecordingService(**VAD)
    async with keepalive(service, limit_ms=500) as (_, quiet):
        await quiet.recv()
        for expected in (500, 1000):
            await quiet.input_audio_buffer.append(audio=b"\1\1")
            await asyncio.sleep(60)
            assert quiet.silence_ms == expected


async def test_silence_ends_with_the_turn() -> None:
    """When the service has found the end of the speech, or the client made it."""
    service = RecordingService(**VAD)
    async with keepalive(service) as (_, quiet):
        await quiet.recv()
        await quiet.input_audio_buffer.append(audio=b"\1\1")
        await asyncio.sleep(0.45)
        before = quiet.silence_ms
        assert before
        assert service.peer is not None
        await service.peer.send(STOPPED)
        assert (await quiet.recv()).type == STOPPED["type"]
        await asyncio.sleep(5)
        assert quiet.silence_ms == before
        await quiet.input_audio_buffer.append(audio=b"\1\1")
        await quiet.input_audio_buffer.commit()
        await asyncio.sleep(5)
        assert quiet.silence_ms == before


async def test_silence_ends_with_the_session() -> None:
    """A new session has no open turn."""
    service = RecordingService(**VAD)
    async with keepalive(service) as (connection, quiet):
        await quiet.recv()
        await quiet.input_audio_buffer.append(audio=b"\1" * 480)
        await asyncio.sleep(1)
        assert service.peer is not None
        await service.peer.send(created(2, **VAD))
        await quiet.recv()
        sent = quiet.silence_ms
        assert sent > 0
        await asyncio.sleep(5)
        assert quiet.silence_ms <= sent + 100
        await connection.close()


async def test_no_silence_without_turn_detection() -> None:
    """A client that commits by itself gets nothing mixed in."""
    service = RecordingService(**VAD)
    async with keepalive(service) as (_, quiet):
        await quiet.recv()
        assert service.peer is not None
        await service.peer.send(updated(turn_detection=None))
        await quiet.__anext__()
        await quiet.input_audio_buffer.append(audio=b"\1\1")
        await asyncio.sleep(5)
        assert quiet.silence_ms == 0


async def test_it_is_a_connection() -> None:
    """It passes everything on, ends with the connection, and can be closed."""
    service = RecordingService(**VAD)
    async with serve_in_memory(service.script) as server, dial(server) as connection:
        wrapped: ConnectionProtocol
        async with SilenceKeepAlive(connection) as quiet:
            wrapped = quiet
            assert not wrapped.ready
            assert (await anext(aiter(wrapped))).type == "session.created"
            assert (wrapped.ready, wrapped.session_id) == (True, "sess_1")
            await wrapped.send({"type": "input_audio_buffer.append", "audio": "AAAA"})
            await wrapped.close()
            assert wrapped.closed
            assert [event async for event in wrapped] == []
            with pytest.raises(ConnectionClosed):
                await quiet.response.create()


async def test_a_lost_connection_ends_the_silence() -> None:
    """Only the receiving task gets the error of a loss."""
    service = RecordingService(**VAD)
    async with keepalive(service) as (connection, quiet):
        await quiet.recv()
        await quiet.input_audio_buffer.append(audio=b"\1\1")
        await connection.close()
        await asyncio.sleep(5)
        assert quiet.silence_ms == 100


@pytest.mark.virtual_time(sockets=True)
async def test_a_paused_microphone_does_not_hang_the_turn() -> None:
    """The service ends a turn whose speech just stopped coming."""
    tone = (round(12_000 * math.sin(n / 10)) for n in range(24_000))
    speech = b"".join(struct.pack("<h", sample) for sample in tone)
    async with (
        MockServer(speed=float("inf")) as server,
        connect(
            credential=KEY, endpoint=server.endpoint, model="gpt-realtime"
        ) as connection,
        SilenceKeepAlive(connection) as quiet,
    ):
        seen: list[Any] = []

        async def receive() -> None:
            while seen[-1:] != ["input_audio_buffer.committed"]:
                seen.append((await quiet.recv()).type)

        receiving = asyncio.create_task(receive())
        # Before it is known what session that is.
        await quiet.session.update(session={})
        await quiet.input_audio_buffer.append(audio=speech)
        await receiving
    assert "input_audio_buffer.speech_stopped" in seen
