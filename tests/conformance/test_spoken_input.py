"""Audio of the user, with turn detection or committed by the client."""

from __future__ import annotations

from tests.conformance.endpoint import Endpoint
from tests.conformance.requests import (
    BYTES_PER_MS,
    TEXT,
    appends,
    question,
    silence,
)
from tests.conformance.session_client import Event
from tests.conformance.turns import check_text, every, in_order, only, types
from voicelive_protocol import (
    ClientEventType,
    ContentPartType,
    ErrorCode,
    MessageRole,
    ServerEventType,
    TurnDetectionType,
)

S = ServerEventType
COMMIT: Event = {"type": ClientEventType.INPUT_AUDIO_BUFFER_COMMIT}

_BEFORE_MS, _AFTER_MS = 800, 1500
_SILENCE_MS = 500
# Detectors differ in the first and the last sound.
_TOLERANCE_MS = 400


async def test_spoken_turn(endpoint: Endpoint) -> None:
    """Turn detection finds start and end of speech, and starts a response.

    Recordings.
    """
    detection = {
        "type": TurnDetectionType.SERVER_VAD,
        "silence_duration_ms": _SILENCE_MS,
    }
    speech = question()
    audio = silence(_BEFORE_MS) + speech + silence(_AFTER_MS)
    speech_ends = _BEFORE_MS + len(speech) // BYTES_PER_MS
    async with endpoint.session(modalities=TEXT, turn_detection=detection) as call:
        await call.send(*appends(audio))
        events = await call.until(S.RESPONSE_DONE)
        in_order(
            events,
            S.INPUT_AUDIO_BUFFER_SPEECH_STARTED,
            S.INPUT_AUDIO_BUFFER_SPEECH_STOPPED,
            S.INPUT_AUDIO_BUFFER_COMMITTED,
            S.CONVERSATION_ITEM_CREATED,
            S.RESPONSE_CREATED,
        )
        started = only(events, S.INPUT_AUDIO_BUFFER_SPEECH_STARTED)
        stopped = only(events, S.INPUT_AUDIO_BUFFER_SPEECH_STOPPED)
        committed = only(events, S.INPUT_AUDIO_BUFFER_COMMITTED)
        item_id = started["item_id"]
        assert stopped["item_id"] == committed["item_id"] == item_id
        # The start includes padding, the end the whole silence.
        assert 0 <= started["audio_start_ms"] <= _BEFORE_MS + _TOLERANCE_MS, started
        assert (
            abs(stopped["audio_end_ms"] - speech_ends - _SILENCE_MS) <= _TOLERANCE_MS
        ), stopped
        created = every(events, S.CONVERSATION_ITEM_CREATED)[0]
        assert created["item"]["id"] == item_id
        assert created["item"]["role"] == MessageRole.USER
        (part,) = created["item"]["content"]
        assert part["type"] == ContentPartType.INPUT_AUDIO
        if endpoint.is_native:
            following = events[events.index(created) + 1]
            endpoint.expect(
                following["type"] == S.CONVERSATION_ITEM_DONE
                and following["item"] == created["item"],
                f"{following['type']} follows the item of the user",
            )
        response = types(events).index(S.RESPONSE_CREATED)
        check_text(events[response:], endpoint, item_id)


async def test_transcription(endpoint: Endpoint) -> None:
    """Speech is transcribed if configured.

    Recordings and live tests.
    """
    async with endpoint.session(
        modalities=TEXT,
        turn_detection=None,
        input_audio_transcription={"model": endpoint.transcription_model},
    ) as call:
        await call.send(*appends(question()), COMMIT)
        done = S.CONVERSATION_ITEM_INPUT_AUDIO_TRANSCRIPTION_COMPLETED
        events = await call.until(done)
        committed = only(events, S.INPUT_AUDIO_BUFFER_COMMITTED)
        assert events[-1]["item_id"] == committed["item_id"]
        assert events[-1]["transcript"].strip()


async def test_manual_turn(endpoint: Endpoint) -> None:
    """Without turn detection, the client commits, and no response starts.

    Live tests.
    """
    async with endpoint.session(modalities=TEXT, turn_detection=None) as call:
        await call.send(*appends(question() + silence(1000)))
        first = len(call.events)
        # Fence: its answer follows the processing of the audio.
        await call.update(modalities=TEXT)
        assert types(call.events[first:]) == [S.SESSION_UPDATED]
        committed = await call.ask(COMMIT, S.INPUT_AUDIO_BUFFER_COMMITTED)
        created = (await call.until(S.CONVERSATION_ITEM_CREATED))[-1]
        assert created["item"]["id"] == committed["item_id"]
        assert S.RESPONSE_CREATED not in types(await call.synchronize())


async def test_clear_and_empty_commit(endpoint: Endpoint) -> None:
    """A cleared buffer cannot be committed.

    Live tests; the code from other users.
    """
    async with endpoint.session(modalities=TEXT, turn_detection=None) as call:
        await call.send(*appends(silence(500)))
        clear = {"type": ClientEventType.INPUT_AUDIO_BUFFER_CLEAR}
        await call.ask(clear, S.INPUT_AUDIO_BUFFER_CLEARED)
        error = await call.rejection({**COMMIT, "event_id": "my_commit"})
        assert error["code"] == ErrorCode.INPUT_AUDIO_BUFFER_COMMIT_EMPTY, error
