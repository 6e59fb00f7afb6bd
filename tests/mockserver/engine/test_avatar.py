"""Avatars: configuration, connection, speaking and idle states, video."""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from typing import Any

import pytest

from tests.support.engine_driver import (
    AZURE_VOICE,
    Event,
    Session,
    append,
    error_of,
    every,
    long_story,
    only,
    respond,
    spoken,
    types,
    update,
)
from tests.support.schema_check import check_frame
from voicelive_protocol import API_VERSIONS

OFFER = (
    "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\na=group:BUNDLE 0 1\r\n"
    "m=audio 9 UDP/TLS/RTP/SAVPF 111\r\na=mid:0\r\na=rtpmap:111 opus/48000/2\r\n"
    "m=video 9 UDP/TLS/RTP/SAVPF 102\r\na=mid:1\r\na=rtpmap:102 H264/90000\r\n"
)
SPEAKING = "session.avatar.switch_to_speaking"
IDLE = "session.avatar.switch_to_idle"
CLEAR = {"type": "output_audio_buffer.clear"}


def connect(sdp: str = OFFER) -> Event:
    description = json.dumps({"type": "offer", "sdp": sdp}).encode()
    return {
        "type": "session.avatar.connect",
        "client_sdp": b64encode(description).decode(),
    }


def avatar_session(
    *, connected: bool = True, avatar: Any = None, **options: Any
) -> Session:
    session = Session(model="gpt-4o", responder=long_story, **options)
    config = {"character": "lisa", "customized": False} | (avatar or {})
    session.ask(update(avatar=config, voice=AZURE_VOICE))
    if connected:
        only(session.ask(connect()), "session.avatar.connecting")
    return session


def test_the_session_shows_ice_servers_and_video() -> None:
    """The session has servers, credentials and the defaults of the video."""
    shown = avatar_session(connected=False).events[-1]["session"]["avatar"]
    (server,) = shown["ice_servers"]
    assert server["urls"] == ["turn:relay.communication.microsoft.com:3478"]
    assert server["username"]
    assert server["credential"]
    assert shown["character"] == "lisa"
    video = shown["video"]
    assert (video["bitrate"], video["codec"], video["gop_size"]) == (
        2_000_000,
        "h264",
        10,
    )


def test_own_ice_servers_are_kept() -> None:
    """Servers of the client are kept; over the socket none are added."""
    own = [{"urls": ["stun:stun.example"]}]
    session = avatar_session(connected=False, avatar={"ice_servers": own})
    assert session.events[-1]["session"]["avatar"]["ice_servers"] == own
    session = avatar_session(connected=False, avatar={"output_protocol": "websocket"})
    assert "ice_servers" not in session.events[-1]["session"]["avatar"]


def test_video_settings_stay() -> None:
    """Later video settings are accepted and ignored; other settings change."""
    session = avatar_session(connected=False, avatar={"video": {"bitrate": 1000}})
    later = {"character": "max", "customized": False, "video": {"bitrate": 2000}}
    (event,) = session.ask(update(avatar=later))
    shown = event["session"]["avatar"]
    assert (shown["character"], shown["video"]["bitrate"]) == ("max", 1000)


def test_the_answer_fits_the_offer() -> None:
    """It is JSON in base64 and accepts every section, in order."""
    session = avatar_session(connected=False)
    began = session.engine.now
    session.send(connect())
    event = session.until("session.avatar.connecting")
    assert session.engine.now - began == pytest.approx(0.33)
    answer = json.loads(b64decode(event["server_sdp"]))
    assert answer["type"] == "answer"
    lines = answer["sdp"].split("\r\n")
    assert lines[0] == "v=0"
    assert "a=group:BUNDLE 0 1" in lines
    assert [line for line in lines if line.startswith("m=")] == [
        "m=audio 9 UDP/TLS/RTP/SAVPF 111",
        "m=video 9 UDP/TLS/RTP/SAVPF 102",
    ]
    (fingerprint,) = {line for line in lines if line.startswith("a=fingerprint:")}
    assert len(fingerprint.split(" ")[1]) == 32 * 3 - 1


@pytest.mark.parametrize(
    "client_sdp",
    [
        connect("v=0\r\nm=audio 9 RTP/AVP 0\r\n")["client_sdp"],
        "%%%",
        *(b64encode(text).decode() for text in (b"", b"[1]", b"{}", b"[" * 9999)),
    ],
)
def test_offers_that_cannot_be_used(client_sdp: str) -> None:
    """A bad offer is an error; audio stays on the socket."""
    session = avatar_session(connected=False)
    event = {"type": "session.avatar.connect", "client_sdp": client_sdp}
    assert error_of(session.ask(event))["message"].startswith(
        "Avatar connection failed: WebRTC SDP negotiation failed: "
    )
    assert every(session.ask(respond()), "response.audio.delta")
    only(session.ask(connect()), "session.avatar.connecting")


