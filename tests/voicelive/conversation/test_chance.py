"""Random conversations with the engine of the mock: view and service agree.

The number of conversations is that of the environment variable `CONVERSATIONS`.
"""

from __future__ import annotations

import json
import os
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from random import Random
from typing import Any

import pytest

from tests.support.engine_driver import AZURE_VOICE, WEATHER_TOOL, Session
from tests.support.signals import silence, tone
from voicelive.aio import ConnectionClosed
from voicelive.conversation import ConversationView, TurnStatus
from voicelive_mockserver import CallFunction, CallMcp, Reply, ReplyRequest, Say
from voicelive_mockserver.faults import (
    AnyFault,
    Delay,
    Duplicate,
    ExtraFields,
    FailResponse,
    FaultStage,
    Inject,
    Malformed,
    Omit,
    Reorder,
    SendError,
    SendFrame,
    Stall,
)
from voicelive_protocol import ClientMessage, ReceivedEvent, decode_server_event, encode

pytestmark = pytest.mark.virtual_time

Event = dict[str, Any]

MCP = {"type": "mcp", "server_label": "docs", "server_url": "https://docs.test"}

TRANSCRIPTION = "conversation.item.input_audio_transcription.completed"

# Nothing is lost by these.
HARMLESS: list[AnyFault] = [
    Delay(seconds=0.2, jitter=0.5, probability=0.1),
    Duplicate(probability=0.1),
    Duplicate(event="conversation.item.created"),
    Duplicate(event="response.done"),
    ExtraFields(probability=0.2),
    ExtraFields(fields={"output_index": "first"}, probability=0.2),
    ExtraFields(fields={"content_index": None, "event_id": 7}, probability=0.2),
    Stall(after=20, duration=3.0),
    SendError(after=12),
    Inject(after=9),
    Reorder(event=TRANSCRIPTION, by=5),
    Reorder(event="response.content_part.done", by=2),
    Omit(event="response.content_part.added"),
    Omit(event="response.content_part.done", probability=0.5),
    Omit(event="response.output_item.added", probability=0.5),
    Omit(event="response.audio_transcript.delta", probability=0.3),
    Omit(event="response.output_item.done", probability=0.5),
    Omit(event="input_audio_buffer.committed", probability=0.5),
    Omit(event="input_audio_buffer.speech_stopped", probability=0.5),
]
# By these events are lost, so the view cannot know everything.
LOSSY: list[AnyFault] = [
    Omit(probability=0.2),
    Malformed(probability=0.1),
    Malformed(how="not_an_object", probability=0.1),
    Reorder(by=4, probability=0.3),
    Omit(event="response.done", probability=0.5),
    Omit(event="response.created", probability=0.5),
    Omit(event="conversation.item.created", probability=0.5),
]


