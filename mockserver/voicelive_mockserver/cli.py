"""The mock service from the command line."""

import argparse
import asyncio
import os
import signal
import sys
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from math import isnan
from pathlib import Path

from voicelive_mockserver.audio.espeak import VoiceUnavailableError
from voicelive_mockserver.engine.error_catalogue import FATAL_CLOSE_CODE
from voicelive_mockserver.engine.interfaces import Responder, Transcriber
from voicelive_mockserver.faults import parse_fault
from voicelive_mockserver.responder import Recording, RecordingError, built_in_responder
from voicelive_mockserver.scenario import ScenarioError
from voicelive_mockserver.scenario.cli import check_scenarios
from voicelive_mockserver.server.admission import DEFAULT_API_KEY
from voicelive_mockserver.server.gc_tuning import tune_collector
from voicelive_mockserver.server.logs import logging_to
from voicelive_mockserver.server.mock_server import MockServer
from voicelive_mockserver.server.sources import DEFAULT_TRANSCRIPT, VOICES
from voicelive_mockserver.server.tls import TlsError, server_context
from voicelive_mockserver.server.workers import Share, WorkerError, Workers
from voicelive_mockserver.websocket import is_close_code
from voicelive_protocol._redaction import redacting_logger

_logger = redacting_logger(__name__)

_DEFAULT_PORT = 8765
_KEY_VARIABLE = "VOICELIVE_MOCK_API_KEY"
# A long-running server has no test that looks back far.
_JOURNAL_LIMIT = 100
_JOURNAL_BYTES = 128 * 1024


class _OptionError(Exception):
    """An option of the command line that the server refuses."""


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
        help=f"key that clients must present (default: the variable {_KEY_VARIABLE}, "
        f"which is never shown, or {DEFAULT_API_KEY})",
    )
    parser.add_argument(
        "--allowed-host",
        action="append",
        default=[],
        metavar="NAME",
        help="a host name by which the service is called, or the site of a page that "
        "uses it, besides this machine and IP addresses; *.NAME for all below it, * "
        "for any; can be repeated",
    )
    parser.add_argument(
        "--seed",
        type=int,
        help="makes identifiers and chance reproducible (default: what the scenario "
        "says, or 0)",
    )
    parser.add_argument(
        "--speed",
        type=_speed,
        help="1 answers with the pauses of the real service, 10 ten times as fast, "
        "inf without waiting (default: what the scenario says, or 1)",
    )
    parser.add_argument(
        "--transcript",
        help="what the user is taken to have said in speech (default: what the "
        f'recording says, or "{DEFAULT_TRANSCRIPT}")',
    )
    parser.add_argument(
        "--voice",
        choices=VOICES,
        default="auto",
        help="who speaks: the built-in voice, eSpeak NG (from voicelive[speech]), or "
        "eSpeak NG if it is installed (default: %(default)s)",
    )
    parser.add_argument(
        "--scenario",
        metavar="FILE",
        help="what is said and what goes wrong: a file, or the name of an example",
    )
    parser.add_argument(
        "--recording",
        metavar="FILE",
        help="answer as in a session that `voicelive record` has written",
    )
    parser.add_argument(
        "--fault",
        action="append",
        default=[],
        type=_fault,
        metavar="FAULT",
        help="something to go wrong, such as close:1011:after=5; can be repeated",
    )
    parser.add_argument(
        "--check",
        action="append",
        default=[],
        metavar="FILE",
        help="check a scenario instead of serving; can be repeated",
    )
    parser.add_argument(
        "--workers",
        type=_at_least(1),
        default=1,
        metavar="N",
        help="processes that share the port (default: %(default)s)",
    )
    parser.add_argument(
        "--tls-cert",
        type=Path,
        metavar="FILE",
        help="certificate in PEM; the service then speaks https and wss",
    )
    parser.add_argument(
        "--tls-key",
        type=Path,
        metavar="FILE",
        help="private key in PEM, unless it is in the file of the certificate",
    )
    parser.add_argument(
        "--log-level",
        choices=("debug", "info", "warning", "error"),
        default="info",
        help="least level of what is logged (default: %(default)s)",
    )
    parser.add_argument(
        "--log-format",
        choices=("text", "json"),
        default="text",
        help="text for people, or one JSON object a line (default: %(default)s)",
    )
    parser.add_argument(
        "--fatal-close-code",
        type=_close_code,
        default=FATAL_CLOSE_CODE,
        metavar="CODE",
        help="how a connection is closed after a fatal error for which the close code "
        "of the real service is not known (default: %(default)s)",
    )
    parser.add_argument(
        "--require-configuration",
        action=argparse.BooleanOptionalAction,
        help="refuse every message of a session until a session.update was accepted, "
        "as the real service does (default: what the scenario says, or yes)",
    )
    parser.add_argument(
        "--journal",
        type=_at_least(0),
        default=_JOURNAL_LIMIT,
        metavar="N",
        help="frames remembered of each of the newest 100 sessions "
        "(default: %(default)s)",
    )


