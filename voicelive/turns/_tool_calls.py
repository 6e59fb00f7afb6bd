"""Unanswered function calls of the model, grouped by response."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from voicelive._connection.reading import arguments_text, text
from voicelive._connection.reading import field as read
from voicelive.turns._tool_options import ResultDelivery
from voicelive_protocol import (
    ItemType,
    Peek,
    Response,
    ResponseItemStatus,
    ResponseStatus,
)

# Unanswered batches beyond this are dropped, oldest first.
_MAX_BATCHES = 64

# Placeholders in events that precede the complete arguments.
_NO_ARGUMENTS = frozenset({"", "{}", "null"})


@dataclass(frozen=True, slots=True)
class ToolCall:
    """A function call of the model.

    Attributes:
        call_id: Identifier of the call, for its output.
        name: Name of the function.
        arguments: The arguments as JSON text, unchanged.
        item_id: The item of the call in the conversation.
        response_id: The response that made the call.
    """

    call_id: str
    name: str
    arguments: str
    item_id: str
    response_id: str


@dataclass(eq=False, slots=True)
class ToolCallBatch:
    """The calls of one response, which are answered together.

    Attributes:
        response_id: The response.
        calls: The calls by identifier, in order.
        unanswered: Identifiers of the calls without an output.
        running: Identifiers of the calls that the tool runner is answering.
        unacknowledged: Identifiers of the calls whose outputs were sent but not
            acknowledged by the service.
        ended: Whether the response has ended.
        deliveries: How the outputs so far are delivered; empty if no response follows.
        cancelled: Whether `response.cancel` has revoked the response after them.
    """

    response_id: str
    calls: dict[str, ToolCall] = field(default_factory=dict[str, ToolCall])
    unanswered: set[str] = field(default_factory=set[str])
    running: set[str] = field(default_factory=set[str])
    unacknowledged: set[str] = field(default_factory=set[str])
    ended: bool = False
    deliveries: set[ResultDelivery] = field(default_factory=set[ResultDelivery])
    cancelled: bool = False

    def answer(self, call_id: str) -> None:
        """Mark a call as answered; its output is about to be sent."""
        self.unanswered.discard(call_id)
        self.running.discard(call_id)
        self.unacknowledged.add(call_id)


class ToolCalls:
    """The batches that are not completely answered."""

    def __init__(self) -> None:
        self._batches: dict[str, ToolCallBatch] = {}
        # Events may be repeated; each call is run once.
        self._seen: deque[str] = deque(maxlen=4 * _MAX_BATCHES)

    def __iter__(self) -> Iterator[ToolCallBatch]:
        return iter(tuple(self._batches.values()))

    def add(self, call: ToolCall) -> None:
        """Add a call, or complete a call that is already known."""
        if not call.call_id:
            # A call without an identifier cannot be answered.
            return
        batch = self._batches.get(call.response_id)
        known = batch.calls.get(call.call_id) if batch is not None else None
        if batch is not None and known is not None:
            batch.calls[call.call_id] = _completed(known, call)
            return
        if call.call_id in self._seen:
            return
        self._seen.append(call.call_id)
        batch = self._batches.setdefault(
            call.response_id, ToolCallBatch(call.response_id)
        )
        batch.calls[call.call_id] = call
        batch.unanswered.add(call.call_id)
        if len(self._batches) > _MAX_BATCHES:
            del self._batches[next(iter(self._batches))]

    def add_arguments(self, response_id: str, seen: Peek) -> None:
        """Add the call of a `response.function_call_arguments.done` event."""
        self.add(
            ToolCall(
                call_id=seen.call_id or "",
                name=seen.text("name") or "",
                arguments=arguments_text(seen.get("arguments")),
                item_id=seen.item_id or "",
                response_id=response_id,
            )
        )

    def add_item(self, response_id: str, item: object) -> None:
        """Add a completed item of a response if it is a function call."""
        if read(item, "type") != ItemType.FUNCTION_CALL:
            return
        call_id = text(item, "call_id")
        if read(item, "status") != ResponseItemStatus.INCOMPLETE:
            call = ToolCall(
                call_id=call_id,
                name=text(item, "name"),
                arguments=arguments_text(read(item, "arguments")),
                item_id=text(item, "id"),
                response_id=response_id,
            )
            self.add(call)
        elif batch := self._batches.get(response_id):
            # Its arguments are incomplete.
            batch.calls.pop(call_id, None)
            batch.unanswered.discard(call_id)

    def end(self, response_id: str, response: Response) -> ToolCallBatch | None:
        """End a response; return its batch if it has calls to answer."""
        lost = response.status in (ResponseStatus.CANCELLED, ResponseStatus.FAILED)
        if not lost:
            for item in response.output or ():
                self.add_item(response_id, item)
        batch = self._batches.get(response_id)
        if batch is None or lost or not batch.calls:
            self._batches.pop(response_id, None)
            return None
        batch.ended = True
        return batch

    def acknowledged(self, call_id: str) -> None:
        """Record that the service has acknowledged the output of a call."""
        for batch in self._batches.values():
            batch.unacknowledged.discard(call_id)

    def pending(self) -> Iterator[ToolCall]:
        """Return the calls that the application has to answer."""
        for batch in self:
            for call_id, call in batch.calls.items():
                if call_id in batch.unanswered and call_id not in batch.running:
                    yield call

    def running(self) -> Iterator[ToolCall]:
        """Return the calls that the keeper is answering."""
        for batch in self:
            for call_id, call in batch.calls.items():
                if call_id in batch.running:
                    yield call

    def find_unanswered(self, call_id: str) -> ToolCallBatch | None:
        """Return the batch that has an unanswered call."""
        return next(
            (r for r in self._batches.values() if call_id in r.unanswered), None
        )

    def remove(self, batch: ToolCallBatch) -> None:
        """Remove a batch that is finished."""
        self._batches.pop(batch.response_id, None)

    def restart(self) -> None:
        """Drop batches of unfinished responses, which a new session does not end."""
        self._batches = {k: r for k, r in self._batches.items() if r.ended}

    def clear(self) -> None:
        """Drop all batches."""
        self._batches.clear()


def _completed(known: ToolCall, call: ToolCall) -> ToolCall:
    """Return a known call, completed with the fields of a later event."""
    has_arguments = known.arguments.strip() not in _NO_ARGUMENTS
    return replace(
        known,
        name=known.name or call.name,
        arguments=known.arguments if has_arguments else call.arguments,
        item_id=known.item_id or call.item_id,
    )
