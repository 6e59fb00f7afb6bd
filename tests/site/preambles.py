"""Names that code blocks of a page expect from the application, for type checkers."""

from __future__ import annotations

PREAMBLES = {
    "client": """
from voicelive import VoiceLiveSession
from voicelive.aio import VoiceLiveConnection, connect
from voicelive.models import (
    ServerEventError,
    ServerEventSessionUpdated,
    UserMessageItem,
)

endpoint: str
key: str
hello: UserMessageItem
connection: VoiceLiveConnection
session: VoiceLiveSession
opening = connect(credential=key, endpoint=endpoint)


class Loudspeaker:
    async def play(self, audio: bytes) -> None: ...
    def flush(self) -> None: ...
""",
    "mock-service": """
from voicelive_mockserver import VirtualSession

pcm16_at_24_khz: bytes


def run_my_application(endpoint: str, key: str) -> None: ...
def start_my_application(endpoint: str) -> object: ...
""",
    "staying-connected": """
from collections.abc import Callable

from voicelive.aio import ReconnectingConnection, VoiceLiveConnection

endpoint: str
key: str
speech: bytes
connection: VoiceLiveConnection


class Microphone:
    def start(self, put: Callable[[bytes], object]) -> None: ...


microphone: Microphone
""",
}
"""Declarations by the name of the page; pages without any need none."""
