"""Journeys without speech: text, silence, connection only."""

from __future__ import annotations

from voicelive_loadtest.callers.call import INSTRUCTIONS, Call, speaking_session
from voicelive_loadtest.callers.samples import Interval
from voicelive_protocol import (
    InputTextContentPart,
    Modality,
    RequestSession,
    UserMessageItem,
)

_QUESTIONS = (
    "When do you open tomorrow?",
    "Where is my order?",
    "Can I move my appointment to Friday?",
)


async def text_only(call: Call) -> None:
    """Send text and wait for a text response, for several turns."""
    await call.configure(
        RequestSession(
            modalities=[Modality.TEXT], instructions=INSTRUCTIONS, turn_detection=None
        )
    )
    for number in range(call.settings.turns):
        if number:
            await call.pause(call.settings.think)
        if call.stopping:
            return
        question = InputTextContentPart(text=_QUESTIONS[number % len(_QUESTIONS)])
        turn = call.request(Interval.REQUEST_TO_TEXT)
        await call.connection.conversation.item.create(
            item=UserMessageItem(content=[question])
        )
        await call.connection.response.create()
        await call.finish(turn)


async def silent_line(call: Call) -> None:
    """Send silence for the duration of the call."""
    await call.configure(speaking_session(call.settings))
    call.open_microphone()
    await call.pause(call.settings.silent)


async def connect_and_leave(call: Call) -> None:
    """Hang up as soon as the session is ready."""
    await call.configure(speaking_session(call.settings))
