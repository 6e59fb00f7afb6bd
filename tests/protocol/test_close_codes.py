"""Close codes, and which of them a close frame may carry."""

from __future__ import annotations

import pytest

from voicelive_core.close_codes import CloseCode, can_be_sent


@pytest.mark.parametrize(
    "code", [1000, 1001, 1002, 1003, *range(1007, 1015), 3000, 4999]
)
def test_codes_that_may_be_sent(code: int) -> None:
    """Registered codes and those of applications may be in a close frame."""
    assert can_be_sent(code)


@pytest.mark.parametrize("code", [0, 999, 1004, 1005, 1006, 1015, 1016, 2999, 5000])
def test_codes_that_must_not_be_sent(code: int) -> None:
    """Reserved and unregistered codes must not be in a close frame."""
    assert not can_be_sent(code)


def test_a_code_is_shown_as_its_number() -> None:
    """Messages and reports have numbers, as the RFC does."""
    assert f"{CloseCode.GOING_AWAY} {CloseCode.ABNORMAL!s}" == "1001 1006"
