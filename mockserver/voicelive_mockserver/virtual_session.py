"""Session in virtual time, without sockets and real delays."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping
from math import inf
from pathlib import Path
from typing import Any

from voicelive_mockserver.audio.formats import BYTES_PER_SAMPLE
from voicelive_mockserver.defaults import DEFAULT_TRANSCRIPT
from voicelive_mockserver.engine import SessionEngine
from voicelive_mockserver.engine.interfaces import McpHost, Responder, Transcriber
from voicelive_mockserver.engine.models import MODELS, find_model
from voicelive_mockserver.engine.session import SESSION_SECONDS
from voicelive_mockserver.journal.entry import EventDict
from voicelive_mockserver.responder import built_in_responder
from voicelive_mockserver.scenario import Outcome, Scenario
from voicelive_mockserver.server.options import (
    KnownAttributes,
    check_number,
    check_type,
    known_keywords,
)
from voicelive_mockserver.server.session_factory import SessionFactory
from voicelive_mockserver.server.sources import Sources
from voicelive_mockserver.suggest import check_known, did_you_mean
from voicelive_protocol import (
    API_VERSIONS,
    DEFAULT_API_VERSION,
    ClientEvent,
    encode,
    parse,
)


class VirtualSession(KnownAttributes):
    """A session of the service whose virtual time is controlled by its methods.

    Time advances only in these methods, without real delays:

        session = VirtualSession()
        session.send({"type": "session.update", "session": {}})
        session.send({"type": "response.create"})
        events = session.until("response.done")

    The same input at the same times with the same seed produces the same bytes.

    The faults of a scenario do not apply, as they affect connections and their frames.

    Args:
        model: The model that serves the session, unless the scenario names one.
        api_version: The API version.
        responder: Produces the replies.
        transcript: The transcript of user speech: a text for every spoken turn, or a
            function that gets the audio of a turn.
        mcp: Simulates the MCP servers; `None` for the default simulation.
        scenario: Scripted replies and expectations: a scenario, its file, or the name
            of an example.
        seed: The seed of identifiers and random numbers. Default: the seed of the
            scenario, or 0.
        ordinal: The number of the session on its server, counted from 0. Identifiers
            depend on it, as on the seed.
        started_at: The start of the session, in Unix seconds.
        require_configuration: Whether the session rejects all messages until it has
            accepted a `session.update`. Default: the setting of the scenario, or true.

    Raises:
        TypeError: An option is unknown, or its value has a wrong type.
        ValueError: The model or API version is unknown, or the scenario is invalid.
    """

    @known_keywords
    def __init__(
        self,
        *,
        model: str = "gpt-realtime",
        api_version: str = DEFAULT_API_VERSION,
        responder: Responder = built_in_responder,
        transcript: str | Transcriber = DEFAULT_TRANSCRIPT,
        mcp: McpHost | None = None,
        scenario: Scenario | str | Path | None = None,
        seed: int | None = None,
        ordinal: int = 0,
        started_at: float = 0.0,
        require_configuration: bool | None = None,
    ) -> None:
        check_type("model", model, str, "a text")
        check_known("api_version", api_version, API_VERSIONS)
        check_number("ordinal", ordinal, least=0, whole=True)
        check_number("started_at", started_at)
        factory = SessionFactory(
            (), seed=seed, speed=inf, require_configuration=require_configuration
        )
        factory.use(scenario)
        name = factory.adapt_query({"model": model})["model"]
        found = find_model(name)
        if found is None:
            names = [entry.family for entry in MODELS if entry.pipeline]
            suggestion = did_you_mean(name, names)
            raise ValueError(f"model: unknown model {name!r}{suggestion}")
        sources = Sources(responder, transcript, mcp)
        setup = factory.prepare(
            factory.plan_handshake(0.0),
            found,
            sources.engine,
            SESSION_SECONDS,
        )
        self._frames: list[bytes] = []
        self._data_channel: list[bytes] = []
        self._problems = sources.problems
        self._watch = setup.watch
        self._engine = SessionEngine(
            setup.model,
            api_version,
            setup.sources,
            seed=factory.seed,
            ordinal=ordinal,
            started_at=started_at,
            session_seconds=setup.seconds,
            require_configuration=factory.require_configuration,
        )

    @property
    def now(self) -> float:
        """The elapsed time in seconds."""
        return self._engine.now

    @property
    def frames(self) -> list[bytes]:
        """All frames that the service has sent."""
        return self._frames

    @property
    def problems(self) -> list[str]:
        """Errors of the responder, the transcriber and the MCP host."""
        return self._problems.texts

    @property
    def close_code(self) -> int | None:
        """The close code of the service; `None` while the session is open."""
        closing = self._engine.closing
        return None if closing is None else closing.code

    @property
    def expectations(self) -> tuple[Outcome, ...]:
        """The current outcomes of the expectations of the scenario."""
        return () if self._watch is None else self._watch.outcomes

    @property
    def events(self) -> list[EventDict]:
        """All events that the service has sent."""
        return list(map(parse, self.frames))

    @property
    def data_channel(self) -> list[EventDict]:
        """All events for the data channel of a WebRTC call."""
        return list(map(parse, self._data_channel))

    def send(self, *events: ClientEvent | Mapping[str, Any] | str | bytes) -> None:
        """Send events at the current time.

        Args:
            *events: Events, or frames.
        """
        for event in events:
            match event:
                case bytes():
                    frame = event
                case str():
                    frame = event.encode()
                case _:
                    frame = encode(event)
            if self._watch is not None:
                self._watch.record(frame, from_client=True)
            self._engine.receive(frame, self._engine.now)

    def say(
        self, audio: bytes, *, sample_rate: int = 24_000, chunk_ms: int = 100
    ) -> list[EventDict]:
        """Send audio in real-time chunks, like a microphone, while time advances.

        Args:
            audio: The audio as pcm16, mono.
            sample_rate: Its sample rate in Hz; the session must know of any but the
                default.
            chunk_ms: The duration of one append in milliseconds.

        Returns:
            The events that the service sent in the meantime.
        """
        first = len(self.frames)
        size = sample_rate * chunk_ms // 1000 * BYTES_PER_SAMPLE
        for start in range(0, len(audio), size):
            chunk = audio[start : start + size]
            self._pass_time(self.now + len(chunk) / BYTES_PER_SAMPLE / sample_rate)
            # A microphone sends a chunk after recording it.
            self.send(
                b'{"type":"input_audio_buffer.append","audio":"%b"}' % b64encode(chunk)
            )
        self._collect()
        return self._since(first)

    def wait(self, seconds: float) -> list[EventDict]:
        """Advance the time; return the events that the service sent.

        Args:
            seconds: The duration in seconds.
        """
        first = len(self.frames)
        self._pass_time(self.now + seconds)
        return self._since(first)

    def until(self, event_type: str) -> list[EventDict]:
        """Advance the time until an event; return the events that the service sent.

        Args:
            event_type: The type of the event, which is the last one that is returned
                unless others came at the same time.

        Raises:
            TimeoutError: No more events are scheduled.
        """
        first = seen = len(self.frames)
        while True:
            self._collect()
            events = self._since(seen)
            seen += len(events)
            if any(event["type"] == event_type for event in events):
                return self._since(first)
            due = self._engine.next_due
            if due is None:
                raise TimeoutError(f"{event_type} will never come")
            self._pass_time(due)

    def finish(self) -> list[EventDict]:
        """Advance the time until nothing is scheduled; return the events."""
        first = len(self.frames)
        self._pass_time(inf)
        return self._since(first)

    def _pass_time(self, until: float) -> None:
        engine = self._engine
        engine.advance(until)
        # The engine pauses production far ahead until its frames are taken.
        while self._collect():
            engine.advance(until)

    def _collect(self) -> bool:
        frames = self._engine.take()
        self._frames += frames
        diverted = self._engine.take_data_channel()
        self._data_channel += diverted
        if self._watch is not None:
            for frame in (*frames, *diverted):
                self._watch.record(frame, from_client=False)
        return bool(frames or diverted)

    def _since(self, first: int) -> list[EventDict]:
        return list(map(parse, self.frames[first:]))
