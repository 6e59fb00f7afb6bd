"""Display of the demo: timeline, waveforms and latencies."""

from __future__ import annotations

import asyncio
import shutil
import sys
import time
from itertools import pairwise

from voicelive._commands.display import Display
from voicelive._commands.runner import TurnFailed
from voicelive._commands.session import check_response, warning_text
from voicelive._commands.waveform import Blocks, peak
from voicelive._connection.connection import VoiceLiveConnection
from voicelive.audio import AudioFormat
from voicelive_core.command_line.style import Style
from voicelive_core.redaction import printable
from voicelive_protocol import (
    ReceivedEvent,
    ServerEventConversationItemInputAudioTranscriptionCompleted,
    ServerEventError,
    ServerEventInputAudioBufferSpeechStarted,
    ServerEventInputAudioBufferSpeechStopped,
    ServerEventResponseAudioDelta,
    ServerEventResponseAudioTranscriptDelta,
    ServerEventResponseCreated,
    ServerEventResponseDone,
    ServerEventSessionCreated,
    ServerEventSessionUpdated,
    ServerEventWarning,
)

# Columns of waveforms and texts, of the labels before them, and at least.
_WIDTH = 48
_LABEL_WIDTH = 31
_LEAST_WIDTH = 12

# The transcript of the user may arrive after the response is complete.
_TRANSCRIPT_TIMEOUT_SECONDS = 3.0
_FRAME_MS = 20


