"""Random output of a service: conversations of the mock, with things wrong in them."""

from __future__ import annotations

import json
from functools import cache
from random import Random
from typing import Any

from tests.fuzz.client_input import CONFIGURATIONS, EVENTS
from tests.fuzz.mutations import dump, mutate, mutate_text
from tests.fuzz.values import SchemaValues
from tests.support.scripted_service import CREATED
from voicelive_mockserver import VirtualSession
from voicelive_protocol import API_VERSIONS, DEFAULT_API_VERSION

Event = dict[str, Any]

IDS = ("item_1", "resp_1", "call_1", "", "é" * 40, "root")

_MOST_EQUAL = 2
"""So many events of a type are kept of those that follow each other."""

_PAUSES = (0.0, 0.1, 3.0, 45.0)

# What code that follows a conversation goes by, here and in the objects below:
# no mutation of a prompt answer changes it.
_ROUTING = (
    *("type", "id", "response_id", "item_id", "call_id", "conversation_id"),
    *("name", "arguments", "status"),
)


def make_frames(chance: Random) -> list[str | float]:
    """Return what a service sends after `session.created`: frames, and pauses."""
    version = chance.choice((DEFAULT_API_VERSION, *API_VERSIONS))
    values = SchemaValues(chance, version, IDS)
    events: list[Event] = []
    for _ in range(chance.randint(1, 3)):
        if chance.random() < 0.7:
            events += chance.choice(conversations())
        else:
            events += [values.server_event() for _ in range(chance.randint(1, 6))]
    events = events[: chance.choice((5, 15, 40))]
    for _ in range(chance.choice((0, 0, 1, 3))):
        _reorder(events, chance)
    steps: list[str | float] = []
    for event in events:
        roll = chance.random()
        if roll < 0.03:
            steps.append(chance.choice(_PAUSES))
        text = dump(mutate(event, chance) if roll < 0.4 else event)
        steps.append(mutate_text(text, chance) if 0.4 < roll < 0.47 else text)
    return steps


def make_created(chance: Random, *, broken: bool = True) -> str:
    """Return a `session.created`, with something wrong in its session."""
    event = chance.choice([c[0] for c in conversations()] + [CREATED])
    if broken and chance.random() < 0.5:
        session = mutate(event["session"], chance)
        event = {**event, "session": session}
    return dump(event)


def make_answer(chance: Random) -> list[str]:
    """Return the frames of one response, with things wrong that routing needs not."""
    flow = [
        event
        for event in chance.choice(conversations())
        if event["type"].startswith("response.") and "error" not in event
    ]
    begin = next((i for i, e in enumerate(flow) if e["type"] == "response.created"), 0)
    frames: list[str] = []
    for event in flow[begin:]:
        changed = event
        if chance.random() < 0.4:
            changed = mutate(event, chance)
            _restore(changed, event)
        frames.append(dump(changed))
        if event["type"] == "response.done":
            break
    return frames


@cache
def conversations() -> tuple[list[Event], ...]:
    """Return conversations as the mock service holds them, `session.created` first."""
    found = []
    for model in ("gpt-realtime", "gpt-4o"):
        for configuration in CONFIGURATIONS:
            session = VirtualSession(model=model)
            session.send(configuration)
            session.wait(1)
            session.send(
                *EVENTS[len(CONFIGURATIONS) :][:2], {"type": "response.create"}
            )
            session.wait(2)
            session.send({"type": "response.cancel"})
            session.finish()
            found.append(_shortened(session.events))
    return tuple(found)


def _shortened(events: list[Event]) -> list[Event]:
    kept: list[Event] = []
    for event in events:
        last = [e["type"] for e in kept[-_MOST_EQUAL:]]
        if last != [event["type"]] * _MOST_EQUAL:
            kept.append(_without_long_text(event))
    return kept


def _without_long_text(event: Event) -> Event:
    delta = event.get("delta")
    if isinstance(delta, str) and len(delta) > 64:
        return {**event, "delta": delta[:64]}
    return event


def _reorder(events: list[Event], chance: Random) -> None:
    if not events:
        return
    at = chance.randrange(len(events))
    match chance.randrange(3):
        case 0:
            events.insert(chance.randrange(len(events)), events[at])
        case 1:
            events.append(events.pop(at))
        case _:
            del events[at]


def _restore(changed: Any, original: Event) -> None:
    """Put back what routing needs, at the places where it was."""
    for name, value in original.items():
        if name in _ROUTING:
            changed[name] = value
        elif name in ("response", "item"):
            if not isinstance(changed.get(name), dict):
                changed[name] = {}
            _restore(changed[name], value)


def calls_in(steps: list[str]) -> set[str]:
    """Return the ids of the function calls in the frames of one response."""
    done = [event for step in steps if (event := parsed(step)) is not None]
    return {
        event["item"]["call_id"]
        for event in done
        if event["type"] == "response.output_item.done"
        and event["item"]["type"] == "function_call"
    }


def parsed(frame: str) -> Event | None:
    """Return the object in a frame; None if there is none."""
    try:
        event = json.loads(frame)
    except (ValueError, RecursionError):
        return None
    return event if isinstance(event, dict) else None


def wire_type(frame: str) -> str:
    """Return the type that a frame names, empty for none."""
    found = (parsed(frame) or {}).get("type")
    return found if isinstance(found, str) else ""
