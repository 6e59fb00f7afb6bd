"""Session restore: settings and items of the old session on a new connection."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from voicelive._connection.connection import VoiceLiveConnection
from voicelive._connection.reading import as_object
from voicelive.resilience._report import Missing, NotRestored
from voicelive.resilience._session_snapshot import SessionSnapshot
from voicelive_protocol import (
    ClientEventConversationItemCreate,
    ClientEventType,
    ClientMessage,
    Peek,
    ReceivedEvent,
    ServerEventType,
    peek,
)

# Limit of unanswered requests; more would only fill buffers.
_MAX_PENDING = 32

_SETTINGS_ID = "voicelive_restore_session"
_ITEM_ID = "voicelive_restore_item_{}"


@dataclass(slots=True)
class Restored:
    """The result of restoring a session.

    Attributes:
        items: The items as they were sent, with their ids in the new session.
        renamed: New ids by old ids.
        settings: Whether the settings were accepted, or there were none.
        not_restored: State that the service refused.
        events: Other received events, `session.created` first.
    """

    items: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    renamed: dict[str, str] = field(default_factory=dict[str, str])
    settings: bool = True
    not_restored: list[NotRestored] = field(default_factory=list[NotRestored])
    events: list[ReceivedEvent] = field(default_factory=list[ReceivedEvent])


async def restore(
    connection: VoiceLiveConnection, snapshot: SessionSnapshot
) -> Restored:
    """Start a session and restore the state of the old one.

    The settings are first, because the service refuses other events before an accepted
    `session.update`; the items follow in order. If the service refuses a part, the rest
    is still restored.

    Raises:
        SessionRejected: The service rejected the session.
        ConnectionClosed: The new connection has ended too.
    """
    await connection.wait_until_ready()
    work = _Restoration(connection)
    # Sent as accepted before, also if it does not match the models of this version.
    if snapshot.settings is not None:
        await work.configure(snapshot.settings)
    for number, item in enumerate(snapshot.items):
        event_id = _ITEM_ID.format(number)
        await work.ask(ClientEventConversationItemCreate(item=item, event_id=event_id))
    return await work.done()


class _Restoration:
    def __init__(self, connection: VoiceLiveConnection) -> None:
        self._connection = connection
        self._state = connection.state
        self._found = Restored()
        self._configuring = False

    async def configure(self, settings: dict[str, Any]) -> None:
        """Send the settings and wait for the answer; if refused, send empty ones."""
        self._configuring = True
        await self._update(settings)
        if not self._found.settings:
            await self._update({})
        self._configuring = False

    async def _update(self, settings: dict[str, Any]) -> None:
        await self.ask(
            {
                "type": ClientEventType.SESSION_UPDATE,
                "session": settings,
                "event_id": _SETTINGS_ID,
            }
        )
        while len(self._state.pending):
            await self._read()

    async def ask(self, event: ClientMessage) -> None:
        await self._connection.send(event)
        while len(self._state.pending) > _MAX_PENDING:
            await self._read()

    async def done(self) -> Restored:
        # Wait at least for `session.created`, which is kept for `recv`.
        while len(self._state.pending) or not self._found.events:
            await self._read()
        return self._found

    async def _read(self) -> None:
        event = await self._connection.recv()
        seen = peek(event)
        request = self._state.answered_by(event)
        if request is None and self._configuring and seen.type == ServerEventType.ERROR:
            # Some errors do not name their request; only one is pending here.
            (request,) = self._state.pending.clear()
        if request is None:
            self._found.events.append(event)
        elif seen.type == ServerEventType.ERROR:
            why = seen.text("error", "message") or seen.text("error", "code")
            self._refused(request, why or "no reason given")
        elif seen.type == ServerEventType.CONVERSATION_ITEM_CREATED:
            self._created(as_object(request.get("item")), seen)

    def _created(self, sent: dict[str, Any], seen: Peek) -> None:
        new, old = seen.item_id, sent.get("id")
        if new and old and new != old:
            self._found.renamed[old] = new
        self._found.items.append({**sent, "id": new or old})

    def _refused(self, request: dict[str, Any], message: str) -> None:
        why = f"the service refused it: {message}"
        if request["type"] == ClientEventType.SESSION_UPDATE:
            self._found.settings = False
            lost = NotRestored(Missing.SETTINGS, "the session settings", why)
        else:
            item = as_object(request.get("item"))
            kind = item.get("role") or item.get("type")
            lost = NotRestored(
                Missing.ITEM, f"{kind} item {item.get('id')}", why, item.get("id")
            )
        self._found.not_restored.append(lost)