class Service:
    """The engine as a connection, with faults on its way to the client.

    Attributes:
        session: The session.
        ended: Whether it is over.
    """

    ready = True
    session_id = "sess_1"

    def __init__(self, random: Random, faults: list[AnyFault], **session: Any) -> None:
        self._random = random
        self.session = Session(responder=self._reply, **session)
        self._stage = FaultStage(str(random.random()))
        for fault in faults:
            self._stage.add(fault, 0.0)
        self._frames: deque[bytes] = deque()
        self.ended = False
        self.ids = 0

    @property
    def closed(self) -> bool:
        return self.ended

    @property
    def items(self) -> list[Any]:
        """The items of the engine."""
        return list(self.session.engine._context.conversation.items)

    def wait(self, seconds: float) -> None:
        """Let time pass."""
        engine = self.session.engine
        until = engine.now + seconds
        while (due := engine.next_due) is not None and due <= until:
            self._run(due)
        self._run(until)

    def finish(self) -> None:
        """Let everything happen, before the session expires."""
        self.wait(300)
        self._take(self.session.engine.now + 300)

    def _run(self, until: float) -> None:
        self.session._run(until)
        self._stage.send(self.session.frames, until)
        self.session.frames.clear()
        self._take(until)

    def _take(self, now: float) -> None:
        for action in self._stage.take(now):
            if isinstance(action, SendFrame):
                self._frames.append(action.frame)

    def _reply(self, request: ReplyRequest) -> Reply:
        random = self._random
        words = " ".join(random.choices(("yes", "no", "maybe", "well"), k=9)) + "."
        names = {tool.get("name") or tool["type"] for tool in request.tools}
        if "get_weather" in names and random.random() < 0.3:
            calls = [CallFunction("get_weather", {"city": f"C{n}"}) for n in range(2)]
            said = (Say(words),) if random.random() < 0.3 else ()
            return Reply((*said, *calls[: random.randint(1, 2)]))
        if "mcp" in names and random.random() < 0.3:
            call = CallMcp("search", {"q": "x"}, output="found", needs_approval=False)
            return Reply((call, Say(words)))
        return Reply((Say(words),))

    # --- the interface of a connection -----------------------------------------

    @property
    def waiting(self) -> int:
        """Number of events that were not received."""
        return len(self._frames)

    async def recv(self) -> ReceivedEvent:
        if self.ended:
            raise ConnectionClosed(1000, "")
        return decode_server_event(self._frames.popleft())

    def __aiter__(self) -> AsyncIterator[ReceivedEvent]:
        return self

    async def __anext__(self) -> ReceivedEvent:
        return await self.recv()

    async def send(self, event: ClientMessage) -> None:
        self.session.send(encode(event))

    async def close(self, *, code: int = 1000, reason: str = "") -> None:
        self.ended = True


class Player:
    """Plays a random conversation over a view."""

    def __init__(self, seed: int, faults: list[AnyFault]) -> None:
        self.random = random = Random(seed)
        self.duplicates = any(isinstance(fault, Duplicate) for fault in faults)
        native = random.random() < 0.5
        self.service = Service(
            random,
            faults,
            model="gpt-realtime" if native else "gpt-4o",
            seed=seed,
        )
        self.view = ConversationView(self.service)
        self.settings: Event = {
            "modalities": random.choice([["text"], ["text", "audio"]]),
            "tools": random.choices([WEATHER_TOOL, MCP], k=random.randint(0, 1)),
            "turn_detection": random.choice(
                [
                    None,
                    {"type": "server_vad"},
                    {"type": "server_vad", "auto_truncate": True},
                    {"type": "server_vad", "interrupt_response": False},
                    {"type": "server_vad", "idle_timeout_ms": 5000},
                ]
            ),
        }
        if random.random() < 0.6:
            model = "whisper-1" if native else "azure-speech"
            self.settings["input_audio_transcription"] = {"model": model}
        if random.random() < 0.3:
            self.settings["voice"] = AZURE_VOICE
            self.settings["output_audio_timestamp_types"] = ["word"]

    @property
    def _actions(self) -> list[Callable[[], Awaitable[None]]]:
        often = [self._respond, self._speak, self._call, self._wait]
        seldom = [self._text, self._cancel, self._edit, self._apart, self._buffer]
        return [*often, *often, self._wait, *seldom]

    async def play(self, steps: int) -> None:
        """Play, receive everything, and stop."""
        await self._send("session.update", session=self.settings)
        for _ in range(steps):
            await self.random.choice(self._actions)()
            await self._receive(self.random.randint(0, 40))
        if "idle_timeout_ms" in (self.settings["turn_detection"] or {}):
            # Otherwise the service goes on prompting.
            await self._send("session.update", session={"turn_detection": None})
        self.service.finish()
        await self._answer_calls()
        self.service.finish()
        await self._receive(self.service.waiting)

    async def _send(self, kind: str, **fields: Any) -> None:
        # An error without the identifier of an event could refer to any.
        self.service.ids += 1
        event_id = f"event_{self.service.ids}"
        await self.view.send({"type": kind, "event_id": event_id, **fields})

    async def _receive(self, count: int) -> None:
        for _ in range(min(count, self.service.waiting)):
            await self.view.recv()

    async def _wait(self) -> None:
        self.service.wait(self.random.choice([0.01, 0.2, 1.0, 5.0]))

    async def _text(self) -> None:
        self.service.ids += 1
        number = self.service.ids
        content = [{"type": "input_text", "text": f"text {number}"}]
        item = {"type": "message", "role": "user", "content": content}
        # A duplicate could acknowledge another item without an identifier.
        if self.random.random() < 0.5 or self.duplicates:
            item["id"] = f"mine_{number}"
        where: Event = {}
        if self.random.random() < 0.3:
            ids = [item.id for item in self.service.items]
            where = {"previous_item_id": self.random.choice(["root", "gone", *ids])}
        await self._send("conversation.item.create", item=item, **where)

    async def _respond(self) -> None:
        await self._send("response.create")

    async def _apart(self) -> None:
        apart = {"conversation": "none"}
        await self._send("response.create", response=apart)

    async def _cancel(self) -> None:
        await self._send("response.cancel")

    async def _speak(self) -> None:
        start, length = self.random.randint(0, 300), self.random.randint(300, 900)
        pcm = silence(start) + tone(length) + silence(self.random.choice([100, 900]))
        for at in range(0, len(pcm), 9600):
            await self.view.input_audio_buffer.append(audio=pcm[at : at + 9600])
            self.service.wait(0.02)

    async def _buffer(self) -> None:
        await self._send(
            f"input_audio_buffer.{self.random.choice(['commit', 'clear'])}"
        )

    async def _edit(self) -> None:
        """Truncate, retrieve or delete an item."""
        items = self.service.items
        if not items:
            return
        item_id = self.random.choice(items).id
        kind = self.random.choice(["truncate", "retrieve", "retrieve", "delete"])
        more: Event = {}
        if kind == "truncate":
            more = {"content_index": 0, "audio_end_ms": self.random.randint(0, 2500)}
        await self._send(f"conversation.item.{kind}", item_id=item_id, **more)

    async def _call(self) -> None:
        """Answer a call, perhaps."""
        await self._answer_calls(at_most=1)

    async def _answer_calls(self, at_most: int = 100) -> None:
        data = [item.data for item in self.service.items]
        answered = {d["call_id"] for d in data if d["type"] == "function_call_output"}
        for call in data:
            if call["type"] != "function_call" or call["call_id"] in answered:
                continue
            if call["status"] != "completed" or not at_most:
                continue
            at_most -= 1
            item = {"type": "function_call_output", "output": "Sun."}
            item["call_id"] = call["call_id"]
            await self._send("conversation.item.create", item=item)
            if self.random.random() < 0.5:
                await self._respond()


