"""`voicelive talk` with fake devices and with files."""

from __future__ import annotations

import asyncio
import contextlib
import json
import math
import signal
import sys
import wave
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tests.support.fake_sounddevice import FakeSoundDevice, Stream, install
from tests.support.scripted_service import CLOSE, Peer, error_event, serve
from tests.support.waiting import eventually
from tools.paths import QUESTION
from voicelive._commands.display import Display
from voicelive._commands.talk_view import TalkView
from voicelive.audio import WavSource
from voicelive.cli import main
from voicelive.conversation import Conversation
from voicelive.models import (
    Response,
    ResponseStatus,
    ServerEventInputAudioBufferSpeechStarted,
    ServerEventResponseDone,
)
from voicelive_mockserver import MockServer
from voicelive_protocol import ReceivedEvent

FAST = math.inf
FRAME = 960
REPLY = "This is a reply that takes a while, so that somebody can interrupt it."


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only what a test sets."""
    for name in ("ENDPOINT", "API_KEY", "TOKEN", "MODEL", "API_VERSION", "VOICE"):
        monkeypatch.delenv(f"AZURE_VOICELIVE_{name}", raising=False)
    monkeypatch.setenv("VOICELIVE_MOCK_SPEED", "inf")


@pytest.fixture
def sounddevice(monkeypatch: pytest.MonkeyPatch) -> FakeSoundDevice:
    return install(monkeypatch)


def speech(ms: int) -> bytes:
    """The beginning of a recorded question."""
    with wave.open(str(QUESTION)) as file:
        return bytes(file.readframes(24 * ms))


@pytest.fixture
def short_question(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file with half a second of speech, and less silence after it than usual."""
    monkeypatch.setattr("voicelive._commands.talk._TRAILING_SILENCE_MS", 700)
    path = tmp_path / "question.wav"
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(24_000)
        file.writeframes(speech(500))
    return path


def in_thread(mock: MockServer, *arguments: str) -> asyncio.Future[int]:
    """Run the command in another thread."""
    service = ["--endpoint", mock.endpoint, "--api-key", mock.api_key]
    return asyncio.ensure_future(
        asyncio.to_thread(main, ["talk", *service, *arguments])
    )


def has_got(mock: MockServer, frames: int) -> bool:
    # Cheaper than looking into them.
    return sum(entry.from_client for entry in mock.last_session.entries) >= frames


async def hear(microphone: Stream, pcm: bytes, mock: MockServer) -> None:
    """Let the microphone hear something, as fast as the service gets it."""
    before = sum(entry.from_client for entry in mock.last_session.entries)
    for number, at in enumerate(range(0, len(pcm), FRAME), start=1):
        microphone.hear(pcm[at : at + FRAME].ljust(FRAME, b"\0"))
        if number % 25 == 0:
            await eventually(partial(has_got, mock, before + number))


async def play(speaker: Stream, ms: int) -> int:
    """Run the speaker until it has played `ms`, faster than real time.

    Then it stops, so that the interruption needs no timing.

    Returns:
        What was played, in ms, of which the beginning may be silence.
    """
    played = 0
    while played < ms:
        # Silence comes before there is something to play.
        played += 20 * (any(speaker.play(480)) or played > 0)
        await asyncio.sleep(0.005)
    return played


async def test_interrupting_the_assistant(
    sounddevice: FakeSoundDevice, capsys: pytest.CaptureFixture[str]
) -> None:
    """Speech stops the speaker, and the service learns what was heard."""
    async with MockServer(speed=FAST, responder=lambda _: REPLY) as mock:
        talking = in_thread(mock, "--input-device", "Headset")
        await eventually(lambda: len(sounddevice.streams) == 2 and mock.open_sessions)
        speaker, microphone = sounddevice.streams
        assert microphone.options["device"] == "Headset"
        await hear(microphone, speech(500) + bytes(48 * 700), mock)
        # More than the device takes in advance.
        played = await play(speaker, 500)
        await hear(microphone, speech(500), mock)
        session = mock.last_session
        await eventually(lambda: session.sent("conversation.item.truncate"))
        assert not any(speaker.play(480))
        microphone.unplug()
        assert await talking == 6
        (truncation,) = session.sent("conversation.item.truncate")
        assert not session.received("error")
    assert 0 < truncation["audio_end_ms"] <= played
    shown = capsys.readouterr()
    assert f"Assistant: {REPLY}\n" in shown.out
    assert "Interrupted: " in shown.err
    assert "the microphone was lost" in shown.err


