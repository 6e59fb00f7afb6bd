"""Recorded audio as an async stream of frames."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import AsyncIterable, AsyncIterator, Iterator

from voicelive.audio._convert import AudioConverter
from voicelive.audio._format import AudioFormat
from voicelive.audio._frames import Framer, paced
from voicelive.audio._wav import FilePath, wav_format, wav_pieces
from voicelive_protocol import ClientEventInputAudioBufferAppend, Sender


async def send_audio_stream(connection: Sender, source: AsyncIterable[bytes]) -> int:
    """Append audio to the input buffer of a session until the source ends.

    Args:
        connection: A connection, session, or other object with `send`.
        source: Chunks of audio in the input format of the session, such as a
            `Microphone` or a `WavSource`.

    Returns:
        The number of bytes sent.

    Raises:
        ConnectionClosed: The connection has ended.
        AudioDeviceError: The source is a microphone and it was lost.
    """
    sent = 0
    async for piece in source:
        await connection.send(ClientEventInputAudioBufferAppend(audio=piece))
        sent += len(piece)
    return sent


class _Source(ABC):
    """Base class of sources: splits chunks of audio into frames."""

    def __init__(
        self,
        held: AudioFormat,
        held_ms: float,
        wanted: AudioFormat | None,
        frame_ms: float,
        realtime: bool,
        trailing_silence_ms: float,
    ) -> None:
        self.format: AudioFormat = wanted or AudioFormat()
        """Format of the frames."""
        self.duration_ms: float = held_ms + trailing_silence_ms
        """Duration of all frames, in ms."""
        self._held = held
        self._frame_ms = frame_ms
        self._realtime = realtime
        self._silence_ms = trailing_silence_ms
        if self.format.size(frame_ms) < 1:
            raise ValueError(f"frame_ms must be at least one sample, not {frame_ms} ms")
        if trailing_silence_ms < 0:
            raise ValueError(
                f"trailing_silence_ms must be 0 or more, not {trailing_silence_ms}"
            )
        # Raises now if the formats cannot be converted.
        AudioConverter(held, self.format)

    def __aiter__(self) -> AsyncIterator[bytes]:
        """Iterate from the start."""
        return paced(self._frames(), self._frame_ms, realtime=self._realtime)

    @abstractmethod
    def _pieces(self) -> Iterator[bytes]: ...

    def _frames(self) -> Iterator[bytes]:
        framer = Framer(self.format.size(self._frame_ms))
        for piece in self._converted():
            yield from framer.push(piece)
        if rest := framer.rest():
            yield rest

    def _converted(self) -> Iterator[bytes]:
        converter = AudioConverter(self._held, self.format)
        for piece in self._pieces():
            yield converter.convert(piece)
        yield converter.flush()
        yield self.format.silence(self._silence_ms)


class BytesSource(_Source):
    """Audio in memory as a reusable async iterable of frames.

    Args:
        audio: The audio.
        source_format: Format of the audio; by default pcm16 at 24,000 Hz, mono.
        target_format: Format of the frames; by default that of the audio.
        frame_ms: Length of a frame in ms; the last one may be shorter.
        realtime: Whether to pace frames like a microphone.
        trailing_silence_ms: Silence to append, in ms: voice activity detection needs it
            to find the end of speech.

    Raises:
        ValueError: A frame would hold no sample, the silence is negative, or the number
            of channels cannot be converted.
        ModuleNotFoundError: The sample rates differ, and the extra `audio` is missing.
    """

    def __init__(
        self,
        audio: bytes,
        source_format: AudioFormat | None = None,
        *,
        target_format: AudioFormat | None = None,
        frame_ms: float = 20,
        realtime: bool = False,
        trailing_silence_ms: float = 0,
    ) -> None:
        held = source_format or AudioFormat()
        super().__init__(
            held,
            held.duration_ms(len(audio)),
            target_format or held,
            frame_ms,
            realtime,
            trailing_silence_ms,
        )
        self._audio = audio

    def _pieces(self) -> Iterator[bytes]:
        second = self._held.bytes_per_second
        for start in range(0, len(self._audio), second):
            yield self._audio[start : start + second]


class WavSource(_Source):
    """WAV file as a reusable async iterable of frames.

    Supports PCM samples of 8, 16, 24 or 32 bits and reads about a second at a time.

    Args:
        path: The file.
        target_format: Format of the frames; by default pcm16 at 24,000 Hz, mono.
        frame_ms: Length of a frame in ms; the last one may be shorter.
        realtime: Whether to pace frames like a microphone.
        trailing_silence_ms: Silence to append, in ms: voice activity detection needs it
            to find the end of speech.

    Raises:
        OSError: The file cannot be read.
        ValueError: It is not such a WAV file, a frame would hold no sample, or the
            number of channels cannot be converted.
        ModuleNotFoundError: The sample rates differ, and the extra `audio` is missing.
    """

    def __init__(
        self,
        path: FilePath,
        target_format: AudioFormat | None = None,
        *,
        frame_ms: float = 20,
        realtime: bool = False,
        trailing_silence_ms: float = 0,
    ) -> None:
        held, held_ms = wav_format(path)
        super().__init__(
            held, held_ms, target_format, frame_ms, realtime, trailing_silence_ms
        )
        self._path = path

    def _pieces(self) -> Iterator[bytes]:
        return wav_pieces(self._path)
