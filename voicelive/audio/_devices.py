"""Streams of audio devices, with sounddevice and PortAudio."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Literal, TypeAlias

from voicelive._errors import VoiceLiveError
from voicelive.audio._extra import require
from voicelive.audio._format import AudioFormat

Device: TypeAlias = int | str
"""A device: its PortAudio index, or part of its name."""

Kind: TypeAlias = Literal["input", "output"]

_NAMES = {"input": "microphone", "output": "speaker"}


class AudioDeviceError(VoiceLiveError):
    """A microphone or speaker cannot be used, or was lost.

    The message says what is missing, how to install it, and which devices exist.
    """


class DeviceStream:
    """Stream of a device, open but not started.

    A device that does not support the sample rate or number of channels is opened with
    its own.

    Args:
        kind: Microphone or speaker.
        wanted: Format that the application uses.
        device: The device; None for the system default.
        block_ms: Block length of the callback, 0 for the choice of the device.
        callback: Called by PortAudio for every block, in its thread.
        finished: Called by PortAudio when the stream has ended, in its thread.

    Raises:
        AudioDeviceError: The device does not exist or cannot be used.
        ModuleNotFoundError: The extra `audio` is missing.
    """

    def __init__(
        self,
        kind: Kind,
        wanted: AudioFormat,
        device: Device | None,
        block_ms: float,
        callback: Callable[[Any, int, Any, Any], None],
        finished: Callable[[], None],
    ) -> None:
        self._kind: Kind = kind
        self._device = device
        self._library = _load(kind)
        opening = {
            "input": self._library.RawInputStream,
            "output": self._library.RawOutputStream,
        }
        with self._device_errors():
            about = self._library.query_devices(device, kind)
            self.format = self._usable(wanted, about)
            """The pcm16 format of the stream."""
            self._stream: Any = opening[kind](
                samplerate=self.format.sample_rate,
                channels=self.format.channels,
                dtype="int16",
                blocksize=int(self.format.sample_rate * block_ms / 1000),
                device=device,
                callback=callback,
                finished_callback=finished,
            )

    @property
    def latency(self) -> float:
        """Estimated delay between a block and its sound, in seconds."""
        return float(self._stream.latency)

    def start(self) -> None:
        """Start calling the callback.

        Raises:
            AudioDeviceError: The device cannot be started.
        """
        with self._device_errors():
            self._stream.start()

    def close(self) -> None:
        """Stop at once and release the device."""
        self._stream.abort()
        self._stream.close()

    def _usable(self, wanted: AudioFormat, about: Any) -> AudioFormat:
        """Return the first format that the device supports."""
        check = {
            "input": self._library.check_input_settings,
            "output": self._library.check_output_settings,
        }[self._kind]
        own_rate = int(about["default_samplerate"])
        several = min(2, int(about[f"max_{self._kind}_channels"]))
        for rate, channels in (
            (wanted.sample_rate, wanted.channels),
            (own_rate, wanted.channels),
            (own_rate, several),
        ):
            try:
                check(
                    device=self._device,
                    channels=channels,
                    dtype="int16",
                    samplerate=rate,
                )
            except self._library.PortAudioError:
                continue
            return AudioFormat(None, rate, channels)
        # Opening the stream raises an error with the reason.
        return wanted

    @contextmanager
    def _device_errors(self) -> Iterator[None]:
        try:
            yield
        # ValueError: no device has the name or index.
        except (self._library.PortAudioError, ValueError) as error:
            which = "default" if self._device is None else repr(self._device)
            raise AudioDeviceError(
                f"the {which} {_NAMES[self._kind]} cannot be used: {error}. "
                + self._list_devices()
            ) from error

    def _list_devices(self) -> str:
        try:
            devices = self._library.query_devices()
        except self._library.PortAudioError:
            devices = ()
        lines = [
            f"  {number}: {about['name']}"
            for number, about in enumerate(devices)
            if about[f"max_{self._kind}_channels"] > 0
        ]
        if not lines:
            return f"PortAudio finds no {self._kind} device on this machine"
        return "\n".join(["There are:", *lines])


def _load(kind: Kind) -> Any:
    try:
        return require("sounddevice", f"A {_NAMES[kind]}")
    except OSError as error:
        # Wheels for Windows and macOS include PortAudio; elsewhere it is a system
        # package.
        how = "reinstall sounddevice"
        if sys.platform.startswith("linux"):
            how = (
                "apt install libportaudio2 (Debian, Ubuntu), dnf install portaudio "
                "(Fedora) or pacman -S portaudio (Arch)"
            )
        raise AudioDeviceError(
            f"no {_NAMES[kind]}: the PortAudio library is missing ({error}). "
            f"To get it: {how}"
        ) from error
