"""Observer of one connection: its span, and a child span for each event."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import TYPE_CHECKING, Any

from voicelive._connection.reading import field
from voicelive.telemetry import _names as names
from voicelive.telemetry._attributes import (
    confirmed,
    error_details,
    finish_reasons,
    ids_of_received,
    ids_of_sent,
    outcome,
    recordable,
    requested,
    target_of,
)
from voicelive.telemetry._content import content_of, readable, to_text
from voicelive.telemetry._counters import Counters
from voicelive.telemetry._never_raise import never_raise
from voicelive.telemetry._span_scope import SpanScope
from voicelive.telemetry._tracing import Tracing, error_name
from voicelive_protocol import (
    ClientEventType,
    ClientMessage,
    ReceivedEvent,
    ServerEventType,
    peek,
)

if TYPE_CHECKING:
    from opentelemetry.trace import Span

# Target attributes that event spans and metrics repeat.
_SHARED_BY_ALL = (names.SERVER_ADDRESS, names.SERVER_PORT, names.REQUEST_MODEL)

_SESSION_EVENTS = frozenset(
    {ServerEventType.SESSION_CREATED, ServerEventType.SESSION_UPDATED}
)
# Too frequent for a span each; the final events have the whole text.
_WITHOUT_SPAN = frozenset(
    {
        ServerEventType.RESPONSE_TEXT_DELTA,
        ServerEventType.RESPONSE_AUDIO_TRANSCRIPT_DELTA,
    }
)
_TOKEN_TYPES = {
    names.USAGE_INPUT_TOKENS: "input",
    names.USAGE_OUTPUT_TOKENS: "output",
}


class SpanObserver:
    """Observer of one connection that records spans and metrics.

    Args:
        tracing: Starts the spans.
        url: URL of the connection, with the query.
    """

    def __init__(self, tracing: Tracing, url: str) -> None:
        self._ended = True  # nothing to end yet
        self._tracing = tracing
        self._loop = asyncio.get_running_loop()
        self._began = self._loop.time()
        self._counters = Counters()
        self._error: str | None = None
        target = target_of(url)
        self._shared: dict[str, Any] = {
            names.AZ_NAMESPACE: names.AZ_NAMESPACE_VALUE,
            names.PROVIDER_NAME: names.PROVIDER_VALUE,
            names.SYSTEM: names.SYSTEM_VALUE,
            **{name: target[name] for name in _SHARED_BY_ALL if name in target},
        }
        self._span = tracing.start(names.CONNECT, self._common(names.CONNECT) | target)
        self._recording = self._span.is_recording()
        if names.CONVERSATION_ID in target:
            self._shared[names.CONVERSATION_ID] = target[names.CONVERSATION_ID]
        self._ended = False

    def __del__(self) -> None:
        # The connection was never closed. Finalizers may run inside any code, the span
        # processors included, so end the span from the event loop.
        if self._ended:
            return
        try:
            self._loop.call_soon_threadsafe(self._abandoned)
        except RuntimeError:  # the loop is closed
            self._abandoned()

    # --- interface of an observer ----------------------------------------------

    def sending(self, event: ClientMessage, frame: bytes) -> SpanScope:
        """Return the scope of the span of a client event."""
        return SpanScope(partial(self._start_send, event, frame), self._end_span)

    @never_raise
    def received(self, event: ReceivedEvent, frame: bytes, began: int) -> None:
        """Record a server event that is returned to the application."""
        seen = peek(event)
        kind, content = seen.type, seen.fields
        latencies = self._counters.received(kind, content, self._loop.time())
        if kind == ServerEventType.RESPONSE_DONE:
            self._record_tokens(
                self._counters.response_done(field(content, "response"))
            )
        if self._recording:
            self._update_from_event(kind, content, latencies)
            if kind not in _WITHOUT_SPAN:
                self._record_received(kind, content, frame, began, latencies)

    def closing(self) -> SpanScope:
        """Return the scope of the span of closing."""
        return SpanScope(self._start_close, self._end_close)

    @never_raise
    def failed(self, error: BaseException) -> None:
        """Record the first failure of the connection or of the application."""
        # Cancellation does not count as a failure.
        if not self._ended and self._error is None and isinstance(error, Exception):
            self._error = error_name(error)
            self._tracing.fail(self._span, error)

    @never_raise
    def ended(self) -> None:
        """End the span and record the duration."""
        if self._ended:
            return
        self._ended = True
        try:
            self._span.set_attributes(self._counters.counts)
        finally:
            self._span.end()
        attributes = self._metric_attributes(names.CONNECT)
        if names.SERVER_PORT in self._shared:
            # A string, for parity with the official instrumentor.
            attributes[names.SERVER_PORT] = str(self._shared[names.SERVER_PORT])
        if self._error is not None:
            attributes[names.ERROR_TYPE] = self._error
        self._tracing.record_duration(self._loop.time() - self._began, attributes)

    # --- spans -----------------------------------------------------------------

    @never_raise
    def _start_send(self, event: ClientMessage, frame: bytes) -> Span | None:
        content = readable(event)
        kind = str(field(content, "type") or "")
        self._counters.sent(kind, content, self._loop.time())
        if not self._recording:
            return None
        if kind == ClientEventType.SESSION_UPDATE:
            self._update_from_request(field(content, "session"))
        attributes = self._common(names.SEND) | ids_of_sent(content)
        attributes[names.MESSAGE_SIZE] = len(frame)
        name = names.SEND
        if kind:
            attributes[names.EVENT_TYPE] = kind
            name = f"{names.SEND} {kind}"
        span = self._tracing.start(name, attributes, parent=self._span)
        self._add_message(span, names.INPUT_MESSAGES, kind, frame)
        return span

    def _record_received(
        self,
        kind: str,
        event: object,
        frame: bytes,
        began: int,
        latencies: dict[str, Any],
    ) -> None:
        attributes = self._common(names.RECV) | ids_of_received(kind, event) | latencies
        attributes[names.MESSAGE_SIZE] = len(frame)
        name = names.RECV
        if kind:
            attributes[names.EVENT_TYPE] = kind
            name = f"{names.RECV} {kind}"
        if kind == ServerEventType.RESPONSE_DONE:
            attributes |= outcome(field(event, "response"))
        span = self._tracing.start(name, attributes, parent=self._span, began=began)
        self._add_message(span, names.OUTPUT_MESSAGES, kind, frame)
        if kind == ServerEventType.ERROR:
            span.add_event(names.ERROR_EVENT, error_details(field(event, "error")))
        span.end()

    @never_raise
    def _start_close(self) -> Span | None:
        if self._ended or not self._recording:
            return None
        attributes = self._common(names.CLOSE)
        return self._tracing.start(names.CLOSE, attributes, parent=self._span)

    @never_raise
    def _end_span(self, span: Span | None, error: BaseException | None) -> None:
        if span is None:
            return
        if isinstance(error, Exception):
            self._tracing.fail(span, error)
        span.end()

    @never_raise
    def _end_close(self, span: Span | None, error: BaseException | None) -> None:
        self._end_span(span, error)
        self.ended()

    @never_raise
    def _abandoned(self) -> None:
        self.failed(ResourceWarning("dropped without being closed"))
        self.ended()

    def _common(self, operation: str) -> dict[str, Any]:
        return self._shared | {names.OPERATION_NAME: operation}

    def _add_message(self, span: Span, name: str, kind: str, frame: bytes) -> None:
        attributes = {names.SYSTEM: names.SYSTEM_VALUE}
        if kind:
            attributes[names.EVENT_TYPE] = kind
        if self._tracing.content and (content := content_of(frame)) is not None:
            attributes[names.EVENT_CONTENT] = content
        span.add_event(name, attributes)

    # --- attributes of the connect span ----------------------------------------

    def _update_from_request(self, session: object) -> None:
        content = self._tracing.content
        attributes = requested(session, content=content)
        self._span.set_attributes(recordable(attributes))
        if names.SYSTEM_INSTRUCTIONS in attributes:
            text = attributes[names.SYSTEM_INSTRUCTIONS]
            self._span.add_event(
                names.SYSTEM_INSTRUCTIONS_EVENT,
                {
                    names.PROVIDER_NAME: names.PROVIDER_VALUE,
                    names.EVENT_CONTENT: to_text([{"role": "system", "content": text}]),
                },
            )

    def _update_from_event(
        self, kind: str, event: object, latencies: dict[str, Any]
    ) -> None:
        found = latencies
        if kind in _SESSION_EVENTS:
            found = confirmed(field(event, "session"))
            if names.SESSION_ID in found:
                self._shared[names.SESSION_ID] = found[names.SESSION_ID]
        elif kind == ServerEventType.RESPONSE_DONE:
            response = field(event, "response")
            found = {
                names.RESPONSE_ID: field(response, "id"),
                names.RESPONSE_FINISH_REASONS: finish_reasons(response),
            }
        conversation = field(field(event, "response"), "conversation_id")
        if isinstance(conversation, str) and conversation:
            self._shared[names.CONVERSATION_ID] = conversation
            found = found | {names.CONVERSATION_ID: conversation}
        self._span.set_attributes(recordable(found))

    def _record_tokens(self, usage: dict[str, int]) -> None:
        attributes = self._metric_attributes(names.RECV)
        for name, tokens in usage.items():
            self._tracing.record_tokens(
                tokens, attributes | {names.TOKEN_TYPE: _TOKEN_TYPES[name]}
            )

    def _metric_attributes(self, operation: str) -> dict[str, Any]:
        kept = (names.PROVIDER_NAME, names.SERVER_ADDRESS, names.REQUEST_MODEL)
        attributes = {name: self._shared[name] for name in kept if name in self._shared}
        return attributes | {names.OPERATION_NAME: operation}
