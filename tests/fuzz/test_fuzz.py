"""Fuzzing with fixed seeds, and the cases that once had a finding."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.fuzz.campaign import run_count
from tests.fuzz.cases import findings_of, load, saved
from tests.fuzz.targets import TARGETS

# A few seconds in all; `make fuzz` runs for longer, with other seeds.
_COUNTS = {
    "client_wire": 60,
    "connection": 25,
    "engine": 100,
    "handshake": 40,
    "reconnecting": 20,
    "server_wire": 25,
    "session": 25,
    "socket": 12,
    "turns": 25,
}


@pytest.mark.parametrize("name", sorted(TARGETS))
def test_random_cases_have_no_finding(name: str) -> None:
    """Nothing that is random breaks anything; what does is saved as a case."""
    found = run_count(TARGETS[name], "check", _COUNTS[name])
    assert not found, "\n".join(map(str, found))


@pytest.mark.parametrize("path", saved() or [None], ids=str)
def test_a_saved_case_has_no_finding(path: Path | None) -> None:
    """What was found once and is mended stays so."""
    if path is not None:
        name, case = load(path)
        assert findings_of(TARGETS[name], case) is None
