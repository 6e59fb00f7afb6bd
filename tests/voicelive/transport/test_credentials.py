from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import threading
from dataclasses import dataclass, field
from typing import Any

import pytest

from tests.support.client import KEY
from tests.support.scripted_service import Peer, serve
from voicelive import AzureKeyCredential
from voicelive.aio import connect


@dataclass
class Token:
    token: str
    expires_on: int = 0


@dataclass
class Tokens:
    """A token credential as azure-identity makes them."""

    scopes: list[tuple[str, ...]] = field(default_factory=list[tuple[str, ...]])
    thread: int = 0

    def get_token(self, *scopes: str, claims: str | None = None, **_: Any) -> Token:
        self.scopes.append(scopes)
        self.thread = threading.get_ident()
        return Token(f"token-{len(self.scopes)}")


class AsyncTokens(Tokens):
    async def get_token(  # type: ignore[override]
        self, *scopes: str, claims: str | None = None, **_: Any
    ) -> Token:
        return Tokens.get_token(self, *scopes)


class WrappedTokens(Tokens):
    def get_token(self, *scopes: str, **_: Any) -> Any:
        async def later() -> Token:
            return Tokens.get_token(self, *scopes)

        return later()


@dataclass
class ForeignKey:
    key: str


async def _headers(credential: Any, **arguments: Any) -> dict[str, str]:
    async with (
        serve(Peer.accept) as server,
        connect(credential=credential, endpoint=server.endpoint, **arguments),
    ):
        return server.requests[0].headers


@pytest.mark.parametrize(
    "credential", [KEY, AzureKeyCredential(KEY), ForeignKey(KEY)], ids=type
)
async def test_api_key(credential: Any) -> None:
    """A string and any object with `.key` are sent as the api-key header."""
    headers = await _headers(credential)
    assert headers["api-key"] == KEY
    assert "authorization" not in headers


async def test_key_is_read_for_each_connection() -> None:
    """A key that was replaced counts for connections opened later."""
    credential = AzureKeyCredential("old")
    async with serve(Peer.accept) as server:
        context = connect(credential=credential, endpoint=server.endpoint)
        credential.update("new")
        async with context:
            assert server.requests[0].headers["api-key"] == "new"


@pytest.mark.parametrize("kind", [Tokens, AsyncTokens, WrappedTokens])
async def test_token(kind: type[Tokens]) -> None:
    """Sync and async get_token are asked for the default scope; the token is sent."""
    credential = kind()
    headers = await _headers(credential)
    assert headers["authorization"] == "Bearer token-1"
    assert "api-key" not in headers
    assert credential.scopes == [("https://ai.azure.com/.default",)]


@pytest.mark.parametrize(("scopes"), ["one", ["one"], ("one", "two")])
async def test_scopes(scopes: Any) -> None:
    """credential_scopes is one scope or a sequence of them."""
    credential = AsyncTokens()
    await _headers(credential, credential_scopes=scopes)
    assert credential.scopes == [("one",) if scopes == "one" else tuple(scopes)]


async def test_blocking_get_token_leaves_the_event_loop_alone() -> None:
    """A get_token that blocks runs in another thread, an async one does not."""
    blocking, awaited = Tokens(), AsyncTokens()
    await _headers(blocking)
    await _headers(awaited)
    assert blocking.thread != threading.get_ident()
    assert awaited.thread == threading.get_ident()


@pytest.mark.parametrize("base", [Tokens, AsyncTokens])
async def test_error_of_get_token_comes_through(base: Any) -> None:
    """An exception of get_token propagates unchanged, and nothing is sent."""
    failure = LookupError("no identity here")

    class Failing(base):  # type: ignore[misc]
        def get_token(self, *scopes: str, **_: Any) -> Any:
            raise failure

    async with serve(Peer.accept) as server:
        with pytest.raises(LookupError) as caught:
            async with connect(credential=Failing(), endpoint=server.endpoint):
                pass
    assert caught.value is failure
    assert server.requests == []


@pytest.mark.parametrize("credential", [None, b"key", 3, [], Tokens], ids=repr)
def test_no_credential(credential: Any) -> None:
    """Anything else is refused with what would be accepted."""
    with pytest.raises(TypeError, match=r"API key.*get_token"):
        connect(credential=credential, endpoint="https://host.example")


