"""Journal of the frames of each session, for tests and for debugging."""

import asyncio
from collections import Counter, deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from voicelive_mockserver.journal.frame_log import FrameLog
from voicelive_mockserver.json_match import contains
from voicelive_mockserver.scenario import ExpectationTracker, Outcome
from voicelive_mockserver.websocket.frames import SHORT
from voicelive_protocol import parse

# Of a long base64 payload, this much is kept: 33 bytes.
_KEPT_BASE64 = 44
_PAYLOADS = (b'"audio":"', b'"delta":"', b'"audio": "', b'"delta": "')
_SESSIONS_REMEMBERED = 100
_SHOWN_CHARACTERS = 200

DEFAULT_JOURNAL_BYTES = 1 << 20
"""How much of one session is remembered unless told otherwise, in bytes."""

Event = dict[str, Any]


@dataclass(frozen=True, slots=True)
class JournalEntry:
    """One frame.

    Attributes:
        time: When it was received or sent, in seconds since the session began.
        from_client: Whether the client sent it.
        frame: The frame, in which a long audio payload is cut to its beginning.
        size: The size of the whole frame in bytes.
    """

    time: float
    from_client: bool
    frame: bytes
    size: int

    @property
    def event(self) -> Any:
        """The frame as decoded JSON; `None` when it is not JSON."""
        try:
            return parse(self.frame)
        except (ValueError, RecursionError):
            return None

    def __str__(self) -> str:
        arrow = "->" if self.from_client else "<-"
        text = self.frame.decode(errors="backslashreplace")
        if len(text) > _SHOWN_CHARACTERS:
            text = f"{text[:_SHOWN_CHARACTERS]}... ({self.size} bytes)"
        return f"{self.time:9.3f} {arrow} {text}"


class _Watch:
    """Somebody who waits for events."""

    def __init__(self, match: "_Match", missing: int) -> None:
        self.found: asyncio.Future[Event] = asyncio.get_running_loop().create_future()
        self._match = match
        self._missing = missing

    def see(self, entry: JournalEntry) -> None:
        event = self._match.event(entry)
        if event is not None:
            self._missing -= 1
            if not self._missing and not self.found.done():
                self.found.set_result(event)


