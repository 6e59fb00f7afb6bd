"""Word timestamps, visemes and blendshapes of spoken output."""

from __future__ import annotations

from base64 import b64decode
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.engine_driver import (
    AZURE_VOICE,
    Event,
    Session,
    every,
    only,
    respond,
    runs,
    types,
    update,
)
from voicelive_mockserver.engine.speech_marks import (
    SHAPES_PER_FRAME,
    spoken_visemes,
    spoken_words,
)

TEXT = 'Well, "this" is the end. My only friend, the end!'
TIMES = "response.audio_timestamp"
VISEMES = "response.animation_viseme"
SHAPES = "response.animation_blendshapes"


def marked(
    model: str = "gpt-4o", text: str = TEXT, response: Any = None, **session: Any
) -> list[Event]:
    everything = {
        "voice": AZURE_VOICE,
        "output_audio_timestamp_types": ["word"],
        "animation": {"outputs": ["viseme_id", "blendshapes"]},
    }
    driver = Session(model=model, responder=lambda _request: text)
    driver.ask(update(**(everything | session)))
    return driver.ask(respond(**(response or {})))


def audio_ms(events: list[Event]) -> int:
    usage = only(events, "response.done")["response"]["usage"]
    tokens: int = usage["output_token_details"]["audio_tokens"]
    return tokens * 50


@pytest.mark.parametrize("model", ["gpt-4o", "gpt-realtime"])
def test_every_word_has_its_time(model: str) -> None:
    """Words have no punctuation, and are in order within the audio."""
    events = marked(model)
    words = every(events, f"{TIMES}.delta")
    assert [word["text"] for word in words] == (
        ["Well", "this", "is", "the", "end", "My", "only", "friend", "the", "end"]
    )
    assert list(words[0])[2:] == [
        "response_id",
        "item_id",
        "output_index",
        "content_index",
        "audio_offset_ms",
        "audio_duration_ms",
        "text",
        "timestamp_type",
    ]
    ends = [word["audio_offset_ms"] + word["audio_duration_ms"] for word in words]
    starts = [word["audio_offset_ms"] for word in words]
    assert all(end <= start for end, start in zip(ends, starts[1:], strict=False))
    assert ends[-1] <= audio_ms(events)
    only(events, f"{TIMES}.done")


def test_visemes() -> None:
    """Offsets increase strictly, values are 0 to 21, the last one is 0."""
    events = marked()
    visemes = every(events, f"{VISEMES}.delta")
    offsets = [event["audio_offset_ms"] for event in visemes]
    assert all(a < b for a, b in pairwise(offsets))
    assert offsets[-1] <= audio_ms(events)
    numbers = [event["viseme_id"] for event in visemes]
    assert set(numbers) <= set(range(22))
    assert len(set(numbers)) > 8
    assert (numbers[0], numbers[-1]) == (0, 0)
    only(events, f"{VISEMES}.done")


def test_blendshapes() -> None:
    """55 values per frame, 60 frames per second, numbered across deltas."""
    events = marked()
    deltas = every(events, f"{SHAPES}.delta")
    frames = [frame for delta in deltas for frame in delta["frames"]]
    assert {len(frame) for frame in frames} == {SHAPES_PER_FRAME}
    assert len(frames) == audio_ms(events) * 60 // 1000
    expected = 1
    for delta in deltas:
        assert delta["frame_index"] == expected
        expected += len(delta["frames"])
    assert all(0 <= value <= 1 for frame in frames for value in frame)
    assert len({tuple(frame) for frame in frames}) > 10
    assert "content_index" not in only(events, f"{SHAPES}.done")


def test_marks_precede_their_audio() -> None:
    """Each mark directly precedes the audio delta of its position."""
    waiting: list[float] = []
    kinds: list[str] = []
    sent_ms = 0
    for event in marked():
        kind = event["type"]
        if kind == "response.audio.delta":
            start, sent_ms = sent_ms, sent_ms + len(b64decode(event["delta"])) // 48
            assert all(start <= position < sent_ms for position in waiting)
            waiting.clear()
        elif kind in (f"{TIMES}.delta", f"{VISEMES}.delta"):
            waiting.append(event["audio_offset_ms"])
            kinds.append(kind)
        elif kind == f"{SHAPES}.delta":
            waiting.append((event["frame_index"] - 1) * 1000 / 60)
            kinds.append(kind)
    assert not waiting
    assert set(kinds) == {f"{TIMES}.delta", f"{VISEMES}.delta", f"{SHAPES}.delta"}


def test_the_ends_of_the_marks() -> None:
    """They follow the audio and precede the end of the transcript."""
    events = marked()
    ends = [kind for kind in runs(events) if kind.endswith(".done")]
    assert ends[:5] == [
        "response.audio.done",
        f"{TIMES}.done",
        f"{VISEMES}.done",
        f"{SHAPES}.done",
        "response.audio_transcript.done",
    ]


@pytest.mark.parametrize(
    ("session", "kinds"),
    [
        ({"animation": None}, {f"{TIMES}.delta"}),
        ({"output_audio_timestamp_types": None, "animation": {}}, {f"{SHAPES}.delta"}),
        ({"voice": "alloy"}, set()),
        ({"modalities": ["text"]}, set()),
    ],
)
def test_only_requested_marks_are_sent(session: Any, kinds: set[str]) -> None:
    """None by default, with OpenAI voices, or without speech."""
    events = marked("gpt-realtime", **session)
    marks = {
        kind for kind in types(events) if kind.startswith((TIMES, VISEMES, SHAPES))
    }
    assert {kind for kind in marks if kind.endswith("delta")} == kinds


def test_animation_of_one_response() -> None:
    """A request can override the animation of the session."""
    events = marked(response={"animation": {"outputs": ["viseme_id"]}})
    assert not every(events, f"{SHAPES}.delta")
    assert every(events, f"{VISEMES}.delta")


def test_a_cut_response_has_no_marks_beyond_its_audio() -> None:
    """Marks of unspoken text are omitted, and the series is ended."""
    events = marked(response={"max_output_tokens": 40})
    last = every(events, f"{TIMES}.delta")[-1]
    assert last["audio_offset_ms"] < audio_ms(events)
    for kind in (TIMES, VISEMES, SHAPES):
        only(events, f"{kind}.done")


@pytest.mark.slow
@settings(deadline=None, derandomize=True)
@given(st.text(max_size=60), st.integers(0, 5000))
def test_any_text_fits_any_time(text: str, duration_ms: int) -> None:
    """Words and visemes are in order within the audio, for any text."""
    position = 0
    for word in spoken_words(text, duration_ms):
        assert position <= word.offset_ms
        position = word.offset_ms + word.duration_ms
        assert position <= duration_ms
    offsets = [offset for offset, _ in spoken_visemes(text, duration_ms)]
    assert offsets == sorted(set(offsets))
    assert all(offset <= duration_ms for offset in offsets)
