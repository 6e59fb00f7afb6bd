"""Counters and latencies of one connection: turns, bytes, tokens, first output."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import Any

from voicelive._connection.reading import audio_bytes, read_usage
from voicelive._connection.reading import field as read
from voicelive._conversation.usage import TokenCounts, read_tokens
from voicelive.telemetry import _names as names
from voicelive_protocol import ClientEventType, ResponseStatus, ServerEventType

# Responses that have ended, whose end may come again.
_MAX_ENDED = 64

_AUDIO_SENT = frozenset(
    {ClientEventType.INPUT_AUDIO_BUFFER_APPEND, ClientEventType.INPUT_AUDIO_TURN_APPEND}
)
_MCP_CALLS = frozenset(
    {
        ServerEventType.RESPONSE_MCP_CALL_COMPLETED,
        ServerEventType.RESPONSE_MCP_CALL_FAILED,
    }
)
_MCP_LISTS = frozenset(
    {
        ServerEventType.MCP_LIST_TOOLS_COMPLETED,
        ServerEventType.MCP_LIST_TOOLS_FAILED,
    }
)
_FIRST_TOKENS = frozenset(
    {ServerEventType.RESPONSE_AUDIO_DELTA, ServerEventType.RESPONSE_TEXT_DELTA}
)


@dataclass(slots=True)
class LatencyTimer:
    """Latency of the first token and the first audio of a response.

    It starts with `response.create`; with the end of the user's speech if the service
    responds by itself; or else with `response.created`. Late events of an earlier
    response do not stop it.
    """

    _started: float | None = None
    _response_id: str | None = None
    _measured: set[str] = field(default_factory=set)

    def start(self, now: float) -> None:
        """Start measuring: a response is due from now on."""
        self._started = now
        self._response_id = None

    def response_began(self, response_id: str | None, now: float) -> None:
        """Handle `response.created`."""
        if self._started is None:
            self._started = now
        self._response_id = response_id
        self._measured.clear()

    def response_ended(self, response_id: str | None) -> None:
        """Handle `response.done`."""
        if response_id == self._response_id:
            self._started = None

    def stop(self, kind: str, event: object, now: float) -> dict[str, float]:
        """Return the latencies that this event completes, in milliseconds."""
        if self._started is None or read(event, "response_id") != self._response_id:
            return {}
        due = [names.FIRST_TOKEN_LATENCY_MS]
        if kind == ServerEventType.RESPONSE_AUDIO_DELTA:
            due.append(names.FIRST_AUDIO_LATENCY_MS)
        due = [name for name in due if name not in self._measured]
        self._measured.update(due)
        return {name: round((now - self._started) * 1000, 2) for name in due}


@dataclass(slots=True)
class Counters:
    """Counters of one connection, by attribute name."""

    counts: dict[str, int] = field(default_factory=dict)
    latency: LatencyTimer = field(default_factory=LatencyTimer)
    _ended: deque[object] = field(default_factory=lambda: deque(maxlen=_MAX_ENDED))

    def add(self, name: str, amount: int = 1) -> None:
        """Add to a counter; counters that stay 0 are not recorded."""
        if amount:
            self.counts[name] = self.counts.get(name, 0) + amount

    def sent(self, kind: str, event: object, now: float) -> None:
        """Count a client event.

        Args:
            kind: The type of the event.
            event: The event.
            now: Time of a monotonic clock, in seconds.
        """
        if kind in _AUDIO_SENT:
            self.add(names.AUDIO_BYTES_SENT, audio_bytes(read(event, "audio")))
        elif kind == ClientEventType.RESPONSE_CREATE:
            self.latency.start(now)

    def received(self, kind: str, event: object, now: float) -> dict[str, Any]:
        """Count a server event.

        Returns:
            Latency attributes for the spans of the connection and the event.
        """
        if kind in _FIRST_TOKENS:
            if kind == ServerEventType.RESPONSE_AUDIO_DELTA:
                self.add(names.AUDIO_BYTES_RECEIVED, audio_bytes(read(event, "delta")))
            return self.latency.stop(kind, event, now)
        if kind == ServerEventType.RESPONSE_CREATED:
            response = read(event, "response")
            self.latency.response_began(read(response, "id"), now)
        elif kind == ServerEventType.INPUT_AUDIO_BUFFER_SPEECH_STOPPED:
            self.latency.start(now)
        elif kind in _MCP_CALLS:
            self.add(names.MCP_CALL_COUNT)
        elif kind in _MCP_LISTS:
            self.add(names.MCP_LIST_TOOLS_COUNT)
        return {}

    def response_done(self, response: object) -> dict[str, int]:
        """Count the end of a response, once.

        Returns:
            Its tokens by attribute name.
        """
        response_id = read(response, "id")
        if response_id in self._ended:
            return {}
        if response_id:
            self._ended.append(response_id)
        self.add(names.TURN_COUNT)
        self.latency.response_ended(response_id)
        if read(response, "status") == ResponseStatus.CANCELLED:
            self.add(names.INTERRUPTION_COUNT)
        found = token_usage(response)
        for name, tokens in found.items():
            self.add(name, tokens)
        return found


def token_usage(response: object) -> dict[str, int]:
    """Return the tokens used by a response, by attribute name.

    The figures are those of the account of the conversation.
    """
    usage = read_usage(response)
    if usage is None:
        return {}
    tokens = TokenCounts(*read_tokens(usage))
    found: dict[str, int] = {}
    if usage.input_tokens is not None:
        found[names.USAGE_INPUT_TOKENS] = tokens.input_tokens
    if usage.output_tokens is not None:
        found[names.USAGE_OUTPUT_TOKENS] = tokens.output_tokens
    return found
