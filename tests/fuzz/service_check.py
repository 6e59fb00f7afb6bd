"""Oracles for what the mock service sends in a session."""

from __future__ import annotations

import json
from typing import Any

import jsonschema

from tests.fuzz.client_input import KnownIds
from tests.fuzz.guard import Finding
from tests.support.schema_check import check_event

Event = dict[str, Any]


PROBE = '{"type":"input_audio_buffer.clear"}'
"""A request that any configured session answers."""

PROBED = "input_audio_buffer.cleared"
"""The answer to it."""


class ServiceCheck:
    """Checks all that the mock service sends in one session.

    Args:
        api_version: The API version of the session.

    Attributes:
        ids: The ids that the service has given.
        configured: Whether a `session.update` was accepted.
        last: The event that was seen last.
    """

    def __init__(self, api_version: str) -> None:
        self.ids = KnownIds()
        self._api_version = api_version
        self._running: set[str] = set()
        self._event_ids: set[str] = set()
        self.configured = False
        self.last: Event = {}

    def see(self, frame: bytes | str) -> Event:
        """Check one frame.

        Raises:
            Finding: It does not fit the schema, repeats an id, or tells of an error
                inside the service.
        """
        event: Event = json.loads(frame)
        try:
            check_event(event, self._api_version)
        except (AssertionError, jsonschema.ValidationError) as error:
            reason = str(error).partition("\n\n")[0]
            raise Finding(f"sent what the schema refuses: {reason}: {event}") from error
        self.last = event
        self.ids.see(event)
        event_id = event.get("event_id")
        if event_id in self._event_ids:
            raise Finding(f"event_id {event_id!r} was sent twice")
        if event_id is not None:
            self._event_ids.add(event_id)
        match event["type"]:
            case "error" if event["error"].get("code") == "server_error":
                raise Finding(f"internal error: {event['error'].get('message')}")
            case "session.updated":
                self.configured = True
            case "response.created":
                self._running.add(event["response"]["id"])
            case "response.done":
                self._running.discard(event["response"]["id"])
                self._check_failure(event["response"])
            case _:
                pass
        return event

    def _check_failure(self, response: Event) -> None:
        details = response.get("status_details") or {}
        error = details.get("error") or {}
        if error.get("code") == "server_error":
            raise Finding(f"internal error: {error.get('message')}")

    def finished(self) -> None:
        """Check that everything that has begun has ended.

        Raises:
            Finding: A response goes on.
        """
        if self._running:
            raise Finding(f"responses never ended: {sorted(self._running)}")
