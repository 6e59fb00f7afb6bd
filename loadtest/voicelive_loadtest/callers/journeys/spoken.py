"""Journeys with speech."""

from __future__ import annotations

import time

from voicelive_loadtest.callers.call import Call, speaking_session
from voicelive_loadtest.callers.samples import Interval


async def short_question(call: Call) -> None:
    """Ask one question, listen to the answer, hang up."""
    await call.configure(speaking_session(call.settings))
    call.open_microphone()
    await call.finish(call.say(call.any_clip()))


async def long_conversation(call: Call) -> None:
    """Request a greeting, then ask and listen for several turns."""
    await call.configure(speaking_session(call.settings))
    call.open_microphone()
    greeting = call.request(Interval.REQUEST_TO_AUDIO)
    await call.connection.response.create()
    await call.finish(greeting)
    for _ in range(call.settings.turns):
        await call.pause(call.settings.think)
        if call.stopping:
            return
        await call.finish(call.say(call.any_clip()))


async def barge_in(call: Call) -> None:
    """Interrupt the answer with another question, for several turns."""
    await call.configure(speaking_session(call.settings))
    call.open_microphone()
    for number in range(call.settings.turns):
        if number:
            await call.pause(call.settings.think)
        if call.stopping:
            return
        turn = call.say(call.any_clip())
        if not await call.answer_begins(turn):
            await call.finish(turn)
            continue
        await call.listen_for(call.settings.interrupt_after)
        if not turn.playout.playing(time.monotonic()):
            # The answer ended before it could be interrupted.
            await call.finish(turn)
            continue
        following = call.interrupt(turn, call.any_clip())
        await call.silence()
        await call.finish(following)
