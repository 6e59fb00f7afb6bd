"""Fixtures for all tests, and the rule that separates fast tests from slow ones."""

from __future__ import annotations

import gc
import os
import signal
import sys
from collections.abc import Iterator
from functools import cache
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


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Do not import the slow folders for a run without slow tests."""
    fast_only = config.option.markexpr == "not slow"
    return True if fast_only and _is_in(collection_path, _SLOW_FOLDERS) else None


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark all tests of slow folders, and put the longest folders first."""
    for item in items:
        if _is_in(item.path, _SLOW_FOLDERS):
            item.add_marker(pytest.mark.slow)
    items.sort(key=lambda item: not _is_in(item.path, _LONGEST_FOLDERS))


@pytest.hookimpl(trylast=True)
def pytest_collection_finish() -> None:
    """Exempt the collected tests from garbage collection, which they make slow.

    The audit hook is called for every import as well, hence not during collection.
    """
    gc.collect()
    gc.freeze()
    sys.addaudithook(_audit)


@cache
def _is_in(path: Path, folders: tuple[str, ...]) -> bool:
    return any(path.is_relative_to(ROOT / "tests" / name) for name in folders)


# --- restrictions of tests without the mark `slow` ----------------------------------

_STARTS = frozenset({"subprocess.Popen", "os.posix_spawn", "os.exec"})
_CONNECT = "socket.connect"

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
    if event in _STARTS:
        raise RuntimeError(f"{_fast_test} starts a process: mark it as slow")
    if event == _CONNECT and not _is_local(arguments[1]):
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
