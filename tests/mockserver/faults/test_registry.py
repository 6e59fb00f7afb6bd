"""Registry of faults: affected connections and timing."""

from __future__ import annotations

import pytest

from voicelive_mockserver.faults import (
    AnyFault,
    Close,
    CloseConnection,
    Faults,
    FaultStage,
    Inject,
    LimitRate,
    Malformed,
    Refuse,
    SlowHandshake,
)

EVENT = b'{"event_id":"event_1","type":"session.created"}'


def statuses(faults: Faults, count: int, *, seed: int = 0) -> list[int | None]:
    """Connect several times; return the status of each rejection."""
    handshakes = [faults.connect(0.0, seed) for _ in range(count)]
    return [item.refusal.status if item.refusal else None for item in handshakes]


def joined(faults: Faults) -> tuple[FaultStage, list[int]]:
    """Accept a connection; return its stage and the list of its wake-ups."""
    stage, woken = FaultStage("0"), [0]

    def wake() -> None:
        woken[0] += 1

    number = faults.connect(0.0, 0).number
    faults.join(number, stage, lambda: 0.0, wake)
    return stage, woken


def test_connections_by_number() -> None:
    """A fault affects one connection, several, or all; the first rejection applies."""
    faults = Faults(
        [
            Refuse(401, connection=1),
            Refuse(403, connection=[1, 3]),
            "refuse:connection=4",
        ]
    )
    assert statuses(faults, 5) == [401, None, 403, 503, None]
    assert statuses(Faults([Refuse(404)]), 2) == [404, 404]


def test_connections_are_counted_from_the_fault_on() -> None:
    """Connection 1 is the first after the fault was added."""
    faults = Faults()
    statuses(faults, 3)
    faults.add("refuse:connection=1")
    assert statuses(faults, 2) == [503, None]


def test_delays_of_handshakes_add_up() -> None:
    """Slow handshakes and slow rejections."""
    faults = Faults([SlowHandshake(0.5), Refuse(seconds=0.25, connection=2)])
    assert [faults.connect(0.0, 0).seconds for _ in range(2)] == [0.5, 0.75]


def test_refusals_have_a_text() -> None:
    """The default text depends on the status; Retry-After is in whole seconds."""
    refusal = Faults([Refuse(429, retry_after=1.2)]).connect(0.0, 0).refusal
    assert refusal is not None
    assert "Too many" in refusal.message
    assert refusal.retry_after == 2
    refusal = Faults([Refuse(418, "I am a teapot.")]).connect(0.0, 0).refusal
    assert refusal is not None
    assert (refusal.message, refusal.retry_after) == ("I am a teapot.", None)
    assert statuses(Faults([Refuse(418)]), 1) == [418]


def test_too_many_connections() -> None:
    """Connections above the limit get 429 until the oldest leaves the window."""
    faults = Faults([LimitRate(2, 60.0)])
    for now, wait in ((0.0, None), (10.0, None), (20.5, 40), (59.0, 1), (60.0, None)):
        refusal = faults.connect(now, 0).refusal
        assert (refusal and refusal.retry_after) == wait
    assert faults.connect(61.0, 0).refusal is not None


def test_refused_connections_do_not_use_up_the_limit() -> None:
    """Only accepted connections are counted."""
    faults = Faults([LimitRate(1), Refuse(503, connection=1)])
    assert statuses(faults, 3) == [503, None, 429]


def test_a_limit_of_zero_rejects_all() -> None:
    """It is valid."""
    assert statuses(Faults([LimitRate(0)]), 1) == [429]


def test_random_faults_depend_on_the_seed() -> None:
    """Random rejections are reproducible with the same seed."""
    fault = Refuse(probability=0.5)
    first = statuses(Faults([fault]), 40, seed=1)
    assert first == statuses(Faults([fault]), 40, seed=1)
    assert first != statuses(Faults([fault]), 40, seed=2)
    assert {None, 503} == set(first)
    assert Faults([fault]).are_random
    assert Faults(["delay:0.1:0.1"]).are_random
    assert not Faults(["close", "delay:0.1"]).are_random


def test_faults_reach_connections_in_progress() -> None:
    """A fault that is added later counts from then on and wakes the connection."""
    faults = Faults()
    stage, woken = joined(faults)
    stage.send([EVENT], 0.0)
    stage.take(0.0)
    faults.add(Close(1000, after=1))
    assert woken == [1]
    stage.send([EVENT], 0.0)
    assert stage.take(0.0)[1:] == [CloseConnection(1000, "")]


def test_faults_of_numbered_connections_are_for_the_future() -> None:
    """A new fault with connection numbers does not affect open connections."""
    faults = Faults()
    stage, woken = joined(faults)
    faults.add(Close(connection=1))
    assert stage.is_idle
    assert woken == [0]
    assert not joined(faults)[0].is_idle


def test_closed_connections_are_unregistered() -> None:
    """They are not woken."""
    faults = Faults()
    stage, woken = joined(faults)
    faults.leave(stage)
    faults.add(Close())
    faults.clear()
    assert woken == [0]


def test_clearing() -> None:
    """All faults are removed, also from open connections."""
    faults = Faults([Malformed()])
    faults.script([Inject()])
    assert [type(fault) for fault in faults] == [Inject, Malformed]
    stage, woken = joined(faults)
    faults.clear()
    assert woken == [1]
    assert list(faults) == []
    stage.send([EVENT], 0.0)
    assert len(stage.take(0.0)) == 1


def test_a_scenario_replaces_the_faults_of_another() -> None:
    """Added faults are kept; connections are counted from then on."""
    added: AnyFault = Refuse(503, connection=3)
    faults = Faults([added])
    faults.script([Refuse(401, connection=1)])
    assert statuses(faults, 1) == [401]
    faults.script([Refuse(403, connection=1)])
    assert statuses(faults, 3) == [403, 503, None]


def test_a_reset_counts_from_the_beginning() -> None:
    """A reset removes all faults and restarts the count of connections."""
    faults = Faults(["refuse"])
    statuses(faults, 3)
    faults.reset()
    assert faults.connect(0.0, 0).number == 1
    assert list(faults) == []


def test_an_invalid_fault_is_an_error() -> None:
    """An invalid fault changes nothing."""
    faults = Faults()
    with pytest.raises(ValueError, match="unknown type"):
        faults.add("explode")
    assert list(faults) == []
