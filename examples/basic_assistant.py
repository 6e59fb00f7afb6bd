"""A voice assistant that can be interrupted.

Connects to the service in `AZURE_VOICELIVE_ENDPOINT`, with `AZURE_VOICELIVE_API_KEY`
and `AZURE_VOICELIVE_MODEL`; by default to a mock service in this process.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib

from examples.service import service
from examples.talk import parse, talk, voice_session
from voicelive.aio import connect
from voicelive.models import AzureStandardVoice


async def assist(options: argparse.Namespace) -> None:
    """Connect and talk."""
    session = voice_session()
    session.instructions = "You are a helpful assistant. Answer briefly."
    session.voice = AzureStandardVoice(name="en-US-AvaNeural")
    async with (
        service(transcript="Hello, what can you do for me?") as target,
        connect(
            endpoint=target.endpoint, credential=target.credential, model=target.model
        ) as connection,
    ):
        await talk(connection, session, options)


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(assist(parse(__doc__)))
