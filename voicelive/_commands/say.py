"""`voicelive say`: one turn of text or recorded speech."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from voicelive._commands.display import YOU, Display
from voicelive._commands.files import check_output, open_wav
from voicelive._commands.runner import UsageError, add_timeout, run_command
from voicelive._commands.service import (
    ENVIRONMENT,
    TURN_EXIT_CODES,
    ServiceOptions,
    add_service_arguments,
    open_connection,
    parse_service_options,
)
from voicelive._errors import ConnectionClosed
from voicelive_core.command_line.exit_codes import ExitCode
from voicelive_core.command_line.parser import CommandParser, is_unicode

if TYPE_CHECKING:
    from voicelive._connection.connection import VoiceLiveConnection
    from voicelive.audio import WavSource
    from voicelive_protocol import RequestSession

_COMMAND = "voicelive say"


def add_arguments(parser: CommandParser) -> None:
    """Add the options of the command to a parser."""
    parser.describe(
        "Send one message to the service and print the reply: the transcript on "
        "stdout, notes and errors on stderr.",
        examples=(
            'voicelive say "Hello"',
            "voicelive say --wav question.wav --out reply.wav",
            'voicelive say "Hello" --json | jq -r .type',
        ),
        notes=ENVIRONMENT,
        exit_codes=TURN_EXIT_CODES,
    )
    message = parser.add_mutually_exclusive_group(required=True)
    message.add_argument(
        "text", nargs="?", help="message to send; - reads it from stdin"
    )
    message.add_argument(
        "--wav", type=Path, metavar="FILE", help="WAV file to send instead of text"
    )
    parser.add_argument(
        "--out", type=Path, metavar="FILE", help="write the spoken reply to a WAV file"
    )
    parser.add_argument(
        "--text-only", action="store_true", help="request a reply without speech"
    )
    parser.add_argument(
        "--json",
        action="store_true",
        help="print every received event to stdout, one JSON object per line, instead "
        "of the transcript",
    )
    add_timeout(parser)
    add_service_arguments(parser)


def run(args: argparse.Namespace) -> int:
    """Run one turn.

    Args:
        args: Parsed options of `add_arguments`.

    Returns:
        The exit code.
    """
    display = Display(_COMMAND)
    try:
        service = parse_service_options(args)
        if args.out is not None and args.text_only:
            raise UsageError(
                "--out requires speech and cannot be combined with --text-only"
            )
        check_output("--out", args.out)
        text = _read_stdin() if args.text == "-" else args.text
        if text == "":
            raise UsageError("the message is empty")
    except UsageError as error:
        display.error(str(error))
        return ExitCode.USAGE
    display = Display(_COMMAND, transcript=not args.json, secret=service.secret)
    return run_command(
        lambda: _say(args, text, service, display),
        display,
        timeout_seconds=args.timeout,
    )


def _read_stdin() -> str:
    try:
        text = sys.stdin.read().strip()
    except UnicodeDecodeError as error:
        raise UsageError(f"stdin is not text: {error}") from None
    except OSError as error:
        raise UsageError(f"stdin cannot be read: {error.strerror or error}") from None
    if not is_unicode(text):
        # The handler of some locales replaces invalid bytes by surrogates.
        raise UsageError("stdin is not text: it is not valid UTF-8")
    return text


async def _say(
    args: argparse.Namespace,
    text: str | None,
    service: ServiceOptions,
    display: Display,
) -> None:
    # Deferred import, to keep `--help` fast.
    from voicelive._commands.turn_view import TurnView
    from voicelive.audio import write_wav

    # Open the file before connecting: it may be unusable.
    source = None if args.wav is None else open_wav(args.wav, frame_ms=100)
    turn = TurnView(display, raw=args.json, spoken=source is not None)
    try:
        async with open_connection(service, display) as connection:
            following = asyncio.ensure_future(turn.follow(connection))
            try:
                if text is not None:
                    display.utterance(YOU, text)
                # If the connection closes, `follow` raises the reason.
                with contextlib.suppress(ConnectionClosed):
                    await connection.session.update(session=_settings(args, service))
                    if await turn.wait_until_configured(following):
                        await _ask(connection, text, source)
                await following
            except BaseException:
                following.cancel()
                await asyncio.gather(following, return_exceptions=True)
                raise
    finally:
        turn.finish()
        if args.out is not None and turn.audio:
            write_wav(args.out, bytes(turn.audio), turn.audio_format)
            display.note(f"{turn.audio_seconds:.1f} s of audio written to {args.out}")


def _settings(args: argparse.Namespace, service: ServiceOptions) -> RequestSession:
    from voicelive._commands.session import session_settings
    from voicelive_protocol import Modality

    settings = session_settings(service)
    settings.modalities = [Modality.TEXT]
    if not args.text_only:
        settings.modalities.append(Modality.AUDIO)
    # Without turn detection, pauses in the file do not end the turn.
    settings.turn_detection = None
    return settings


async def _ask(
    connection: VoiceLiveConnection, text: str | None, source: WavSource | None
) -> None:
    from voicelive.audio import send_audio_stream
    from voicelive_protocol import InputTextContentPart, UserMessageItem

    if source is not None:
        await send_audio_stream(connection, source)
        await connection.input_audio_buffer.commit()
    else:
        part = InputTextContentPart(text=text or "")
        await connection.conversation.item.create(item=UserMessageItem(content=[part]))
    await connection.response.create()
