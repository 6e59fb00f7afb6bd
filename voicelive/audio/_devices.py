"""Audio devices, by sounddevice and PortAudio."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Literal, TypeAlias

from voicelive._errors import VoiceLiveError
from voicelive.audio._extra import require
from voicelive.audio._format import AudioFormat

Device: TypeAlias = int | str
"""A device: its number in the list of PortAudio, or part of its name."""

Kind: TypeAlias = Literal["input", "output"]

_NAMES = {"input": "microphone", "output": "speaker"}


class AudioDeviceError(VoiceLiveError):
    """There is no microphone or speaker to use, or it was lost.

    The text says what is missing and how to get it, and which devices there are.
    """


class DeviceStream:
    """A stream of a device, open and not started.

    A device that does not know the wanted rate or number of channels is opened with
    its own.

    Args:
        kind: Microphone or speaker.
        wanted: The format that the application uses.
        device: Which one; None for the default of the system.
        block_ms: Length of the blocks given to the callback, 0 for the device's choice.
        callback: Called by PortAudio for every block, in its thread.
        finished: Called by PortAudio when the stream has ended, in its thread.

    Raises:
        AudioDeviceError: There is no such device, or it cannot be used.
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
        with self._explained():
            about = self._library.query_devices(device, kind)
            self.format = self._usable(wanted, about)
            """The pcm16 format that the stream has."""
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
        """Estimated seconds between a block here and its sound outside."""
        return float(self._stream.latency)

    def start(self) -> None:
        """Begin to call the callback.

        Raises:
            AudioDeviceError: The device refuses.
        """
        with self._explained():
            self._stream.start()

    def close(self) -> None:
        """Stop at once and release the device."""
        self._stream.abort()
        self._stream.close()

    def _usable(self, wanted: AudioFormat, about: Any) -> AudioFormat:
        """The first format that the device takes."""
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
        # Opening it will tell what is wrong.
        return wanted

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        # ValueError is for a name or number that no device has.
        except (self._library.PortAudioError, ValueError) as error:
            which = "default" if self._device is None else repr(self._device)
            raise AudioDeviceError(
                f"the {which} {_NAMES[self._kind]} cannot be used: {error}. "
                + self._what_there_is()
            ) from error

    def _what_there_is(self) -> str:
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
        # Wheels for Windows and macOS bring PortAudio along; elsewhere it is a package
        # of the system.
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