def text_of(item: Any) -> str:
    """The text of a message as the service shows it, before any truncation."""
    parts = item.data.get("content") or []
    texts = [part.get("text") or part.get("transcript") or "" for part in parts]
    return " ".join(text for text in texts if text)


def done_usage(events: list[Event]) -> dict[str, int]:
    """The tokens in all `response.done` of a session."""
    found = {"input_tokens": 0, "output_tokens": 0}
    for event in events:
        if event["type"] == "response.done":
            for name in found:
                found[name] += event["response"]["usage"][name]
    return found


def check_order(player: Player) -> None:
    """The items of the view are those of the service, in its order."""
    turns = [
        turn
        for turn in player.view.conversation.turns
        # What the user is saying has no item yet.
        if turn.role != "user" or turn.status is not TurnStatus.IN_PROGRESS
    ]
    mine = [item for turn in turns for item in turn.item_ids]
    assert len(mine) == len(set(mine))
    kept = {i.id: n for n, i in enumerate(player.service.items)}
    listed = {i.id for i in player.service.items if i.data["type"] == "mcp_list_tools"}
    deleted = {
        event["item_id"]
        for event in player.service.session.events
        if event["type"] == "conversation.item.deleted"
    }
    # Silence is not a turn, unless the transcription hears something in it.
    silent = {
        event["item_id"]
        for event in player.service.session.events
        if event["type"] == "input_audio_buffer.timeout_triggered"
    } - set(mine)
    assert set(kept) - listed - silent == set(mine) - deleted
    for turn in turns:
        places = [kept[item] for item in turn.item_ids if item in kept]
        assert places == sorted(places)
    firsts = [
        min(kept[i] for i in t.item_ids)
        for t in turns
        if not t.deleted and t.item_ids and all(i in kept for i in t.item_ids)
    ]
    assert firsts == sorted(firsts)


