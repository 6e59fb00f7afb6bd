"""Synthetic recordings of sessions, written to `tests/recordings/`.

`python -m tools.synthesize_recordings` plays a client against the mock service in
virtual time, and applies the differences that the real service shows between two
sessions. Audio payloads are cut, as in recordings of the real service.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from tools.paths import RECORDINGS
from voicelive_mockserver import CallFunction, ReplyRequest, VirtualSession

Event = dict[str, Any]

# Base64 characters that are kept of an audio payload: 33 bytes.
_AUDIO_CHARACTERS = 44
_WEATHER_TOOL = {
    "type": "function",
    "name": "get_weather",
    "description": "Look up the weather of a city.",
    "parameters": {
        "type": "object",
        "properties": {"city": {"type": "string"}},
        "required": ["city"],
    },
}


class _RecordedSession:
    """Virtual session that records a line for each event, in order."""

    def __init__(self, responder: Callable[[ReplyRequest], Any], seed: int) -> None:
        self.lines: list[Event] = []
        self._session = VirtualSession(responder=responder, seed=seed)
        self._received = 0
        self.until("session.created")

    def send(self, *events: Event) -> None:
        """Record the received events, then send events."""
        self._take()
        for event in events:
            self.lines.append({"direction": "sent", "event": event})
            self._session.send(event)

    def until(self, event_type: str) -> Event:
        """Receive events up to the next one of a type; return that event."""
        events = self._session.until(event_type)
        self._take()
        return next(event for event in events if event["type"] == event_type)

    def finish(self) -> list[Event]:
        """Receive all remaining events, and return the lines."""
        self._session.finish()
        self._take()
        return self.lines

    def _take(self) -> None:
        for event in self._session.events[self._received :]:
            self.lines.append({"direction": "received", "event": _cut(event)})
        self._received = len(self._session.events)


def _cut(event: Event) -> Event:
    if event["type"] != "response.audio.delta":
        return event
    return event | {"delta": event["delta"][:_AUDIO_CHARACTERS]}


def _update(**session: Any) -> Event:
    return {"type": "session.update", "session": session}


def _user_text(text: str) -> Event:
    content = [{"type": "input_text", "text": text}]
    item = {"type": "message", "role": "user", "content": content}
    return {"type": "conversation.item.create", "item": item}


def _text_reply() -> list[Event]:
    session = _RecordedSession(lambda _: "Good morning to you.", seed=1)
    session.send(_update(modalities=["text"], instructions="Be brief."))
    session.until("session.updated")
    session.send(_user_text("Good morning."), {"type": "response.create"})
    return session.finish()


def _spoken_reply() -> list[Event]:
    session = _RecordedSession(lambda _: "It is half past nine.", seed=2)
    session.send(_update(modalities=["text", "audio"], instructions="Be brief."))
    session.until("session.updated")
    session.send(_user_text("What time is it?"), {"type": "response.create"})
    lines = session.finish()
    # The service sends either null or "pcm16" before the first update.
    lines[0]["event"]["session"]["output_audio_format"] = "pcm16"
    return lines


def _tool_call() -> list[Event]:
    def reply(request: ReplyRequest) -> Any:
        if request.number:
            return "It is sunny in Turin."
        return CallFunction("get_weather", '{"city": "Turin"}')

    session = _RecordedSession(reply, seed=3)
    session.send(_update(modalities=["text"], tools=[_WEATHER_TOOL]))
    session.until("session.updated")
    session.send(
        _user_text("How is the weather in Turin?"), {"type": "response.create"}
    )
    call = session.until("response.output_item.done")["item"]
    output = {
        "type": "function_call_output",
        "call_id": call["call_id"],
        "output": "Sunny, 21 degrees.",
    }
    # The client does not wait for the end of the response before it sends the result.
    session.send({"type": "conversation.item.create", "item": output})
    session.until("response.done")
    session.send({"type": "response.create"})
    lines = session.finish()
    # The service has added fields to sessions without a new API version.
    for line in lines:
        for name in ("greeting", "handoff"):
            line["event"].get("session", {}).pop(name, None)
    return lines


SESSIONS = {
    "spoken_reply": _spoken_reply,
    "text_reply": _text_reply,
    "tool_call": _tool_call,
}


def main() -> None:
    """Write the recordings."""
    RECORDINGS.mkdir(exist_ok=True)
    for name, session in SESSIONS.items():
        text = "".join(json.dumps(line) + "\n" for line in session())
        (RECORDINGS / f"{name}.jsonl").write_text(text, "utf-8")


if __name__ == "__main__":
    main()
