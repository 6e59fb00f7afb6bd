"""What every test of the client is subject to."""

import pytest

pytest.register_assert_rewrite("tests.support.leaks")

from tests.support.leaks import nothing_left_behind  # noqa: E402

__all__ = ["nothing_left_behind"]
