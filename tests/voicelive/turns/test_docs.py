"""Examples of the guides to turns, tools, interruptions and the end of a call."""

from __future__ import annotations

import asyncio
import re
from typing import Any

import pytest

from tests.support.client import dial
from tests.support.memory_service import MemoryPeer, serve_in_memory
from tests.voicelive.turns.service import audio, call, calling, created, done, talk
from tests.voicelive.turns.test_end_call import end_call, goodbye
from tests.voicelive.turns.test_playback import tell
from tools.paths import DOCS
from voicelive.turns import HarmlessReason
from voicelive_protocol import ServerEventError

GUIDES = ("turns.md", "tools.md", "interruptions.md", "ending-calls.md")


@pytest.fixture
def guide() -> dict[str, Any]:
    """The names that the blocks define, one block after another."""
    names: dict[str, Any] = {"__name__": "guide"}
    for guide in GUIDES:
        text = (DOCS / guide).read_text("utf-8")
        for block in re.findall(r"^```python\n(.*?)^```", text, re.M | re.S):
            # Without the future import of this file.
            exec(compile(block, guide, "exec", dont_inherit=True), names)
        names[guide] = names.get("main")
    return names


async def test_the_first_example_of_turns(
    guide: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    """The second response follows the first one."""
    await guide["turns.md"]()
    assert len(capsys.readouterr().out.splitlines()) == 2


async def test_the_first_example_of_tools(
    guide: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    """The program prints the answer that the function's output led to."""
    await guide["tools.md"]()
    assert capsys.readouterr().out == "It is cloudy with 12.5 degrees.\n"


async def test_a_function_with_types(guide: dict[str, Any]) -> None:
    """The taxi comes, for as many as fit."""
    order = '{"address": {"street": "Rue 1"}, "passengers": 2}'
    assert "Rue 1" in await guide["tools"].call("taxi", order)
    assert "<= 6" in await guide["tools"].call("taxi", order.replace("2", "9"))


@pytest.mark.virtual_time
async def test_a_function_that_takes_long(guide: dict[str, Any]) -> None:
    """It reports its progress twice; the result is answered, a note is not."""
    async with talk(tools=guide["tools"]) as t:
        find = call("call_1", "find_table", '{"guests": 2}')
        await t.comes(*calling("resp_1", find))
        for number in (2, 3):
            request = await t.sent("response.create")
            message = request["response"]["pre_generated_assistant_message"]
            assert "table" in message["content"][0]["text"]
            await t.comes(created(f"resp_{number}"), done(f"resp_{number}"))
        result = await t.sent("conversation.item.create")
        assert result["item"]["output"] == "Table 7 has room for 2."
        await t.sent("response.create")
        note = call("call_2", "write_down", '{"text": "no nuts"}')
        await t.comes(*calling("resp_4", note))
        await t.sent("conversation.item.create")
        await t.nothing_sent()


@pytest.mark.virtual_time
async def test_the_end_of_a_call(
    guide: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    """The model ends the call, and the example prints why."""

    async def script(peer: MemoryPeer) -> None:
        await peer.begin()
        await peer.configure()
        for event in goodbye(end_call("all is said")):
            await peer.send(event)
        await peer.gone()

    async with serve_in_memory(script) as server, dial(server) as connection:
        await guide["talk_until_the_end"](connection)
    assert capsys.readouterr().out == "model all is said\n"


@pytest.mark.virtual_time
async def test_a_silent_user(guide: dict[str, Any]) -> None:
    """The watch speaks both texts and the goodbye, then hangs up."""
    texts = []
    async with talk(silence=guide["watch"]) as t:
        await t.comes(created("resp_1"), done("resp_1"))
        for number in (2, 3, 4):
            request = await t.sent("response.create")
            message = request["response"]["pre_generated_assistant_message"]
            texts.append(message["content"][0]["text"])
            await t.comes(created(f"resp_{number}"), done(f"resp_{number}"))
        assert (await t.peer.receive()).closing == (1000, "the user was silent")
    assert texts[0] == "Are you still there?"
    assert "table for two" in texts[1]
    assert "Goodbye" in texts[2]


async def test_the_other_functions(
    guide: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    """Summaries, answers, and complaints work as they are shown."""
    async with talk() as t:
        await t.comes(*calling("resp_1", call("call_1", "open_door")))
        await guide["answer_all"](t.keeper)
        await t.sent("conversation.item.create")
        await t.sent("response.create")
        error = {"type": "x", "message": "Ouch.", "code": None}
        [event] = await t.comes({"type": "error", "error": error})
        assert isinstance(event, ServerEventError)
        guide["on_error"](t.keeper, event)
        assert capsys.readouterr().out == "Ouch.\n"


async def test_the_summary(guide: dict[str, Any]) -> None:
    """A response beside the conversation gives its text."""
    async with talk() as t:
        summary = asyncio.create_task(guide["summarize"](t.keeper))
        await t.sent("response.create")
        content = [{"type": "text", "text": "Tea."}]
        item = {"id": "item_1", "type": "message", "role": "assistant"}
        item |= {"status": "completed", "content": content}  # type: ignore[dict-item]
        await t.comes(created("resp_1", None), done("resp_1", "completed", item))
        assert await summary == "Tea."


def test_the_loudspeaker(guide: dict[str, Any]) -> None:
    """What it plays is heard, and what it drops is not."""
    loudspeaker = guide["Loudspeaker"]()
    tell(loudspeaker.clock, audio("resp_1", ms=1000))
    loudspeaker.buffer += bytes(48_000)
    loudspeaker.play(12_000)
    [truncation] = loudspeaker.clock.flush()
    assert truncation.audio_end_ms == 250
    assert not loudspeaker.buffer


def test_all_reasons_are_named() -> None:
    """Every member of `HarmlessReason` is in the table."""
    text = (DOCS / "turns.md").read_text("utf-8")
    assert all(f"`{reason.name}`" in text for reason in HarmlessReason)
