"""Shared state of the parts of one session."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from random import Random
from typing import Any

from voicelive_mockserver.engine.agents import Agent
from voicelive_mockserver.engine.avatar import Avatar
from voicelive_mockserver.engine.conversation import ConversationItems
from voicelive_mockserver.engine.ids import IdSource
from voicelive_mockserver.engine.interfaces import SpeechSource
from voicelive_mockserver.engine.mcp import McpServers
from voicelive_mockserver.engine.models import ServiceModel
from voicelive_mockserver.engine.outbox import EventOutbox
from voicelive_mockserver.engine.playback import Playback
from voicelive_mockserver.engine.rtc_call import RtcCall
from voicelive_mockserver.engine.scheduler import Scheduler
from voicelive_protocol import is_available

BURST_BYTES = 256 * 1024
"""The size of queued frames above which production is held, in bytes."""


@dataclass(slots=True)
class SessionContext:
    """The state and the sources shared by all parts of a session.

    Attributes:
        model: The model that serves the session.
        api_version: The API version of the connection.
        started_at: The start of the session, in Unix seconds.
        ids: The source of identifiers.
        random: The source of randomness for replies.
        scheduler: The scheduled actions and the virtual clock.
        outbox: The outgoing events.
        session: The effective session, in the form of the service.
        conversation: The items so far.
        speech: The speech synthesizer.
        playback: The simulated playback of the client.
        avatar: The avatar, if there is one.
        rtc_call: The WebRTC call, if there is one.
        mcp: The MCP servers.
        agent: The agent that replies; `None` if the model does.
    """

    model: ServiceModel
    api_version: str
    started_at: float
    ids: IdSource
    random: Random
    scheduler: Scheduler
    outbox: EventOutbox
    session: dict[str, Any]
    conversation: ConversationItems
    speech: SpeechSource
    playback: Playback
    avatar: Avatar
    rtc_call: RtcCall
    mcp: McpServers
    agent: Agent | None

    def has(self, name: str) -> bool:
        """Return whether the API version of the session has a type or a field.

        Args:
            name: A type or a field, as `voicelive_protocol.is_available` knows them.
        """
        return _is_available(name, self.api_version)

    def try_advance_by(self, seconds: float) -> bool:
        """Advance the clock from within an action, if no other action is due by then.

        Args:
            seconds: The time to pass.

        Returns:
            Whether the clock was advanced. It is not if another action is due by then,
            the run ends before, or too many bytes are queued.
        """
        if self.outbox.size > BURST_BYTES:
            return False
        scheduler = self.scheduler
        return scheduler.try_advance(scheduler.now + seconds)

    def new_id(self, prefix: str) -> str:
        """Return an identifier for an object that the model or its pipeline creates.

        Args:
            prefix: `resp`, `sess` or `conv`; for items, use `new_item_id`.
        """
        if self.model.pipeline.upstream_ids:
            return self.ids.upstream(prefix, self.started_at + self.scheduler.now)
        return self.ids.own(prefix)

    def new_item_id(self) -> str:
        """Return an identifier for an item that the model or its pipeline creates."""
        return self._unused(lambda: self.new_id("item"))

    def own_item_id(self) -> str:
        """Return an identifier for an item that a client sends without one."""
        return self._unused(lambda: self.ids.own("item"))

    def _unused(self, new_id: Callable[[], str]) -> str:
        """Return an identifier that no item has.

        A client may send identifiers of another session with the same seed.
        """
        item_id = new_id()
        while self.conversation.is_taken(item_id):
            item_id = new_id()
        return item_id


_is_available = cache(is_available)


def make_id(ids: IdSource, model: ServiceModel, prefix: str, epoch: float) -> str:
    """Return an identifier in the format of a model's pipeline.

    Args:
        ids: The source of identifiers.
        model: The model of the session.
        prefix: `item`, `resp`, `sess` or `conv`.
        epoch: The creation time, in Unix seconds.
    """
    if model.pipeline.upstream_ids:
        return ids.upstream(prefix, epoch)
    return ids.own(prefix)
