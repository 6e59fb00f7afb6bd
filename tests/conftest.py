"""What several folders of tests need."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.ports import hold_port
from tools.official_sdk import cache_folder
from tools.paths import ROOT


def pytest_configure() -> None:
    """Let Ctrl-C work here, and in all processes that tests start.

    What a script starts in the background ignores it, and hands that on.
    """
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def sdk_cache() -> Path:
    """Where versions of the official SDK are kept between runs."""
    return cache_folder()


@pytest.fixture(scope="session")
def js_sdk_cache() -> Path:
    """Where installations of the official JavaScript SDK are kept between runs.

    `VOICELIVE_JS_SDK_CACHE` names another folder.
    """
    default = ROOT / ".venv" / "official-js-sdk"
    return Path(os.environ.get("VOICELIVE_JS_SDK_CACHE", default))


@pytest.fixture
def free_port() -> Iterator[int]:
    """A port of 127.0.0.1 at which nobody listens, unless the test does."""
    with hold_port() as port:
        yield port
