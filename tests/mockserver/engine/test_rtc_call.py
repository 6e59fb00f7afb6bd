"""WebRTC calls: signalling, event routing, playback, errors.

The only source is the vendor's guide to WebRTC of 30 April 2026.
"""

from __future__ import annotations

import re
from math import inf

import pytest
from aiohttp import ClientSession, WSServerHandshakeError

from tests.support.engine_driver import (
    WEATHER_TOOL,
    Event,
    Session,
    appends,
    every,
    long_story,
    only,
    respond,
    spoken,
    types,
    update,
    user,
)
from voicelive_mockserver import MockServer, VirtualSession, built_in_responder
from voicelive_protocol import API_VERSIONS

VERSION = "2026-06-01-preview"
VERSIONS = API_VERSIONS[API_VERSIONS.index("2026-01-01-preview") :]
OFFER = (
    "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\n"
    "m=audio 9 UDP/TLS/RTP/SAVPF 111\r\na=mid:0\r\na=rtpmap:111 opus/48000/2\r\n"
)
STARTED = "output_audio_buffer.started"
STOPPED = "output_audio_buffer.stopped"
CONTROL = re.compile(
    r"rtc\.call\..*|session\.(created|updated)|error"
    r"|response\.function_call_arguments\.(delta|done)"
    r"|response\.output_item\.(added|done)|conversation\.item\.created"
)


def connect(offer: str = OFFER) -> Event:
    return {"type": "rtc.call.sdp.create", "sdp_offer": offer}


def call_session(version: str = VERSION, *events: Event) -> Session:
    session = Session(api_version=version, responder=long_story)
    created = only(session.ask(*events, connect()), "rtc.call.sdp.created")
    assert created["rtc_call_id"] == session.engine.id
    assert "m=audio 9" in created["sdp_answer"]
    return session


class TestRouting:
    """Events on the control socket during a call."""

    @pytest.mark.parametrize("version", VERSIONS)
    def test_a_spoken_turn_goes_to_the_data_channel(self, version: str) -> None:
        """Detection, transcription and response leave the socket; audio is RTP."""
        session = call_session(version)
        settings = {"model": "whisper-1"}
        shown = session.ask(update(input_audio_transcription=settings))
        assert types(shown) == ["session.updated"]
        assert session.ask(*appends(spoken())) == []
        kinds = set(types(session.data_channel))
        assert kinds >= {
            "input_audio_buffer.speech_started",
            "input_audio_buffer.speech_stopped",
            "conversation.item.created",
            "conversation.item.input_audio_transcription.completed",
            "response.created",
            "response.output_item.added",
            "response.audio_transcript.delta",
            "response.audio_transcript.done",
            "response.output_item.done",
            "response.done",
        }
        assert "response.audio.delta" not in kinds

    @pytest.mark.parametrize("version", VERSIONS)
    def test_function_calls_stay_on_the_socket(self, version: str) -> None:
        """The backend gets arguments and items of calls, but no messages."""
        session = Session(api_version=version, responder=built_in_responder)
        session.ask(update(modalities=["text"], tools=[WEATHER_TOOL]), connect())
        events = session.ask(user("What is the weather in London?"), respond())
        assert types(events)[:2] == [
            "response.output_item.added",
            "conversation.item.created",
        ]
        assert types(events)[-2:] == [
            "response.function_call_arguments.done",
            "response.output_item.done",
        ]
        assert all(CONTROL.fullmatch(event["type"]) for event in events)
        for event in events:
            assert event.get("item", {}).get("type", "function_call") == "function_call"
        assert types(session.data_channel) == [
            "conversation.item.created",
            "response.created",
            "response.done",
        ]
        call = only(events, "response.function_call_arguments.done")["call_id"]
        item = {"type": "function_call_output", "call_id": call, "output": "Foggy."}
        event = {"type": "conversation.item.create", "item": item}
        assert session.ask(event, respond()) == []
        assert only(session.data_channel, "response.text.done")

    def test_errors_stay_on_the_socket(self) -> None:
        """Requests on the socket are rejected there."""
        events = call_session().ask(respond(max_output_tokens=0))
        assert types(events) == ["error"]

    def test_before_the_call_everything_is_on_the_socket(self) -> None:
        """The call begins with its answer, also among simultaneous events."""
        session = Session(api_version=VERSION, responder=long_story)
        events = session.ask(user("Hello"), connect())
        assert types(events) == [
            "session.created",
            "conversation.item.created",
            "rtc.call.sdp.created",
        ]
        assert session.data_channel == []

    def test_a_long_answer_is_routed_to_its_end(self) -> None:
        """Batches of production are routed completely."""
        session = call_session()
        text = "word " * 4000
        virtual = VirtualSession(api_version=VERSION, responder=lambda _: text)
        virtual.send(update(modalities=["text"]), connect(), respond())
        assert virtual.finish()[-1]["type"] == "rtc.call.sdp.created"
        deltas = every(virtual.data_channel, "response.text.delta")
        assert "".join(event["delta"] for event in deltas) == text
        assert session.engine.next_due is None


