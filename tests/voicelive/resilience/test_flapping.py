"""A service that accepts connections and drops them again."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from tests.support.memory_service import MemoryPeer, serve_in_memory
from tests.voicelive.resilience.support import Heard, created, stay
from voicelive._connection.clock import loop_time
from voicelive.aio import ConnectionClosed
from voicelive.resilience import Backoff, ReconnectFailed, ReconnectPolicy


class Flapping:
    """A service in virtual time whose sessions begin, may do something, and end.

    Attributes:
        lives: Seconds that each session lives.
        responds: The status of the response that each session has; None for none.
        sessions: How many there are before one stays.
        began: When each of them began.
    """

    def __init__(
        self,
        *,
        lives: float = 0.0,
        responds: str | None = None,
        sessions: float = float("inf"),
    ) -> None:
        self.lives = lives
        self.responds = responds
        self.sessions = sessions
        self.now = 1000.0
        self.began: list[float] = []
        self.slept: list[float] = []
        # The sessions of which the client knows.
        self.seen: asyncio.Queue[None] = asyncio.Queue()

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds
        await asyncio.sleep(0)

    def backoff(self, **changes: Any) -> Backoff:
        return Backoff(sleep=self.sleep, clock=lambda: self.now, **changes)

    async def __call__(self, peer: MemoryPeer) -> None:
        self.began.append(self.now)
        await peer.accept()
        await peer.send(created(len(self.began)))
        if len(self.began) >= self.sessions:
            await peer.gone()
            return
        if self.responds is not None:
            response = {"id": "resp_1", "status": self.responds}
            await peer.send({"type": "response.done", "response": response})
        await self.seen.get()
        self.now += self.lives
        await peer.close(1011)
        await peer.gone()

    @property
    def most_in_a_minute(self) -> int:
        """The most sessions that began within any 60 seconds."""
        return max(
            sum(began <= other < began + 60 for other in self.began)
            for began in self.began
        )


async def follow(
    connection: Any, service: Flapping, sessions: int = 1000
) -> ConnectionClosed | None:
    """Receive up to the beginning of a session, or up to the end, which is returned."""
    async with asyncio.timeout(20):
        try:
            while sessions:
                if (await connection.recv()).type == "session.created":
                    sessions -= 1
                    service.seen.put_nowait(None)
        except ConnectionClosed as error:
            return error
    return None


@pytest.mark.parametrize("random", [0.0, 0.5, 1.0])
@pytest.mark.parametrize("responds", [None, "failed", "cancelled"])
async def test_gives_up(random: float, responds: str | None) -> None:
    """Sessions that only begin are no successes: attempts and waits go on."""
    service, heard = Flapping(responds=responds), Heard()
    policy = heard.policy(backoff=service.backoff(random=lambda: random))
    async with serve_in_memory(service) as server, stay(server, policy) as connection:
        error = await follow(connection, service)
    assert isinstance(error, ReconnectFailed)
    assert (error.code, error.attempts) == (1011, 8)
    assert "8 attempts without a stable connection" in str(error)
    assert len(service.began) == 9
    assert service.most_in_a_minute < 30
    # The attempts are numbered over all losses, and the waits grow.
    assert [number for _, number, _ in heard.reconnecting] == list(range(1, 9))
    assert service.slept == [random * w for w in (0.5, 0.5, 1, 2, 4, 8, 16, 30)]


async def test_the_limit_in_time_goes_on() -> None:
    """So does the time: sessions of 20 seconds are given up after two minutes."""
    service = Flapping(lives=20)
    policy = ReconnectPolicy(
        backoff=service.backoff(random=lambda: 0.0, max_attempts=None)
    )
    async with serve_in_memory(service) as server, stay(server, policy) as connection:
        error = await follow(connection, service)
    assert isinstance(error, ReconnectFailed)
    # From the first loss on.
    assert [began - 1000 for began in service.began] == list(range(0, 141, 20))


@pytest.mark.parametrize(
    "session", [{"lives": 30}, {"responds": "completed"}], ids=["lived", "responded"]
)
async def test_connections_that_count_as_successes(session: dict[str, Any]) -> None:
    """After 30 seconds, or a completed response, attempts are counted anew."""
    service, heard = Flapping(sessions=50, **session), Heard()
    policy = heard.policy(backoff=service.backoff(random=lambda: 0.0))
    async with serve_in_memory(service) as server, stay(server, policy) as connection:
        assert await follow(connection, service, 50) is None
    assert {number for _, number, _ in heard.reconnecting} == {1}
    assert service.most_in_a_minute <= 20


@pytest.mark.slow
async def test_the_rate_holds_whatever_the_waits() -> None:
    """Without waits and limits there are still no more than 20 sessions a minute."""
    service = Flapping(sessions=100)
    backoff = service.backoff(initial=0, max_attempts=None, max_seconds=None)
    heard = Heard()
    policy = heard.policy(backoff=backoff)
    async with serve_in_memory(service) as server, stay(server, policy) as connection:
        assert await follow(connection, service, 100) is None
    assert service.most_in_a_minute == 20
    assert service.began[-1] - service.began[0] >= 4 * 60
    # The wait that keeps the rate is announced like any other.
    assert any(wait > 50 for _, _, wait in heard.reconnecting)


@pytest.mark.parametrize("stable", [5.0, 60.0])
async def test_what_counts_as_stable_can_be_set(stable: float) -> None:
    """`stable_seconds` says when a connection counts as a success."""
    service, heard = Flapping(lives=10, sessions=12), Heard()
    policy = heard.policy(
        backoff=service.backoff(random=lambda: 0.0, max_attempts=5),
        stable_seconds=stable,
    )
    async with serve_in_memory(service) as server, stay(server, policy) as connection:
        if stable > service.lives:
            error = await follow(connection, service)
            assert isinstance(error, ReconnectFailed)
            return
        assert await follow(connection, service, 12) is None


@pytest.mark.virtual_time
async def test_sessions_shorter_than_the_renewal() -> None:
    """A session that ends before it may be renewed is replaced once it is stable."""
    heard = Heard()

    async def script(peer: MemoryPeer) -> None:
        await peer.accept()
        await peer.send(created(len(server.peers), expires_at=60))
        await peer.gone()

    policy = heard.policy(renew_seconds=3600.0, clock=loop_time)
    async with serve_in_memory(script) as server, stay(server, policy) as connection:
        await connection.recv()
        await asyncio.sleep(29)
        assert len(server.requests) == 1
        # Not before `stable_seconds`.
        await asyncio.sleep(2)
        assert len(server.requests) == 2


@pytest.mark.parametrize("wrong", [{"max_per_minute": 0}])
def test_numbers_out_of_range(wrong: dict[str, int]) -> None:
    """A rate that lets nothing through is refused."""
    with pytest.raises(ValueError, match="max_per_minute"):
        Backoff(**wrong)  # type: ignore[arg-type]
