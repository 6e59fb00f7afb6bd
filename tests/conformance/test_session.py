"""Effects of `session.update`."""

from __future__ import annotations

from tests.conformance.endpoint import Endpoint
from tests.conformance.requests import TEXT, WEATHER
from voicelive_protocol import ClientEventType, ServerEventType, TurnDetectionType

_INSTRUCTIONS = "Answer in a few words."


async def test_the_first_message(endpoint: Endpoint) -> None:
    """Events before the first `session.update` are rejected.

    Measurements of eight projects. A gateway may differ.
    """
    async with endpoint.dial() as call:
        await call.created_session()
        await call.send({"type": ClientEventType.INPUT_AUDIO_BUFFER_CLEAR})
        answer = await call.receive()
        endpoint.expect(
            answer["type"] == ServerEventType.ERROR
            and answer["error"]["code"] == "invalid_session_update_message"
            and answer["error"]["param"] == "type",
            f"a message before session.update is answered with {answer}",
        )
        assert not await call.configure(), "an empty session.update is rejected"
        await call.synchronize()


async def test_update_merges(endpoint: Endpoint) -> None:
    """An update changes the given settings; the answer has the whole session.

    Recordings; the sampling rate from live tests.
    """
    async with endpoint.dial() as call:
        begun = await call.created_session()
        settings = {
            "instructions": _INSTRUCTIONS,
            "modalities": TEXT,
            "input_audio_sampling_rate": 16_000,
        }
        first = await call.update(**settings)
        assert {key: first[key] for key in settings} == settings
        assert begun.keys() <= first.keys()
        second = await call.update(tools=[WEATHER])
        (tool,) = second["tools"]
        assert {key: tool[key] for key in WEATHER} == WEATHER
        for before, after in ((begun, first), (first, second)):
            for key in ("id", "model", "expires_at", "turn_detection", "voice"):
                assert after[key] == before[key], key
        assert {key: second[key] for key in settings} == settings
        third = await call.update(tools=[])
        assert third["tools"] == []


async def test_objects_are_replaced(endpoint: Endpoint) -> None:
    """An object in an update replaces the old one; omitted keys get defaults.

    Recordings; the defaults of older API versions from the documentation.
    """
    server_vad = {"type": TurnDetectionType.SERVER_VAD}
    async with endpoint.session() as call:
        session = await call.update(
            turn_detection={**server_vad, "threshold": 0.6, "silence_duration_ms": 700}
        )
        detection = session["turn_detection"]
        assert detection["threshold"] == 0.6
        assert detection["silence_duration_ms"] == 700
        session = await call.update(turn_detection=server_vad)
        detection = session["turn_detection"]
        assert detection["type"] == TurnDetectionType.SERVER_VAD
        assert detection["silence_duration_ms"] != 700
        found = {
            key: detection[key]
            for key in ("threshold", "prefix_padding_ms", "silence_duration_ms")
        }
        known = {
            "threshold": 0.5,
            "prefix_padding_ms": 400 if endpoint.api_version >= "2026-04" else 300,
            "silence_duration_ms": 500,
        }
        endpoint.expect(found == known, f"the defaults are {found}, not {known}")


async def test_null_clears(endpoint: Endpoint) -> None:
    """Null turns a setting off; an empty text for `instructions` is ignored.

    Recordings of native models.
    """
    model = endpoint.transcription_model
    async with endpoint.session(input_audio_transcription={"model": model}) as call:
        session = await call.update(instructions=_INSTRUCTIONS)
        assert session["input_audio_transcription"]["model"] == model
        session = await call.update(instructions="")
        endpoint.expect(
            session["instructions"] == _INSTRUCTIONS,
            f"an empty text makes the instructions {session['instructions']!r}",
        )
        if not endpoint.is_native:
            # Cascaded models need the transcription.
            return
        session = await call.update(input_audio_transcription=None)
        assert session["input_audio_transcription"] is None


async def test_rejected_update(endpoint: Endpoint) -> None:
    """The error of a rejected update names key and event; nothing is applied.

    Other users; the event from the documentation.
    """
    async with endpoint.session(instructions=_INSTRUCTIONS) as call:
        error = await call.rejection(
            {
                "type": ClientEventType.SESSION_UPDATE,
                "event_id": "my_update",
                "session": {"instructions": "Sing.", "no_such_setting": 1},
            }
        )
        named = f"{error['message']} {error.get('param')}"
        assert "no_such_setting" in named, error
        session = await call.update(tools=[])
        endpoint.expect(
            session["instructions"] == _INSTRUCTIONS,
            "part of a rejected update was applied",
        )