@pytest.mark.parametrize("key", ["", "secret\n", "sec ret", "secrét"])
async def test_key_that_is_no_header(key: str) -> None:
    """A key that cannot be in a header is refused, without showing it."""
    with pytest.raises(ValueError, match="API key is empty, or") as caught:
        await _headers(key)
    assert "sec" not in str(caught.value)


@pytest.mark.parametrize("credential", [ForeignKey(b"k"), ForeignKey(3)])  # type: ignore[arg-type]
async def test_key_of_wrong_type(credential: Any) -> None:
    """A `.key` that is not a string is a TypeError."""
    with pytest.raises(TypeError, match="API key must be a string"):
        await _headers(credential)


def test_azure_key_credential() -> None:
    """AzureKeyCredential rejects invalid keys, and its repr hides the key."""
    assert KEY not in repr(AzureKeyCredential(KEY))
    with pytest.raises(ValueError, match="empty"):
        AzureKeyCredential("")
    with pytest.raises(TypeError, match="int"):
        AzureKeyCredential(3)  # type: ignore[arg-type]


async def test_headers_of_the_caller_win() -> None:
    """The caller's headers replace those of the client, however they are spelled."""
    headers = await _headers(
        KEY, headers={"API-KEY": "mine", "user-agent": "app/1", "X-Number": 3}
    )
    assert headers["api-key"] == "mine"
    assert headers["user-agent"] == "app/1"
    assert headers["x-number"] == "3"


async def test_headers_left_out() -> None:
    """None leaves out a header of the client, however it is spelled."""
    headers = await _headers(KEY, headers={"API-KEY": None, "user-agent": None})
    assert "api-key" not in headers
    assert "voicelive" not in headers["user-agent"]


async def test_user_agent() -> None:
    """The client names itself."""
    assert (await _headers(KEY))["user-agent"].startswith("voicelive-python/")


class Blocked:
    """A credential whose `get_token` does not return."""

    def __init__(self) -> None:
        self.begun = threading.Event()
        self.go_on = threading.Event()

    def get_token(self, *scopes: str) -> Any:
        self.begun.set()
        self.go_on.wait()
        raise LookupError("too late")


async def test_blocked_get_token_can_be_cancelled() -> None:
    """Cancelling does not wait for it, and what it raises later harms nothing."""
    credential = Blocked()

    async def use() -> None:
        async with connect(credential=credential, endpoint="https://host.example"):
            pass

    task = asyncio.create_task(use())
    await asyncio.to_thread(credential.begun.wait)
    task.cancel()
    async with asyncio.timeout(5):
        with pytest.raises(asyncio.CancelledError):
            await task
    credential.go_on.set()


CTRL_C = """
import asyncio, threading
from voicelive import VoiceLiveClient
from voicelive.aio import connect

class Blocked:
    def get_token(self, *scopes):
        print("blocked", flush=True)
        threading.Event().wait()

async def main():
    async with connect(credential=Blocked(), endpoint="https://host.example"):
        pass

try:
    asyncio.run(main())
except KeyboardInterrupt:
    print("interrupted", flush=True)
"""


def _interrupted(process: subprocess.Popen[str]) -> str:
    """Send Ctrl-C until a process ends; return its output.

    CPython loses one that arrives just before the event loop waits for events: its
    handler runs only when the loop wakes up.
    """
    for _ in range(4):
        process.send_signal(signal.SIGINT)
        try:
            return process.communicate(timeout=10)[0]
        except subprocess.TimeoutExpired:
            continue
    raise AssertionError("the process ignores Ctrl-C")


@pytest.mark.slow
def test_ctrl_c_while_get_token_blocks() -> None:
    """Ctrl-C ends a program at once, though a thread still waits for a token."""
    with subprocess.Popen(
        [sys.executable, "-c", CTRL_C],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    ) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == "blocked\n"
            output = _interrupted(process)
        finally:
            process.kill()
    assert (output, process.returncode) == ("interrupted\n", 0)


async def test_get_token_that_raises_stop_iteration() -> None:
    """An exception that a future cannot hold propagates as a RuntimeError."""

    class Exhausted:
        def get_token(self, *scopes: str) -> Any:
            return next(iter(()))

    with pytest.raises(RuntimeError, match="StopIteration"):
        await _headers(Exhausted())