class DemoView:
    """Shows a turn as it happens; times count from the creation of the view.

    Args:
        display: Output.

    Attributes:
        audio: Audio of the reply so far.
        audio_format: Its format.
    """

    def __init__(self, display: Display) -> None:
        self.audio = bytearray()
        self.audio_format = AudioFormat()
        self._display = display
        columns = shutil.get_terminal_size().columns - _LABEL_WIDTH - 1
        self._width = max(_LEAST_WIDTH, min(_WIDTH, columns))
        self._style = Style(sys.stdout)
        self._blocks = Blocks(sys.stdout)
        self._began = time.perf_counter()
        self._times: dict[str, float] = {}
        self._spoken: list[int] = []
        self._heard: list[int] = []
        self._reply = ""
        self._speaking = False
        self._done = False
        self._transcribed = False
        self._configured = asyncio.Event()

    def connected(self) -> None:
        """Note that the connection is open."""
        self._mark("connected")

    async def wait_until_configured(self) -> None:
        """Wait for `session.updated`."""
        await self._configured.wait()

    def speaking(self, name: str, duration_ms: float) -> None:
        """Show that speech begins.

        Args:
            name: Name of the file.
            duration_ms: Its length.
        """
        self._speaking = True
        self._line("speaking", f"{name}, {duration_ms / 1000:.1f} s in real time")

    def spoken(self, frame: bytes) -> None:
        """Show a frame of the question in the meter."""
        if self._speaking:
            self._spoken.append(peak(frame))
            self._meter("you", self._spoken, "cyan")

    async def follow(self, connection: VoiceLiveConnection) -> None:
        """Show events until the reply is complete and the question is transcribed.

        Raises:
            TurnFailed: The service returned an error, or the response failed.
        """
        async for event in connection:
            self._take(event, connection)
            if self._done:
                break
        else:
            raise TurnFailed("the service ended the session")
        try:
            async with asyncio.timeout(_TRANSCRIPT_TIMEOUT_SECONDS):
                while not self._transcribed:
                    self._take(await connection.recv(), connection)
        except TimeoutError:
            self._line("you", "(no transcript was received)")

    def show_latencies(self) -> None:
        """Show how long each step took."""
        times = self._times
        steps = [
            ("connect", "began", "connected"),
            ("session ready", "connected", "configured"),
            ("end of speech to response", "stopped", "response"),
            ("end of speech to first audio", "stopped", "audio"),
            ("end of speech to transcript", "stopped", "transcript"),
        ]
        rows = [
            (name, (times[end] - times.get(begin, 0.0)) * 1000)
            for name, begin, end in steps
            if end in times and (begin in times or begin == "began")
        ]
        longest = max((value for _, value in rows), default=1.0)
        self._display.show(f"\n{self._style('latencies', 'bold')}")
        for name, value in rows:
            bar = self._blocks.bar(max(0.0, value) / longest, 30)
            colour = "yellow" if name.endswith("first audio") else "dim"
            self._display.show(
                f"  {name:<30}{max(0.0, value):6.0f} ms  {self._style(bar, colour)}"
            )

    def _take(self, event: ReceivedEvent, connection: VoiceLiveConnection) -> None:
        match event:
            case ServerEventSessionCreated(session=session):
                self._line("session created", f"model {session.model}")
            case ServerEventSessionUpdated():
                self._mark("configured")
                self._line("session configured", "server VAD, PCM16 at 24 kHz")
                self._configured.set()
            case ServerEventInputAudioBufferSpeechStarted(audio_start_ms=start):
                self._line("speech started", f"at {start} ms of the audio")
            case ServerEventInputAudioBufferSpeechStopped(audio_end_ms=end):
                self._mark("stopped")
                self._speaking = False
                waveform = self._blocks.waveform(self._spoken, self._width)
                self._line("", self._style(waveform, "cyan"))
                self._line("speech stopped", f"at {end} ms of the audio")
            case ServerEventConversationItemInputAudioTranscriptionCompleted():
                self._mark("transcript")
                self._transcribed = True
                self._text("you", event.transcript or "", "cyan")
            case ServerEventResponseCreated():
                self._mark("response")
                self._line("response created", "")
            case ServerEventResponseAudioTranscriptDelta(delta=delta):
                self._reply += delta
            case ServerEventResponseAudioDelta(delta=audio):
                self._receive(audio, connection)
            case ServerEventResponseDone(response=response):
                self._end()
                check_response(response)
            case ServerEventWarning():
                self._display.note(f"Warning from the service: {warning_text(event)}")
            case ServerEventError(error=error):
                raise TurnFailed(printable(str(error)))
            case _:
                pass

    def _receive(self, audio: bytes, connection: VoiceLiveConnection) -> None:
        if not self.audio:
            output = connection.state.output_format
            if output is not None:
                self.audio_format = AudioFormat.of_output(output.name)
            self._mark("audio")
            self._line("first audio", "")
        self.audio += audio
        step = self.audio_format.size(_FRAME_MS)
        starts = range(0, len(audio) + 1, step)
        self._heard += [peak(audio[start:end]) for start, end in pairwise(starts)]
        self._meter("assistant", self._heard, "green")

    def _end(self) -> None:
        self._mark("done")
        self._done = True
        if self.audio:
            waveform = self._blocks.waveform(self._heard, self._width)
            self._line("", self._style(waveform, "green"))
        self._text("assistant", self._reply, "green")
        length_ms = self.audio_format.duration_ms(len(self.audio))
        seconds = self._times["done"] - self._times.get("audio", 0.0)
        detail = f"{length_ms / 1000:.1f} s of audio, received in {seconds:.1f} s"
        self._line("response done", detail)

    def _mark(self, name: str) -> None:
        self._times.setdefault(name, time.perf_counter() - self._began)

    def _meter(self, label: str, peaks: list[int], colour: str) -> None:
        waveform = self._blocks.waveform(peaks[-self._width :], self._width)
        self._display.redraw(f"{self._now()}{label:<20}{self._style(waveform, colour)}")

    def _text(self, label: str, text: str, colour: str) -> None:
        """Show a transcript, wrapped."""
        first, *rest = self._display.wrapped(text, self._width) or [""]
        self._line(label, first, "bold", colour)
        for line in rest:
            self._display.show(f"{'':{_LABEL_WIDTH}}{line}")

    def _line(self, label: str, detail: str, *colours: str) -> None:
        name = self._style(f"{label:<20}", *colours)
        self._display.show(f"{self._now()}{name}{detail}".rstrip())

    def _now(self) -> str:
        elapsed = time.perf_counter() - self._began
        return self._style(f"{elapsed:7.2f} s  ", "dim")
