"""Latency model: duration of each step of the service at speed 1."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class LatencyModel:
    """Times of a session at speed 1, in seconds unless noted otherwise.

    Attributes:
        session_created: From the upgrade to `session.created`.
        session_update: From `session.update` to its answer.
        item_ack: From any other request to its answer.
        response_created: From the request for a response, or the end of speech, to
            `response.created`.
        first_text: From `response.created` to the first text, transcript or
            argument delta.
        first_audio: From `response.created` to the first audio delta.
        text_rate: Text and transcript deltas per second.
        audio_rate: Seconds of audio sent per second.
        response_done: From the last output item to `response.done`.
        tool_call: A call of an MCP tool or a search that the service makes.
        mcp_list_tools: Reading the tools of an MCP server.
        avatar_connect: From `session.avatar.connect` to its answer.
        transcription_delta: From the commit of spoken input to the transcription
            delta, in a pipeline that transcribes in parallel with the response.
        transcription_completed: From the commit of spoken input to the completed
            transcription; in a pipeline that transcribes first, the item follows it.
    """

    session_created: float = 0.05
    session_update: float = 0.03
    item_ack: float = 0.01
    response_created: float = 0.15
    first_text: float = 0.25
    first_audio: float = 0.35
    text_rate: float = 60.0
    audio_rate: float = 2.5
    response_done: float = 0.05
    tool_call: float = 0.3
    mcp_list_tools: float = 0.2
    avatar_connect: float = 0.33
    # The recordings show the delta after the third transcript delta of the response
    # and the completed transcription after its first audio delta.
    transcription_delta: float = 0.44
    transcription_completed: float = 0.52


NATIVE_LATENCY = LatencyModel()

CASCADED_LATENCY = LatencyModel(
    response_created=0.45,
    first_audio=0.6,
    transcription_delta=0.0,
    transcription_completed=0.3,
)
