from __future__ import annotations

import asyncio
import logging
import traceback
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from tests.support.client import KEY, ScriptedServer, client_of
from tests.support.memory_service import MemoryPeer, serve_in_memory
from voicelive import (
    ConnectionClosed,
    ConnectionLost,
    EventsDropped,
    SessionConnected,
    SessionDisconnected,
    SessionFailure,
    SessionFunctions,
    SessionHandlers,
    VoiceLiveClient,
    VoiceLiveSession,
)
from voicelive.models import (
    HANDLER_NAMES,
    SERVER_EVENTS,
    ReceivedEvent,
    ServerEventHandlers,
    ServerEventResponseTextDelta,
    ServerEventSessionCreated,
)

pytestmark = pytest.mark.virtual_time

TEXT = {
    "type": "response.text.delta",
    "response_id": "r",
    "item_id": "i",
    "output_index": 0,
    "content_index": 0,
}


def text(number: int) -> dict[str, Any]:
    return {**TEXT, "delta": str(number)}


def create(server: ScriptedServer, **options: Any) -> VoiceLiveSession:
    return client_of(server).create_session("m", **options)


def texts(
    count: int, then: Callable[[MemoryPeer], Awaitable[None]] | None = None
) -> Callable[[MemoryPeer], Awaitable[None]]:
    """A service that begins a session and sends numbered texts."""

    async def script(peer: MemoryPeer) -> None:
        await peer.begin()
        for number in range(count):
            await peer.send(text(number))
        if then is not None:
            await then(peer)
        await peer.gone()

    return script


