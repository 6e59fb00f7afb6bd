"""Handlers of `response.create` and `response.cancel`."""

from __future__ import annotations

from typing import ClassVar

from voicelive_mockserver.engine.client_handlers import Handlers, ResponseIsFinishing
from voicelive_mockserver.engine.request_queue import RequestQueue
from voicelive_mockserver.engine.requests import checked_object
from voicelive_mockserver.engine.responses import ResponseRunner
from voicelive_mockserver.engine.versions import check_response
from voicelive_protocol import ClientEventResponseCancel, ClientEventResponseCreate


class ResponseHandlers:
    """Handles the client's requests for responses.

    Args:
        responses: The responses of the session.
        queue: The requests that have not taken effect yet.
        api_version: The API version of the connection.
    """

    __slots__ = ("_api_version", "_queue", "_responses")

    def __init__(
        self, responses: ResponseRunner, queue: RequestQueue, api_version: str
    ) -> None:
        self._responses = responses
        self._queue = queue
        self._api_version = api_version

    def _create(self, event: ClientEventResponseCreate, frame: bytes) -> None:
        version = self._api_version
        params = checked_object(event, frame, "response", check_response, version)
        if self._responses.is_finishing and params.get("conversation") != "none":
            raise ResponseIsFinishing
        more = event.additional_instructions
        self._responses.create(
            params, more if isinstance(more, str) else "", is_last=not self._queue
        )

    def _cancel(self, event: ClientEventResponseCancel, _frame: bytes) -> None:
        response_id = event.response_id
        self._responses.cancel(response_id if isinstance(response_id, str) else None)

    HANDLERS: ClassVar[Handlers] = {
        ClientEventResponseCreate: _create,
        ClientEventResponseCancel: _cancel,
    }
