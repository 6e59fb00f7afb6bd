"""A voice assistant with tools of MCP servers, some of which need approval.

Connects to the service in `AZURE_VOICELIVE_ENDPOINT`, with `AZURE_VOICELIVE_API_KEY`
and `AZURE_VOICELIVE_MODEL`; by default to a mock service in this process.
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


async def ask_approval(
    keeper: TurnKeeper, request: ResponseMCPApprovalRequestItem
) -> None:
    """Ask the user to approve a call, and send the answer."""
    question = f"Call {request.name} of {request.server_label}? (y/n) "
    approve = (await asyncio.to_thread(input, question)).strip().lower() == "y"
    item = MCPApprovalResponseRequestItem(
        approval_request_id=request.id or "", approve=approve
    )
    await keeper.conversation.item.create(item=item)
    if not approve:
        # After an approval the service continues by itself.
        await keeper.response.create()


def on_event(
    keeper: TurnKeeper, event: ReceivedEvent
) -> Coroutine[Any, Any, None] | None:
    """Ask for approval, and request a response to the result of a call."""
    match event:
        case ServerEventMcpListToolsFailed():
            print("(listing the tools of a server failed)")
        case ServerEventResponseOutputItemDone(
            item=ResponseMCPApprovalRequestItem() as request
        ):
            return ask_approval(keeper, request)
        case ServerEventResponseOutputItemDone(item=ResponseMCPCallItem() as call):
            print(f"({call.name} of {call.server_label} was called)")
        case ServerEventResponseMcpCallCompleted() | ServerEventResponseMcpCallFailed():
            # Queued while another response is active.
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
