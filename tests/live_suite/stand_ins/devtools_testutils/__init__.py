"""Stand-in for the vendor's test tools, which are in no package index.

Every test is live, and the environment tells where.
"""

# mypy: ignore-errors
# pyright: basic

from __future__ import annotations

import functools
import os

import pytest

_SETTINGS = {
    "voicelive_openai_endpoint": "AI_SERVICES_ENDPOINT",
    "voicelive_openai_api_key": "AI_SERVICES_KEY",
}


class AzureRecordedTestCase:
    """Base class of the tests."""


class EnvironmentVariableLoader:
    """Decorator that passes settings from the environment to a test.

    Args:
        *_: The names of the settings, which are fixed here.
        **_defaults: Their values in recordings.
    """

    def __init__(self, *_: object, **_defaults: object) -> None:
        pass

    def __call__(self, test):
        """Decorate a test."""

        @functools.wraps(test)
        async def with_settings(*arguments, **keywords):
            settings = {name: os.environ[key] for name, key in _SETTINGS.items()}
            return await test(*arguments, **keywords, **settings)

        return with_settings


def recorded_by_proxy(test):
    """Leave a test as it is: nothing is recorded."""
    return test


def is_live() -> bool:
    """Return that tests are live."""
    return True


@pytest.fixture(scope="session")
def test_proxy() -> None:
    """Stand for the proxy that records."""
