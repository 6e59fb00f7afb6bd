"""`voicelive talk`: a conversation by microphone and speaker."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
from collections.abc import AsyncIterable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from voicelive._commands.argument_types import device, transcript_file
from voicelive._commands.display import Display
from voicelive._commands.files import check_output, open_wav
from voicelive._commands.runner import UsageError, run_command
from voicelive._commands.service import (
    ENVIRONMENT,
    TURN_EXIT_CODES,
    ServiceOptions,
    add_service_arguments,
    open_connection,
    parse_service_options,
)
from voicelive._errors import ConnectionClosed
from voicelive_core.command_line.argument_types import seconds
from voicelive_core.command_line.exit_codes import ExitCode
from voicelive_core.command_line.parser import CommandParser

if TYPE_CHECKING:
    from voicelive.audio import Speaker, WavSource, WavSpeaker
    from voicelive.conversation import Conversation
    from voicelive.turns import PlaybackClock, TurnKeeper
    from voicelive_protocol import RequestSession

_COMMAND = "voicelive talk"

# Longer than the silence that ends a turn in any turn detection mode.
_TRAILING_SILENCE_MS = 2000


def add_arguments(parser: CommandParser) -> None:
    """Add the options of the command to a parser."""
    parser.describe(
        "Hold a conversation by microphone and speaker. Speak at any time to "
        "interrupt: playback stops, and the service learns how much of the reply "
        "was played. Ctrl+C ends the conversation.",
        examples=(
            "voicelive talk",
            "voicelive talk --input-device Headset --transcript talk.vtt",
            "voicelive talk --wav question.wav --out heard.wav",
        ),
        notes=ENVIRONMENT,
        exit_codes=TURN_EXIT_CODES,
    )
    parser.add_argument(
        "--input-device",
        type=device,
        metavar="DEVICE",
        help="microphone: index or substring of its name",
    )
    parser.add_argument(
        "--output-device",
        type=device,
        metavar="DEVICE",
        help="speaker: index or substring of its name",
    )
    parser.add_argument(
        "--wav",
        type=Path,
        metavar="FILE",
        help="WAV file to send in real time instead of the microphone; the "
        "conversation ends after the last reply",
    )
    parser.add_argument(
        "--out",
        type=Path,
        metavar="FILE",
        help="WAV file to write what the speaker would have played",
    )
    parser.add_argument(
        "--transcript",
        type=transcript_file,
        metavar="FILE",
        help="file to write the conversation to at its end: subtitles (.vtt), text "
        "(.txt), or JSON with times and usage (.json)",
    )
    parser.add_argument(
        "--timeout",
        type=seconds,
        metavar="SECONDS",
        help="time limit for the conversation (default: none)",
    )
    add_service_arguments(parser)


def run(args: argparse.Namespace) -> int:
    """Run a conversation.

    Args:
        args: Parsed options of `add_arguments`.

    Returns:
        The exit code.
    """
    try:
        service = parse_service_options(args)
        check_output("--out", args.out)
        check_output("--transcript", args.transcript)
    except UsageError as error:
        Display(_COMMAND).error(str(error))
        return ExitCode.USAGE
    display = Display(_COMMAND, secret=service.secret)
    return run_command(
        lambda: _talk(args, service, display),
        display,
        timeout_seconds=args.timeout,
        # With a microphone, Ctrl+C is the usual way to end the conversation.
        interrupted=ExitCode.OK if args.wav is None else ExitCode.INTERRUPTED,
    )


async def _talk(
    args: argparse.Namespace, service: ServiceOptions, display: Display
) -> None:
    # Deferred import, to keep `--help` fast.
    from voicelive._commands.talk_view import TalkView
    from voicelive.turns import PlaybackClock, TurnKeeper

    def interrupted() -> None:
        unplayed_ms = speaker.flush()
        if unplayed_ms:
            display.note(
                f"Interrupted: {unplayed_ms / 1000:.1f} s of the reply were not played."
            )

    clock = PlaybackClock(reported=True, on_flush=interrupted)
    async with AsyncExitStack() as stack:
        # Open file and devices first: without them, do not connect.
        wav = None if args.wav is None else _open_wav(args.wav)
        speaker = _speaker(args, clock)
        await stack.enter_async_context(speaker)
        source = wav or await _open_microphone(args, stack)
        connection = await stack.enter_async_context(open_connection(service, display))
        keeper = TurnKeeper(connection, playback=clock)
        if args.transcript is not None:
            stack.callback(_write_transcript, args.transcript, keeper.conversation)
        await stack.enter_async_context(keeper)
        view = TalkView(keeper, speaker, display)
        await view.update(_settings(args, service))
        async with asyncio.TaskGroup() as tasks:
            following = tasks.create_task(view.follow())
            await view.wait_until_configured()
            if args.wav is None:
                display.note("Speak; Ctrl+C ends the conversation.")
            speaking = tasks.create_task(_speak(keeper, source))
            if args.wav is not None:
                await speaking
                await view.wait_until_listened()
                await view.wait_until_quiet()
                await speaker.drain()
                following.cancel()
        view.check()


def _write_transcript(path: Path, conversation: Conversation) -> None:
    match path.suffix.lower():
        case ".json":
            text = conversation.to_json()
        case ".vtt":
            text = conversation.to_webvtt()
        case _:
            text = conversation.to_text()
    path.write_text(text, encoding="utf-8", newline="\n")


async def _speak(keeper: TurnKeeper, source: AsyncIterable[bytes]) -> None:
    from voicelive.audio import send_audio_stream

    # If the connection closes, `follow` raises the reason.
    with contextlib.suppress(ConnectionClosed):
        await send_audio_stream(keeper, source)


def _open_wav(path: Path) -> WavSource:
    return open_wav(path, realtime=True, trailing_silence_ms=_TRAILING_SILENCE_MS)


async def _open_microphone(
    args: argparse.Namespace, stack: AsyncExitStack
) -> AsyncIterable[bytes]:
    from voicelive.audio import Microphone

    return await stack.enter_async_context(Microphone(device=args.input_device))


def _speaker(args: argparse.Namespace, clock: PlaybackClock) -> Speaker | WavSpeaker:
    from voicelive.audio import Speaker, WavSpeaker

    def played(ms: float) -> None:
        clock.played(ms=ms)

    if args.out is None:
        return Speaker(device=args.output_device, on_played=played)
    return WavSpeaker(args.out, on_played=played)


def _settings(args: argparse.Namespace, service: ServiceOptions) -> RequestSession:
    from voicelive._commands.session import session_settings
    from voicelive._commands.talk_view import SPOKEN
    from voicelive_protocol import AudioEchoCancellation, ServerVad

    settings = session_settings(service)
    settings.modalities = SPOKEN
    settings.turn_detection = ServerVad()
    if args.wav is None and args.out is None:
        # The microphone picks up the speaker.
        settings.input_audio_echo_cancellation = AudioEchoCancellation()
    return settings
