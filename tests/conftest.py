"""Fixtures for all tests, and the rule that separates fast tests from slow ones."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from ipaddress import ip_address
from pathlib import Path

import pytest

from tests.support.ports import hold_port
from tools.official_sdk import cache_folder
from tools.paths import ROOT

# Folders of which every test is slow. Elsewhere the mark is on the test or its module.
_SLOW_FOLDERS = (
    "benchmarks",
    "codegen",
    "conformance",
    "examples",
    "fuzz",
    "integration",
    "mockserver/audio",
    "packaging",
    "parity",
    "typing",
)
# Folders with the longest files. Their files start first: with `loadfile`, a file that
# starts last keeps one worker busy while the others are idle.
_LONGEST_FOLDERS = ("benchmarks", "loadtest", "packaging", "examples", "integration")


def pytest_configure() -> None:
    """Enable Ctrl-C, and restrict tests without the mark `slow`.

    Shells start background processes with SIGINT ignored, and children inherit that.
    """
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    sys.addaudithook(_audit)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark all tests of slow folders, and put the longest folders first."""
    for item in items:
        if _is_in(item, _SLOW_FOLDERS):
            item.add_marker(pytest.mark.slow)
    items.sort(key=lambda item: not _is_in(item, _LONGEST_FOLDERS))


def _is_in(item: pytest.Item, folders: tuple[str, ...]) -> bool:
    return any(item.path.is_relative_to(ROOT / "tests" / name) for name in folders)


# --- restrictions of tests without the mark `slow` ----------------------------------

_fast_test = ""


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    """Record the running test if it is a fast one."""
    global _fast_test
    _fast_test = "" if item.get_closest_marker("slow") else item.nodeid
    try:
        return (yield)
    finally:
        _fast_test = ""


def _audit(event: str, arguments: tuple[object, ...]) -> None:
    """Refuse processes and connections to other hosts in a fast test."""
    if not _fast_test:
        return
    if event in ("subprocess.Popen", "os.posix_spawn", "os.exec"):
        raise RuntimeError(f"{_fast_test} starts a process: mark it as slow")
    if event == "socket.connect" and not _is_local(arguments[1]):
        raise RuntimeError(f"{_fast_test} connects to {arguments[1]}: mark it as slow")


def _is_local(address: object) -> bool:
    if not isinstance(address, tuple):
        return True  # a Unix socket
    try:
        return ip_address(str(address[0])).is_loopback
    except ValueError:
        return str(address[0]) == "localhost"


# --- fixtures -----------------------------------------------------------------------


@pytest.fixture(scope="session")
def sdk_cache() -> Path:
    """The folder that keeps versions of the official SDK between runs."""
    return cache_folder()


@pytest.fixture(scope="session")
def js_sdk_cache() -> Path:
    """The folder that keeps the official JavaScript SDK between runs.

    `VOICELIVE_JS_SDK_CACHE` names another folder.
    """
    default = ROOT / ".venv" / "official-js-sdk"
    return Path(os.environ.get("VOICELIVE_JS_SDK_CACHE", default))


@pytest.fixture
def free_port() -> Iterator[int]:
    """A port of 127.0.0.1 that is reserved for the test, with no listener."""
    with hold_port() as port:
        yield port
