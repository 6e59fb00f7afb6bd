"""Fuzz targets: frames of a service against every layer of the client."""

from __future__ import annotations

import asyncio
import json
import math
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import (
    AbstractAsyncContextManager,
    asynccontextmanager,
    contextmanager,
    nullcontext,
)
from random import Random
from typing import Any, Protocol

from tests.fuzz.answering_service import answering
from tests.fuzz.guard import Finding, Guard, run_guarded
from tests.fuzz.mutations import dump
from tests.fuzz.service_output import (
    calls_in,
    make_answer,
    make_created,
    make_frames,
    parsed,
    wire_type,
)
from tests.fuzz.target import Case
from tests.support.client import KEY, dial
from tests.support.scripted_service import CREATED, Peer, Server, serve
from tests.support.telemetry import Recorder
from voicelive import SessionFailure, VoiceLiveClient
from voicelive.aio import ConnectionClosed
from voicelive.resilience import Backoff, ReconnectPolicy, stay_connected
from voicelive.telemetry import VoiceLiveInstrumentor
from voicelive.turns import (
    NoResponse,
    PlaybackClock,
    SilenceWatch,
    ToolSet,
    TurnKeeper,
)
from voicelive_protocol import InvalidServerEvent, ReceivedEvent

Script = Callable[[Peer], Awaitable[None]]

_END = '{"type":"end.of.case","event_id":"event_end"}'
_PROMPT_SECONDS = 1.0
_NOTHING = object()


class _Receiver(Protocol):
    def __aiter__(self) -> AsyncIterator[ReceivedEvent]: ...


class ConnectionTarget:
    """A plain connection, with telemetry in half of the cases."""

    name = "connection"

    def make(self, chance: Random) -> Case:
        """Return a random case."""
        traced = chance.random() < 0.5
        return {"steps": [make_created(chance), *make_frames(chance)], "traced": traced}

    def run(self, case: Case) -> None:
        """Run a case."""
        sent: list[str] = []

        async def script(peer: Peer) -> None:
            async with answering(peer) as service:
                await service.send(*case["steps"])
                sent.extend(service.sent)
                await service.close()

        async def work(_guard: Guard) -> None:
            async with _serving(script) as server, dial(server) as connection:
                received = await _receive_all(connection, case["steps"])
            _same(received, sent)

        with _traced() if case["traced"] else nullcontext():
            run_guarded(work)


class ReconnectingTarget:
    """A reconnecting connection, whose first connection is lost.

    In some cases the answers to what is restored are spoiled, too.
    """

    name = "reconnecting"

    def make(self, chance: Random) -> Case:
        """Return a random case."""
        spoil = chance.randrange(2**32) if chance.random() < 0.3 else None
        return {"steps": [make_created(chance), *make_frames(chance)], "spoil": spoil}

    def run(self, case: Case) -> None:
        """Run a case."""
        sent: list[list[str]] = []

        async def script(peer: Peer) -> None:
            async with answering(peer) as service:
                sent.append(service.sent)
                if case["spoil"] is not None:
                    service.mutations = Random(case["spoil"] + len(sent))
                if len(sent) == 1:
                    await service.send(*(case["steps"] or [dump(CREATED)]))
                    # Read ahead, so that the loss comes after the last frame.
                    await asyncio.sleep(1)
                    return
                await service.send(dump(CREATED))
                await asyncio.sleep(30)
                await service.send(_END)
                await service.close()

        async def work(_guard: Guard) -> None:
            async with _serving(script) as server, _stay(server) as connection:
                received = await _receive_all(
                    connection, case["steps"], may_fail=case["spoil"] is not None
                )
            first = len(sent[0])
            _same(received[:first], sent[0])
            refused = case["spoil"] is not None or any(
                wire_type(frame) == "error" for frame in sent[0]
            )
            if len(sent) < 2 and not refused:
                raise Finding("there was no second connection")
            if len(sent) > 1 and not refused and _text(received[-1]) != _END:
                raise Finding("the second connection ended early")

        run_guarded(work)


