"""Assertion rewriting for shared assertions."""

from __future__ import annotations

import pytest

pytest.register_assert_rewrite("tests.integration.conversations")
