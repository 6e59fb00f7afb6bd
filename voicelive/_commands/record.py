"""`voicelive record`: a recording proxy between an application and the service."""

from __future__ import annotations

import argparse
import asyncio
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from voicelive._commands.display import Display
from voicelive._commands.runner import ListenError, UsageError, run_command
from voicelive._commands.service import (
    add_proxy_argument,
    read_key_and_token,
    start_mock,
)
from voicelive_core.command_line.argument_types import host, port
from voicelive_core.command_line.exit_codes import ExitCode
from voicelive_core.command_line.parser import CommandParser, describe_listen_error
from voicelive_core.command_line.service_options import add_api_key, add_endpoint
from voicelive_core.command_line.variables import API_KEY, ENDPOINT, TOKEN, variable

if TYPE_CHECKING:
    from voicelive._recorder.upstream import Upstream

_COMMAND = "voicelive record"

_ENVIRONMENT = f"""\
environment:
  {ENDPOINT}, {API_KEY} and {TOKEN}
  set the options of the same names.
"""


def add_arguments(parser: CommandParser) -> None:
    """Add the options of the command to a parser."""
    parser.describe(
        "Run a recording proxy between an application and the service. Each session is "
        "written to a JSON Lines file; keys and tokens are masked, and audio is "
        "truncated. Ctrl+C ends it with exit code 0.",
        examples=(
            "voicelive record --endpoint https://<resource>.services.ai.azure.com",
            "voicelive record --port 8080 --out recordings --audio",
        ),
        notes=_ENVIRONMENT,
        exit_codes=(ExitCode.CANNOT_LISTEN,),
    )
    add_endpoint(parser)
    add_api_key(parser, purpose=" for applications that send neither key nor token")
    parser.add_argument(
        "--token", help="Microsoft Entra token for these applications, instead of a key"
    )
    add_proxy_argument(parser)
    parser.add_argument(
        "--host",
        type=host,
        default="127.0.0.1",
        help="address to listen on (default: %(default)s, this machine only)",
    )
    parser.add_argument(
        "--port",
        type=port,
        default=0,
        help="port to listen on (default: a free one)",
    )
    parser.add_argument(
        "--out",
        type=Path,
        default=Path("recordings"),
        metavar="DIR",
        help="directory for recordings, created if missing (default: ./%(default)s)",
    )
    parser.add_argument(
        "--audio", action="store_true", help="record audio in full instead of truncated"
    )


def run(args: argparse.Namespace) -> int:
    """Record until interrupted or terminated.

    Args:
        args: Parsed options of `add_arguments`.

    Returns:
        The exit code.
    """
    display = Display(_COMMAND)
    return run_command(lambda: _record(args, display), display, interrupted=ExitCode.OK)


async def _record(args: argparse.Namespace, display: Display) -> None:
    try:
        args.out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        text = f"--out {args.out}: cannot create it: {error.strerror or error}"
        raise UsageError(text) from None
    async with _open_upstream(args, display) as upstream:
        await _record_from(upstream, args, display)


async def _record_from(
    upstream: Upstream, args: argparse.Namespace, display: Display
) -> None:
    from voicelive._recorder.recorder import Recorder

    recorder = Recorder(
        upstream,
        args.out,
        host=args.host,
        port=args.port,
        keep_audio=args.audio,
        notify=display.note,
    )
    stopped = _stop_signal()
    try:
        await recorder.start()
    except OSError as error:
        text = describe_listen_error(args.host, args.port, error)
        raise ListenError(text) from None
    try:
        if upstream.is_at(args.host, recorder.port):
            raise UsageError("the endpoint is the address of this recorder")
        display.note(
            f"Recording {upstream.address} to {args.out}. Start your application with"
        )
        display.raw(f"{ENDPOINT}={recorder.endpoint}")
        display.note("Press Ctrl+C to stop.")
        await stopped.wait()
    finally:
        await recorder.stop()


@asynccontextmanager
async def _open_upstream(
    args: argparse.Namespace, display: Display
) -> AsyncIterator[Upstream]:
    """Yield the service, or a mock service in this process."""
    # Deferred import, to keep `--help` fast.
    from voicelive._recorder.upstream import Upstream

    endpoint = args.endpoint or variable(ENDPOINT)
    if endpoint is not None:
        yield _upstream(args, endpoint)
        return
    async with start_mock(display) as (endpoint, key):
        yield Upstream(endpoint, key, None)


def _upstream(args: argparse.Namespace, endpoint: str) -> Upstream:
    from voicelive._recorder.upstream import Upstream

    key, token = read_key_and_token(args)
    try:
        return Upstream(endpoint, key, token, proxy=args.proxy)
    except ValueError as error:
        raise UsageError(str(error)) from None


def _stop_signal() -> asyncio.Event:
    """Return an event that SIGINT and SIGTERM set."""
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        try:
            loop.add_signal_handler(number, stopped.set)
        except (NotImplementedError, RuntimeError):
            # On Windows or outside the main thread, Ctrl+C raises KeyboardInterrupt.
            break
    return stopped
