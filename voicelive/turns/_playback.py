"""Playback clock: the position in the assistant's audio that was heard."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable

from voicelive._connection.audio_format import wire_format
from voicelive._connection.clock import Clock
from voicelive._connection.state import SessionState
from voicelive_core.redaction import redacting_logger
from voicelive_protocol import (
    ClientEventConversationItemTruncate,
    OutputAudioFormat,
    Peek,
    ReceivedEvent,
    ServerEventType,
    peek,
)

logger = redacting_logger(__name__)

# Only the newest items can still be playing.
_ITEMS_KEPT = 64


class PlaybackClock:
    """Tracks how much of the assistant's audio was played.

    It has two modes:

    - estimated: audio is assumed to play as soon as it arrives, without gaps. That is
      right if the application, or the gateway behind it, plays immediately;
    - reported: with `reported=True` the application calls `played` for audio that has
      left its loudspeaker, which is exact.

    A `TurnKeeper` passes it every event, flushes it when the user interrupts, and
    truncates items at the position. Without a keeper, call `observe` for each event.

    The audio format follows the session and its responses. `played` is thread-safe.

    Args:
        reported: Whether the application reports its playback with `played`.
        on_flush: Called without arguments on interruption, to drop buffered audio.
            Exceptions are logged.
        format: Audio format until an event of the session has it.
        clock: Monotonic time in seconds; `time.monotonic` by default, because threads
            call `played`.
    """

    def __init__(
        self,
        *,
        reported: bool = False,
        on_flush: Callable[[], object] | None = None,
        format: OutputAudioFormat | str = OutputAudioFormat.PCM16,
        clock: Clock = time.monotonic,
    ) -> None:
        self._reported = reported
        self._on_flush = on_flush
        self._clock = clock
        self._initial_format = wire_format(format)
        self._session = SessionState()
        self._items: dict[str, _PlayingItem] = {}
        # End of playback of all received audio.
        self._silent_at = float("-inf")
        self._lock = threading.Lock()

    def observe(self, event: ReceivedEvent) -> None:
        """Update the position from a received event."""
        self._session.received(event)
        self.follow(peek(event), self._session)

    def follow(self, seen: Peek, session: SessionState) -> None:
        """Update the position from an event in the form of `peek`.

        Args:
            seen: The event.
            session: State of the session after the event.
        """
        match seen.type:
            case ServerEventType.RESPONSE_AUDIO_DELTA:
                format = session.output_format or self._initial_format
                self._add(seen, format.bytes_per_second)
            case ServerEventType.RESPONSE_AUDIO_DONE:
                if item := self._items.get(seen.item_id or ""):
                    item.complete = True
            case ServerEventType.CONVERSATION_ITEM_TRUNCATED:
                if item := self._items.get(seen.item_id or ""):
                    item.truncated = True
            case _:
                pass

    def played(self, size: int = 0, *, ms: float = 0.0) -> None:
        """Report played audio, in the order in which it was received.

        Audio beyond what was received, such as silence, is ignored.

        Args:
            size: Bytes of audio, in the format of the service.
            ms: Milliseconds of audio, as an alternative.

        Raises:
            RuntimeError: The clock is not `reported`.
        """
        if not self._reported:
            raise RuntimeError("played() is for PlaybackClock(reported=True)")
        with self._lock:
            for item in self._items.values():
                if item.flushed or item.done == item.received:
                    continue
                wanted = size + ms * item.rate / 1000
                taken = min(wanted, item.received - item.done)
                item.done += taken
                if taken == wanted:
                    return
                size, ms = 0, (wanted - taken) * 1000 / item.rate

    def heard_ms(self, item_id: str) -> int:
        """Return the played milliseconds of an item; 0 for unknown items."""
        with self._lock:
            item = self._items.get(item_id)
            return 0 if item is None else item.to_ms(item.heard(self._clock()))

    def received_ms(self, item_id: str) -> int:
        """Return the received milliseconds of an item; 0 for unknown items."""
        with self._lock:
            item = self._items.get(item_id)
            return 0 if item is None else item.to_ms(item.received)

    @property
    def remaining_ms(self) -> int:
        """The milliseconds of audio still to be played."""
        with self._lock:
            now = self._clock()
            playing = (item for item in self._items.values() if item.plays(now))
            return sum(item.to_ms(item.received - item.heard(now)) for item in playing)

    def flush(
        self, response_id: str | None = None
    ) -> list[ClientEventConversationItemTruncate]:
        """Discard the audio that was not played, and call `on_flush`.

        Later audio of a discarded item is ignored.

        Args:
            response_id: Only the audio of this response; by default all.

        Returns:
            The truncations to send, at most one for each item. Their position is never
            beyond the received audio and never zero.
        """
        with self._lock:
            now = self._clock()
            cut = [
                truncation
                for item in self._items.values()
                if response_id is None or item.response_id == response_id
                if (truncation := item.cut(now)) is not None
            ]
            if all(
                i.flushed or i.heard(now) == i.received for i in self._items.values()
            ):
                self._silent_at = now
        if self._on_flush is not None:
            try:
                self._on_flush()
            except Exception:
                logger.exception("on_flush of the playback clock failed")
        return cut

    def forget(self) -> None:
        """Stop truncating the items so far, which a new session does not know.

        Their audio may still be playing.
        """
        with self._lock:
            for item in self._items.values():
                item.truncated = True

    def _add(self, seen: Peek, rate: int) -> None:
        item_id, size = seen.item_id, seen.audio_size
        # Ignore audio that cannot be decoded: it is not played.
        if item_id is None or not size:
            return
        with self._lock:
            item = self._items.get(item_id)
            if item is None:
                index = seen.get("content_index")
                item = _PlayingItem(
                    item_id,
                    seen.response_id,
                    index if isinstance(index, int) else 0,
                    rate,
                )
                self._items[item_id] = item
                if len(self._items) > _ITEMS_KEPT:
                    del self._items[next(iter(self._items))]
            if item.flushed:
                return
            item.received += size
            if not self._reported:
                now = self._clock()
                begin = max(now, self._silent_at)
                self._silent_at = begin + size / item.rate
                item.plan(now, begin, size)


class _PlayingItem:
    """The audio of one item; sizes in bytes, times in seconds."""

    __slots__ = (
        "complete",
        "content_index",
        "done",
        "flushed",
        "id",
        "rate",
        "received",
        "response_id",
        "spans",
        "truncated",
    )

    def __init__(
        self, item_id: str, response_id: str | None, content_index: int, rate: int
    ) -> None:
        self.id = item_id
        self.response_id = response_id
        self.content_index = content_index
        self.rate = rate
        self.received = 0
        self.complete = False
        self.flushed = False
        self.truncated = False
        # Bytes already played, and (start, bytes) of the spans that follow.
        self.done: float = 0
        self.spans: deque[tuple[float, int]] = deque()

    def plan(self, now: float, begin: float, size: int) -> None:
        """Schedule audio to start playing at `begin`."""
        while self.spans and self.spans[0][0] + self.spans[0][1] / self.rate <= now:
            self.done += self.spans.popleft()[1]
        if self.spans:
            last, length = self.spans[-1]
            if begin - (last + length / self.rate) < 1e-6:
                self.spans[-1] = (last, length + size)
                return
        self.spans.append((begin, size))

    def heard(self, now: float) -> float:
        spans = (min(n, max(0.0, (now - t) * self.rate)) for t, n in self.spans)
        return self.done + sum(spans)

    def plays(self, now: float) -> bool:
        return not self.flushed and self.heard(now) < self.received

    def to_ms(self, size: float) -> int:
        return int(size * 1000 / self.rate + 1e-6)

    def cut(self, now: float) -> ClientEventConversationItemTruncate | None:
        """Discard the rest of the item; return its truncation if one is due."""
        heard = self.heard(now)
        if self.flushed or (self.complete and heard >= self.received):
            return None
        self.flushed = True
        self.done = heard
        self.spans.clear()
        end = self.to_ms(heard)
        if self.truncated or end == 0:
            return None
        self.truncated = True
        return ClientEventConversationItemTruncate(
            item_id=self.id, content_index=self.content_index, audio_end_ms=end
        )
