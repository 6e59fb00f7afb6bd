"""Connection to the service: options, environment variables, credentials."""

from __future__ import annotations

import argparse
import importlib
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from voicelive._commands.display import Display
from voicelive._commands.runner import TokenUnavailable, UsageError, with_option_names
from voicelive_core.command_line.exit_codes import ExitCode
from voicelive_core.command_line.parser import is_unicode
from voicelive_core.command_line.service_options import (
    VISIBLE,
    add_api_key,
    add_endpoint,
    add_model,
)
from voicelive_core.command_line.variables import (
    API_KEY,
    API_VERSION,
    DEFAULT_MODEL,
    ENDPOINT,
    MODEL,
    TOKEN,
    variable,
)

if TYPE_CHECKING:
    from voicelive._connection.connection import VoiceLiveConnection
    from voicelive._transport.credentials import Credential

_VOICE = "AZURE_VOICELIVE_VOICE"
_INSTRUCTIONS = "AZURE_VOICELIVE_INSTRUCTIONS"
_MOCK_SPEED = "VOICELIVE_MOCK_SPEED"

TURN_EXIT_CODES = (
    ExitCode.FAILED,
    ExitCode.NO_CONNECTION,
    ExitCode.UNAUTHORIZED,
    ExitCode.TIMEOUT,
    ExitCode.NOT_INSTALLED,
)
"""Exit codes of commands that hold a conversation."""

ENVIRONMENT = f"""\
environment:
  {ENDPOINT}, {API_KEY}, {TOKEN},
  {MODEL}, {API_VERSION}, {_VOICE}
  and {_INSTRUCTIONS} set the options of the same names.
  {_MOCK_SPEED} is the speed of the mock service: 1 by default, inf for
  no delays.
"""


def add_service_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the connection and the session."""
    add_connection_arguments(parser)
    session = parser.add_argument_group("session")
    session.add_argument(
        "--voice",
        metavar="NAME",
        help="OpenAI voice such as alloy, or Azure voice such as en-US-AvaNeural",
    )
    session.add_argument("--instructions", metavar="TEXT", help="system prompt")
    session.add_argument(
        "--transcription",
        metavar="MODEL",
        help="model that transcribes your speech (default: whisper-1 for realtime "
        "models, azure-speech for others)",
    )


def add_connection_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the connection."""
    service = parser.add_argument_group("service")
    add_endpoint(service)
    add_api_key(service)
    service.add_argument(
        "--token",
        help="Microsoft Entra token instead of a key; without either, "
        "DefaultAzureCredential is used if azure-identity is installed",
    )
    add_model(service)
    add_proxy_argument(service)
    service.add_argument(
        "--agent", metavar="NAME", help="Foundry agent, instead of a model"
    )
    service.add_argument(
        "--project", metavar="NAME", help="Foundry project of the agent"
    )


def add_proxy_argument(parser: argparse._ActionsContainer) -> None:
    """Add the option `--proxy`."""
    parser.add_argument(
        "--proxy",
        metavar="URL",
        help="HTTP proxy (default: HTTPS_PROXY or ALL_PROXY, unless NO_PROXY matches "
        f"the host). Prefer a variable for a URL with a password, {VISIBLE}",
    )


@dataclass(frozen=True)
class ServiceOptions:
    """Options of the connection and the session.

    Attributes:
        endpoint: URL of the resource; None for a mock service.
        credential: Key or token; None with the mock service.
        secret: The credential as text, masked in output; "" if there is none.
        api_version: Version of the API; None for the default.
        model: Name of the model; None for an agent without a model.
        agent: Name of the Foundry agent, if any.
        project: Its project.
        voice: Name of the voice; None for the default of the service.
        instructions: System prompt; None for the default of the service.
        transcription: Model that transcribes speech.
        mock_speed: Speed of the mock service.
        proxy: URL of an HTTP proxy; None for the choice of the environment.
    """

    endpoint: str | None
    credential: Credential | None
    secret: str
    api_version: str | None
    model: str | None
    agent: str | None
    project: str | None
    voice: str | None
    instructions: str | None
    transcription: str
    mock_speed: float
    proxy: str | None


def parse_service_options(args: argparse.Namespace) -> ServiceOptions:
    """Read the options, with environment variables as defaults.

    Raises:
        UsageError: A value is missing or options conflict.
    """
    endpoint = _endpoint(args)
    if (args.agent is None) != (args.project is None):
        raise UsageError("--agent and --project must be used together")
    key, token = read_key_and_token(args)
    secret, credential = "", None
    if endpoint is not None:
        secret, credential = _credential(key, token)
    model = args.model or variable(MODEL)
    if args.agent is None:
        model = model or DEFAULT_MODEL
    native = model is not None and "realtime" in model
    for name in (MODEL, API_VERSION, _VOICE, _INSTRUCTIONS):
        if not is_unicode(variable(name) or ""):
            raise UsageError(f"{name} is not valid UTF-8")
    return ServiceOptions(
        endpoint=endpoint,
        credential=credential,
        secret=secret,
        api_version=args.api_version or variable(API_VERSION),
        model=model,
        agent=args.agent,
        project=args.project,
        voice=args.voice or variable(_VOICE),
        instructions=args.instructions or variable(_INSTRUCTIONS),
        transcription=args.transcription or ("whisper-1" if native else "azure-speech"),
        mock_speed=_mock_speed(),
        proxy=args.proxy,
    )


@asynccontextmanager
async def open_connection(
    service: ServiceOptions, display: Display
) -> AsyncIterator[VoiceLiveConnection]:
    """Connect to the service, or to a mock service in this process.

    Raises:
        ConnectionFailed: The connection failed.
        UsageError: `connect` rejected the options.
    """
    async with (
        with_endpoint(service, display) as service,
        connect_to(service) as connection,
    ):
        yield connection


