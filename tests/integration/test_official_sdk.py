"""The official Python SDK, unmodified, talks with the mock service."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.integration.conversations import SECONDS, OfficialSdk, hold
from tools.official_sdk import NEWEST, install

CLIENT = Path(__file__).with_name("official_client.py")


@pytest.fixture(scope="module")
def seen(sdk_cache: Path) -> dict[str, Any]:
    """What a client on the official SDK saw of all conversations."""
    sdk = install(NEWEST, sdk_cache)

    def client(arguments: Sequence[str]) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, str(CLIENT), *arguments],
            capture_output=True,
            text=True,
            timeout=SECONDS,
            env=os.environ | {"PYTHONPATH": str(sdk)},
        )

    return hold(client)


class TestOfficialPythonSdk(OfficialSdk):
    """The tests of all conversations."""
