"""Page of event sequences, which the mock service plays while the site is built."""

from __future__ import annotations

import json
import math
import struct
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from codegen.reference.markdown import PageLocations
from codegen.reference.pages import Page
from voicelive_mockserver import CallMcp, VirtualSession
from voicelive_mockserver.scenario import call

SEQUENCES_PAGE = "sequences.md"

_SAMPLE_RATE = 24_000

# Fields that a table shows, if an event has them.
_SHOWN = ("delta", "text", "transcript", "name", "arguments", "audio_end_ms")

_WEATHER = {
    "type": "function",
    "name": "get_weather",
    "parameters": {"type": "object", "properties": {"city": {"type": "string"}}},
}


_LIBRARY = {
    "type": "mcp",
    "server_label": "library",
    "server_url": "https://mcp.example.com",
    "allowed_tools": ["search"],
}


class Sequence:
    """A session with the mock service, and what both sides send."""

    def __init__(self, **options: Any) -> None:
        self.session = VirtualSession(seed=1, **options)
        self.rows: list[tuple[str, Mapping[str, Any]]] = []
        self.until("session.created")

    def send(self, kind: str, **fields: Any) -> None:
        """Send an event."""
        event = {"type": kind, **fields}
        self.rows.append(("client", event))
        self.session.send(event)

    def speak(self, seconds: float, silence: float = 0.0) -> None:
        """Send speech and the silence after it; what the service sends follows."""
        self.rows.append(("client", {"type": "input_audio_buffer.append"}))
        count = round(seconds * _SAMPLE_RATE)
        tone = (round(8000 * math.sin(i * 0.05)) for i in range(count))
        pcm = b"".join(struct.pack("<h", sample) for sample in tone)
        rest = bytes(2 * round(silence * _SAMPLE_RATE))
        self._received(self.session.say(pcm + rest))

    def until(self, kind: str) -> list[dict[str, Any]]:
        """Receive events up to one of a type."""
        return self._received(self.session.until(kind))

    def _received(self, events: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
        found = list(events)
        self.rows += [("service", event) for event in found]
        return found


def text_turn() -> Sequence:
    """Return a written question and its answer."""
    sequence = Sequence(responder=lambda request: "Hello, how can I help?")
    sequence.send("session.update", session={"modalities": ["text"]})
    sequence.until("session.updated")
    _ask(sequence, "Hello!")
    sequence.send("response.create")
    sequence.until("response.done")
    return sequence


def spoken_turn() -> Sequence:
    """Return a spoken question that turn detection ends, and its answer."""
    sequence = Sequence(
        responder=lambda request: "It is noon.", transcript="What time?"
    )
    _converse(sequence)
    sequence.speak(1.0, silence=1.0)
    sequence.until("response.done")
    return sequence


def manual_turn() -> Sequence:
    """Return a spoken question that the client ends, and its answer."""
    sequence = Sequence(
        responder=lambda request: "It is noon.", transcript="What time?"
    )
    settings = {"turn_detection": None, "modalities": ["text"]}
    sequence.send("session.update", session=settings)
    sequence.until("session.updated")
    sequence.speak(1.0)
    sequence.send("input_audio_buffer.commit")
    sequence.until("conversation.item.created")
    sequence.send("response.create")
    sequence.until("response.done")
    return sequence


def interruption() -> Sequence:
    """Return an answer that the user interrupts."""
    sequence = Sequence(responder=lambda request: "A long answer. " * 12)
    _converse(sequence)
    sequence.send("response.create")
    sequence.until("response.audio.delta")
    sequence.speak(0.4)
    item = next(
        event["item_id"]
        for _, event in reversed(sequence.rows)
        if event["type"] == "response.audio.delta"
    )
    fields = {"item_id": item, "content_index": 0, "audio_end_ms": 200}
    sequence.send("conversation.item.truncate", **fields)
    sequence.until("conversation.item.truncated")
    return sequence


def function_call() -> Sequence:
    """Return a call of a function, and the answer that uses its result."""
    replies = iter([call("get_weather", city="Paris"), "It is sunny in Paris."])
    sequence = Sequence(responder=lambda request: next(replies))
    settings = {"modalities": ["text"], "tools": [_WEATHER]}
    sequence.send("session.update", session=settings)
    sequence.until("session.updated")
    _ask(sequence, "How is the weather in Paris?")
    sequence.send("response.create")
    calls = sequence.until("response.done")[-1]["response"]["output"]
    output = {"type": "function_call_output", "call_id": calls[0]["call_id"]}
    sequence.send("conversation.item.create", item={**output, "output": '"sunny"'})
    sequence.until("conversation.item.created")
    sequence.send("response.create")
    sequence.until("response.done")
    return sequence


def mcp_call() -> Sequence:
    """Return a call of an MCP server that the client approves, and the answer."""
    replies = iter([CallMcp("search", {"query": "opening hours"}), "Until eight."])
    sequence = Sequence(responder=lambda request: next(replies))
    settings = {"modalities": ["text"], "tools": [_LIBRARY]}
    sequence.send("session.update", session=settings)
    sequence.until("mcp_list_tools.completed")
    _ask(sequence, "Is it open?")
    sequence.send("response.create")
    request = sequence.until("response.done")[-1]["response"]["output"][0]
    approval = {
        "type": "mcp_approval_response",
        "approval_request_id": request["id"],
        "approve": True,
    }
    sequence.send("conversation.item.create", item=approval)
    sequence.until("response.mcp_call.completed")
    sequence.send("response.create")
    sequence.until("response.done")
    return sequence


def refusal() -> Sequence:
    """Return an event that is refused, after which the session continues."""
    sequence = Sequence()
    sequence.send("session.update", session={})
    sequence.until("session.updated")
    sequence.send("input_audio_buffer.commit", event_id="commit_1")
    sequence.until("error")
    return sequence


def _ask(sequence: Sequence, text: str) -> None:
    content = [{"type": "input_text", "text": text}]
    item = {"type": "message", "role": "user", "content": content}
    sequence.send("conversation.item.create", item=item)
    sequence.until("conversation.item.created")


def _converse(sequence: Sequence) -> None:
    settings = {
        "turn_detection": {"type": "server_vad"},
        "input_audio_transcription": {"model": "azure-speech"},
    }
    sequence.send("session.update", session=settings)
    sequence.until("session.updated")


_SECTIONS = (
    (
        "A written turn",
        "The client adds a message of the user and requests a response.",
        text_turn,
    ),
    (
        "A spoken turn",
        "With turn detection the client only sends audio, silence included. The "
        "service finds the end of the turn and responds by itself.",
        spoken_turn,
    ),
    (
        "A turn that the client ends",
        "Without turn detection the client commits the audio and requests the "
        "response.",
        manual_turn,
    ),
    (
        "An interruption",
        "The user speaks while the assistant does (barge-in). The service cancels the "
        "response; the client stops playback and truncates the item to what was heard.",
        interruption,
    ),
    (
        "A function call",
        "The model calls a function of the client, which sends the result and requests "
        "the response that uses it.",
        function_call,
    ),
    (
        "A call of an MCP server",
        "The service calls the tool when the client has approved it; the client "
        "requests the response that uses the result.",
        mcp_call,
    ),
    (
        "A refused event",
        "The error names the event that it answers; the session continues.",
        refusal,
    ),
)


@dataclass(frozen=True, slots=True)
class Sequences:
    """All sequences.

    Attributes:
        page: Their page.
        events: Titles of the sequences that have an event, by its wire name.
    """

    page: Page
    events: dict[str, list[str]]

    def in_context(self, text: str, wire: str) -> str:
        """Return the page of an event with links to its sequences."""
        links = [
            f"[{title}](../{SEQUENCES_PAGE}#{title.lower().replace(' ', '-')})"
            for title in self.events.get(wire, ())
        ]
        if not links:
            return text
        line = f"**In a sequence of events:** {', '.join(links)}"
        return text.replace("\n## Fields\n", f"\n{line}\n\n## Fields\n", 1)


def play_sequences(places: PageLocations) -> Sequences:
    """Play all sequences."""
    events: dict[str, list[str]] = {}
    lines = [
        "# Sequences of events",
        "",
        "What both sides send in common situations, as the mock service plays them "
        "with a native model. Equal events in a row are one line, and deltas of audio "
        "and text alternate in any order.",
    ]
    for title, text, play in _SECTIONS:
        rows = play().rows
        lines += ["", f"## {title}", "", text, "", *_table(rows, places)]
        for wire in dict.fromkeys(event["type"] for _, event in rows):
            events.setdefault(wire, []).append(title)
    page = Page(SEQUENCES_PAGE, "Sequences of events", "\n".join(lines) + "\n")
    return Sequences(page, events)


def _table(
    rows: list[tuple[str, Mapping[str, Any]]], places: PageLocations
) -> Iterator[str]:
    yield from ('<div class="sequence" markdown>', "")
    yield from ("| From | Event | Content |", "|---|---|---|")
    index = 0
    while index < len(rows):
        sender, event = rows[index]
        kind = event["type"]
        end = index + 1
        while end < len(rows) and rows[end][1]["type"] == kind:
            end += 1
        link = places.link(places.wires[kind], f"`{kind}`", SEQUENCES_PAGE)
        times = f" ({end - index} times)" if end - index > 1 else ""
        if kind == "input_audio_buffer.append":
            times = " …"
        content = _content(event)
        yield f"| {sender} | {link}{times} | {f'`{content}`' if content else ''} |"
        index = end
    yield from ("", "</div>")


def _content(event: Mapping[str, Any]) -> str:
    """Return what an event says, in short."""
    kind = event["type"]
    found: dict[str, Any] = {}
    if kind == "session.update":
        found = event["session"]
    elif kind == "error":
        found = {k: event["error"][k] for k in ("code", "event_id")}
    elif "item" in event:
        found = {k: event["item"][k] for k in ("type", "role") if event["item"].get(k)}
    elif "response" in event:
        found = {"status": event["response"]["status"]}
    elif "audio" not in kind or "transcript" in kind:
        found = {key: event[key] for key in _SHOWN if key in event}
    elif "audio_end_ms" in event:
        found = {"audio_end_ms": event["audio_end_ms"]}
    text = json.dumps(found, ensure_ascii=False).replace("|", "\\|")
    return text if (found or kind == "session.update") and len(text) < 180 else ""