def check_texts(player: Player) -> None:
    """The view has the texts of the service; those of truncated items stay."""
    by_id = {item.id: item for item in player.service.items}
    for turn in player.view.conversation.turns:
        items = [by_id[item_id] for item_id in turn.item_ids if item_id in by_id]
        if len(items) < len(turn.item_ids) or any(item.truncated for item in items):
            continue
        texts = [text_of(item) for item in items if item.data["type"] == "message"]
        assert turn.transcript == " ".join(text for text in texts if text)
        made = [i.data for i in items if i.data["type"] == "function_call"]
        calls = [call for call in turn.tool_calls if call.kind == "function_call"]
        for call, data in zip(calls, made, strict=True):
            assert (call.call_id, call.name) == (data["call_id"], data["name"])
            if data["status"] == "completed":
                assert call.arguments == data["arguments"]


def check_ended(player: Player) -> None:
    """Nothing is pending after the end, and exports work."""
    account = player.view.conversation
    assert all(turn.status is not TurnStatus.IN_PROGRESS for turn in account.turns)
    assert all(
        turn.status is not TurnStatus.IN_PROGRESS for turn in account.out_of_band
    )
    assert all(turn.end is not None for turn in account.turns)
    exported = json.loads(account.to_json())
    assert len(exported["turns"]) == len(account.turns)
    assert account.to_webvtt().startswith("WEBVTT\n")


async def end(player: Player) -> None:
    """Close, and let the view learn of it."""
    await player.view.close()
    with pytest.raises(ConnectionClosed):
        await player.view.recv()


# All of them take seconds; the first ones are enough while working.
FAST_SEEDS = 4
SEEDS = [
    pytest.param(seed, marks=pytest.mark.slow if seed >= FAST_SEEDS else ())
    for seed in range(int(os.environ.get("CONVERSATIONS", "25")))
]


def faults_of(seed: int, among: list[AnyFault]) -> list[AnyFault]:
    """The faults of a seed: none in every third conversation."""
    random = Random(seed)
    count = 0 if seed % 3 == 0 else random.randint(1, 3)
    chosen = random.sample(among, count)
    if random.random() < 0.2:
        chosen.append(FailResponse(probability=0.4))
    return chosen


@pytest.mark.parametrize("seed", SEEDS)
async def test_view_and_service_have_the_same_conversation(
    seed: int, caplog: pytest.LogCaptureFixture
) -> None:
    """Items, order, texts, calls and usage, when no event is lost."""
    faults = faults_of(seed, HARMLESS)
    print(f"seed {seed}, faults {faults}")
    player = Player(seed, faults)
    await player.play(60)
    usage = player.view.conversation.usage
    expected = done_usage(player.service.session.events)
    assert usage.tokens.input_tokens == expected["input_tokens"]
    assert usage.tokens.output_tokens == expected["output_tokens"]
    check_order(player)
    check_texts(player)
    assert not player.view.state.responses.pending
    assert not len(player.view.state.pending)
    await end(player)
    check_ended(player)
    assert not [r for r in caplog.records if r.name.startswith("voicelive.")]


@pytest.mark.parametrize("seed", SEEDS)
async def test_nothing_stays_pending_whatever_is_lost(
    seed: int, caplog: pytest.LogCaptureFixture
) -> None:
    """Events that are lost, malformed or out of order."""
    faults = faults_of(seed, LOSSY + HARMLESS)
    print(f"seed {seed}, faults {faults}")
    player = Player(seed, faults)
    await player.play(60)
    ids = [i for turn in player.view.conversation.turns for i in turn.item_ids]
    assert len(ids) == len(set(ids))
    await end(player)
    check_ended(player)
    assert not [r for r in caplog.records if r.name.startswith("voicelive.")]
