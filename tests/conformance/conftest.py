"""Options, the service under test, and the report.

Only the option `--conformance-endpoint` selects a service other than the mock, so that
the test suite never calls a billed service. Model and API version may come from the
environment variables of the official samples, the key always does.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest

pytest.register_assert_rewrite(
    "tests.conformance.session_client", "tests.conformance.turns"
)

from tests.conformance.endpoint import (  # noqa: E402
    Endpoint,
    HandshakeRejected,
    session_url,
)
from tests.conformance.mock import mock_service  # noqa: E402
from voicelive_protocol import DEFAULT_API_VERSION, ServerEventType  # noqa: E402

_FOLDER = Path(__file__).resolve().parent
_KEY = "AZURE_VOICELIVE_API_KEY"
_MODEL = "AZURE_VOICELIVE_MODEL"
_API_VERSION = "AZURE_VOICELIVE_API_VERSION"
_DEFAULT_MODEL = "gpt-realtime"
# A native and a cascaded model: their events differ.
_MODELS_OF_MOCK = [_DEFAULT_MODEL, "gpt-4o"]
_RULE, _FINDING = "conformance rule", "conformance finding"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options."""
    group = parser.getgroup("conformance")
    group.addoption(
        "--conformance-endpoint",
        default="",
        metavar="URL",
        help=f"service to check, with the key in {_KEY}; by default the mock service",
    )
    group.addoption("--conformance-model", default="", metavar="NAME")
    group.addoption("--conformance-api-version", default="", metavar="VERSION")


def pytest_sessionstart(session: pytest.Session) -> None:
    """Stop at once if the endpoint is unreachable or rejects the key."""
    url = _option(session.config, "endpoint")
    if url:
        try:
            session_url(url)
        except ValueError as error:
            raise pytest.UsageError(f"--conformance-endpoint: {error}") from None
        problem = asyncio.run(_problem(_remote(session.config, url)))
        if problem:
            raise pytest.UsageError(problem)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Test the mock service with models of both kinds, an endpoint with one."""
    if "endpoint" in metafunc.fixturenames:
        url = _option(metafunc.config, "endpoint")
        model = _option(metafunc.config, "model")
        if url:
            models = [_remote(metafunc.config, url).model]
        else:
            models = [model] if model else _MODELS_OF_MOCK
        metafunc.parametrize("endpoint", models, indirect=True)


def pytest_itemcollected(item: pytest.Item) -> None:
    """Record the rule of a test, for the report."""
    if isinstance(item, pytest.Function) and "endpoint" in item.fixturenames:
        rule = (item.obj.__doc__ or item.name).partition("\n")[0]
        item.user_properties.append((_RULE, rule))


@pytest.fixture
async def endpoint(request: pytest.FixtureRequest) -> AsyncIterator[Endpoint]:
    """The service under test."""
    config = request.config

    def note(text: str) -> None:
        finding = (_FINDING, text)
        if finding not in request.node.user_properties:
            request.node.user_properties.append(finding)

    url = _option(config, "endpoint")
    if url:
        yield _remote(config, url).replaced(note=note)
        return
    async with mock_service() as server:
        yield Endpoint(
            server.endpoint,
            server.api_key,
            request.param,
            _option(config, "api_version") or DEFAULT_API_VERSION,
            is_mock=True,
        )


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    """Report the outcome of every rule, unless other tests run as well."""
    where = [config.invocation_params.dir / argument for argument in config.args]
    if not all(path.resolve().is_relative_to(_FOLDER) for path in where):
        return
    url = _option(config, "endpoint")
    write = terminalreporter.write_line
    terminalreporter.section("conformance")
    if url:
        of = _remote(config, url)
        write(f"{of.address}, model {of.model}, API version {of.api_version}")
        if of.schema_version != of.api_version:
            write(f"This API version is new: checked as {of.schema_version}.")
    else:
        version = _option(config, "api_version") or DEFAULT_API_VERSION
        write(f"the mock service, API version {version}")
    for report in _reports(terminalreporter):
        model = report.nodeid.rpartition("[")[2].rstrip("]")
        rule = dict(report.user_properties)[_RULE]
        write(f"{report.outcome:7} {rule if url else f'{model:12} {rule}'}")
        if report.skipped and isinstance(report.longrepr, tuple):
            write(f"{'':7} {report.longrepr[2]}")
        for name, text in report.user_properties:
            if name == _FINDING:
                write(f"{'':7} finding: {text}")


def _reports(terminal: pytest.TerminalReporter) -> Iterator[pytest.TestReport]:
    """Yield the reports of the tests, in the order of execution."""
    found = [
        report
        for reports in terminal.stats.values()
        for report in reports
        if isinstance(report, pytest.TestReport)
        and _RULE in dict(report.user_properties)
        and (report.when == "call" or (report.when == "setup" and not report.passed))
    ]
    yield from sorted(found, key=lambda report: report.start)


def _option(config: pytest.Config, name: str) -> str:
    value: Any = config.getoption(f"conformance_{name}", default="")
    return str(value or "")


def _remote(config: pytest.Config, url: str) -> Endpoint:
    key = os.environ.get(_KEY, "")
    if not key:
        raise pytest.UsageError(f"no API key: set {_KEY}")
    model = _option(config, "model") or os.environ.get(_MODEL, "")
    version = _option(config, "api_version") or os.environ.get(_API_VERSION, "")
    return Endpoint(
        url,
        key,
        model or _DEFAULT_MODEL,
        version or DEFAULT_API_VERSION,
        is_mock=False,
    )


async def _problem(endpoint: Endpoint) -> str:
    """Return why the endpoint cannot be tested; empty if it can."""
    try:
        async with asyncio.timeout(endpoint.timeout_seconds), endpoint.dial() as call:
            frame = await call.socket.receive()
    except HandshakeRejected as error:
        return f"{endpoint.address} rejects connections: {error}"
    except (aiohttp.ClientError, TimeoutError) as error:
        reason = str(error) or "no answer"
        return f"{endpoint.address} cannot be reached: {reason}"
    if frame.type is aiohttp.WSMsgType.TEXT:
        event = frame.json()
        if event.get("type") == ServerEventType.ERROR:
            return f"{endpoint.address} opens no session: {event.get('error')}"
    return ""