class Notes(SessionHandlers):
    """Handlers that record their calls."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, object]] = []
        self.ended = asyncio.Event()

    def on_server_event(self, event: Any) -> None:
        self.calls.append(("any", event.type))

    async def on_response_text_delta(self, event: ServerEventResponseTextDelta) -> None:
        await asyncio.sleep(0)
        self.calls.append(("text", event.delta))

    def on_session_created(self, event: ServerEventSessionCreated) -> None:
        self.calls.append(("created", event.session.id))

    async def on_connected(self, event: SessionConnected) -> None:
        await asyncio.sleep(0)
        self.calls.append(("connected", event.session.session_id))

    def on_disconnected(self, event: SessionDisconnected) -> None:
        self.calls.append(("disconnected", (event.code, event.clean)))
        self.ended.set()

    def on_error(self, event: SessionFailure) -> None:
        self.calls.append(("error", type(event.error)))


def test_every_event_has_a_handler() -> None:
    """Each event has a handler; that of `error` does not clash with `on_error`."""
    assert set(HANDLER_NAMES) == set(SERVER_EVENTS)
    for name in HANDLER_NAMES.values():
        assert callable(getattr(SessionHandlers, name))
    assert HANDLER_NAMES["error"] == "on_server_error"
    assert "on_error" not in HANDLER_NAMES.values()


async def test_order() -> None:
    """Handlers, sync or async, are called in the order of the events, the end last."""
    notes = Notes()

    async def then(peer: MemoryPeer) -> None:
        await peer.send({"type": "new.kind"})
        await peer.send("no json")
        await peer.close(1000)

    async with serve_in_memory(texts(2, then)) as server:
        session = create(server)
        session.subscribe(notes)
        await session.connect()
        await notes.ended.wait()
        await session.dispose()
    assert notes.calls == [
        ("connected", "sess_1"),
        ("any", "session.created"),
        ("created", "sess_1"),
        ("any", "response.text.delta"),
        ("text", "0"),
        ("any", "response.text.delta"),
        ("text", "1"),
        ("any", "new.kind"),
        ("any", ""),
        ("disconnected", (1000, True)),
    ]


@pytest.mark.parametrize("how", ["hang up", "code"])
async def test_lost(how: str) -> None:
    """An abnormal end is reported to on_error, then to on_disconnected."""

    async def then(peer: MemoryPeer) -> None:
        if how == "hang up":
            await peer.hang_up()
        else:
            await peer.close(1011, "oops")

    failures: list[SessionFailure] = []
    ends: list[SessionDisconnected] = []
    ended = asyncio.Event()

    def on_disconnected(event: SessionDisconnected) -> None:
        ends.append(event)
        ended.set()

    async with serve_in_memory(texts(1, then)) as server:
        session = create(server)
        session.subscribe(on_error=failures.append, on_disconnected=on_disconnected)
        await session.connect()
        await ended.wait()
        (failure,) = failures
        (end,) = ends
        assert failure.error is end.error
        assert failure.handler is None
        assert failure.event is None
        assert end.session is session
        assert not end.clean
        if how == "hang up":
            assert type(end.error) is ConnectionLost
            assert end.code == 1006
        else:
            assert type(end.error) is ConnectionClosed
            assert (end.code, end.reason) == (1011, "oops")
            assert end.error.retryable
        assert not session.is_connected
        # It can be connected again, with the same handlers.
        ended.clear()
        await session.connect()
        await ended.wait()
        assert len(ends) == 2
        await session.dispose()


async def test_slow_handlers() -> None:
    """A handler that does not return keeps no other subscription from its events."""
    stuck = asyncio.Event()
    seen: list[str] = []
    done = asyncio.Event()

    async def wait(event: object) -> None:
        await stuck.wait()

    def note(event: ServerEventResponseTextDelta) -> None:
        seen.append(event.delta)
        if len(seen) == 50:
            done.set()

    async with serve_in_memory(texts(50)) as server:
        session = create(server)
        session.subscribe(on_server_event=wait)
        session.subscribe(on_response_text_delta=note)
        await session.connect()
        await done.wait()
        stuck.set()
        await session.dispose()
    assert seen == [str(number) for number in range(50)]


async def test_failing_handlers() -> None:
    """An exception of a handler goes to on_error, with traceback; events continue."""
    failures: list[SessionFailure] = []
    others: list[str] = []
    done = asyncio.Event()

    async def fail(event: ServerEventResponseTextDelta) -> None:
        if event.delta == "2":
            done.set()
        raise LookupError(event.delta)

    async with serve_in_memory(texts(3)) as server:
        session = create(server)
        session.subscribe(on_response_text_delta=fail, on_error=failures.append)
        session.subscribe(on_response_text_delta=lambda e: others.append(e.delta))
        await session.connect()
        await done.wait()
        await session.dispose()
    assert others == ["0", "1", "2"]
    assert [str(failure.error) for failure in failures] == ["0", "1", "2"]
    failure = failures[0]
    assert failure.handler == "on_response_text_delta"
    assert isinstance(failure.event, ServerEventResponseTextDelta)
    frames = traceback.extract_tb(failure.error.__traceback__)
    assert frames[-1].name == "fail"


async def test_errors_of_others() -> None:
    """Without an on_error of its own, those of other subscriptions are called."""
    failures: list[SessionFailure] = []
    heard = asyncio.Event()

    def on_error(failure: SessionFailure) -> None:
        failures.append(failure)
        heard.set()

    def fail(event: object) -> None:
        raise LookupError("mine")

    async with serve_in_memory(texts(0)) as server:
        session = create(server)
        session.subscribe(on_session_created=fail)
        session.subscribe(on_error=on_error)
        await session.connect()
        await heard.wait()
        await session.dispose()
    assert [failure.handler for failure in failures] == ["on_session_created"]


async def test_errors_without_on_error(caplog: pytest.LogCaptureFixture) -> None:
    """Without any on_error, or if that fails too, the log has it with traceback."""

    def fail(event: object) -> None:
        raise LookupError("mine")

    def worse(event: object) -> None:
        raise ArithmeticError("worse")

    with caplog.at_level(logging.ERROR, "voicelive"):
        async with serve_in_memory(texts(0)) as server:
            for functions in (
                SessionFunctions(on_session_created=fail),
                SessionFunctions(on_session_created=fail, on_error=worse),
            ):
                session = create(server)
                session.subscribe(**functions)
                await session.connect()
                await session.dispose()
    first, second = caplog.records
    assert "on_session_created failed" in first.getMessage()
    assert first.exc_info is not None
    assert isinstance(first.exc_info[1], LookupError)
    assert "on_error failed" in second.getMessage()
    assert "mine" in second.getMessage()
    assert second.exc_info is not None
    assert isinstance(second.exc_info[1], ArithmeticError)


async def test_handler_that_is_cancelled_inside() -> None:
    """A CancelledError of the handler's own is its failure, not the end of others."""
    failures: list[SessionFailure] = []

    async def fail(event: object) -> None:
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        future.cancel()
        await future

    async with serve_in_memory(texts(0)) as server:
        session = create(server)
        session.subscribe(on_server_event=fail, on_error=failures.append)
        await session.connect()
        await session.dispose()
    assert [type(failure.error) for failure in failures] == [asyncio.CancelledError]


