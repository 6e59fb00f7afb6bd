"""The fixture `voicelive_mock`: the mock service for one test.

It works in tests of every kind, synchronous or not, because the service runs in a
thread of its own. Options of the service are given with a marker:

    @pytest.mark.voicelive_mock(speed=10, seed=3)
    def test_greeting(voicelive_mock): ...

What the scenario expects of the client is checked after the test. When a test fails,
what went over the wire is shown with it.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    # Loaded when a test asks for it: every run of pytest imports this module.
    from voicelive_mockserver.background import BackgroundMockServer

_LONGEST_SECTION = 100_000
_MARKER = (
    "voicelive_mock(**options): options of the MockServer of the fixture "
    "voicelive_mock; the speed is infinite unless given"
)
_started = pytest.StashKey["BackgroundMockServer"]()


def pytest_configure(config: pytest.Config) -> None:
    """Make the marker known."""
    config.addinivalue_line("markers", _MARKER)


@pytest.fixture
def voicelive_mock(request: pytest.FixtureRequest) -> Iterator[BackgroundMockServer]:
    """A mock Voice Live service that serves while the test lasts."""
    from voicelive_mockserver.background import BackgroundMockServer

    options: dict[str, Any] = {}
    # The nearest marker comes first and has the last word.
    for marker in request.node.iter_markers("voicelive_mock"):
        options = {**marker.kwargs, **options}
    with BackgroundMockServer(**options) as mock:
        request.node.stash[_started] = mock
        yield mock
        mock.assert_expectations()


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
