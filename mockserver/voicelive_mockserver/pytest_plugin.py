"""Pytest fixture `voicelive_mock`: the mock service for one test.

The service runs in a thread, so synchronous and asynchronous tests can use it. A marker
sets its options:

    @pytest.mark.voicelive_mock(speed=10, seed=3)
    def test_greeting(voicelive_mock): ...

After the test, the fixture checks the expectations of the scenario, and that responders
and other functions of the test did not fail. The report of a failing test includes the
journals of its sessions.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    # Loaded on first use, since every run of pytest imports this module.
    from voicelive_mockserver.background import BackgroundMockServer

_NAME = "voicelive_mock"
_MAX_SECTION_CHARACTERS = 100_000
_MARKER = (
    "voicelive_mock(**options): options of the MockServer of the fixture "
    "voicelive_mock; the default speed is infinite"
)
_started = pytest.StashKey["BackgroundMockServer"]()


def pytest_configure(config: pytest.Config) -> None:
    """Register the marker."""
    config.addinivalue_line("markers", _MARKER)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Reject markers with positional or unknown options."""
    for marker in item.iter_markers(_NAME):
        from voicelive_mockserver.background import BackgroundMockServer
        from voicelive_mockserver.server.options import check_keywords

        if marker.args:
            values = ", ".join(map(repr, marker.args))
            pytest.fail(
                f"@pytest.mark.{_NAME}({values}): options must be named, as in "
                f"@pytest.mark.{_NAME}(scenario={marker.args[0]!r})",
                pytrace=False,
            )
        try:
            owner = f"@pytest.mark.{_NAME}"
            check_keywords(owner, marker.kwargs, BackgroundMockServer._OPTIONS)
        except TypeError as error:
            pytest.fail(str(error), pytrace=False)


@pytest.fixture
def voicelive_mock(request: pytest.FixtureRequest) -> Iterator[BackgroundMockServer]:
    """Run a mock Voice Live service during the test; yield it."""
    from voicelive_mockserver.background import BackgroundMockServer

    options: dict[str, Any] = {}
    # The nearest marker comes first and takes precedence.
    for marker in request.node.iter_markers(_NAME):
        options = {**marker.kwargs, **options}
    try:
        server = BackgroundMockServer(**options)
    except (TypeError, ValueError) as error:
        if not options:
            raise
        pytest.fail(f"@pytest.mark.{_NAME}: {error}", pytrace=False)
    with server as mock:
        request.node.stash[_started] = mock
        yield mock
        _check(mock)


def _check(mock: BackgroundMockServer) -> None:
    """Fail the test for unmet expectations and errors of its functions."""
    failures: list[str] = []
    for check in (mock.assert_no_problems, mock.assert_expectations):
        try:
            check()
        except AssertionError as error:
            failures.append(str(error))
    if failures:
        raise AssertionError("\n".join(failures))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Add the journals of the sessions to the report of a failing test."""
    report = yield
    mock = item.stash.get(_started, None)
    if mock is not None and report.failed:
        text = "\n\n".join(map(str, mock.sessions)) or "no client connected"
        report.sections.append(
            ("mock Voice Live service", text[-_MAX_SECTION_CHARACTERS:])
        )
    return report
