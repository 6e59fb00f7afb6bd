"""Small talk of the built-in responder."""

from __future__ import annotations

import re

from voicelive_mockserver.engine.interfaces import ReplyRequest
from voicelive_mockserver.responder.user_text import NUMBER_WORDS, UserText

_MAX_TEXT_LENGTH = 2000
_WORD = re.compile(r"[a-z]+")
_QUOTED = re.compile(
    r"(?:please )?(?:say|repeat)[:,]?\s+[\"'\u201c](.+)[\"'\u201d]", re.I
)
_REPEATED = re.compile(
    r"(?:please )?(?:repeat(?: after me)?[:,]?|say:?)\s+"
    r"(?!(?:a|an|any|it|me|some|something|that|this|the)\b)(.+)",
    re.I,
)


def last_user_text(request: ReplyRequest) -> str:
    """Return the last text of the user, truncated.

    Args:
        request: The state of the session.
    """
    return request.text[:_MAX_TEXT_LENGTH].strip()


def small_talk(request: ReplyRequest) -> str:
    """Return a reply in words.

    Args:
        request: The state of the session.
    """
    text = last_user_text(request)
    if not text:
        return "Hello! How can I help you today?"
    words = set(_WORD.findall(text.casefold()))
    told = _QUOTED.match(text) or _REPEATED.match(text)
    if told:
        return told[1]
    introduced = re.search(r"\bmy name is (\w+)", text, re.I)
    if introduced:
        return f"Nice to meet you, {introduced[1]}! How can I help you today?"
    if {"my", "name"} <= words:
        return _recalled_name(request)
    return _everyday(text, words) or _repetition(text)


def _everyday(text: str, words: set[str]) -> str:
    """Return the reply to a common request; an empty text for all others."""
    if "story" in words:
        return _story(text)
    if "joke" in words:
        return "Why did the microphone go to school? To get a little feedback."
    if "count" in words and UserText(text).number:
        return _counted(text)
    if words & {"thanks", "thank"}:
        return "You're welcome! Is there anything else I can do for you?"
    if words & {"bye", "goodbye"}:
        return "Goodbye! It was nice talking to you."
    if "hear" in words:
        return "Hello! Yes, I can hear you. How can I help you today?"
    if {"who", "are", "you"} <= words or {"your", "name"} <= words:
        return "I am a mock of the Voice Live service. How can I help you?"
    if {"what", "can", "you", "do"} <= words or words == {"help"}:
        return (
            "I am a mock of the Voice Live service. I can make small talk, tell a "
            "joke or a story, count, and call the tools that I am given."
        )
    if {"how", "are", "you"} <= words:
        return "I am fine, thank you! How can I help you?"
    if "what" in words and words & {"time", "day", "date"}:
        return "I am a mock service without a clock, so I cannot tell."
    if words & {"hi", "hello", "hey", "greeting", "greet"}:
        return (
            "Hello there!" if "short" in words else "Hello there! How can I help you?"
        )
    return ""


def _repetition(text: str) -> str:
    if text.endswith("?"):
        return (
            f"You asked: {text} I am a mock service, so I can only repeat the question."
        )
    return f"You said: {text}"


def _counted(text: str) -> str:
    number = int(min(UserText(text).number or 0, len(NUMBER_WORDS)))
    return f"{', '.join(NUMBER_WORDS[:number])}.".capitalize()


def _recalled_name(request: ReplyRequest) -> str:
    for item in reversed(request.history):
        found = re.search(r"\bmy name is (\w+)", item.said, re.I)
        if found:
            return f"Your name is {found[1]}."
    return "You have not told me your name yet."


def _story(text: str) -> str:
    found = re.search(r"\babout\s+(.+?)[.?!]*$", text, re.I)
    topic = found[1] if found else "a small microphone"
    return (
        f"Once upon a time there was a story about {topic}. It began on a quiet "
        "morning, when nobody was listening yet. Then somebody asked a question, and "
        "an answer came back, and after the answer came another question. So they went "
        "on, all morning and all afternoon, and neither of them grew tired. In the "
        "evening they counted the words they had spoken, and there were more of them "
        f"than anybody could remember. And that is how {topic} came to be told. "
        "The end."
    )
