"""Outgoing frames of a session."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any, NamedTuple

from voicelive_mockserver.engine.ids import IdSource
from voicelive_mockserver.engine.json_templates import VALUE, encode, json_form
from voicelive_protocol import ServerEventConversationItemCreated, ServerEventError


class Stem(NamedTuple):
    """The constant part of a series of events."""

    event_type: str
    """The wire name of the events."""
    middle: bytes
    """The bytes between the event identifier and the value that differs."""


class KeyedForm(NamedTuple):
    """Template of an event with encoded keys."""

    event_type: str
    """Its wire name."""
    form: bytes
    """The template. The event identifier, the keys and the last value are open."""


class FrameSummary:
    """Summary of frames, for metrics.

    Attributes:
        types: The type of each frame, in order.
        statuses: The status of each response that ended.
        codes: The code of each error.
    """

    __slots__ = ("codes", "statuses", "types")

    def __init__(self) -> None:
        self.types: list[str] = []
        self.statuses: tuple[str, ...] = ()
        self.codes: tuple[str | None, ...] = ()


class EventOutbox:
    """Encodes server events and keeps them until they are taken.

    Every event starts with `event_id` and `type`, in this order; the other keys
    follow as given.

    Args:
        ids: The source of event identifiers.
    """

    __slots__ = ("_frames", "_summary", "_token", "size", "taken")

    def __init__(self, ids: IdSource) -> None:
        self._token = ids.token
        self._frames: list[bytes] = []
        self._summary = FrameSummary()
        self.taken = self._summary
        """The summary of the frames that were taken last."""
        self.size = 0
        """The total size of the queued frames in bytes."""

    def event(self, event_type: str, body: dict[str, Any]) -> None:
        """Add an event.

        Args:
            event_type: The wire name of the event.
            body: The keys after `type`, in wire order.
        """
        frame = b'{"event_id":"event_%b%b%b' % (
            self._token(),
            _head(event_type) if body else _bare_head(event_type),
            encode(body)[1:],
        )
        self._frames.append(frame)
        self._summary.types.append(event_type)
        self.size += len(frame)

    def error(self, body: dict[str, Any]) -> None:
        """Add an error.

        Args:
            body: The keys after `type`, in wire order.
        """
        self._summary.codes += (body["error"]["code"],)
        self.event(ServerEventError.type, body)

    def ended(self, stem: Stem, status: str, response: bytes) -> None:
        """Add the event for the end of a response.

        Args:
            stem: The stem of the event, from `delta_stem`.
            status: The status of the response.
            response: Its JSON.
        """
        self._summary.statuses += (status,)
        self.delta(stem, response)

    def delta(self, stem: Stem, value: bytes) -> None:
        """Add an event of a series in which only the last key differs.

        Args:
            stem: The stem of the series, from `delta_stem`.
            value: The JSON of the last key's value.
        """
        event_type, middle = stem
        frame = b'{"event_id":"event_%b%b%b}' % (self._token(), middle, value)
        self._frames.append(frame)
        self._summary.types.append(event_type)
        self.size += len(frame)

    def deltas(self, stem: Stem, values: Sequence[bytes]) -> None:
        """Add a series of events; see `delta`.

        Args:
            stem: The stem of the series, from `delta_stem`.
            values: The JSON of the last key's value, for each event.
        """
        token = self._token
        event_type, middle = stem
        frames = [
            b'{"event_id":"event_%b%b%b}' % (token(), middle, value) for value in values
        ]
        self._frames += frames
        self._summary.types += [event_type] * len(frames)
        self.size += sum(map(len, frames))

    def keyed(self, keyed: KeyedForm, keys: bytes, value: bytes) -> None:
        """Add an event from a template.

        Args:
            keyed: A template from `keyed_form`.
            keys: The `members` after `type`, in wire order; at least one.
            value: The JSON of the last value.
        """
        event_type, form = keyed
        frame = form % (self._token(), keys, value)
        self._frames.append(frame)
        self._summary.types.append(event_type)
        self.size += len(frame)

    def base64_delta(self, stem: Stem, value: bytes) -> None:
        """Add an event of a series in which only the last value, a string, differs.

        Args:
            stem: The stem of the series, from `delta_stem`.
            value: The string; it must not need escaping.
        """
        event_type, middle = stem
        frame = b'{"event_id":"event_%b%b"%b"}' % (self._token(), middle, value)
        self._frames.append(frame)
        self._summary.types.append(event_type)
        self.size += len(frame)

    def item_created(self, previous: str | None, item: bytes) -> None:
        """Add the event for a new item of the conversation.

        Args:
            previous: The identifier of the item before it.
            item: The JSON of the item.
        """
        self.keyed(_ITEM_CREATED, _PREVIOUS % encode(previous), item)

    def take(self) -> list[bytes]:
        """Return the queued frames in order, and remove them."""
        if not self._frames:
            return []
        frames = self._frames
        self._frames = []
        self.taken = self._summary
        self._summary = FrameSummary()
        self.size = 0
        return frames


@cache
def _head(event_type: str) -> bytes:
    """Return the JSON between the identifier of an event and its other keys."""
    return _bare_head(event_type) + b","


@cache
def _bare_head(event_type: str) -> bytes:
    return b'","type":"%b"' % event_type.encode()


def delta_stem(event_type: str, keys: bytes, last_key: str) -> Stem:
    """Prepare the constant middle of an event, or of a series of them.

    Args:
        event_type: The wire name of the events.
        keys: The constant `members`, in wire order; empty for none.
        last_key: The key whose value differs from event to event.

    Returns:
        The constant part of the events.
    """
    head, tail = _stem_parts(event_type, last_key)
    return Stem(event_type, head + keys + tail if keys else head[:-1] + tail)


def keyed_form(event_type: str, last_key: str) -> KeyedForm:
    """Prepare the template of an event with encoded keys.

    Args:
        event_type: The wire name of the event.
        last_key: The last key of the event.
    """
    head, tail = _stem_parts(event_type, last_key)
    return KeyedForm(
        event_type, b'{"event_id":"event_%b' + head + b"%b" + tail + b"%b}"
    )


@cache
def _stem_parts(event_type: str, last_key: str) -> tuple[bytes, bytes]:
    return _head(event_type), b',"%b":' % last_key.encode()


_ITEM_CREATED = keyed_form(ServerEventConversationItemCreated.type, "item")
_PREVIOUS = json_form({"previous_item_id": VALUE})[1:-1]
