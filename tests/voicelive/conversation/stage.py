"""A connection with an account, and the service that the test plays."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from tests.support.client import dial
from tests.support.memory_service import MemoryPeer, serve_in_memory
from tests.voicelive.conversation.events import Event, session_created
from voicelive.aio import ConnectionClosed
from voicelive.conversation import Conversation, ConversationTurn, ConversationView

# Of virtual time.
_LIMIT_SECONDS = 100_000


class Stage:
    """A view of a connection, in virtual time.

    Attributes:
        view: The view.
        peer: The service.
    """

    def __init__(self, view: ConversationView, peer: MemoryPeer) -> None:
        self.view = view
        self.peer = peer

    @property
    def account(self) -> Conversation:
        """The account."""
        return self.view.conversation

    @property
    def turns(self) -> list[tuple[str, str, str]]:
        """Speaker, status and transcript of each turn."""
        return shown(self.account)

    @property
    def last(self) -> ConversationTurn:
        """The last turn."""
        return self.account.turns[-1]

    async def comes(self, *events: Event, after: float = 0.0) -> None:
        """Let time pass, send events of the service and have them received."""
        await asyncio.sleep(after)
        for event in events:
            await self.peer.send(event)
            await self.view.recv()

    async def spaced(self, *events: Event) -> None:
        """Send events of the service, 0.1 s before each."""
        for event in events:
            await self.comes(event, after=0.1)

    async def sends(self, event: Event) -> None:
        """Send an event of the application and have it received by the service."""
        await self.view.send(event)
        await self.peer.receive()

    async def ends(self) -> None:
        """Lose the connection."""
        await self.peer.hang_up()
        try:
            await self.view.recv()
        except ConnectionClosed:
            return
        raise AssertionError("the connection is still open")


def shown(account: Conversation) -> list[tuple[str, str, str]]:
    """Return speaker, status and transcript of each turn."""
    return [(t.role.value, t.status.value, t.transcript) for t in account.turns]


@asynccontextmanager
async def stage() -> AsyncIterator[Stage]:
    """Open a connection with a view; the service has sent `session.created`."""
    loop = asyncio.get_running_loop()
    opened: asyncio.Future[MemoryPeer] = loop.create_future()
    over = asyncio.Event()

    async def script(peer: MemoryPeer) -> None:
        await peer.accept()
        await peer.send(session_created())
        opened.set_result(peer)
        await over.wait()

    async with (
        asyncio.timeout(_LIMIT_SECONDS),
        serve_in_memory(script) as server,
        dial(server) as connection,
    ):
        view = ConversationView(connection)
        on_stage = Stage(view, await opened)
        await view.recv()
        try:
            yield on_stage
        finally:
            over.set()
