"""A voice conversation with a Foundry agent.

`AGENT_NAME` and `AGENT_PROJECT_NAME` select the agent; `AGENT_VERSION` and
`AGENT_CONVERSATION_ID` are optional. Agents need a token: set `AZURE_VOICELIVE_TOKEN`,
or pass a credential of azure-identity. Without `AZURE_VOICELIVE_ENDPOINT` it connects
to a mock service in this process.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
from dataclasses import dataclass

from examples.service import service
from examples.talk import parse, talk, voice_session
from voicelive.aio import connect
from voicelive.models import AzureStandardVoice


@dataclass(frozen=True)
class Token:
    """A fixed token; credentials of azure-identity fetch and renew theirs."""

    token: str

    async def get_token(self, *scopes: str) -> Token:
        """Return the token for any scope."""
        return self


async def assist(options: argparse.Namespace) -> None:
    """Connect and talk; the agent has its own model, instructions and tools."""
    session = voice_session(transcription="azure-speech")
    session.voice = AzureStandardVoice(name="en-US-Ava:DragonHDLatestNeural")
    async with (
        service(transcript="Hello, what can you do for me?") as target,
        connect(
            endpoint=target.endpoint,
            credential=Token(os.environ.get("AZURE_VOICELIVE_TOKEN", "any")),
            agent_name=os.environ.get("AGENT_NAME", "assistant"),
            project_name=os.environ.get("AGENT_PROJECT_NAME", "project"),
            agent_version=os.environ.get("AGENT_VERSION"),
            conversation_id=os.environ.get("AGENT_CONVERSATION_ID"),
        ) as connection,
    ):
        await talk(connection, session, options)


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(assist(parse(__doc__)))
