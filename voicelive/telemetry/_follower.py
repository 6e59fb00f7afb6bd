"""Follows one connection: its span, and those of its events."""

from __future__ import annotations

import asyncio
import time
from functools import partial
from typing import TYPE_CHECKING, Any

from voicelive.telemetry import _names as names
from voicelive.telemetry._content import content_of, to_text
from voicelive.telemetry._fields import field, readable, recordable
from voicelive.telemetry._guard import harmless
from voicelive.telemetry._identify import ids_of_received, ids_of_sent
from voicelive.telemetry._outcome import error_details, finish_reasons, outcome
from voicelive.telemetry._session import confirmed, requested
from voicelive.telemetry._step import Step
from voicelive.telemetry._tally import Tally, token_usage
from voicelive.telemetry._target import target_of
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

# What of the target the spans of events and the metrics repeat.
_EVERYWHERE = (names.SERVER_ADDRESS, names.SERVER_PORT, names.REQUEST_MODEL)

_SESSION_EVENTS = frozenset(
    {ServerEventType.SESSION_CREATED, ServerEventType.SESSION_UPDATED}
)
# There are so many that they have no spans; the texts are in the events that follow.
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


class Follower:
    """The observer of one connection.

    Args:
        tracing: Makes the spans.
        url: Address of the service, with the query.
    """

    def __init__(self, tracing: Tracing, url: str) -> None:
        self._over = True  # there is nothing to end yet
        self._tracing = tracing
        self._loop = asyncio.get_running_loop()
        self._began = time.monotonic()
        self._tally = Tally()
        self._error: str | None = None
        target = target_of(url)
        self._shared: dict[str, Any] = {
            names.AZ_NAMESPACE: names.AZ_NAMESPACE_VALUE,
            names.PROVIDER_NAME: names.PROVIDER_VALUE,
            names.SYSTEM: names.SYSTEM_VALUE,
            **{name: target[name] for name in _EVERYWHERE if name in target},
        }
        self._span = tracing.start(names.CONNECT, self._common(names.CONNECT) | target)
        self._recording = self._span.is_recording()
        if names.CONVERSATION_ID in target:
            self._shared[names.CONVERSATION_ID] = target[names.CONVERSATION_ID]
        self._over = False

    def __del__(self) -> None:
        # Nobody closed the connection. A span must not be ended while memory is being
        # cleaned up, which happens in the middle of anything.
        if self._over:
            return
        try:
            self._loop.call_soon_threadsafe(self._dropped)
        except RuntimeError:  # the loop is closed, and nothing runs any more
            self._dropped()

    # --- what the connection tells ---------------------------------------------

    def sending(self, event: ClientMessage, frame: bytes) -> Step:
        """What to do around sending an event."""
        return Step(partial(self._begin_send, event, frame), self._end_step)

    @harmless
    def received(self, event: ReceivedEvent, frame: bytes, began: int) -> None:
        """An event is handed to the application."""
        seen = peek(event)
        kind, content = seen.type, seen.fields
        latencies = self._tally.received(kind, content, time.monotonic())
        if kind == ServerEventType.RESPONSE_DONE:
            self._record_tokens(content)
        if self._recording:
            self._learn(kind, content, latencies)
            if kind not in _WITHOUT_SPAN:
                self._span_of_received(kind, content, frame, began, latencies)

    def closing(self) -> Step:
        """What to do around closing the connection."""
        return Step(self._begin_close, self._end_close)

    @harmless
    def failed(self, error: BaseException) -> None:
        """The connection, or the application that uses it, has failed."""
        # Being cancelled is no failure.
        if not self._over and self._error is None and isinstance(error, Exception):
            self._error = error_name(error)
            self._tracing.fail(self._span, error)

    @harmless
    def ended(self) -> None:
        """The connection has ended, or never came about."""
        if self._over:
            return
        self._over = True
        try:
            self._span.set_attributes(self._tally.counts)
        finally:
            self._span.end()
        attributes = self._of_metric(names.CONNECT)
        if names.SERVER_PORT in self._shared:
            # Text, as the official instrumentor writes it.
            attributes[names.SERVER_PORT] = str(self._shared[names.SERVER_PORT])
        if self._error is not None:
            attributes[names.ERROR_TYPE] = self._error
        self._tracing.record_duration(time.monotonic() - self._began, attributes)

    # --- spans -----------------------------------------------------------------

    @harmless
    def _begin_send(self, event: ClientMessage, frame: bytes) -> Span | None:
        content = readable(event)
        kind = str(field(content, "type") or "")
        self._tally.sent(kind, content, time.monotonic())
        if not self._recording:
            return None
        if kind == ClientEventType.SESSION_UPDATE:
            self._learn_request(field(content, "session"))
        attributes = self._common(names.SEND) | ids_of_sent(content)
        attributes[names.MESSAGE_SIZE] = len(frame)
        name = names.SEND
        if kind:
            attributes[names.EVENT_TYPE] = kind
            name = f"{names.SEND} {kind}"
        span = self._tracing.start(name, attributes, parent=self._span)
        self._add_message(span, names.INPUT_MESSAGES, kind, frame)
        return span

    def _span_of_received(
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

    @harmless
    def _begin_close(self) -> Span | None:
        if self._over or not self._recording:
            return None
        attributes = self._common(names.CLOSE)
        return self._tracing.start(names.CLOSE, attributes, parent=self._span)

    @harmless
    def _end_step(self, span: Span | None, error: BaseException | None) -> None:
        if span is None:
            return
        if isinstance(error, Exception):
            self._tracing.fail(span, error)
        span.end()

    @harmless
    def _end_close(self, span: Span | None, error: BaseException | None) -> None:
        self._end_step(span, error)
        self.ended()

    @harmless
    def _dropped(self) -> None:
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

    # --- what is learned on the way --------------------------------------------

    def _learn_request(self, session: object) -> None:
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

    def _learn(self, kind: str, event: object, latencies: dict[str, Any]) -> None:
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

    def _record_tokens(self, event: object) -> None:
        attributes = self._of_metric(names.RECV)
        for name, tokens in token_usage(field(event, "response")).items():
            self._tracing.record_tokens(
                tokens, attributes | {names.TOKEN_TYPE: _TOKEN_TYPES[name]}
            )

    def _of_metric(self, operation: str) -> dict[str, Any]:
        kept = (names.PROVIDER_NAME, names.SERVER_ADDRESS, names.REQUEST_MODEL)
        attributes = {name: self._shared[name] for name in kept if name in self._shared}
        return attributes | {names.OPERATION_NAME: operation}
