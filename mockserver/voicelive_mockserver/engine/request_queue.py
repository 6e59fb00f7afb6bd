"""Queue of client requests: in order, each after its processing time."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache, partial
from typing import Any

from voicelive_mockserver.engine.latency import LatencyModel
from voicelive_mockserver.engine.scheduler import Scheduler
from voicelive_protocol import (
    ClientEventInputAudioBufferAppend,
    ClientEventInputAudioTurnAppend,
    ClientEventResponseCancel,
    ClientEventResponseCreate,
    ClientEventRtcCallSdpCreate,
    ClientEventSessionAvatarConnect,
    ClientEventSessionUpdate,
)


class RequestQueue:
    """The requests of one session that have not taken effect yet.

    Args:
        scheduler: The clock and the scheduled actions of the session.
        ready_at: When the first request can take effect, in seconds.
    """

    __slots__ = ("_entries", "_is_suspended", "_ready_at", "_scheduler")

    def __init__(self, scheduler: Scheduler, ready_at: float) -> None:
        self._scheduler = scheduler
        self._ready_at = ready_at
        self._entries: list[tuple[float, Callable[[], None]]] = []
        self._is_suspended = False

    def __len__(self) -> int:
        """Return the number of queued requests."""
        return len(self._entries)

    @property
    def is_idle(self) -> bool:
        """Whether a request without processing time takes effect immediately."""
        return not self._entries and self._ready_at <= self._scheduler.now

    def add(self, delay: float, action: Callable[..., None], *arguments: Any) -> None:
        """Run an action after a delay, and after all actions added before.

        Args:
            delay: The processing time, in seconds.
            action: The action.
            arguments: Its arguments.
        """
        scheduler = self._scheduler
        now = scheduler.now
        due = self._ready_at = max(now + delay, self._ready_at)
        if not self._entries and (due <= now or scheduler.try_advance(due)):
            action(*arguments)
            return
        self._entries.append((due, partial(action, *arguments)))
        scheduler.call_at(due, self._run_due)

    def suspend(self, action: Callable[[], None]) -> None:
        """Pause the queue until `resume`, which runs the action first."""
        self._is_suspended = True
        self._entries.insert(0, (self._scheduler.now, action))

    def resume(self) -> None:
        """Run the actions that became due since `suspend`."""
        self._is_suspended = False
        self._run_due()

    def clear(self) -> None:
        """Drop all requests."""
        self._entries.clear()

    def _run_due(self) -> None:
        while (
            self._entries
            and not self._is_suspended
            and self._entries[0][0] <= self._scheduler.now
        ):
            self._entries.pop(0)[1]()


@cache
def processing_seconds(latency: LatencyModel) -> Mapping[str, float]:
    """Return the processing time of each client event that differs from `item_ack`.

    Args:
        latency: The latencies of the model.
    """
    return {
        ClientEventSessionUpdate.type: latency.session_update,
        # Responses have a separate latency; audio and cancellation have none.
        ClientEventResponseCreate.type: 0.0,
        ClientEventResponseCancel.type: 0.0,
        ClientEventSessionAvatarConnect.type: latency.avatar_connect,
        ClientEventRtcCallSdpCreate.type: latency.avatar_connect,
        ClientEventInputAudioBufferAppend.type: 0.0,
        ClientEventInputAudioTurnAppend.type: 0.0,
    }