@dataclass(slots=True)
class SessionJournal:
    """The frames of one session, the newest ones only when there are many.

    Attributes:
        session_id: The identifier of the session; empty when it never became one.
        model: The model that the client asked for.
        api_version: The API version of the connection.
        limit: How many frames are kept.
        limit_bytes: How many bytes of frames are kept.
        close_code: The code with which the connection was closed; `None` while it is
            open, or when it was lost.
        watch: Who sees every whole frame because a scenario expects something.
        number: The number of the connection, counted from 1; it names a journal
            without a session.
    """

    session_id: str
    model: str
    api_version: str
    limit: int
    limit_bytes: int = DEFAULT_JOURNAL_BYTES
    close_code: int | None = None
    watch: ExpectationTracker | None = field(default=None, repr=False)
    number: int = 1
    _watches: list[_Watch] = field(default_factory=list, repr=False)
    _log: FrameLog = field(init=False, repr=False)
    _data_channel: FrameLog = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self._log = FrameLog(self.limit, self.limit_bytes)
        self._data_channel = FrameLog(self.limit, self.limit_bytes)

    @property
    def name(self) -> str:
        """What the control endpoint calls it: the session, or `refused_1` and so on."""
        return self.session_id or f"refused_{self.number}"

    @property
    def frames(self) -> int:
        """How many frames it holds."""
        return sum(min(log.count, self.limit) for log in self._logs)

    @property
    def size(self) -> int:
        """How many bytes of frames it holds."""
        return sum(log.size for log in self._logs)

    @property
    def expectations(self) -> tuple[Outcome, ...]:
        """Whether the client has sent what the scenario expects, so far."""
        return () if self.watch is None else self.watch.outcomes

    @property
    def entries(self) -> list[JournalEntry]:
        """The frames, oldest first."""
        return self._entries(self._log)

    @property
    def data_channel(self) -> list[JournalEntry]:
        """The events of a WebRTC call for its data channel, oldest first.

        The mock service has no data channel: they went nowhere.
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
        wire: bytes,
        size: int,
        *,
        all_short: bool = False,
    ) -> None:
        """Add frames that are sent to the client at the same time.

        Args:
            time: When, in seconds since the session began.
            frames: The frames.
            wire: The same as they are on the wire, with their headers.
            size: How many bytes the frames have together.
            all_short: Whether each of them has fewer than `SHORT` bytes, so that they
                are kept as they are.
        """
        if self.watch is not None or self._watches:
            for frame in frames:
                self.record(time, frame, from_client=False)
        elif not self.limit:
            return
        elif all_short or all(_kept(frame) is frame for frame in frames):
            self._log.add_sent(time, wire, len(frames), size)
        else:
            for frame in frames:
                self._log.add(time, False, _kept(frame), len(frame))

    def record(self, time: float, frame: bytes, *, from_client: bool) -> None:
        """Add a frame."""
        if self.watch is not None:
            self.watch.see(frame, from_client=from_client)
        if not self.limit and not self._watches:
            return
        kept = frame if len(frame) < SHORT else without_audio(frame)
        if self._watches:
            entry = JournalEntry(time, from_client, kept, len(frame))
            for watch in self._watches:
                watch.see(entry)
        if self.limit:
            self._log.add(time, from_client, kept[: self.limit_bytes], len(frame))

    def record_data_channel(self, time: float, frame: bytes) -> None:
        """Add an event that goes to the data channel of a WebRTC call.

        Args:
            time: When, in seconds since the session began.
            frame: The event.
        """
        if self.watch is not None:
            self.watch.see(frame, from_client=False)
        if self.limit:
            kept = _kept(frame)[: self.limit_bytes]
            self._data_channel.add(time, False, kept, len(frame))

    def forget(self) -> None:
        """Drop what is remembered, and remember nothing any more."""
        self.limit = 0
        self._log = self._data_channel = FrameLog(0, 0)

    def client_events(self, event_type: str | None = None) -> list[Event]:
        """Return the events that the client sent, in order.

        Args:
            event_type: Only those of this type.
        """
        return list(_Match(event_type, True, {}).events(self.entries))

    def server_events(self, event_type: str | None = None) -> list[Event]:
        """Return the events that the client was sent, in order.

        Args:
            event_type: Only those of this type.
        """
        return list(_Match(event_type, False, {}).events(self.entries))

    def sent(self, event_type: str, **fields: Any) -> list[Event]:
        """Return the events of a type that the client sent, in order.

        Args:
            event_type: Their type.
            **fields: What they must contain. Of an object, what is named must be
                there and may have more around it, at every depth; anything else must
                be equal.
        """
        return list(_Match(event_type, True, fields).events(self.entries))

    def received(self, event_type: str, **fields: Any) -> list[Event]:
        """Return the events of a type that the client was sent, in order.

        Args:
            event_type: Their type.
            **fields: What they must contain; see `sent`.
        """
        return list(_Match(event_type, False, fields).events(self.entries))

    def assert_sent(self, event_type: str, **fields: Any) -> Event:
        """Return the newest event of a type that the client sent.

        Args:
            event_type: Its type.
            **fields: What it must contain; see `sent`.

        Raises:
            AssertionError: The client sent no such event. The text tells what it sent
                instead.
        """
        found = self.sent(event_type, **fields)
        if not found:
            match = _Match(event_type, True, fields)
            raise AssertionError(f"the client did not send {match}{self._instead()}")
        return found[-1]

    def __str__(self) -> str:
        name = self.session_id or "(refused)"
        end = "" if self.close_code is None else f", closed with {self.close_code}"
        lines = [f"session {name}, {self.model}, {self.api_version}{end}"]
        return "\n".join([*lines, *map(str, self.entries)])

    def _instead(self) -> str:
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


class Journals:
    """The journals of a server: of its newest 100 connections.

    An older session that is still going on is not recorded any more, so that memory
    does not depend on how many there are.

    Args:
        limit: How many frames of each session are kept.
        limit_bytes: How many bytes of frames of each session are kept.
    """

    def __init__(self, limit: int, limit_bytes: int) -> None:
        self._limit = limit
        self._limit_bytes = limit_bytes
        self._journals: deque[SessionJournal] = deque()
        # Shared with the journals, which tell everybody in it of new frames.
        self._watches: list[_Watch] = []

    def open(
        self, session_id: str, model: str, api_version: str, number: int = 1
    ) -> SessionJournal:
        """Begin the journal of a connection.

        Args:
            session_id: The identifier of the session; empty when it becomes none.
            model: The model that the client asked for.
            api_version: The API version of the connection.
            number: The number of the connection, counted from 1.
        """
        journal = SessionJournal(
            session_id,
            model,
            api_version,
            self._limit,
            self._limit_bytes,
            number=number,
            _watches=self._watches,
        )
        self._journals.append(journal)
        if len(self._journals) > _SESSIONS_REMEMBERED:
            self._journals.popleft().forget()
        return journal

    def all(self) -> Sequence[SessionJournal]:
        """Return the journals, oldest first."""
        return tuple(self._journals)

    def unmet_expectations(self) -> list[str]:
        """Return a text for each expectation that a client has not met."""
        return [
            f"session {journal.session_id}: {outcome}"
            for journal in self._journals
            for outcome in journal.expectations
            if not outcome.met
        ]

    def forget(self) -> None:
        """Drop all journals."""
        while self._journals:
            self._journals.popleft().forget()

    async def wait_for(
        self,
        event_type: str,
        fields: Mapping[str, Any],
        *,
        from_client: bool,
        count: int,
        within: float | None,
    ) -> Event:
        """Wait until there is an event in any session; return it.

        Args:
            event_type: Its type.
            fields: What it must contain.
            from_client: Whether the client sends it, or is sent it.
            count: How many such events there must be, those that are in the journals
                included; the last one is returned.
            within: For how many seconds at most; `None` for ever.

        Raises:
            TimeoutError: It did not come. The text tells what came instead.
        """
        match = _Match(event_type, from_client, fields)
        found = [
            event for journal in self.all() for event in match.events(journal.entries)
        ]
        if len(found) >= count:
            return found[count - 1]
        watch = _Watch(match, count - len(found))
        self._watches.append(watch)
        try:
            async with asyncio.timeout(within):
                return await watch.found
        except TimeoutError:
            instead = self._journals[-1]._instead() if self._journals else ""
            raise TimeoutError(
                f"no {match} within {within} s{instead or '; no client connected'}"
            ) from None
        finally:
            self._watches.remove(watch)


@dataclass(frozen=True, slots=True)
class _Match:
    """What kind of event is looked for."""

    event_type: str | None
    from_client: bool
    fields: Mapping[str, Any]

    def events(self, entries: Sequence[JournalEntry]) -> Iterator[Event]:
        """Return the events that are like that, in order."""
        for entry in entries:
            event = self.event(entry)
            if event is not None:
                yield event

    def event(self, entry: JournalEntry) -> Event | None:
        """Return the event of an entry if it is like that."""
        if entry.from_client is not self.from_client:
            return None
        event = entry.event
        if not isinstance(event, dict):
            return None
        if self.event_type not in (None, event.get("type")):
            return None
        return event if contains(event, self.fields) else None

    def __str__(self) -> str:
        if not self.fields:
            return str(self.event_type)
        wanted = ", ".join(f"{key}={value!r}" for key, value in self.fields.items())
        return f"{self.event_type} with {wanted}"


def _kept(frame: bytes) -> bytes:
    return frame if len(frame) < SHORT else without_audio(frame)


def without_audio(frame: bytes) -> bytes:
    """Return a frame with a long audio payload cut to its beginning.

    Args:
        frame: A frame as it was on the wire.
    """
    for mark in _PAYLOADS:
        at = frame.find(mark)
        if at >= 0:
            break
    else:
        return frame
    start = at + len(mark)
    end = frame.find(b'"', start)
    if end - start < SHORT // 2:
        return frame
    return frame[: start + _KEPT_BASE64] + frame[end:]
