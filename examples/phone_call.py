"""A phone line that takes reservations: a long lookup, silent callers, hanging up.

Speaks to the service that `AZURE_VOICELIVE_ENDPOINT`, `AZURE_VOICELIVE_API_KEY` and
`AZURE_VOICELIVE_MODEL` name, or else to a mock in this process.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib

from examples.service import service
from examples.talk import parse, talk, voice_session
from voicelive.aio import connect
from voicelive.turns import SilenceWatch, ToolSet, end_call_tool

tools = ToolSet(end_call_tool(goodbye="Thank you for calling. Goodbye!"))


@tools.tool(
    timeout=60,
    progress="One moment, I'm looking at the tables.",
    progress_after=1,
    progress_every=10,
)
async def find_table(guests: int = 2) -> str:
    """Find a free table.

    Args:
        guests: Number of people.
    """
    await asyncio.sleep(3)
    print(f"(a table for {guests})")
    return f"table 7, for {guests} people"


silence = SilenceWatch(
    "Are you still there?",
    {"instructions": "Ask in one sentence if you can help with anything else."},
    after=8,
    goodbye="I can't hear you, so I'll hang up. Goodbye!",
)


async def answer(options: argparse.Namespace) -> None:
    """Connect and talk until the caller, the model or the silence ends the call."""
    session = voice_session()
    session.instructions = (
        "You take reservations for a restaurant. Answer briefly. When the caller says "
        "goodbye, say goodbye too, and end the call."
    )
    session.tools = [*tools.definitions]
    async with (
        service(transcript="Do you have a free table?") as target,
        connect(
            endpoint=target.endpoint, credential=target.credential, model=target.model
        ) as connection,
    ):
        await talk(connection, session, options, tools=tools, silence=silence)


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(answer(parse(__doc__)))
