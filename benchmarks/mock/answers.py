"""Answers of the mock service, recorded once, for servers that only replay them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from itertools import count

from benchmarks.mock.responder import answer
from benchmarks.mock.speech import QUESTION, RATE
from benchmarks.websocket import text_frame
from voicelive_mockserver.audio.voice import synthesize
from voicelive_mockserver.virtual_session import VirtualSession
from voicelive_mockserver.wire_type import own_wire_type

_PAUSE_SECONDS = 1.0
_ID = re.compile(rb'(?<=:")((?:event|resp|item)_\w+)')
_numbers = count()


class Template:
    """Encoded frames whose identifiers are new each time.

    Args:
        frames: Frames of the service, without headers.
    """

    def __init__(self, frames: list[bytes]) -> None:
        self._parts = _ID.split(b"".join(map(text_frame, frames)))
        places: dict[bytes, list[int]] = {}
        for place in range(1, len(self._parts), 2):
            places.setdefault(self._parts[place], []).append(place)
        # Of the same length, as the header of the frame has the length.
        self._ids = [
            (b"%b_%%0%dd" % (kind, len(name) - len(kind) - 1), found)
            for name, found in places.items()
            for kind in [name.partition(b"_")[0]]
        ]

    def fill(self) -> bytes:
        """Return the frames with headers and new identifiers."""
        parts = self._parts.copy()
        for form, places in self._ids:
            name = form % next(_numbers)
            for place in places:
                parts[place] = name
        return b"".join(parts)


@dataclass(frozen=True)
class Answers:
    """The frames that a session sends, by what they answer.

    Attributes:
        welcome: To the handshake.
        configured: To `session.update`.
        item: To `conversation.item.create`.
        text: To `response.create`.
        speech_started: To the begin of speech.
        spoken: To the end of speech, up to the first audio.
        pieces: The spoken answer in pieces of 100 ms, with the events between them.
    """

    welcome: Template
    configured: Template
    item: Template
    text: Template
    speech_started: Template
    spoken: Template
    pieces: tuple[Template, ...]


@cache
def answers() -> Answers:
    """Record the answers of a session."""
    session = VirtualSession(responder=answer)
    session.wait(_PAUSE_SECONDS)
    welcome = session.frames[:]
    configured = _sent(session, {"type": "session.update", "session": {}})
    content = [{"type": "input_text", "text": "When does the museum open?"}]
    item = {"type": "message", "role": "user", "content": content}
    created = _sent(session, {"type": "conversation.item.create", "item": item})
    first = len(session.frames)
    session.send({"type": "response.create", "response": {"modalities": ["text"]}})
    session.until("response.done")
    text = session.frames[first:]

    first = len(session.frames)
    quiet = bytes(2 * RATE)
    session.say(synthesize(QUESTION, sample_rate=RATE) + quiet, chunk_ms=20)
    session.until("response.done")
    spoken = session.frames[first:]
    types = [own_wire_type(frame) for frame in spoken]
    audio = [n for n, kind in enumerate(types) if kind == "response.audio.delta"]
    stopped = types.index("input_audio_buffer.speech_stopped")
    ends = [*audio[1:], audio[-1] + 1]
    return Answers(
        welcome=Template(welcome),
        configured=Template(configured),
        item=Template(created),
        text=Template(text),
        speech_started=Template(spoken[:stopped]),
        spoken=Template(spoken[stopped : audio[0]]),
        pieces=tuple(
            Template(spoken[begin:end]) for begin, end in zip(audio, ends, strict=True)
        ),
    )


def _sent(session: VirtualSession, event: dict[str, object]) -> list[bytes]:
    """Send an event, and return the frames that answer it at once."""
    first = len(session.frames)
    session.send(event)
    session.wait(_PAUSE_SECONDS)
    return session.frames[first:]
