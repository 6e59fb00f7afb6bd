"""What several folders of tests need."""

from __future__ import annotations

import os
import signal
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.parity.install import cache_folder

ROOT = Path(__file__).resolve().parents[1]


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
    """A port of 127.0.0.1 at which nobody listens, unless the test does.

    It stays taken until the end of the test, or another process could be given it in
    the meantime. Who wants to listen there by its number still can.
    """
    with socket.socket() as holder:
        holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        holder.bind(("127.0.0.1", 0))
        yield holder.getsockname()[1]
