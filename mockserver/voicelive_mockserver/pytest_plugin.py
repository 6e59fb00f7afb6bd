"""The fixture `voicelive_mock`: the mock service for one test.

It works in tests of every kind, synchronous or not, because the service runs in a
thread of its own. Options of the service are given with a marker:

    @pytest.mark.voicelive_mock(speed=10, seed=3)
    def test_greeting(voicelive_mock): ...

After the test, what the scenario expects of the client is checked, and that responders
and other functions of the test did nothing wrong. When a test fails, what went over the
wire is shown with it.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    # Loaded when a test asks for it: every run of pytest imports this module.
    from voicelive_mockserver.background import BackgroundMockServer

_NAME = "voicelive_mock"
_LONGEST_SECTION = 100_000
_MARKER = (
    "voicelive_mock(**options): options of the MockServer of the fixture "
    "voicelive_mock; the speed is infinite unless given"
)
_started = pytest.StashKey["BackgroundMockServer"]()


def pytest_configure(config: pytest.Config) -> None:
    """Make the marker known."""
    config.addinivalue_line("markers", _MARKER)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Refuse markers that would change nothing, or not what they are meant to."""
    for marker in item.iter_markers(_NAME):
        from voicelive_mockserver.background import BackgroundMockServer
        from voicelive_mockserver.server.options import check_keywords

        if marker.args:
            values = ", ".join(map(repr, marker.args))
            pytest.fail(
                f"@pytest.mark.{_NAME}({values}): its options need their names, as in "
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
    """A mock Voice Live service that serves while the test lasts."""
    from voicelive_mockserver.background import BackgroundMockServer

    options: dict[str, Any] = {}
    # The nearest marker comes first and has the last word.
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
    """Fail a test for what its client or its functions did wrong."""
    wrong: list[str] = []
    for check in (mock.assert_no_problems, mock.assert_expectations):
        try:
            check()
        except AssertionError as error:
            wrong.append(str(error))
    if wrong:
        raise AssertionError("\n".join(wrong))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Show what went over the wire when a test fails."""
    report = yield
    mock = item.stash.get(_started, None)
    if mock is not None and report.failed:
        text = "\n\n".join(map(str, mock.sessions)) or "no client has connected"
        report.sections.append(("mock Voice Live service", text[-_LONGEST_SECTION:]))
    return report
