"""Common mistakes in place of `async with`."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.client import KEY
from voicelive import VoiceLiveClient
from voicelive.aio import connect
from voicelive.resilience import connect_with_retry, stay_connected

ARGUMENTS: dict[str, Any] = {"credential": KEY, "endpoint": "https://host.example"}
FUNCTIONS: list[Any] = [connect, connect_with_retry, stay_connected]


@pytest.mark.parametrize("function", FUNCTIONS)
def test_with(function: Any) -> None:
    """`with connect()` says `async with`."""
    name = function.__name__
    context = function(**ARGUMENTS)
    with pytest.raises(TypeError, match=rf"`async with`.*{name}\("), context:
        pass


@pytest.mark.parametrize("function", FUNCTIONS)
async def test_await(function: Any) -> None:
    """`await connect()` says `async with`."""
    with pytest.raises(TypeError, match="`async with`, not `await`"):
        await function(**ARGUMENTS)


@pytest.mark.parametrize("function", FUNCTIONS)
@pytest.mark.parametrize("name", ["session", "recv", "send", "response", "close"])
def test_attribute_of_a_connection(function: Any, name: str) -> None:
    """`connect().session` says `async with`, and with which call."""
    with pytest.raises(AttributeError, match=rf"no '{name}': use `async with`"):
        getattr(function(**ARGUMENTS), name)
    assert not hasattr(function(**ARGUMENTS), "_whatever")


async def test_iteration() -> None:
    """Iterating over it raises as well."""
    context: Any = connect(**ARGUMENTS)
    with pytest.raises(TypeError, match="`async with`"):
        async for _ in context:
            pass


def test_with_a_session() -> None:
    """A session says it as well."""
    session: Any = VoiceLiveClient(**ARGUMENTS).create_session("gpt-realtime")
    with pytest.raises(TypeError, match="`async with`"), session:
        pass


async def test_await_a_session() -> None:
    """`await client.create_session()` says what to do."""
    session: Any = VoiceLiveClient(**ARGUMENTS).create_session("gpt-realtime")
    with pytest.raises(TypeError, match="`async with`"):
        await session
