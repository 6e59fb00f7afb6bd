"""A module in the place of `sounddevice`, whose devices do what a test says."""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest


class PortAudioError(Exception):
    pass


@dataclass
class Stream:
    """A stream that the code under test has opened.

    Attributes:
        kind: `input` or `output`.
        options: The arguments it was opened with.
        state: What was called, in order.
        latency: As PortAudio estimates it, in seconds.
    """

    kind: str
    options: dict[str, Any]
    state: list[str] = field(default_factory=list)
    latency: float = 0.05
    fails: str = ""

    def start(self) -> None:
        if self.fails:
            raise PortAudioError(self.fails)
        self.state.append("start")

    def abort(self) -> None:
        self.state.append("abort")
        self.options["finished_callback"]()

    def close(self) -> None:
        self.state.append("close")

    def hear(self, pcm: bytes, *, overflow: bool = False) -> None:
        """Give a block to the code under test, as the device does."""
        status = SimpleNamespace(input_overflow=overflow)
        self.options["callback"](memoryview(pcm), len(pcm) // 2, None, status)

    def play(self, frames: int, *, delay: float = 0.0) -> bytes:
        """Take a block from the code under test, as the device does.

        Args:
            frames: Samples of every channel.
            delay: Seconds until its first sample is heard; 0 for a system that does
                not know.
        """
        block = bytearray(2 * frames * self.options["channels"])
        moment = SimpleNamespace(currentTime=7.0, outputBufferDacTime=7.0 + delay)
        self.options["callback"](memoryview(block), frames, moment, None)
        return bytes(block)

    def unplug(self) -> None:
        """End as a device does that goes away."""
        self.options["finished_callback"]()


class FakeSoundDevice(ModuleType):
    """The part of `sounddevice` that is used here.

    Attributes:
        devices: What `query_devices` lists.
        rates: Sample rates that the devices take.
        channels: Numbers of channels that they take.
        streams: All streams that were opened.
        on_start: Text of an error that starting gives.
    """

    PortAudioError = PortAudioError

    def __init__(self) -> None:
        super().__init__("sounddevice")
        self.devices = [
            device("Headset", inputs=1, outputs=0),
            device("Monitor", inputs=0, outputs=2),
        ]
        self.rates: set[int] = {24_000, 48_000}
        self.channels: set[int] = {1, 2}
        self.streams: list[Stream] = []
        self.on_start = ""

    def query_devices(self, device: Any = None, kind: str | None = None) -> Any:
        if kind is None:
            return self.devices
        for about in self.devices:
            if about[f"max_{kind}_channels"] and device in (None, about["name"]):
                return about
        if device is not None:
            raise ValueError(f"No {kind} device matching {device!r}")
        raise PortAudioError("Error querying device -1")

    def check_input_settings(self, **options: Any) -> None:
        if options["samplerate"] not in self.rates:
            raise PortAudioError("Invalid sample rate")
        if options["channels"] not in self.channels:
            raise PortAudioError("Invalid number of channels")

    check_output_settings = check_input_settings

    def RawInputStream(self, **options: Any) -> Stream:
        return self._open("input", options)

    def RawOutputStream(self, **options: Any) -> Stream:
        return self._open("output", options)

    def _open(self, kind: str, options: dict[str, Any]) -> Stream:
        self.check_input_settings(**options)
        self.streams.append(Stream(kind, options, fails=self.on_start))
        return self.streams[-1]


def device(name: str, *, inputs: int, outputs: int) -> dict[str, Any]:
    """A device as `query_devices` describes it."""
    return {
        "name": name,
        "max_input_channels": inputs,
        "max_output_channels": outputs,
        "default_samplerate": 48_000.0,
    }


def install(monkeypatch: pytest.MonkeyPatch) -> FakeSoundDevice:
    """Let everybody who imports `sounddevice` get a new fake."""
    fake = FakeSoundDevice()
    monkeypatch.setitem(sys.modules, "sounddevice", fake)
    return fake
