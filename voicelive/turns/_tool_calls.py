"""Function calls that the model has made, until all of a response are answered."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from voicelive.turns._reading import arguments_text, text
from voicelive.turns._reading import field as read
from voicelive_protocol import (
    ItemType,
    Peek,
    Response,
    ResponseItemStatus,
    ResponseStatus,
)

# Rounds that an application never answers are forgotten, the oldest first.
_MAX_BATCHES = 64

# Arguments that an event may have before the item tells them in full.
_NO_ARGUMENTS = frozenset({"", "{}", "null"})


@dataclass(frozen=True, slots=True)
class ToolCall:
    """A function call of the model.

    Attributes:
        call_id: Identifier of the call, for its output.
        name: Name of the function.
        arguments: The arguments as JSON text, as the model wrote it.
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
        unanswered: Identifiers of those that were not answered.
        running: Identifiers of those that the keeper answers itself.
        unacknowledged: Identifiers of answers that the service has not acknowledged.
        ended: Whether the response has ended.
        resume: Whether a response shall follow, as the keeper gave an answer.
        cancelled: Whether no response shall follow, as somebody said stop.
    """

    response_id: str
    calls: dict[str, ToolCall] = field(default_factory=dict[str, ToolCall])
    unanswered: set[str] = field(default_factory=set[str])
    running: set[str] = field(default_factory=set[str])
    unacknowledged: set[str] = field(default_factory=set[str])
    ended: bool = False
    resume: bool = False
    cancelled: bool = False

    def answer(self, call_id: str) -> None:
        """An answer to a call is being sent."""
        self.unanswered.discard(call_id)
        self.running.discard(call_id)
        self.unacknowledged.add(call_id)


class ToolCalls:
    """All batches that are not answered yet."""

    def __init__(self) -> None:
        self._batches: dict[str, ToolCallBatch] = {}
        # Events may come twice; a function is called once.
        self._seen: deque[str] = deque(maxlen=4 * _MAX_BATCHES)

    def __iter__(self) -> Iterator[ToolCallBatch]:
        return iter(tuple(self._batches.values()))

    def add(self, call: ToolCall) -> None:
        """Note a call, or complete what is known of it."""
        if not call.call_id:
            # Without an identifier it cannot be answered.
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
        """Note the event that tells the arguments of a call."""
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
        """Note a complete item of a response, which may be a call."""
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
            # Cut off in the middle of its arguments.
            batch.calls.pop(call_id, None)
            batch.unanswered.discard(call_id)

    def end(self, response_id: str, response: Response) -> ToolCallBatch | None:
        """End a response; returns its calls, if it made any that count."""
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
        """The service has the output of a call."""
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
        """The batch in which a call waits for its answer."""
        return next(
            (r for r in self._batches.values() if call_id in r.unanswered), None
        )

    def remove(self, batch: ToolCallBatch) -> None:
        """A batch is over."""
        self._batches.pop(batch.response_id, None)

    def restart(self) -> None:
        """Another session has begun: responses that ran will not end any more."""
        self._batches = {k: r for k, r in self._batches.items() if r.ended}

    def clear(self) -> None:
        """Forget all batches."""
        self._batches.clear()


def _completed(known: ToolCall, call: ToolCall) -> ToolCall:
    """Return a call with what only its later description says."""
    has_arguments = known.arguments.strip() not in _NO_ARGUMENTS
    return replace(
        known,
        name=known.name or call.name,
        arguments=known.arguments if has_arguments else call.arguments,
        item_id=known.item_id or call.item_id,
    )