def run(args: argparse.Namespace) -> int:
    """Serve until interrupted or terminated.

    Args:
        args: What a parser with `add_arguments` returned.

    Returns:
        The exit code: 0, or 1 when it cannot serve.
    """
    if args.check:
        try:
            return check_scenarios(args.check)
        except BrokenPipeError:
            _mute()
            return 1
    key_is_secret = _read_key(args)
    try:
        with _logging(args):
            server = _server(args, args.port)
            if args.workers > 1:
                _supervise(args, key_is_secret)
            else:
                asyncio.run(
                    _serve(server, lambda: _announce(args, server, key_is_secret))
                )
    except OSError as error:
        reason = error.strerror or error
        _say(f"Cannot listen on {args.host}:{args.port}: {reason}")
        return 1
    except (ScenarioError, RecordingError) as error:
        _say(str(error))
        return 1
    except (_OptionError, TlsError, VoiceUnavailableError, WorkerError) as error:
        _say(f"Cannot serve: {error}")
        return 1
    if args.log_format == "text":
        _say("Stopped.")
    return 0


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


def _server(
    args: argparse.Namespace, port: int, worker: int = 0, peer_dir: Path | None = None
) -> MockServer:
    """Return the server that the options describe.

    Raises:
        TlsError: The certificate and key cannot be used.
        ScenarioError: The scenario is not in order.
        _OptionError: An option has a value that the server refuses.
        RecordingError: The recording cannot be played.
        VoiceUnavailableError: eSpeak NG is wanted, and it cannot speak here.
    """
    if args.tls_key is not None and args.tls_cert is None:
        raise TlsError("--tls-key needs --tls-cert")
    tls = None
    if args.tls_cert is not None:
        tls = server_context(args.tls_cert, args.tls_key)
    responder: Responder = built_in_responder
    transcript: str | Transcriber | None = args.transcript
    if args.recording is not None:
        responder = recording = Recording.load(args.recording)
        if recording.heard and transcript is None:
            transcript = recording.transcribe
    try:
        return MockServer(
            args.host,
            port,
            args.api_key,
            speed=args.speed,
            seed=args.seed,
            responder=responder,
            transcript=DEFAULT_TRANSCRIPT if transcript is None else transcript,
            journal_limit=args.journal,
            journal_bytes=_JOURNAL_BYTES,
            fatal_close_code=args.fatal_close_code,
            require_configuration=args.require_configuration,
            tls=tls,
            worker=worker,
            workers=args.workers,
            meeting=peer_dir,
            scenario=args.scenario,
            faults=args.fault,
            allowed_hosts=args.allowed_host,
            voice=args.voice,
        )
    except ScenarioError:
        raise
    except (TypeError, ValueError) as error:
        raise _OptionError(str(error)) from None


async def _serve(
    server: MockServer, started: Callable[[], None], lifeline: int | None = None
) -> None:
    """Serve until a signal comes, or until there is something at a file descriptor.

    Raises:
        OSError: The address cannot be listened on.
    """
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        try:
            loop.add_signal_handler(number, stopped.set)
        except NotImplementedError:
            # Windows: Ctrl+C still ends the process, without closing the sessions.
            break
    if lifeline is not None:
        loop.add_reader(lifeline, stopped.set)
    await server.start()
    # What exists now exists for good.
    tune_collector()
    started()
    try:
        await stopped.wait()
    finally:
        await server.stop()


def _supervise(args: argparse.Namespace, key_is_secret: bool) -> None:
    """Serve with several processes.

    Args:
        args: The options.
        key_is_secret: Whether the key is not to be shown.

    Raises:
        OSError: The address cannot be listened on.
        WorkerError: A worker failed.
    """
    workers = Workers(_work, args, args.workers)

    def announce(port: int) -> None:
        _announce(args, _server(args, port), key_is_secret)

    workers.run(args.host, args.port, announce)


