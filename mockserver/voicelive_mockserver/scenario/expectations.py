"""Expectations about the client, as data."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from msgspec import Struct

from voicelive_mockserver.suggest import check_known
from voicelive_protocol import (
    CLIENT_EVENTS,
    SERVER_EVENTS,
    ServerEventInputAudioBufferSpeechStarted,
)


class Sends(Struct, tag="sends", forbid_unknown_fields=True):
    """The client sends an event.

    Attributes:
        event: The type of the event.
        contains: Fields of the event; objects may have additional fields.
        after: The type of the server event after which events count.
        at_least: The minimum number of events.
        at_most: The maximum number of events; absent for any.
    """

    event: str
    contains: dict[str, Any] | None = None
    after: str | None = None
    at_least: int = 1
    at_most: int | None = None

    def __post_init__(self) -> None:
        check_known("event", self.event, CLIENT_EVENTS)
        check_known("after", self.after, SERVER_EVENTS)


class NeverSends(Struct, tag="never_sends", forbid_unknown_fields=True):
    """The client does not send an event.

    Attributes:
        event: The type of the event.
        contains: Fields of the event; objects may have additional fields.
        after: The type of the server event after which events count.
    """

    event: str
    contains: dict[str, Any] | None = None
    after: str | None = None

    def __post_init__(self) -> None:
        check_known("event", self.event, CLIENT_EVENTS)
        check_known("after", self.after, SERVER_EVENTS)


class SendsInOrder(Struct, tag="sends_in_order", forbid_unknown_fields=True):
    """The client sends events in this order, possibly with others in between.

    Attributes:
        events: The types of the events.
    """

    events: Sequence[str]

    def __post_init__(self) -> None:
        for event in self.events:
            check_known("events", event, CLIENT_EVENTS)


class UpdatesSession(Struct, tag="updates_session", forbid_unknown_fields=True):
    """The client configures the session, in one update or in several.

    Attributes:
        contains: Fields of the `session` that it sends; objects may have additional
            fields.
    """

    contains: dict[str, Any]


class AnswersCall(Struct, tag="answers_call", forbid_unknown_fields=True):
    """The client sends an output for every call of a function, and for at least one.

    Attributes:
        name: The name of the function.
        output: A substring of each output.
    """

    name: str
    output: str | None = None


class Truncates(Struct, tag="truncates", forbid_unknown_fields=True):
    """The client truncates unplayed audio after an interruption.

    Attributes:
        min_ms: The minimum of `audio_end_ms`.
        max_ms: The maximum of `audio_end_ms`; absent for any.
        after: The type of the server event after which truncations count.
    """

    min_ms: int = 0
    max_ms: int | None = None
    after: str = ServerEventInputAudioBufferSpeechStarted.type

    def __post_init__(self) -> None:
        check_known("after", self.after, SERVER_EVENTS)


class PlaysAllTurns(Struct, tag="plays_all_turns", forbid_unknown_fields=True):
    """The client triggers every turn with a limited number of uses."""


Expectation = (
    Sends
    | NeverSends
    | SendsInOrder
    | UpdatesSession
    | AnswersCall
    | Truncates
    | PlaysAllTurns
)
"""Any expectation, tagged with `type` in files."""
