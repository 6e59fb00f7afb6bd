"""A spoken conversation: the common part of the voice examples.

Microphone and loudspeaker need the extra `audio`; `--wav` and `--out` do not.
"""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

from voicelive.aio import VoiceLiveConnection
from voicelive.audio import (
    Microphone,
    Speaker,
    WavSource,
    WavSpeaker,
    send_audio_stream,
)
from voicelive.conversation import ConversationView
from voicelive.models import (
    AudioEchoCancellation,
    AudioInputTranscriptionOptions,
    AudioNoiseReduction,
    ReceivedEvent,
    RequestSession,
    ServerEventConversationItemInputAudioTranscriptionCompleted,
    ServerEventError,
    ServerEventInputAudioBufferSpeechStarted,
    ServerEventResponseAudioDelta,
    ServerEventResponseAudioTranscriptDone,
    ServerEventResponseDone,
    ServerEventSessionUpdated,
    ServerVad,
)
from voicelive.turns import PlaybackClock, SilenceWatch, ToolSet, TurnKeeper

Listener = Callable[[TurnKeeper, ReceivedEvent], Coroutine[Any, Any, None] | None]


def parse(description: str | None) -> argparse.Namespace:
    """Parse the options: source and destination of speech."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument(
        "--wav", type=Path, help="send this file instead of the microphone"
    )
    parser.add_argument("--out", type=Path, help="write the replies to this WAV file")
    return parser.parse_args()


def voice_session(transcription: str = "whisper-1") -> RequestSession:
    """Return session settings with turn detection, transcription and noise reduction.

    Args:
        transcription: The transcription model. Agents and text models accept only
            those of Azure.
    """
    return RequestSession(
        modalities=["text", "audio"],
        turn_detection=ServerVad(
            threshold=0.5, prefix_padding_ms=300, silence_duration_ms=500
        ),
        input_audio_transcription=AudioInputTranscriptionOptions(model=transcription),
        input_audio_echo_cancellation=AudioEchoCancellation(),
        input_audio_noise_reduction=AudioNoiseReduction(
            type="azure_deep_noise_suppression"
        ),
    )


async def talk(
    connection: VoiceLiveConnection | ConversationView,
    session: RequestSession,
    options: argparse.Namespace,
    *,
    tools: ToolSet | None = None,
    silence: SilenceWatch | None = None,
    listener: Listener | None = None,
) -> None:
    """Talk until Ctrl-C, or until the reply to the file.

    Args:
        connection: The connection.
        session: Settings of the session.
        options: Options of `parse`.
        tools: Functions that the model can call.
        silence: Reprompts a silent user, then hangs up.
        listener: Called with the keeper and each event. A coroutine that it returns
            runs in a task.
    """
    clock = PlaybackClock(reported=True, on_flush=lambda: speaker.flush())

    def played(milliseconds: float) -> None:
        clock.played(ms=milliseconds)

    speaker = (
        WavSpeaker(options.out, on_played=played)
        if options.out
        else Speaker(on_played=played)
    )
    keeper = TurnKeeper(connection, tools=tools, playback=clock, silence=silence)
    async with speaker, keeper, asyncio.TaskGroup() as tasks:
        await keeper.session.update(session=session)
        speaking: asyncio.Task[None] | None = None
        has_audio, answered = False, asyncio.Event()
        async for event in keeper:
            match event:
                case ServerEventSessionUpdated() if speaking is None:
                    speaking = tasks.create_task(speak(keeper, options.wav, answered))
                case ServerEventInputAudioBufferSpeechStarted():
                    print("(listening)")
                case ServerEventConversationItemInputAudioTranscriptionCompleted():
                    print("You:", event.transcript)
                case ServerEventResponseAudioDelta(delta=delta):
                    speaker.write(delta)
                    has_audio = True
                case ServerEventResponseAudioTranscriptDone(transcript=transcript):
                    print("Assistant:", transcript)
                case ServerEventResponseDone() if (
                    has_audio and not keeper.running_calls
                ):
                    answered.set()
                case ServerEventError() if keeper.benign(event) is None:
                    if speaking is None:
                        raise SystemExit(f"no session: {event.error}")
                    print("Error:", event.error)
                case _:
                    pass
            if listener is not None and (work := listener(keeper, event)) is not None:
                tasks.create_task(work)
        await speaker.drain()
    if keeper.call_end is not None:
        print(f"(ended by the {keeper.call_end.ended_by}: {keeper.call_end.reason})")


async def speak(keeper: TurnKeeper, wav: Path | None, answered: asyncio.Event) -> None:
    """Send the microphone; or a file, and close after the reply."""
    if wav is None:
        print("Speak; Ctrl-C ends.")
        async with Microphone() as microphone:
            await send_audio_stream(keeper, microphone)
    else:
        source = WavSource(wav, realtime=True, trailing_silence_ms=1000)
        await send_audio_stream(keeper, source)
        await answered.wait()
        await keeper.close()
