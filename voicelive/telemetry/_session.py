"""What a session is configured to do: attributes of the connect span."""

from __future__ import annotations

import re
from typing import Any

from voicelive.telemetry import _names as names
from voicelive.telemetry._content import tools_of
from voicelive.telemetry._fields import field
from voicelive_protocol import OutputAudioFormat

_RATE_IN_NAME = re.compile(r"\D(\d+)hz$")
_RATES = {
    OutputAudioFormat.PCM16: 24_000,
    OutputAudioFormat.G711_ULAW: 8_000,
    OutputAudioFormat.G711_ALAW: 8_000,
}


def requested(session: object, *, content: bool) -> dict[str, Any]:
    """Attributes of a session that is asked for.

    Args:
        session: The session of `session.update`.
        content: Whether instructions and whole tools are recorded.
    """
    found = _formats(session)
    temperature = field(session, "temperature")
    if temperature is not None:
        # Text, as the official instrumentor writes it.
        found[names.REQUEST_TEMPERATURE] = str(temperature)
    limit = field(session, "max_response_output_tokens")
    if limit is not None:
        found[names.REQUEST_MAX_OUTPUT_TOKENS] = limit
    tools = field(session, "tools")
    if isinstance(tools, list) and tools:
        found[names.REQUEST_TOOLS] = tools_of(tools, whole=content)
    instructions = field(session, "instructions")
    if content and instructions:
        found[names.SYSTEM_INSTRUCTIONS] = instructions
    return found


def confirmed(session: object) -> dict[str, Any]:
    """Attributes of a session as the service reports it."""
    found = _formats(session)
    agent = field(session, "agent")
    named = {
        names.SESSION_ID: field(session, "id"),
        names.AGENT_ID: field(agent, "agent_id"),
        names.AGENT_THREAD_ID: field(agent, "thread_id"),
    }
    return found | {name: value for name, value in named.items() if value}


def _formats(session: object) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if given := field(session, "input_audio_format"):
        found[names.INPUT_AUDIO_FORMAT] = str(given)
    if rate := field(session, "input_audio_sampling_rate"):
        found[names.INPUT_SAMPLE_RATE] = rate
    if given := field(session, "output_audio_format"):
        found[names.OUTPUT_AUDIO_FORMAT] = str(given)
        if rate := _output_rate(str(given)):
            found[names.OUTPUT_SAMPLE_RATE] = rate
    return found


def _output_rate(name: str) -> int | None:
    """Samples per second of a format, which its name mostly says."""
    match = _RATE_IN_NAME.search(name)
    return int(match[1]) if match else _RATES.get(OutputAudioFormat(name))
