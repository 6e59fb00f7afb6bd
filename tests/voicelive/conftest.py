"""What every test of the client is subject to."""

import asyncio
from collections.abc import Callable, Mapping

import pytest

from tests.support.steady_time import steady_loops

pytest.register_assert_rewrite("tests.support.leaks")

from tests.support.leaks import nothing_left_behind  # noqa: E402

__all__ = ["nothing_left_behind"]


def pytest_asyncio_loop_factories() -> Mapping[
    str, Callable[[], asyncio.AbstractEventLoop]
]:
    """Let both sides, which share a process, stand still together."""
    return steady_loops()
