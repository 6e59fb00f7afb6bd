"""A voice assistant with tools of MCP servers, some of which need consent.

Speaks to the service that `AZURE_VOICELIVE_ENDPOINT`, `AZURE_VOICELIVE_API_KEY` and
`AZURE_VOICELIVE_MODEL` name, or else to a mock in this process.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
from collections.abc import Coroutine
from typing import Any

from examples.service import service
from examples.talk import parse, talk, voice_session
from voicelive.aio import connect
from voicelive.models import (
    MCPApprovalResponseRequestItem,
    MCPServer,
    ReceivedEvent,
    ResponseMCPApprovalRequestItem,
    ResponseMCPCallItem,
    ServerEventMcpListToolsFailed,
    ServerEventResponseMcpCallCompleted,
    ServerEventResponseMcpCallFailed,
    ServerEventResponseOutputItemDone,
)
from voicelive.turns import TurnKeeper

SERVERS = [
    MCPServer(
        server_label="deepwiki",
        server_url="https://mcp.deepwiki.com/mcp",
        allowed_tools=["read_wiki_structure", "ask_question"],
        require_approval="never",
    ),
    MCPServer(
        server_label="azure_doc",
        server_url="https://learn.microsoft.com/api/mcp",
        require_approval="always",
    ),
]


async def ask_consent(
    keeper: TurnKeeper, request: ResponseMCPApprovalRequestItem
) -> None:
    """Ask the user about a call, and tell the service."""
    question = f"Call {request.name} of {request.server_label}? (y/n) "
    approve = (await asyncio.to_thread(input, question)).strip().lower() == "y"
    item = MCPApprovalResponseRequestItem(
        approval_request_id=request.id or "", approve=approve
    )
    await keeper.conversation.item.create(item=item)
    if not approve:
        # With an approval the service goes on by itself.
        await keeper.response.create()


def on_event(
    keeper: TurnKeeper, event: ReceivedEvent
) -> Coroutine[Any, Any, None] | None:
    """Ask for consent, and let the assistant speak about what a call has found."""
    match event:
        case ServerEventMcpListToolsFailed():
            print("(a server does not tell its tools)")
        case ServerEventResponseOutputItemDone(
            item=ResponseMCPApprovalRequestItem() as request
        ):
            return ask_consent(keeper, request)
        case ServerEventResponseOutputItemDone(item=ResponseMCPCallItem() as call):
            print(f"({call.name} of {call.server_label} was called)")
        case ServerEventResponseMcpCallCompleted() | ServerEventResponseMcpCallFailed():
            # Waits for its turn when another response is active.
            return keeper.response.create()
        case _:
            pass
    return None


async def assist(options: argparse.Namespace) -> None:
    """Connect and talk; the service calls the tools."""
    session = voice_session()
    session.instructions = "You look things up in wikis and documentation."
    session.tools = [*SERVERS]
    async with (
        service(transcript="Search the documents for Voice Live.") as target,
        connect(
            endpoint=target.endpoint, credential=target.credential, model=target.model
        ) as connection,
    ):
        await talk(connection, session, options, listener=on_event)


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(assist(parse(__doc__)))