async def test_full_queue() -> None:
    """Events that find the queue full are dropped, counted where they are missing."""
    go = asyncio.Event()
    told: list[object] = []
    started = asyncio.Event()
    sent = asyncio.Event()

    async def slow(event: ServerEventResponseTextDelta) -> None:
        started.set()
        await go.wait()
        told.append(event.delta)

    async def then(peer: MemoryPeer) -> None:
        await sent.wait()
        await peer.send(text(99))

    def on_error(failure: SessionFailure) -> None:
        assert isinstance(failure.error, EventsDropped)
        told.append(failure.error.count)
        sent.set()

    async with serve_in_memory(texts(20, then)) as server:
        session = create(server, event_queue_size=5)
        session.subscribe(on_response_text_delta=slow, on_error=on_error)
        await session.connect()
        # Others still get everything.
        for number in range(-1, 20):
            event = await session.recv()
            assert event.as_dict().get("delta", "-1") == str(number)
        await started.wait()
        go.set()
        await session.recv()
        await session.dispose()
    # One was being handled, five were waiting.
    assert told == ["0", "1", "2", "3", "4", "5", 14, "99"]


async def test_fast_handlers_of_a_burst() -> None:
    """Handlers that keep up lose nothing of a burst longer than their queue."""
    seen: list[str] = []
    done = asyncio.Event()

    async def note(event: ServerEventResponseTextDelta) -> None:
        seen.append(event.delta)
        if len(seen) == 500:
            done.set()

    async def script(peer: MemoryPeer) -> None:
        await peer.begin()
        await peer.configure()
        await peer.receive()
        # Sending does not wait, so all of it can be read at once.
        for number in range(500):
            await peer.send(text(number))
        await peer.gone()

    async with serve_in_memory(script) as server:
        session = create(server, event_queue_size=40)
        session.subscribe(on_response_text_delta=note)
        await session.connect()
        await session.response.create()
        await done.wait()
        await session.dispose()
    assert seen == [str(number) for number in range(500)]


async def test_closing_a_subscription() -> None:
    """A closed subscription gets no more events; close() waits for its handler."""
    go = asyncio.Event()
    started = asyncio.Event()
    seen: list[str] = []

    async def slow(event: ServerEventResponseTextDelta) -> None:
        started.set()
        await go.wait()
        seen.append(event.delta)

    async with serve_in_memory(texts(10)) as server:
        session = create(server)
        subscription = session.subscribe(on_response_text_delta=slow)
        assert subscription.active
        await session.connect()
        await started.wait()
        closing = asyncio.create_task(subscription.close())
        await asyncio.sleep(0)
        assert not subscription.active
        assert not closing.done()
        go.set()
        await closing
        await subscription.close()
        assert "closed" in repr(subscription)
        await session.dispose()
    assert seen == ["0"]


@pytest.mark.parametrize("method", ["disconnect", "dispose"])
async def test_ending_from_a_handler(method: str) -> None:
    """Handlers may end the session; others still finish, even if two do it."""
    finished: list[str] = []
    ended = asyncio.Event()

    async with serve_in_memory(texts(1)) as server:
        session = create(server)

        async def end(event: object) -> None:
            await getattr(session, method)()
            finished.append("end")

        session.subscribe(on_response_text_delta=end)
        session.subscribe(
            on_response_text_delta=end, on_disconnected=lambda event: ended.set()
        )
        await session.connect()
        await ended.wait()
        await session.dispose()
    assert finished == ["end", "end"]


