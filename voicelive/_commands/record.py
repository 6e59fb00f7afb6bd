"""`voicelive record`: what goes over a connection, in a file."""

from __future__ import annotations

import argparse
import asyncio
import os
import signal
from pathlib import Path
from typing import TYPE_CHECKING

from voicelive._commands.display import Display
from voicelive._commands.exit_codes import EXIT_CODES, ExitCode, UsageError, run_command
from voicelive._commands.service import (
    API_KEY,
    ENDPOINT,
    TOKEN,
    add_proxy_argument,
    read_key_and_token,
)

if TYPE_CHECKING:
    from voicelive._recorder.upstream import Upstream

_COMMAND = "voicelive record"

_ENVIRONMENT = f"""\
environment:
  {ENDPOINT}, {API_KEY} and {TOKEN}
  stand for the options of these names.
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command to a parser."""
    parser.description = (
        "Stand between an application and the service, pass everything on, and write "
        "each session to a file: one JSON object a line, without keys and tokens, and "
        "of audio only the beginning."
    )
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.epilog = f"{_ENVIRONMENT}\n{EXIT_CODES}"
    parser.add_argument("--endpoint", metavar="URL", help="address of the resource")
    parser.add_argument(
        "--api-key",
        metavar="KEY",
        help="its key, for applications that bring neither key nor token; other users "
        f"of this machine may see options, so {API_KEY} is the better place",
    )
    parser.add_argument(
        "--token", help="a Microsoft Entra token for them, instead of a key"
    )
    add_proxy_argument(parser)
    parser.add_argument(
        "--host",
        default="127.0.0.1",
        help="address to listen on (default: %(default)s, this machine only)",
    )
    parser.add_argument(
        "--port",
        type=int,
        default=0,
        help="port to listen on (default: a free one)",
    )
    parser.add_argument(
        "--out",
        type=Path,
        default=Path("recordings"),
        metavar="DIR",
        help="folder for the recordings, made if need be (default: ./%(default)s)",
    )
    parser.add_argument(
        "--audio", action="store_true", help="write all of the audio, which is much"
    )


def run(args: argparse.Namespace) -> int:
    """Record until interrupted or terminated.

    Args:
        args: What a parser with `add_arguments` returned.

    Returns:
        The exit code.
    """
    display = Display(_COMMAND)
    return run_command(lambda: _record(args, display), display, interrupted=ExitCode.OK)


async def _record(args: argparse.Namespace, display: Display) -> None:
    # Here, so that `--help` does not wait for aiohttp.
    from voicelive._recorder.recorder import Recorder

    upstream = _upstream(args)
    try:
        args.out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        text = f"there can be no folder {args.out}: {error.strerror or error}"
        raise UsageError(text) from None
    recorder = Recorder(
        upstream,
        args.out,
        host=args.host,
        port=args.port,
        keep_audio=args.audio,
        say=display.note,
    )
    stopped = _stop_signal()
    try:
        await recorder.start()
    except (OSError, OverflowError) as error:
        reason = getattr(error, "strerror", None) or error
        text = f"cannot listen on {args.host}:{args.port}: {reason}"
        raise UsageError(text) from None
    try:
        if upstream.is_at(args.host, recorder.port):
            raise UsageError("the endpoint is this recorder itself")
        display.note(
            f"Recording {upstream.address} to {args.out}. Start your application with"
        )
        display.raw(f"{ENDPOINT}={recorder.endpoint}")
        display.note("Press Ctrl+C to stop.")
        await stopped.wait()
    finally:
        await recorder.stop()


def _upstream(args: argparse.Namespace) -> Upstream:
    from voicelive._recorder.upstream import Upstream

    endpoint = args.endpoint or os.environ.get(ENDPOINT)
    if not endpoint:
        raise UsageError(
            f"which service? Set {ENDPOINT} or give --endpoint; `voicelive mock` "
            "serves one to try it with"
        )
    key, token = read_key_and_token(args)
    try:
        return Upstream(endpoint, key, token, proxy=args.proxy)
    except ValueError as error:
        raise UsageError(str(error)) from None


def _stop_signal() -> asyncio.Event:
    """An event that is set when somebody wants the process to end."""
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        try:
            loop.add_signal_handler(number, stopped.set)
        except (NotImplementedError, RuntimeError):
            # Windows, or not the main thread: Ctrl+C ends the process all the same.
            break
    return stopped
