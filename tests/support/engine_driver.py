"""Driver of a session in virtual time, without sockets; events to send to it."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Mapping
from math import inf
from typing import Any

from tests.support.schema_check import check_frame
from tests.support.signals import silence, tone
from voicelive_mockserver import (
    HeardAudio,
    ReplyRequest,
    Responder,
    Transcriber,
    built_in_responder,
)
from voicelive_mockserver.engine import EngineSources, SessionEngine
from voicelive_mockserver.engine.agents import Agent
from voicelive_mockserver.engine.interfaces import McpHost, SpeechSource
from voicelive_mockserver.engine.mcp import SimulatedMcpHost
from voicelive_mockserver.engine.models import NATIVE, find_model
from voicelive_mockserver.scenario import CompiledScenario, Scenario, ScenarioSession
from voicelive_mockserver.server.speech import SyntheticSpeech
from voicelive_protocol import decode_server_event

Event = dict[str, Any]

STARTED_AT = 1_784_664_973.0
WEATHER_TOOL = {
    "type": "function",
    "name": "get_weather",
    "description": "Look up the weather for a city.",
    "parameters": {
        "type": "object",
        "properties": {"city": {"type": "string"}},
        "required": ["city"],
    },
}
AZURE_VOICE = {"type": "azure-standard", "name": "en-US-AvaNeural"}
_SPEECH = SyntheticSpeech()


def hello(_audio: HeardAudio) -> str:
    """Return the same transcript for any audio."""
    return "Hello."


class Session:
    """An engine in virtual time, and the frames that it has sent.

    Every frame is decoded strictly and validated with the JSON Schema of the API
    version: an invalid event fails the test that caused it.

    Messages before a `session.update` are accepted, unless `require_configuration` is
    set. With a `scenario`, its turns reply and transcribe before `responder` and
    `transcriber`.
    """

    def __init__(
        self,
        *,
        model: str = "gpt-realtime",
        api_version: str = "2026-04-10",
        responder: Responder = built_in_responder,
        transcriber: Transcriber = hello,
        scenario: Scenario | None = None,
        speech: SpeechSource = _SPEECH,
        mcp: McpHost | None = None,
        agent: Agent | None = None,
        features: frozenset[str] = frozenset(),
        session_seconds: float = 3600,
        require_configuration: bool = False,
        seed: int = 0,
        ordinal: int = 0,
        started_at: float = STARTED_AT,
    ) -> None:
        self.api_version = api_version
        found = find_model(model)
        assert found is not None
        if scenario is not None:
            played = play(scenario, responder, transcriber)
            responder, transcriber = played.respond, played.transcribe
        sources = EngineSources(
            responder, transcriber, True, speech, mcp or SimulatedMcpHost()
        )
        self.engine = SessionEngine(
            found,
            api_version,
            sources,
            seed=seed,
            ordinal=ordinal,
            started_at=started_at,
            agent=agent,
            features=features,
            session_seconds=session_seconds,
            require_configuration=require_configuration,
        )
        self.frames: list[bytes] = []
        self.events: list[Event] = []
        self.data_channel: list[Event] = []

    def send(self, *events: Mapping[str, Any] | str | bytes) -> None:
        """Send events or raw frames now."""
        for event in events:
            if isinstance(event, Mapping):
                frame = json.dumps(event).encode()
            else:
                frame = event.encode() if isinstance(event, str) else event
            self.engine.receive(frame, self.engine.now)

    def wait(self, seconds: float) -> list[Event]:
        """Advance the time; return the events sent meanwhile."""
        return self._run(self.engine.now + seconds)

    def finish(self) -> list[Event]:
        """Advance the time until nothing is scheduled; return the events."""
        return self._run(inf)

    def until(self, event_type: str) -> Event:
        """Advance the time until the next event of a type; return that event."""
        while True:
            due = self.engine.next_due
            assert due is not None, f"no {event_type}"
            for event in self._run(due):
                if event["type"] == event_type:
                    return event

    def ask(self, *events: Mapping[str, Any] | str | bytes) -> list[Event]:
        """Send events, advance until nothing is scheduled; return the events."""
        self.send(*events)
        return self.finish()

    def _run(self, until: float) -> list[Event]:
        first = len(self.events)
        self.engine.advance(until)
        while True:
            frames = self.engine.take()
            diverted = self.engine.take_data_channel()
            if not frames and not diverted:
                break
            for frame in frames:
                decode_server_event(frame, strict=True)
                self.frames.append(frame)
                self.events.append(check_frame(frame, self.api_version))
            for frame in diverted:
                self.data_channel.append(check_frame(frame, self.api_version))
            # Production pauses while too many frames are queued.
            self.engine.advance(until)
        return self.events[first:]


def play(
    scenario: Scenario,
    responder: Responder = built_in_responder,
    transcriber: Transcriber = hello,
) -> ScenarioSession:
    """Return the state of a scenario in one session, without its faults."""
    return ScenarioSession(
        CompiledScenario.of(scenario),
        responder=responder,
        transcriber=transcriber,
        latency=NATIVE.latency,
        add_fault=lambda _fault: None,
    )


def text_session(**options: Any) -> Session:
    """Return a session that is configured for text output."""
    session = Session(**options)
    session.ask(update(modalities=["text"]))
    return session


def answer(session: Session, text: str) -> str:
    """Send a text of the user; return the text of the response."""
    return said(session.ask(user(text), respond()))


def updated(session: Session, **changes: Any) -> Event:
    """Send a `session.update`; return the session in the answer."""
    answered = only(session.ask(update(**changes)), "session.updated")
    result: Event = answered["session"]
    return result


def rejected(session: Session, **changes: Any) -> Event:
    """Send a `session.update`; return the content of the error."""
    events = session.ask(update(**changes))
    assert "session.updated" not in types(events)
    return error_of(events)


def types(events: list[Event]) -> list[str]:
    """Return the types of events."""
    return [event["type"] for event in events]


def runs(events: list[Event]) -> list[str]:
    """Return the types of events, without consecutive duplicates."""
    result: list[str] = []
    for event in events:
        if not result or result[-1] != event["type"]:
            result.append(event["type"])
    return result


def only(events: list[Event], event_type: str) -> Event:
    """Return the one event of a type."""
    found = [event for event in events if event["type"] == event_type]
    assert len(found) == 1, types(events)
    return found[0]


def every(events: list[Event], event_type: str) -> list[Event]:
    """Return all events of a type."""
    return [event for event in events if event["type"] == event_type]


def error_of(events: list[Event]) -> Event:
    """Return the content of the one `error` event."""
    error: Event = only(events, "error")["error"]
    return error


def said(events: list[Event]) -> str:
    """Return the text or transcript of the assistant's messages."""
    texts = [
        event.get("text") or event.get("transcript", "")
        for event in events
        if event["type"] in ("response.text.done", "response.audio_transcript.done")
    ]
    return " ".join(texts)