def test_a_second_connection() -> None:
    """An avatar can be connected once."""
    message = "WebRTC connection is in connected state"
    assert error_of(avatar_session().ask(connect()))["message"] == message


def test_too_many_connections() -> None:
    """After three attempts within a minute, the client must wait."""
    session = avatar_session(connected=False)
    for _ in range(3):
        session.ask(connect("bad"))
    message = error_of(session.ask(connect()))["message"]
    assert message.startswith("Avatar request was rate-limited. Retry after 5")
    session.wait(60)
    only(session.ask(connect()), "session.avatar.connecting")


@pytest.mark.parametrize("event", [connect(), CLEAR])
def test_without_an_avatar(event: Event) -> None:
    """Avatar events without an avatar are rejected."""
    assert "not configured" in error_of(Session().ask(event))["message"]


def test_speech_goes_over_webrtc() -> None:
    """Audio goes to a connected avatar; the socket has transcript and usage."""
    events = avatar_session().ask(respond())
    assert not every(events, "response.audio.delta")
    only(events, "response.audio.done")
    assert every(events, "response.audio_transcript.delta")
    usage = only(events, "response.done")["response"]["usage"]
    assert usage["output_token_details"]["audio_tokens"] > 100


def test_a_copy_of_the_audio() -> None:
    """`output_audit_audio` sends the audio over the socket as well."""
    events = avatar_session(avatar={"output_audit_audio": True}).ask(respond())
    assert every(events, "response.audio.delta")


def test_speaking_and_idle() -> None:
    """The avatar speaks from the first audio to the end of its playback."""
    session = avatar_session()
    session.send(respond())
    speaking = session.until(SPEAKING)
    began = session.engine.now
    done = session.until("response.done")["response"]
    assert session.engine.now - began < 12
    assert session.until(IDLE)["turn_id"] == speaking["turn_id"] == done["id"]
    tokens = done["usage"]["output_token_details"]["audio_tokens"]
    assert session.engine.now - began == pytest.approx(tokens / 20)
    assert session.finish() == []


def test_the_second_answer_is_played_after_the_first() -> None:
    """Consecutive responses are one period of speaking."""
    session = avatar_session()
    session.send(respond())
    session.until("response.done")
    session.ask(respond())
    assert len(every(session.events, SPEAKING)) == 1
    assert len(every(session.events, IDLE)) == 1


def test_clearing_the_audio() -> None:
    """Unplayed audio is discarded, and the avatar becomes idle."""
    session = avatar_session()
    session.send(respond())
    session.until("response.done")
    session.send(CLEAR)
    assert types(session.wait(0.1)) == ["output_audio_buffer.cleared", IDLE]
    assert session.finish() == []


def test_an_interrupted_avatar() -> None:
    """On an interruption, the avatar becomes idle before the response ends."""
    session = avatar_session()
    session.send(respond())
    session.until(SPEAKING)
    session.send(append(spoken(0, 1000, 1000)))
    order = types(session.wait(0.1))
    assert order[:2] == ["input_audio_buffer.speech_started", IDLE]
    assert "response.done" in order


def test_removing_the_avatar() -> None:
    """Without its avatar, the session sends audio over the socket again."""
    session = avatar_session()
    (event,) = session.ask(update(avatar=None))
    assert event["session"]["avatar"] is None
    assert every(session.ask(respond()), "response.audio.delta")


def test_video_over_the_socket() -> None:
    """Without WebRTC, video deltas have key frames, and audio is sent too."""
    session = avatar_session(connected=False, avatar={"output_protocol": "websocket"})
    events = session.ask(respond())
    video = every(events, "response.video.delta")
    assert len(video) == len(every(events, "response.audio.delta"))
    assert list(video[0])[2:] == ["output_index", "codec", "delta"]
    stream = b"".join(b64decode(event["delta"]) for event in video)
    pictures = [unit[0] for unit in stream.split(b"\0\0\0\1")[1:]]
    keys = [index for index, kind in enumerate(pictures) if kind == 0x65]
    # Two parameter sets and ten pictures from one key frame to the next.
    assert keys[:3] == [2, 14, 26]
    assert len(every(events, SPEAKING)) == len(every(events, IDLE)) == 1


def test_the_first_version_has_no_states() -> None:
    """2025-10-01 has avatars, but no events for their states."""
    session = avatar_session(api_version=API_VERSIONS[0])
    events = session.ask(respond())
    assert not {SPEAKING, IDLE} & set(types(events))
    for frame in session.frames:
        check_frame(frame, API_VERSIONS[0])