class TurnsTarget:
    """A `TurnKeeper` with all its options, and a response that is waited for."""

    name = "turns"

    def make(self, chance: Random) -> Case:
        """Return a random case.

        Half of them are a response in which only what routing needs is in order:
        whoever waits for it has to learn of its end at once.
        """
        prompt = chance.random() < 0.5
        steps = make_answer(chance) if prompt else make_frames(chance)
        return {"created": make_created(chance), "prompt": prompt, "steps": steps}

    def run(self, case: Case) -> None:
        """Run a case."""
        sent: list[str] = []
        answered = asyncio.Event()

        async def script(peer: Peer) -> None:
            async with answering(peer) as service:
                await service.send(case["created"])
                await service.response_requested.wait()
                await service.send(*case["steps"])
                whole = case["prompt"] and _is_whole(case["steps"])
                service.answers_responses = True
                await asyncio.sleep(_PROMPT_SECONDS)
                if whole and not answered.is_set():
                    raise Finding("respond() was not told of the end of its response")
                missing = calls_in(case["steps"]) - service.outputs() if whole else ()
                if missing:
                    raise Finding(f"calls without an output: {missing}")
                await asyncio.sleep(100)
                sent.extend(service.sent)
                await service.close()

        async def work(_guard: Guard) -> None:
            async with (
                _serving(script) as server,
                dial(server) as connection,
                TurnKeeper(
                    connection,
                    tools=_tools(),
                    playback=PlaybackClock(),
                    silence=SilenceWatch("Hello?", hang_up=False),
                    drop_cancelled=False,
                ) as keeper,
            ):
                asking = asyncio.create_task(_ask(keeper, answered))
                received = await _receive_all(keeper, [case["created"], *case["steps"]])
                await asking
            # Errors of requests that collide are the keeper's own.
            kept = [frame for frame in sent if wire_type(frame) != "error"]
            texts = [t for t in map(_text, received) if wire_type(t) != "error"]
            _equal(texts, kept)

        run_guarded(work)


class SessionTarget:
    """A `VoiceLiveSession` with handlers, some of which fail, and an iteration."""

    name = "session"

    def make(self, chance: Random) -> Case:
        """Return a random case."""
        return {
            "created": make_created(chance),
            "reconnect": chance.random() < 0.5,
            "steps": make_frames(chance),
        }

    def run(self, case: Case) -> None:
        """Run a case."""
        sent: list[str] = []

        async def script(peer: Peer) -> None:
            async with answering(peer) as service:
                await service.send(case["created"])
                # Until the session is configured.
                await asyncio.sleep(1)
                await service.send(*case["steps"])
                await asyncio.sleep(1)
                sent.extend(service.sent)
                await service.close()

        async def work(_guard: Guard) -> None:
            policy = _policy() if case["reconnect"] else None
            handled: list[ReceivedEvent] = []
            async with _serving(script) as server:
                client = VoiceLiveClient(server.endpoint, KEY)
                session = client.create_session(
                    "gpt-realtime", reconnect=policy, tools=_tools()
                )
                session.subscribe(on_server_event=_failing_handler(handled))
                session.subscribe(on_error=_ignore)
                async with session:
                    steps = [case["created"], *case["steps"]]
                    received = await _receive_all(session, steps)
            # A keeper takes away late deltas and errors of its own.
            texts = [_text(event) for event in received]
            _equal([_text(event) for event in handled], texts)
            _subsequence(texts, sent)

        run_guarded(work)


@asynccontextmanager
async def _serving(script: Script) -> AsyncIterator[Server]:
    """Serve; a finding of the script counts more than what the client made of it."""
    found: list[Finding] = []

    async def noting(peer: Peer) -> None:
        try:
            await script(peer)
        except Finding as finding:
            found.append(finding)
            raise

    try:
        async with serve(noting) as server:
            yield server
    except Exception:
        if found:
            raise found[0] from None
        raise


async def _receive_all(
    receiver: _Receiver, steps: list[Any], *, may_fail: bool = False
) -> list[ReceivedEvent]:
    """Receive up to the end, and use each event as an application may."""
    received: list[ReceivedEvent] = []
    try:
        async for event in receiver:
            received.append(event)
            _use(event)
    except ConnectionClosed as error:
        # A session that the service refuses ends with that.
        refused = any(isinstance(s, str) and wire_type(s) == "error" for s in steps)
        if not refused and not may_fail:
            raise Finding(f"the iteration raised {error!r}") from error
    return received


def _use(event: ReceivedEvent) -> None:
    raw = _text(event)
    assert isinstance(event.type, str)
    assert event.event_id is None or isinstance(event.event_id, str)
    repr(event)
    whole = parsed(raw)
    if whole is None:
        if not isinstance(event, InvalidServerEvent):
            raise Finding(f"not JSON, and yet {type(event).__name__}: {raw[:200]}")
        return
    for shown in (event.as_dict(), json.loads(event.to_json())):
        if (lost := _lost(whole, shown)) is not None:
            kind = type(event).__name__
            raise Finding(f"{kind} has lost {lost or 'all'} of {raw[:200]}")


