"""Use in a notebook: cells with `await` at the top level, one loop, a task per cell."""

from __future__ import annotations

import ast
import asyncio
import inspect
import types
from typing import Any

from voicelive_mockserver import MockServer

PREPARE = """
from voicelive import VoiceLiveClient
from voicelive.aio import connect
from voicelive.resilience import stay_connected
"""


async def run_cells(*cells: str, **names: Any) -> dict[str, Any]:
    """Run code as a notebook does: each cell in a task of its own."""
    namespace: dict[str, Any] = dict(names)
    for cell in (PREPARE, *cells):
        code = compile(
            inspect.cleandoc(cell), "cell", "exec", ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
        )
        result = types.FunctionType(code, namespace)()
        if inspect.iscoroutine(result):
            await asyncio.create_task(result)
    return namespace


async def test_async_with_at_the_top_level() -> None:
    """`async with` works in a cell."""
    async with MockServer() as mock:
        names = await run_cells(
            """
            async with connect(
                credential=mock.api_key, endpoint=mock.endpoint, model="gpt-realtime"
            ) as connection:
                event = await connection.recv()
            """,
            mock=mock,
        )
    assert names["event"].type == "session.created"
    assert names["connection"].closed


async def test_entered_by_hand() -> None:
    """A connection can be entered in one cell, used and left in others."""
    async with MockServer() as mock:
        for function in ("connect", "stay_connected"):
            names = await run_cells(
                f"""
                opening = {function}(
                    credential=mock.api_key,
                    endpoint=mock.endpoint,
                    model="gpt-realtime",
                )
                connection = await opening.__aenter__()
                """,
                "first = await connection.recv()",
                """
                await connection.session.update(session={"instructions": "Be brief."})
                async for event in connection:
                    if event.type == "session.updated":
                        break
                """,
                "await opening.__aexit__(None, None, None)",
                mock=mock,
            )
            assert names["first"].type == "session.created"
            assert names["connection"].closed


async def test_session_over_several_cells() -> None:
    """A session needs no context: connect() in one cell, dispose() in another."""
    async with MockServer() as mock:
        names = await run_cells(
            """
            client = VoiceLiveClient(mock.endpoint, mock.api_key)
            session = client.create_session("gpt-realtime")
            await session.connect()
            """,
            "event = await session.recv()",
            "await session.dispose()",
            mock=mock,
        )
    assert names["event"].type == "session.created"
    assert not names["session"].is_connected


async def test_loop_of_its_own_in_a_thread() -> None:
    """Blocking code beside a running loop uses `asyncio.run` in a thread."""

    async def talk(mock: MockServer) -> str:
        names = await run_cells(
            """
            async with connect(
                credential=mock.api_key, endpoint=mock.endpoint, model="gpt-realtime"
            ) as connection:
                event = await connection.recv()
            """,
            mock=mock,
        )
        return str(names["event"].type)

    async with MockServer() as mock:
        assert await asyncio.to_thread(asyncio.run, talk(mock)) == "session.created"
