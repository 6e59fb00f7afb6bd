"""WebRTC calls, which one preview version has: offer and answer, playing, refusals."""

import pytest

from tests.mockserver.driver import (
    Event,
    Session,
    every,
    long_story,
    only,
    respond,
    types,
)

VERSION = "2026-06-01-preview"
OFFER = (
    "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\n"
    "m=audio 9 UDP/TLS/RTP/SAVPF 111\r\na=mid:0\r\na=rtpmap:111 opus/48000/2\r\n"
)
STARTED = "output_audio_buffer.started"
STOPPED = "output_audio_buffer.stopped"


def connect(offer: str = OFFER) -> Event:
    return {"type": "rtc.call.sdp.create", "sdp_offer": offer}


def call_session() -> Session:
    session = Session(api_version=VERSION, responder=long_story)
    created = only(session.ask(connect()), "rtc.call.sdp.created")
    assert created["rtc_call_id"]
    assert "m=audio 9" in created["sdp_answer"]
    return session


def test_the_answer_is_played_over_the_call() -> None:
    """Playing starts and stops once; the audio itself is not on the socket."""
    session = call_session()
    events = session.ask(respond())
    assert not every(events, "response.audio.delta")
    assert every(events, "response.audio_transcript.delta")
    response = only(events, "response.done")["response"]
    for event_type in (STARTED, STOPPED):
        assert only(events, event_type)["response_id"] == response["id"]
    assert types(events).index(STARTED) < types(events).index("response.done")


def test_a_call_configures_the_session() -> None:
    """The session of the offer is applied before the call is answered."""
    session = Session(api_version=VERSION)
    events = session.ask({**connect(), "session": {"instructions": "Be brief."}})
    assert types(events)[1:] == ["session.updated", "rtc.call.sdp.created"]
    assert events[1]["session"]["instructions"] == "Be brief."


@pytest.mark.parametrize(
    ("offers", "code"),
    [([OFFER, OFFER], "rtc_call_exists"), (["v=0\r\n"], "invalid_sdp_offer")],
)
def test_refused_offers(offers: list[str], code: str) -> None:
    """A second call and an offer without audio are refused; the session goes on."""
    session = Session(api_version=VERSION)
    events = [event for offer in offers for event in session.ask(connect(offer))]
    error = only(events, "rtc.call.error")
    assert error["operation"] == "rtc.call.sdp.create"
    assert error["error"]["code"] == code
    assert only(session.ask(respond()), "response.done")


def test_interrupting_stops_playing() -> None:
    """Speech of the user and `output_audio_buffer.clear` end the playing at once."""
    session = call_session()
    session.send(respond())
    session.wait(2.0)
    events = session.ask({"type": "output_audio_buffer.clear"})
    assert types(events)[:2] == ["output_audio_buffer.cleared", STOPPED]


def test_the_first_version_has_no_calls() -> None:
    """The event is unknown before 2026-01-01-preview."""
    session = Session(api_version="2025-10-01")
    assert only(session.ask(connect()), "error")["error"]["param"] == "type"
