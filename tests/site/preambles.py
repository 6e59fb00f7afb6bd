"""Names that code blocks of a page expect from the application, for type checkers."""

from __future__ import annotations

PREAMBLES = {
    "client": """
from voicelive.aio import VoiceLiveConnection
from voicelive.models import (
    ServerEventError,
    ServerEventSessionUpdated,
    UserMessageItem,
)

hello: UserMessageItem
connection: VoiceLiveConnection
""",
    "handlers": """
from voicelive import VoiceLiveSession


class Loudspeaker:
    async def play(self, audio: bytes) -> None: ...
    def flush(self) -> None: ...
""",
    "notebooks": """
from voicelive import VoiceLiveClient, VoiceLiveSession
from voicelive.aio import connect

endpoint: str
key: str
session: VoiceLiveSession
opening = connect(credential=key, endpoint=endpoint)
""",
    "proxies": """
from voicelive.aio import connect

endpoint: str
key: str
""",
    "microphone": """
from collections.abc import Callable

from voicelive.aio import VoiceLiveConnection

speech: bytes
connection: VoiceLiveConnection


class Microphone:
    def start(self, put: Callable[[bytes], object]) -> None: ...


microphone: Microphone
""",
    "pytest": """
from voicelive_mockserver import MockServer, VirtualSession

pcm16_at_24_khz: bytes


def run_my_application(endpoint: str, key: str) -> None: ...
def start_my_application(endpoint: str) -> object: ...
""",
    "staying-connected": """
from voicelive.aio import ReconnectingConnection

endpoint: str
key: str
""",
}
"""Declarations by the name of the page; pages without any need none."""