async def test_closing_from_a_handler() -> None:
    """A handler may close its own subscription, and is not told more."""
    seen: list[object] = []
    async with serve_in_memory(texts(3)) as server:
        session = create(server)

        closed = asyncio.Event()

        async def once(event: ReceivedEvent) -> None:
            seen.append(event.type)
            await subscription.close()
            closed.set()

        subscription = session.subscribe(
            # Called first, with the other one of the same event to follow.
            on_server_event=once,
            on_session_created=lambda event: seen.append("too late"),
        )
        await session.connect()
        await closed.wait()
        await session.dispose()
    assert seen == ["session.created"]


@pytest.mark.parametrize("how", ["disconnect", "close"])
async def test_handlers_that_do_not_end(how: str) -> None:
    """After handler_timeout handlers that still run are cancelled."""
    started = asyncio.Event()
    cancelled: list[bool] = []

    async def forever(event: object) -> None:
        started.set()
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            cancelled.append(True)
            raise

    async with serve_in_memory(texts(0)) as server:
        session = create(server, handler_timeout=20)
        subscription = session.subscribe(on_session_created=forever)
        await session.connect()
        await started.wait()
        began = asyncio.get_running_loop().time()
        if how == "close":
            await subscription.close()
        await session.disconnect()
        assert asyncio.get_running_loop().time() - began == 20
        assert cancelled == [True]
        await session.dispose()


async def test_cancelled_dispose() -> None:
    """Cancelling dispose() cancels handlers that still run."""
    started = asyncio.Event()

    async def forever(event: object) -> None:
        started.set()
        await asyncio.Event().wait()

    async with serve_in_memory(texts(0)) as server:
        session = create(server, handler_timeout=60)
        session.subscribe(on_session_created=forever)
        await session.connect()
        await started.wait()
        closing = asyncio.create_task(session.disconnect())
        # Ends with the connection, which is when handlers are waited for.
        assert [event.type async for event in session] == ["session.created"]
        closing.cancel()
        with pytest.raises(asyncio.CancelledError):
            await closing


async def test_disconnect_drains_the_queue() -> None:
    """disconnect() lets handlers process all received events."""
    seen: list[str] = []

    async def slow(event: ServerEventResponseTextDelta) -> None:
        await asyncio.sleep(0.1)
        seen.append(event.delta)

    async with serve_in_memory(texts(30)) as server:
        session = create(server)
        session.subscribe(on_response_text_delta=slow)
        await session.connect()
        while (await session.recv()).as_dict().get("delta") != "29":
            pass
        await session.disconnect()
        assert seen == [str(number) for number in range(30)]
        await session.dispose()


# --- what handlers can be --------------------------------------------------------


class _Nothing(SessionHandlers):
    pass


class _ServerOnly(ServerEventHandlers):
    def on_response_done(self, event: Any) -> None:
        pass


@pytest.mark.parametrize(
    ("handlers", "functions", "match"),
    [
        (None, {}, "either"),
        (_ServerOnly(), {"on_response_done": print}, "either"),
        (None, {"on_response_don": print}, "did you mean 'on_response_done'"),
        (None, {"x": print}, "unknown handler 'x'"),
        (None, {"on_response_done": 5}, "must be a function"),
        (_Nothing(), {}, "has no handler"),
        (_ServerOnly, {}, "not the class"),
    ],
)
def test_no_handlers(handlers: Any, functions: Any, match: str) -> None:
    """Handlers that would never be called are refused."""
    session = VoiceLiveClient("host.example", KEY).create_session("m")
    with pytest.raises(TypeError, match=match):
        session.subscribe(handlers, **functions)


async def test_handlers_of_the_protocol() -> None:
    """An object that only knows server events is enough; attributes count too."""
    seen: list[object] = []
    handlers = _ServerOnly()
    handlers.on_session_created = seen.append  # type: ignore[method-assign,assignment]
    async with serve_in_memory(texts(0)) as server:
        client = client_of(server)
        session = await client.start_session("m", handlers=handlers)
        await session.dispose()
    assert [type(event) for event in seen] == [ServerEventSessionCreated]


async def test_handlers_in_a_dict() -> None:
    """start_session() takes functions by name as well."""
    seen: list[object] = []
    async with serve_in_memory(texts(0)) as server:
        client = client_of(server)
        session = await client.start_session(
            "m", handlers={"on_connected": seen.append}
        )
        await session.dispose()
        assert seen == [SessionConnected(session)]
