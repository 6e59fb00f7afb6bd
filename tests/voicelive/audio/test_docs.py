"""The code of the documentation runs."""

from __future__ import annotations

import asyncio
import math
import re
from typing import Any

import pytest

from tests.support.fake_sounddevice import install
from tests.support.waiting import eventually
from tests.voicelive.audio.conftest import tone
from tools.paths import DOCS
from voicelive.audio import AudioDeviceError
from voicelive_mockserver import MockServer

DOCS = DOCS / "audio.md"
BLOCKS = re.findall(r"```python\n(.*?)```", DOCS.read_text("utf-8"), re.S)


async def test_the_conversation(monkeypatch: pytest.MonkeyPatch) -> None:
    """The first program listens to the microphone until that is lost."""
    fake = install(monkeypatch)
    names: dict[str, Any] = {}
    exec(BLOCKS[0], names)
    async with MockServer(speed=math.inf) as mock:
        talking = asyncio.ensure_future(names["talk"](mock.endpoint, mock.api_key))
        await eventually(
            lambda: mock.sessions and mock.last_session.sent("session.update")
        )
        _, microphone = fake.streams
        microphone.hear(tone(20))
        microphone.unplug()
        with pytest.raises(BaseExceptionGroup) as caught:
            await talking
        assert caught.group_contains(AudioDeviceError)
        assert mock.last_session.sent("input_audio_buffer.append")


def test_the_conversions() -> None:
    """The second one converts a clip, and a stream of pieces."""
    names: dict[str, Any] = {}
    exec(BLOCKS[1], names)
    assert len(BLOCKS) == 2
    assert len(names["clip"]) == 24_000
    assert sum(map(len, [*names["pieces"], names["rest"]])) == 9_600
