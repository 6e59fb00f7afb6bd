"""`voicelive demo`: a spoken conversation, shown as it happens."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import TYPE_CHECKING

from voicelive._commands.display import Display
from voicelive._commands.files import check_output, open_wav
from voicelive._commands.runner import UsageError, add_timeout, run_command
from voicelive._commands.service import (
    ENVIRONMENT,
    TURN_EXIT_CODES,
    ServiceOptions,
    add_service_arguments,
    connect_to,
    parse_service_options,
    with_endpoint,
)
from voicelive._errors import ConnectionClosed
from voicelive_core.command_line.exit_codes import ExitCode
from voicelive_core.command_line.parser import CommandParser

if TYPE_CHECKING:
    from voicelive._commands.demo_view import DemoView
    from voicelive._connection.connection import VoiceLiveConnection
    from voicelive.audio import WavSource
    from voicelive_protocol import RequestSession

_COMMAND = "voicelive demo"

_QUESTION = Path(__file__).parent / "audio" / "question.wav"
_TRANSCRIPT = "Hello, what can you do for me today?"
# Longer than the silence that ends a turn.
_TRAILING_SILENCE_MS = 2000


def add_arguments(parser: CommandParser) -> None:
    """Add the options of the command to a parser."""
    parser.describe(
        "Hold a spoken conversation with the service and show it as it happens: a "
        "recorded question is sent in real time, the reply is received, and the "
        "latencies are listed. No account, microphone or speaker is needed.",
        examples=(
            "voicelive demo",
            "voicelive demo --wav question.wav --out reply.wav",
            "voicelive demo --endpoint https://<resource>.services.ai.azure.com",
        ),
        notes=ENVIRONMENT,
        exit_codes=TURN_EXIT_CODES,
    )
    parser.add_argument(
        "--wav",
        type=Path,
        metavar="FILE",
        help="WAV file to send instead of the recorded question",
    )
    parser.add_argument(
        "--out", type=Path, metavar="FILE", help="write the spoken reply to a WAV file"
    )
    add_timeout(parser)
    add_service_arguments(parser)


def run(args: argparse.Namespace) -> int:
    """Run the demo.

    Args:
        args: Parsed options of `add_arguments`.

    Returns:
        The exit code.
    """
    try:
        service = parse_service_options(args)
        check_output("--out", args.out)
    except UsageError as error:
        Display(_COMMAND).error(str(error))
        return ExitCode.USAGE
    display = Display(_COMMAND, secret=service.secret)
    return run_command(
        lambda: _demo(args, service, display), display, timeout_seconds=args.timeout
    )


async def _demo(
    args: argparse.Namespace, service: ServiceOptions, display: Display
) -> None:
    # Deferred import, to keep `--help` fast.
    from voicelive._commands.demo_view import DemoView
    from voicelive.audio import write_wav

    path = args.wav or _QUESTION
    source = open_wav(path, realtime=True, trailing_silence_ms=_TRAILING_SILENCE_MS)
    transcript = None if args.wav else _TRANSCRIPT
    async with with_endpoint(service, display, transcript=transcript) as service:
        view = DemoView(display)
        async with connect_to(service) as connection:
            view.connected()
            await connection.session.update(session=_settings(service))
            async with asyncio.TaskGroup() as tasks:
                speaking = tasks.create_task(
                    _speak(connection, source, view, path.name)
                )
                await view.follow(connection)
                speaking.cancel()
    view.show_latencies()
    if args.out is not None:
        write_wav(args.out, bytes(view.audio), view.audio_format)
        display.note(f"The reply is in {args.out}.")


def _settings(service: ServiceOptions) -> RequestSession:
    from voicelive._commands.session import session_settings
    from voicelive_protocol import Modality, ServerVad

    settings = session_settings(service)
    settings.modalities = [Modality.TEXT, Modality.AUDIO]
    settings.turn_detection = ServerVad()
    return settings


async def _speak(
    connection: VoiceLiveConnection, source: WavSource, view: DemoView, name: str
) -> None:
    from voicelive.audio import send_audio_stream

    async def shown() -> AsyncIterator[bytes]:
        async for frame in source:
            view.spoken(frame)
            yield frame

    # The service rejects audio before it has accepted the settings.
    await view.wait_until_configured()
    view.speaking(name, source.duration_ms - _TRAILING_SILENCE_MS)
    # If the connection closes, `follow` raises the reason.
    with contextlib.suppress(ConnectionClosed):
        await send_audio_stream(connection, shown())
