"""Candidate of msgspec and aiohttp alone: the lower bound for any typed client."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import cache
from typing import Any, Union

import aiohttp
import msgspec

from benchmarks.candidates import Candidate
from benchmarks.payloads import SPOKEN_REPLY, Frame
from benchmarks.timing import Stopwatch, Timing

_AUDIO_DELTA = "response.audio.delta"

# Objects with arbitrary keys.
_FREE_FORM = {"metadata", "parameters"}


class _Append(msgspec.Struct, tag_field="type", tag="input_audio_buffer.append"):
    audio: bytes


class Bare:
    def decoder(self, frames: list[Frame]) -> Callable[[bytes], object]:
        return _decoder(_structs(frames))

    def encoder(self) -> Callable[[bytes], object]:
        encode = msgspec.json.Encoder().encode

        def write(audio: bytes) -> object:
            return encode(_Append(audio))

        return write

    async def receive(self, endpoint: str, events: int) -> Timing:
        structs = _reply_structs()
        decode = _decoder(structs)
        audio_delta = structs[_AUDIO_DELTA]
        url = f"{endpoint}/voice-live/realtime?events={events}"
        async with (
            aiohttp.ClientSession() as session,
            # The default heartbeat of both clients.
            session.ws_connect(url, decode_text=False, heartbeat=30) as socket,
        ):
            await socket.receive()
            stopwatch = Stopwatch()
            await socket.send_str('{"type":"response.create"}')
            for _ in range(events):
                event = decode((await socket.receive()).data)
                if isinstance(event, audio_delta):
                    _ = event.delta
            return stopwatch.stop(events)


@cache
def _reply_structs() -> dict[str, Any]:
    return _structs(SPOKEN_REPLY)


def _structs(frames: list[Frame]) -> dict[str, Any]:
    """Return a minimal struct for each event type."""
    events = {event["type"]: event for event in map(_parse, frames)}
    return {name: _struct("Event", event) for name, event in events.items()}


def _parse(frame: Frame) -> dict[str, Any]:
    return msgspec.json.decode(frame.text, type=dict[str, Any])


def _decoder(structs: dict[str, Any]) -> Callable[[bytes], Any]:
    return msgspec.json.Decoder(_union(structs.values())).decode


def _struct(name: str, value: Mapping[str, Any]) -> Any:
    """Return a struct with exactly the fields of this JSON object."""
    tag = value.get("type")
    fields = [
        (key, bytes if tag == _AUDIO_DELTA and key == "delta" else _type(key, item))
        for key, item in value.items()
        if key != "type"
    ]
    return msgspec.defstruct(name, fields, tag=tag, tag_field=tag and "type")


def _type(name: str, value: Any) -> Any:
    if value is None:
        return Any
    if isinstance(value, dict):
        return dict[str, Any] if name in _FREE_FORM else _struct(name.title(), value)
    if isinstance(value, list):
        # Objects of one type have the same fields.
        kinds = {v["type"] if isinstance(v, dict) else type(v): v for v in value}
        element = _union(_type(name, item) for item in kinds.values())
        return list[element]  # type: ignore[valid-type]
    return type(value)


def _union(types: Iterable[Any]) -> Any:
    members = tuple(types)
    return Union[members] if members else Any  # noqa: UP007


CANDIDATE: Candidate = Bare()
