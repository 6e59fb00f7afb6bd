"""Scenarios as data: what a file may contain, and what a test writes in Python.

Every time is in seconds; what the protocol counts in milliseconds ends in `_ms`.
"""

from collections.abc import Sequence
from math import inf
from typing import Literal

from msgspec import UNSET, Struct, UnsetType, field

from voicelive_mockserver.engine.interfaces import Ending, Output
from voicelive_mockserver.engine.models import MODELS, find_model
from voicelive_mockserver.faults import AnyFault, SessionFault
from voicelive_mockserver.scenario.expectations import Expectation
from voicelive_mockserver.scenario.pattern import Pattern
from voicelive_mockserver.suggest import check_known, did_you_mean
from voicelive_protocol import API_VERSIONS


class Match(Struct, kw_only=True, forbid_unknown_fields=True):
    """When a turn fits. All conditions that are given must hold.

    A condition on the text of the user holds only while there is no function output
    to be answered, and one on a function output only when there is.

    Attributes:
        contains: The last text of the user contains this.
        exact: The last text of the user is this; empty when the user said nothing yet.
        regex: This regular expression is found in the last text of the user. Its
            groups can be used in the reply. At most 1,000 characters; a search that
            takes longer than a quarter of a second finds nothing.
        output_of: The client answered a call of this function.
        output: A function output contains this.
        response: It is this response of the session, counted from 1.
        case_sensitive: Whether capitals differ from small letters.
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


class Heard(Struct, forbid_unknown_fields=True):
    """What the user says.

    Attributes:
        text: The words.
        audio: A WAV file (16 bit). The words are heard when speech resembles the one
            in this file, whenever that is; absent when they are heard in their turn.
    """

    text: str
    audio: str | None = None


class Latency(Struct, kw_only=True, forbid_unknown_fields=True):
    """How long steps of the service take; absent for as long as usual.

    In seconds at speed 1, unless said otherwise.

    Attributes:
        session_created: From the connection to `session.created`.
        session_update: From `session.update` to its answer.
        item_ack: From any other request to its answer.
        response_created: From the request for a response, or the end of speech, to
            `response.created`. For a single turn it cannot be less than usual.
        first_text: From `response.created` to the first text, transcript or argument
            delta.
        first_audio: From `response.created` to the first audio delta.
        text_rate: Text and transcript deltas a second.
        audio_rate: Seconds of audio sent a second.
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
        """The values that are not absent, by name."""
        values = {name: getattr(self, name) for name in self.__struct_fields__}
        return {name: value for name, value in values.items() if value is not None}


class SessionSettings(Struct, kw_only=True, forbid_unknown_fields=True):
    """What is different about the sessions of a scenario.

    Attributes:
        model: The model that serves, whatever the client asks for.
        api_versions: The API versions that are accepted; absent for all.
        expires_after: How long a session may live, in seconds at speed 1.
        latency: How long steps take.
        seed: What identifiers and chance depend on.
        speed: 1 answers with the pauses of the real service, 10 ten times as fast,
            `inf` without any. It does not change the times of faults.
        require_configuration: Whether the service refuses every message until it has
            accepted a `session.update`, as the real one does; absent for yes.
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


class Turn(Struct, kw_only=True, forbid_unknown_fields=True):
    """One response of the service.

    The first turn that fits and is not used up answers. A turn with neither `match`
    nor `heard` fits whatever is asked. In texts, `{text}` stands for what the user
    said, `{output}` for the function output, `{output.key}` for a value in it,
    `{number}` for the number of the response, and `{1}` or `{name}` for a group of
    the regular expression.

    Attributes:
        match: When it fits: a text that the user's contains, or conditions. Absent
            for when the user said what is `heard`.
        heard: What the user says in speech. Without a file, the turns with `heard`
            take their turn in the order of the file.
        reply: The text of one message, or the list of outputs, in which a text stands
            for a message. Absent for what would be answered without the scenario.
        times: How often it can be used: `once`, `always` or a number. Absent for
            `always` with a `match` or a recording, and for `once` without.
        latency: How long the steps of the response take.
        ending: How the response ends when not well, after what is in `reply`.
        faults: What goes wrong during the response; `response.created` is the first
            event that counts.
    """

    match: str | Match | None = None
    heard: str | Heard | None = None
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
        """How often it can be used; infinity for always."""
        if isinstance(self.times, int):
            return self.times
        if self.times is not None:
            return 1 if self.times == "once" else inf
        recorded = isinstance(self.heard, Heard) and self.heard.audio is not None
        return 1 if self.match is None and not recorded else inf


class Scenario(Struct, kw_only=True, forbid_unknown_fields=True):
    """What the service says, what goes wrong, and what the client should do.

    Attributes:
        name: What it is called in messages.
        description: What it shows.
        turns: The responses. They begin anew with each connection.
        transcript: What the user is taken to have said in speech when no turn says
            it.
        strict: Whether a response that no turn fits fails. Otherwise it is answered
            as without the scenario.
        session: What is different about its sessions.
        faults: What goes wrong.
        expect: What the client should send.
    """

    name: str = ""
    description: str = ""
    turns: Sequence[Turn] = ()
    transcript: str | None = None
    strict: bool = False
    session: SessionSettings | None = None
    faults: Sequence[AnyFault] = ()
    expect: Sequence[Expectation] = ()
    schema_url: str | UnsetType = field(default=UNSET, name="$schema")
    """Where an editor finds the JSON Schema; of no meaning here."""