def _work(share: Share, args: argparse.Namespace) -> None:
    """Serve as one of several processes."""
    lifeline = share.lifeline
    with _logging(args, share.worker):
        server = _server(args, share.port, share.worker, share.peer_dir)
        try:
            asyncio.run(
                _serve(server, lambda: lifeline.send(""), lifeline=lifeline.fileno())
            )
        except OSError as error:
            lifeline.send(f"worker {share.worker}: {error.strerror or error}")


def _logging(
    args: argparse.Namespace, worker: int | None = None
) -> AbstractContextManager[None]:
    return logging_to(sys.stderr, args.log_level, args.log_format, args.api_key, worker)


def _read_key(args: argparse.Namespace) -> bool:
    """Set the key that clients must present.

    Returns:
        Whether it comes from the environment, and so is not to be shown.
    """
    variable = os.environ.get(_KEY_VARIABLE, "")
    is_secret = args.api_key is None and bool(variable)
    if args.api_key is None:
        args.api_key = variable or DEFAULT_API_KEY
    return is_secret


def _announce(
    args: argparse.Namespace, server: MockServer, key_is_secret: bool
) -> None:
    """Say where the service is, in the form of the log."""
    if args.log_format == "text":
        _say(_greeting(args, server, key_is_secret))
    else:
        about = {"endpoint": server.endpoint, "workers": args.workers}
        _logger.info("serving", extra=about)


def _say(text: str) -> None:
    """Print something, if there is still somebody who reads it."""
    try:
        print(text, flush=True)
    except BrokenPipeError:
        # As in `voicelive mock | head`: the service goes on without a word.
        _mute()


def _mute() -> None:
    """Print nothing any more; otherwise the interpreter would try again at its end."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)


def _greeting(args: argparse.Namespace, server: MockServer, key_is_secret: bool) -> str:
    endpoint, key = server.endpoint, server.api_key
    python, javascript = f'"{key}"', f'"{key}"'
    if key_is_secret:
        key = f"in {_KEY_VARIABLE}"
        python = f'os.environ["{_KEY_VARIABLE}"]'
        javascript = f"process.env.{_KEY_VARIABLE}"
    workers = "" if args.workers == 1 else f" ({args.workers} workers)"
    note = ""
    if args.tls_cert is not None:
        note = f"""
Clients have to trust {args.tls_cert}: SSL_CERT_FILE for Python,
NODE_EXTRA_CA_CERTS for Node.
"""
    return f"""\
Mock Voice Live service: {endpoint}{workers}
API key: {key}{_played(args, server)}

Connect from Python:

    from voicelive.aio import connect
    async with connect(endpoint="{endpoint}", credential={python},
                       model="gpt-realtime") as connection: ...

Connect from JavaScript:

    import {{ VoiceLiveClient }} from "@azure/ai-voicelive";
    import {{ AzureKeyCredential }} from "@azure/core-auth";
    const credential = new AzureKeyCredential({javascript});
    const client = new VoiceLiveClient("{endpoint}", credential);
    const session = client.createSession("gpt-realtime");
    await session.connect();
{note}
State: {endpoint}/health, {endpoint}/metrics
Press Ctrl+C to stop."""


def _played(args: argparse.Namespace, server: MockServer) -> str:
    lines = [""]
    if args.scenario is not None:
        lines.append(f"Scenario: {args.scenario}")
    if args.recording is not None:
        lines.append(f"Recording: {args.recording}")
    faults = len(list(server.faults))
    if faults:
        lines.append(f"Faults: {faults}")
    if server.faults.are_random:
        lines.append(f"Seed of chance: {server.seed}")
    return "\n".join(lines)


def _fault(text: str) -> str:
    try:
        parse_fault(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None
    # As it was given: it may have to go to other processes.
    return text


def _close_code(text: str) -> int:
    code = int(text)
    if not is_close_code(code):
        raise argparse.ArgumentTypeError(f"{code} cannot be sent as a close code")
    return code


def _speed(text: str) -> float:
    value = float(text)
    if isnan(value) or value <= 0:
        raise argparse.ArgumentTypeError("must be above 0")
    return value


def _at_least(least: int) -> Callable[[str], int]:
    def number(text: str) -> int:
        value = int(text)
        if value < least:
            raise argparse.ArgumentTypeError(f"must be at least {least}")
        return value

    return number
