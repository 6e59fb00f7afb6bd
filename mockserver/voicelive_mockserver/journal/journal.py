"""Journal of the frames of each session, for tests and for debugging."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from voicelive_mockserver.journal.entry import (
    EventDict,
    EventPattern,
    EventWaiter,
    FrameWaiter,
    JournalEntry,
)
from voicelive_mockserver.journal.frame_log import FrameLog
from voicelive_mockserver.scenario import ExpectationTracker, Outcome
from voicelive_mockserver.websocket.frames import SHORT_BYTES

# 33 bytes of audio.
_KEPT_BASE64 = 44
_PAYLOADS = (b'"audio":"', b'"delta":"', b'"audio": "', b'"delta": "')

DEFAULT_JOURNAL_BYTES = 1 << 20
"""The default limit of the frames of a session, in bytes."""


@dataclass(slots=True)
class SessionJournal:
    """The newest frames of a session.

    Attributes:
        session_id: The identifier of the session; empty if the handshake failed.
        model: The model that the client requested.
        api_version: The API version of the connection.
        limit: The maximum number of frames.
        limit_bytes: The maximum size of the frames in bytes.
        close_code: The close code; `None` while the connection is open, or if it was
            lost.
        watch: Checks the expectations of the scenario against every frame.
        number: The number of the connection, counted from 1, which names a journal
            without a session.
        test: The test that the client named in `x-test-id`; "" for none.
    """

    session_id: str
    model: str
    api_version: str
    limit: int
    limit_bytes: int = DEFAULT_JOURNAL_BYTES
    close_code: int | None = None
    watch: ExpectationTracker | None = field(default=None, repr=False)
    number: int = 1
    test: str = ""
    _waiters: list[EventWaiter | FrameWaiter] = field(default_factory=list, repr=False)
    _log: FrameLog = field(init=False, repr=False)
    _data_channel: FrameLog = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self._log = FrameLog(self.limit, self.limit_bytes)
        self._data_channel = FrameLog(self.limit, self.limit_bytes)

    @property
    def name(self) -> str:
        """The session identifier, or `refused_1` and so on without a session."""
        return self.session_id or f"refused_{self.number}"

    @property
    def frames(self) -> int:
        """The number of frames."""
        return sum(min(log.count, self.limit) for log in self._logs)

    @property
    def total(self) -> int:
        """The number of frames, including those that are not kept."""
        return self._log.total

    @property
    def size(self) -> int:
        """The size of the frames in bytes."""
        return sum(log.size for log in self._logs)

    @property
    def expectations(self) -> tuple[Outcome, ...]:
        """The current outcomes of the expectations of the scenario."""
        return () if self.watch is None else self.watch.outcomes

    @property
    def entries(self) -> list[JournalEntry]:
        """The frames, oldest first."""
        return self._entries(self._log)

    @property
    def data_channel(self) -> list[JournalEntry]:
        """The events for the data channel of a WebRTC call, oldest first.

        The mock service has no data channel, so these events are not delivered.
        """
        return self._entries(self._data_channel)

    @property
    def _logs(self) -> tuple[FrameLog, FrameLog]:
        return self._log, self._data_channel

    def _entries(self, log: FrameLog) -> list[JournalEntry]:
        entries = [JournalEntry(*entry) for entry in log.entries()]
        return entries[-self.limit :] if self.limit else []

    def record_sent(
        self,
        time: float,
        frames: Sequence[bytes],
        size: int,
        *,
        all_short: bool = False,
    ) -> None:
        """Record frames that are sent to the client together.

        Args:
            time: The time since the start of the session, in seconds.
            frames: The frames.
            size: The total size of the frames in bytes.
            all_short: Whether all frames are below `SHORT_BYTES`, so that none has to
                be truncated.
        """
        if self.watch is not None or self._waiters:
            for frame in frames:
                self.record(time, frame, from_client=False)
        elif not self.limit:
            return
        elif all_short or all(_kept(frame) is frame for frame in frames):
            self._log.add_sent(time, frames, size)
        else:
            for frame in frames:
                self._log.add(time, False, _kept(frame), len(frame))

    def record(self, time: float, frame: bytes, *, from_client: bool) -> None:
        """Record a frame."""
        if self.watch is not None:
            self.watch.record(frame, from_client=from_client)
        if not self.limit and not self._waiters:
            return
        kept = frame if len(frame) < SHORT_BYTES else without_audio(frame)
        if self._waiters:
            entry = JournalEntry(time, from_client, kept, len(frame))
            for waiter in self._waiters:
                waiter.record(entry)
        if self.limit:
            self._log.add(time, from_client, kept[: self.limit_bytes], len(frame))

    def record_data_channel(self, time: float, frame: bytes) -> None:
        """Record an event for the data channel of a WebRTC call.

        Args:
            time: The time since the start of the session, in seconds.
            frame: The event.
        """
        if self.watch is not None:
            self.watch.record(frame, from_client=False)
        if self.limit:
            kept = _kept(frame)[: self.limit_bytes]
            self._data_channel.add(time, False, kept, len(frame))

    def forget(self) -> None:
        """Discard all frames and stop recording."""
        self.limit = 0
        self._log = self._data_channel = FrameLog(0, 0)

    def client_events(self, event_type: str | None = None) -> list[EventDict]:
        """Return the events that the client sent, in order.

        Args:
            event_type: Only those of this type.
        """
        return list(EventPattern(event_type, True, {}).events(self.entries))

    def server_events(self, event_type: str | None = None) -> list[EventDict]:
        """Return the events that the server sent, in order.

        Args:
            event_type: Only those of this type.
        """
        return list(EventPattern(event_type, False, {}).events(self.entries))

    def sent(self, event_type: str, **fields: Any) -> list[EventDict]:
        """Return the events of a type that the client sent, in order.

        Args:
            event_type: Their type.
            **fields: Fields that they must contain. Objects may have additional fields
                at every depth; other values must be equal.
        """
        return list(EventPattern(event_type, True, fields).events(self.entries))

    def received(self, event_type: str, **fields: Any) -> list[EventDict]:
        """Return the events of a type that the server sent, in order.

        Args:
            event_type: Their type.
            **fields: Fields that they must contain; see `sent`.
        """
        return list(EventPattern(event_type, False, fields).events(self.entries))

    def assert_sent(self, event_type: str, **fields: Any) -> EventDict:
        """Return the newest event of a type that the client sent.

        Args:
            event_type: Its type.
            **fields: Fields that it must contain; see `sent`.

        Raises:
            AssertionError: The client sent no such event. The message lists the types
                that it sent.
        """
        found = self.sent(event_type, **fields)
        if not found:
            pattern = EventPattern(event_type, True, fields)
            raise AssertionError(f"the client did not send {pattern}{self.summary()}")
        return found[-1]

    def __str__(self) -> str:
        name = self.session_id or "(refused)"
        end = "" if self.close_code is None else f", closed with {self.close_code}"
        lines = [f"session {name}, {self.model}, {self.api_version}{end}"]
        return "\n".join([*lines, *map(str, self.entries)])

    def summary(self) -> str:
        """Return a text with the types of the events that the client sent."""
        counts = Counter(
            str(event.get("type")) for event in self.client_events() if event
        )
        if not counts:
            return "; it sent nothing"
        sent = ", ".join(
            kind if number == 1 else f"{kind} ({number}x)"
            for kind, number in counts.items()
        )
        return f"; it sent {sent}"


def _kept(frame: bytes) -> bytes:
    return frame if len(frame) < SHORT_BYTES else without_audio(frame)


def without_audio(frame: bytes) -> bytes:
    """Return a frame with a long audio payload truncated.

    Args:
        frame: The frame.
    """
    for mark in _PAYLOADS:
        at = frame.find(mark)
        if at >= 0:
            break
    else:
        return frame
    start = at + len(mark)
    end = frame.find(b'"', start)
    if end - start < SHORT_BYTES // 2:
        return frame
    return frame[: start + _KEPT_BASE64] + frame[end:]
