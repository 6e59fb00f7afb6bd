"""Base class of the output items of a response."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Generator
from typing import Any, ClassVar

from msgspec import Struct

from voicelive_mockserver.engine.context import SessionContext
from voicelive_mockserver.engine.conversation import Item
from voicelive_mockserver.engine.json_templates import NUMBER, VALUE, encode, json_form
from voicelive_mockserver.engine.latency import LatencyModel
from voicelive_mockserver.engine.outbox import Stem, keyed_form
from voicelive_mockserver.engine.outputs.pieces import NO_PIECES, Pieces, pieces_of
from voicelive_mockserver.engine.response_settings import ResponseSettings
from voicelive_mockserver.engine.usage import count_item
from voicelive_protocol import (
    ServerEventResponseOutputItemAdded,
    ServerEventResponseOutputItemDone,
)

Steps = Generator[float, None, None]
"""The steps of a task; each yields the seconds until the next one."""


_ADDED = keyed_form(ServerEventResponseOutputItemAdded.type, "item")
_DONE = keyed_form(ServerEventResponseOutputItemDone.type, "item")
_PLACE_KEYS = json_form({"response_id": VALUE, "output_index": NUMBER})[1:-1]


class Place(Struct, frozen=True):
    """The position of an output item in a session.

    Attributes:
        context: The session.
        response_id: The response of the item.
        settings: The settings of the response.
        latency: The latencies of the response.
        index: The `output_index` of the item.
        tokens_left: The maximum number of tokens; `None` for no limit.
    """

    context: SessionContext
    response_id: str
    settings: ResponseSettings
    latency: LatencyModel
    index: int
    tokens_left: int | None


class Stream(ABC):
    """One output item in production. The constructor announces the item.

    Args:
        place: The position of the item.
        data: The initial item, in the form of the service.
        spoken: Whether it is spoken output.
    """

    __slots__ = (
        "_latency",
        "_outbox",
        "_overhead",
        "_pieces",
        "_pipeline",
        "_place",
        "_place_keys",
        "_sent",
        "audio_tokens",
        "item",
        "was_truncated",
    )

    overhead: ClassVar[int]
    """Tokens that are counted in addition to those of the text."""
    max_characters: ClassVar[int] = 20_000
    """The maximum number of characters, whatever the client allows: about 4096 tokens.
    Without it, a long text of one client would block all others."""

    def __init__(
        self, place: Place, data: dict[str, Any], *, spoken: bool = False
    ) -> None:
        self.item = Item(data, audio_ms=0.0 if spoken else None)
        """The item."""
        self.audio_tokens = 0
        """Audio tokens produced so far."""
        self.was_truncated = False
        """Whether the token limit cut the content."""
        context = place.context
        self._place = place
        self._outbox = context.outbox
        self._pipeline = context.model.pipeline
        self._latency = place.latency
        self._overhead = 0
        self._pieces = NO_PIECES
        self._sent = 0
        self._place_keys = _PLACE_KEYS % (encode(place.response_id), place.index)
        shown = encode(data)
        self._outbox.keyed(_ADDED, self._place_keys, shown)
        if place.settings.is_kept:
            previous = context.conversation.add(self.item)
            if previous is None:
                previous = self._pipeline.no_previous_item
            self._outbox.item_created(previous, shown)

    @property
    def text_tokens(self) -> int:
        """Text tokens produced so far."""
        return self._overhead + self._sent

    @abstractmethod
    def steps(self) -> Steps:
        """Produce the content of the item."""

    @abstractmethod
    def close(self, status: str) -> None:
        """Send the events that end the item, complete or not.

        Args:
            status: The final status of the item.
        """

    def _finish_item(self, status: str, said: str) -> None:
        """Complete the item after its content was set."""
        item = self.item
        if "status" in item.data:
            item.data["status"] = status
        self._outbox.keyed(_DONE, self._place_keys, encode(item.data))
        item.said = said
        conversation = self._place.context.conversation
        if conversation.get(item.data["id"]) is item:
            item.text_tokens = count_item(said)
            item.audio_tokens = self.audio_tokens
            conversation.count(item.text_tokens, item.audio_tokens)

    def _count_overhead(self) -> None:
        left = self._place.tokens_left
        self._overhead = self.overhead if left is None else min(self.overhead, left)

    def _truncated(self, text: str) -> str:
        """Return the text, cut to the maximum length."""
        if len(text) <= self.max_characters:
            return text
        self.was_truncated = True
        return text[: self.max_characters]

    def _pieces_within_limit(self, text: str) -> Pieces:
        """Return the pieces of a text that the token limit allows."""
        self._count_overhead()
        pieces = pieces_of(self._truncated(text))
        left = self._place.tokens_left
        if left is not None and len(pieces.texts) + self.overhead > left:
            self.was_truncated = True
            return pieces.first(max(0, left - self.overhead))
        return pieces

    def _send_next(self, stem: Stem) -> None:
        """Send the next piece of the text."""
        self._outbox.delta(stem, self._pieces.values[self._sent])
        self._sent += 1

    def _said(self) -> str:
        """Return the sent part of the text."""
        return "".join(self._pieces.texts[: self._sent])
