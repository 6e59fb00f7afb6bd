"""Input audio: formats, sizes, incomplete samples."""

from __future__ import annotations

from base64 import b64encode

import pytest

from tests.support.engine_driver import (
    Event,
    Session,
    append,
    every,
    only,
    spoken,
    types,
    update,
)
from tests.support.signals import silence, tone
from voicelive_core.audio import encode_g711
from voicelive_mockserver import HeardAudio
from voicelive_mockserver.audio.formats import (
    first_channel,
    pcm16,
    samples,
)

STARTED = "input_audio_buffer.speech_started"
COMMIT = {"type": "input_audio_buffer.commit"}
CLIENT_REFERENCE = {
    "type": "server_echo_cancellation",
    "reference_source": "client",
    "channels": 2,
}


def stereo(first: bytes, second: bytes) -> bytes:
    values = samples(bytes(len(first) * 2))
    values[0::2], values[1::2] = samples(first), samples(second)
    return pcm16(values)


def echo_session() -> Session:
    session = Session(
        api_version="2026-07-15", features=frozenset({"client_ec_reference"})
    )
    session.ask(update(input_audio_echo_cancellation=CLIENT_REFERENCE))
    return session


def test_the_microphone_is_the_first_channel() -> None:
    """With an echo reference of the client, only the first channel counts."""
    loud, quiet = tone(2500), silence(2500)
    assert STARTED not in types(echo_session().ask(append(stereo(quiet, loud))))
    session = echo_session()
    events = session.ask(append(stereo(spoken(), loud)))
    assert abs(only(events, STARTED)["audio_start_ms"] - (500 - 300)) <= 64


def test_stereo_may_be_cut_anywhere() -> None:
    """Appends that end within a pair of samples do not swap the channels."""
    whole, pieces = echo_session(), echo_session()
    pcm = stereo(spoken(), tone(2500))
    whole.ask(append(pcm))
    pieces.ask(*[append(pcm[at : at + 1002]) for at in range(0, len(pcm), 1002)])
    for kind, key in (
        (STARTED, "audio_start_ms"),
        ("input_audio_buffer.speech_stopped", "audio_end_ms"),
    ):
        assert only(whole.events, kind)[key] == only(pieces.events, kind)[key]


def test_cascaded_models_accept_split_samples() -> None:
    """Mono audio may be split within a sample; the transcriber gets it all."""
    heard: list[HeardAudio] = []

    def transcriber(audio: HeardAudio) -> str:
        heard.append(audio)
        return "Hi."

    pcm = tone(1000)
    session = Session(model="gpt-4o", transcriber=transcriber)
    session.ask(update(turn_detection=None))
    session.ask(append(pcm[:333]), append(pcm[333:334]), append(pcm[334:]), COMMIT)
    assert heard[0].pcm == pcm


@pytest.mark.parametrize("law", ["g711_ulaw", "g711_alaw"])
def test_g711_is_always_8_khz(law: str) -> None:
    """Whatever sampling rate is configured, 8 bytes of G.711 are 1 ms."""
    session = Session()
    session.ask(update(input_audio_format=law, turn_detection=None))
    audio = b64encode(encode_g711(tone(99, 8000), law)).decode()
    event: Event = {"type": "input_audio_buffer.append", "audio": audio}
    error = only(session.ask(event, COMMIT), "error")["error"]
    assert "only has 99.00ms" in error["message"]


@pytest.mark.slow
def test_an_append_of_15_mib_is_the_largest() -> None:
    """One byte more is rejected, with all of the audio."""
    session = Session()
    session.ask(update(turn_detection=None))
    most = 15 << 20
    events = session.ask(append(bytes(most + 2)), COMMIT)
    codes = [event["error"]["code"] for event in every(events, "error")]
    assert codes == ["invalid_value", "input_audio_buffer_commit_empty"]
    assert types(session.ask(append(bytes(most)))) == []


@pytest.mark.parametrize(
    ("audio", "code"),
    [
        ("not base64!", "invalid_value"),
        ("AAA", "invalid_value"),
        (12, "invalid_type"),
        (None, "invalid_type"),
    ],
)
def test_bad_audio_is_rejected(audio: object, code: str) -> None:
    """The error for invalid base64 names the field."""
    event = {"type": "input_audio_buffer.append", "audio": audio, "event_id": "mine"}
    error = only(Session().ask(event), "error")["error"]
    assert (error["code"], error["param"]) == (code, "audio")
    assert error["event_id"] == "mine"


def test_an_empty_append_has_no_effect() -> None:
    """It is accepted."""
    session = Session()
    assert types(session.ask(append(b""))) == ["session.created"]
    events = session.ask(update(input_audio_sampling_rate=8000))
    assert types(events) == ["session.updated"]


def test_file_formats_are_not_detected() -> None:
    """The header of a WAV file, or an MP3, is audio like any other."""
    session = Session()
    events = session.ask(append(b"RIFF$\0\0\0WAVEfmt " + bytes(4800)), append(b"ID3\0"))
    assert types(events) == ["session.created"]


@pytest.mark.parametrize("event_type", ["input_audio_buffer.append", "turn"])
def test_half_a_sample_is_refused_by_native_models(event_type: str) -> None:
    """An odd number of bytes of pcm16 is rejected (one public project)."""
    audio: Event = append(bytes(4801))
    if event_type == "turn":
        audio = audio | {"type": "input_audio.turn.append", "turn_id": "t"}
    start = {"type": "input_audio.turn.start", "turn_id": "t"}
    error = only(Session().ask(start, audio), "error")["error"]
    assert (error["code"], error["param"]) == ("invalid_value", "audio")
    for session in (Session(model="gpt-4o"), Session()):
        events = session.ask(update(input_audio_format="g711_ulaw"), start, audio)
        assert "error" not in types(events)
    events = Session(model="gpt-4o").ask(start, audio)
    assert "error" not in types(events)


def test_the_first_channel_alone() -> None:
    """Half a pair at the end is discarded."""
    assert first_channel(b"\x01\x02\x03\x04\x05\x06\x07\x08\x09") == b"\x01\x02\x05\x06"
    assert first_channel(b"") == b""
