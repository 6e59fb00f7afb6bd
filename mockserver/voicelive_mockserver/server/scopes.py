"""Scopes: settings of new sessions, for all of them and for those of single tests."""

from __future__ import annotations

from collections.abc import Mapping

from voicelive_mockserver.server.session_factory import SessionFactory
from voicelive_mockserver.server.sources import Sources

_TEST_ID = "x-test-id"
_MAX_SCOPES = 1000


def named_test(query: Mapping[str, str], headers: Mapping[str, str]) -> str:
    """Return the test that a request names as `x-test-id`; "" for none.

    Args:
        query: The query of the URL.
        headers: The headers; the mapping ignores case.
    """
    for name, value in query.items():
        if name.casefold() == _TEST_ID:
            return value
    return headers.get(_TEST_ID, "")


class Scope:
    """The settings of new sessions.

    Args:
        factory: The scenario and the faults.
        sources: Responder, transcriber, voice and MCP host.
    """

    def __init__(self, factory: SessionFactory, sources: Sources) -> None:
        self.factory = factory
        self.sources = sources

    def copy(self) -> Scope:
        """Return a scope with the same settings, which can be changed separately."""
        return Scope(self.factory.copy(), self.sources.copy())


class Scopes:
    """The settings for all sessions, and those of the tests that have their own.

    A test begins with a copy of the settings for all when one of its own is set. The
    settings of the newest 1,000 such tests are kept.

    Args:
        default: The settings of sessions without settings of their own.
    """

    def __init__(self, default: Scope) -> None:
        self.default = default
        self._tests: dict[str, Scope] = {}

    def find(self, test: str) -> Scope:
        """Return the settings of the sessions of a test.

        Args:
            test: The test; "" for none.
        """
        return self._tests.get(test, self.default)

    def own(self, test: str) -> Scope:
        """Return the settings of a test for a change of them.

        Args:
            test: The test; "" for the settings for all.
        """
        if not test:
            return self.default
        scope = self._tests.get(test)
        if scope is None:
            if len(self._tests) >= _MAX_SCOPES:
                del self._tests[next(iter(self._tests))]
            scope = self._tests[test] = self.default.copy()
        return scope

    def forget(self, test: str) -> None:
        """Drop the settings of a test."""
        self._tests.pop(test, None)

    def reset(self) -> None:
        """Drop the settings of all tests, and restore the initial ones."""
        self._tests.clear()
        self.default.factory.reset()
