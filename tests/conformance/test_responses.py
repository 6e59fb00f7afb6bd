"""Responses to text: in text, in speech, with function calls."""

from __future__ import annotations

import json

from tests.conformance.endpoint import Endpoint
from tests.conformance.requests import AUDIO, TEXT, WEATHER, respond, user_text
from tests.conformance.turns import check_call, check_speech, check_text, types
from voicelive_protocol import (
    ClientEventType,
    ItemType,
    OutputAudioFormat,
    ServerEventType,
    ToolChoiceLiteral,
)

S = ServerEventType


async def test_text_turn(endpoint: Endpoint) -> None:
    """A text answer: order, identifiers, deltas, tokens.

    Recordings.
    """
    async with endpoint.session(modalities=TEXT) as call:
        # The acknowledgement precedes the response.
        await call.send(user_text("Say a short greeting."), respond())
        (created,) = await call.until(S.CONVERSATION_ITEM_CREATED)
        assert not created["previous_item_id"]
        events = await call.until(S.RESPONSE_DONE)
        check_text(events, endpoint, created["item"]["id"])


async def test_audio_turn(endpoint: Endpoint) -> None:
    """A spoken answer: order, audio, transcript deltas.

    Recordings.
    """
    async with endpoint.session(
        modalities=AUDIO, output_audio_format=OutputAudioFormat.PCM16
    ) as call:
        item = user_text("Say a short greeting.")
        created = await call.ask(item, S.CONVERSATION_ITEM_CREATED)
        await call.send(respond())
        events = await call.until(S.RESPONSE_DONE)
        check_speech(events, endpoint, created["item"]["id"])


async def test_function_call(endpoint: Endpoint) -> None:
    """A function call is complete; its result is answered on request.

    Recordings; `tool_choice` from live tests.
    """
    async with endpoint.session(
        modalities=TEXT, tools=[WEATHER], tool_choice=ToolChoiceLiteral.REQUIRED
    ) as call:
        await call.send(user_text("What is the weather in Paris?"), respond())
        events = await call.until(S.RESPONSE_DONE)
        output = events[-1]["response"]["output"] or []
        if all(item["type"] != ItemType.FUNCTION_CALL for item in output):
            endpoint.skip("the model called no function")
        item = check_call(events)
        assert item["name"] == WEATHER["name"]
        result = {
            "type": ItemType.FUNCTION_CALL_OUTPUT,
            "call_id": item["call_id"],
            "output": json.dumps({"sky": "sunny", "celsius": 21}),
        }
        answer = await call.ask(
            {"type": ClientEventType.CONVERSATION_ITEM_CREATE, "item": result},
            S.CONVERSATION_ITEM_CREATED,
        )
        assert {key: answer["item"][key] for key in result} == result
        assert answer["item"].get("status") is None, answer
        first = len(call.events)
        await call.update(tool_choice=ToolChoiceLiteral.NONE)
        # The result alone starts no response.
        assert types(call.events[first:]) == [S.SESSION_UPDATED]
        await call.send(respond())
        events = await call.until(S.RESPONSE_DONE)
        check_text(events, endpoint, answer["item"]["id"])
