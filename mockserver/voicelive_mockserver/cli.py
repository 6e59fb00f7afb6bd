"""The mock service from the command line."""

import argparse
import asyncio
import gc
import signal
from collections.abc import Sequence
from math import isnan

from .server import DEFAULT_TRANSCRIPT, MockServer

_DEFAULT_PORT = 8765
# A long-running server has no test that looks back far.
_JOURNAL_LIMIT = 100


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the mock service to a parser."""
    parser.add_argument(
        "--host",
        default="127.0.0.1",
        help="address to listen on (default: %(default)s, this machine only)",
    )
    parser.add_argument(
        "--port",
        type=int,
        default=_DEFAULT_PORT,
        help="port to listen on, 0 for a free one (default: %(default)s)",
    )
    parser.add_argument(
        "--api-key",
        default="test-key",
        help="key that clients must present (default: %(default)s)",
    )
    parser.add_argument(
        "--seed",
        type=int,
        default=0,
        help="makes identifiers reproducible (default: %(default)s)",
    )
    parser.add_argument(
        "--speed",
        type=_speed,
        default=1.0,
        help="1 answers with the pauses of the real service, 10 ten times as fast, "
        "inf without waiting (default: %(default)s)",
    )
    parser.add_argument(
        "--transcript",
        default=DEFAULT_TRANSCRIPT,
        help='what the user is taken to have said in speech (default: "%(default)s")',
    )


def run(args: argparse.Namespace) -> int:
    """Serve until interrupted or terminated.

    Args:
        args: What a parser with `add_arguments` returned.

    Returns:
        The exit code: 0, or 1 when the address cannot be listened on.
    """
    return asyncio.run(_serve(args))


def main(argv: Sequence[str] | None = None) -> int:
    """Run the mock service with command line arguments.

    Args:
        argv: The arguments; by default those of the process.

    Returns:
        The exit code.
    """
    parser = argparse.ArgumentParser(
        prog="voicelive mock", description="Serve a mock of the Voice Live service."
    )
    add_arguments(parser)
    return run(parser.parse_args(argv))


async def _serve(args: argparse.Namespace) -> int:
    server = MockServer(
        args.host,
        args.port,
        args.api_key,
        speed=args.speed,
        seed=args.seed,
        transcript=args.transcript,
        journal_limit=_JOURNAL_LIMIT,
    )
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        try:
            loop.add_signal_handler(number, stopped.set)
        except NotImplementedError:
            # Windows: Ctrl+C still ends the process, without closing the sessions.
            break
    try:
        await server.start()
    except OSError as error:
        print(f"Cannot listen on {args.host}:{args.port}: {error.strerror or error}")
        return 1
    # What exists now exists for good: spare the collector from looking at it again.
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 50, 50)
    print(_greeting(server), flush=True)
    try:
        await stopped.wait()
    finally:
        await server.stop()
    print("Stopped.", flush=True)
    return 0


def _greeting(server: MockServer) -> str:
    return f"""\
Mock Voice Live service: {server.endpoint}
API key: {server.api_key}

Connect from Python:

    from voicelive.aio import connect
    async with connect(endpoint="{server.endpoint}", credential="{server.api_key}",
                       model="gpt-realtime") as connection: ...

Press Ctrl+C to stop."""


def _speed(text: str) -> float:
    value = float(text)
    if isnan(value) or value <= 0:
        raise argparse.ArgumentTypeError("must be above 0")
    return value
