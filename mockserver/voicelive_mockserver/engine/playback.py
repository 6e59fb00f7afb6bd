"""Simulated playback of spoken output by the client."""

from __future__ import annotations

from voicelive_mockserver.engine.conversation import Item
from voicelive_mockserver.engine.outbox import EventOutbox
from voicelive_mockserver.engine.scheduler import Scheduler

_MAX_ITEMS = 16


class Playback:
    """Models a client that plays in real time, starting with the first delta.

    Clients do not report what they have played. This model decides where automatic
    truncation cuts, and how long an avatar speaks.

    Args:
        scheduler: The scheduler of the session.
    """

    __slots__ = ("_end", "_items", "_scheduler")

    def __init__(self, scheduler: Scheduler) -> None:
        self._scheduler = scheduler
        self._items: list[tuple[Item, float]] = []
        self._end = 0.0

    @property
    def end(self) -> float:
        """The end of the playback of all sent audio, in seconds."""
        return self._end

    def add(self, item: Item, milliseconds: int) -> None:
        """Add audio that is being sent.

        Args:
            item: The item that the audio belongs to.
            milliseconds: The duration of the audio.
        """
        now = self._scheduler.now
        start = self._end if self._end > now else now
        items = self._items
        if not items or items[-1][0] is not item:
            items.append((item, start))
            if len(items) > _MAX_ITEMS:
                del items[0]
        self._end = start + milliseconds / 1000

    def clear(self) -> list[tuple[Item, int]]:
        """Stop playing.

        Returns:
            The items that were not played to their end, each with its played duration
            in milliseconds.
        """
        now = self._scheduler.now
        left: list[tuple[Item, int]] = []
        starts = [start for _, start in self._items]
        ends = [*starts[1:], self._end] if starts else []
        for (item, start), end in zip(self._items, ends, strict=True):
            if end > now:
                played = max(0.0, now - start) * 1000
                left.append((item, int(min(played, item.audio_ms or 0.0))))
        self._items.clear()
        self._end = now
        return left


class PlaybackWatch:
    """Sends the events at the start and the end of the playback of a response.

    Args:
        scheduler: The scheduler of the session.
        playback: The simulated playback.
        outbox: The outgoing events; `None` to send none.
        began: The wire name of the event at the start.
        ended: The wire name of the event at the end.
        key: The key of the response identifier in both events.
    """

    __slots__ = (
        "_began",
        "_ended",
        "_key",
        "_outbox",
        "_playback",
        "_response_id",
        "_scheduler",
    )

    def __init__(
        self,
        scheduler: Scheduler,
        playback: Playback,
        outbox: EventOutbox | None,
        *,
        began: str,
        ended: str,
        key: str,
    ) -> None:
        self._scheduler = scheduler
        self._playback = playback
        self._outbox = outbox
        self._began = began
        self._ended = ended
        self._key = key
        self._response_id: str | None = None

    def begin(self, response_id: str) -> None:
        """Start watching, after audio was added to the playback.

        Args:
            response_id: The response of the audio.
        """
        if self._response_id is None:
            self._response_id = response_id
            self._send_event(self._began, response_id)
            self._check()

    def stop(self) -> None:
        """End immediately, if a response is being played."""
        if self._response_id is not None:
            response_id, self._response_id = self._response_id, None
            self._send_event(self._ended, response_id)

    def _send_event(self, event_type: str, response_id: str) -> None:
        if self._outbox is not None:
            self._outbox.event(event_type, {self._key: response_id})

    def _check(self) -> None:
        """End if everything has been played; otherwise check again later."""
        if self._response_id is None:
            return
        end = self._playback.end
        if end > self._scheduler.now:
            # Production, so that it is held together with the audio.
            self._scheduler.call_at(end, self._check, production=True)
        else:
            self.stop()
