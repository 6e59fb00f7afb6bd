from __future__ import annotations

import asyncio
import os
import stat
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

_DESCRIPTORS = Path("/dev/fd")


def _open_sockets() -> set[int]:
    found = set()
    for entry in os.listdir(_DESCRIPTORS) if _DESCRIPTORS.exists() else []:
        try:
            mode = os.fstat(int(entry)).st_mode
        except OSError:
            continue  # the descriptor of the listing itself
        if stat.S_ISSOCK(mode):
            found.add(int(entry))
    return found


@pytest.fixture(autouse=True)
async def nothing_left_behind() -> AsyncIterator[None]:
    """Every test is also one of releasing tasks and sockets."""
    sockets = _open_sockets()
    yield
    for _ in range(3):
        await asyncio.sleep(0)
    assert asyncio.all_tasks() == {asyncio.current_task()}
    assert _open_sockets() == sockets
