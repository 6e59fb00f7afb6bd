"""What all output items of a response have in common."""

from abc import ABC, abstractmethod
from collections.abc import Generator
from dataclasses import dataclass
from typing import Any, ClassVar

from voicelive_mockserver.engine.context import SessionContext
from voicelive_mockserver.engine.conversation import Item
from voicelive_mockserver.engine.response_settings import ResponseSettings
from voicelive_mockserver.engine.usage import count_item, text_pieces
from voicelive_mockserver.latency import LatencyModel

Steps = Generator[float, None, None]
"""Does a piece of work each time it is resumed; yields the seconds until the next."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where in a session an output item belongs.

    Attributes:
        context: The session.
        response_id: The response it is part of.
        settings: What applies to the response.
        latency: How long the steps of the response take.
        index: Its `output_index`.
        tokens_left: How many tokens it may have; `None` for any number.
    """

    context: SessionContext
    response_id: str
    settings: ResponseSettings
    latency: LatencyModel
    index: int
    tokens_left: int | None


class Stream(ABC):
    """One output item while it is produced. Making one announces the item.

    Args:
        place: Where it belongs.
        data: The item as the service shows it to begin with.
        spoken: Whether it is spoken output.
    """

    overhead: ClassVar[int]
    """Tokens that are counted beside those of the text itself."""
    longest: ClassVar[int] = 20_000
    """How many characters a model produces at most, whatever the client allows: about
    4096 tokens. Without it, a long text of one client would keep all others waiting."""

    def __init__(
        self, place: Place, data: dict[str, Any], *, spoken: bool = False
    ) -> None:
        self.item = Item(data, audio_ms=0.0 if spoken else None)
        """The item."""
        self.text_tokens = 0
        """Text tokens produced so far."""
        self.audio_tokens = 0
        """Audio tokens produced so far."""
        self.was_cut = False
        """Whether the limit of tokens left something out."""
        self._place = place
        self._outbox = place.context.outbox
        self._pipeline = place.context.model.pipeline
        self._latency = place.latency
        self._item_event("response.output_item.added")
        if place.settings.is_kept:
            previous = place.context.conversation.add(self.item)
            if previous is None:
                previous = self._pipeline.no_previous_item
            self._outbox.event(
                "conversation.item.created",
                {"previous_item_id": previous, "item": data},
            )

    @abstractmethod
    def steps(self) -> Steps:
        """Produce the content of the item."""

    @abstractmethod
    def close(self, status: str) -> None:
        """Send what ends the item, complete or not.

        Args:
            status: The final status of the item.
        """

    def _item_event(self, event_type: str) -> None:
        self._outbox.event(
            event_type,
            {
                "response_id": self._place.response_id,
                "output_index": self._place.index,
                "item": self.item.data,
            },
        )

    def _finish_item(self, status: str, said: str) -> None:
        """Complete the item after its content was set."""
        if "status" in self.item.data:
            self.item.data["status"] = status
        self._item_event("response.output_item.done")
        self.item.said = said
        conversation = self._place.context.conversation
        if conversation.get(self.item.id) is self.item:
            self.item.text_tokens = count_item(said)
            self.item.audio_tokens = self.audio_tokens
            conversation.count(self.item.text_tokens, self.item.audio_tokens)

    def _count_overhead(self) -> None:
        left = self._place.tokens_left
        self.text_tokens = self.overhead if left is None else min(self.overhead, left)

    def _shortened(self, text: str) -> str:
        """Return as much of a text as a model produces at most."""
        if len(text) <= self.longest:
            return text
        self.was_cut = True
        return text[: self.longest]

    def _pieces_within_limit(self, text: str) -> list[str]:
        """Return the pieces of a text that the limit of tokens allows."""
        self._count_overhead()
        pieces = text_pieces(self._shortened(text))
        left = self._place.tokens_left
        if left is not None and len(pieces) + self.overhead > left:
            self.was_cut = True
            del pieces[max(0, left - self.overhead) :]
        return pieces
