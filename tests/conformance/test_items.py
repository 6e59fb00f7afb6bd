"""Items of the conversation, without any response."""

from __future__ import annotations

from tests.conformance.endpoint import Endpoint
from tests.conformance.requests import about_item, user_text
from tests.conformance.turns import types
from voicelive_protocol import (
    ClientEventType,
    ErrorCode,
    ResponseItemStatus,
    ServerEventType,
)

S = ServerEventType
_MISSING = "item_missing"


async def test_items(endpoint: Endpoint) -> None:
    """Items are created, retrieved and deleted; an identifier of the client is kept.

    Live tests; the acknowledgements from recordings.
    """
    async with endpoint.session() as call:
        create = user_text("The first.", id="item_first")
        first = await call.ask(create, S.CONVERSATION_ITEM_CREATED)
        assert first["item"]["id"] == "item_first"
        assert first["item"]["status"] == ResponseItemStatus.COMPLETED
        assert first["item"]["content"] == create["item"]["content"]
        create = user_text("The second.")
        second = await call.ask(create, S.CONVERSATION_ITEM_CREATED)
        assert second["item"]["id"]
        assert second["previous_item_id"] == "item_first"
        found = await call.ask(
            about_item(ClientEventType.CONVERSATION_ITEM_RETRIEVE, "item_first"),
            S.CONVERSATION_ITEM_RETRIEVED,
        )
        for key in ("id", "type", "role", "content"):
            assert found["item"][key] == first["item"][key], found
        gone = await call.ask(
            about_item(ClientEventType.CONVERSATION_ITEM_DELETE, "item_first"),
            S.CONVERSATION_ITEM_DELETED,
        )
        assert gone["item_id"] == "item_first"
        await call.rejection(
            about_item(ClientEventType.CONVERSATION_ITEM_RETRIEVE, "item_first")
        )
        # One event for each request, and no response.
        assert types(call.events).count(S.CONVERSATION_ITEM_CREATED) == 2
        assert S.RESPONSE_CREATED not in types(call.events)


async def test_unknown_items(endpoint: Endpoint) -> None:
    """Requests about an unknown item are rejected, and the session goes on.

    Other users; most of the codes from services with the same protocol.
    """
    truncation = {"content_index": 0, "audio_end_ms": 100}
    refused = [
        (
            about_item(ClientEventType.CONVERSATION_ITEM_DELETE, _MISSING),
            ErrorCode.ITEM_DELETE_INVALID_ITEM_ID,
        ),
        (
            about_item(ClientEventType.CONVERSATION_ITEM_RETRIEVE, _MISSING),
            ErrorCode.ITEM_RETRIEVE_INVALID_ITEM_ID,
        ),
        (
            about_item(
                ClientEventType.CONVERSATION_ITEM_TRUNCATE, _MISSING, **truncation
            ),
            ErrorCode.ITEM_TRUNCATE_INVALID_ITEM_ID,
        ),
    ]
    async with endpoint.session() as call:
        for number, (event, code) in enumerate(refused):
            error = await call.rejection({**event, "event_id": f"my_request_{number}"})
            endpoint.expect(
                error.get("code") == code, f"the code is not {code}: {error}"
            )
