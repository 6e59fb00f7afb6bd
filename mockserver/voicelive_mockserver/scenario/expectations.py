"""What a client is expected to send, as data."""

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
        contains: What is in it; objects may have more fields.
        after: Only events after the first server event of this type count.
        at_least: How often at least.
        at_most: How often at most; absent for any number.
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
        contains: Only with this in it.
        after: Only events after the first server event of this type count.
    """

    event: str
    contains: dict[str, Any] | None = None
    after: str | None = None

    def __post_init__(self) -> None:
        check_known("event", self.event, CLIENT_EVENTS)
        check_known("after", self.after, SERVER_EVENTS)


class SendsInOrder(Struct, tag="sends_in_order", forbid_unknown_fields=True):
    """The client sends events in this order, others between them or not.

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
        contains: What is in the `session` that it sends; objects may have more
            fields.
    """

    contains: dict[str, Any]


class AnswersCall(Struct, tag="answers_call", forbid_unknown_fields=True):
    """The client sends an output for every call of a function, at least for one.

    Attributes:
        name: The name of the function.
        output: Each output contains this text.
    """

    name: str
    output: str | None = None


class Truncates(Struct, tag="truncates", forbid_unknown_fields=True):
    """The client truncates what it did not play, after the user interrupts.

    Attributes:
        min_ms: The least `audio_end_ms`.
        max_ms: The greatest `audio_end_ms`; absent for any.
        after: The server event that it comes after.
    """

    min_ms: int = 0
    max_ms: int | None = None
    after: str = ServerEventInputAudioBufferSpeechStarted.type

    def __post_init__(self) -> None:
        check_known("after", self.after, SERVER_EVENTS)


class PlaysAllTurns(Struct, tag="plays_all_turns", forbid_unknown_fields=True):
    """The client gets to see every turn that is used a limited number of times."""


Expectation = (
    Sends
    | NeverSends
    | SendsInOrder
    | UpdatesSession
    | AnswersCall
    | Truncates
    | PlaysAllTurns
)
"""Any expectation, told by its `type` in a file."""
