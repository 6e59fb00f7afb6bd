"""A spoken conversation with the mock service, as a timeline.

Streams a recorded question in real time, prints a line for each step of the turn, and
writes the spoken reply to a WAV file. With `--endpoint` it connects to any Voice Live
service.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import time
import wave
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from voicelive.aio import VoiceLiveConnection, connect
from voicelive.models import (
    AudioInputTranscriptionOptions,
    RequestSession,
    ServerEventConversationItemInputAudioTranscriptionCompleted,
    ServerEventError,
    ServerEventInputAudioBufferSpeechStarted,
    ServerEventInputAudioBufferSpeechStopped,
    ServerEventResponseAudioDelta,
    ServerEventResponseAudioTranscriptDelta,
    ServerEventResponseCreated,
    ServerEventResponseDone,
    ServerEventSessionCreated,
    ServerEventSessionUpdated,
    ServerVad,
)
from voicelive_mockserver import MockServer

QUESTION = Path(__file__).parent / "audio" / "question.wav"
TRANSCRIPT = "Hello, what can you do for me today?"
SAMPLE_RATE = 24_000
FRAME_MS = 20
FRAME_BYTES = SAMPLE_RATE * 2 * FRAME_MS // 1000
TURN_LIMIT_SECONDS = 60.0


@dataclass
class Turn:
    """Record of the turn. Times are seconds since the start."""

    began: float = field(default_factory=time.perf_counter)
    audio: bytearray = field(default_factory=bytearray)
    reply: str = ""
    speech_ended: float | None = None
    first_audio: float | None = None

    def now(self) -> float:
        """Return the seconds since the start."""
        return time.perf_counter() - self.began

    def log(self, step: str, detail: str = "") -> None:
        """Print one line of the timeline."""
        print(f"{self.now():7.2f} s  {step:<22}{detail}", flush=True)


async def speak(
    connection: VoiceLiveConnection, pcm: bytes, configured: asyncio.Event
) -> None:
    """Send audio as a microphone does: one frame every 20 ms."""
    # The service rejects audio before the first session.update.
    await configured.wait()
    began = time.perf_counter()
    for index, start in enumerate(range(0, len(pcm), FRAME_BYTES)):
        frame = pcm[start : start + FRAME_BYTES]
        await connection.input_audio_buffer.append(audio=frame)
        due = began + (index + 1) * FRAME_MS / 1000
        await asyncio.sleep(max(0.0, due - time.perf_counter()))


async def listen(
    connection: VoiceLiveConnection, turn: Turn, configured: asyncio.Event
) -> None:
    """Follow the turn until the reply is complete."""
    async for event in connection:
        match event:
            case ServerEventSessionCreated(session=session):
                turn.log("session created", f"{session.id}, model {session.model}")
            case ServerEventSessionUpdated():
                turn.log("session configured", "pcm16 at 24 kHz, server VAD")
                configured.set()
            case ServerEventInputAudioBufferSpeechStarted(audio_start_ms=start):
                turn.log("speech started", f"at {start} ms of the audio")
            case ServerEventInputAudioBufferSpeechStopped(audio_end_ms=end):
                turn.speech_ended = turn.now()
                turn.log("speech stopped", f"at {end} ms of the audio")
            case ServerEventConversationItemInputAudioTranscriptionCompleted():
                turn.log("you said", f'"{event.transcript}"')
            case ServerEventResponseCreated():
                turn.log("response created")
            case ServerEventResponseAudioTranscriptDelta(delta=delta):
                turn.reply += delta
            case ServerEventResponseAudioDelta(delta=delta):
                if turn.first_audio is None:
                    turn.first_audio = turn.now()
                    turn.log("first audio", f'reply so far: "{turn.reply}"')
                turn.audio += delta
            case ServerEventError(error=error):
                raise RuntimeError(str(error))
            case ServerEventResponseDone(response=response):
                seconds = len(turn.audio) / 2 / SAMPLE_RATE
                turn.log("reply", f'"{turn.reply}"')
                turn.log(
                    "response done", f"{response.status}, {seconds:.1f} s of audio"
                )
                return
            case _:
                pass


def write_wav(path: Path, pcm: bytes) -> None:
    """Write mono 16-bit audio."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with wave.open(str(path), "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(SAMPLE_RATE)
        out.writeframes(pcm)


@asynccontextmanager
async def service(options: argparse.Namespace) -> AsyncIterator[tuple[str, str]]:
    """Yield endpoint and key of the given service, or of a mock service."""
    if options.endpoint:
        yield options.endpoint, options.api_key
        return
    async with MockServer(transcript=TRANSCRIPT, voice="auto") as server:
        print(f"mock service at {server.endpoint}")
        yield server.endpoint, server.api_key


async def hold_conversation(options: argparse.Namespace) -> None:
    """Run one turn: a spoken question and a spoken reply."""
    with wave.open(str(options.wav)) as source:
        if source.getframerate() != SAMPLE_RATE or source.getnchannels() != 1:
            raise SystemExit(f"{options.wav}: expected mono audio at {SAMPLE_RATE} Hz")
        pcm = source.readframes(source.getnframes())
    async with service(options) as (endpoint, key):
        turn = Turn()
        async with connect(
            endpoint=endpoint, credential=key, model=options.model
        ) as connection:
            await connection.session.update(
                session=RequestSession(
                    modalities=["text", "audio"],
                    input_audio_transcription=AudioInputTranscriptionOptions(
                        model="whisper-1"
                    ),
                    turn_detection=ServerVad(),
                )
            )
            turn.log("speaking", f"{options.wav.name}, in real time")
            configured = asyncio.Event()
            async with (
                asyncio.timeout(TURN_LIMIT_SECONDS),
                asyncio.TaskGroup() as tasks,
            ):
                speaking = tasks.create_task(speak(connection, pcm, configured))
                await listen(connection, turn, configured)
                speaking.cancel()
    write_wav(options.out, bytes(turn.audio))
    if turn.speech_ended is not None and turn.first_audio is not None:
        gap = turn.first_audio - turn.speech_ended
        print(f"\nfrom the end of speech to the first audio: {gap * 1000:.0f} ms")
    print(f"the reply is in {options.out}")


def main() -> int:
    """Run the demo."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--endpoint", help="connect to this service, not to a mock service"
    )
    parser.add_argument("--api-key", default="", help="API key of the service")
    parser.add_argument("--model", default="gpt-realtime")
    parser.add_argument("--wav", type=Path, default=QUESTION, help="speech to send")
    parser.add_argument("--out", type=Path, default=Path("out/reply.wav"))
    asyncio.run(hold_conversation(parser.parse_args()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
