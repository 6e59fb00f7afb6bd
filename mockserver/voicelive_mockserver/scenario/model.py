"""Data model of scenarios, for files and for Python.

Times are in seconds; values that the protocol has in milliseconds end in `_ms`.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import inf
from typing import Literal

from msgspec import UNSET, Struct, UnsetType, field

from voicelive_mockserver.engine.models import MODELS, find_model
from voicelive_mockserver.engine.replies import Ending, Output
from voicelive_mockserver.faults import AnyFault, SessionFault
from voicelive_mockserver.scenario.expectations import Expectation
from voicelive_mockserver.scenario.pattern import Pattern
from voicelive_mockserver.suggest import check_known, did_you_mean
from voicelive_protocol import API_VERSIONS


class Match(Struct, kw_only=True, forbid_unknown_fields=True):
    """Conditions of a turn, all of which must hold.

    Conditions on the text of the user hold only while no function output awaits a
    reply, conditions on a function output only while one does.

    Attributes:
        contains: A substring of the last text of the user.
        exact: The last text of the user; empty for an empty conversation.
        regex: A regular expression to search in the last text of the user; its groups
            can be used in the reply. At most 1,000 characters; a search that exceeds
            0.25 seconds counts as no match.
        output_of: The function whose output the client has sent.
        output: A substring of a function output.
        response: The number of the response in the session, counted from 1.
        case_sensitive: Whether matching is case-sensitive.
    """

    contains: str | None = None
    exact: str | None = None
    regex: str | None = None
    output_of: str | None = None
    output: str | None = None
    response: int | None = None
    case_sensitive: bool = False

    def __post_init__(self) -> None:
        if self.regex is not None:
            try:
                Pattern(self.regex)
            except ValueError as error:
                raise ValueError(f"regex: {error}") from None
        if self.response is not None and self.response < 1:
            raise ValueError(f"response: expected 1 or more, not {self.response}")


class ScriptedTranscript(Struct, forbid_unknown_fields=True):
    """A transcript of user speech.

    Attributes:
        text: The words.
        audio: A WAV file (16 bit): the words are the transcript of any speech that
            resembles it. Absent for transcripts in the order of the turns.
    """

    text: str
    audio: str | None = None


class Latency(Struct, kw_only=True, forbid_unknown_fields=True):
    """Durations of the steps of the service; absent for the defaults.

    In seconds at speed 1, unless stated otherwise.

    Attributes:
        session_created: From the connection to `session.created`.
        session_update: From `session.update` to its answer.
        item_ack: From any other request to its answer.
        response_created: From the request for a response, or the end of speech, to
            `response.created`. For a single turn it cannot be below the default.
        first_text: From `response.created` to the first text, transcript or argument
            delta.
        first_audio: From `response.created` to the first audio delta.
        text_rate: Text and transcript deltas per second.
        audio_rate: Seconds of audio sent per second.
        response_done: From the last output item to `response.done`.
        tool_call: A call of an MCP tool or a search that the service makes.
        mcp_list_tools: Reading the tools of an MCP server.
        avatar_connect: From `session.avatar.connect` to its answer.
        transcription_delta: From the end of speech to the transcription delta.
        transcription_completed: From the end of speech to the completed transcription.
    """

    session_created: float | None = None
    session_update: float | None = None
    item_ack: float | None = None
    response_created: float | None = None
    first_text: float | None = None
    first_audio: float | None = None
    text_rate: float | None = None
    audio_rate: float | None = None
    response_done: float | None = None
    tool_call: float | None = None
    mcp_list_tools: float | None = None
    avatar_connect: float | None = None
    transcription_delta: float | None = None
    transcription_completed: float | None = None

    def __post_init__(self) -> None:
        for name, value in self.given.items():
            if not value >= 0 or (name.endswith("_rate") and value == 0):
                expected = "above 0" if name.endswith("_rate") else "0 or more"
                raise ValueError(f"{name}: expected {expected}, not {value:g}")

    @property
    def given(self) -> dict[str, float]:
        """The given values by name."""
        values = {name: getattr(self, name) for name in self.__struct_fields__}
        return {name: value for name, value in values.items() if value is not None}


class SessionSettings(Struct, kw_only=True, forbid_unknown_fields=True):
    """Settings of the sessions of a scenario.

    Attributes:
        model: The model, which overrides that of the client.
        api_versions: The accepted API versions; absent for all.
        expires_after: The lifetime of a session, in seconds at speed 1.
        latency: The durations of steps.
        seed: The seed of identifiers and random decisions.
        speed: The pace relative to the real service; `inf` omits all delays. Times of
            faults are not affected.
        require_configuration: Whether to reject every message until a `session.update`
            is accepted, as the real service does; absent for yes.
    """

    model: str | None = None
    api_versions: Sequence[str] | None = None
    expires_after: float | None = None
    latency: Latency | None = None
    seed: int | None = None
    speed: float | Literal["inf"] | None = None
    require_configuration: bool | None = None

    def __post_init__(self) -> None:
        if self.model is not None and find_model(self.model) is None:
            names = [entry.family for entry in MODELS if entry.pipeline]
            suggestion = did_you_mean(self.model, names)
            raise ValueError(f'model: unknown model "{self.model}"{suggestion}')
        for version in self.api_versions or ():
            check_known("api_versions", version, API_VERSIONS)
        if self.expires_after is not None and not self.expires_after > 0:
            raise ValueError(
                f"expires_after: expected more than 0, not {self.expires_after:g}"
            )
        if self.speed is not None and not float(self.speed) > 0:
            raise ValueError(f"speed: expected more than 0, not {self.speed}")


class ScriptedTurn(Struct, kw_only=True, forbid_unknown_fields=True):
    """One scripted response.

    The first turn that matches and has uses left is played. A turn with neither `match`
    nor `heard` always matches. Placeholders in texts: `{text}` is the last text of the
    user, `{output}` the function output, `{output.key}` a value in it, `{number}` the
    number of the response, `{1}` or `{name}` a group of the regular expression.

    Attributes:
        match: A substring of the user's text, or conditions. Absent for an exact match
            of `heard`.
        heard: A transcript of user speech. Without an audio file, transcripts are used
            in the order of the turns.
        reply: The text of one message, or a list of outputs, in which a text is a
            message. Absent for the reply of the server's responder.
        times: The number of uses: `once`, `always` or a number. Absent for `always`
            with a `match` or an audio file, else `once`.
        latency: The durations of the steps of the response.
        ending: The ending of a response that does not complete, after its `reply`.
        faults: Faults of the response; `response.created` is the first event that
            counts.
    """

    match: str | Match | None = None
    heard: str | ScriptedTranscript | None = None
    reply: str | Sequence[str | Output] | None = None
    times: int | Literal["once", "always"] | None = None
    latency: Latency | None = None
    ending: Ending | None = None
    faults: Sequence[SessionFault] = ()

    def __post_init__(self) -> None:
        if isinstance(self.times, int) and self.times < 1:
            raise ValueError(f"times: expected 1 or more, not {self.times}")

    @property
    def uses(self) -> float:
        """The number of uses; infinity for `always`."""
        if isinstance(self.times, int):
            return self.times
        if self.times is not None:
            return 1 if self.times == "once" else inf
        recorded = (
            isinstance(self.heard, ScriptedTranscript) and self.heard.audio is not None
        )
        return 1 if self.match is None and not recorded else inf


class Scenario(Struct, kw_only=True, forbid_unknown_fields=True):
    """Scripted replies, faults, and expectations about the client.

    Attributes:
        name: The name in messages.
        description: A description for readers.
        turns: The replies. Each connection starts with all of them.
        transcript: The transcript of user speech that no turn transcribes.
        strict: Whether a response without a matching turn fails. Otherwise the
            responder of the server replies.
        session: Settings of its sessions.
        faults: Injected faults.
        expect: Expectations about the client.
    """

    name: str = ""
    description: str = ""
    turns: Sequence[ScriptedTurn] = ()
    transcript: str | None = None
    strict: bool = False
    session: SessionSettings | None = None
    faults: Sequence[AnyFault] = ()
    expect: Sequence[Expectation] = ()
    schema_url: str | UnsetType = field(default=UNSET, name="$schema")
    """The JSON Schema for editors; ignored."""
