"""Run of `voicelive mock`: options to a server, its output and exit codes."""

from __future__ import annotations

import argparse
import asyncio
import signal
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

from voicelive_core.command_line.exit_codes import ExitCode
from voicelive_core.command_line.parser import describe_listen_error, print_error
from voicelive_core.command_line.streams import (
    OutputClosed,
    OutputFailed,
    discard,
    write,
)
from voicelive_core.command_line.variables import variable
from voicelive_core.redaction import redacting_logger
from voicelive_mockserver.audio.espeak import VoiceUnavailableError
from voicelive_mockserver.audio.levels import best_power
from voicelive_mockserver.defaults import DEFAULT_API_KEY, DEFAULT_TRANSCRIPT
from voicelive_mockserver.engine.interfaces import Responder, Transcriber
from voicelive_mockserver.responder import Recording, RecordingError, built_in_responder
from voicelive_mockserver.scenario import ScenarioError
from voicelive_mockserver.scenario.cli import check_scenarios
from voicelive_mockserver.server.arguments import KEY_VARIABLE
from voicelive_mockserver.server.gc_tuning import tune_collector
from voicelive_mockserver.server.logs import logging_to
from voicelive_mockserver.server.mock_server import MockServer
from voicelive_mockserver.server.tls import TlsError, server_context
from voicelive_mockserver.server.workers import WorkerError, WorkerParameters, Workers

# Options whose names in `MockServer` differ.
_OPTIONS = {"allowed_hosts": "--allowed-host", "api_key": "--api-key"}

logger = redacting_logger(__name__)

_COMMAND = "voicelive mock"
# Smaller than the default of `MockServer`, as is the number of frames.
_JOURNAL_BYTES = 128 * 1024


class _OptionError(Exception):
    """An option has a value that the server rejects."""


def run_mock(args: argparse.Namespace) -> int:
    """Serve until interrupted or terminated, or check scenarios.

    Args:
        args: Parsed options of `add_arguments`.

    Returns:
        The exit code.
    """
    if args.check:
        return check_scenarios(args.check)
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
        text = describe_listen_error(args.host, args.port, error)
        return _fail(ExitCode.CANNOT_LISTEN, text)
    except ScenarioError as error:
        return _fail(ExitCode.USAGE, f"--scenario: {error}")
    except RecordingError as error:
        return _fail(ExitCode.USAGE, f"--recording: {error}")
    except (_OptionError, TlsError) as error:
        return _fail(ExitCode.USAGE, str(error))
    except VoiceUnavailableError as error:
        return _fail(ExitCode.NOT_INSTALLED, str(error))
    except WorkerError as error:
        return _fail(ExitCode.FAILED, str(error))
    if args.log_format == "text":
        _say("Stopped.")
    return ExitCode.OK


def _fail(code: ExitCode, message: str) -> ExitCode:
    print_error(_COMMAND, message)
    return code


def _server(
    args: argparse.Namespace, port: int, worker: int = 0, peer_dir: Path | None = None
) -> MockServer:
    """Create the server from the options.

    Raises:
        TlsError: The certificate and key cannot be used.
        ScenarioError: The scenario is invalid.
        _OptionError: An option has a value that the server rejects.
        RecordingError: The recording cannot be replayed.
        VoiceUnavailableError: eSpeak NG is not available.
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
            peer_dir=peer_dir,
            scenario=args.scenario,
            faults=args.fault,
            allowed_hosts=args.allowed_host,
            voice=args.voice,
        )
    except ScenarioError:
        raise
    except (TypeError, ValueError) as error:
        name, separator, reason = str(error).partition(": ")
        option = _OPTIONS.get(name, name)
        raise _OptionError(f"{option}{separator}{reason}") from None


async def _serve(
    server: MockServer, started: Callable[[], None], lifeline: int | None = None
) -> None:
    """Serve until a signal arrives or a file descriptor becomes readable.

    Raises:
        OSError: The address is not available.
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
    # Import numpy now, not in the first session.
    best_power()
    await server.start()
    # The objects that exist now live as long as the process.
    tune_collector()
    started()
    try:
        await stopped.wait()
    finally:
        await server.stop()


def _supervise(args: argparse.Namespace, key_is_secret: bool) -> None:
    """Serve with worker processes.

    Args:
        args: The options.
        key_is_secret: Whether the key must not be printed.

    Raises:
        OSError: The address is not available.
        WorkerError: A worker failed.
    """
    workers = Workers(_work, args, args.workers)

    def announce(port: int) -> None:
        _announce(args, _server(args, port), key_is_secret)

    workers.run(args.host, args.port, announce)


def _work(parameters: WorkerParameters, args: argparse.Namespace) -> None:
    """Serve as a worker process."""
    lifeline, worker = parameters.lifeline, parameters.worker
    with _logging(args, worker):
        server = _server(args, parameters.port, worker, parameters.peer_dir)
        try:
            asyncio.run(
                _serve(server, lambda: lifeline.send(""), lifeline=lifeline.fileno())
            )
        except OSError as error:
            lifeline.send(f"worker {worker}: {error.strerror or error}")


def _logging(
    args: argparse.Namespace, worker: int | None = None
) -> AbstractContextManager[None]:
    return logging_to(sys.stderr, args.log_level, args.log_format, args.api_key, worker)


def _read_key(args: argparse.Namespace) -> bool:
    """Set the key that clients must present.

    Returns:
        Whether it comes from the environment and must not be printed.
    """
    key = variable(KEY_VARIABLE)
    is_secret = args.api_key is None and key is not None
    if args.api_key is None:
        args.api_key = key or DEFAULT_API_KEY
    return is_secret


def _announce(
    args: argparse.Namespace, server: MockServer, key_is_secret: bool
) -> None:
    """Print or log the endpoint, depending on the log format."""
    if args.log_format == "text":
        _say(_greeting(args, server, key_is_secret))
    else:
        about = {"endpoint": server.endpoint, "workers": args.workers}
        logger.info("serving", extra=about)


def _say(text: str) -> None:
    """Print a text; if stdout has no reader or cannot be written, discard it."""
    try:
        write(f"{text}\n")
    except (OutputClosed, OutputFailed):
        # `voicelive mock | head`: keep serving without output.
        discard(sys.stdout)


def _greeting(args: argparse.Namespace, server: MockServer, key_is_secret: bool) -> str:
    endpoint, key = server.endpoint, server.api_key
    python, javascript = f'"{key}"', f'"{key}"'
    if key_is_secret:
        key = f"in {KEY_VARIABLE}"
        python = f'os.environ["{KEY_VARIABLE}"]'
        javascript = f"process.env.{KEY_VARIABLE}"
    workers = "" if args.workers == 1 else f" ({args.workers} workers)"
    note = ""
    if args.tls_cert is not None:
        note = f"""
Clients must trust {args.tls_cert}: set SSL_CERT_FILE for Python,
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
        lines.append(f"Random seed: {server.seed}")
    return "\n".join(lines)