async def test_the_session_is_made_for_devices(sounddevice: FakeSoundDevice) -> None:
    """The service detects turns, and takes the speaker out of the microphone."""
    async with MockServer(speed=FAST) as mock:
        talking = in_thread(mock)
        await eventually(
            lambda: mock.sessions and mock.last_session.sent("session.update")
        )
        sounddevice.streams[1].unplug()
        assert await talking == 6
        (update,) = mock.last_session.sent("session.update")
    assert update["session"]["turn_detection"] == {"type": "server_vad"}
    assert update["session"]["input_audio_echo_cancellation"] == {
        "type": "server_echo_cancellation"
    }


@pytest.mark.slow
def test_ctrl_c_ends_the_conversation(
    sounddevice: FakeSoundDevice,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """That is the way to end it, so it is no failure, and the devices are released."""

    async def interrupt(*_: object) -> None:
        signal.raise_signal(signal.SIGINT)
        await asyncio.sleep(10)

    monkeypatch.setattr("voicelive._commands.talk._speak", interrupt)
    assert main(["talk"]) == 0
    assert [stream.state[-1] for stream in sounddevice.streams] == ["close", "close"]
    assert "interrupted" not in capsys.readouterr().err


@pytest.mark.slow
async def test_from_file_to_file(
    short_question: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Without devices: speech from a file, and what is heard in another."""
    out = tmp_path / "heard.wav"
    harmless = "error:response_cancel_not_active:event=response.created"
    async with MockServer(
        speed=FAST, responder=lambda _: "Yes, I hear you.", faults=[harmless]
    ) as mock:
        options = ["--wav", str(short_question), "--out", str(out)]
        assert await in_thread(mock, *options) == 0
        assert mock.last_session.received("error")
        (done,) = mock.last_session.received("response.done")
    tokens = done["response"]["usage"]["output_token_details"]["audio_tokens"]
    with wave.open(str(out)) as file:
        # All of it, though the silence in the file is over before. A token is 50 ms.
        assert file.getnframes() >= 24 * 50 * (tokens - 1)
    shown = capsys.readouterr()
    assert "Assistant: Yes, I hear you.\n" in shown.out
    assert "response_cancel_not_active" not in shown.err


@pytest.mark.slow
@pytest.mark.parametrize("suffix", ["vtt", "txt", "JSON"])
async def test_a_transcript_is_written(
    short_question: Path, tmp_path: Path, suffix: str
) -> None:
    """In the format of the suffix."""
    path = tmp_path / f"talk.{suffix}"
    options = ["--wav", str(short_question), "--out", str(tmp_path / "heard.wav")]
    async with MockServer(
        speed=FAST, responder=lambda _: "Yes, I hear you.", transcript="Hello?"
    ) as mock:
        assert await in_thread(mock, *options, "--transcript", str(path)) == 0
    text = path.read_text("utf-8")
    if suffix == "JSON":
        account = json.loads(text)
        said = [(turn["role"], turn["transcript"]) for turn in account["turns"]]
        assert said == [("user", "Hello?"), ("assistant", "Yes, I hear you.")]
        assert account["usage"]["tokens"]["output_audio"] > 0
    else:
        user, assistant = text.index("Hello?"), text.index("Yes, I hear you.")
        assert user < assistant
        assert text.startswith("WEBVTT\n" if suffix == "vtt" else "[00:00:0")


@pytest.mark.parametrize(
    ("path", "message"),
    [("talk.srt", "ends in .vtt, .txt, .json"), ("no/talk.vtt", "no such dir")],
)
def test_a_transcript_that_cannot_be_written(
    path: str, message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """It is refused before connecting."""
    options = ["talk", "--transcript", str(tmp_path / path)]
    with contextlib.suppress(SystemExit):
        assert main(options) == 2
    assert message in capsys.readouterr().err


async def test_every_turn_of_the_user_is_awaited() -> None:
    """The answer to an earlier turn does not mean that all was answered."""
    events: asyncio.Queue[ReceivedEvent] = asyncio.Queue()
    nobody: Any = None

    class Keeper:
        conversation = Conversation.before_connection(nobody)

        async def __aiter__(self) -> AsyncIterator[ReceivedEvent]:
            while True:
                yield await events.get()

    keeper: Any = Keeper()
    conversation = TalkView(keeper, nobody, Display("talk"))
    started = ServerEventInputAudioBufferSpeechStarted(audio_start_ms=0, item_id="a")
    done = ServerEventResponseDone(response=Response(status=ResponseStatus.COMPLETED))
    following = asyncio.ensure_future(conversation.follow())
    for event in (started, started, done):
        events.put_nowait(event)
    await eventually(events.empty)
    waiting = asyncio.ensure_future(conversation.wait_until_quiet())
    await asyncio.sleep(0)
    assert not waiting.done()
    events.put_nowait(done)
    await waiting
    conversation.check()
    following.cancel()
    await asyncio.wait([following])


@pytest.mark.slow
async def test_a_slow_service_is_waited_for(
    short_question: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """The end of the file does not mean that the service has listened to all of it."""

    def at_once(path: Path, **options: Any) -> WavSource:
        return WavSource(path, **{**options, "realtime": False})

    monkeypatch.setattr("voicelive.audio.WavSource", at_once)
    late = "delay:0.2:event=input_audio_buffer.speech_started"
    options = ["--wav", str(short_question), "--out", str(tmp_path / "out.wav")]
    async with MockServer(
        speed=FAST, responder=lambda _: "Yes.", faults=[late]
    ) as mock:
        assert await in_thread(mock, *options) == 0
    assert "Assistant: Yes.\n" in capsys.readouterr().out


@pytest.mark.slow
async def test_silence_gets_no_answer(
    short_question: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Exit code 1 when the service heard no speech in the file."""
    with wave.open(str(short_question), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(24_000)
        file.writeframes(bytes(4800))
    options = ["--wav", str(short_question), "--out", str(tmp_path / "out.wav")]
    async with MockServer(speed=FAST) as mock:
        assert await in_thread(mock, *options) == 1
    assert "no speech was detected" in capsys.readouterr().err


@pytest.mark.slow
async def test_errors_do_not_end_it(
    short_question: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Errors are shown immediately and set the exit code."""
    options = ["--wav", str(short_question), "--out", str(tmp_path / "out.wav")]
    async with MockServer(speed=FAST, faults=["fail_response"]) as mock:
        assert await in_thread(mock, *options) == 1
    assert "the response is failed" in capsys.readouterr().err


async def test_a_lost_connection_ends_it(
    short_question: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Exit code 3, with the reason of the service."""
    options = ["--wav", str(short_question), "--out", str(tmp_path / "out.wav")]
    fault = "close:1011:event=session.updated"
    async with MockServer(speed=FAST, faults=[fault]) as mock:
        assert await in_thread(mock, *options) == 3
    assert "connection closed with code 1011" in capsys.readouterr().err


def test_without_a_device(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Exit code 6 before anything is connected, with what is missing."""
    fake = install(monkeypatch)
    fake.devices = []
    assert main(["talk"]) == 6
    assert capsys.readouterr().err == (
        "voicelive talk: error: the default speaker cannot be used: Error querying "
        "device -1. PortAudio finds no output device on this machine\n"
    )
    monkeypatch.setitem(sys.modules, "sounddevice", None)
    assert main(["talk"]) == 6
    assert 'pip install "voicelive[audio]"' in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (["--wav", __file__, "--out", "{}/a.wav"], "is not a WAV file"),
        (["--wav", "/nowhere/a.wav", "--out", "{}/a.wav"], "No such file"),
        (["--wav", str(QUESTION), "--out", "/nowhere/a.wav"], "no such dir"),
        (["--project", "desk"], "--agent and --project must be used together"),
    ],
)
def test_wrong_usage(
    arguments: list[str],
    text: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Exit code 2, and stderr says what is wrong."""
    assert main(["talk", *(one.format(tmp_path) for one in arguments)]) == 2
    assert text in capsys.readouterr().err


async def test_nothing_is_sent_after_refused_settings(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Speech waits for `session.updated`; a refusal ends the conversation."""
    received: list[str] = []

    async def script(peer: Peer) -> None:
        await peer.begin()
        received.append((await peer.receive()).event["type"])
        await peer.send(error_event("no such voice"))
        frame = await peer.receive()
        assert frame.opcode == CLOSE
        await peer.close(*frame.closing)
        await peer.gone()

    async with serve(script) as server:
        options = ["--endpoint", server.endpoint, "--api-key", "key"]
        options += ["--wav", str(QUESTION), "--out", str(tmp_path / "out.wav")]
        assert await asyncio.to_thread(main, ["talk", *options]) == 1
    assert received == ["session.update"]
    assert "no such voice" in capsys.readouterr().err
