"""Makes the shared assertions say what they compared."""

import pytest

pytest.register_assert_rewrite("tests.integration.conversations")
