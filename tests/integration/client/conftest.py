"""Event loops and leak checks for tests of the client with the mock service."""

from __future__ import annotations

import pytest

from tests.support.event_loops import pytest_asyncio_loop_factories

pytest.register_assert_rewrite(
    "tests.support.leaks", "tests.integration.client.client_driver"
)

from tests.support.leaks import nothing_left_behind  # noqa: E402

__all__ = ["nothing_left_behind", "pytest_asyncio_loop_factories"]