def _lost(sent: Any, shown: Any) -> str | None:
    """Return the path of something that is not shown as it was sent."""
    if isinstance(sent, dict) and isinstance(shown, dict):
        # A value that the schema fixes is added where it was left out.
        places = [(f".{key}", sent[key], shown.get(key, _NOTHING)) for key in sent]
    elif isinstance(sent, list) and isinstance(shown, list) and len(sent) == len(shown):
        pairs = zip(sent, shown, strict=True)
        places = [(f"[{i}]", a, b) for i, (a, b) in enumerate(pairs)]
    else:
        return None if _equal_values(sent, shown) else ""
    for name, a, b in places:
        if (path := _lost(a, b)) is not None:
            return f"{name}{path}"
    return None


def _equal_values(sent: Any, shown: Any) -> bool:
    if isinstance(sent, bool) or not isinstance(sent, int | float):
        # In a dict, enums and bytes stand for their text.
        return bool(sent == shown) or isinstance(shown, bytes)
    try:
        number = float(sent)
    except OverflowError:
        number = math.inf
    # JSON has no form for what is not finite.
    return not math.isfinite(number) or shown in (sent, number)


def _text(event: ReceivedEvent) -> str:
    raw = event.raw
    if raw is None:
        raise Finding(f"{event!r} has no raw text")
    return raw.decode() if isinstance(raw, bytes) else raw


def _same(received: list[ReceivedEvent], sent: list[str]) -> None:
    _equal([_text(event) for event in received], sent)


def _equal(received: list[str], sent: list[str]) -> None:
    if received == sent:
        return
    pairs = zip(received, sent, strict=False)
    at = next((i for i, (a, b) in enumerate(pairs) if a != b), None)
    if at is None:
        at = min(len(received), len(sent))
    expected = sent[at][:200] if at < len(sent) else "nothing"
    got = received[at][:200] if at < len(received) else "nothing"
    raise Finding(
        f"events are lost: {len(received)} of {len(sent)} came; "
        f"number {at} should be {expected}, is {got}"
    )


def _subsequence(received: list[str], sent: list[str]) -> None:
    left = iter(sent)
    for text in received:
        if text not in left:
            raise Finding(f"an event was not sent, or came out of order: {text[:200]}")


def _is_whole(steps: list[Any]) -> bool:
    kinds = [wire_type(step) for step in steps]
    return kinds[:1] == ["response.created"] and kinds[-1] == "response.done"


@contextmanager
def _traced() -> Iterator[None]:
    """Record spans and metrics, with the content of events."""
    recorder = Recorder()
    instrumentor = VoiceLiveInstrumentor()
    instrumentor.instrument(
        tracer_provider=recorder.tracers,
        meter_provider=recorder.meters,
        enable_content_recording=True,
    )
    try:
        yield
        recorder.texts()
    finally:
        instrumentor.uninstrument()
        recorder.tracers.shutdown()
        recorder.meters.shutdown()


async def _ask(keeper: TurnKeeper, answered: asyncio.Event) -> None:
    try:
        await keeper.respond()
    except (NoResponse, ConnectionClosed):
        pass
    finally:
        answered.set()


def _tools() -> ToolSet:
    async def get_weather(city: str = "Rome") -> dict[str, int]:
        """Look up the weather."""
        await asyncio.sleep(0.01)
        return {"degrees": len(city)}

    return ToolSet(get_weather)


def _failing_handler(handled: list[ReceivedEvent]) -> Callable[[ReceivedEvent], None]:
    def handle(event: ReceivedEvent) -> None:
        handled.append(event)
        if len(handled) % 5 == 0:
            raise LookupError("a handler fails now and then")

    return handle


def _ignore(_failure: SessionFailure) -> None:
    pass


async def _no_sleep(_seconds: float) -> None:
    await asyncio.sleep(0)


def _policy() -> ReconnectPolicy:
    return ReconnectPolicy(backoff=Backoff(sleep=_no_sleep))


def _stay(server: Server) -> AbstractAsyncContextManager[Any]:
    return stay_connected(
        credential=KEY,
        endpoint=server.endpoint,
        model="gpt-realtime",
        policy=_policy(),
    )
