"""Pages of the web interface and of the metrics of a load test."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import aiohttp

_LIMIT_SECONDS = 120.0


async def read(browser: aiohttp.ClientSession, page: str) -> str:
    """Return a page of this machine, given as port and path."""
    async with browser.get(f"http://127.0.0.1:{page}") as answer:
        return await answer.text()


async def read_until(
    accept: Callable[[str], object], browser: aiohttp.ClientSession, page: str
) -> str:
    """Read a page, once it is served, until its content is accepted; return it."""
    async with asyncio.timeout(_LIMIT_SECONDS):
        while True:
            try:
                if accept(text := await read(browser, page)):
                    return text
            except aiohttp.ClientConnectionError:
                pass  # the server has not started yet
            await asyncio.sleep(0.05)
