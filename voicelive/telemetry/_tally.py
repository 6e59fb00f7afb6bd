"""What adds up over a connection: turns, bytes, tokens, and how long answers take."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from voicelive.telemetry import _names as names
from voicelive.telemetry._fields import audio_size
from voicelive.telemetry._fields import field as read
from voicelive_protocol import ClientEventType, ResponseStatus, ServerEventType

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
class Stopwatch:
    """How long the first token and the first audio of an answer take.

    It runs from `response.create`, or from the end of the user's speech where the
    service answers by itself, or else from the beginning of the response. What still
    comes of an earlier response does not stop it.
    """

    _asked: float | None = None
    _response: str | None = None
    _done: set[str] = field(default_factory=set)

    def ask(self, now: float) -> None:
        """An answer is due from now on."""
        self._asked = now
        self._response = None

    def response_began(self, response_id: str | None, now: float) -> None:
        """The service has begun an answer."""
        if self._asked is None:
            self._asked = now
        self._response = response_id
        self._done.clear()

    def response_ended(self, response_id: str | None) -> None:
        """An answer is complete."""
        if response_id == self._response:
            self._asked = None

    def stop(self, kind: str, event: object, now: float) -> dict[str, float]:
        """The latencies that the first parts of an answer show, in milliseconds."""
        if self._asked is None or read(event, "response_id") != self._response:
            return {}
        due = [names.FIRST_TOKEN_LATENCY_MS]
        if kind == ServerEventType.RESPONSE_AUDIO_DELTA:
            due.append(names.FIRST_AUDIO_LATENCY_MS)
        due = [name for name in due if name not in self._done]
        self._done.update(due)
        return {name: round((now - self._asked) * 1000, 2) for name in due}


@dataclass(slots=True)
class Tally:
    """The figures of one connection."""

    counts: dict[str, int] = field(default_factory=dict)
    stopwatch: Stopwatch = field(default_factory=Stopwatch)

    def add(self, name: str, amount: int = 1) -> None:
        """Add to a figure; what was never added to is not recorded."""
        if amount:
            self.counts[name] = self.counts.get(name, 0) + amount

    def sent(self, kind: str, event: object, now: float) -> None:
        """Count an event of ours.

        Args:
            kind: Its type.
            event: The event.
            now: Seconds of a clock that never goes back.
        """
        if kind in _AUDIO_SENT:
            self.add(names.AUDIO_BYTES_SENT, audio_size(read(event, "audio")))
        elif kind == ClientEventType.RESPONSE_CREATE:
            self.stopwatch.ask(now)

    def received(self, kind: str, event: object, now: float) -> dict[str, Any]:
        """Count an event of the service.

        Returns:
            The attributes for the connection and the event: latencies.
        """
        if kind in _FIRST_TOKENS:
            if kind == ServerEventType.RESPONSE_AUDIO_DELTA:
                self.add(names.AUDIO_BYTES_RECEIVED, audio_size(read(event, "delta")))
            return self.stopwatch.stop(kind, event, now)
        if kind == ServerEventType.RESPONSE_CREATED:
            response = read(event, "response")
            self.stopwatch.response_began(read(response, "id"), now)
        elif kind == ServerEventType.RESPONSE_DONE:
            self._response_done(read(event, "response"))
        elif kind == ServerEventType.INPUT_AUDIO_BUFFER_SPEECH_STOPPED:
            self.stopwatch.ask(now)
        elif kind in _MCP_CALLS:
            self.add(names.MCP_CALL_COUNT)
        elif kind in _MCP_LISTS:
            self.add(names.MCP_LIST_TOOLS_COUNT)
        return {}

    def _response_done(self, response: object) -> None:
        self.add(names.TURN_COUNT)
        self.stopwatch.response_ended(read(response, "id"))
        if read(response, "status") == ResponseStatus.CANCELLED:
            self.add(names.INTERRUPTION_COUNT)
        for name, tokens in token_usage(response).items():
            self.add(name, tokens)


def token_usage(response: object) -> dict[str, int]:
    """The tokens that a response used, by attribute."""
    usage = read(response, "usage")
    found = {
        names.USAGE_INPUT_TOKENS: read(usage, "input_tokens"),
        names.USAGE_OUTPUT_TOKENS: read(usage, "output_tokens"),
    }
    # What is no number was read from an event that does not fit its type.
    return {name: tokens for name, tokens in found.items() if type(tokens) is int}
