"""Recorder in front of a service, and a plain WebSocket client."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Literal

import aiohttp

from voicelive._recorder.recorder import Recorder
from voicelive._recorder.upstream import Upstream

PATH = "/voice-live/realtime"
QUERY = "api-version=2026-04-10&model=gpt-realtime"
KEY = "a-key-that-nobody-may-see"

Line = dict[str, Any]
Client = aiohttp.ClientWebSocketResponse[Literal[False]]


class Running(Recorder):
    """Recorder with its messages and files."""

    said: list[str]
    folder: Path

    @property
    def files(self) -> list[Path]:
        """The recordings, in the order of the sessions."""
        return sorted(self.folder.iterdir(), key=lambda path: path.stem[-3:])

    def lines(self, number: int = 1) -> list[Line]:
        """Return the lines of a session."""
        text = self.files[number - 1].read_text("utf-8")
        return [json.loads(line) for line in text.splitlines()]

    def all_texts(self) -> str:
        """Return all messages and recordings as text."""
        return "\n".join([*self.said, *(path.read_text() for path in self.files)])


@asynccontextmanager
async def recording(
    endpoint: str,
    folder: Path,
    *,
    keep_audio: bool = False,
    api_key: str | None = None,
    token: str | None = None,
    proxy: str | None = None,
) -> AsyncIterator[Running]:
    """Run a recorder in front of a service."""
    said: list[str] = []
    recorder = Running(
        Upstream(endpoint, api_key, token, proxy=proxy),
        folder,
        host="127.0.0.1",
        port=0,
        keep_audio=keep_audio,
        notify=said.append,
    )
    recorder.said, recorder.folder = said, folder
    await recorder.start()
    try:
        yield recorder
    finally:
        await recorder.stop()


@asynccontextmanager
async def client(
    endpoint: str,
    *,
    query: str = QUERY,
    headers: dict[str, str] | None = None,
    protocols: tuple[str, ...] = (),
    autoping: bool = True,
) -> AsyncIterator[Client]:
    """Connect with plain aiohttp."""
    async with (
        aiohttp.ClientSession() as http,
        http.ws_connect(
            f"{endpoint}{PATH}?{query}",
            headers={"api-key": KEY} if headers is None else headers,
            protocols=protocols,
            autoping=autoping,
            decode_text=False,
            max_msg_size=0,
        ) as ws,
    ):
        yield ws


async def frames_until(ws: Client, event_type: str) -> list[bytes]:
    """The frames up to an event."""
    frames: list[bytes] = []
    async with asyncio.timeout(10):
        async for message in ws:
            frames.append(bytes(message.data))
            if json.loads(frames[-1]).get("type") == event_type:
                break
    return frames


async def send(ws: Client, *events: dict[str, Any]) -> None:
    """Send events."""
    for event in events:
        await ws.send_str(json.dumps(event))


async def end_of(ws: Client) -> tuple[int | None, str]:
    """Close code and reason of the next close; 1006 without one."""
    while True:
        message = await ws.receive(timeout=10)
        if message.type is aiohttp.WSMsgType.CLOSE:
            return message.data, message.extra or ""
        if message.type in (aiohttp.WSMsgType.CLOSED, aiohttp.WSMsgType.ERROR):
            return 1006, ""


def events(lines: list[Line], direction: str) -> list[Any]:
    """The events of one direction."""
    return [
        line["event"]
        for line in lines
        if line["direction"] == direction and "event" in line
    ]
