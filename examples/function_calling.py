"""A voice assistant that calls Python functions.

Connects to the service in `AZURE_VOICELIVE_ENDPOINT`, with `AZURE_VOICELIVE_API_KEY`
and `AZURE_VOICELIVE_MODEL`; by default to a mock service in this process.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
from datetime import UTC, datetime
from typing import Literal

from examples.service import service
from examples.talk import parse, talk, voice_session
from voicelive.aio import connect
from voicelive.conversation import Conversation, ConversationView
from voicelive.turns import ToolSet

tools = ToolSet()


@tools.tool
def get_current_time(timezone: Literal["UTC", "local"] = "local") -> dict[str, str]:
    """Return the current time.

    Args:
        timezone: Time zone.
    """
    now = datetime.now(UTC) if timezone == "UTC" else datetime.now().astimezone()
    print(f"(the time in {timezone})")
    return {"time": now.strftime("%H:%M"), "date": now.date().isoformat()}


@tools.tool
async def get_current_weather(
    location: str, unit: Literal["celsius", "fahrenheit"] = "celsius"
) -> str:
    """Return the weather at a place.

    Args:
        location: City and state, for example Seattle, WA.
        unit: Unit of the temperature.
    """
    print(f"(the weather in {location})")
    return "17 degrees, cloudy" if unit == "celsius" else "63 degrees, cloudy"


async def assist(options: argparse.Namespace) -> None:
    """Connect and talk; the functions run when the model calls them."""
    session = voice_session()
    session.instructions = "You can tell the time and the weather. Answer briefly."
    session.tools = [*tools.definitions]
    async with (
        service(transcript="What is the weather in Seattle?") as target,
        connect(
            endpoint=target.endpoint, credential=target.credential, model=target.model
        ) as connection,
    ):
        view = ConversationView(connection)
        try:
            await talk(view, session, options, tools=tools)
        finally:
            report(view.conversation)


def report(conversation: Conversation) -> None:
    """Print the transcript, the calls with their results, and the token usage."""
    print(conversation.to_text(), end="")
    for turn in conversation.turns:
        for call in turn.tool_calls:
            print(f"{call.name} took {call.round_trip_seconds or 0:.2f} s")
    print(f"{conversation.usage.tokens.total_tokens} tokens")


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(assist(parse(__doc__)))