@asynccontextmanager
async def with_endpoint(
    service: ServiceOptions, display: Display, *, transcript: str | None = None
) -> AsyncIterator[ServiceOptions]:
    """Yield options that have an endpoint: that of a mock service if there is none.

    Args:
        service: The options.
        display: Output for a note about the mock service.
        transcript: What the mock service understands; None for its default.
    """
    if service.endpoint is not None:
        yield service
        return
    mock = start_mock(display, speed=service.mock_speed, transcript=transcript)
    async with mock as (endpoint, key):
        # Agents accept tokens only.
        credential = key if service.agent is None else _StaticToken(key)
        yield replace(service, endpoint=endpoint, credential=credential, proxy=None)


@asynccontextmanager
async def start_mock(
    display: Display, *, speed: float | None = None, transcript: str | None = None
) -> AsyncIterator[tuple[str, str]]:
    """Start a mock service in this process; yield its endpoint and key.

    Args:
        display: Output for a note about it.
        speed: Speed of time; None for that of the environment.
        transcript: Transcript of what is spoken; None for the default.

    Raises:
        UsageError: The speed in the environment is invalid.
    """
    # The only module of the client that imports the mock service.
    from voicelive_mockserver import MockServer

    options: dict[str, Any] = {"speed": _mock_speed() if speed is None else speed}
    if transcript is not None:
        options["transcript"] = transcript
    display.note("No endpoint: using a mock service in this process.")
    async with MockServer(**options, voice="auto") as mock:
        yield mock.endpoint, mock.api_key


def connect_to(
    service: ServiceOptions,
) -> AbstractAsyncContextManager[VoiceLiveConnection, None]:
    """Connect to a service.

    Args:
        service: Options with an endpoint.

    Raises:
        UsageError: `connect` rejected the options.
    """
    assert service.endpoint is not None
    assert service.credential is not None
    # Deferred import, to keep `--help` fast.
    from voicelive._connection.connect import open_connection
    from voicelive._connection.request import ConnectArguments, ConnectRequest

    arguments: ConnectArguments = {
        "endpoint": service.endpoint,
        "credential": service.credential,
        "model": service.model,
        "agent_name": service.agent,
        "project_name": service.project,
    }
    if service.api_version:
        arguments["api_version"] = service.api_version
    if service.proxy is not None:
        arguments["connection_options"] = {"proxy": service.proxy}
    try:
        return open_connection(ConnectRequest.check(arguments))
    except ValueError as error:
        raise UsageError(with_option_names(str(error))) from None


class _StaticToken:
    """A credential with a fixed token."""

    def __init__(self, token: str) -> None:
        self.token = token

    async def get_token(self, *_scopes: str) -> _StaticToken:
        return self


class _AzureIdentityCredential:
    """A credential of azure-identity that raises `TokenUnavailable` for all errors."""

    def __init__(self, credential: Any) -> None:
        self._credential = credential

    def get_token(self, *scopes: str) -> Any:
        try:
            return self._credential.get_token(*scopes)
        except Exception as error:
            raise TokenUnavailable(
                f"azure-identity returned no token: {error}"
            ) from error


def read_key_and_token(args: argparse.Namespace) -> tuple[str | None, str | None]:
    """Read key and token from the options, or else from the environment.

    Raises:
        UsageError: Both are given as options.
    """
    if args.api_key and args.token:
        raise UsageError("--api-key and --token are mutually exclusive")
    # An option takes precedence over both variables.
    if args.api_key or args.token:
        key, token, names = args.api_key, args.token, ("--api-key", "--token")
    else:
        key, token, names = variable(API_KEY), variable(TOKEN), (API_KEY, TOKEN)
    for name, value in zip(names, (key, token), strict=True):
        if value and not all("!" <= character <= "~" for character in value):
            raise UsageError(
                f"{name}: expected visible ASCII characters without spaces"
            )
    return key, token


def credential_source(args: argparse.Namespace) -> str:
    """Return where the credential comes from, never the credential."""
    if args.api_key:
        return "key of --api-key"
    if args.token:
        return "token of --token"
    for name, kind in ((API_KEY, "key"), (TOKEN, "token")):
        if variable(name):
            return f"{kind} of {name}"
    return "token of azure-identity"


def _credential(key: str | None, token: str | None) -> tuple[str, Credential]:
    if key:
        return key, key
    if token:
        return token, _StaticToken(token)
    try:
        identity = importlib.import_module("azure.identity")
    except ModuleNotFoundError:
        raise UsageError(
            f"no credential: set {API_KEY} or {TOKEN}, or install azure-identity "
            "and sign in"
        ) from None
    return "", _AzureIdentityCredential(identity.DefaultAzureCredential())


def _endpoint(args: argparse.Namespace) -> str | None:
    """Return the endpoint, with a scheme; None if there is none.

    Raises:
        UsageError: It is not the URL of a service.
    """
    given = args.endpoint or variable(ENDPOINT)
    if given is None:
        return None
    # Deferred import, to keep `--help` fast.
    from voicelive._transport.url import build_url, with_scheme

    endpoint = with_scheme(given)
    try:
        build_url(endpoint, {}, {})
    except ValueError as error:
        raise UsageError(str(error)) from None
    return endpoint


def _mock_speed() -> float:
    text = variable(_MOCK_SPEED) or "1"
    try:
        speed = float(text)
    except ValueError:
        speed = 0.0
    if not speed > 0:
        raise UsageError(f"{_MOCK_SPEED} must be a number above 0, not {text!r}")
    return speed