class TestSignalling:
    """The offer, its answer, and errors."""

    def test_a_call_configures_the_session(self) -> None:
        """The session in the offer is applied before the answer."""
        session = Session(api_version=VERSION)
        events = session.ask({**connect(), "session": {"instructions": "Be brief."}})
        assert types(events)[1:] == ["session.updated", "rtc.call.sdp.created"]
        assert events[1]["session"]["instructions"] == "Be brief."

    @pytest.mark.parametrize("version", VERSIONS)
    @pytest.mark.parametrize(
        "event", [connect(""), connect(" "), {}, {"sdp_offer": None}]
    )
    def test_a_missing_offer(self, version: str, event: Event) -> None:
        """The error has the form and the text of the guide."""
        session = Session(api_version=version)
        events = session.ask({"type": "rtc.call.sdp.create", **event})
        refused = only(events, "rtc.call.error")
        assert {key: refused[key] for key in refused if key != "event_id"} == {
            "type": "rtc.call.error",
            "operation": "rtc.call.sdp.create",
            "rtc_call_id": session.engine.id,
            "error": {
                "type": "invalid_request_error",
                "code": "missing_sdp",
                "message": "SDP offer is required",
            },
        }
        assert only(session.ask(connect()), "rtc.call.sdp.created")

    @pytest.mark.parametrize(
        ("offers", "code"),
        [([OFFER, OFFER], "rtc_call_exists"), (["v=0\r\n"], "invalid_sdp_offer")],
    )
    def test_refused_offers(self, offers: list[str], code: str) -> None:
        """A second call and an offer without audio are rejected."""
        session = Session(api_version=VERSION)
        events = [event for offer in offers for event in session.ask(connect(offer))]
        error = only(events, "rtc.call.error")
        assert error["operation"] == "rtc.call.sdp.create"
        assert error["error"]["code"] == code
        session.ask(respond())
        assert only([*session.events, *session.data_channel], "response.done")

    def test_avatars_are_refused(self) -> None:
        """A session cannot have both an avatar and a call."""
        avatar = {"character": "lisa"}
        session = Session(model="gpt-4o", api_version=VERSION)
        events = session.ask(update(avatar=avatar), connect())
        error = only(events, "rtc.call.error")["error"]
        assert error["code"] == "avatar_not_supported"
        session = Session(model="gpt-4o", api_version=VERSION)
        events = session.ask(connect(), update(avatar=avatar))
        assert only(events, "error")["error"]["param"] == "session.avatar"

    @pytest.mark.parametrize("event", [connect(), {"type": "rtc.call.sdp.create"}])
    def test_the_first_version_has_no_calls(self, event: Event) -> None:
        """The event is unknown before 2026-01-01-preview."""
        session = Session(api_version="2025-10-01")
        assert types(session.ask(event)) == ["session.created", "error"]


class TestPlayback:
    """Playback events, which one preview version has."""

    def test_the_answer_is_played_over_the_call(self) -> None:
        """Playback starts and stops once, on the data channel."""
        session = call_session()
        assert session.ask(respond()) == []
        events = session.data_channel
        response = only(events, "response.done")["response"]
        for event_type in (STARTED, STOPPED):
            assert only(events, event_type)["response_id"] == response["id"]
        assert types(events).index(STARTED) < types(events).index("response.done")

    def test_interrupting_stops_playing(self) -> None:
        """`output_audio_buffer.clear` ends the playback immediately."""
        session = call_session()
        session.send(respond())
        session.wait(2.0)
        before = len(session.data_channel)
        session.ask({"type": "output_audio_buffer.clear"})
        assert types(session.data_channel[before:])[:2] == [
            "output_audio_buffer.cleared",
            STOPPED,
        ]

    @pytest.mark.parametrize("version", [v for v in VERSIONS if v != VERSION])
    def test_other_versions_have_no_playback_events(self, version: str) -> None:
        """The driver validates each frame against the version."""
        session = call_session(version)
        session.ask(respond())
        assert STARTED not in types(session.data_channel)
        assert only(session.data_channel, "response.done")


async def calls(server: MockServer, http: ClientSession, version: str) -> list[Event]:
    """Signal a call over a socket and request a function call; return events."""
    url = f"{server.url}/calls?api-version={version}&model=gpt-realtime"
    headers = {"api-key": server.api_key}
    async with http.ws_connect(url, headers=headers) as client:
        session = {"modalities": ["text"], "tools": [WEATHER_TOOL]}
        await client.send_json(connect() | {"session": session})
        await client.send_json(user("What is the weather in London?"))
        await client.send_json(respond())
        seen: list[Event] = []
        while "response.output_item.done" not in types(seen):
            seen.append(await client.receive_json())
        return seen


@pytest.mark.parametrize("required", [False, True])
@pytest.mark.parametrize("version", VERSIONS)
async def test_signalling_over_a_socket(version: str, required: bool) -> None:
    """Path, routing and journal; the offer may precede any update."""
    async with (
        MockServer(speed=inf, require_configuration=required) as server,
        ClientSession() as http,
    ):
        seen = await calls(server, http, version)
        assert types(seen)[:3] == [
            "session.created",
            "session.updated",
            "rtc.call.sdp.created",
        ]
        assert all(CONTROL.fullmatch(event["type"]) for event in seen)
        journal = server.last_session
        assert types(journal.server_events())[: len(seen)] == types(seen)
        diverted = [entry.event for entry in journal.data_channel]
        assert types(diverted)[:2] == ["conversation.item.created", "response.created"]


async def test_the_path_is_new() -> None:
    """Earlier API versions do not have the path."""
    async with MockServer() as server, ClientSession() as http:
        with pytest.raises(WSServerHandshakeError) as refused:
            await calls(server, http, "2025-10-01")
        assert refused.value.status == 404
