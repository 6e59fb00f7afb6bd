"""Pending requests: sent events without an acknowledgement of the service."""

from __future__ import annotations

from collections import deque
from typing import Any

from voicelive._connection.reading import as_item, as_object, content_parts
from voicelive_protocol import ClientEventType, Peek, ServerEventType

_UPDATE = ClientEventType.SESSION_UPDATE
_CREATE = ClientEventType.CONVERSATION_ITEM_CREATE
_DELETE = ClientEventType.CONVERSATION_ITEM_DELETE

TRACKED_TYPES = frozenset({_UPDATE.value, _CREATE.value, _DELETE.value})
"""Types of the events that change the session and have exactly one answer."""

# Requests to remember, if the service answers none of them.
_MAX_REQUESTS = 1024

# Fields that identify items without an id.
_MARKS = ("type", "role", "call_id", "name", "approval_request_id")


class PendingRequests:
    """Tracks events until the service answers them.

    The service answers in order.
    """

    def __init__(self) -> None:
        self._events: list[dict[str, Any]] = []
        # Items that were acknowledged: another event about one is no answer.
        self._acknowledged: deque[object] = deque(maxlen=_MAX_REQUESTS)

    def __len__(self) -> int:
        return len(self._events)

    def add(self, event: dict[str, Any]) -> None:
        """Track an event, which should have an id."""
        self._events.append(event)
        del self._events[:-_MAX_REQUESTS]

    def remove(self, event: dict[str, Any]) -> bool:
        """Stop tracking an event; return whether it was tracked."""
        for index, request in enumerate(self._events):
            if request is event:
                del self._events[index]
                return True
        return False

    def clear(self) -> list[dict[str, Any]]:
        """Stop tracking; return the unanswered events in order."""
        events, self._events = self._events, []
        return events

    def answered(self, seen: Peek) -> dict[str, Any] | None:
        """Remove and return the event that a server event answers."""
        if not self._events:
            return None
        is_item = seen.type == ServerEventType.CONVERSATION_ITEM_CREATED
        if is_item and seen.item_id in self._acknowledged:
            return None
        for answers in (_answers, _may_answer):
            for request in self._events:
                if answers(seen, request):
                    self._events.remove(request)
                    if is_item and seen.item_id:
                        self._acknowledged.append(seen.item_id)
                    return request
        return None


def _answers(seen: Peek, request: dict[str, Any]) -> bool:
    match seen.type:
        case ServerEventType.ERROR:
            event_id = seen.get("error", "event_id")
            return event_id is not None and bool(event_id == request.get("event_id"))
        case ServerEventType.SESSION_UPDATED:
            return bool(request["type"] == _UPDATE)
        case ServerEventType.CONVERSATION_ITEM_CREATED:
            shown, sent = as_item(seen.get("item")), as_object(request.get("item"))
            if request["type"] != _CREATE or shown is None:
                return False
            if sent.get("id"):
                return bool(sent["id"] == shown.get("id"))
            return _is_alike(shown, sent) and _texts(shown) == _texts(sent)
        case ServerEventType.CONVERSATION_ITEM_DELETED:
            named = request.get("item_id") == seen.item_id
            return bool(request["type"] == _DELETE and named)
        case _:
            return False


def _may_answer(seen: Peek, request: dict[str, Any]) -> bool:
    """Return whether an item matches, with another id or text than the one sent."""
    if seen.type != ServerEventType.CONVERSATION_ITEM_CREATED:
        return False
    shown, sent = as_item(seen.get("item")), as_object(request.get("item"))
    return (
        bool(request["type"] == _CREATE)
        and shown is not None
        and _is_alike(shown, sent)
        and bool(_texts(shown)) == bool(_texts(sent))
    )


def _is_alike(shown: dict[str, Any], sent: dict[str, Any]) -> bool:
    return all(shown.get(key) == sent.get(key) for key in _MARKS)


def _texts(item: dict[str, Any]) -> list[Any]:
    return [part["text"] for part in content_parts(item) if part.get("text")]