def update(**session: Any) -> Event:
    """Return a `session.update`."""
    return {"type": "session.update", "session": session}


def user(text: str, **keys: Any) -> Event:
    """Return a `conversation.item.create` of a text of the user."""
    content = [{"type": "input_text", "text": text}]
    item = {"type": "message", "role": "user", "content": content}
    return {"type": "conversation.item.create", "item": item, **keys}


def output(call_id: str, text: str = "{}") -> Event:
    """Return a `conversation.item.create` of the output of a function call."""
    item = {"type": "function_call_output", "call_id": call_id, "output": text}
    return {"type": "conversation.item.create", "item": item}


def respond(**response: Any) -> Event:
    """Return a `response.create`."""
    event: Event = {"type": "response.create"}
    return event | {"response": response} if response else event


def append(pcm: bytes) -> Event:
    """Return an `input_audio_buffer.append`."""
    return {"type": "input_audio_buffer.append", "audio": b64encode(pcm).decode()}


def appends(pcm: bytes, milliseconds: int = 100) -> list[Event]:
    """Return audio at 24 kHz as short appends."""
    size = milliseconds * 48
    return [append(pcm[at : at + size]) for at in range(0, len(pcm), size)]


def spoken(start_ms: int = 500, end_ms: int = 1500, total_ms: int = 2500) -> bytes:
    """Return audio at 24 kHz with a tone as speech."""
    return silence(start_ms) + tone(end_ms - start_ms) + silence(total_ms - end_ms)


def long_story(_request: ReplyRequest) -> str:
    """Return a reply that is long enough to be interrupted."""
    return "This is a long story that goes on and on. " * 8
